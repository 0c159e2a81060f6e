"""What installs a list for real: try."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis import trial
from onelist.analysis.resolution import CONDA, INSTALLERS
from onelist.analysis.trial import Environment, Imported, InstallError, Trial, Uv
from onelist.api import open_session, policy_of
from onelist.build.request import FIXED_EPOCH, BuildRequest
from onelist.cli.shared import CLEAN, FINDINGS, UNKNOWN, single
from onelist.core import files
from onelist.core.errors import UsageError
from onelist.core.event_loop import run_async
from onelist.core.model import ArtifactKind
from onelist.core.status import PIP
from onelist.core.targets import python_words
from onelist.core.text import printable, shortened
from onelist.reports.text import trial_text
from onelist.sources.cache import CachePolicy
from onelist.sources.faults import SourceError
from onelist.sources.solution import NoSolution
from onelist.translation.outcomes import CondaOnly, Translated
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.core.model import Project
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import SolveResult

_NO_PYTHON = re.compile(r"No interpreter found|Failed to inspect Python interpreter")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What to try: what was built, and how.

    Attributes:
        order: The project.
        built: The folder with what was built.
        folder: Where environments go.
        session: The clients that ask.
        line: The conda channels of the list.
        deps: Whether to install what the list needs as well.
        imports: Whether to import.
    """

    order: BuildRequest
    built: Path
    folder: Path
    session: SourceSession
    line: tuple[str, ...]
    deps: bool
    imports: bool


def try_out(arguments: argparse.Namespace) -> int:
    """Build, install into fresh environments, import; say what came of it."""
    project = single(arguments.path)
    order = BuildRequest(project=project, plan=make_plan(project.settings), epoch=FIXED_EPOCH)
    installers = (arguments.installer,) if arguments.installer else INSTALLERS
    pythons = [_python(text, project.settings.min_python) for text in arguments.python or [_python_at_hand(project)]]
    codes = set()
    with tempfile.TemporaryDirectory(prefix="onelist-try-") as name:
        task = _Task(
            order=order,
            built=Path(name) / "dist",
            folder=Path(name),
            session=open_session(policy_of(arguments, CachePolicy.NORMAL)),
            line=tuple(arguments.channel) or project.settings.conda_channels,
            deps=not arguments.no_deps,
            imports=not (arguments.no_import or arguments.no_deps),
        )
        _build(task, installers)
        for installer in installers:
            for python in pythons:
                trial = (_with_pip if installer == PIP else _with_conda)(task, python)
                sys.stdout.write("\n".join(map(printable, trial_text(trial))) + "\n")
                sys.stdout.flush()
                codes.add(UNKNOWN if trial.unknown else CLEAN if trial.passed else FINDINGS)
    return next(code for code in (FINDINGS, UNKNOWN, CLEAN) if code in codes)


def _python_at_hand(project: Project) -> str:
    """Return the Python that runs this, or the lowest of the list where that is a newer one."""
    return python_words(max(sys.version_info[:2], project.settings.min_python))


def _python(text: str, floor: tuple[int, int]) -> str:
    match = re.fullmatch(r"3\.(\d{1,2})", text)
    if match is None:
        raise UsageError(f"{shortened(text)} is not a Python version.", "Write it like 3.12.")
    if (3, int(match[1])) < floor:
        raise UsageError(
            f"Python {text} is lower than min_python, which is {floor[0]}.{floor[1]}.",
            "Name a newer one with --python.",
        )
    return text


def _build(task: _Task, installers: Sequence[str]) -> None:
    from onelist.build import builder
    from onelist.sources.conda.local import index

    kinds = {PIP: ArtifactKind.WHEEL, CONDA: ArtifactKind.CONDA}
    files.write_all(task.built, builder.build_artifacts(task.order, [kinds[installer] for installer in installers]))
    if CONDA in installers:
        index(task.built / "conda", task.order.project.settings.platforms)


def _with_pip(task: _Task, python: str) -> Trial:
    from onelist.sources.pypi import uv
    from onelist.sources.pypi.indexes import IndexClient

    with ThreadPoolExecutor(1) as pool:
        index_client = run_async(IndexClient.open(task.session, pool))
    variables = trial.clean_environment(os.environ) | uv.settings(task.session.options, index_client.found)
    tool = Uv(variables, task.session.options.deadline)
    settings = task.order.project.settings
    items = () if task.deps else (*settings.requirements, *settings.pip_requirements)
    began = time.monotonic()
    try:
        environment = tool.make(task.folder / f"pip-{python}", python)
        wheel = next(task.built.glob("*.whl"))
        tool.install(
            environment, [str(wheel), *([] if task.deps else [str(item.pep508) for item in items])], deps=task.deps
        )
    except InstallError as error:
        return _failed(PIP, python, str(error), uv.refusal(str(error)))
    seconds = time.monotonic() - began
    return _looked_into(task, environment, PIP, python, seconds, tool.count(environment))


def _failed(installer: str, python: str, said: str, attempt: NoSolution | SourceError) -> Trial:
    """Return what a failure comes to: only "no solution" and a build that fails tell something about the list."""
    if _NO_PYTHON.search(said):
        raise UsageError(f"There is no Python {python} on this machine.", "Install it, or name another with --python.")
    if isinstance(attempt, NoSolution):
        return Trial(installer=installer, python=python, failure=attempt.explanation)
    if "Failed to build" in said or "build backend" in said:
        return Trial(installer=installer, python=python, failure=said.strip())
    return Trial(installer=installer, python=python, failure=attempt.reason, unknown=True)


def _with_conda(task: _Task, python: str) -> Trial:
    from onelist.sources.conda import solver

    plan, settings = task.order.plan, task.order.project.settings
    channels = task.session.channels
    places = [channels.place(channel) for channel in (str(task.built / "conda"), *task.line)]
    specs = [f"{plan.name} =={settings.version}", f"python {python}.*"]
    environment = Environment(prefix=task.folder / f"conda-{python}")
    members = {outcome.spec.split()[0] for outcome in plan.outcomes if isinstance(outcome, Translated | CondaOnly)}
    began = time.monotonic()

    async def install() -> SolveResult:
        return await solver.install(
            channels,
            solver.task_for_this_machine(places, specs, task.session.options.deadline),
            environment.prefix,
            packages=task.session.options.cache_dir / "packages",
            only=None if task.deps else {plan.name, *members},
        )

    attempt = run_async(install())
    if isinstance(attempt, NoSolution | SourceError):
        return _failed(CONDA, python, "", attempt)
    return _looked_into(task, environment, CONDA, python, time.monotonic() - began, len(attempt.chosen))


def _looked_into(  # noqa: PLR0913, PLR0917 - what a trial has
    task: _Task, environment: Environment, installer: str, python: str, seconds: float, packages: int
) -> Trial:
    return Trial(
        installer=installer,
        python=python,
        seconds=seconds,
        packages=packages,
        size=environment.size(),
        problems=environment.problems() if task.deps else (),
        imported=tuple(_imported(task, environment, installer)) if task.imports else (),
    )


def _imported(task: _Task, environment: Environment, installer: str) -> Iterator[Imported]:
    """Import the modules of each requirement, each in a process of its own."""
    by_requirement = _distributions(task, environment, installer)
    modules = environment.modules(sorted({name for names in by_requirement.values() for name in names}))
    for requirement, names in by_requirement.items():
        tops = [module for name in names for module in modules.get(name, ())]
        if not tops:
            yield Imported(requirement=requirement, module="")
        for module in tops:
            yield Imported(requirement=requirement, module=module, error=environment.import_error(module))


def _distributions(task: _Task, environment: Environment, installer: str) -> Mapping[str, tuple[str, ...]]:
    """Return which distributions each requirement has brought."""
    settings, plan = task.order.project.settings, task.order.plan
    if installer == PIP:
        return {item.text: (item.name,) for item in (*settings.requirements, *settings.pip_requirements)}
    listed = [outcome for outcome in plan.outcomes if isinstance(outcome, Translated | CondaOnly)]
    return {one.requirement.text: environment.distributions(one.spec.split()[0]) for one in listed}
