"""onelist export environment, requirements, pixi and pyproject: the list as one file for another program."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.commands.export_forms.form import Form

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from onelist.cli.invocation import Invocation


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of these forms."""
    shared_arguments.add_path(parser)
    shared_arguments.add_output(parser, "FILE", "the file to write (default: standard output)")


def _run(arguments: argparse.Namespace, _: Invocation) -> int:
    """Print or write the export."""
    from pathlib import Path

    from onelist import api
    from onelist.settings.project import find_single

    path = find_single(Path(arguments.path))
    return write_export(arguments, path, api.export(path, arguments.form))


def write_export(arguments: argparse.Namespace, settings_file: Path, content: str) -> int:
    """Print an export, or write it into the file that the arguments name; return the exit code.

    Raises:
        UsageError: The file is settings.ini itself, or cannot be written.
    """
    import sys
    from pathlib import Path

    from onelist.cli.shared import in_utf8, print_line, shortest
    from onelist.core.errors import CLEAN, UsageError
    from onelist.core.model import Artifact
    from onelist.core.system.files import write_all
    from onelist.core.system.regular_files import stop_if_output_outside

    if arguments.output in {None, "-"}:
        in_utf8(sys.stdout).write(content)
        return CLEAN
    stop_if_output_outside(Path(arguments.output), [settings_file.parent, Path.cwd()])
    target = Path(arguments.output).resolve()  # a link stays a link, and its target is written
    if target == settings_file.resolve():
        raise UsageError(f"{arguments.output} is the settings file itself.", "Write to another file.")
    write_all(target.parent, [Artifact(kind=arguments.form, path=target.name, content=content.encode())])
    print_line(f"wrote {shortest(target)}")
    return CLEAN


def _form(text: str, *examples: tuple[str, str]) -> Form:
    return Form(help=text, examples=examples, add_arguments=_add_arguments, run=_run)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "environment": _form(
            "write the list as environment.yml",
            ("onelist export environment -o environment.yml", "write a file for: mamba env create -f environment.yml"),
        ),
        "requirements": _form(
            "write the list as requirements.txt", ("onelist export requirements", "print a requirements.txt")
        ),
        "pixi": _form("write the list as pixi.toml", ("onelist export pixi -o pixi.toml", "write a file for pixi")),
        "pyproject": _form(
            "write the list as the pyproject.toml of nbdev 3",
            ("onelist export pyproject -o pyproject.toml", "write a file for nbdev 3, and for: pip install ."),
        ),
    }
)
