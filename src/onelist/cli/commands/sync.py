"""onelist sync: write the committed recipes and exports, or compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from onelist.cli.invocation import Invocation
    from onelist.core.model import Artifact, Project

HELP = "write the committed recipes and exports, such as meta.yaml, recipe/ and environment.yml"
EXAMPLES = (
    ("onelist sync", "write the recipes and exports that differ from settings.ini"),
    ("onelist sync --check", "show the differences, and exit with 1 if there are any"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_path(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; show what would change, and exit with 1 if anything would"
    )


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Write the files that are missing or out of date; with ``--check`` only show how they differ."""
    import sys

    from onelist.build.exports.registry import is_written_by_hand
    from onelist.build.recipes import FileStatus, compare, diff
    from onelist.cli.shared import load_single, print_line, print_note
    from onelist.core.errors import CLEAN, FINDINGS, UsageError
    from onelist.core.rules import here
    from onelist.core.system.files import write_all
    from onelist.core.system.temporary import remove_leftovers
    from onelist.core.text import printable

    project = load_single(arguments.path)
    if not arguments.check:
        remove_leftovers(project.folder)
    files = _generated(project)
    statuses = {file.path: compare(project, file) for file in files}
    stale = [file for file in files if statuses[file.path] is not FileStatus.FRESH]
    if arguments.check:
        for file in stale:
            sys.stdout.write("\n".join(map(printable, diff(project, file).split("\n"))) + "\n")
            path = project.folder / file.path
            if is_written_by_hand(project, file.path):
                print_note(f"{path} was not written by onelist, and the key exports names it.")
            else:
                print_note(
                    f"{path} is {statuses[file.path].value}. Run: onelist sync{here(project.settings.source.file)}"
                )
        return FINDINGS if stale else CLEAN
    for file in stale:
        if is_written_by_hand(project, file.path):
            raise UsageError(
                f"{project.folder / file.path} was not written by onelist, and the key exports names it.",
                f"Delete the file, or delete {file.kind} in exports. Nothing was written.",
            )
    if stale:
        write_all(project.folder, stale)
    if not files:
        print_line("Nothing to write: a list that only pip installs has no recipes, and it has no exports.")
    for file in files:
        print_line(f"{'wrote' if file in stale else 'kept '} {project.folder / file.path}")
    return CLEAN


def _generated(project: Project) -> Sequence[Artifact]:
    """Return the recipes and exports that settings.ini makes; stop if conda cannot install a requirement."""
    from onelist.build.builder import stop_if_code_is_lost, stop_if_no_conda
    from onelist.build.exports.registry import kept_exports
    from onelist.build.recipes import generated
    from onelist.translation.plan import make_plan

    plan = make_plan(project.settings)
    stop_if_code_is_lost(project)
    if project.settings.has_conda:
        stop_if_no_conda(project.settings, plan, done="written")
        return [*generated(project, plan), *kept_exports(project, plan)]
    return kept_exports(project, plan)
