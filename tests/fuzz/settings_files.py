"""Targets: settings files of any content, through check, fix, bump, export and build."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from onelist import api
from onelist.analysis.lists import read_list
from onelist.checks.run import CheckOptions, check_lists
from onelist.cli import output
from onelist.cli.parser import make_parser
from onelist.cli.shared import print_errors
from onelist.core import rules
from onelist.core.errors import OnelistError
from onelist.core.model import Export
from onelist.reports import github, github_summary
from onelist.reports.json_report import FileTotals, check_json
from onelist.reports.sarif import SarifInput, sarif
from onelist.sources.config import NetworkOptions
from tests.conftest import NOW
from tests.fuzz.inputs import HOSTILE, damaged_bytes, hostile
from tests.fuzz.target import Target
from tests.helpers import SETTINGS

if TYPE_CHECKING:
    from onelist.checks.run import CheckResult

_WORDS = (
    *(
        "[DEFAULT]",
        "[other]",
        "requirements",
        "conda_channels",
        "pip_requirements = ",
        "dev_requirements",
        "min_python",
    ),
    *(
        "%(version)s",
        "%(x)s",
        "%",
        "%%",
        " ; ",
        "# c",
        "; python_version < '3.12'",
        "[extra]",
        " @ ",
        "==",
        "~=1",
        "!=2",
    ),
    *(
        "\n  continued",
        "\n\n",
        "\r\n",
        "\t",
        "audience = ",
        "conda_names = a: b",
        "platforms = linux-64 win-64",
        ">=3,<2",
    ),
    *(
        "python_requires",
        "license = ",
        "description = ",
        "version = ",
        "console_scripts = a=b:c",
        "meta_package = true",
    ),
    *HOSTILE,
)
ARGUMENTS = make_parser("check").parse_args(["check", "--settings-only"])
_OPTIONS = CheckOptions(settings_only=True, network=NetworkOptions(now=NOW))


def assert_harmless(text: str) -> None:
    """Fail if a line of an output is a command to a terminal or a runner, or has a password."""
    for line in text.split("\n"):
        assert line.isprintable(), repr(line)
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line, line
    assert "hunter2" not in text, text


def assert_error_is_harmless(error: OnelistError) -> None:
    """Fail if the command line prints an error as more than a sentence."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        print_errors([error], as_json=False)
    assert_harmless(said.getvalue())


def assert_reports_are_harmless(result: CheckResult) -> None:
    """Fail if any report of a result is not what its readers can take."""
    assert_harmless(output.as_text(result, ARGUMENTS))
    totals = FileTotals(file=str(result.path), hidden=0, unknown=result.has_unknown)
    report = check_json(result.settings, result.shown, totals, result.availability, result.resolutions)
    assert "hunter2" not in json.dumps(report, allow_nan=False)
    sarif_input = SarifInput(path="settings.ini", source=result.source, findings=result.shown)
    assert "hunter2" not in json.dumps(sarif([sarif_input], result.exit_code, str), allow_nan=False)
    annotations = github.annotate(result.shown, str)
    assert len(annotations.splitlines()) == annotations.count("\n") == len(result.shown)
    assert_harmless("\n".join(line.removeprefix("::") for line in annotations.splitlines()))
    summary = github_summary.report(
        "settings.ini", result.shown, result.settings, result.availability, result.resolutions or ()
    )
    assert "hunter2" not in summary
    assert all(line.isprintable() for line in summary.replace("\u2060", "").split("\n"))


def check_settings(content: bytes) -> None:
    """Everything that reads settings.ini ends with a result or an error of onelist, and nothing is half done."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "settings.ini"
        path.write_bytes(content)
        (result,) = check_lists({path: read_list(path)}, _OPTIONS)
        assert rules.INTERNAL_ERROR.code not in {finding.code for finding in result.findings}
        lines = result.source.lines if result.source else content.split(b"\n")
        for finding in result.findings:
            span = finding.span
            assert span is None or finding.file != str(path) or 1 <= span.line <= len(lines) + 1, finding
        assert_reports_are_harmless(result)
        with suppress(OnelistError):
            fixed = api.fix(path, _OPTIONS)
            assert path.read_bytes() == fixed.after
            assert api.fix(path, _OPTIONS).after == fixed.after
        if result.settings:
            use_settings(path)
        assert {one.name for one in path.parent.iterdir()} <= {"settings.ini", "dist"}


def use_settings(path: Path) -> None:
    """Bump, export and build: each works or says why it does not."""
    with suppress(OnelistError):
        bumped = api.bump(path, "patch", dry_run=True)
        assert bumped.new_version != bumped.old_version
    for what in Export:
        with suppress(OnelistError):
            api.export(path, what)
    try:
        api.build(path, options=api.BuildOptions(verify=True))
    except OnelistError as error:
        assert type(error) is not OnelistError, error  # noqa: PT017 - the artifacts say different things
        assert_error_is_harmless(error)


def check_value(key: str, value: str) -> None:
    """One key has a hostile value: the file still goes through everything."""
    lines = [line for line in SETTINGS.splitlines() if not line.startswith(f"{key} ")]
    check_settings("\n".join([*lines, f"{key} = {value}", ""]).encode("utf-8", "surrogatepass"))


_KEYS = (
    *("lib_name", "version", "description", "user", "author", "author_email", "license", "min_python", "git_url"),
    *("sdist_url", "requirements", "pip_requirements", "conda_requirements", "dev_requirements", "conda_channels"),
    *("platforms", "keywords", "audience", "status", "conda_names", "conda_maintainers", "doc_host", "lib_path"),
    *("conda_user", "console_scripts", "language", "copyright", "custom_key"),
)
TARGETS = (
    Target(name="settings", inputs={"content": damaged_bytes(SETTINGS, _WORDS)}, check=check_settings),
    Target(
        name="settings-values",
        inputs={
            "key": st.sampled_from(_KEYS),
            "value": st.lists(hostile | st.sampled_from(_WORDS), min_size=1, max_size=3).map(" ".join),
        },
        check=check_value,
    ),
)
