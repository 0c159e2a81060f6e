"""The command line: what is printed where, exit codes, and every bad input with its exact message."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import SETTINGS, settings_text
from tests.schemas import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers import Ran


# --- build -------------------------------------------------------------------------------------------------


def test_build_writes_every_artifact_and_prints_a_table(folder: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("build")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "course-meta 0.1.0, Python >=3.11"
    assert re.fullmatch(r"artifact +size  sha256 +file", lines[1])
    files = [line.split()[-1] for line in lines[2:6]]
    assert files == [
        "dist/course_meta-0.1.0-py3-none-any.whl",
        "dist/course_meta-0.1.0.tar.gz",
        "dist/conda/noarch/course-meta-0.1.0-0.conda",
        "dist/conda-forge/recipes/course-meta/recipe.yaml",
    ]
    assert lines[6:] == [
        "Under another name on conda: graphviz>=0.20 as python-graphviz >=0.20",
        "Only for pip, not for conda: sentencepiece",
        "Only for conda, not for pip: nodejs>=20",
    ]
    assert ran.err == "settings.ini: 1 warning, 3 notes. See them with: onelist check\n"
    written = sorted(path.relative_to(folder).as_posix() for path in (folder / "dist").rglob("*") if path.is_file())
    assert written == sorted([*files, "dist/manifest.json"])


def test_build_prints_the_manifest_that_it_writes(folder: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "--format", "json")
    manifest = json.loads(ran.out)
    validate(manifest, "manifest")
    assert manifest == json.loads((folder / "dist/manifest.json").read_text(encoding="utf-8"))
    became = {item["requirement"]: (item["rule"], item["artifacts"]) for item in manifest["requirements"]}
    both = {"wheel": "graphviz>=0.20", "sdist": "graphviz>=0.20"}
    assert became["graphviz>=0.20"] == (
        "renamed",
        both | {"conda": "python-graphviz >=0.20", "conda-forge": "python-graphviz >=0.20"},
    )
    assert became["sentencepiece"][0] == "pip-only"
    assert became["sentencepiece"][1]["conda"] is None
    assert became["nodejs>=20"] == (
        "conda-only",
        {"wheel": None, "sdist": None, "conda": "nodejs >=20", "conda-forge": "nodejs >=20"},
    )


def test_a_folder_with_nothing_but_settings_builds(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").write_text("[DEFAULT]\nlib_name = a\nversion = 1\n", encoding="utf-8")
    ran = onelist("build", "--verify")
    assert ran.code == 0
    assert len(list((tmp_path / "dist").rglob("*.*"))) >= 5
    recipe = (tmp_path / "dist/conda-forge/recipes/a/recipe.yaml").read_text(encoding="utf-8")
    assert "license_file is missing" in recipe
    assert "license is missing" in recipe


@pytest.mark.usefixtures("folder")
def test_only_builds_what_is_asked_for(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "--only", "wheel", "-o", "out", "--format", "json")
    assert [item["kind"] for item in json.loads(ran.out)["artifacts"]] == ["wheel"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "course_meta-0.1.0-py3-none-any.whl",
        "manifest.json",
    ]


def test_what_conda_cannot_carry_stops_conda_and_not_pip(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").write_text(settings_text(requirements="a[x] b"), encoding="utf-8")
    ran = onelist("build")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "settings.ini:5:16: error C001: Older conda and mamba cannot ask for extras, and onelist knows no conda package for a[x].\n"
        "     5 | requirements = a[x] b\n"
        "       |                ^^^^\n".replace("       |                ", "                        ")
        + (
            "    Name one: conda_names = a[x]=a, and list what the extra brings in conda_requirements. Or move it to "
            "pip_requirements.\n"
            "onelist: Nothing was built: conda cannot carry one requirement of settings.ini.\n"
            "    Fix that first, or build only for pip with --only wheel sdist.\n"
        )
    )
    assert not (folder / "dist").exists()
    assert onelist("build", "--only", "wheel", "sdist").code == 0


def test_several_projects_go_to_folders_by_name(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    for name in ("one", "two"):
        (tmp_path / "tree" / name).mkdir(parents=True)
        text = settings_text(lib_name=f"list-{name}", requirements="pandas")
        (tmp_path / "tree" / name / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("build", "tree", "--format", "json")
    assert ran.code == 0
    validate(json.loads(ran.out), "manifest")
    assert sorted(path.name for path in (tmp_path / "dist").iterdir()) == ["list-one", "list-two"]
    ran = onelist("check", "--settings-only", "tree", "--format", "json")
    validate(json.loads(ran.out), "check")
    assert [item["settings"]["name"] for item in json.loads(ran.out)["results"]] == ["list-one", "list-two"]


def test_two_projects_of_one_name_are_refused(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    for name in ("one.ini", "two.ini"):
        (tmp_path / name).write_text(settings_text(), encoding="utf-8")
    ran = onelist("build", "one.ini", "two.ini")
    assert ran.code == 2
    assert ran.err == (
        "onelist: one.ini and two.ini have the same lib_name, so both would go to "
        f"{Path('dist/course-meta')}.\n    Build them one at a time, each with its own -o.\n"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value", ["soon", "-1", "99999999999", "1.5"])
def test_a_bad_source_date_epoch_is_named(
    onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    ran = onelist("build")
    assert (ran.code, ran.err) == (
        2,
        f"onelist: SOURCE_DATE_EPOCH is '{value}', which is not a time in seconds since 1970.\n"
        "    Unset it, or set it to a number.\n",
    )


@pytest.mark.usefixtures("folder")
def test_verify_names_every_difference(onelist: Callable[..., Ran]) -> None:
    ran = onelist("build", "--verify")
    assert ran.code == 0
    assert "verified: graphviz>=0.20: python-graphviz in conda (renamed)\n" in ran.err
    assert "verified: all artifacts say the same, except for the differences above.\n" in ran.err
    assert onelist("build", "--verify", "--only", "wheel").code == 2
    assert onelist("build", "--index", "--only", "wheel").code == 2


# --- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            b"[DEFAULT]\nlib_name = \0\n",
            "settings.ini:2:12: error S001: The file is not text: it contains a zero byte.\n"
            "    Save the file as plain text in the encoding UTF-8.",
            id="not text",
        ),
        pytest.param(
            "[DEFAULT]\nlib_name = Übung\n".encode("latin-1"),
            "settings.ini:2:12: error S001: The file is not UTF-8: byte 0xdc is not a character.\n"
            "    Save the file as plain text in the encoding UTF-8.",
            id="Latin-1",
        ),
        pytest.param(
            "[DEFAULT]\nlib_name = a\n".encode("utf-16"),
            "settings.ini: error S001: The file is in the encoding UTF-16.\n"
            "    Save the file as plain text in the encoding UTF-8.",
            id="UTF-16",
        ),
        pytest.param(
            b"\xff\xfe\0",
            "settings.ini:1:3: error S001: The file is not text: it contains a zero byte.\n"
            "    Save the file as plain text in the encoding UTF-8.",
            id="begins like UTF-16",
        ),
        pytest.param(
            b"[DEFAULT]\nlib_name = a\nversion = 1\nx = " + b"y" * 1024 * 1024,
            "settings.ini: error S001: The file is larger than 1 MiB, so it is not a settings file.\n"
            "    Name the right file.",
            id="over 1 MiB",
        ),
    ],
)
@pytest.mark.parametrize(
    "command", [["build"], ["check", "--settings-only"], ["sync"], ["export", "pixi"]], ids=" ".join
)
def test_a_file_that_is_no_text_is_refused(
    tmp_path: Path, onelist: Callable[..., Ran], content: bytes, message: str, command: list[str]
) -> None:
    (tmp_path / "settings.ini").write_bytes(content)
    ran = onelist(*command)
    assert ran.code == 2
    shown = ran.out if command[0] == "check" else ran.err
    assert shown.startswith(f"{message}\n")


def test_a_byte_order_mark_and_crlf_are_accepted(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    content = b"\xef\xbb\xbf" + SETTINGS.replace("\n", "\r\n").encode()
    (tmp_path / "settings.ini").write_bytes(content)
    assert onelist("build", "--verify").code == 0
    import tarfile

    with tarfile.open(tmp_path / "dist/course_meta-0.1.0.tar.gz") as archive:
        file = archive.extractfile("course_meta-0.1.0/settings.ini")
        assert file is not None
        assert file.read() == content
    assert "P002" in onelist("check", "--settings-only").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["build", "nowhere"], "nowhere does not exist.", id="no such path"),
        pytest.param(["build", "."], "There is no settings.ini in this folder.", id="an empty folder"),
        pytest.param(["sync", "nowhere.ini"], "nowhere.ini does not exist.", id="no such file"),
        pytest.param(
            ["check", "--settings-only", "x", "--select", "Q"],
            "No rule has a code that begins with Q.",
            id="no such code",
        ),
    ],
)
def test_a_wrong_call_is_named(tmp_path: Path, onelist: Callable[..., Ran], arguments: list[str], message: str) -> None:
    if "x" in arguments:
        (tmp_path / "x").mkdir()
        (tmp_path / "x/settings.ini").write_text(settings_text(), encoding="utf-8")
    ran = onelist(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"onelist: {message}\n    ")


@pytest.mark.parametrize(("path", "place"), [([], "this folder"), (["lists"], "the folder lists")])
def test_a_command_for_one_list_says_where_it_found_several(
    tmp_path: Path, onelist: Callable[..., Ran], path: list[str], place: str
) -> None:
    for name in ("a", "b"):
        (tmp_path / "lists" / name).mkdir(parents=True)
        (tmp_path / "lists" / name / "settings.ini").write_text(settings_text(), encoding="utf-8")
    ran = onelist("sync", *path)
    assert (ran.code, ran.err) == (
        2,
        f"onelist: There are 2 settings files below {place}.\n    Name the one that you mean.\n",
    )


def test_a_folder_called_settings_ini_is_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "settings.ini").mkdir()
    assert onelist("build").err.startswith("onelist: There is no settings.ini in this folder.\n")
    assert onelist("build", "settings.ini").err.startswith(
        "onelist: There is no settings.ini in the folder settings.ini.\n"
    )


def test_a_readme_that_is_no_text_is_named(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "README.md").write_bytes(b"one\ntw\xff\n")
    ran = onelist("build")
    assert (ran.code, ran.err) == (
        2,
        "README.md:2:3: error S014: README.md is not UTF-8, and the package index shows it as the description.\n"
        "    Save it as plain text in the encoding UTF-8.\n"
        "onelist: README.md cannot be used.\n",
    )


@pytest.mark.parametrize(
    "command", [["build"], ["build", "--format", "json"], ["check", "--settings-only"]], ids=" ".join
)
def test_settings_with_mistakes_exit_2_with_all_of_them(
    folder: Path, onelist: Callable[..., Ran], command: list[str]
) -> None:
    (folder / "settings.ini").write_text(settings_text(license="mine", requirements="a=1 b=2"), encoding="utf-8")
    ran = onelist(*command)
    assert ran.code == 2
    for code in ("S009", "a=1 has a single =", "b=2 has a single ="):
        assert code in ran.out + ran.err
    if "json" in command:
        validate(json.loads(ran.out), "check")
        assert json.loads(ran.out)["settings"] is None
    assert not (folder / "dist").exists()


def test_secrets_never_come_out(folder: Path, onelist: Callable[..., Ran]) -> None:
    secrets = settings_text(
        git_url="https://me:hunter2@example.org/x",
        sdist_url="https://hunter2@example.org/x",
        requirements="a @ git+https://hunter2:hunter2@example.org/a git+https://x:hunter2@example.org/b",
        conda_requirements="https://example.org/t/hunter2-hunter2/c::x",
        conda_channels="https://example.org/t/hunter2-hunter2/c",
        requirments="https://me:hunter2@example.org",
    )
    (folder / "settings.ini").write_text(secrets, encoding="utf-8")
    for command in (
        ["build"],
        ["check", "--settings-only"],
        ["check", "--settings-only", "--format", "json"],
        ["sync"],
    ):
        ran = onelist(*command)
        assert ran.code == 2
        assert "hunter2" not in ran.out + ran.err


def test_text_of_a_file_cannot_drive_the_terminal(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    name = "evil\x1b[31m.ini" if sys.platform != "win32" else "evil.ini"
    (tmp_path / name).write_text("[DEFAULT]\nlib_name = a\x1b[2Jb\nversion = 1\x07\n", encoding="utf-8")
    ran = onelist("check", "--settings-only", name)
    assert ran.code == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", ran.out + ran.err)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes of this kind on Windows")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.ini")
    ran = onelist("check", "--settings-only", "pipe.ini")
    assert (ran.code, ran.out) == (
        2,
        "pipe.ini: error S014: pipe.ini is a named pipe, not a regular file.\n"
        "    Put a regular file in its place, or delete it.\n"
        "\n"
        "pipe.ini: 1 error.\n"
        "To check it again after your edits: onelist check pipe.ini --settings-only\n",
    )


def test_nothing_is_built_when_one_of_several_has_to_be_mended(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    texts = {"good": {}, "refused": {"requirements": "a[x]"}, "broken": {"requirements": "a=1"}}
    for name, keys in texts.items():
        (tmp_path / name).mkdir()
        text = settings_text(**{"lib_name": name, **keys})
        (tmp_path / name / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("build", "good", "refused", "broken")
    assert (ran.code, ran.out) == (2, "")
    assert "C001" in ran.err
    assert "S010" in ran.err
    assert not (tmp_path / "dist").exists()
    both = json.loads(onelist("build", "good", "refused", "broken", "--format", "json").out)
    validate(both, "check")


def test_a_tree_is_searched_but_for_hidden_and_built_folders(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    for name in ("b", "a", ".hidden", "dist", "node_modules/x"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "settings.ini").write_text(settings_text(), encoding="utf-8")
    results = json.loads(onelist("check", "--settings-only", ".", "--format", "json").out)["results"]
    assert [Path(item["settings"]["file"]).parts for item in results] == [("a", "settings.ini"), ("b", "settings.ini")]


# --- check -------------------------------------------------------------------------------------------------


def test_check_shows_the_line_with_a_caret(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").write_text(
        settings_text(description="d", license="mit", git_url="https://example.org", requirements="a\n\t漢字é b<2"),
        encoding="utf-8",
    )
    ran = onelist("check", "--settings-only", "--select", "S010")
    assert (ran.code, ran.out) == (
        2,
        "settings.ini:9:2: error S010: 漢字é has letters that no name of a package has: 漢 字 é\n"
        "     9 |  漢字é b<2\n"
        "          ^^^^^\n"
        "    Some letters of other alphabets look like a, e, o or p. Type the name again.\n"
        "\n"
        "settings.ini: 1 error (1 not shown, by --select or --ignore).\n"
        "To check it again after your edits: onelist check settings.ini --select S010 --settings-only\n",
    )


def test_check_exit_codes(folder: Path, onelist: Callable[..., Ran]) -> None:
    clean = settings_text(description="d", license="mit", git_url="https://example.org", requirements="a")
    (folder / "settings.ini").write_text(clean, encoding="utf-8")
    ran = onelist("check", "--settings-only")
    assert (ran.code, ran.out.splitlines()[-2]) == (0, "settings.ini: 2 notes.")
    (folder / "settings.ini").write_text(clean + "pip_requirements = b<2\n", encoding="utf-8")
    assert onelist("check", "--settings-only").code == 1
    assert onelist("check", "--settings-only", "--ignore", "P,S2").code == 0
    assert onelist("check", "--settings-only", "--select", "C1").code == 0
    assert onelist("check", "--settings-only", "--select", "p002").code == 1
    ran = onelist("check", "--settings-only", "--ignore", "P,S,C")
    assert (ran.code, ran.out) == (
        0,
        "settings.ini: no problems (4 not shown, by --select or --ignore).\n"
        "To check also what the index and the channels have: onelist check settings.ini\n",
    )


@pytest.mark.usefixtures("folder")
def test_check_json_is_what_the_schema_says(onelist: Callable[..., Ran]) -> None:
    result = json.loads(onelist("check", "--settings-only", "--format", "json").out)
    validate(result, "check")
    assert [item["code"] for item in result["findings"]] == ["S201", "P002", "C101", "C102"]
    pin = result["findings"][1]
    assert (pin["line"], pin["column"], pin["requirement"]) == (10, 38, "requests>=2,<3")


def test_every_real_file_is_checked_without_a_traceback(real_file: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("check", "--settings-only", "--format", "json", real_file)
    result = json.loads(ran.out)
    validate(result, "check")
    worst = {item["severity"] for item in result["findings"]}
    assert ran.code == (2 if result["settings"] is None else 1 if worst & {"error", "warning"} else 0)
    lines = real_file.read_text(encoding="utf-8-sig").split("\n")
    for item in result["findings"]:
        if item["line"] and item["requirement"] and " " not in item["requirement"]:
            assert lines[item["line"] - 1][item["column"] - 1 :].startswith(item["requirement"])


# --- sync --------------------------------------------------------------------------------------------------


def test_sync_writes_compares_and_mends(folder: Path, onelist: Callable[..., Ran]) -> None:
    assert onelist("sync", "--check").code == 1
    ran = onelist("sync")
    files = [Path("meta.yaml"), Path("recipe/recipe.yaml"), Path("recipe/LICENSE")]
    assert (ran.code, ran.out) == (0, "".join(f"wrote {path}\n" for path in files))
    assert onelist("sync", "--check").code == 0
    assert onelist("sync").out == "".join(f"kept  {path}\n" for path in files)
    assert (folder / "recipe/LICENSE").read_bytes() == (folder / "LICENSE").read_bytes()
    text = (folder / "settings.ini").read_text(encoding="utf-8").replace("pandas", "polars")
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    (folder / "recipe/LICENSE").unlink()
    ran = onelist("sync", "--check")
    assert ran.code == 1
    assert "-    - pandas\n+    - polars\n" in ran.out
    assert ran.err == (
        "meta.yaml is out of date. Run: onelist sync\n"
        f"{Path('recipe/recipe.yaml')} is out of date. Run: onelist sync\n"
        f"{Path('recipe/LICENSE')} is missing. Run: onelist sync\n"
    )
    codes = [
        item["code"] for item in json.loads(onelist("check", "--settings-only", "--format", "json").out)["findings"]
    ]
    assert [code for code in codes if code.startswith("G")] == ["G001", "G002", "G002"]
    assert onelist("sync").code == 0
    assert onelist("sync", "--check").code == 0


def test_sync_copies_a_licence_of_another_name(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "LICENSE").rename(folder / "COPYING.txt")
    assert onelist("sync").code == 0
    assert (folder / "recipe/COPYING.txt").read_bytes() == (folder / "COPYING.txt").read_bytes()
    assert "license_file: COPYING.txt\n" in (folder / "meta.yaml").read_text(encoding="utf-8")


def test_sync_knows_settings_of_another_name(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").rename(folder / "list.ini")
    assert onelist("sync", "list.ini").code == 0
    assert onelist("sync", "list.ini", "--check").code == 0
    assert onelist("sync", "list.ini").out.startswith("kept  meta.yaml\n")


def test_another_settings_file_beside_the_recipes_is_not_theirs(folder: Path, onelist: Callable[..., Ran]) -> None:
    onelist("sync")
    (folder / "my_settings.ini").write_text(settings_text(lib_name="other", requirements="a"), encoding="utf-8")
    assert "G0" not in onelist("check", "--settings-only", "my_settings.ini").out


def test_a_licence_without_its_file_is_named(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "LICENSE").unlink()
    ran = onelist("check", "--settings-only", "--select", "S204")
    assert ran.out.startswith("settings.ini:6:11: info S204: There is no licence file beside settings.ini")


def test_messages_name_the_settings_file_that_was_given(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = settings_text(lib_name="demo", license="mit", requirements="pandas")
    (tmp_path / "course.ini").write_text(text, encoding="utf-8")
    noted = onelist("check", "--settings-only", "course.ini")
    assert "info S204: There is no licence file beside course.ini, so the packages contain none." in noted.out
    published = onelist("publish", "course.ini")
    assert published.err.startswith("onelist: course.ini does not say to which conda channel the list is published.\n")
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/__init__.py").write_text("x = 1\n", encoding="utf-8")
    stopped = onelist("build", "course.ini")
    assert "write meta_package = true into course.ini." in stopped.err
    bumped = onelist("bump", "0.0.1", "course.ini")
    assert bumped.err.startswith("onelist: 0.0.1 is not newer than 0.1.0, the version of the list.\n")
    assert "settings.ini" not in "".join(ran.out + ran.err for ran in (noted, published, stopped, bumped))


@pytest.mark.usefixtures("folder")
def test_sync_does_not_mind_line_ends(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    onelist("sync")
    path = tmp_path / "meta.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert onelist("sync", "--check").code == 0


def test_sync_writes_nothing_that_conda_cannot_carry(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "settings.ini").write_text(settings_text(requirements="a[x]"), encoding="utf-8")
    ran = onelist("sync")
    assert (ran.code, ran.out) == (1, "")
    assert not (folder / "meta.yaml").exists()


def edit_settings(folder: Path, old: str, new: str) -> None:
    path = folder / "settings.ini"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def generated_findings(onelist: Callable[..., Ran]) -> list[tuple[str, str, str]]:
    findings = json.loads(onelist("check", "--settings-only", "--format", "json").out)["findings"]
    return [(item["code"], item["message"], item["hint"]) for item in findings if item["code"].startswith("G")]


def test_sync_keeps_every_export_in_step_wherever_it_lies(folder: Path, onelist: Callable[..., Ran]) -> None:
    onelist("export", "environment", "-o", "binder/environment.yml")
    onelist("export", "requirements", "-o", ".devcontainer/pip-list.txt")
    (folder / "mine.yml").write_text("name: mine\n", encoding="utf-8")
    assert generated_findings(onelist) == []
    edit_settings(folder, "pandas", "polars")
    binder, devcontainer = Path("binder/environment.yml"), Path(".devcontainer/pip-list.txt")
    sync = "Run: onelist sync, or only for this file: onelist export"
    assert generated_findings(onelist) == [
        ("G002", f"{devcontainer} does not match settings.ini.", f"{sync} requirements -o {devcontainer}"),
        ("G002", f"{binder} does not match settings.ini.", f"{sync} environment -o {binder}"),
    ]
    ran = onelist("sync", "--check")
    assert ran.code == 1
    assert "-  - pandas\n+  - polars\n" in ran.out
    assert f"{binder} is out of date. Run: onelist sync\n" in ran.err
    assert f"wrote {binder}\n" in onelist("sync").out
    assert (folder / binder).read_text(encoding="utf-8") == onelist("export", "environment").out
    assert (folder / devcontainer).read_text(encoding="utf-8") == onelist("export", "requirements").out
    assert (folder / "mine.yml").read_text(encoding="utf-8") == "name: mine\n"
    assert (onelist("sync", "--check").code, generated_findings(onelist)) == (0, [])


def test_sync_writes_the_exports_that_the_key_names(folder: Path, onelist: Callable[..., Ran]) -> None:
    edit_settings(folder, "license = mit", "license = mit\nexports = environment pixi")
    assert [message for _, message, _ in generated_findings(onelist)] == [
        "environment.yml is missing, and the key exports names it.",
        "pixi.toml is missing, and the key exports names it.",
    ]
    assert onelist("sync").out.endswith("wrote environment.yml\nwrote pixi.toml\n")
    assert not (folder / "requirements.txt").exists()
    assert (folder / "pixi.toml").read_text(encoding="utf-8") == onelist("export", "pixi").out
    assert (onelist("sync", "--check").code, generated_findings(onelist)) == (0, [])


def test_sync_replaces_no_export_that_a_person_wrote(folder: Path, onelist: Callable[..., Ran]) -> None:
    edit_settings(folder, "license = mit", "license = mit\nexports = requirements")
    (folder / "requirements.txt").write_text("pandas\n", encoding="utf-8")
    message = "requirements.txt was not written by onelist, and the key exports names it."
    advice = "Delete requirements.txt, or delete requirements in exports."
    assert generated_findings(onelist) == [("G003", message, advice)]
    ran = onelist("sync", "--check")
    assert (ran.code, ran.err.splitlines()[-1]) == (1, message)
    ran = onelist("sync")
    assert (ran.code, ran.err) == (
        2,
        f"onelist: {message}\n    Delete the file, or delete requirements in exports. Nothing was written.\n",
    )
    assert not (folder / "meta.yaml").exists()
    assert (folder / "requirements.txt").read_text(encoding="utf-8") == "pandas\n"


def test_exports_of_other_lists_links_and_environments_are_left_alone(
    folder: Path, onelist: Callable[..., Ran]
) -> None:
    old = onelist("export", "environment").out.replace("pandas", "old")
    for place, mark in (("other", "settings.ini"), ("venv", "pyvenv.cfg"), ("env", "conda-meta/history")):
        (folder / place / mark).parent.mkdir(parents=True)
        (folder / place / mark).write_text(settings_text(), encoding="utf-8")
        (folder / place / "environment.yml").write_text(old, encoding="utf-8")
    if sys.platform != "win32":
        (folder / "link.yml").symlink_to("other/environment.yml")
    assert generated_findings(onelist) == []
    assert onelist("sync").code == 0
    assert (folder / "other/environment.yml").read_text(encoding="utf-8") == old


def test_a_pixi_toml_that_can_no_longer_be_made_is_named(folder: Path, onelist: Callable[..., Ran]) -> None:
    onelist("export", "pixi", "-o", "pixi.toml")
    edit_settings(folder, "sentencepiece", 'sentencepiece;os_name=="nt" sentencepiece;os_name=="posix"')
    reason = "pixi.toml can list a name only once, and pip_requirements lists sentencepiece more than once."
    advice = "Write it once, with all extras and version limits."
    assert generated_findings(onelist) == [
        ("G002", f"pixi.toml cannot be made from settings.ini any more. {reason}", f"{advice} Or delete the file.")
    ]
    ran = onelist("sync")
    assert (ran.code, ran.err) == (2, f"onelist: {reason}\n    {advice}\n")


# --- export ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_export_environment(onelist: Callable[..., Ran]) -> None:
    assert onelist("export", "environment").out == (
        "# Written by onelist from settings.ini: change that file, then run: onelist export environment\n"
        "name: course-meta\n"
        "channels:\n"
        "  - conda-forge\n"
        "  - nodefaults\n"
        "dependencies:\n"
        "  - python >=3.11\n"
        "  - pandas\n"
        "  - python-graphviz >=0.20\n"
        "  - requests >=2,<3\n"
        "  - nodejs >=20\n"
        "  - pip\n"
        "  - pip:\n"
        "      - sentencepiece\n"
    )


@pytest.mark.usefixtures("folder")
def test_export_overwrites_no_settings_and_no_device(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    before = (tmp_path / "settings.ini").read_bytes()
    ran = onelist("export", "pixi", "-o", "settings.ini")
    assert (ran.code, ran.err) == (
        2,
        "onelist: settings.ini is the settings file itself.\n    Write to another file.\n",
    )
    assert (tmp_path / "settings.ini").read_bytes() == before
    (tmp_path / "taken").mkdir()
    ran = onelist("export", "pixi", "-o", "taken")
    assert ran.code == 2
    assert "taken already exists and is not a file." in ran.err
    assert onelist("export", "pixi", "-o", "-").out == onelist("export", "pixi").out
    if sys.platform != "win32":
        (tmp_path / "real.toml").write_text("old", encoding="utf-8")
        (tmp_path / "link.toml").symlink_to("real.toml")
        assert onelist("export", "pixi", "-o", "link.toml").code == 0
        assert (tmp_path / "link.toml").is_symlink()
        assert (tmp_path / "real.toml").read_text(encoding="utf-8") == onelist("export", "pixi").out


@pytest.mark.usefixtures("folder")
def test_export_requirements(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("export", "requirements", "-o", "out/requirements.txt")
    assert (ran.code, ran.out) == (0, f"wrote {Path('out/requirements.txt')}\n")
    assert (tmp_path / "out/requirements.txt").read_text(encoding="utf-8") == (
        "# Written by onelist from settings.ini: change that file, then run: onelist export requirements\n"
        "pandas\ngraphviz>=0.20\nrequests<3,>=2\nsentencepiece\n"
    )


def test_export_pixi(folder: Path, onelist: Callable[..., Ran]) -> None:
    import tomllib

    text = SETTINGS.replace(
        "sentencepiece",
        "sentencepiece b[x]>=1;os_name=='nt' c @ https://example.org/c.zip d @ git+https://example.org/d@main "
        "e @ git+ssh://git@example.org/e@v1 f @ git+https://example.org/f.git@feature/x "
        "g @ git+https://example.org/g@v2#egg=g&subdirectory=python/g h @ git+ssh://git@example.org/team/h "
        "i @ https://example.org/i.zip#subdirectory=py&sha256=00 j @ git+https://example.org/j@refs/pull/7/head",
    )
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("export", "pixi")
    assert tomllib.loads(ran.out) == {
        "workspace": {
            "name": "course-meta",
            "version": "0.1.0",
            "channels": ["conda-forge"],
            "platforms": ["linux-64", "linux-aarch64", "osx-arm64", "win-64"],
        },
        "dependencies": {
            "python": ">=3.11",
            "pandas": "*",
            "python-graphviz": ">=0.20",
            "requests": ">=2,<3",
            "nodejs": ">=20",
        },
        "pypi-dependencies": {
            "sentencepiece": "*",
            "b": {"version": ">=1", "extras": ["x"], "env-markers": 'os_name == "nt"'},
            "c": {"url": "https://example.org/c.zip"},
            "d": {"git": "https://example.org/d", "rev": "main"},
            "e": {"git": "ssh://git@example.org/e", "rev": "v1"},
            "f": {"git": "https://example.org/f.git", "rev": "feature/x"},
            "g": {"git": "https://example.org/g", "rev": "v2", "subdirectory": "python/g"},
            "h": {"git": "ssh://git@example.org/team/h"},
            "i": {"url": "https://example.org/i.zip#sha256=00", "subdirectory": "py"},
            "j": {"git": "https://example.org/j", "rev": "refs/pull/7/head"},
        },
    }
    assert onelist("build", "--verify").code == 0


@pytest.mark.parametrize(
    "address",
    [
        "hg+https://example.org/x",
        "svn+https://example.org/x@12",
        "bzr+https://example.org/x",
        "git+git://example.org/x@v1",
        "git+https://example.org/x@v1#folder=y",
    ],
)
def test_pixi_has_no_word_for_these_addresses(folder: Path, onelist: Callable[..., Ran], address: str) -> None:
    edit_settings(folder, "sentencepiece", f"tools @ {address}")
    ran = onelist("export", "pixi")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        f"onelist: pixi.toml cannot express the address of tools: {address}\n"
        "    pixi installs from git addresses such as git+https://example.org/tools@v1#subdirectory=python, and from "
        "files. Export requirements.txt or environment.yml.\n",
    )
    assert onelist("build", "--verify").code == 0


def test_the_default_channels_of_conda_are_in_no_export(folder: Path, onelist: Callable[..., Ran]) -> None:
    edit_settings(folder, "license = mit", "license = mit\nconda_channels = mine nodefaults conda-forge")
    assert "channels:\n  - mine\n  - conda-forge\n  - nodefaults\n" in onelist("export", "environment").out
    assert 'channels = [\n    "mine",\n    "conda-forge",\n]' in onelist("export", "pixi").out


# --- init --------------------------------------------------------------------------------------------------


def test_init_writes_settings_that_build(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    flags = ["--name", "my-list", "--require", "pandas", "torch", "--description", "100% of it", "--user", "me"]
    ran = onelist("init", "new", *flags, "--license", "mit", "--min-python", "3.12", "--channel", "mine", "conda-forge")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "new/settings.ini").read_text(encoding="utf-8") == (
        "[DEFAULT]\n"
        "lib_name = my-list\n"
        "version = 0.1.0\n"
        "description = 100%% of it\n"
        "user = me\n"
        "git_url = https://github.com/%(user)s/%(lib_name)s\n"
        "license = mit\n"
        "min_python = 3.12\n"
        "\n"
        "# What the course needs, by the names on the Python package index. Write no versions.\n"
        "requirements = pandas torch\n"
        "# What conda must leave to pip, and what pip must leave to conda:\n"
        "# pip_requirements =\n"
        "# conda_requirements =\n"
        "\n"
        "# In the order of the install line: mamba install -c ...\n"
        "conda_channels = mine conda-forge\n"
    )
    assert onelist("check", "--settings-only", "new").code == 0
    assert onelist("build", "new", "--verify").code == 0
    again = onelist("init", "new", *flags)
    assert (again.code, again.err) == (
        2,
        f"onelist: {Path('new/settings.ini')} already exists and is left as it is.\n"
        "    Edit it, or name another folder.\n",
    )


def test_init_says_that_it_does_not_read_answers_from_a_pipe(tmp_path: Path) -> None:
    ran = program("init", cwd=tmp_path, input="asked-for\npandas\n")
    assert (ran.returncode, ran.stderr) == (
        0,
        "onelist: No questions are asked, because the input is not a terminal. What the options leave out has its "
        "default: onelist init --help\n",
    )
    assert f"lib_name = {tmp_path.name}\n" in (tmp_path / "settings.ini").read_text(encoding="utf-8")


@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["explain"], "is not the name of a package."),
        (["draft"], "is not the name of a package."),
        (["bump"], "is not a version."),
        (["publish", "--to"], "is not a destination to publish to."),
        (["try", "--python"], "is not a Python version."),
        (["check", "--shard"], "is not a shard."),
        (["check", "--index-url"], "is not the address of a package index."),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_blank_argument_is_shown_in_quotes(
    onelist: Callable[..., Ran], command: list[str], message: str, blank: str
) -> None:
    ran = onelist(*command, blank)
    assert ran.code == 2
    assert ran.err.startswith(f"onelist: {blank!r} {message}\n")


def test_init_refuses_what_would_not_parse(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("init", "--name", "my-list", "--require", "a=1")
    assert ran.code == 2
    assert "Did you mean a==1?" in ran.err
    assert not (tmp_path / "settings.ini").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_init_asks_at_a_terminal(tmp_path: Path) -> None:
    if sys.platform != "win32":  # says to the type checker what the mark says to pytest
        import pty

        leader, follower = pty.openpty()
        os.write(leader, b"asked-for\npandas torch\nA list\n\n\n\n\n\n")
        command = [sys.executable, "-m", "onelist", "init"]
        ran = subprocess.run(
            command, cwd=tmp_path, stdin=follower, capture_output=True, text=True, timeout=60, check=False
        )
        os.close(follower)
        os.close(leader)
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr.startswith(f"Name of the package [{tmp_path.name}]: ")
        text = (tmp_path / "settings.ini").read_text(encoding="utf-8")
        assert "lib_name = asked-for\n" in text
        assert "requirements = pandas torch\n" in text
        assert "license = apache2\n" in text


# --- the program -------------------------------------------------------------------------------------------


def program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "onelist", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", **options)


def test_a_fault_of_onelist_itself_is_no_finding(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("https://ada:lovelace@host/")

    monkeypatch.setattr("onelist.settings.project.find_settings", broken)
    ran = onelist("check", str(tmp_path))
    assert ran.code == 3
    assert ran.err.startswith("onelist: Internal error (RuntimeError at test_cli.py:")
    assert "lovelace" not in ran.err


def test_the_program_leaves_with_the_exit_code_and_all_of_its_output(folder: Path) -> None:
    ran = program("build", "--verify", "--index", "--format", "json", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["schema_version"] == 1
    assert program("check", "--settings-only", cwd=folder).returncode == 1
    assert program("nonsense").returncode == 2
    assert program("--version").stdout == "onelist 0.1.0\n"


def test_json_is_json_in_every_encoding(folder: Path) -> None:
    (folder / "settings.ini").write_text(settings_text(requirements="größe"), encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = program("check", "--settings-only", "--format", "json", cwd=folder, env=environment)
    assert json.loads(ran.stdout)["findings"][0]["requirement"] == "größe"


def test_a_terminal_of_another_encoding_is_no_reason_for_a_traceback(folder: Path) -> None:
    (folder / "settings.ini").write_text(settings_text(requirements="größe"), encoding="utf-8")
    ran = program("check", "--settings-only", cwd=folder, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 2
    assert "gr\\xf6\\xdfe has letters that no name of a package has: \\xf6 \\xdf" in ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /bin/sh on Windows")
@pytest.mark.parametrize("command", ["check --settings-only", "build", "export pixi", "--help", "completion bash"])
def test_a_closed_output_is_no_reason_for_a_traceback(folder: Path, command: str) -> None:
    line = f"'{sys.executable}' -m onelist {command} >&-"
    ran = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise on Windows")
def test_a_reader_that_leaves_is_no_reason_for_a_traceback(folder: Path) -> None:
    many = " ".join(f"a{number}<2" for number in range(2000))
    (folder / "settings.ini").write_text(settings_text(requirements=many), encoding="utf-8")
    command = f"'{sys.executable}' -m onelist check --settings-only | head -1"
    ran = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", ["build", "sync", "export", "--settings-only", "conda-forge"]),
        ("zsh", ["build", "sync", "export", "--settings-only", "conda-forge"]),
        ("tcsh", ["build", "sync", "export", "environment requirements pixi"]),
        ("fish", ["-a build", "-a sync", "-l settings-only", "conda-forge", "complete -c onelist"]),
        (
            "powershell",
            ["'build'", "'sync'", "'--settings-only'", "'conda-forge'", "Register-ArgumentCompleter -Native"],
        ),
    ],
)
def test_completion_knows_the_commands(onelist: Callable[..., Ran], shell: str, words: list[str]) -> None:
    ran = onelist("completion", shell)
    assert ran.code == 0
    assert [word for word in words if word not in ran.out] == []


FISH = shutil.which("fish") or ""


@pytest.mark.skipif(not FISH, reason="fish is not on PATH")
def test_fish_completes_commands_options_values_and_files(folder: Path, onelist: Callable[..., Ran]) -> None:
    (folder / "onelist.fish").write_text(onelist("completion", "fish").out, encoding="utf-8")
    asked = (
        "onelist expl",
        "onelist check --settings-o",
        "onelist build --only ",
        "onelist check READ",
        "onelist init --from set",
    )
    script = "; ".join(["source onelist.fish", *(f"complete -C '{line}'; echo" for line in asked)])
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        [FISH, "--no-config", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    found = [[line.partition("\t")[0] for line in part.splitlines()] for part in ran.stdout.strip().split("\n\n")]
    assert found == [
        ["explain"],
        ["--settings-only"],
        ["wheel", "sdist", "conda", "conda-forge"],
        ["README.md"],
        ["settings.ini"],
    ]


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], ["packaging", "yaml", "rattler", "rattler_build", "hatchling", "shtab", "tomli_w", "rich"]),
        (["check", "--settings-only"], ["yaml", "rattler", "rattler_build", "hatchling", "shtab", "tomli_w", "rich"]),
        (["check", "--settings-only", "--color", "always", "--format", "json"], ["rich"]),
        (["check", "--settings-only", "--color", "always", "--format", "github"], ["rich"]),
        (["check", "--settings-only", "--color", "always", "--format", "sarif"], ["rich"]),
        (["sync", "--check"], ["yaml", "rattler", "rattler_build", "hatchling", "shtab", "tomli_w"]),
        (["build"], ["yaml", "rattler", "shtab"]),
    ],
    ids=lambda value: value[-1] if value else "",
)
def test_a_command_loads_no_library_that_it_does_not_need(folder: Path, arguments: list[str], heavy: list[str]) -> None:
    code = (
        "import sys\nfrom onelist.cli.main import main\nmain(sys.argv[1:])\n"
        f"loaded = [name for name in {heavy!r} if name in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_output_of_an_export_may_stand_before_its_form(folder: Path, onelist: Callable[..., Ran]) -> None:
    assert onelist("export", "-o", "r.txt", "requirements").out == "wrote r.txt\n"
    assert onelist("export", "requirements", "-o", "s.txt").out == "wrote s.txt\n"
    assert (folder / "r.txt").read_bytes() == (folder / "s.txt").read_bytes()
