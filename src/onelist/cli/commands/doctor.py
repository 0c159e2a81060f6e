"""onelist doctor: for learners, what is wrong with their Python and with a list in it; it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from onelist.cli.invocation import Invocation

HELP = "look at the Python that a learner uses: what is wrong there, and with a list that is installed in it"
EXAMPLES = (
    ("uvx onelist doctor course-meta", "look at the first Python on PATH, and at course-meta in it"),
    ("onelist doctor", "look at the Python only"),
    ("onelist doctor course-meta --python ~/venvs/course/bin/python", "look at this Python"),
    ("onelist doctor course-meta --share", "print a report to paste into a forum: no names, paths or secrets"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="the package that lists what the course needs"
    )
    parser.add_argument(
        "--python",
        default="",
        metavar="PYTHON",
        help="the Python to look at, or the folder of its environment (default: the first on PATH)",
    )
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="CHANNEL",
        help="a conda channel of the line with which the course is installed; repeatable",
    )
    parser.add_argument(
        "--share",
        action="store_true",
        help="leave out names of people and machines, paths and addresses, to share the answer",
    )
    parser.add_argument("--offline", action="store_true", help="do not ask the installer what it would install")
    shared_arguments.add_timeout(parser, "how long to wait for the imports, and for the installer", 60)
    shared_arguments.add_format(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Look, and print the answer."""
    from pathlib import Path

    from onelist.cli.shared import print_answer, print_json
    from onelist.core.errors import UnavailableError
    from onelist.machine.look import DoctorOptions, diagnose
    from onelist.reports.answers.doctor import doctor_json, doctor_lines

    options = DoctorOptions(
        wanted=arguments.name,
        python=arguments.python,
        channels=tuple(arguments.channel),
        environment=invocation.environment,
        folder=str(Path.cwd()),
        offline=arguments.offline,
        seconds=arguments.timeout,
    )
    try:
        diagnosis = diagnose(options)
    except UnavailableError as error:
        if not arguments.share:
            raise
        from onelist.machine.sharing import without_paths

        raise UnavailableError(without_paths(error.message), error.hint) from None
    shared: Callable[[str], str] = str
    if arguments.share:
        import socket

        from onelist.machine.sharing import make_anonymous, people_of_this_machine

        people = tuple(people_of_this_machine())
        shared = make_anonymous(diagnosis.facts, invocation.environment, socket.gethostname(), people)
    if arguments.format == "json":
        print_json(doctor_json(diagnosis, shared))
    else:
        print_answer(doctor_lines(diagnosis, shared))
    return diagnosis.exit_code
