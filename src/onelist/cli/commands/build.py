"""What makes files: build, sync, export, init."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from onelist.api import today
from onelist.cli.shared import CLEAN, FINDINGS, one_or_several, print_json, report, shown, single
from onelist.core.errors import OnelistError, RefusedError, SettingsError, UsageError
from onelist.core.findings import Severity
from onelist.core.text import printable
from onelist.reports import text
from onelist.settings.project import SETTINGS_NAME, find_settings, load_project
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from onelist.build.request import BuildRequest
    from onelist.build.verify import Difference
    from onelist.cli.commands.scaffold import Answers
    from onelist.core.model import ArtifactKind, Project, Settings


def build(arguments: argparse.Namespace) -> int:
    """Build one project or several."""
    from onelist.core.model import ArtifactKind

    kinds = [ArtifactKind(kind) for kind in arguments.only or ArtifactKind]
    if arguments.verify and len(kinds) < len(ArtifactKind):
        raise UsageError("--verify compares all artifacts with one another.", "Leave out --only.")
    if arguments.index and ArtifactKind.CONDA not in kinds:
        raise UsageError("--index needs the .conda package.", "Add conda to --only.")
    orders, errors = _load(arguments.paths, kinds)
    if errors:
        return report(errors, as_json=arguments.format == "json")
    manifests = []
    for order, folder in zip(orders, _output_folders(orders, arguments.output), strict=True):
        manifest = build_one(order, folder, kinds, verified=arguments.verify)
        if arguments.index:
            _index(folder / "conda", order.project.settings)
        manifests.append(manifest)
        if arguments.format == "text":
            sys.stdout.write(text.manifest_text(manifest, shown(folder)))
            _remind(order)
    if arguments.format == "json":
        print_json(one_or_several(manifests))
    return CLEAN


def _load(paths: Sequence[str], kinds: Sequence[ArtifactKind]) -> tuple[list[BuildRequest], list[OnelistError]]:
    """Read all projects before any is built, so that nothing is built when one of them has to be mended."""
    from onelist.build.builder import stop_if_code_is_lost, stop_if_refused
    from onelist.build.request import BuildRequest, source_date_epoch
    from onelist.core.model import CONDA_KINDS

    epoch = source_date_epoch(os.environ)
    orders: list[BuildRequest] = []
    errors: list[OnelistError] = []
    for path in find_settings(map(Path, paths)):
        try:
            project = load_project(path)
            order = BuildRequest(project=project, plan=make_plan(project.settings), epoch=epoch)
            stop_if_code_is_lost(project)
            if CONDA_KINDS.intersection(kinds):
                stop_if_refused(project.settings, order.plan)
        except (SettingsError, RefusedError) as error:
            errors.append(error)
        else:
            orders.append(order)
    return orders, errors


def build_one(order: BuildRequest, folder: Path, kinds: Sequence[ArtifactKind], *, verified: bool) -> dict[str, Any]:
    """Build one project into a folder; return its manifest."""
    from onelist.build import builder

    result = builder.build(order, kinds, folder, verify=verified)
    if result.differences is not None:
        report_differences(result.differences)
    return builder.make_manifest(order, result.artifacts)


def report_differences(differences: Sequence[Difference]) -> None:
    """Print the differences between the artifacts that a rule allows."""
    for difference in differences:
        line = f"verified: {difference.subject}: {difference.detail} ({difference.allowed_by})"
        sys.stderr.write(printable(line) + "\n")
    rest = ", but for the differences named above" if differences else ""
    sys.stderr.write(f"verified: all artifacts say the same{rest}.\n")


def _output_folders(orders: Sequence[BuildRequest], output: str | None) -> list[Path]:
    projects = [order.project for order in orders]
    if len(projects) == 1:
        return [Path(output) if output else projects[0].folder / "dist"]
    base = Path(output or "dist")
    folders: dict[Path, Project] = {}
    for project in projects:
        folder = base / project.settings.name
        if folder in folders:
            first = folders[folder].settings.source.file
            raise UsageError(
                f"{first} and {project.settings.source.file} have the same lib_name, so both would go to {folder}.",
                "Build them one at a time, each with its own -o.",
            )
        folders[folder] = project
    return list(folders)


def _index(folder: Path, settings: Settings) -> None:
    from onelist.sources.conda.local import index

    index(folder, settings.platforms)
    sys.stderr.write(
        printable(f"{shown(folder)} is a channel now: mamba install -c {folder.resolve().as_uri()} ...") + "\n"
    )


def _remind(order: BuildRequest) -> None:
    """Point to the check when a build went through and there is still something to be said."""
    from onelist.checks.registry import check_settings

    findings = check_settings(order.project, order.plan, today())
    if any(finding.severity is not Severity.INFO for finding in findings):
        sys.stderr.write(text.summary_text(order.project.settings.source.file, findings))
        sys.stderr.write(" See them with: onelist check\n")


def sync(arguments: argparse.Namespace) -> int:
    """Write the committed recipes, or compare them."""
    from onelist.build.builder import stop_if_code_is_lost, stop_if_refused
    from onelist.build.recipes import FileStatus, compare, diff, generated
    from onelist.core.files import write_all

    project = single(arguments.path)
    plan = make_plan(project.settings)
    stop_if_code_is_lost(project)
    stop_if_refused(project.settings, plan)
    files = generated(project, plan)
    states = {file.path: compare(project, file) for file in files}
    stale = [file for file in files if states[file.path] is not FileStatus.FRESH]
    if arguments.check:
        for file in stale:
            path = project.folder / file.path
            sys.stdout.write("\n".join(map(printable, diff(project, file).split("\n"))) + "\n")
            sys.stderr.write(printable(f"{path} is {states[file.path].value}. Run: onelist sync") + "\n")
        return FINDINGS if stale else CLEAN
    if stale:
        write_all(project.folder, stale)
    for file in files:
        path = project.folder / file.path
        sys.stdout.write(printable(f"{'wrote' if file in stale else 'kept '} {path}") + "\n")
    return CLEAN


def export(arguments: argparse.Namespace) -> int:
    """Write the list in another form."""
    from onelist.build.builder import stop_if_refused
    from onelist.build.exports import EXPORTS, Export
    from onelist.core import files
    from onelist.core.model import Artifact

    project = single(arguments.path)
    plan = make_plan(project.settings)
    what = Export(arguments.what)
    if what is not Export.REQUIREMENTS:
        stop_if_refused(project.settings, plan)
    content = EXPORTS[what](project, plan)
    if arguments.output in {None, "-"}:
        _in_utf8(sys.stdout).write(content)
        return CLEAN
    target = Path(arguments.output).resolve()  # a link stays one, and what it leads to is written
    if target == Path(project.settings.source.file).resolve():
        raise UsageError(f"{arguments.output} is the settings file itself.", "Write to another file.")
    files.write_all(target.parent, [Artifact(kind=what, path=target.name, content=content.encode())])
    sys.stdout.write(printable(f"wrote {shown(target)}") + "\n")
    return CLEAN


def _in_utf8(stream: TextIO) -> TextIO:
    """Make a stream write UTF-8, which is what the file is meant to be that it is redirected to."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8")
    return stream


def init(arguments: argparse.Namespace) -> int:
    """Write a new settings.ini, or the workflows for a repository on GitHub."""
    folder = Path(arguments.path)
    target = folder if folder.suffix == ".ini" else folder / SETTINGS_NAME
    if target.exists() and not arguments.github:
        raise UsageError(f"{target} already exists and was not changed.", "Edit that file, or name another folder.")
    if not target.exists():
        _new_settings(arguments, target)
    return _workflows(target.parent) if arguments.github else CLEAN


def _new_settings(arguments: argparse.Namespace, target: Path) -> None:
    from onelist.cli.commands import scaffold
    from onelist.core import files
    from onelist.core.findings import Source
    from onelist.settings.parser import parse_settings

    content = scaffold.settings_ini(_answers(arguments, target.absolute().parent.name))
    parse_settings(Source(file=str(target), text=content))
    files.write_new(target, content)
    sys.stdout.write(printable(f"wrote {target}; next: onelist check, then onelist build") + "\n")


def _workflows(folder: Path) -> int:
    """Write the workflows that are not there; name those that are and say something else, and leave them."""
    from onelist.cli.commands import scaffold
    from onelist.core import files

    differing = []
    for name, content in scaffold.workflows().items():
        path = folder / ".github" / "workflows" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_new(path, content)
            said = f"wrote {path}"
        elif path.read_bytes() == content.encode():
            said = f"{path} is there already"
        else:
            differing.append(path)
            said = f"{path} says something else, and is left as it is: delete it to have it written anew"
        sys.stdout.write(printable(said) + "\n")
    if differing:
        return FINDINGS
    sys.stdout.write("Next: docs/github.md of onelist says what to set up once in the GitHub web page.\n")
    if _lacks_channel(folder):
        sys.stdout.write("Nothing is released until settings.ini has conda_user = and the name of your channel.\n")
    return CLEAN


def _answers(arguments: argparse.Namespace, folder_name: str) -> Answers:
    from onelist.cli.commands.scaffold import Answers

    asking = sys.stdin is not None and sys.stdin.isatty()
    name = arguments.name or _ask("Name of the package", folder_name, asking=asking)
    required = arguments.require or _ask("What the course needs, names separated by blanks", "", asking=asking).split()
    given = {
        "description": arguments.description or _ask("One sentence for learners", "", asking=asking),
        "user": arguments.user or _ask("Owner of the GitHub repository", "", asking=asking),
        "license": arguments.license or _ask("Licence", "apache2", asking=asking),
        "min_python": arguments.min_python,
        "channels": tuple(arguments.channel) if arguments.channel else None,
    }
    return Answers(name=name, requirements=tuple(required), **{key: value for key, value in given.items() if value})


def _ask(question: str, default: str, *, asking: bool) -> str:
    if not asking:
        return default
    sys.stderr.write(f"{question}{f' [{default}]' if default else ''}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _lacks_channel(folder: Path) -> bool:
    """Tell whether the settings of a folder can be read and name no channel of one's own."""
    try:
        return not load_project(folder / SETTINGS_NAME).settings.conda_user
    except OnelistError:
        return False
