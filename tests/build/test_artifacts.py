"""Wheel, sdist and .conda: right metadata, nothing else in them, and the same bytes everywhere."""

from __future__ import annotations

import email
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.metadata import Metadata
from rattler.package_streaming import extract
from rattler_build import Package

from onelist.build.conda_package import build_conda_package
from onelist.build.python_package import build_sdist, build_wheel
from onelist.build.request import BuildRequest
from onelist.settings.project import load_project
from onelist.translation.plan import make_plan
from tests.helpers import ROOT, project

if TYPE_CHECKING:
    from onelist.core.model import Project


def request_of(loaded: Project) -> BuildRequest:
    return BuildRequest(project=loaded, plan=make_plan(loaded.settings))


def request(**keys: str) -> BuildRequest:
    return request_of(project(**keys))


def write(built: BuildRequest, folder: Path) -> tuple[Path, Path]:
    wheel, sdist = build_wheel(built), build_sdist(built)
    (folder / wheel.path).write_bytes(wheel.content)
    (folder / sdist.path).write_bytes(sdist.content)
    return folder / wheel.path, folder / sdist.path


FULL = {
    "lib_name": "Course_Meta",
    "description": 'Größe: "all" {{ x }} \\ 🐍',
    "keywords": "b a",
    "author": "A. Teacher, PhD",
    "author_email": "a@example.org, b@example.org",
    "license": "apache2",
    "git_url": "https://example.org/course",
    "doc_host": "https://docs.example.org",
    "requirements": "Pandas graphviz>=0.20 requests<3,>=2 a[x]>=1 b;os_name=='nt'",
    "pip_requirements": "sentencepiece",
    "conda_requirements": "nodejs",
    "dev_requirements": "nbdev>=2",
}

METADATA = """\
Metadata-Version: 2.4
Name: course-meta
Version: 0.1.0
Summary: Größe: "all" {{ x }} \\ 🐍
Project-URL: Homepage, https://example.org/course
Project-URL: Repository, https://example.org/course
Project-URL: Documentation, https://docs.example.org/
Author-email: "A. Teacher, PhD" <a@example.org>, b@example.org
License-Expression: Apache-2.0
License-File: LICENSE
Keywords: a,b
Classifier: Programming Language :: Python :: 3
Requires-Python: >=3.11
Requires-Dist: a[x]>=1
Requires-Dist: b; os_name == 'nt'
Requires-Dist: graphviz>=0.20
Requires-Dist: pandas
Requires-Dist: requests<3,>=2
Requires-Dist: sentencepiece
Provides-Extra: dev
Requires-Dist: nbdev>=2; extra == 'dev'
Description-Content-Type: text/markdown

# Course
"""


def test_the_wheel_holds_metadata_2_4_and_the_licence_and_no_module(tmp_path: Path) -> None:
    wheel, _ = write(request(**FULL), tmp_path)
    assert wheel.name == "course_meta-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        info = "course_meta-0.1.0.dist-info"
        assert sorted(archive.namelist()) == [
            f"{info}/METADATA",
            f"{info}/RECORD",
            f"{info}/WHEEL",
            f"{info}/licenses/LICENSE",
        ]
        text = archive.read(f"{info}/METADATA").decode()
    assert text == METADATA
    Metadata.from_email(text.encode(), validate=True)


def test_the_sdist_holds_the_list_and_a_static_pyproject_that_needs_only_hatchling(tmp_path: Path) -> None:
    built = request(**FULL)
    _, sdist = write(built, tmp_path)
    assert sdist.name == "course_meta-0.1.0.tar.gz"
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive}
        archive.extractall(tmp_path, filter="data")
    assert names == {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "settings.ini"}
    root = tmp_path / "course_meta-0.1.0"
    assert (root / "PKG-INFO").read_text(encoding="utf-8") == METADATA
    assert (root / "settings.ini").read_bytes() == built.project.raw
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["build-system"] == {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"}
    assert "dynamic" not in table["project"]
    assert table["project"]["requires-python"] == ">=3.11"


def test_only_hatchling_is_needed_to_build_the_same_wheel_from_the_sdist(tmp_path: Path) -> None:
    built = request(**FULL)
    _, sdist = write(built, tmp_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "out")]
    subprocess.run(command, cwd=tmp_path / "course_meta-0.1.0", check=True, env=environment)
    wheel = build_wheel(built)
    assert (tmp_path / "out" / wheel.path).read_bytes() == wheel.content


def test_pip_installs_the_wheel(tmp_path: Path) -> None:
    wheel, _ = write(request(conda_requirements="x", description="d"), tmp_path)
    target = tmp_path / "target"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    listed = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert not [name for name in listed if ".dist-info/" not in name]


@pytest.mark.parametrize("missing", ["LICENSE", "README.md"])
def test_a_missing_licence_or_readme_is_left_out_of_the_metadata(folder: Path, tmp_path: Path, missing: str) -> None:
    (folder / missing).unlink()
    loaded = load_project(folder / "settings.ini")
    wheel, _ = write(request_of(loaded), tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("course_meta-0.1.0.dist-info/METADATA").decode()
        names = archive.namelist()
    message = email.message_from_string(text)
    assert message["License-Expression"] == "MIT"
    assert bool(message["License-File"]) == (missing != "LICENSE")
    assert any("licenses" in name for name in names) == (missing != "LICENSE")
    assert bool(message["Description-Content-Type"]) == (missing != "README.md")


def test_a_readme_named_after_the_list_is_preferred(folder: Path) -> None:
    (folder / "README-course-meta.md").write_text("# For learners\n", encoding="utf-8")
    readme = load_project(folder / "settings.ini").readme
    assert readme is not None
    assert (readme.name, readme.content) == ("README-course-meta.md", b"# For learners\n")


def test_requirements_with_a_url_are_in_the_wheel() -> None:
    built = request(pip_requirements="a @ https://example.org/a.zip")
    assert b"Requires-Dist: a @ https://example.org/a.zip" in zipfile_metadata(build_wheel(built).content)


def zipfile_metadata(content: bytes) -> bytes:
    import io

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("course_meta-0.1.0.dist-info/METADATA")


def test_the_conda_package_says_the_same_as_the_own_channel_recipe(tmp_path: Path) -> None:
    built = build_conda_package(request(**FULL | {"requirements": "pandas graphviz>=0.20"}))
    assert built.path == "conda/noarch/course-meta-0.1.0-0.conda"
    path = tmp_path / Path(built.path).name
    path.write_bytes(built.content)
    package = Package.from_file(path)
    assert (package.name, package.version, package.build_string) == ("course-meta", "0.1.0", "0")
    assert (package.noarch, package.subdir, package.license) == ("generic", "noarch", "Apache-2.0")
    assert package.depends == ["python >=3.11", "pandas", "python-graphviz >=0.20", "nodejs"]
    assert package.test_count == 1
    with tempfile.TemporaryDirectory() as folder:
        extract(path, Path(folder))
        about = json.loads(Path(folder, "info/about.json").read_text(encoding="utf-8"))
        assert Path(folder, "info/licenses/LICENSE").read_text(encoding="utf-8") == "Do what is right.\n"
    assert about["description"] == "Not among the conda packages of this list, to be installed by pip: sentencepiece"


@pytest.mark.parametrize("name", ["README", "README.rst", "README.txt"])
def test_a_readme_of_every_kind_becomes_the_description(folder: Path, name: str) -> None:
    (folder / "README.md").rename(folder / name)
    loaded = load_project(folder / "settings.ini")
    content = zipfile_metadata(build_wheel(request_of(loaded)).content).decode()
    kind = {"README.rst": "text/x-rst"}.get(name, "text/plain")
    assert f"Description-Content-Type: {kind}\n\n# Course\n" in content


BUILD = "import sys; from onelist.cli.main import main; sys.exit(main(sys.argv[1:]))"


def build_elsewhere(folder: Path, **environment: str) -> dict[str, str]:
    """Build course-meta in another folder and process; return the hash of every file."""
    folder.mkdir()
    umask = environment.pop("UMASK", "022")
    for name in ("settings.ini", "README-course-meta.md", "LICENSE"):
        shutil.copyfile(ROOT / name, folder / name)
    base = {key: value for key, value in os.environ.items() if key not in {"SOURCE_DATE_EPOCH", "TZ", "LC_ALL"}}
    code = f"import os; os.umask(0o{umask}); {BUILD}"
    subprocess.run(
        [sys.executable, "-c", code, "build", "--verify"],
        cwd=folder,
        check=True,
        env={**base, **environment},
        capture_output=True,
    )
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "dist").rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("epoch", [None, "0", "1700000000"], ids=["no epoch", "epoch 0", "an epoch"])
def test_the_same_settings_give_the_same_bytes_everywhere(tmp_path: Path, epoch: str | None) -> None:
    common = {} if epoch is None else {"SOURCE_DATE_EPOCH": epoch}
    first = build_elsewhere(tmp_path / "one", **common)
    other = build_elsewhere(
        tmp_path / "two with a space and ü",
        UMASK="077",
        TZ="Pacific/Kiritimati",
        LC_ALL="POSIX",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
        PYTHONHASHSEED="7",
        **common,
    )
    assert len(first) == 5
    assert first == other


def test_source_date_epoch_set_to_the_fixed_time_changes_nothing(tmp_path: Path) -> None:
    first = build_elsewhere(tmp_path / "one")
    assert build_elsewhere(tmp_path / "two", SOURCE_DATE_EPOCH="1580601600") == first
    later = build_elsewhere(tmp_path / "three", SOURCE_DATE_EPOCH="1700000000")
    assert later.keys() == first.keys()
    assert later["dist/course_meta-0.1.0-py3-none-any.whl"] != first["dist/course_meta-0.1.0-py3-none-any.whl"]


def test_the_manifest_gives_the_size_and_hash_of_each_file(tmp_path: Path) -> None:
    hashes = build_elsewhere(tmp_path / "one")
    manifest = json.loads((tmp_path / "one/dist/manifest.json").read_text(encoding="utf-8"))
    assert {f"dist/{item['path']}": item["sha256"] for item in manifest["artifacts"]} == {
        name: digest for name, digest in hashes.items() if name != "dist/manifest.json"
    }
    for item in manifest["artifacts"]:
        assert (tmp_path / "one/dist" / item["path"]).stat().st_size == item["size"]


def test_a_build_loads_neither_the_sources_nor_the_analysis(folder: Path) -> None:
    """They would make each build slower by more than a tenth of a second."""
    code = (
        "import sys; from onelist.cli.main import main; code = main(['build', sys.argv[1]]); "
        "print(code, *sorted(name for name in sys.modules if name.startswith(('onelist.', 'rattler.'))))"
    )
    command = [sys.executable, "-c", code, str(folder)]
    ran = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    code_of_build, *loaded = ran.stdout.splitlines()[-1].split()
    assert code_of_build == "0"
    assert "onelist.build.conda_package" in loaded
    assert [name for name in loaded if name.startswith(("onelist.analysis.", "onelist.sources.", "rattler."))] == []
