"""What ``import onelist`` offers: everything that the commands do, without a terminal.

Typed options go in, frozen results come out. Nothing is printed, and no call ends the interpreter. A call raises only
the exceptions of ``onelist.core.errors``; each derives from :class:`OnelistError`. Every function also works inside a
running event loop, for instance in a Jupyter notebook. docs/library.md shows each in a few lines.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from onelist.build.request import FIXED_EPOCH, BuildRequest
from onelist.core.errors import UsageError
from onelist.core.findings import Edit, Replace
from onelist.core.model import CONDA_KINDS, PIP_EXPORTS, ArtifactKind, Export, Requirement
from onelist.core.system.regular_files import stop_if_output_outside
from onelist.settings.project import find_single, load_project, read_raw
from onelist.translation.plan import make_plan

__all__ = [
    "BuildOptions",
    "build",
    "bump",
    "check",
    "explain",
    "export",
    "fix",
    "publish",
    "try_install",
]

if TYPE_CHECKING:
    import os

    from packaging.requirements import Requirement as Pep508

    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.progress import Progress
    from onelist.analysis.trial.trial import InstallTest, TryOptions
    from onelist.build.builder import BuildResult
    from onelist.checks.fix import FixResult
    from onelist.checks.run import CheckOptions, CheckResult
    from onelist.publish.publisher import PublishOptions
    from onelist.publish.results import PublishResult
    from onelist.reports.answers.explain import Explanation
    from onelist.settings.editing.edits import BumpResult

    PathLike = str | os.PathLike[str]


def check(path: PathLike = ".", options: CheckOptions | None = None) -> CheckResult:
    """Check one list.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: How; None for the defaults, which ask the package index and the channels of the list.

    Returns:
        What was found. Mistakes in settings.ini are findings too; ``settings`` is None then.

    Raises:
        UsageError: The file cannot be read, or an option does not fit the list.
    """
    from onelist.analysis.lists import read_list
    from onelist.checks.run import CheckOptions, check_lists

    file = find_single(Path(path))
    (result,) = check_lists({file: read_list(file)}, options or CheckOptions())
    return result


def fix(path: PathLike = ".", options: CheckOptions | None = None, *, dry_run: bool = False) -> FixResult:
    """Make the edits that findings carry, until no edit is left.

    An edit that you have to weigh (an unsafe one) is only made when ``options.select`` names its whole code.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: How to check; ``select`` names the findings to fix.
        dry_run: Whether to write nothing.

    Returns:
        The edits that were made, and what is left.

    Raises:
        UsageError: The file cannot be read or written, or changed in the meantime.
    """
    from onelist.checks.fix import fix_file
    from onelist.checks.run import CheckOptions

    return fix_file(find_single(Path(path)), options or CheckOptions(), dry_run=dry_run)


def bump(path: PathLike, to: str, *, today: datetime.date | None = None, dry_run: bool = False) -> BumpResult:
    """Write the next version into settings.ini.

    Args:
        path: A settings.ini, or a folder that holds one.
        to: ``major``, ``minor``, ``patch``, ``calver`` or a version (PEP 440).
        today: The day for ``calver``; None for the real one, in UTC.
        dry_run: Whether to write nothing.

    Returns:
        Both versions, and the content of the file before and after.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: There is no such version, it is not newer, or the file cannot be written.
    """
    from onelist.core.system.files import write_over
    from onelist.settings.editing import edits

    file = find_single(Path(path))
    before = read_raw(file)
    settings = load_project(file).settings
    version = edits.next_version(settings.version, to, today or datetime.datetime.now(tz=datetime.UTC).date())
    edit = Edit(changes=(Replace(span=settings.spans["version"], text=str(version)),))
    changed, done = edits.apply(settings.source, [edit])
    if not done:
        raise UsageError(
            f"The version in {file} is made of the values of other keys.", f"Write {version} there by hand."
        )
    after = edits.encoded(changed, before)
    if not dry_run:
        write_over(file, before, after)
    return edits.BumpResult(path=file, before=before, after=after, old_version=settings.version, new_version=version)


def explain(
    name: str, path: PathLike = ".", options: CheckOptions | None = None, *, progress: Progress | TextIO | None = None
) -> tuple[Explanation, ...]:
    """Explain one requirement: where it is available, for whom, and what to change.

    Args:
        name: A requirement as somebody writes it; the list need not have it. With an extra, versions or a marker, the
            answer is about exactly this requirement, also where the list has the name in another form.
        path: A settings.ini, or a folder that holds one.
        options: Which servers to ask; what it says about resolving has no effect.
        progress: Where to show what is done, such as standard error; None for nowhere.

    Returns:
        An explanation for each item of the list with this name; one if the list does not have it in this form.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: The name is not one, or the file cannot be read.
    """
    from onelist.analysis.listed import find_requirements
    from onelist.analysis.lists import availability_of, load_list
    from onelist.analysis.placement import as_if_listed
    from onelist.checks.registry import check_all
    from onelist.checks.run import CheckOptions
    from onelist.core.text import shortened
    from onelist.reports.answers.explain import Explanation
    from onelist.settings.tokens import parse_requirement
    from onelist.sources.session import SourceSession

    wanted = parse_requirement(name)
    project = load_project(find_single(Path(path)))
    one = load_list(project)
    similar = find_requirements(one.requirements, wanted.name if wanted else name)  # conda has names like __glibc
    if (wanted is None and not similar) or (wanted and wanted.url):
        raise UsageError(f"{shortened(name)} is not the name of a package.", "Write one name, such as pandas.")
    options = options or CheckOptions()
    requirements = _as_asked(similar, wanted) if wanted else similar
    is_listed = bool(requirements)
    if not is_listed and wanted:
        one = load_list(as_if_listed(project, wanted, [entry.requirement for entry in similar]))
        requirements = tuple(entry for entry in one.requirements if entry.requirement.text == str(wanted))[-1:]
    one = replace(one, requirements=requirements)
    file = Path(project.settings.source.file)
    session = SourceSession(options.network)
    availability = availability_of({file: one}, session, channels=options.channels, progress=progress)[file]
    findings = check_all(one.project, one.plan, options.today, availability)
    return tuple(
        Explanation(
            settings=one.project.settings,
            entry=entry,
            is_listed=is_listed,
            similar=() if is_listed else tuple(other.requirement for other in similar),
            availability=availability,
            findings=tuple(
                finding for finding in findings if finding.requirement_id == entry.id or finding.code.startswith("H00")
            ),
        )
        for entry in availability.requirements
    )


def _as_asked(similar: tuple[ListedRequirement, ...], wanted: Pep508) -> tuple[ListedRequirement, ...]:
    """Return the items that a question is about: all with the name for a name, else those that are exactly so."""
    if not (wanted.extras or wanted.specifier or wanted.marker):
        return similar
    items = [(entry, entry.requirement) for entry in similar]
    return tuple(entry for entry, item in items if isinstance(item, Requirement) and item.pep508 == wanted)


def export(path: PathLike, what: str) -> str:
    """Return the list in a form that installs without the package.

    Args:
        path: A settings.ini, or a folder that holds one.
        what: ``environment``, ``requirements`` (requirements.txt), ``pixi``, ``pyproject`` (that of nbdev 3),
            ``binder``, ``colab`` (the first cell), ``devcontainer``, ``docker`` or ``installer``.

    Returns:
        The text of the file. Where there are several, each comes after a line with its path.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: conda cannot install a requirement, and the export is for conda.
        UsageError: There is no such export, or it cannot express the list.
    """
    from onelist.build.builder import stop_if_refused
    from onelist.build.exports.registry import export_text

    if what not in list(Export):
        raise UsageError(f"There is no export {what}.", f"Use one of: {', '.join(Export)}.")
    project = load_project(find_single(Path(path)))
    plan = make_plan(project.settings)
    if what not in PIP_EXPORTS:
        other = f", or export for pip: onelist export {Export.REQUIREMENTS}"
        stop_if_refused(project.settings, plan, done="exported", other=other)
    return export_text(Export(what), project, plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What to build, and how.

    Attributes:
        kinds: The kinds of artifacts.
        verify: Whether to read all artifacts back, and to write them only if all of them say the same.
        index: Whether to make the folder of the .conda package a channel.
        epoch: The time to write into artifacts, in seconds since 1970.
    """

    kinds: tuple[ArtifactKind, ...] = tuple(ArtifactKind)
    verify: bool = False
    index: bool = False
    epoch: int = FIXED_EPOCH


def build(path: PathLike = ".", output: PathLike | None = None, options: BuildOptions | None = None) -> BuildResult:
    """Build the artifacts of one list.

    Args:
        path: A settings.ini, or a folder that holds one.
        output: The folder to write to; None for ``dist`` beside settings.ini.
        options: What to build, and how; None for everything.

    Returns:
        What was built.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: conda cannot install a requirement, or the wheel would not hold code of the package.
        OnelistError: ``options.verify`` found a difference between the artifacts.
        UsageError: The options contradict each other, or the folder cannot be written.
    """
    options = options or BuildOptions()
    request = prepare_build(find_single(Path(path)), options)
    folder = Path(output) if output else request.project.folder / "dist"
    return write_build(make_build(request, folder, options), options)


def prepare_build(file: Path, options: BuildOptions) -> BuildRequest:
    """Read a settings file, and stop if it cannot be built as the options say; nothing is written.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: conda cannot install a requirement, or the wheel would not hold code of the package.
        UsageError: The options contradict each other, or the file cannot be read.
    """
    from onelist.build.builder import stop_if_code_is_lost, stop_if_no_conda

    if options.verify and len(options.kinds) < len(ArtifactKind):
        raise UsageError("--verify compares all artifacts with each other.", "Leave out --only.")
    if options.index and ArtifactKind.CONDA not in options.kinds:
        raise UsageError("--index needs the .conda package.", "Add conda to --only.")
    project = load_project(file)
    request = BuildRequest(project=project, plan=make_plan(project.settings), epoch=options.epoch)
    stop_if_code_is_lost(project)
    if CONDA_KINDS.intersection(options.kinds):
        stop_if_no_conda(project.settings, request.plan, other=", or build only for pip with --only wheel sdist")
    return request


def make_build(request: BuildRequest, folder: Path, options: BuildOptions) -> BuildResult:
    """Build what :func:`prepare_build` returned, in memory; nothing is written.

    Raises:
        SettingsError: A link leads out of the folder of settings.ini, or out of the output folder.
        UsageError: A builder refuses the list.
    """
    from onelist.build import builder

    stop_if_output_outside(folder, [request.project.folder, Path.cwd()])
    made = builder.make(request, options.kinds, folder, index=options.index)
    if options.index:
        from onelist.sources.conda.local import stop_if_links_lead_out

        stop_if_links_lead_out(folder / "conda")
    return made


def write_build(made: BuildResult, options: BuildOptions) -> BuildResult:
    """Write what :func:`make_build` returned, and make a channel of it if the options say so.

    Raises:
        SettingsError: A link leads out of the output folder.
        OnelistError: ``options.verify`` found a difference between the artifacts.
        UsageError: The folder cannot be written.
    """
    from onelist.build import builder

    result = builder.write(made, verify=options.verify)
    if options.index:
        from onelist.sources.conda.local import index

        index(result.folder / "conda", result.request.project.settings.platforms)
    return result


def upload(path: Path, options: PublishOptions, *, progress: Progress | None = None) -> PublishResult:
    """Build, check and upload one list; the part of :func:`publish` before its install lines are resolved.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: The list cannot be built.
        UsageError: The destinations do not fit together, or a GitHub runner has no credentials for one of them.
        OnelistError: The artifacts differ from each other.
    """
    from onelist.analysis.lists import read_list
    from onelist.checks.run import CheckOptions, check_lists
    from onelist.publish import publisher
    from onelist.sources.session import SourceSession

    session = SourceSession(options.network)

    def check_with(channels: tuple[str, ...]) -> CheckResult:
        checking = CheckOptions(network=options.network, channels=channels)
        (result,) = check_lists({path: read_list(path)}, checking, session=session, progress=progress)
        return result

    return publisher.publish(load_project(path), options, check=check_with, progress=progress)


def publish(path: PathLike = ".", options: PublishOptions | None = None) -> PublishResult:
    """Publish this version: at each destination only the files that it does not have.

    Nothing is uploaded if a check finds an error or an unknown, or if a destination has another file with the same
    name. You can repeat an interrupted call.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: Where and how; None for the package index and the channel in ``conda_user``.

    Returns:
        What happened to each file, and whether each install line resolves now.

    Raises:
        SettingsError: The settings have mistakes.
        RefusedError: The list cannot be built.
        UsageError: The destinations do not fit together, or a GitHub runner has no credentials for one of them.
        OnelistError: The artifacts differ from each other.
    """
    from onelist.publish.install_lines import check_install_lines
    from onelist.publish.publisher import PublishOptions
    from onelist.sources.config import NetworkOptions

    options = options or PublishOptions(network=NetworkOptions())
    file = find_single(Path(path))
    result = upload(file, options)
    if options.dry_run or not result.is_complete:
        return result
    return replace(result, install_lines=tuple(check_install_lines(load_project(file), options.network, result)))


def try_install(path: PathLike = ".", options: TryOptions | None = None) -> tuple[InstallTest, ...]:
    """Install a list into temporary environments on this machine, and import what it brings.

    This runs code of all packages that are installed.

    Args:
        path: A settings.ini, or a folder that holds one.
        options: With which installers and Pythons; None for both installers and the Python of this process.

    Returns:
        How each installation went.

    Raises:
        SettingsError: The settings have mistakes.
        UsageError: There is no such Python on this machine.
    """
    from onelist.analysis.trial import trial
    from onelist.sources.config import NetworkOptions

    options = options or trial.TryOptions(network=NetworkOptions())
    return tuple(trial.try_install(load_project(find_single(Path(path))), options))
