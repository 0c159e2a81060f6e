"""Findings, manifests and install tests as text for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from onelist.core.findings import Severity
from onelist.core.installers import PIP
from onelist.core.text import printable
from onelist.reports.finding_lines import all_lines
from onelist.reports.lines import Piece, Style, line, plain, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.analysis.trial.trial import InstallTest
    from onelist.core.findings import Finding, Source
    from onelist.reports.lines import Block


def findings_text(findings: Iterable[Finding], source: Source | None) -> str:
    """Return all findings as text, with all of their lines; ``""`` when there are none."""
    return plain(all_lines(findings, source))


def summary_text(file: str, findings: Sequence[Finding], hidden: int = 0) -> str:
    """Return one line with the number of findings of a file, and of those that are not shown."""
    tail = f" ({hidden} not shown, by --select or --ignore)" if hidden else ""
    if not findings:
        return printable(f"{file}: no problems{tail}.")
    counts = Counter(finding.severity for finding in findings)
    parts = [_count(counts[severity], noun) for severity, noun in _NOUNS.items() if counts[severity]]
    return printable(f"{file}: {', '.join(parts)}{tail}.")


def manifest_blocks(manifest: dict[str, Any], folder: str) -> Iterator[Block]:
    """Yield a manifest as a short table and lines."""
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
    yield line(Piece(heading, Style.HEAD))
    yield table_of([heads, *rows], right={1})
    yield from (line(text, indent=2) for text in _became(manifest["requirements"]))


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
    for problem in test.problems:
        yield f"  incompatible: {problem}"
    imported = [one.module for one in test.imported if one.module and one.error is None]
    if imported:
        yield f"  can be imported: {', '.join(imported)}"
    without_modules = [one.requirement for one in test.imported if not one.module]
    if without_modules:
        yield f"  nothing to import: {', '.join(without_modules)}"
    for one in test.imported:
        if one.error:
            yield f"  cannot be imported: {one.module} (from {one.requirement}): {one.error}"
