"""onelist export binder, colab, devcontainer and docker: the files with which the list runs at a place."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.commands.export_forms.form import Form

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.cli.invocation import Invocation
    from onelist.core.model import Artifact


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of these forms."""
    shared_arguments.add_path(parser)
    shared_arguments.add_output(parser, "FOLDER", "the folder to write the files into (default: print them)")
    parser.add_argument(
        "--branch",
        metavar="NAME",
        help="the branch that the badges open (default: the key branch, else the default branch)",
    )


def _add_arguments_of_colab(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the form for Colab."""
    _add_arguments(parser)
    parser.add_argument(
        "--requirements",
        action="store_true",
        help="print a cell that installs the requirements themselves, for a package that is not published",
    )


def _run_colab(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print the cell or write the notebook; ``--requirements`` only prints, because a copy in a file would grow old."""
    import sys

    from onelist.build.exports.notebook import cell
    from onelist.cli.shared import in_utf8, load_single
    from onelist.core.errors import CLEAN, UsageError

    if not arguments.requirements:
        return _run(arguments, invocation)
    if arguments.output not in {None, "-"}:
        raise UsageError("--requirements prints a cell and writes no file.", "Leave out -o, or --requirements.")
    in_utf8(sys.stdout).write(cell(load_single(arguments.path), requirements=True))
    return CLEAN


def _run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print or write the files, and print the lines with badges for the README on standard error."""
    import sys
    from pathlib import Path

    from onelist.build.builder import stop_if_refused
    from onelist.build.exports.registry import export_files, export_text
    from onelist.cli.shared import in_utf8, load_single, print_note
    from onelist.core.errors import CLEAN
    from onelist.core.model import PIP_EXPORTS, Export
    from onelist.core.text import harmless
    from onelist.reports.answers.place_badges import place_badges
    from onelist.translation.plan import make_plan

    project, export = load_single(arguments.path), Export(arguments.form)
    plan = make_plan(project.settings)
    if export not in PIP_EXPORTS:
        stop_if_refused(project.settings, plan, done="exported")
    if arguments.output in {None, "-"}:
        in_utf8(sys.stdout).write(export_text(export, project, plan))
    else:
        write_files(export_files(export, project, plan), Path(arguments.output), project.folder)
    badges = place_badges(export, project.settings.git_url, arguments.branch or project.settings.branch)
    if badges:
        print_note("For the README:")
    for badge in badges:
        sys.stderr.write(harmless(badge) + "\n")  # not redacted: the address of a notebook on Kaggle comes after a "?"
    return CLEAN


def write_files(files: Sequence[Artifact], folder: Path, settings_folder: Path) -> None:
    """Write the files into a folder, and say so.

    Raises:
        UsageError: One of the files stands there, and onelist has not written it. Nothing was written.
    """
    from pathlib import Path

    from onelist.cli.shared import print_line, shortest
    from onelist.core.errors import UsageError
    from onelist.core.system.files import write_all
    from onelist.core.system.regular_files import read_inside, stop_if_output_outside
    from onelist.settings.exported import export_of

    stop_if_output_outside(folder, [settings_folder, Path.cwd()])
    for file in files:
        content = read_inside(folder / file.path, folder)
        if content is not None and export_of(content) is None:
            raise UsageError(
                f"{folder / file.path} was not written by onelist.", "Delete it, or write into another folder."
            )
    write_all(folder, files)
    for file in files:
        print_line(f"wrote {shortest(folder / file.path)}")


def _form(text: str, *examples: tuple[str, str]) -> Form:
    return Form(help=text, examples=examples, add_arguments=_add_arguments, run=_run)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "binder": _form(
            "write the environment.yml for Binder, and a postBuild where a requirement has an address",
            ("onelist export binder -o .", "write binder/environment.yml"),
        ),
        "colab": Form(
            help="write the first cell for Colab and Kaggle, or a notebook that begins with it",
            examples=(
                ("onelist export colab", "print the cell"),
                ("onelist export colab -o .", "write colab.ipynb"),
                ("onelist export colab --requirements", "print a cell for a package that is not published"),
            ),
            add_arguments=_add_arguments_of_colab,
            run=_run_colab,
        ),
        "devcontainer": _form(
            "write a devcontainer.json with its Dockerfile, for VS Code and GitHub Codespaces",
            ("onelist export devcontainer -o .", "write the two files into .devcontainer"),
        ),
        "docker": _form("write a Dockerfile", ("onelist export docker -o .", "write Dockerfile")),
    }
)
