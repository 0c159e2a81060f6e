"""The artifacts of every real list that builds agree; and a wrong value in any one of them is found."""

from __future__ import annotations

import dataclasses
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
import rattler

from onelist.build import builder
from onelist.build.exports.registry import export_files
from onelist.build.recipes import generated
from onelist.build.request import BuildRequest
from onelist.build.verify import ArtifactPaths, Difference, compare, verify
from onelist.core.errors import OnelistError, RefusedError, SettingsError
from onelist.core.findings import Severity
from onelist.core.model import ArtifactKind, Export
from onelist.settings.project import load_project
from onelist.translation.plan import make_plan
from tests.helpers import SETTINGS, parse, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from onelist.core.model import Artifact, Project


def request_of(project: Project) -> BuildRequest:
    return BuildRequest(project=project, plan=make_plan(project.settings))


def build(project: Project) -> tuple[Artifact, ...]:
    return builder.build_artifacts(request_of(project), list(ArtifactKind))


def write(artifacts: Sequence[Artifact], folder: Path) -> None:
    for artifact in artifacts:
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)


def lay_out(project: Project, folder: Path) -> ArtifactPaths:
    plan = make_plan(project.settings)
    artifacts = build(project)
    write([*artifacts, *generated(project, plan)], folder)
    for export in (Export.ENVIRONMENT, Export.PIXI):
        write(export_files(export, project, plan), folder)
    paths = {artifact.kind: folder / artifact.path for artifact in artifacts}
    return ArtifactPaths(
        wheel=paths[ArtifactKind.WHEEL],
        sdist=paths[ArtifactKind.SDIST],
        conda=paths[ArtifactKind.CONDA],
        meta_yaml=folder / "meta.yaml",
        recipe_yaml=folder / "recipe/recipe.yaml",
        conda_forge=paths[ArtifactKind.CONDA_FORGE],
        environment=folder / "environment.yml",
        pixi=folder / "pixi.toml",
    )


REFUSED = frozenset(
    """
    BU-Spark__HerbariaOCR DarkMatterAI__mrl Nixtla__hierarchicalforecast fastai__fastconda@7d93077
    fastai__fastcore@8167ad5 fastai__fastcore@e2ea50d fastai__ghapi@668409f lewtun__dslectures
    muellerzr__fastinference pypi__airt-client-2023.3.0rc0 pypi__banet-0.7a4 pypi__degex-0.0.21 pypi__fastai-2.5.5
    pypi__fastrl-0.0.47 pypi__faststream-gen-0.0.1.dev20230911 pypi__faststream-gen-0.1.4rc0
    pypi__faststream-gen-0.1.7rc2 pypi__nbdev_squ-1.3.5 pypi__nbdev_squ-1.3.7 pypi__onprem-0.12.2
    pypi__self_supervised-1.0.4 pypi__triggerkit-0.0.1 wagov__nbdev-squ
    """.split()
)
"""The real files that have mistakes, or requirements that conda cannot carry; each was checked by hand."""


def test_the_artifacts_of_every_real_list_that_builds_agree(real_file: Path, tmp_path: Path) -> None:
    try:
        project = load_project(real_file)
        artifacts = build(project)
    except (SettingsError, RefusedError) as error:
        refused = [finding.code for finding in error.findings if finding.severity is Severity.ERROR]
    else:
        refused = []
        write(artifacts, tmp_path)
        for spec in make_plan(project.settings).run:
            rattler.MatchSpec(spec, strict=True)
        rules = {difference.allowed_by for difference in verify(request_of(project), artifacts, tmp_path)}
        assert rules <= {
            "renamed",
            "pip-only",
            "conda-only",
            "paired",
            "covered",
            "never-true",
            "extra",
            "python-floor",
        }
    assert bool(refused) == (real_file.stem in REFUSED), refused


def named(differences: list[Difference]) -> set[tuple[str | None, str]]:
    return {(difference.allowed_by, difference.subject) for difference in differences}


def test_each_difference_names_the_rule_that_allows_it(folder: Path, tmp_path: Path) -> None:
    text = SETTINGS.replace("min_python = 3.11", "min_python = 3.8") + "conda_names = jax[cpu]=jaxlib\n"
    text = text.replace("requests>=2,<3", "requests>=2,<3 jax[cpu] b[x] old;python_version<'3.5'")
    text = text.replace("nodejs>=20", "nodejs>=20 b pytorch").replace("sentencepiece", "sentencepiece torch pandas==1")
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    project = load_project(folder / "settings.ini")
    assert named(compare(lay_out(project, tmp_path / "out"), project, request_of(project).plan)) == {
        ("renamed", "graphviz>=0.20"),
        ("renamed", "jax[cpu]"),
        ("covered", "b[x]"),
        ("never-true", "old;python_version<'3.5'"),
        ("pip-only", "sentencepiece"),
        ("paired", "torch"),
        ("pip-only", "pandas==1"),
        ("conda-only", "nodejs"),
        ("extra", "dev"),
        ("python-floor", "python"),
    }


def test_a_rule_allows_another_conda_name_of_the_package_itself(folder: Path, tmp_path: Path) -> None:
    (folder / "settings.ini").write_text(SETTINGS + "conda_names = course-meta=course_meta\n", encoding="utf-8")
    project = load_project(folder / "settings.ini")
    differences = compare(lay_out(project, tmp_path / "out"), project, request_of(project).plan)
    assert ("renamed", "course-meta") in named(differences)
    assert None not in {difference.allowed_by for difference in differences}


def in_text(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def in_wheel(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name).decode() for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in contents.items():
                archive.writestr(name, text.replace(old, new))

    return change


def in_sdist(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with tarfile.open(path) as archive:
            files = [(member, archive.extractfile(member)) for member in archive]
            contents = {member.name: file.read() if file else b"" for member, file in files}
        with tarfile.open(path, "w:gz") as archive:
            for name, content in contents.items():
                changed = content.replace(old.encode(), new.encode())
                info = tarfile.TarInfo(name)
                info.size = len(changed)
                archive.addfile(info, io.BytesIO(changed))

    return change


def conda_package_of(text: str) -> Callable[[Path], None]:
    """Replace the .conda with one that is built from other settings."""

    def change(path: Path) -> None:
        from onelist.build.conda_package import build_conda_package

        project = load_project(path.parents[3] / "settings.ini")
        changed = dataclasses.replace(project, settings=parse(text))
        path.write_bytes(build_conda_package(request_of(changed)).content)

    return change


@pytest.mark.parametrize(
    ("file", "change", "subject"),
    [
        pytest.param("wheel", in_wheel("Requires-Dist: pandas\n", ""), "requirements", id="wheel lacks a requirement"),
        pytest.param("wheel", in_wheel("sentencepiece", "other"), "requirements", id="wheel lacks a pip-only one"),
        pytest.param("wheel", in_wheel("extra == 'dev'", "extra == 'def'"), "requirements", id="wheel lacks an extra"),
        pytest.param("wheel", in_wheel(">=3.11", ">=3.10"), "python", id="wheel has another floor"),
        pytest.param("wheel", in_wheel("Version: 0.1.0", "Version: 0.1.1"), "version", id="wheel has another version"),
        pytest.param("sdist", in_sdist("requests<3", "requests<4"), "requirements", id="sdist has another bound"),
        pytest.param("sdist", in_sdist('"pandas"', '"polars"'), "pyproject.toml", id="the sdist's pyproject differs"),
        pytest.param("sdist", in_sdist('"nbdev"', '"other"'), "pyproject.toml", id="an extra of the sdist differs"),
        pytest.param("sdist", in_sdist("lib_name = ", "lib_name=  "), "settings.ini", id="the sdist's settings differ"),
        pytest.param(
            "sdist", in_sdist("[build", " [build"), "sha256", id="the conda-forge recipe has the hash of another sdist"
        ),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace(">=20", "")), "nodejs", id=".conda lacks a conda-only bound"
        ),
        pytest.param(
            "conda",
            conda_package_of(SETTINGS.replace("pip_req", "x_req")),
            "description",
            id="the description does not name a pip-only one",
        ),
        pytest.param("recipe_yaml", in_text("noarch: generic", "noarch: python"), "build", id="another noarch"),
        pytest.param("meta_yaml", in_text("number: 0", "number: 1"), "build", id="another build number"),
        pytest.param("meta_yaml", in_text("sentencepiece", "other"), "description", id="another description"),
        pytest.param("sdist", in_sdist("Summary: What", "Summary: Not"), "summary", id="sdist has another summary"),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace("pandas ", "")), "pandas", id=".conda lacks a requirement"
        ),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace("<3", "<4")), "requests", id=".conda has another bound"
        ),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace("mit", "isc")), "license", id=".conda has another licence"
        ),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace("pandas", "pandas x")), "x", id=".conda has one too many"
        ),
        pytest.param(
            "conda", conda_package_of(SETTINGS.replace("nodejs>=20", "")), "nodejs", id=".conda lacks a conda-only"
        ),
        pytest.param("meta_yaml", in_text("- pandas\n", ""), "run", id="meta.yaml lacks a requirement"),
        pytest.param("meta_yaml", in_text("home: https", "home: http"), "homepage", id="meta.yaml, other homepage"),
        pytest.param("recipe_yaml", in_text("<3", "<4"), "run", id="recipe.yaml has another bound"),
        pytest.param("recipe_yaml", in_text("MIT", "ISC"), "license", id="recipe.yaml has another licence"),
        pytest.param(
            "conda_forge", in_text("- nodejs >=20\n", ""), "run", id="the conda-forge recipe lacks a requirement"
        ),
        pytest.param(
            "conda_forge",
            in_text("context:\n", 'context:\n  python_min: "3.12"\n'),
            "python",
            id="the conda-forge recipe, floor",
        ),
        pytest.param("environment", in_text("- pandas\n", ""), "run", id="environment.yml lacks a requirement"),
        pytest.param("environment", in_text("- sentencepiece", "- other"), "pip", id="environment.yml, other pip-only"),
        pytest.param("pixi", in_text('nodejs = ">=20"', 'nodejs = "*"'), "run", id="pixi.toml lacks a bound"),
        pytest.param("pixi", in_text('sentencepiece = "*"', 'other = "*"'), "pip", id="pixi.toml, other pip-only"),
    ],
)
def test_a_wrong_value_in_one_file_is_a_difference_that_no_rule_allows(
    folder: Path, file: str, change: Callable[[Path], None], subject: str
) -> None:
    project = load_project(folder / "settings.ini")
    files = lay_out(project, folder / "out")
    assert None not in {difference.allowed_by for difference in compare(files, project, request_of(project).plan)}
    change(getattr(files, file))
    bugs = {
        difference.subject
        for difference in compare(files, project, request_of(project).plan)
        if difference.allowed_by is None
    }
    assert subject in bugs, bugs


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"git_url": "HTTPS://Example.org:443/ä/../bc"}, id="a URL in an unusual spelling"),
        pytest.param({"git_url": "https://example.org"}, id="a URL without a path"),
        pytest.param({"conda_requirements": "pip git", "pip_requirements": "fastbook"}, id="pip itself"),
        pytest.param({"requirements": "pandas!=3.0.0,!=3"}, id="the same bound in two spellings"),
        pytest.param({"requirements": "pandas>=1.0.POST", "conda_requirements": "curl>=1.0.POST"}, id="capitals"),
        pytest.param({"requirements": "a>=2.0rc1,<2 b>1.2,<=1.2.post3"}, id="pre- and post-releases"),
        pytest.param({"requirements": "pandas<2", "conda_requirements": "pandas>=1,!=1.5"}, id="merged bounds"),
        pytest.param({"license": "LicenseRef-Mine"}, id="a custom licence"),
        pytest.param(
            {"pip_requirements": "c==1;python_version<'3.12'\n  c==2;python_version>='3.12'"},
            id="no pixi.toml possible",
        ),
        pytest.param({"x_requirements": "a;os_name=='nt' or os_name=='posix'\n  b[y]"}, id="markers in an extra"),
        pytest.param({"x_requirements": "a;os_name=='nt' and python_version>'3'"}, id="a marker with and in an extra"),
        pytest.param({"x_requirements": "a", "y_requirements": "b course-meta[x]"}, id="an extra of an extra"),
    ],
)
def test_verify_raises_no_false_alarm(tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    project = load_project(tmp_path / "settings.ini")
    artifacts = build(project)
    write(artifacts, tmp_path / "out")
    assert None not in {
        difference.allowed_by for difference in verify(request_of(project), artifacts, tmp_path / "out")
    }


def test_verify_stops_and_names_the_difference(folder: Path, tmp_path: Path) -> None:
    project = load_project(folder / "settings.ini")
    artifacts = build(project)
    write(artifacts, tmp_path / "out")
    (recipe,) = (artifact for artifact in artifacts if artifact.kind == ArtifactKind.CONDA_FORGE)
    in_text("- nodejs >=20\n", "")(tmp_path / "out" / recipe.path)
    with pytest.raises(OnelistError, match=r"^The artifacts differ from each other, so nothing was written: run: "):
        verify(request_of(project), artifacts, tmp_path / "out")
