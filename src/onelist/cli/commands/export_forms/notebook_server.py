"""onelist export notebook-server: the start-up script of a server that keeps one folder only."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.commands.export_forms.form import Form

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from onelist.cli.invocation import Invocation


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this form."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--storage",
        required=True,
        metavar="FOLDER",
        help="the folder that the host keeps, by its absolute path there, such as /storage",
    )
    parser.add_argument(
        "--keep",
        nargs="+",
        metavar="NAME",
        help="what to keep beside pip's user installs: files and folders of HOME; the name of a folder may end with / "
        "(default: .ssh .config .ipython .jupyter .kaggle .gitconfig .git-credentials .bash_history)",
    )
    shared_arguments.add_output(parser, "FILE", "the file to write (default: standard output)")


def _run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print or write the script."""
    from pathlib import Path

    from onelist.build.exports.notebook_server import DEFAULT_NAMES, start_script
    from onelist.cli.commands.export_forms.lists import write_export
    from onelist.settings.project import find_single, load_project

    file = find_single(Path(arguments.path))
    names = DEFAULT_NAMES if arguments.keep is None else tuple(arguments.keep)
    return write_export(arguments, file, start_script(load_project(file).settings, arguments.storage, names))


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "notebook-server": Form(
            help="write a start-up script for a notebook server whose disk is wiped",
            examples=(
                (
                    "onelist export notebook-server --storage /storage -o pre-run.sh",
                    "keep pip's user installs and the usual dot-files in /storage",
                ),
            ),
            add_arguments=_add_arguments,
            run=_run,
        )
    }
)
