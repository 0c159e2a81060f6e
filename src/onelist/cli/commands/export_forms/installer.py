"""onelist export installer: one script that installs the course, for macOS and Linux and for Windows."""

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
    shared_arguments.add_output(parser, "DIR", "the folder to write to (default: that of settings.ini)")


def _run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Write both scripts."""
    from pathlib import Path

    from onelist.build.builder import stop_if_refused
    from onelist.build.exports.registry import export_files
    from onelist.cli.commands.export_forms.places import write_files
    from onelist.cli.shared import load_single
    from onelist.core.errors import CLEAN
    from onelist.core.model import Export
    from onelist.translation.plan import make_plan

    project = load_single(arguments.path)
    plan = make_plan(project.settings)
    stop_if_refused(project.settings, plan, done="exported")
    folder = project.folder if arguments.output is None else Path(arguments.output)
    write_files(export_files(Export.INSTALLER, project, plan), folder, project.folder)
    return CLEAN


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "installer": Form(
            help="write install.sh and install.ps1, which install everything on a machine that has nothing",
            examples=(
                ("onelist export installer", "write both scripts beside settings.ini"),
                ("onelist export installer -o docs", "write them to the folder docs"),
            ),
            add_arguments=_add_arguments,
            run=_run,
        )
    }
)
