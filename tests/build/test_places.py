"""The files for Binder, Colab, development containers and Docker, each read by a program or parser that is meant for it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cmarkgfm  # type: ignore[import-untyped]
import hypothesis
import jsonschema
import pytest
import rattler
import yaml
from hypothesis import example, given, reject
from hypothesis import strategies as st

from onelist.build.exports.registry import export_files
from onelist.core.errors import OnelistError, SettingsError, UsageError
from onelist.core.model import EXPORT_FILES, PLACES, Export
from onelist.reports.answers.place_badges import place_badges
from onelist.settings.exported import export_of
from onelist.settings.project import load_project
from onelist.translation.plan import make_plan
from tests.conftest import real_settings
from tests.helpers import project, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from onelist.core.model import Artifact
    from tests.helpers import Ran

HOSTILE = "git+https://example.org/$(touch${IFS}x)`id`/'t\".git&&ls|x>y<<EOF#egg=\\tools"
"""An address that settings.ini may have, and that does something in a shell where it is not quoted."""
DEVCONTAINER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["build"],
    "properties": {
        "name": {"type": "string"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "required": ["dockerfile"],
            "properties": {"dockerfile": {"type": "string"}},
        },
        "features": {"type": "object", "additionalProperties": {"type": ["string", "boolean", "object"]}},
        "customizations": {"type": "object", "additionalProperties": {"type": "object"}},
    },
}
"""What containers.dev says of the properties that are used here ("Dev Container Metadata Reference")."""
BASH = shutil.which("bash") or "bash"
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bash that reads its own paths")


def files(export: Export, **values: str) -> dict[str, Artifact]:
    """Return the files of an export of a small list, by their paths."""
    made = project(**({"requirements": "pandas"} | values))
    return {file.path: file for file in export_files(export, made, make_plan(made.settings))}


def text(export: Export, **values: str) -> str:
    """Return the text of the last file of an export."""
    return [*files(export, **values).values()][-1].content.decode()


def instructions(content: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their values, as the parser of Docker (BuildKit) reads them."""
    dockerfile = pytest.importorskip("dockerfile", reason="it has no wheel for this machine")
    found = dockerfile.parse_string(content)
    assert [one.heredocs for one in found] == [()] * len(found)
    return [(one.cmd, " ".join(one.value)) for one in found]


def spoken(script: str, folder: Path) -> list[list[str]]:
    """Run a script in bash, with stand-ins for the programs that it calls; return the arguments of each call."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("micromamba", "pip", "python", "apt-get"):
        program = programs / name
        program.write_text(
            f'#!{sys.executable}\nimport json, sys\nprint(json.dumps(["{name}", *sys.argv[1:]]))\n', encoding="utf-8"
        )
        program.chmod(0o755)
    path = os.pathsep.join([str(programs), "/usr/bin", "/bin"])
    ran = subprocess.run(
        [BASH, "-c", script], cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [entry.name for entry in folder.iterdir() if entry.name == "x"] == []
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _read_dockerfile(content: str) -> None:
    for name, value in instructions(content):
        words = shlex.split(value) if name == "RUN" else []
        if words[:2] == ["micromamba", "install"]:
            first = next(number for number, word in enumerate(words) if word.startswith("python ="))
            for spec in words[first : words.index("&&")]:
                rattler.MatchSpec(spec, strict=True)


def _read_environment_yml(content: str) -> None:
    for item in yaml.safe_load(content)["dependencies"]:
        if isinstance(item, str):
            rattler.MatchSpec(item, strict=True)


def _nbformat() -> Any:
    return pytest.importorskip("nbformat", reason="nbformat is not installed")


READERS: dict[str, Callable[[str], object]] = {
    "Dockerfile": _read_dockerfile,
    "environment.yml": _read_environment_yml,
    "devcontainer.json": lambda content: jsonschema.validate(json.loads(content.partition("\n")[2]), DEVCONTAINER),
    "colab.ipynb": lambda content: _nbformat().validate(json.loads(content)),
    "postBuild": shlex.split,
}
"""What reads each file of a place; it fails where the file is not what it should be."""


def test_every_file_of_a_place_has_the_header_by_which_sync_finds_it() -> None:
    for export in PLACES:
        made = files(export, pip_requirements=f'"tools @ {HOSTILE}"')
        assert list(made) == list(EXPORT_FILES[export])
        assert {export_of(file.content) for file in made.values()} == {export}
        last = [path.rpartition("/")[2] for path in made]
        assert len(set(last)) == len(last)


# --- Binder ------------------------------------------------------------------------------------------------


def test_binder_gets_the_list_with_the_lowest_python_of_the_course() -> None:
    made = files(Export.BINDER, pip_requirements="tools other>=2", conda_channels="ada conda-forge")
    assert list(made) == ["binder/environment.yml"]
    content = made["binder/environment.yml"].content.decode()
    assert content.startswith(
        "# Written by onelist from settings.ini: change that file, then run: onelist export binder\n"
    )
    assert yaml.safe_load(content) == {
        "name": "course-meta",
        "channels": ["ada", "conda-forge", "nodefaults"],
        "dependencies": ["python =3.11", "pandas", "pip", {"pip": ["tools", "other>=2"]}],
    }


def test_binder_of_a_list_for_pip_has_a_python_and_a_pip_part_and_no_channel() -> None:
    made = files(Export.BINDER, conda_channels="none", pip_requirements="tools")
    assert yaml.safe_load(made["binder/environment.yml"].content) == {
        "name": "course-meta",
        "dependencies": ["python =3.11", "pip", {"pip": ["pandas", "tools"]}],
    }


@needs_bash
def test_post_build_installs_what_has_an_address_and_nothing_of_it_is_run(tmp_path: Path) -> None:
    made = files(Export.BINDER, pip_requirements=f'one "tools @ {HOSTILE}"')
    script = made["binder/postBuild"]
    assert script.executable
    assert script.content.startswith(b"#!/bin/bash\n")
    wanted = ["python", "-m", "pip", "install", "--no-cache-dir", f"tools @ {HOSTILE}"]
    assert spoken(script.content.decode(), tmp_path) == [wanted]
    dependencies = yaml.safe_load(made["binder/environment.yml"].content)["dependencies"]
    assert dependencies == ["python =3.11", "pandas", "pip", {"pip": ["one"]}]


def test_shellcheck_finds_nothing_in_post_build(tmp_path: Path) -> None:
    program = shutil.which("shellcheck", path=f"{sys.prefix}/bin") or shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    script = files(Export.BINDER, pip_requirements=f'one "tools @ {HOSTILE}"')["binder/postBuild"]
    (tmp_path / "postBuild").write_bytes(script.content)
    command = [program, "--severity=warning", str(tmp_path / "postBuild")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def test_the_files_for_binder_are_a_list_again(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text(
        settings_text(requirements="pandas>=2 graphviz", pip_requirements="tools"), encoding="utf-8"
    )
    assert onelist("export", "binder", "-o", ".").code == 0
    assert onelist("init", "again", "--from", "binder").code == 0
    again = load_project(tmp_path / "again/settings.ini").settings
    assert again.min_python == (3, 11)
    assert sorted(item.text for item in again.pip_side()) == ["graphviz", "pandas>=2", "tools"]


@pytest.mark.parametrize("channels", ["conda-forge", "none"])
def test_repo2docker_itself_takes_the_python_and_both_files(tmp_path: Path, channels: str) -> None:
    conda = pytest.importorskip("repo2docker.buildpacks", reason="repo2docker is not installed")
    made = files(Export.BINDER, conda_channels=channels, pip_requirements='"tools @ git+https://a.example/t"')
    for file in made.values():
        (tmp_path / file.path).parent.mkdir(exist_ok=True)
        (tmp_path / file.path).write_bytes(file.content)
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        pack: Any = conda.CondaBuildPack("base-image")
        pack.platform = "linux/amd64"
        assert pack.detect()
        assert pack.python_version == "3.11"
        assert pack.get_post_build_scripts() == ["binder/postBuild"]
        assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in str(pack.get_env_scripts())
    finally:
        os.chdir(before)


# --- containers --------------------------------------------------------------------------------------------


@needs_bash
@pytest.mark.parametrize("export", [Export.DOCKER, Export.DEVCONTAINER])
def test_a_dockerfile_installs_both_parts_and_nothing_of_an_address_is_run(tmp_path: Path, export: Export) -> None:
    dockerfile = text(
        export,
        requirements="pandas<3",
        pip_requirements=f'one "tools @ {HOSTILE}"',
        conda_channels="https://example.org/$(touch${IFS}x);touch${IFS}x conda-forge",
    )
    found = instructions(dockerfile)
    assert [name for name, _ in found] == ["FROM", "USER", "RUN", "USER", "RUN", "ARG", "RUN"]
    assert [rest for name, rest in found if name != "RUN"] == [
        "mambaorg/micromamba:2",
        "root",
        "$MAMBA_USER",
        "MAMBA_DOCKERFILE_ACTIVATE=1",
    ]
    channels = ["-c", "https://example.org/$(touch${IFS}x);touch${IFS}x", "-c", "conda-forge"]
    calls = spoken(" && ".join(rest for name, rest in found if name == "RUN").replace("rm -rf", "true"), tmp_path)
    assert calls == [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "git"],
        ["micromamba", "install", "-y", "-n", "base", *channels, "python =3.11", "pandas <3", "pip"],
        ["micromamba", "clean", "--all", "--yes"],
        ["pip", "install", "--no-cache-dir", "one", f"tools @ {HOSTILE}"],
    ]


@given(address=st.text(st.characters(min_codepoint=33, exclude_categories=["Z", "C"]), min_size=1, max_size=30))
@example(address="x\\")
@example(address="<<EOF")
@example(address="#x")
@example(address="${x:-'}")
@hypothesis.settings(max_examples=50)
def test_docker_and_the_shell_give_pip_any_address_as_it_is_written(address: str) -> None:
    requirement = f"tools @ https://example.org/{address}"
    try:
        made = project(pip_requirements="tools", requirements=f'"{requirement}"', conda_channels="none")
    except SettingsError:
        reject()
    (_, command) = instructions(
        next(iter(export_files(Export.DOCKER, made, make_plan(made.settings)))).content.decode()
    )
    assert command[0] == "RUN"
    asked = [str(item.pep508) for item in made.settings.requirements]
    assert shlex.split(command[1]) == ["pip", "install", "--no-cache-dir", "tools", *asked]


def test_every_tenth_real_list_is_read_by_the_parsers_of_all_places() -> None:
    read: Counter[str] = Counter()
    for path in real_settings()[::10]:
        with suppress(OnelistError):
            made = load_project(path)
            plan = make_plan(made.settings)
            for export in PLACES if not plan.refused else ():
                for file in export_files(export, made, plan):
                    read[file.path] += 1
                    READERS[file.path.rpartition("/")[2]](file.content.decode())
    assert (not real_settings()) == (not read)


@pytest.mark.parametrize(
    ("export", "image"),
    [(Export.DOCKER, "python:3.11"), (Export.DEVCONTAINER, "mcr.microsoft.com/devcontainers/python:3.11")],
)
def test_a_dockerfile_of_a_list_for_pip_needs_two_instructions(export: Export, image: str) -> None:
    dockerfile = text(export, conda_channels="none", pip_requirements="tools>=2")
    (first, command) = instructions(dockerfile)
    assert first == ("FROM", image)
    assert shlex.split(command[1]) == ["pip", "install", "--no-cache-dir", "pandas", "tools>=2"]


def test_a_list_that_conda_carries_whole_needs_no_pip() -> None:
    found = instructions(text(Export.DOCKER))
    assert [name for name, _ in found] == ["FROM", "RUN"]
    assert "pip" not in found[1][1]


@pytest.mark.parametrize("channels", ["conda-forge", "none"])
def test_devcontainer_json_is_a_comment_and_json_and_names_its_dockerfile(channels: str) -> None:
    made = files(Export.DEVCONTAINER, conda_channels=channels)
    comment, _, rest = made[".devcontainer/devcontainer.json"].content.decode().partition("\n")
    assert comment.startswith("// Written by onelist")
    document = json.loads(rest)
    jsonschema.validate(document, DEVCONTAINER)
    assert document["name"] == "course-meta"
    assert f".devcontainer/{document['build']['dockerfile']}" in made
    assert ("features" in document) == (channels != "none")


@pytest.mark.parametrize("channel", ["./channel", "~/channel", "/srv/channel", "file:///srv/channel"])
@pytest.mark.parametrize("export", [Export.BINDER, Export.DEVCONTAINER, Export.DOCKER])
def test_a_folder_as_a_channel_is_refused_because_it_is_not_there(export: Export, channel: str) -> None:
    with pytest.raises(UsageError) as raised:
        files(export, conda_channels=f"conda-forge {channel}")
    assert raised.value.message == (
        f"{export} cannot use the channel {channel}: a folder of this machine is not there."
    )
    assert raised.value.hint == "Publish the channel, and name its address in conda_channels."


# --- Colab -------------------------------------------------------------------------------------------------


def test_the_cell_installs_the_package_and_lets_colab_see_what_was_installed(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    (tmp_path / "settings.ini").write_text(settings_text(), encoding="utf-8")
    cell = onelist("export", "colab").out
    assert cell == (
        '# Colab: if it then shows "Restart session", press that, and go on with the next cell.\n'
        "# Kaggle: first switch on Internet in the settings of the notebook.\n"
        "%pip install course-meta\n"
    )
    assert onelist("export", "colab", "-o", ".").out == "wrote colab.ipynb\n"
    notebook = json.loads((tmp_path / "colab.ipynb").read_text(encoding="utf-8"))
    assert "".join(notebook["cells"][1]["source"]) == cell.rstrip("\n")
    _nbformat().validate(notebook)


def test_a_cell_for_a_package_that_is_not_published_has_the_requirements(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(settings_text(requirements="pandas<3", pip_requirements="pandas<3 tools"), encoding="utf-8")
    line = onelist("export", "colab", "--requirements").out.splitlines()[-1]
    assert line == "%pip install 'pandas<3' tools"
    ran = onelist("export", "colab", "--requirements", "-o", ".")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: --requirements prints a cell and writes no file.")
    path.write_text(settings_text(requirements='"tools @ https://example.org/{x}"'), encoding="utf-8")
    ran = onelist("export", "colab", "--requirements")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "onelist: A cell cannot install tools @ https://example.org/{x}: IPython replaces $ and braces by values.\n"
        "    Write %24, %7B and %7D in the address.\n",
    )


def test_the_cell_runs_in_ipython(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    pytest.importorskip("IPython", reason="IPython is not installed")
    (tmp_path / "settings.ini").write_text(settings_text(), encoding="utf-8")
    assert onelist("build", "--only", "wheel").code == 0
    (tmp_path / "cell.ipy").write_text(onelist("export", "colab").out, encoding="utf-8")
    pip = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "dist")}
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "cell.ipy"],
        cwd=tmp_path,
        env=os.environ | pip | {"IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Would install course-meta-0.1.0\n" in ran.stdout, ran.stdout + ran.stderr


def test_a_notebook_that_a_program_has_saved_is_no_export_any_more() -> None:
    (made,) = files(Export.COLAB).values()
    assert export_of(made.content) == Export.COLAB
    saved = json.dumps(json.loads(made.content), indent=1, sort_keys=True)  # as Jupyter writes it
    assert export_of(saved.encode()) is None


# --- badges ------------------------------------------------------------------------------------------------

GITHUB = "https://github.com/ada/my-course"


@pytest.mark.parametrize(
    ("export", "address", "branch", "targets"),
    [
        (Export.BINDER, GITHUB, "", ["https://mybinder.org/v2/gh/ada/my-course/HEAD"]),
        (Export.BINDER, f"{GITHUB}.git/", "a/b)", ["https://mybinder.org/v2/gh/ada/my-course/a%2Fb%29"]),
        (Export.BINDER, "https://gitlab.com/a/b/c", "", ["https://mybinder.org/v2/gl/a%2Fb%2Fc/HEAD"]),
        (
            Export.BINDER,
            "https://example.org/a)(b?x=1#y",
            "main",
            ["https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Fa%29%28b/main"],
        ),
        (Export.BINDER, "https://github.com/a)(/b", "", ["https://mybinder.org/v2/git/https%3A%2F%2Fgithub.com%2Fa%29%28%2Fb/HEAD"]),
        (
            Export.COLAB,
            GITHUB,
            "",
            [
                "https://colab.research.google.com/github/ada/my-course/blob/main/colab.ipynb",
                "https://kaggle.com/kernels/welcome?src=https://github.com/ada/my-course/blob/main/colab.ipynb",
            ],
        ),
        (Export.COLAB, "https://gitlab.com/a/b", "", []),
        (Export.DEVCONTAINER, GITHUB, "", ["https://codespaces.new/ada/my-course"]),
        (Export.DEVCONTAINER, GITHUB, "new", ["https://codespaces.new/ada/my-course/tree/new"]),
        (Export.DEVCONTAINER, GITHUB, "a/(b)\udcff", ["https://codespaces.new/ada/my-course/tree/a/%28b%29%FF"]),
        (Export.DEVCONTAINER, "https://example.org/a/b", "", []),
        (Export.DOCKER, GITHUB, "", []),
        (Export.BINDER, "", "", []),
        (Export.BINDER, "https://github.com/", "", []),
    ],
)  # fmt: skip
def test_a_badge_opens_the_repository_where_the_place_can(
    export: Export, address: str, branch: str, targets: list[str]
) -> None:
    badges = place_badges(export, address, branch)
    html = [cmarkgfm.github_flavored_markdown_to_html(badge) for badge in badges]
    assert [re.findall(r'<a href="([^"]+)"><img src="https://[^"]+" alt="[A-Z][A-Za-z ]+"', one) for one in html] == [
        [target] for target in targets
    ]
