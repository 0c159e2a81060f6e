"""onelist export: write the list in a form that installs without the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from onelist.cli.invocation import Invocation

HELP = "write the list as environment.yml, requirements.txt, pixi.toml or pyproject.toml"
EXAMPLES = (
    ("onelist export environment -o environment.yml", "write a file for: mamba env create -f environment.yml"),
    ("onelist export requirements", "print a requirements.txt"),
)
FORMS = ("environment", "requirements", "pixi", "pyproject")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "what", choices=FORMS, help="environment.yml, requirements.txt, pixi.toml, or the pyproject.toml of nbdev 3"
    )
    shared_arguments.add_path(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")


def run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print or write the export."""
    import sys
    from pathlib import Path

    from onelist import api
    from onelist.cli.shared import print_line, shortest
    from onelist.core.errors import CLEAN, UsageError
    from onelist.core.model import Artifact
    from onelist.core.system.files import write_all
    from onelist.core.system.regular_files import stop_if_output_outside
    from onelist.settings.project import find_single

    path = find_single(Path(arguments.path))
    content = api.export(path, arguments.what)
    if arguments.output in {None, "-"}:
        _in_utf8(sys.stdout).write(content)
        return CLEAN
    stop_if_output_outside(Path(arguments.output), [path.parent, Path.cwd()])
    target = Path(arguments.output).resolve()  # a link stays a link, and its target is written
    if target == path.resolve():
        raise UsageError(f"{arguments.output} is the settings file itself.", "Write to another file.")
    write_all(target.parent, [Artifact(kind=arguments.what, path=target.name, content=content.encode())])
    print_line(f"wrote {shortest(target)}")
    return CLEAN


def _in_utf8(stream: TextIO) -> TextIO:
    """Make a stream write UTF-8: a file that it is redirected to must have this encoding."""
    from io import TextIOWrapper

    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8")
    return stream
