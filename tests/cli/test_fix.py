"""`onelist fix` and `onelist bump`: what an edit is about changes, and not a character besides."""

from __future__ import annotations

import datetime
import difflib
import re
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from onelist.core.errors import UsageError
from onelist.core.findings import Append, Edit, RaisePython, Remove, Replace, Source, Span
from onelist.settings.editing import edits
from onelist.settings.editing.edits import next_version
from tests.channels import Package, compiled, interpreters, write_channel
from tests.conftest import real_settings
from tests.helpers import settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from onelist.core.findings import Change
    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")
HEAD = "[DEFAULT]\nlib_name = x\nversion = 1\n"


def changed(text: str, *changes: Change) -> str:
    """Return a settings file (without its first lines) after changes, each an edit of its own."""
    source, _ = edits.apply(Source(file="f", text=HEAD + text), [Edit(changes=(change,)) for change in changes])
    assert source.text.startswith(HEAD)
    return source.text.removeprefix(HEAD)


def at(text: str, item: str, *, occurrence: int = 0) -> Span:
    """Return where an item stands in a settings file that begins with HEAD."""
    whole = HEAD + text
    start = -1
    for _ in range(occurrence + 1):
        start = whole.index(item, start + 1)
    lines = whole[:start].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Span(line=len(lines), column=len(lines[-1]) + 1, length=len(item))


@pytest.mark.parametrize(
    ("text", "item", "expected"),
    [
        ("requirements = aa bb cc\n", "aa", "requirements = bb cc\n"),
        ("requirements = aa bb cc\n", "bb", "requirements = aa cc\n"),
        ("requirements = aa bb cc\n", "cc", "requirements = aa bb\n"),
        ("requirements = aa\n", "aa", "requirements =\n"),
        ("requirements=aa\n", "aa", "requirements=\n"),
        ("requirements = aa", "aa", "requirements ="),
        ("requirements = aa, bb, cc\n", "aa", "requirements = bb, cc\n"),
        ("requirements = aa, bb, cc\n", "bb", "requirements = aa, cc\n"),
        ("requirements = aa, bb, cc\n", "cc", "requirements = aa, bb\n"),
        ("requirements =\n    aa\n    bb\n", "aa", "requirements =\n    bb\n"),
        ("requirements =\n    aa\n    bb\n", "bb", "requirements =\n    aa\n"),
        ("requirements = aa\n\tbb\n\tcc\n", "aa", "requirements =\n\tbb\n\tcc\n"),
        ("requirements = aa\n\tbb\n\tcc\n", "bb", "requirements = aa\n\tcc\n"),
        ("requirements = aa \\\n  bb \\\n  cc\n", "bb", "requirements = aa \\\n  cc\n"),
        ("requirements = aa\r\n  bb\r\nuser = u\r\n", "bb", "requirements = aa\r\nuser = u\r\n"),
        ("requirements =   aa   bb\n", "aa", "requirements =   bb\n"),
        ("requirements = aa   bb   \n", "bb", "requirements = aa   \n"),
    ],
)
def test_an_item_is_taken_out_with_what_separated_it(text: str, item: str, expected: str) -> None:
    assert changed(text, Remove(span=at(text, item))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requirements = aa bb\n", "requirements = aa bb new\n"),
        ("requirements = aa, bb\n", "requirements = aa, bb, new\n"),
        ("requirements =\n", "requirements = new\n"),
        ("requirements = \n", "requirements = new\n"),
        ("requirements =", "requirements = new"),
        ("requirements =\n    aa\n    bb\nuser = u\n", "requirements =\n    aa\n    bb\n    new\nuser = u\n"),
        ("requirements = aa\n\tbb\n", "requirements = aa\n\tbb\n\tnew\n"),
        ("requirements = aa bb\n  cc dd\n", "requirements = aa bb\n  cc dd new\n"),
        ("requirements = aa \\\n  bb \\\n  cc\n", "requirements = aa \\\n  bb \\\n  cc\n  new\n"),
        ("requirements =\r\n  aa\r\n  bb\r\n", "requirements =\r\n  aa\r\n  bb\r\n  new\r\n"),
        ("requirements = aa  \nuser = u\n", "requirements = aa new  \nuser = u\n"),
        ("min_python = 3.11\nuser = u\n", "min_python = 3.11\nrequirements = new\nuser = u\n"),
        ("pip_requirements = aa\n", "requirements = new\npip_requirements = aa\n"),
    ],
)
def test_an_item_is_put_at_the_end_of_its_list(text: str, expected: str) -> None:
    assert changed(text, Append(key="requirements", text="new")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min_python = 3.7\n", "min_python = 3.11\n"),
        ("min_python=3.7   \n", "min_python=3.11   \n"),
        ("p = 3.7\nmin_python = %(p)s\n", "p = 3.7\nmin_python = %(p)s\n"),
        ("user = u\n", "user = u\n"),
    ],
)
def test_min_python_is_raised_where_it_stands(text: str, expected: str) -> None:
    assert changed(text, RaisePython(python=(3, 10)), RaisePython(python=(3, 11))) == expected


def test_what_comes_from_another_key_is_left_alone() -> None:
    text = "both = aa bb\nrequirements = %(both)s cc\n"
    assert changed(text, Remove(span=Span(line=5, column=16, length=8))) == text
    assert changed(text, Append(key="requirements", text="new")) == "both = aa bb\nrequirements = %(both)s cc new\n"


@pytest.mark.parametrize("value", ["aa%(part)s", "%(part)saa", "%(part)s%(part)s", "x aa%(part)s"])
def test_nothing_is_added_behind_an_item_that_comes_in_part_from_another_key(value: str) -> None:
    text = f"part = bb\nrequirements = {value}\n"
    assert changed(text, Append(key="requirements", text="new")) == text


def test_an_edit_is_made_wholly_or_not_at_all() -> None:
    text = "both = aa\nrequirements = %(both)s\npip_requirements = bb\n"
    edit = Edit(changes=(Remove(span=at(text, "bb")), Replace(span=Span(line=5, column=16, length=8), text="z")))
    source = Source(file="f", text=HEAD + text)
    assert edits.apply(source, [edit]) == (source, ())
    assert edits.replacements(source, edit) is None


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ("requirements = d aa bb cc\n", "requirements = d\npip_requirements = aa bb cc\n"),
        ("requirements = d aa bb cc\npip_requirements =\n", "requirements = d\npip_requirements = aa bb cc\n"),
        (
            "pip_requirements = x, y\nrequirements = d aa bb cc\n dd\n",
            "pip_requirements = x, y, aa, bb, cc\nrequirements = d\n dd\n",
        ),
        (
            "pip_requirements =\n  x\n  y\nrequirements = d aa bb cc",
            "pip_requirements =\n  x\n  y\n  aa\n  bb\n  cc\nrequirements = d",
        ),
    ],
)
def test_edits_that_add_to_the_same_list_are_all_made_at_once(lists: str, expected: str) -> None:
    moves = [
        Edit(changes=(Remove(span=at(lists, name)), Append(key="pip_requirements", text=name)))
        for name in ("aa", "bb", "cc")
    ]
    after, done = edits.apply(Source(file="f", text=HEAD + lists), [*moves, moves[0]])
    assert (after.text, done) == (HEAD + expected, (*moves, moves[0]))


def test_a_new_list_of_many_items_has_lines_that_are_not_too_long() -> None:
    names = [f"{letter * 9}" for letter in "abcdefghijkl"]
    moves = [Edit(changes=(Append(key="pip_requirements", text=name),)) for name in names]
    after, _ = edits.apply(Source(file="f", text=f"{HEAD}requirements = x\n"), moves)
    lines = after.text.removeprefix(f"{HEAD}requirements = x\n").splitlines()
    assert lines == ["pip_requirements =", f"    {' '.join(names[:9])}", f"    {' '.join(names[9:])}"]
    assert max(map(len, lines)) <= 100


def test_two_edits_of_the_same_are_not_both_made() -> None:
    text = "requirements = aa<1 bb\n"
    both = [
        Edit(changes=(Replace(span=at(text, "aa<1"), text="aa"),)),
        Edit(changes=(Remove(span=at(text, "aa<1")),)),
    ]
    source, made = edits.apply(Source(file="f", text=HEAD + text), both)
    assert source.text == HEAD + "requirements = aa bb\n"
    assert made == (both[0],)


# --- the command ---------------------------------------------------------------------------------------------

MESSY = (
    "\ufeff# the course\r\n[DEFAULT]\r\nlib_name = course-meta\r\nversion=0.1.0\r\nmin_python = 3.8\r\n\r\n"
    "; lists\r\nrequirements =\tpandas=>1,<3\r\n\tnumpy,requests\r\n\tpandas\r\n\r\nallow_pins = nothing=2030-01-01\r\n"
    "user =   u  "
)


def test_nothing_else_changes(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    file = tmp_path / "settings.ini"
    file.write_bytes(MESSY.encode())
    file.chmod(0o640)
    ran = onelist("fix", "--settings-only", "--select", "S010,S108,P,F003")
    after = file.read_bytes().decode()
    assert after == (
        MESSY.replace("3.8", "3.11")
        .replace("=>1,<3", ">=1")
        .replace("numpy,requests", "numpy requests")
        .replace("\tpandas\r\n", "")
        .replace(" nothing=2030-01-01", "")
    ), ran.out
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert ran.code == 0
    assert "settings.ini:8:16: fixed S010: pandas=>1,<3 has" in ran.out
    assert ran.out.endswith(
        "settings.ini: 6 edits made, 0 left to you.\nIf you commit recipes or exports: onelist sync\n"
        "To check the whole list: onelist check settings.ini --settings-only\n"
    )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    again = onelist("fix", "--settings-only", "--select", "S010,S108,P,F003")
    assert again.out == (
        "settings.ini: no edit to make, 0 left to you.\n"
        "To check the whole list: onelist check settings.ini --settings-only\n"
    )
    assert file.read_bytes().decode() == after


def test_like_findings_are_together_and_the_next_command_is_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    twice = " ".join(f"{name} {name}>=2" for name in ("aa", "bb", "cc", "dd"))
    text = settings_text(requirements=f"v<2 w<2 x<2 y<2 {twice}", allow_pins="z=2030-01-01")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("fix", "--settings-only", "--dry-run", "--select", "S108,P")
    assert ran.err.splitlines() == [
        "settings.ini: would fix P002: A requirement has an upper bound (4 times) (line 5).",
        "settings.ini: would fix S108: A requirement is listed twice (4 times) (line 5).",
        "settings.ini:6:14: would fix P004: allow_pins names z, which is not pinned.",
        "Would change: v<2 -> v; w<2 -> w; x<2 -> x; y<2 -> y; aa>=2 deleted; bb>=2 deleted; cc>=2 deleted; "
        "dd>=2 deleted; z=2030-01-01 deleted.",
        "settings.ini: 9 edits to make, 0 left to you.",
        "To make the edits: onelist fix settings.ini --select S108,P --settings-only",
    ]
    ran = onelist("fix", "--settings-only", "--select", "S108")
    assert ran.out.endswith("\nTo check the whole list: onelist check settings.ini --settings-only\n")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    left = onelist("fix", "--settings-only", "--select", "S1").out
    assert "Left to you:\nsettings.ini: warning S108: 4 requirements are listed twice (line 5).\n" in left
    assert "\n    To fix them: onelist fix settings.ini --select S108 --settings-only\n" in left


def test_a_dry_run_prints_a_diff_and_writes_nothing(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = settings_text(requirements="pandas<3 numpy")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("fix", "--dry-run", "--settings-only", "--select", "P")
    assert ran.out == (
        "--- settings.ini\n+++ settings.ini (fixed)\n@@ -2,5 +2,5 @@\n lib_name = course-meta\n version = 0.1.0\n"
        " min_python = 3.11\n-requirements = pandas<3 numpy\n+requirements = pandas numpy\n \n"
    )
    assert ran.err.startswith("settings.ini:5:16: would fix P002: pandas has the upper bound <3")
    assert ran.code == 0
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == text


def test_what_needs_judgement_is_listed_and_made_only_when_its_code_is_named(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    text = settings_text(requirements="pandas\n pandas>=2")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("fix", "--settings-only", "--select", "S1")
    assert ran.code == 1
    assert "Left to you:\n" in ran.out
    assert "settings.ini:6:2: warning S108: pandas is listed again" in ran.out
    assert "To fix what needs your decision: onelist fix settings.ini --select S108 --settings-only\n" in ran.out
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == text
    onelist("fix", "--settings-only", "--select", "S108")
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == text.replace(" pandas>=2\n", "")


def test_a_file_that_is_changed_meanwhile_is_not_overwritten(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(settings_text(requirements="pandas<3"), encoding="utf-8")
    real = edits.apply

    def apply(*arguments: object) -> object:
        file.write_text("somebody else's", encoding="utf-8")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(edits, "apply", apply)
    ran = onelist("fix", "--settings-only")
    assert ran.code == 2
    assert ran.err.startswith("onelist: settings.ini was changed by another program in the meantime.\n")
    assert file.read_text(encoding="utf-8") == "somebody else's"


def test_what_the_channels_say_is_mended_too(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    forge = write_channel(
        tmp_path / "forge",
        [
            *interpreters(),
            *compiled("sentencepiece", "0.2"),
            Package("pandas", "2.2"),
            Package("python-graphviz", "0.2"),
        ],
    )
    versions = {"pandas": "2.2", "sentencepiece": "0.2", "graphviz": "0.2"}
    text = settings_text(
        conda_channels=str(forge),
        platforms="linux-64 osx-arm64",
        requirements="pandas graphviz",
        pip_requirements="sentencepiece",
        conda_requirements="python-graphviz",
    )
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    with index_server({name: [wheel(name, version)] for name, version in versions.items()}) as index:
        asking = ("--index-url", f"{index.url}/simple/")
        before = onelist("check", *asking, "--ignore", "S")
        assert {code for code in ("D001", "C008") if f" {code} [*]: " in before.out} == {"D001", "C008"}
        ran = onelist("fix", *asking)
        after = onelist("check", *asking, "--ignore", "S")
    assert ": 2 edits made, " in ran.out
    mended = (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert mended == text.replace("pandas graphviz", "pandas graphviz sentencepiece").replace(
        "pip_requirements = sentencepiece", "pip_requirements ="
    ).replace("conda_requirements = python-graphviz", "conda_requirements =")
    assert after.code == 0, after.out


def test_an_old_python_is_given_up_only_if_the_code_is_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """Learners who have it could no longer install the list."""
    text = settings_text(min_python="3.9")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    for select in ((), ("--select", "F")):
        onelist("fix", "--settings-only", *select)
        assert "min_python = 3.9\n" in (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert " fixed F003: " in onelist("fix", "--settings-only", "--select", "F003").out
    assert "min_python = 3.11\n" in (tmp_path / "settings.ini").read_text(encoding="utf-8")


def test_the_changes_are_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    pins = " ".join(f"name{number}==1" for number in range(12))
    text = settings_text(min_python="3.9", requirements="pandas<3 numpy numpy", allow_pins="zz=2030-01-01")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    would = onelist("fix", "--settings-only", "--select", "F003,P,S108", "--dry-run")
    changes = "min_python 3.9 -> 3.11; pandas<3 -> pandas; numpy deleted; zz=2030-01-01 deleted"
    assert f"\nWould change: {changes}.\n" in would.err
    assert f"\nChanged: {changes}.\n" in onelist("fix", "--settings-only", "--select", "F003,P,S108").out
    (tmp_path / "settings.ini").write_text(settings_text(requirements=pins), encoding="utf-8")
    assert "; name9==1 -> name9; and 2 more.\n" in onelist("fix", "--settings-only", "--select", "P").out


def test_what_only_one_installer_has_moves_to_its_list_only_if_the_code_is_named(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    """The users of the other one no longer get it, and perhaps a channel is missing in the list."""
    channel = [*interpreters(["linux-64"], ["3.15"]), Package("good"), Package("kernels")]
    write_channel(tmp_path / "channel", channel)
    keys = {"conda_channels": str(tmp_path / "channel"), "platforms": "linux-64", "min_python": "3.15"}
    file = tmp_path / "settings.ini"
    with index_server({name: [wheel(name, "1.0")] for name in ("good", "rare")}) as index:
        asking = ("fix", "--index-url", f"{index.url}/simple/", "--no-resolve", "--select")
        file.write_text(settings_text(**keys, requirements="good rare nowhere kernels"), encoding="utf-8")
        onelist(*asking, "A")
        assert "\nrequirements = good rare nowhere kernels\n" in file.read_text(encoding="utf-8")
        ran = onelist(*asking, "A005,A001")
    assert "\nChanged: rare moved to pip_requirements; kernels moved to conda_requirements.\n" in ran.out
    text = file.read_text(encoding="utf-8")
    assert "\nrequirements = good nowhere\n" in text  # pip has no nowhere either
    assert "\npip_requirements = rare\n" in text
    assert "\nconda_requirements = kernels\n" in text


def test_extras_that_conda_lacks_are_named_or_left_to_pip(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(settings_text(requirements="fastai gymnasium[atari,classic_control] x[y]"), encoding="utf-8")
    assert onelist("fix", "--settings-only", "--select", "C").out.count("fixed C001") == 0
    changes = (
        "gymnasium[atari,classic_control]=gymnasium-atari added to conda_names, gymnasium-classic-control added to "
        "conda_requirements; x[y] moved to pip_requirements"
    )
    assert f"\nChanged: {changes}.\n" in onelist("fix", "--settings-only", "--select", "C001").out
    assert onelist("check", "--settings-only", "--select", "C001").code == 0


@pytest.mark.parametrize("path", real_settings(), ids=lambda path: path.stem)
def test_real_files_are_mended_once_and_for_all(tmp_path: Path, onelist: Callable[..., Ran], path: Path) -> None:
    """After fix no finding is there that fix could mend, a second fix changes nothing, and most lines are as before."""
    file = tmp_path / "settings.ini"
    file.write_bytes(path.read_bytes())
    first = onelist("fix", "--settings-only").out
    once = file.read_bytes()
    assert "settings.ini: no edit to make, " in onelist("fix", "--settings-only").out
    assert file.read_bytes() == once
    checked = onelist("check", "--settings-only").out
    for code in ("P001", "P002", "P003", "P004", "C008"):
        assert f" {code}: " not in checked
    before, after = path.read_bytes().splitlines(), once.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    made = re.search(r"settings\.ini: (\d+) edits? made", first)
    assert len(before) - same <= (int(made[1]) if made else 0)


# --- bump ----------------------------------------------------------------------------------------------------

DAY = datetime.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("now", "to", "expected"),
    [
        ("0.1.0", "patch", "0.1.1"),
        ("0.1.9", "minor", "0.2.0"),
        ("0.1.9", "major", "1.0.0"),
        ("1.2", "patch", "1.2.1"),
        ("3", "minor", "3.1.0"),
        ("1.2.3.4", "minor", "1.3.0.0"),
        ("1.2.0rc1", "patch", "1.2.0"),
        ("1.2.0rc1", "minor", "1.2.0"),
        ("1.2.3rc1", "minor", "1.3.0"),
        ("1!2.0", "minor", "1!2.1.0"),
        ("0.1.0", "calver", "2026.11.25"),
        ("2026.11.25", "calver", "2026.11.25.1"),
        ("2026.11.25.1", "calver", "2026.11.25.2"),
        ("0.1.0", "0.3", "0.3"),
        ("0.1.0", "1.0rc1", "1.0rc1"),
    ],
)
def test_the_next_version(now: str, to: str, expected: str) -> None:
    found = next_version(Version(now), to, DAY)
    assert str(found) == expected
    assert found > Version(now)


@pytest.mark.parametrize(
    ("now", "to", "said"),
    [
        ("1.0", "1.0", "1.0 is not newer than 1.0"),
        ("1.0", "0.9", "0.9 is not newer than 1.0"),
        ("3000.1.1", "calver", "2026.11.25 is not newer than 3000.1.1"),
        ("1.0", "next", "next is not a version."),
    ],
)
def test_what_is_no_next_version(now: str, to: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        next_version(Version(now), to, DAY)
    assert caught.value.message.startswith(said)


def test_bump_writes_the_version_and_nothing_else(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    file = tmp_path / "settings.ini"
    messy = MESSY.replace("=>1,<3", "").replace(",", " ")
    file.write_bytes(messy.encode())
    ran = onelist("bump", "minor")
    assert (ran.code, ran.out) == (0, "settings.ini: version 0.1.0 is now 0.2.0.\n")
    assert file.read_bytes() == messy.replace("0.1.0", "0.2.0").encode()
    ran = onelist("bump", "patch", "--dry-run")
    assert "-version=0.2.0\n+version=0.2.1\n" in ran.out
    assert "0.2.0" in file.read_text(encoding="utf-8")
    assert onelist("bump", "0.2.0").code == 2


def test_bump_does_not_touch_a_version_from_elsewhere(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = "[DEFAULT]\nlib_name = x\nv = 1.0\nversion = %(v)s\nrequirements = y\n"
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    ran = onelist("bump", "minor")
    assert ran.code == 2
    assert ran.err.startswith("onelist: The version in settings.ini is made of the values of other keys.\n")


def test_a_misspelt_key_is_mended_where_it_is_asked_for(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = settings_text(lib_name="demo", requirments="pandas")
    (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
    assert "settings.ini: no edit to make, " in onelist("fix", "--settings-only").out
    ran = onelist("fix", "--settings-only", "--select", "S101")
    assert "fixed S101" in ran.out
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == text.replace("requirments", "requirements")
