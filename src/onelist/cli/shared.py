"""What the commands share: the files that paths name, and how results and errors are printed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from onelist.core.errors import (
    FINDINGS,
    REPORT,
    UNKNOWN,
    USAGE,
    RefusedError,
    SettingsError,
    UnavailableError,
    UsageError,
    internal_error,
)
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import printable
from onelist.settings.project import find_single, load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from onelist.analysis.progress import Progress
    from onelist.build.verify import Difference
    from onelist.core.errors import OnelistError
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Project
    from onelist.reports.lines import Block


def load_single(path: str) -> Project:
    """Return the one project that a path names.

    Raises:
        UsageError: There is none, or there are several.
        SettingsError: The settings have mistakes.
    """
    return load_project(find_single(Path(path)))


def shortest(path: Path) -> str:
    """Return a path in its shortest form: relative to the current folder where it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def from_root(environment: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function from a path to the one relative to the root of the repository on a GitHub runner."""
    root = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()

    def relative(file: str) -> str:
        try:
            return Path(file).resolve().relative_to(root).as_posix()
        except ValueError:
            return Path(file).as_posix()

    return relative


def progress_on_stderr(*, quiet: bool) -> Progress:
    """Return the progress of a command, which is shown on standard error unless ``quiet``."""
    from onelist.analysis.progress import Progress

    return Progress(None if quiet else sys.stderr)


def in_utf8(stream: TextIO) -> TextIO:
    """Make a stream write UTF-8: a file that it is redirected to must have this encoding."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8")
    return stream


def print_line(text: str) -> None:
    """Print a line of the product on standard output, wrapped on a terminal."""
    if sys.stdout.isatty():
        print_answer([text])
    else:
        sys.stdout.write(printable(text) + "\n")


def print_note(text: str) -> None:
    """Print a line about the product on standard error, wrapped on a terminal."""
    _print_on_stderr([text])


def print_diff(before: bytes, after: bytes, path: Path) -> None:
    """Print what a change of a settings file comes to, as a unified diff."""
    from onelist.settings.editing.edits import changed_lines

    old, new = (content.decode("utf-8-sig") for content in (before, after))
    for line in changed_lines(old, new, str(path)):
        sys.stdout.write(printable(line) + "\n")


def print_differences(differences: Sequence[Difference]) -> None:
    """Print that the artifacts were compared, and the differences that a rule allows."""
    for difference in differences:
        print_note(f"verified: {difference.subject}: {difference.detail} ({difference.allowed_by})")
    rest = ", except for the differences above" if differences else ""
    print_note(f"verified: all artifacts say the same{rest}.")


def print_findings(findings: Sequence[Finding], source: Source | None, stream: TextIO) -> None:
    """Print findings one by one: with colours on a terminal, as ``ONELIST_COLOR`` and other variables say."""
    from onelist.cli.terminal import show
    from onelist.reports.finding_lines import all_lines

    show([lambda width: all_lines(findings, source, width)], color_choice(), os.environ, stream)


def print_answer(lines: Iterable[str]) -> None:
    """Print the lines of an answer: with colours and wrapped on a terminal; a pipe gets each line as it is."""
    from onelist.reports.lines import answer_line

    print_blocks(map(answer_line, lines))


def print_blocks(blocks: Iterable[Block]) -> None:
    """Print lines and tables: with colours and wrapped on a terminal; a pipe gets each line as it is."""
    from onelist.cli.terminal import show

    made = list(blocks)
    show([lambda _width: made], color_choice(), os.environ)


def _print_on_stderr(lines: Iterable[str]) -> None:
    """Print lines about the product on standard error, wrapped on a terminal."""
    if not sys.stderr.isatty():
        sys.stderr.writelines(f"{printable(text)}\n" for text in lines)
        return
    from onelist.cli.terminal import show
    from onelist.reports.lines import answer_line

    made = [answer_line(text) for text in lines]
    show([lambda _width: made], color_choice(), os.environ, sys.stderr)


def width_of_names() -> int:
    """Return how many columns a line of names takes: those of a terminal, at most those of a pipe."""
    from onelist.reports.finding_lines import WIDTH

    return min(WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH


def color_choice() -> str:
    """Return what ``ONELIST_COLOR`` says, for commands that have no option for it."""
    return os.environ.get("ONELIST_COLOR", "").lower() or "auto"


def one_or_several(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one result as it is, and several in an object around them."""
    return results[0] if len(results) == 1 else {"schema_version": SCHEMA_VERSION, "results": results}


def print_json(data: dict[str, Any], *, indent: int | None = 2) -> None:
    """Print data for programs, in ASCII for terminals of every encoding; without an indent long data is faster."""
    sys.stdout.write(json.dumps(data, indent=indent) + "\n")


def print_encoded(data: Mapping[str, Any], encoded: Mapping[str, Sequence[str]]) -> None:
    """Print an object as :func:`print_json` does, with lists in it that are encoded already.

    As text a long report takes much less memory than as data.

    Args:
        data: The object.
        encoded: By key, the elements of a list in place of the value in ``data``, each as JSON.
    """
    start = "{"
    for key, value in data.items():
        sys.stdout.write(f"{start}{json.dumps(key)}: ")
        start = ", "
        if key not in encoded:
            sys.stdout.write(json.dumps(value))
            continue
        sys.stdout.write("[")
        for number, element in enumerate(encoded[key]):
            sys.stdout.write(f", {element}" if number else element)
        sys.stdout.write("]")
    sys.stdout.write("}\n")


def print_errors(errors: Sequence[OnelistError], *, as_json: bool) -> int:
    """Print what is wrong and what to do, and return the exit code.

    With ``as_json`` the findings of settings go to standard output in the form of a check.
    """
    from onelist.reports.json_report import FileTotals, check_json

    with_findings = [error for error in errors if isinstance(error, SettingsError | RefusedError)]
    if as_json and with_findings:
        reports = [check_json(None, error.findings, FileTotals(file=_file(error))) for error in with_findings]
        print_json(one_or_several(reports))
    for error in errors:
        if isinstance(error, SettingsError | RefusedError) and not as_json:
            print_findings(error.findings, error.source, sys.stderr)
        _print_on_stderr([f"onelist: {error.message}", *([f"    {error.hint}"] if error.hint else ())])
    if any(isinstance(error, SettingsError | UsageError) for error in errors):
        return USAGE
    return UNKNOWN if any(isinstance(error, UnavailableError) for error in errors) else FINDINGS


def print_error(error: BaseException, *, as_json: bool) -> int:
    """Print where a fault of onelist itself is, and return the exit code; its text may hold a password, so not that."""
    message = f"Internal error ({internal_error(error)}). This says nothing about your list."
    return print_errors([UnavailableError(message, REPORT)], as_json=as_json)


def _file(error: SettingsError | RefusedError) -> str:
    """Return which file an error is about."""
    named = [error.source.file] if error.source else [finding.file for finding in error.findings]
    return named[0] if named else ""
