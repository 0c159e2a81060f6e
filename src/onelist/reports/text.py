"""Findings, manifests and install tests as text for a terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from onelist.core.findings import Severity
from onelist.core.installers import PIP
from onelist.core.text import aligned, printable, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.trial.trial import InstallTest
    from onelist.core.findings import Finding, Source, Span


_WIDTH = 100
_BEFORE = 40


_MARK = " [*]"
"""After the code of a finding that ``onelist fix`` fixes, as in ruff."""


def finding_text(finding: Finding, file: str, lines_of_file: Sequence[str], mark: str = "") -> str:
    """Return a finding as lines: the place and message, the line with a caret if it is about ``file``, the hint."""
    place = f"{finding.file}:{finding.span.line}:{finding.span.column}" if finding.span else finding.file
    lines = [printable(f"{place}: {finding.severity} {finding.code}{mark}: {finding.message}")]
    if finding.span and lines_of_file and file == finding.file:
        lines += _excerpt(lines_of_file[finding.span.line - 1], finding.span)
    lines += [printable(f"      {line}") for line in (finding.detail or "").splitlines()]
    if finding.hint:
        lines.append(printable(f"    {finding.hint}"))
    return "\n".join(lines)


def findings_text(findings: Iterable[Finding], source: Source | None) -> str:
    """Return all findings as text, ``""`` when there are none."""
    file, lines = (source.file, [redact(line) for line in source.lines]) if source else ("", [])
    return "".join(
        finding_text(finding, file, lines, _MARK if _is_fixable(finding, source, unsafe=False) else "") + "\n"
        for finding in findings
    )


def fixable_text(findings: Sequence[Finding], source: Source | None) -> str:
    """Return one line that counts the findings that ``onelist fix`` can fix; ``""`` when there are none.

    A finding whose edit needs a decision (unsafe) is fixed only when its whole code is selected.
    """
    safe = fixable_count(findings, source)
    unsafe = [finding.code for finding in findings if _is_fixable(finding, source, unsafe=True)]
    select = f"`onelist fix --select {','.join(sorted(set(unsafe)))}`"
    if not safe:
        return f"{len(unsafe)} can be fixed with {select}." if unsafe else ""
    more = f" ({len(unsafe)} more with {select})" if unsafe else ""
    return f"{safe} can be fixed with `onelist fix`{more}."


def fixable_count(findings: Sequence[Finding], source: Source | None) -> int:
    """Return how many findings ``onelist fix`` fixes without a decision."""
    return sum(_is_fixable(finding, source, unsafe=False) for finding in findings)


def _is_fixable(finding: Finding, source: Source | None, *, unsafe: bool) -> bool:
    """Tell whether a program can make the edit of a finding, and whether it is one of this kind."""
    edit = finding.edit
    if source is None or edit is None or edit.unsafe != unsafe or finding.file != source.file:
        return False
    from onelist.settings import edits  # not at the top: build prints no findings

    return edits.replacements(source, edit) is not None


def summary_text(file: str, findings: Sequence[Finding], hidden: int = 0) -> str:
    """Return one line with the number of findings of a file, and of those that are not shown."""
    tail = f" ({hidden} not shown, by --select or --ignore)" if hidden else ""
    if not findings:
        return printable(f"{file}: no problems{tail}.")
    counts = Counter(finding.severity for finding in findings)
    parts = [_count(counts[severity], noun) for severity, noun in _NOUNS.items() if counts[severity]]
    return printable(f"{file}: {', '.join(parts)}{tail}.")


def manifest_text(manifest: dict[str, Any], folder: str) -> str:
    """Return a manifest as a short table."""
    settings = manifest["settings"]
    rows = [
        (
            artifact["kind"],
            f"{artifact['size']:,} bytes",
            artifact["sha256"][:12],
            f"{folder}/{artifact['path']}",
        )
        for artifact in manifest["artifacts"]
    ]
    heads = ("artifact", "size", "sha256", "file")
    heading = f"{settings['name']} {settings['version']}, Python >={settings['min_python']}"
    lines = [heading, *aligned([heads, *rows], right={1})]
    lines += _became(manifest["requirements"])
    return "\n".join(printable(line) for line in lines) + "\n"


_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.UNKNOWN: ("unknown", "unknown"),
    Severity.INFO: ("note", "notes"),
}


def _count(number: int, noun: tuple[str, str]) -> str:
    return f"{number} {noun[number != 1]}"


def _became(requirements: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line for each kind of difference between pip and conda."""
    renamed = [
        f"{item['requirement']} as {spec}"
        for item in requirements
        if item["rule"] == "renamed" and (spec := item["artifacts"].get("conda")) and spec != item["requirement"]
    ]
    pip_only = [item["requirement"] for item in requirements if item["rule"] == "pip-only"]
    paired = [f"{item['requirement']} ({item['note']})" for item in requirements if item["rule"] == "paired"]
    conda_only = [item["requirement"] for item in requirements if item["rule"] == "conda-only"]
    return [
        f"{title}: {', '.join(names)}"
        for title, names in (
            ("Under another name on conda", renamed),
            ("Listed separately for pip and conda", paired),
            ("Only for pip, not for conda", pip_only),
            ("Only for conda, not for pip", conda_only),
        )
        if names
    ]


def _excerpt(line: str, span: Span) -> list[str]:
    """Return the line and carets under the place; for a long line, only the part around the place.

    Args:
        line: The line, with each character of a secret replaced by another.
        span: The place.

    Returns:
        Two lines. A character that cannot be printed becomes one ``?``, so that the columns stay right.
    """
    start = span.column - 1
    cut = max(start - _BEFORE, 0) if len(line) > _WIDTH else 0
    line = line.replace("\t", " ").replace("##[", "##(")
    shown = "".join(char if char.isprintable() else "?" for char in line[cut : cut + _WIDTH])
    head = f"{span.line:>6} | " + ("..." if cut else "")
    pad = " " * (len(head) + _columns(shown[: start - cut]))
    length = max(_columns(shown[start - cut :][: span.length]), 1)
    return [head + shown + ("..." if cut + _WIDTH < len(line) else ""), pad + "^" * length]


def _columns(text: str) -> int:
    """Return the width of a text in terminal columns."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in text
    )


_MOST_LINES = 12


def install_test_text(test: InstallTest) -> Iterator[str]:
    """Yield the lines about one installation."""
    from onelist.analysis.resolving.verdict import (  # not at the top: build installs nothing
        Verdict,
        builds_text,
        verdict,
    )
    from onelist.reports.table import size_words

    head = f"with {test.installer}, Python {test.python}:"
    found = verdict(test.outcome)
    if found is Verdict.UNKNOWN:
        server = "the package index" if test.installer == PIP else "a channel"
        yield f"{head} unknown: {server} {test.failure}"
    elif found is Verdict.FAILS:
        yield f"{head} {found.words}:"
        yield from (f"  {line}" for line in (test.failure or "").splitlines()[:_MOST_LINES])
    else:
        noun = "package" if test.packages == 1 else "packages"
        builds = f"; {text}" if (text := builds_text([test.builds])) else ""
        amount = f"{test.packages} {noun} installed in {test.seconds:.1f} s, {size_words(test.size)} on disk"
        yield f"{head} {amount}{builds}"
        yield from _state_text(test)


def _state_text(test: InstallTest) -> Iterator[str]:
    """Yield what is wrong in an environment, and what can be imported in it."""
    for line in test.problems:
        yield f"  incompatible: {line}"
    imported = [one.module for one in test.imported if one.module and one.error is None]
    if imported:
        yield f"  can be imported: {', '.join(imported)}"
    without_modules = [one.requirement for one in test.imported if not one.module]
    if without_modules:
        yield f"  nothing to import: {', '.join(without_modules)}"
    for one in test.imported:
        if one.error:
            yield f"  cannot be imported: {one.module} (from {one.requirement}): {one.error}"
