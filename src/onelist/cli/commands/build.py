"""onelist build: build the artifacts of one list or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments

if TYPE_CHECKING:
    import argparse
    import datetime
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.api import BuildOptions
    from onelist.build.builder import BuildResult
    from onelist.build.request import BuildRequest
    from onelist.cli.invocation import Invocation
    from onelist.core.errors import OnelistError

HELP = "build wheel, sdist, .conda, the conda-forge recipe and a manifest of them"
EXAMPLES = (
    ("onelist build", "build everything into dist, beside settings.ini"),
    ("onelist build --verify --index", "also compare all artifacts, and make dist/conda a channel"),
)
KINDS = ("wheel", "sdist", "conda", "conda-forge")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    shared_arguments.add_paths(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="the folder to write to (default: dist beside settings.ini; for several lists dist/NAME in this folder)",
    )
    parser.add_argument("--only", nargs="+", choices=KINDS, metavar="KIND", help=f"build only: {', '.join(KINDS)}")
    parser.add_argument("--index", action="store_true", help="make DIR/conda a channel for: mamba install -c DIR/conda")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read all artifacts back first, and write them only if all of them say the same",
    )
    shared_arguments.add_format(parser)


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Build all lists; nothing is written when one of them has mistakes, or a link where it would be written."""
    from onelist.core.system.temporary import temporary_files_together

    with temporary_files_together():
        return _run(arguments, invocation)


def _run(arguments: argparse.Namespace, invocation: Invocation) -> int:

    from onelist import api
    from onelist.build.request import source_date_epoch
    from onelist.cli.shared import one_or_several, print_blocks, print_errors, print_json, shortest
    from onelist.core.errors import CLEAN
    from onelist.core.model import ArtifactKind
    from onelist.reports import text

    options = api.BuildOptions(
        kinds=tuple(ArtifactKind(kind) for kind in arguments.only or ArtifactKind),
        verify=arguments.verify,
        index=arguments.index,
        epoch=source_date_epoch(invocation.environment),
    )
    requests, errors = _load(arguments.paths, options)
    if errors:
        return print_errors(errors, as_json=arguments.format == "json")
    outputs = list(zip(requests, _output_folders(requests, arguments.output), strict=True))
    made, errors = _make(outputs, options)
    if errors:
        return print_errors(errors, as_json=arguments.format == "json")
    results = []
    for one in made:
        result = api.write_build(one, options)
        results.append(result)
        _print_notes(result, options)
        if arguments.format == "text":
            print_blocks(text.manifest_blocks(result.manifest, shortest(result.folder)))
            _remind(result.request, invocation.today)
    if arguments.format == "json":
        print_json(one_or_several([result.manifest for result in results]))
    return CLEAN


def _load(paths: Sequence[str], options: BuildOptions) -> tuple[list[BuildRequest], list[OnelistError]]:
    """Read all lists before any is built, so that nothing is built when one of them has mistakes."""
    from pathlib import Path

    from onelist import api
    from onelist.core.errors import RefusedError, SettingsError
    from onelist.settings.project import find_settings

    requests: list[BuildRequest] = []
    errors: list[OnelistError] = []
    for path in find_settings(map(Path, paths)):
        try:
            requests.append(api.prepare_build(path, options))
        except (SettingsError, RefusedError) as error:
            errors.append(error)
    return requests, errors


def _output_folders(requests: Sequence[BuildRequest], output: str | None) -> list[Path]:
    """Return where each list is built.

    Raises:
        UsageError: Two lists would go to the same folder.
    """
    from pathlib import Path

    from onelist.core.errors import UsageError

    projects = [request.project for request in requests]
    if len(projects) == 1:
        return [Path(output) if output else projects[0].folder / "dist"]
    folders: dict[Path, str] = {}
    for project in projects:
        folder, file = Path(output or "dist") / project.settings.name, project.settings.source.file
        if folder in folders:
            raise UsageError(
                f"{folders[folder]} and {file} have the same lib_name, so both would go to {folder}.",
                "Build them one at a time, each with its own -o.",
            )
        folders[folder] = file
    return list(folders)


def _make(
    outputs: Sequence[tuple[BuildRequest, Path]], options: BuildOptions
) -> tuple[list[BuildResult], list[OnelistError]]:
    """Build all lists in memory, before anything is written for any of them."""
    from onelist import api
    from onelist.core.errors import SettingsError

    made: list[BuildResult] = []
    errors: list[OnelistError] = []
    for request, folder in outputs:
        try:
            made.append(api.make_build(request, folder, options))
        except SettingsError as error:
            errors.append(error)
    return made, errors


def _print_notes(result: BuildResult, options: BuildOptions) -> None:
    """Say what was verified and indexed."""
    from onelist.cli.shared import print_differences, print_note, shortest

    if result.differences is not None:
        print_differences(result.differences)
    if options.index:
        channel = result.folder / "conda"
        print_note(f"{shortest(channel)} is a channel now: mamba install -c {channel.resolve().as_uri()} ...")


def _remind(request: BuildRequest, today: datetime.date) -> None:
    """Point to the check when the build succeeded and there are findings."""
    from onelist.checks.registry import check_settings
    from onelist.cli.shared import print_note
    from onelist.core.findings import Severity
    from onelist.reports import text

    findings = check_settings(request.project, request.plan, today)
    if any(finding.severity is not Severity.INFO for finding in findings):
        summary = text.summary_text(request.project.settings.source.file, findings).rstrip("\n")
        print_note(f"{summary} See them with: onelist check")
