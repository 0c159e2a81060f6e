"""The command line: arguments in, text and exit codes out; no rule of the craft is in here."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from onelist.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
exit codes: 0 clean, 1 findings, 2 wrong call or wrong settings, 3 could not check, 130 interrupted"""

KINDS = ("wheel", "sdist", "conda", "conda-forge")
_LONGEST = 86400
_MOST_SHARDS = 256
_GARBAGE = 200_000
"""After how many new objects Python looks for garbage: a run makes many, and keeps nearly all of them to its end."""
EXPORTS = ("environment", "requirements", "pixi")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="onelist",
        description="One settings.ini, every channel: builds a dependency-only meta-package for pip and conda, and "
        "says what cannot be carried and how to mend it.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"onelist {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    _add_build(commands)
    _add_sync(commands)
    _add_export(commands)
    _add_check(commands)
    _add_fix(commands)
    _add_bump(commands)
    _add_try(commands)
    _add_explain(commands)
    _add_rule(commands)
    _add_draft(commands)
    _add_publish(commands)
    _add_feedstock(commands)
    _add_init(commands)
    _add_matrix(commands)
    _add_merge(commands)
    _add_completion(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no other name for it


def _add(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=EPILOG)


def _add_paths(parser: argparse.ArgumentParser, *, several: bool) -> None:
    text = "a settings.ini, or a folder that holds one (default: this folder)"
    if several:
        text = "settings files, folders that hold one, or folder trees with several (default: this folder)"
        parser.add_argument("paths", nargs="*", metavar="PATH", default=["."], help=text)
    else:
        parser.add_argument("path", nargs="?", metavar="PATH", default=".", help=text)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _add_build(commands: _Commands) -> None:
    parser = _add(commands, "build", "build wheel, sdist, .conda, the conda-forge recipe and a manifest of them")
    _add_paths(parser, several=True)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="where to (default: dist beside settings.ini; with several, dist/NAME in this folder)",
    )
    parser.add_argument(
        "--only", nargs="+", choices=KINDS, metavar="KIND", help=f"build these alone: {', '.join(KINDS)}"
    )
    parser.add_argument("--index", action="store_true", help="make DIR/conda a channel for: mamba install -c DIR/conda")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read everything back first, and write only if all artifacts say the same",
    )
    _add_format(parser)


def _add_sync(commands: _Commands) -> None:
    parser = _add(commands, "sync", "write the committed recipes: meta.yaml and recipe/")
    _add_paths(parser, several=False)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; show what would change, exit 1 if anything"
    )


def _add_export(commands: _Commands) -> None:
    parser = _add(commands, "export", "write the list for those who install without the package")
    parser.add_argument("what", choices=EXPORTS, help="environment.yml, requirements.txt or pixi.toml")
    _add_paths(parser, several=False)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (default: standard output)")


def _add_check(commands: _Commands) -> None:
    parser = _add(
        commands,
        "check",
        "judge a list: its settings, what the index and each channel have of it, and whether it installs",
    )
    _add_paths(parser, several=True)
    parser.add_argument(
        "--settings-only", action="store_true", help="judge settings.ini and the committed recipes alone; ask nobody"
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="judge this part of the files alone, such as 2/4; onelist matrix prints the parts",
    )
    _add_asking(parser)
    _add_resolving(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="for people, for programs, as annotations of a GitHub workflow with a summary of the job, or as SARIF",
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="warning",
        help="which findings give exit code 1: errors alone, or warnings too (default)",
    )
    for name, text in (
        ("select", "show findings of these codes alone"),
        ("ignore", "leave out findings of these codes"),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="CODES",
            default="",
            help=f"{text}: beginnings separated by commas, such as P,C001",
        )


def _add_fix(commands: _Commands) -> None:
    parser = _add(commands, "fix", "make the edits of settings.ini that the findings of check carry")
    _add_paths(parser, several=False)
    parser.add_argument("--dry-run", action="store_true", help="write nothing; print what would change, as a diff")
    parser.add_argument(
        "--select",
        metavar="CODES",
        default="",
        help="mend findings of these codes alone: beginnings separated by commas, such as P,D001; a whole code also "
        "makes edits that need to be weighed",
    )
    parser.add_argument(
        "--settings-only", action="store_true", help="mend what shows in settings.ini alone; ask nobody"
    )
    _add_asking(parser)
    _add_resolving(parser)


def _add_try(commands: _Commands) -> None:
    parser = _add(
        commands, "try", "build the list, install it into fresh environments on this machine, and import what it brings"
    )
    _add_paths(parser, several=False)
    parser.add_argument(
        "--python",
        action="append",
        metavar="X.Y",
        default=[],
        help="the Python of the environments; may be repeated (default: the one that onelist runs with)",
    )
    parser.add_argument("--installer", choices=("pip", "conda"), help="with this one alone")
    parser.add_argument(
        "--no-deps", action="store_true", help="install what is listed without what it needs; imports nothing"
    )
    parser.add_argument("--no-import", action="store_true", help="import nothing")
    _add_whom(parser)
    _add_timeout(parser, "how long one step may take", 1800)


def _add_bump(commands: _Commands) -> None:
    parser = _add(commands, "bump", "write the next version into settings.ini")
    parser.add_argument(
        "to",
        metavar="major|minor|patch|calver|VERSION",
        help="which part to count up, the version of today (such as 2026.11.25), or a version itself",
    )
    _add_paths(parser, several=False)
    parser.add_argument("--dry-run", action="store_true", help="write nothing; print what would change, as a diff")


def _add_explain(commands: _Commands) -> None:
    parser = _add(
        commands, "explain", "tell all about one requirement: where it is to be had, for whom, and what to edit"
    )
    parser.add_argument("name", metavar="NAME", help="the name, listed or not")
    _add_paths(parser, several=False)
    _add_asking(parser)


def _add_rule(commands: _Commands) -> None:
    parser = _add(commands, "rule", "explain one rule of check, or list all rules")
    parser.add_argument("code", metavar="CODE", nargs="?", help="the code of the rule, such as A005 (default: all)")


def _add_draft(commands: _Commands) -> None:
    parser = _add(commands, "draft", "write a first conda recipe for a package that no conda channel has")
    parser.add_argument("name", metavar="NAME", help="its name on the package index")
    parser.add_argument("-o", "--output", metavar="DIR", help="where to, a new folder (default: draft/NAME)")
    parser.add_argument("--yes", action="store_true", help="agree that grayskull runs the package's setup.py")
    _add_timeout(parser, "how long it may take", 300)


def _add_publish(commands: _Commands) -> None:
    parser = _add(commands, "publish", "publish this version on the index and on conda channels, what is not there yet")
    _add_paths(parser, several=False)
    parser.add_argument(
        "--to",
        action="append",
        metavar="PLACE",
        default=[],
        help="pypi, anaconda:OWNER[/LABEL], prefix:CHANNEL, quetz:https://SERVER/CHANNEL or folder:PATH; may be "
        "repeated (default: pypi, and anaconda: with conda_user of settings.ini)",
    )
    parser.add_argument("--dry-run", action="store_true", help="do all of it but sending")
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait until a place shows what was sent (default: 300)",
    )
    _add_whom(parser)
    _add_timeout(parser, "how long to wait for one answer, or one upload", 120)
    _add_quiet(parser)
    parser.set_defaults(offline=False, refresh=False, no_resolve=False, target=[], installer=None)


def _add_feedstock(commands: _Commands) -> None:
    parser = _add(commands, "feedstock", "write this version into the recipe of a conda-forge feedstock")
    parser.add_argument("feedstock", metavar="FEEDSTOCK", help="the folder of a clone of the feedstock")
    _add_paths(parser, several=False)
    _add_timeout(parser, "how long to wait for the published sdist", 120)


def _add_timeout(parser: argparse.ArgumentParser, text: str, default: int) -> None:
    parser.add_argument(
        "--timeout", type=_seconds, default=float(default), metavar="SECONDS", help=f"{text} (default: {default})"
    )


def _add_asking(parser: argparse.ArgumentParser) -> None:
    """Add what tells whom to ask and how."""
    _add_whom(parser)
    parser.add_argument("--offline", action="store_true", help="ask nobody; take what is kept of earlier answers")
    parser.add_argument("--refresh", action="store_true", help="ask for everything anew, whatever is kept")
    _add_timeout(parser, "how long to wait for one answer", 120)
    _add_quiet(parser)


def _add_quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line on a terminal")


def _add_whom(parser: argparse.ArgumentParser) -> None:
    """Add what tells which channels and indexes to ask."""
    parser.add_argument(
        "--channel",
        action="append",
        metavar="CHANNEL",
        default=[],
        help="a conda channel instead of those of conda_channels: a name, an address or a folder; may be repeated",
    )
    parser.add_argument(
        "--index-url", metavar="URL", help="the package index (default: the one of pip's and uv's settings)"
    )
    parser.add_argument(
        "--extra-index-url", action="append", metavar="URL", default=[], help="a further index; may be repeated"
    )


def _add_resolving(parser: argparse.ArgumentParser) -> None:
    """Add what tells for which machines to try whether the whole list can be installed."""
    parser.add_argument(
        "--no-resolve", action="store_true", help="do not try whether the whole list can be installed at once"
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="PLATFORM/PYTHON",
        default=[],
        help="try that for this machine alone, such as linux-64/3.12; may be repeated",
    )
    parser.add_argument("--installer", choices=("pip", "conda"), help="try that with this one alone")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds between 0 and {_LONGEST}")
    return seconds


def _add_init(commands: _Commands) -> None:
    parser = _add(commands, "init", "write a new settings.ini, from flags or from a few questions")
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="the folder (default: this one)")
    parser.add_argument(
        "--github",
        action="store_true",
        help="write workflows for GitHub too, beside a settings.ini that may be there already: checks on pull "
        "requests, a daily look, and releases",
    )
    parser.add_argument("--name", help="the name of the package, such as course-meta")
    parser.add_argument(
        "--require",
        nargs="+",
        metavar="NAME",
        help="what the course needs, by the names on PyPI",
    )
    parser.add_argument("--description", help="one sentence for learners")
    parser.add_argument("--user", help="the owner of the GitHub repository")
    parser.add_argument("--license", help="apache2, mit, gpl2, gpl3, bsd3 or an SPDX name (default: apache2)")
    parser.add_argument("--min-python", help="the lowest Python, such as 3.11")
    parser.add_argument("--channel", nargs="+", metavar="NAME", help="conda channels, first one first")


def _add_matrix(commands: _Commands) -> None:
    parser = _add(commands, "matrix", "share many lists out: print the jobs of a GitHub Actions matrix, as JSON")
    _add_paths(parser, several=True)
    parser.add_argument("--shards", type=_shards, required=True, metavar="N", help="into how many parts, at most")


def _shards(text: str) -> int:
    if text not in map(str, range(1, _MOST_SHARDS + 1)):
        raise argparse.ArgumentTypeError(f"{text} is not a number of parts between 1 and {_MOST_SHARDS}")
    return int(text)


def _add_merge(commands: _Commands) -> None:
    parser = _add(commands, "merge", "make one report, with one exit code, of those of check --shard --format json")
    parser.add_argument("reports", nargs="+", metavar="FILE", help="the reports of all shards, in any order")
    _add_format(parser)


def _add_completion(commands: _Commands) -> None:
    parser = _add(commands, "completion", "print a completion script for a shell")
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the name of the program; None for the process's own.

    Returns:
        The exit code.
    """
    try:
        parser = make_parser()
        arguments = parser.parse_args(argv)
    except KeyboardInterrupt:
        return _interrupted()
    except SystemExit as stop:  # argparse has said what there is to say
        return stop.code if isinstance(stop.code, int) else 2
    return _run(parser, arguments)


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    try:
        if arguments.command == "completion":
            import shtab

            sys.stdout.write(shtab.complete(parser, shell=arguments.shell) + "\n")
            sys.stdout.flush()
            return 0
        from onelist.cli.main import run as run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        return _interrupted()
    except OSError:  # nobody reads our output any more, as with ``| head``, or it cannot be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _interrupted() -> int:
    sys.stderr.write("\nonelist: interrupted.\n")
    return 130


def run() -> NoReturn:
    """Run the command line and leave the process.

    rattler's threads can crash an interpreter that is shutting down, after all work is done; leaving at once with
    both streams flushed keeps the exit code what it is.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed by the caller
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a name or a path that the terminal's encoding lacks must not end in a traceback
            reconfigure(errors="backslashreplace")
    gc.set_threshold(_GARBAGE)
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)
