"""The arguments that several commands share; nothing but argparse is loaded here."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import re
from typing import TypeVar

from onelist.cli.variables import add_variable

_Parser = TypeVar("_Parser", bound=argparse.ArgumentParser)
FORMATS = ("text", "json", "github", "sarif", "html")
"""The formats of check. Other commands have some of them."""
LONGEST_WAIT = 86400
"""The longest time that an option may ask for, in seconds: one day."""
SECONDS_IN_WORDS = f"a number of seconds above 0 and up to {LONGEST_WAIT}"
"""The values of an option for a time, in words."""
EXIT_CODES = (
    "exit codes: 0 clean, 1 findings, 2 wrong call or wrong settings, 3 could not check, 130 interrupted, "
    "143 terminated"
)


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions and examples, and wraps those that are too long, but no command."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Return a text as it is shown; argparse has no public way to say so."""
        return "\n".join(indent + part for line in text.splitlines() for part in _wrapped(line, width - len(indent)))


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width or line.startswith("  onelist "):
        return [line]
    import textwrap

    blanks = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(line, width, subsequent_indent=blanks, break_long_words=False, break_on_hyphens=False)


def add_command(
    commands: argparse._SubParsersAction[_Parser], name: str, text: str, examples: tuple[tuple[str, str], ...]
) -> _Parser:
    """Add a command and return its parser.

    Args:
        commands: The commands of a parser.
        name: The name of the command.
        text: What it does, in one line.
        examples: Pairs of a command and what it does.
    """
    return commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=_examples(examples),
        formatter_class=HelpFormatter,
    )


def _examples(examples: tuple[tuple[str, str], ...]) -> str:
    """Return examples and exit codes as the end of a help text: each command, and below it what it does."""
    lines = [line for command, text in examples for line in (f"  {command}", f"      {text}")]
    codes = EXIT_CODES.replace(", 3", ",\n            3")
    return "\n".join(["examples:", *lines, "", codes])


def add_path(parser: argparse.ArgumentParser) -> None:
    """Add the path of one list."""
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        default=".",
        help="a settings.ini, or a folder that holds one (default: this folder)",
    )


def add_paths(parser: argparse.ArgumentParser) -> None:
    """Add the paths of several lists."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        default=["."],
        help="settings files, folders that hold one, or folder trees with several (default: this folder)",
    )


def add_output(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    """Add where an export is written; its default is that of ``onelist export``."""
    parser.add_argument("-o", "--output", metavar=metavar, default=argparse.SUPPRESS, help=text)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the choice between text and JSON."""
    option = parser.add_argument("--format", choices=FORMATS[:2], default="text", help="for people or for programs")
    add_variable(option, "ONELIST_FORMAT", passed_over=FORMATS[2:])


def add_timeout(parser: argparse.ArgumentParser, text: str, default: int) -> argparse.Action:
    """Add how long something may take, in seconds, and return the option."""
    return parser.add_argument(
        "--timeout", type=seconds, default=float(default), metavar="SECONDS", help=f"{text} (default: {default})"
    )


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add whether the progress is shown."""
    option = parser.add_argument(
        "-q", "--quiet", action="store_true", help="do not show on standard error what is done and how long it takes"
    )
    add_variable(option, "ONELIST_QUIET")


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Add whether everything is shown."""
    option = parser.add_argument(
        "-v", "--verbose", action="store_true", help="show everything that is known of each finding"
    )
    add_variable(option, "ONELIST_VERBOSE")


def add_color(parser: argparse.ArgumentParser) -> None:
    """Add when to use colours."""
    option = parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="use colours always, never, or on a terminal (auto); NO_COLOR, FORCE_COLOR and TERM=dumb count, too",
    )
    add_variable(option, "ONELIST_COLOR")


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add which channels and indexes to ask."""
    parser.add_argument(
        "--channel",
        action="append",
        metavar="CHANNEL",
        default=[],
        help="a conda channel in place of those in conda_channels: a name, an address or a folder; repeatable",
    )
    add_indexes(parser)


def add_indexes(parser: argparse.ArgumentParser) -> None:
    """Add which indexes to ask."""
    parser.add_argument(
        "--index-url", metavar="URL", help="the package index (default: the one in the settings of pip and uv)"
    )
    parser.add_argument(
        "--extra-index-url", action="append", metavar="URL", default=[], help="an additional index; repeatable"
    )


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add which channels and indexes to ask, and how."""
    add_sources(parser)
    add_answers(parser)


def add_answers(parser: argparse.ArgumentParser) -> None:
    """Add how earlier answers are used, how long to wait, and whether the progress is shown."""
    offline = parser.add_argument("--offline", action="store_true", help="use earlier answers only; send no request")
    add_variable(offline, "ONELIST_OFFLINE")
    refresh = parser.add_argument(
        "--refresh", action="store_true", help="ask for everything again; ignore earlier answers"
    )
    add_variable(refresh, "ONELIST_REFRESH")
    wait = add_timeout(parser, "how long to wait for one answer", 120)
    add_variable(wait, "ONELIST_TIMEOUT", values=SECONDS_IN_WORDS)
    add_quiet(parser)


def add_resolve(parser: argparse.ArgumentParser) -> None:
    """Add for which machines and installers to resolve the whole list."""
    without = parser.add_argument(
        "--no-resolve", action="store_true", help="do not check whether the whole list can be installed together"
    )
    add_variable(without, "ONELIST_NO_RESOLVE")
    add_targets(parser)


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Add for which machines and installers."""
    parser.add_argument(
        "--target",
        action="append",
        metavar="PLATFORM/PYTHON",
        default=[],
        help="resolve for this machine only, such as linux-64/3.12; repeatable",
    )
    add_installer(parser, "resolve for this installer only")


def add_installer(parser: argparse.ArgumentParser, text: str) -> None:
    """Add for which installer to do something."""
    add_variable(parser.add_argument("--installer", choices=("pip", "conda"), help=text), "ONELIST_INSTALLER")


def add_settings_only(parser: argparse.ArgumentParser, text: str) -> None:
    """Add whether to look only at settings.ini."""
    add_variable(parser.add_argument("--settings-only", action="store_true", help=text), "ONELIST_SETTINGS_ONLY")


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add whether an edit of settings.ini is only shown."""
    parser.add_argument("--dry-run", action="store_true", help="write nothing; print the change as a diff")


def day(text: str) -> datetime.date:
    """Return a day.

    Raises:
        argparse.ArgumentTypeError: It is not written as 2026-11-27, or there is no such day.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        with contextlib.suppress(ValueError):
            return datetime.date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"{text} is not a day such as 2026-11-27")


def seconds(text: str) -> float:
    """Return a number of seconds.

    Raises:
        argparse.ArgumentTypeError: It is not between 0 and one day.
    """
    number = float(text)
    if not 0 < number <= LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text} is not {SECONDS_IN_WORDS}")
    return number
