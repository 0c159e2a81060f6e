"""The results of a check in each format, printed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.cli.next_steps import Commands
from onelist.cli.shared import from_root, one_or_several, print_encoded, print_json, print_note
from onelist.core.errors import UsageError
from onelist.reports import text
from onelist.reports.finding_lines import WIDTH
from onelist.reports.lines import line, plain
from onelist.reports.screen import Screen, finding_blocks

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from onelist.checks.run import CheckResult
    from onelist.cli.shards import Part
    from onelist.reports.lines import Block
    from onelist.reports.page.looks import Look
    from onelist.reports.page.model import PageInput


def as_blocks(result: CheckResult, commands: Commands, *, verbose: bool, width: int = WIDTH) -> Iterator[Block]:
    """Yield one result as lines and tables for people.

    Args:
        result: The result.
        commands: The commands that fit it.
        verbose: Whether to show all findings with all of their lines.
        width: How many columns a line of the file may take.
    """
    if result.availability and result.settings:
        from onelist.reports.table import table_blocks, whole_blocks

        yield from table_blocks(result.availability)
        yield line()
        if result.resolutions:
            yield from whole_blocks(result.resolutions, result.settings)
            yield line()
    screen = Screen(
        file=str(result.path),
        source=result.source,
        findings=result.shown,
        hidden=_hidden(result),
        verbose=verbose,
        next_steps=tuple(commands.next_steps()),
        show_all=commands.show_all,
        fix=commands.fix,
    )
    yield from finding_blocks(screen, width)
    if result.shown and not commands.is_single:
        yield line()  # before the next list


def print_text(results: Sequence[CheckResult], arguments: argparse.Namespace, environment: Mapping[str, str]) -> None:
    """Print all results for people: with colours on a terminal."""
    from onelist.cli.terminal import show

    def blocks_of(result: CheckResult) -> Callable[[int], Iterator[Block]]:
        commands = Commands(arguments=arguments, result=result, is_single=len(results) == 1)
        return lambda width: as_blocks(result, commands, verbose=arguments.verbose, width=width)

    show(map(blocks_of, results), arguments.color, environment)


def as_text(result: CheckResult, arguments: argparse.Namespace) -> str:
    """Return one result of several as plain text."""
    commands = Commands(arguments=arguments, result=result, is_single=False)
    return plain(as_blocks(result, commands, verbose=arguments.verbose))


def print_json_report(results: Sequence[CheckResult], part: Part | None, arguments: argparse.Namespace) -> None:
    """Print all results as one JSON report; with ``part`` as the report of a shard, with the text of each result."""
    from onelist.reports.json_report import FileTotals, check_json

    reports = [
        json.dumps(
            check_json(
                result.settings,
                result.shown,
                FileTotals(
                    file=str(result.path), hidden=_hidden(result), unknown=result.has_unknown, as_of=result.as_of
                ),
                result.availability,
                result.resolutions,
            )
        )
        for result in results
    ]
    if part:
        print_encoded(part.to_json([], [as_text(result, arguments) for result in results]), {"results": reports})
    elif len(reports) == 1:
        sys.stdout.write(reports[0] + "\n")
    else:
        print_encoded(one_or_several([]), {"results": reports})


def print_sarif(results: Sequence[CheckResult], code: int, environment: Mapping[str, str]) -> None:
    """Print all results as SARIF, with the exit code of the run."""
    from onelist.reports.sarif import SarifInput, sarif

    relative = from_root(environment)
    files = [
        SarifInput(path=relative(str(result.path)), source=result.source, findings=result.shown) for result in results
    ]
    print_json(sarif(files, code, relative, next((one.as_of for one in results if one.as_of), None)))


def print_github(results: Sequence[CheckResult], environment: Mapping[str, str]) -> None:
    """Print annotations, and write the rest into the summary of the job, if there is one."""
    from onelist.reports import github, github_summary

    findings = [finding for result in results for finding in result.shown]
    sys.stdout.write(github.annotate(findings, from_root(environment)))
    for result in results:
        sys.stdout.write(github.remark(_summary(result)))
    summary = environment.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    worst_first = sorted(results, key=lambda result: -result.exit_code)
    reports = (
        github_summary.report(
            str(result.path), result.shown, result.settings, result.availability, result.resolutions or ()
        )
        for result in worst_first
    )
    try:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(github_summary.together(reports))
    except OSError as error:
        print_note(f"onelist: the summary of the job cannot be written: {error.strerror}.")


def page_of(
    result: CheckResult, now: datetime.datetime, earlier: tuple[Look, ...] = (), look: Look | None = None
) -> PageInput:
    """Return one result as the page shows it.

    Args:
        result: The result.
        now: When it was checked.
        earlier: The earlier runs that ``--history`` keeps.
        look: What this run adds to them; None where no history is kept.
    """
    from onelist.core.findings import Severity
    from onelist.reports.page.model import PageInput

    return PageInput(
        file=str(result.path),
        checked=now,
        findings=tuple(sorted(result.shown, key=lambda one: list(Severity).index(one.severity))),
        as_of=result.as_of,
        hidden=_hidden(result),
        settings=result.settings,
        source=result.source,
        availability=result.availability,
        resolutions=result.resolutions,
        history=earlier,
        look=look.of(result.settings.name) if look and result.settings else None,
    )


def write_page(page: PageInput, path: Path | None) -> None:
    """Write a page for a browser.

    Args:
        page: What it shows.
        path: The file; None for standard output.

    Raises:
        UsageError: The file cannot be written.
    """
    from onelist.core.system.files import write_output
    from onelist.reports.page.render import render

    html = render(page)
    if path is None:
        sys.stdout.write(html)
        return
    write_output(path, html.encode())
    as_of = f" As of {page.as_of}." if page.as_of else ""
    print_note(f"{text.summary_text(page.file, page.findings, page.hidden)}{as_of} The page is {path}.")


def write_pages(pages: Sequence[PageInput], folder: Path) -> None:
    """Write the page of each list, and then an index of them.

    Args:
        pages: What they show.
        folder: The folder; it is made where it does not exist.

    Raises:
        UsageError: A file cannot be written.
    """
    from onelist.core.system.files import write_output
    from onelist.reports.page.index import INDEX, page_names
    from onelist.reports.page.render import render, render_index

    names = page_names((page.file, page.settings.name if page.settings else None) for page in pages)
    for page, name in zip(pages, names, strict=True):
        write_output(folder / name, render(replace(page, index=INDEX)).encode())
    index = folder / INDEX
    write_output(index, render_index(pages, names).encode())
    print_note(f"The pages of {len(pages)} lists are in {folder}. Their index is {index}.")


def write_pages_of_shard(pages: Sequence[PageInput], part: Part, folder: Path) -> None:
    """Write the page of each list of a shard, as a single run names it; ``merge`` writes the index.

    Args:
        pages: What they show.
        part: The shard.
        folder: The folder; it is made where it does not exist.

    Raises:
        UsageError: A file cannot be written.
    """
    from onelist.core.system.files import write_output
    from onelist.reports.page.index import INDEX, page_names
    from onelist.reports.page.render import render

    names = dict(zip(part.names, page_names(part.names.items()), strict=True))
    for page in pages:
        write_output(folder / names[page.file], render(replace(page, index=INDEX)).encode())
    noun = "page of 1 list is" if len(pages) == 1 else f"pages of {len(pages)} lists are"
    print_note(f"The {noun} in {folder}. onelist merge --format html writes their index.")


def _summary(result: CheckResult) -> str:
    as_of = f" As of {result.as_of}." if result.as_of else ""
    return text.summary_text(str(result.path), result.shown, _hidden(result)) + as_of


def _hidden(result: CheckResult) -> int:
    return len(result.findings) - len(result.shown)


def write_step_outputs(values: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Write the outputs of a step, if a GitHub runner reads them; no value can end early or set another output.

    Source: GitHub Docs, "Workflow commands", multiline strings. The delimiter is random, as GitHub advises.

    Args:
        values: Each output with its value.
        environment: The environment variables.
    """
    file = environment.get("GITHUB_OUTPUT")
    if not file:
        return
    import secrets

    end = f"end-{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{end}\n{value}\n{end}\n" for name, value in values.items())
    try:
        with Path(file).open("a", encoding="utf-8") as output:
            output.write(text)
    except OSError as error:
        raise UsageError(f"The outputs of the step cannot be written: {error.strerror or error}.") from error
