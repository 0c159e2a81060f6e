"""onelist export lock: each package that the list installs today, with its address and its hash."""

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

_FORMATS = ("pylock", "pixi", "explicit")
_BY_SUFFIX = {".toml": "pylock", ".lock": "pixi", ".txt": "explicit"}


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the form."""
    shared_arguments.add_path(parser)
    shared_arguments.add_output(
        parser, "FILE", "the file to write, such as pylock.toml or pixi.lock (default: standard output)"
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        help="pylock (pylock.toml, for pip and uv), pixi (pixi.lock), or explicit (the addresses of all conda "
        "packages, for conda and mamba); default: what the name of FILE says, else pylock",
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="PLATFORM/PYTHON",
        default=[],
        help="lock for this machine, such as linux-64/3.12; repeatable (default: this platform, and the newest "
        "Python that is at least a year old)",
    )
    shared_arguments.add_network(parser)


def _run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Resolve, and print or write the lock."""
    from pathlib import Path

    from onelist.analysis.lock import LockOptions, lock
    from onelist.cli.commands.export_forms.lists import write_export
    from onelist.cli.options import cache_policy_of, network_options
    from onelist.cli.shared import print_note, progress_on_stderr
    from onelist.core.lock import LockForm
    from onelist.settings.project import find_single, load_project
    from onelist.translation.plan import make_plan

    file = find_single(Path(arguments.path))
    suffix = Path(arguments.output).suffix if arguments.output else ""
    form = LockForm(arguments.format or _BY_SUFFIX.get(suffix, "pylock"))
    if form is LockForm.PYLOCK and arguments.output:
        _stop_unless_read(Path(arguments.output))
    options = LockOptions(
        form=form,
        targets=tuple(arguments.target),
        channels=tuple(dict.fromkeys(arguments.channel)),
        network=network_options(arguments, invocation, cache_policy_of(arguments)),
    )
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        progress.begin("resolving the list")
        text = lock(file, options)
    code = write_export(arguments, file, text)
    left_out = make_plan(load_project(file).settings).pip_only if form is not LockForm.PYLOCK else ()
    if left_out:
        names = ", ".join(item.text for item in left_out)
        print_note(f"Not in this lock, because only pip installs them: {names}")
    return code


def _stop_unless_read(output: Path) -> None:
    """Stop if pip and uv would not read a file as a lock, because of its name (PEP 751, "File Name").

    Raises:
        UsageError: They would not.
    """
    from packaging.pylock import is_valid_pylock_path

    from onelist.core.errors import UsageError

    if not is_valid_pylock_path(output):
        raise UsageError(
            f"{output.name} is not a name for a pylock file: pip and uv read only pylock.toml and pylock.NAME.toml.",
            "Use such a name. Or choose another --format: pixi for pixi.lock, explicit for conda and mamba.",
        )


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "lock": Form(
            help="write each package that the list installs today, with its hash: pylock.toml, pixi.lock or explicit",
            examples=(
                ("onelist export lock -o pylock.toml", "write a file for: pip install -r pylock.toml"),
                ("onelist export lock -o pixi.lock --target linux-64/3.12", "write a lock for pixi"),
            ),
            add_arguments=_add_arguments,
            run=_run,
        )
    }
)
