"""Install tests: build a list, install it into temporary environments on this machine, and import its modules."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from onelist.analysis.progress import Progress, Step
from onelist.analysis.resolving.verdict import Verdict, verdict
from onelist.analysis.trial.environment import Environment, InstallError, clean_environment
from onelist.build.builder import build_artifacts
from onelist.build.request import BuildRequest, stop_if_only_pip
from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN, UsageError
from onelist.core.installers import CONDA, INSTALLERS, PIP
from onelist.core.model import ArtifactKind
from onelist.core.system import files
from onelist.core.system.event_loop import run_async
from onelist.core.system.temporary import lasting_folder, temporary_folder
from onelist.core.targets import python_words
from onelist.core.text import shortened
from onelist.sources.faults import SourceError
from onelist.sources.session import SourceSession
from onelist.sources.solution import NoSolution, Solved
from onelist.translation.outcomes import CondaOnly, Translated
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from onelist.analysis.trial.pip import PipInstaller
    from onelist.core.model import Project, Requirement, Settings
    from onelist.sources.conda.location import ChannelLocation
    from onelist.sources.config import NetworkOptions
    from onelist.sources.solution import ResolvedPackage, SolveResult

_NO_PYTHON = re.compile(r"No interpreter found|Failed to inspect Python interpreter")
"""How uv reports that this machine does not have a Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """How to test the installation.

    Attributes:
        network: Which package index to query, and how. ``deadline`` is also the time limit for one step, in seconds.
        installers: ``pip``, ``conda`` or both.
        pythons: Versions of Python such as ``3.12``; empty for the running one, or the lowest of the list if that is
            newer.
        channels: Conda channels in place of those in settings.ini; empty for those.
        dependencies: Whether to install the dependencies of the requirements; without them nothing is imported.
        imports: Whether to import the modules of the requirements.
    """

    network: NetworkOptions
    installers: tuple[str, ...] = INSTALLERS
    pythons: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    dependencies: bool = True
    imports: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """One module of a requirement.

    Attributes:
        requirement: The requirement, as written.
        module: The module; ``""`` if the requirement installed none.
        error: Why it cannot be imported; None if it can, or was not imported.
    """

    requirement: str
    module: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallTest:
    """The result of one installation.

    Attributes:
        installer: ``pip`` or ``conda``.
        python: The version of Python, for instance ``3.12``.
        outcome: What was installed, why nothing was, or an error that says nothing about the list.
        seconds: How long it took.
        size: Bytes on disk.
        problems: Incompatible packages, in the installer's words.
        imported: The imported modules.
    """

    installer: str
    python: str
    outcome: SolveResult
    seconds: float = 0.0
    size: int = 0
    problems: tuple[str, ...] = ()
    imported: tuple[ImportResult, ...] = ()

    @property
    def failure(self) -> str | None:
        """Why nothing was installed; None if it was."""
        match self.outcome:
            case NoSolution(explanation=reason) | SourceError(reason=reason):
                return reason
            case _:
                return None

    @property
    def unknown(self) -> bool:
        """Whether the failure says nothing about the list, such as a network error."""
        return verdict(self.outcome) is Verdict.UNKNOWN

    @property
    def packages(self) -> int:
        """The number of installed packages."""
        return len(self.outcome.packages) if isinstance(self.outcome, Solved) else 0

    @property
    def builds(self) -> tuple[ResolvedPackage, ...]:
        """The packages that pip built from source."""
        return self.outcome.builds if isinstance(self.outcome, Solved) else ()

    @property
    def passed(self) -> bool:
        """Whether the installation worked, and every import."""
        return self.failure is None and not self.problems and not any(one.error for one in self.imported)

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        if self.unknown:
            return UNKNOWN
        return CLEAN if self.passed else FINDINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One list in one temporary folder.

    Attributes:
        request: The list.
        options: How to test it.
        folder: The folder with the artifacts, and later with the environments.
        progress: Where to show what is done.
    """

    request: BuildRequest
    options: TryOptions
    folder: Path
    progress: Progress

    @property
    def dist(self) -> Path:
        """The folder of the artifacts."""
        return self.folder / "dist"

    @property
    def imports(self) -> bool:
        """Whether to import modules, which may need the dependencies."""
        return self.options.imports and self.options.dependencies


def try_install(project: Project, options: TryOptions, *, progress: Progress | None = None) -> Iterator[InstallTest]:
    """Build a list and install it into temporary environments, which are deleted at the end.

    The installation and the imports run code of the installed packages on this machine.

    Args:
        project: The list.
        options: How to test it.
        progress: Where to show what is done; None for nowhere.

    Yields:
        The result for each installer and Python.

    Raises:
        RefusedError: The list cannot be built.
        UsageError: A Python or a channel is not valid, or this machine does not have the Python.
    """
    settings = project.settings
    if not settings.has_conda:
        if options.installers == (CONDA,):
            stop_if_only_pip(settings, "Leave out --installer conda.")
        options = replace(options, installers=(PIP,))
    default = python_words(max(sys.version_info[:2], settings.min_python))
    wanted = dict.fromkeys(options.pythons or (default,))
    pythons = [_valid_python(python, settings.min_python) for python in wanted]
    request = BuildRequest(project=project, plan=make_plan(settings))
    session = SourceSession(options.network)
    for channel in (options.channels or settings.conda_channels) if CONDA in options.installers else ():
        session.channels.locate(channel)  # now, and not after pip has installed for minutes
    with temporary_folder() as folder:
        trial = _Trial(request=request, options=options, folder=folder, progress=Progress.on(progress))
        trial.progress.begin("building the list")
        _build(trial)
        pip = _pip_installer(trial, session) if PIP in options.installers else None
        # all of them now: a Python that is missing is not told after others were installed for minutes
        environments = {one: _environment(pip, folder / f"pip-{one}", one) for one in pythons} if pip else {}
        for number, (installer, python) in enumerate(product(options.installers, pythons), start=1):
            total = len(options.installers) * len(pythons)
            of_all = f"{number} of {total}: " if total > 1 else ""
            doing = f"{of_all}installing with {installer}, Python {python}"
            if pip and installer == PIP:
                yield _install_with_pip(trial, pip, environments[python], python, doing)
            else:
                yield _install_with_rattler(trial, session, python, doing)


def _valid_python(text: str, lowest: tuple[int, int]) -> str:
    """Return a version of Python.

    Raises:
        UsageError: It is not one, or it is lower than min_python.
    """
    match = re.fullmatch(r"3\.(\d{1,2})", text)
    if match is None:
        raise UsageError(f"{shortened(text)} is not a Python version.", "Write it like 3.12.")
    if (3, int(match[1])) < lowest:
        raise UsageError(
            f"Python {text} is lower than min_python, which is {python_words(lowest)}.",
            "Name a newer one with --python.",
        )
    return text


def _build(trial: _Trial) -> None:
    from onelist.sources.conda.local import index

    kinds = {PIP: ArtifactKind.WHEEL, CONDA: ArtifactKind.CONDA}
    installers = trial.options.installers
    files.write_all(trial.dist, build_artifacts(trial.request, [kinds[installer] for installer in installers]))
    if CONDA in installers:
        index(trial.dist / "conda", trial.request.project.settings.platforms)


def _pip_installer(trial: _Trial, session: SourceSession) -> PipInstaller:
    from onelist.analysis.trial.pip import PipInstaller, environment_for

    network = trial.options.network
    variables = environment_for(network, session.indexes, session.cache_dir / "pip")
    return PipInstaller(variables, network.deadline)


def _install_with_pip(
    trial: _Trial, installer: PipInstaller, environment: Environment, python: str, doing: str
) -> InstallTest:
    from onelist.analysis.trial.pip_steps import PipSteps

    dependencies = trial.options.dependencies
    requirements = [str(next(trial.dist.glob("*.whl")))]
    if not dependencies:
        requirements += [str(item.pep508) for item in _pip_requirements(trial.request.project.settings)]
    empty, start = environment.size(), time.monotonic()
    before, output = environment.count(), trial.folder / f"pip-{python}.txt"
    trial.progress.begin(doing, watch=PipSteps(output, lambda: environment.count() - before))
    try:
        installed = installer.install(environment, requirements, dependencies=dependencies, output=output)
    except InstallError as error:
        outcome = installer.failure(environment, str(error))
        return InstallTest(installer=PIP, python=python, outcome=outcome)
    test = InstallTest(installer=PIP, python=python, outcome=installed, seconds=time.monotonic() - start)
    return _inspected(trial, environment, test, empty)


def _environment(installer: PipInstaller, prefix: Path, python: str) -> Environment:
    """Create a virtual environment.

    Raises:
        UsageError: This machine does not have the Python, or it cannot create one.
    """
    try:
        return installer.create(prefix, python)
    except InstallError as error:
        if _NO_PYTHON.search(str(error)):
            raise UsageError(
                f"There is no Python {python} on this machine.", "Install it, or name another with --python."
            ) from None
        raise UsageError(
            f"Python {python} of this machine cannot create a virtual environment with pip.",
            f"Install what it needs for that (Debian and Ubuntu: python{python}-venv), or name another with --python.",
        ) from None


def _install_with_rattler(trial: _Trial, session: SourceSession, python: str, doing: str) -> InstallTest:
    from onelist.sources.conda.solving import solver
    from onelist.sources.conda.solving.missing_candidates import MissingCandidates

    request, options = trial.request, trial.options
    settings, name = request.project.settings, request.plan.name
    channels = session.channels
    names = (str(trial.dist / "conda"), *(options.channels or settings.conda_channels))
    specs = [f"{name} =={settings.version}", f"python {python}.*"]
    task = solver.task_for_this_machine([channels.locate(one) for one in names], specs, options.network.deadline)
    prefix = trial.folder / f"conda-{python}"
    environment = Environment(prefix=prefix, variables=clean_environment(options.network.environment))
    trial.progress.begin(f"{doing}: resolving")

    def choose(names: frozenset[str]) -> frozenset[str]:
        if not options.dependencies:
            names &= {name, *(conda for _, conda in _conda_names(request))}
        trial.progress.begin(doing, watch=lambda: Step(done=environment.count(), total=len(names), verb="installed"))
        return names

    async def install() -> SolveResult:
        return await solver.install(
            MissingCandidates(channels, session.shards),
            task,
            prefix,
            packages=_packages(task.locations, session),
            choose=choose,
        )

    start = time.monotonic()
    outcome = run_async(install())
    if not isinstance(outcome, Solved):
        return InstallTest(installer=CONDA, python=python, outcome=outcome)
    seconds = time.monotonic() - start
    test = InstallTest(installer=CONDA, python=python, outcome=outcome, seconds=seconds)
    return _inspected(trial, environment, test)


def _packages(locations: Sequence[ChannelLocation], session: SourceSession) -> Path:
    """Return where rattler keeps packages, with their addresses: nowhere for long if one of these has a secret."""
    return lasting_folder() if any(one.is_private for one in locations) else session.cache_dir / "packages"


def _inspected(trial: _Trial, environment: Environment, test: InstallTest, empty: int = 0) -> InstallTest:
    """Return the result of a successful installation, with the state of its environment.

    Args:
        trial: The list.
        environment: Where it is installed.
        test: The result.
        empty: The size in bytes of the environment before.
    """
    problems = environment.problems() if trial.options.dependencies else ()
    trial.progress.begin(f"looking at what {test.installer} installed")
    imported = tuple(_imported(trial, environment, test.installer)) if trial.imports else ()
    return replace(test, size=environment.size() - empty, problems=problems, imported=imported)


def _imported(trial: _Trial, environment: Environment, installer: str) -> Iterator[ImportResult]:
    """Import the modules of each requirement, each in a separate process."""
    installed = _distributions(trial.request, environment, installer)
    modules = environment.modules(sorted({name for _, names in installed for name in names}))
    trial.progress.begin("importing", total=sum(map(len, modules.values())), verb="imported")
    for requirement, names in installed:
        found = [module for name in names for module in modules.get(name, ())]
        if not found:
            yield ImportResult(requirement=requirement, module="")
        for module in found:
            yield ImportResult(requirement=requirement, module=module, error=environment.import_error(module))
            trial.progress.tell(-1, module)


def _distributions(
    request: BuildRequest, environment: Environment, installer: str
) -> list[tuple[str, tuple[str, ...]]]:
    """Return each requirement, as written, with the distributions that it installed; once if it is listed twice."""
    listed = _conda_names(request)
    if installer == PIP:
        listed = [(item.text, item.name) for item in _pip_requirements(request.project.settings)]
    first: dict[str, str] = {}
    for text, name in listed:
        first.setdefault(name, text)
    return [(text, (name,) if installer == PIP else environment.distributions(name)) for name, text in first.items()]


def _pip_requirements(settings: Settings) -> tuple[Requirement, ...]:
    return (*settings.requirements, *settings.pip_requirements)


def _conda_names(request: BuildRequest) -> list[tuple[str, str]]:
    """Return each requirement that conda installs, as written, with its conda name."""
    outcomes = [one for one in request.plan.outcomes if isinstance(one, Translated | CondaOnly)]
    return [(one.requirement.text, one.spec.split()[0]) for one in outcomes]
