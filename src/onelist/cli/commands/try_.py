"""onelist try: install the list into temporary environments and import what it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse

    from onelist.cli.invocation import Invocation

HELP = "build the list, install it into temporary environments on this machine, and import what it brings"
EXAMPLES = (
    ("onelist try", "install with pip and with conda, and import every member"),
    ("onelist try --installer pip --python 3.12 --no-import", "only install, with pip and Python 3.12"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--python",
        action="append",
        metavar="X.Y",
        default=[],
        help="the Python of the environments; repeatable (default: the Python that runs onelist)",
    )
    shared_arguments.add_installer(parser, "install with this installer only")
    parser.add_argument(
        "--no-deps", action="store_true", help="install the listed packages without their dependencies; import nothing"
    )
    parser.add_argument("--no-import", action="store_true", help="import nothing")
    shared_arguments.add_sources(parser)
    shared_arguments.add_timeout(parser, "how long one step may take", 1800)
    shared_arguments.add_quiet(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Install the list into temporary environments, and say how each installation went."""
    from onelist.core.system.temporary import temporary_files_together

    with temporary_files_together():
        return _run(arguments, invocation)


def _run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    import sys

    from onelist.analysis.trial.trial import TryOptions, try_install
    from onelist.cli.options import network_options
    from onelist.cli.shared import load_single, print_answer, progress_on_stderr
    from onelist.core.errors import exit_code_of_all
    from onelist.core.installers import INSTALLERS
    from onelist.reports.text import install_test_text

    options = TryOptions(
        network=network_options(arguments, invocation),
        installers=(arguments.installer,) if arguments.installer else INSTALLERS,
        pythons=tuple(arguments.python),
        channels=tuple(arguments.channel),
        dependencies=not arguments.no_deps,
        imports=not arguments.no_import,
    )
    codes = []
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        for test in try_install(load_single(arguments.path), options, progress=progress):
            progress.clear()
            print_answer(install_test_text(test))
            sys.stdout.flush()
            codes.append(test.exit_code)
    return exit_code_of_all(codes)
