"""onelist suggest: what a list would be with one more package; and write it into the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.analysis.placement import Placement
    from onelist.analysis.suggestion import Suggestion
    from onelist.cli.invocation import Invocation

HELP = "say who would get a package that the list does not have, what it adds, and whether the list still installs"
EXAMPLES = (
    ("onelist suggest humanize", "show what humanize would add to the list in this folder"),
    ("onelist suggest humanize --to requirements", "write it into requirements, and ask no server"),
)
_KEYS = ("requirements", "pip_requirements", "conda_requirements")

_HERE = "."
"""The folder of the settings where the call names none."""
_AGAIN = "Edit the issue to have it looked up again."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the package: a name without versions")
    parser.add_argument(
        "--settings",
        metavar="PATH",
        default=_HERE,
        help="a settings.ini, or a folder that holds one (default: this one)",
    )
    parser.add_argument(
        "--event",
        metavar="FILE",
        help="take the name from an issue, as the workflow suggest.yml does: the file of its event; the answer is "
        "Markdown then",
    )
    parser.add_argument(
        "--to", choices=_KEYS, metavar="KEY", help=f"write it into this key of settings.ini: {', '.join(_KEYS)}"
    )
    parser.add_argument(
        "--conda-name", metavar="NAME", default="", help="with --to: its name on conda, for conda_names"
    )
    shared_arguments.add_network(parser)


class _Answer(NamedTuple):
    """What is answered.

    Attributes:
        lines: The paragraphs.
        found: What was looked up; None if no server was asked.
        is_unfit: Whether the text names no package that can be looked up.
    """

    lines: Sequence[str]
    found: Suggestion | None = None
    is_unfit: bool = False


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Answer, or write the package into the list."""
    from pathlib import Path

    from onelist.core.errors import UsageError
    from onelist.settings.project import find_single

    if (arguments.name is None) == (arguments.event is None) or (arguments.to and arguments.event):
        raise UsageError("suggest is about one package.", "Write its name, or use --event.")
    if arguments.conda_name and arguments.to != "requirements":
        raise UsageError("--conda-name is for a package in requirements.", "Add --to requirements, or leave it out.")
    path = find_single(Path(arguments.settings))
    if arguments.to:
        return _write(arguments, path)
    return _answer_event(arguments, invocation, path) if arguments.event else _answer(arguments, invocation, path)


def _answer(arguments: argparse.Namespace, invocation: Invocation, path: Path) -> int:
    """Print the answer about a name for people."""
    from onelist.cli.shared import print_answer
    from onelist.core.errors import UsageError

    answer = _look_up(arguments.name, arguments, invocation, path)
    if answer.is_unfit:
        raise UsageError(*answer.lines[:1])
    placement = answer.found and answer.found.placement
    print_answer(
        [
            *answer.lines,
            *([f"To write it into the list: {_command(placement, arguments.settings)}"] if placement else ()),
        ]
    )
    return _code(answer)


def _command(placement: Placement, settings: str) -> str:
    """Return the command that makes the edit in the settings that the call named."""
    import shlex

    words = ["onelist", "suggest", placement.text, "--to", placement.key]
    if placement.conda_names:
        words += ["--conda-name", placement.conda_names.partition("=")[2]]
    if settings != _HERE:
        words += ["--settings", settings]
    return shlex.join(words)


def _answer_event(arguments: argparse.Namespace, invocation: Invocation, path: Path) -> int:
    """Print the answer to an issue as Markdown, and write it with what can be added into the outputs of the step."""
    import sys
    from pathlib import Path

    from onelist.cli.output import write_step_outputs
    from onelist.cli.shared import print_note
    from onelist.importing.issue_form import read_package_field
    from onelist.reports.answers.suggestion import as_markdown

    text = read_package_field(Path(arguments.event))
    if text is None:
        print_note("The issue was not written with the form for suggestions, so there is no answer.")
        write_step_outputs(_outputs("", None), invocation.environment)
        return 0
    answer = _look_up(text, arguments, invocation, path)
    found = answer.found
    is_done = found is not None and (found.placement or found.listed)
    markdown = as_markdown([*answer.lines, *([] if is_done else [_AGAIN])])
    sys.stdout.write(markdown)
    write_step_outputs(_outputs(markdown, found), invocation.environment)
    return _code(answer)


def _outputs(markdown: str, found: Suggestion | None) -> Mapping[str, str]:
    """Return the outputs of the step: the answer, and the edit in parts; each part is empty if there is none."""
    placement = found.placement if found else None
    return {
        "answer": markdown,
        "name": placement.text if placement else "",
        "key": placement.key if placement else "",
        "conda-name": placement.conda_names.partition("=")[2] if placement else "",
    }


def _look_up(text: str, arguments: argparse.Namespace, invocation: Invocation, path: Path) -> _Answer:
    """Return the answer to a text that names a package."""
    from onelist.analysis.listed import find_requirements
    from onelist.analysis.lists import load_list
    from onelist.analysis.suggested_name import suggested_name
    from onelist.analysis.suggestion import Suggestion, suggestion
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.cli.shared import progress_on_stderr
    from onelist.reports.answers.suggestion import listed_line, name_lines, suggestion_lines
    from onelist.settings.project import load_project

    named = suggested_name(text)
    if named.problem:
        one = load_list(load_project(path))
        listed = find_requirements(one.requirements, named.instead) if named.instead else ()
        settings = one.project.settings
        item = listed_line(Suggestion(name=named.instead, settings=settings, listed=listed)) if listed else ""
        return _Answer(name_lines(named, item), is_unfit=True)
    network = network_options(arguments, invocation, cache_policy_of(arguments))
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        found = suggestion(
            named.name, path, network, channels=tuple(dict.fromkeys(arguments.channel)), progress=progress
        )
    return _Answer(suggestion_lines(found), found)


def _code(answer: _Answer) -> int:
    from onelist.core.errors import CLEAN, UNKNOWN

    return UNKNOWN if answer.found and answer.found.has_unknown else CLEAN


def _write(arguments: argparse.Namespace, path: Path) -> int:
    """Write a package into the list, unless it has it already."""
    from onelist.analysis.listed import find_requirements
    from onelist.analysis.lists import load_list
    from onelist.analysis.placement import Placement, with_placement
    from onelist.analysis.suggested_name import is_name
    from onelist.cli.shared import print_line
    from onelist.core.errors import CLEAN, UsageError
    from onelist.core.rules import here
    from onelist.core.system.files import write_over
    from onelist.core.text import shortened
    from onelist.settings.project import load_project

    name = arguments.name
    if not is_name(name):
        raise UsageError(f"{shortened(name)} is not the name of a package.", "Write one name, such as pandas.")
    project = load_project(path)
    if find_requirements(load_list(project).requirements, name):
        print_line(f"{name} is in {path} already.")
        return CLEAN
    conda_names = f"{name}={arguments.conda_name}" if arguments.conda_name else ""
    changed = with_placement(project, Placement(key=arguments.to, text=name, conda_names=conda_names))
    write_over(path, project.raw, changed.raw)
    print_line(f"wrote {name} into {arguments.to} of {path}")
    print_line(f"If you commit recipes or exports: onelist sync{here(str(path))}")
    return CLEAN
