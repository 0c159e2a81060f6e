"""What check shows to people by default: the order, like findings together, notes counted, and what to do next."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
import rich.style

from onelist.cli import terminal
from onelist.cli.terminal import STYLES_OF_MANY, wants_color
from onelist.reports.lines import Style, Table
from tests.channels import interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.helpers import Ran

MISTAKES = settings_text(
    requirements="pandas==2 numpy pandas",
    codna_requirements="x",
    conda_requirements="conda-forge::git",
    license="mit",
    description="d",
    git_url="https://example.org/x",
    user="ada",
)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


@pytest.fixture(autouse=True)
def default_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete the variables that change the screen."""
    for name in ("ONELIST_VERBOSE", "ONELIST_COLOR", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class Terminal(io.StringIO):
    """An output that is a terminal."""

    def isatty(self) -> bool:
        """Return that it is."""
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch, onelist: Callable[..., Ran]) -> Callable[..., str]:
    """Run a command on a terminal of some width; return what it shows."""

    def run(columns: int, *arguments: str) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", shown := Terminal())
            onelist(*arguments)
        return shown.getvalue()

    return run


def write(folder: Path, text: str, name: str = "settings.ini") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).with_name("LICENSE").write_text("x\n", encoding="utf-8")


def codes_of(text: str) -> list[str]:
    return re.findall(r"(?m)^\S.*?: (?:error|warning|unknown|info) ([A-Z]\d{3})", text)


def test_the_whole_screen(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, MISTAKES)
    assert onelist("check", "--settings-only").out == (
        "settings.ini:7:22: error C007: conda-forge::git has a conda channel in front of the name.\n"
        "     7 | conda_requirements = conda-forge::git\n"
        "                              ^^^^^^^^^^^^^^^^\n"
        "    Write git here and add conda-forge to conda_channels.\n"
        "settings.ini:5:32: warning S108 [*]: pandas is listed again; the first is in line 5, column 16.\n"
        "     5 | requirements = pandas==2 numpy pandas\n"
        "                                        ^^^^^^\n"
        "    Delete one of the two.\n"
        "\n"
        "1 note. To see it: onelist check settings.ini --verbose --settings-only\n"
        "settings.ini: 1 error, 1 warning, 1 note.\n"
        "To fix 1 of them: onelist fix settings.ini --settings-only\n"
        "To check it again after your edits: onelist check settings.ini --settings-only\n"
    )


def test_errors_come_first_on_the_screen_and_json_has_the_order_of_the_file(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, MISTAKES.replace("conda-forge::git", "git").replace("numpy", "numpy;sys_platform=='win32'"))
    shown = onelist("check", "--settings-only").out
    assert codes_of(shown) == ["C003", "P001", "S108"]
    assert [line for line in shown.splitlines() if " note" in line] == [
        "3 notes. To see them: onelist check settings.ini --verbose --settings-only",
        "settings.ini: 1 error, 2 warnings, 3 notes.",
    ]
    of_file = [
        one["code"] for one in json.loads(onelist("check", "--settings-only", "--format", "json").out)["findings"]
    ]
    assert of_file == ["P001", "C003", "S108", "C102", "S201", "S202"]
    verbose = onelist("check", "--settings-only", "--verbose").out
    assert codes_of(verbose) == ["C003", "P001", "S108", "C102", "S201", "S202"]


def test_like_findings_are_one(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    names = ["pandas==2", "numpy==1\n  scipy==1", "torch==2", "\n  fastai==1", "spacy==3\n\n  nltk==3"]
    write(tmp_path, settings_text(requirements=" ".join(names)))
    assert (
        "settings.ini: warning P001 [*]: 7 requirements are pinned to one version (lines 5-7, 9).\n"
        "    pandas==2, numpy==1, scipy==1, torch==2, fastai==1, spacy==3, nltk==3\n"
        "    To fix them: onelist fix settings.ini --select P001 --settings-only\n"
        "    To see each of them: onelist check settings.ini --verbose --select P001 --settings-only\n"
    ) in onelist("check", "--settings-only").out
    each = onelist("check", "settings.ini", "--verbose", "--select", "P001", "--settings-only").out
    assert codes_of(each) == ["P001"] * 7


def test_together_they_have_the_advice_that_all_of_them_have(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    items = " ".join(f"name{number};sys_platform=='win32'" for number in range(4))
    write(tmp_path, settings_text(requirements=items))
    assert (
        "settings.ini: error C003: 4 markers differ by operating system (line 5).\n"
        "    name0;sys_platform=='win32', name1;sys_platform=='win32', name2;sys_platform=='win32', "
        "name3;sys_platform=='win32'\n"
        "    Move it to pip_requirements if only pip users need it. Or list its conda package in conda_requirements as "
        "well: conda then installs that one.\n"
        "    To see each of them: onelist check settings.ini --verbose --select C003 --settings-only\n"
    ) in onelist("check", "--settings-only").out


def test_of_many_names_as_many_are_shown_as_fit_on_two_lines(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, settings_text(requirements=" ".join(f"name{number:03}==1" for number in range(300))))
    shown = onelist("check", "--settings-only").out
    assert "warning P001 [*]: 300 requirements are pinned to one version (line 5).\n    name000==1, " in shown
    assert "name012==1, and 287 more\n" in shown


def commands_of(text: str) -> list[list[str]]:
    """Return the commands on a screen, as a shell splits them; without the name of the program."""
    found = re.findall(r"(?m)^.*\bTo [^:]+: (onelist .*)$", text)
    return [shlex.split(one)[1:] for one in found]


def test_each_command_on_the_screen_works_as_it_stands(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    """Also for one of several lists, with a blank and a quote in the path, beside codes that are not shown."""
    one, two = "a list's/settings.ini", "-two/settings.ini"
    pins = " ".join(f"name{number}==1" for number in range(5))
    write(tmp_path, settings_text(requirements=f"{pins} numpy numpy", codna_requirements="x"), one)
    write(tmp_path, settings_text(requirements="pandas==2", min_python="3.9"), two)
    arguments = ("check", ".", "--settings-only", "--ignore", "F", "--no-resolve")
    shown = onelist(*arguments).out
    assert shown.endswith("--no-resolve\n\n")  # the next list begins after an empty line
    commands = commands_of(shown)
    assert [command[:4] for command in commands if command[0] == "fix"] == [
        ["fix", "./-two/settings.ini", "--settings-only", "--no-resolve"],
        ["fix", one, "--select", "P001"],
        ["fix", one, "--settings-only", "--no-resolve"],
        ["fix", one, "--select", "S101"],
    ]
    for command in commands:
        ran = onelist(*command)
        assert (ran.code in {0, 1}, ran.err) == (True, ""), command
    for file, fixed in ((one, "name0"), ("./-two/settings.ini", "pandas")):
        assert f"{fixed}==" not in (tmp_path / file).read_text(encoding="utf-8")
    assert "min_python = 3.9\n" in (tmp_path / two).read_text(encoding="utf-8")


def test_where_edits_fix_everything_nothing_is_left_to_check(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    keys = {"description": "d", "git_url": "https://example.org/x", "license": "mit", "user": "ada"}
    write(tmp_path, settings_text(**keys, requirements="pandas==2"))
    assert onelist("check", "--settings-only").out.endswith(
        "\nsettings.ini: 1 warning, 2 notes.\nTo fix 1 of them: onelist fix settings.ini --settings-only\n"
    )


def test_a_clean_list_leads_on(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    text = settings_text(description="d", git_url="https://example.org/x", conda_maintainers="ada", license="mit")
    rest = "requirements = pandas\nsdist_url = https://example.org/course_meta-0.1.0.tar.gz\n"
    write(tmp_path, text + rest)
    assert onelist("check", "--settings-only").out == (
        "settings.ini: no problems.\nTo check also what the index and the channels have: onelist check settings.ini\n"
    )
    write(tmp_path, text + rest, "two/settings.ini")
    assert (
        onelist("check", "--settings-only", "settings.ini", "two").out
        == "settings.ini: no problems.\ntwo/settings.ini: no problems.\n"
    )


@pytest.mark.parametrize(
    ("choice", "variables", "is_terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"FORCE_COLOR": "", "NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_what_decides_about_colours(
    choice: str, variables: dict[str, str], *, is_terminal: bool, expected: bool
) -> None:
    assert wants_color(choice, variables, is_terminal=is_terminal) is expected


def test_colours_change_nothing_but_the_colours(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, MISTAKES)
    plain = onelist("check", "--settings-only").out
    colored = onelist("check", "--settings-only", "--color", "always").out
    assert "\x1b[1;38;5;160merror\x1b[0m" in colored
    assert "\x1b[38;5;130mwarning\x1b[0m" in colored
    assert ESCAPES.sub("", colored) == plain
    assert onelist("check", "--settings-only", "--color", "always", "--format", "json").out.startswith("{")


def test_a_terminal_gets_lines_of_its_width_and_commands_in_one_piece(
    tmp_path: Path, on_terminal: Callable[..., str]
) -> None:
    write(tmp_path, MISTAKES.replace("requirements = pandas", "requirements = " + "name," * 40 + "pandas"))
    shown = ESCAPES.sub("", on_terminal(60, "check", "--settings-only"))
    lines = shown.splitlines()
    commands = [line for line in lines if "onelist " in line]
    assert [line for line in lines if len(line) > 60 and line not in commands] == []
    assert "    onelist check settings.ini --settings-only" in commands  # it does not fit behind what it is for
    (at,) = (number for number, line in enumerate(lines) if " C007: " in line)
    assert lines[at : at + 2] == [
        "settings.ini:7:22: error C007: conda-forge::git has a",
        "    conda channel in front of the name.",
    ]


def test_a_report_fits_a_terminal_and_stays_as_it_is_in_a_pipe(
    tmp_path: Path, on_terminal: Callable[..., str], onelist: Callable[..., Ran]
) -> None:
    names = "python-graphviz ffmpeg " + " ".join(f"package-number-{number}=={number}" for number in range(9))
    text = "dependencies: [" + names.replace(" ", ", ") + "]\n"
    (tmp_path / "environment.yml").write_text(text, encoding="utf-8")
    piped = onelist("init", "first", "--from", "environment.yml").out
    shown = on_terminal(60, "init", "second", "--from", "environment.yml")
    assert "\x1b[1mYou decide:\x1b[0m\n" in shown
    lines = ESCAPES.sub("", shown).splitlines()
    assert max(map(len, lines[:-1])) <= 60  # the last one has the commands
    assert "  environment.yml:1: ffmpeg goes to conda_requirements," in lines
    assert " ".join(" ".join(lines).split()) == " ".join(piped.replace("first", "second").split())


@pytest.mark.parametrize("style", [style for style in STYLES_OF_MANY if "color" in STYLES_OF_MANY[style]])
def test_a_colour_can_be_read_on_white_and_on_black(style: Style) -> None:
    """The contrast of large text is at least 3, and 4.5 that of small text (WCAG 2.2, 1.4.3): none has both at 4.5."""
    color = rich.style.Style.parse(STYLES_OF_MANY[style]).color
    assert color
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.get_truecolor().normalized
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert min(1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05) > 3.8


def test_a_terminal_of_16_colours_gets_its_own(
    tmp_path: Path, on_terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, MISTAKES)
    monkeypatch.setenv("TERM", "xterm-16color")
    monkeypatch.delenv("COLORTERM", raising=False)
    assert "\x1b[33mwarning\x1b[0m" in on_terminal(80, "check", "--settings-only")


def test_the_command_of_a_hint_names_the_list_and_stays_in_one_piece(
    tmp_path: Path, on_terminal: Callable[..., str], onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, settings_text(requirements="pandas", license="mit"), "my lists/settings.ini")
    (tmp_path / "my lists/meta.yaml").write_text("old\n", encoding="utf-8")
    assert "\n    Run: onelist sync 'my lists/settings.ini'\n" in onelist("check", "--settings-only", "my lists").out
    shown = ESCAPES.sub("", on_terminal(40, "check", "--settings-only", "my lists"))
    assert "\n    Run:\n        onelist sync 'my lists/settings.ini'\n" in shown
    assert onelist("sync", "my lists/settings.ini").code == 0


def test_a_help_fits_a_terminal(onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    for command in ("check", "init", "fix"):
        lines = onelist(command, "--help").out.splitlines()
        assert [line for line in lines if len(line) > 70 and not line.startswith("  onelist ")] == []


def test_who_asks_for_colours_gets_them_on_a_dumb_terminal(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, MISTAKES)
    plain = onelist("check", "--settings-only").out
    monkeypatch.setenv("TERM", "dumb")
    assert onelist("check", "--settings-only").out == plain
    colored = onelist("check", "--settings-only", "--color", "always").out
    assert "\x1b[33mwarning\x1b[0m" in colored
    assert ESCAPES.sub("", colored) == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert onelist("check", "--settings-only").out == colored


def test_tables_and_errors_fit_a_terminal(
    tmp_path: Path, on_terminal: Callable[..., str], onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, settings_text(requirements="pandas", lib_name="a-list-with-a-name-that-is-rather-long"))
    for arguments in (("rule",), ("rule", "A005"), ("build", "--only", "wheel", "sdist")):
        lines = ESCAPES.sub("", on_terminal(60, *arguments)).splitlines()
        assert max(map(len, lines)) <= 60
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    monkeypatch.setenv("COLUMNS", "60")
    assert onelist("publish", "--dry-run").code == 2
    assert ESCAPES.sub("", shown.getvalue()).splitlines() == [
        "onelist: settings.ini does not say to which conda",
        "    channel the list is published.",
        "    Add a line conda_user = with the name of your channel.",
        "    For a list that only pip installs, write conda_channels",
        "    = none. Or name a destination, such as --to pypi.",
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["chekc"], "onelist: error: there is no command chekc. Did you mean check? All commands: onelist --help\n"),
        (["zzz\x1b"], "onelist: error: there is no command zzz\\x1b. All commands: onelist --help\n"),
        (["check", "--selct", "A"], "onelist check: error: unrecognized arguments: --selct. Did you mean --select?\n"),
        (["rule", "A005", "x"], "onelist rule: error: unrecognized arguments: x.\n"),
        ([], "exit codes: "),
    ],
)
def test_a_wrong_call_says_what_was_perhaps_meant(onelist: Callable[..., Ran], call: list[str], said: str) -> None:
    ran = onelist(*call)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("usage: onelist ")


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"ONELIST_COLOR": "never"}])
def test_a_terminal_without_colours_gets_no_escape(
    variables: dict[str, str], tmp_path: Path, on_terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    write(tmp_path, MISTAKES)
    assert "\x1b" not in on_terminal(60, "check", "--settings-only")


def test_text_of_a_file_is_neither_markup_nor_a_command_to_the_terminal(
    tmp_path: Path, on_terminal: Callable[..., str]
) -> None:
    hostile = "[bold red]x[/] [link=https://evil.example]y[/link] :smile: \x1b[2J\x1b]8;;https://evil.example\x07"
    write(tmp_path, settings_text(requirements="pandas", codna=hostile, status=hostile))
    shown = on_terminal(200, "check", "--settings-only", "--verbose")
    assert "[bold red]x[/] [link=https://evil.example]y[/link] :smile: " in shown
    assert "\x1b[2J" not in shown
    assert "\x1b]8;" not in shown


def test_the_code_of_a_rule_is_a_link_where_the_documents_have_an_address(
    tmp_path: Path, on_terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "documents", lambda: "https://docs.example/")
    write(tmp_path, MISTAKES)
    shown = on_terminal(100, "check", "--settings-only")
    assert re.search(r"\x1b\]8;id=\d+;https://docs\.example/findings\.html#c007\x1b\\", shown)
    assert "onelist rule" not in shown


def test_without_an_address_a_terminal_has_no_link_and_names_the_command(
    tmp_path: Path, on_terminal: Callable[..., str], onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "documents", lambda: None)
    write(tmp_path, MISTAKES)
    shown = on_terminal(100, "check", "--settings-only")
    assert "\x1b]8;" not in shown
    assert re.sub(r"\x1b\[[\d;]*m", "", shown).endswith("\nTo read about a code: onelist rule C007\n")
    assert "onelist rule" not in onelist("check", "--settings-only").out


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["Homepage, https://a.example", "Documentation, https://b.example/x"], "https://b.example/x/"),
        (["Homepage, https://a.example"], None),
        (["Documentation, javascript:alert(1)"], None),
        (None, None),
    ],
)
def test_the_address_of_the_documents_is_that_of_the_metadata(
    addresses: Sequence[str] | None, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Metadata:
        def get_all(self, _name: str) -> Sequence[str] | None:
            return addresses

    monkeypatch.setattr("importlib.metadata.metadata", lambda _name: Metadata())
    assert terminal.documents() == expected


@pytest.mark.usefixtures("own_caches")
def test_what_a_list_does_not_give_to_an_installer_is_no_error_in_its_column(
    tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    forge = write_channel(tmp_path / "forge", interpreters(["linux-64"], ["3.15"]))
    keys = {"platforms": "linux-64", "min_python": "3.15", "conda_channels": str(forge)}
    write(tmp_path, settings_text(**keys, requirements="both", pip_requirements="single", conda_requirements="other"))
    with index_server({name: [wheel(name, "1.0")] for name in ("both", "single")}) as index:
        shown = onelist("check", "--index-url", f"{index.url}/simple/", "--no-resolve", "--color", "always").out
    rows = {ESCAPES.sub("", row).split()[0]: row for row in shown.splitlines()[2:5]}
    assert re.search(r"\x1b\[1;38;5;160mnot found", rows["both"])
    assert re.search(r"\x1b\[2mnot found", rows["single"])
    assert "\x1b[1;38;5;160m" in rows["other"]


def test_a_table_fits_the_terminal_and_keeps_the_names_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of channels are folded: an address can be longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", "50")
    rows = (
        ("requirement", "pip", "https://channels.example.org/a-long-name"),
        ("a-name-of-20-letters", "1.0", "[red]"),
    )
    table = Table(rows=rows, styles=((Style.HEAD,) * 3, (Style.PLAIN, Style.GOOD, Style.ERROR)))
    terminal.show([lambda _width: [table]], "auto", {}, shown := Terminal())
    lines = ESCAPES.sub("", shown.getvalue()).splitlines()
    assert [line for line in lines if len(line) > 50] == []
    assert len(lines) == 3
    assert "a-name-of-20-letters  1.0  [red]" in lines[-1]


def test_the_mistakes_that_stop_a_build_have_colours_too(
    tmp_path: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, MISTAKES)
    plain = onelist("build").err
    monkeypatch.setenv("ONELIST_COLOR", "always")
    colored = onelist("build").err
    assert "\x1b[1;38;5;160merror\x1b[0m \x1b[1mC007\x1b[0m: " in colored
    assert ESCAPES.sub("", colored) == plain
