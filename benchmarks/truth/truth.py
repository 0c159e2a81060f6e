"""Compare what onelist check says about whole lists with real pip, uv and rattler.

    python -m pip install ".[bench]"
    python benchmarks/truth/truth.py --cache FOLDER [--settings FOLDER] [--snapshot FOLDER] [--lists N] [--seconds N]

--settings names real settings files. --snapshot names a partial conda-forge, which is served on loopback in place of
the real one; without it, the real one is asked. --cache keeps the environments of pip and the oracles' answers, so a
run that was stopped goes on where it was; remove the folder to ask again. The package index is that of the installers'
settings.

The program builds the wheel and the .conda of each list, and pip and rattler install *them*, without onelist's own
reading of the list. With sources, pip runs the build backends of source distributions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import said
from answers import Answer, AnswerCache, Comparison, table
from kinds import FAULTY, all_cases
from others import by_uv
from packaging.requirements import Requirement
from pages import Served, write_index
from pips import FORMER, NEWEST, Pip, PipMode, index_settings, machine

from channels import FORGE, conda_part, forge_mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kinds import Case

PARTS = ("kinds", "lists", "targets", "conda")
UV_TARGETS = ("win-64/3.12", "osx-arm64/3.13", "linux-aarch64/3.14")


@dataclass(slots=True)
class Run:
    """One run of this program.

    Attributes:
        options: The command line.
        folder: For what this run writes.
        cache: The oracles' answers.
        pips: Which pips are asked, and how.
        ends: When no more oracles are asked, on the clock of ``time.monotonic``.
        unasked: How many answers are missing for that reason.
    """

    options: argparse.Namespace
    folder: Path
    cache: AnswerCache
    pips: Sequence[PipMode]
    ends: float
    unasked: int = 0

    def ask(self, question: Sequence[str], oracle: Callable[[], Answer]) -> Answer | None:
        """Return an oracle's answer; None where there is none and no time is left to ask."""
        if time.monotonic() > self.ends and not self.cache.has(question):
            self.unasked += 1
            return None
        return self.cache.answer(question, oracle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A list for pip.

    Attributes:
        title: Its name in the report.
        asked: What pip is to install.
        leave: The name of the list itself, where pip installs it too.
        key: What the answer depends on.
        environment: The environment for pip.
        said: onelist's answer.
        since: The first pip that answers as today's does.
        group: What is added to the name of the oracle, to count some lists on their own.
    """

    title: str
    asked: tuple[str, ...]
    leave: str
    key: str
    environment: Mapping[str, str]
    said: Answer
    since: tuple[int, ...] = ()
    group: str = ""


def compared_with_pip(run: Run, tasks: Sequence[Task]) -> Iterator[Comparison]:
    """Yield what each pip says about the lists, two at a time; without sources only where pip builds nothing."""
    wheels_only: set[str] = set()

    def one(task: Task, mode: PipMode) -> Comparison | None:
        if mode.pip.release < task.since or (not mode.sources and task.key not in wheels_only):
            return None
        real = run.ask(
            [task.key, str(mode), machine()],
            lambda: mode.pip.install(task.asked, task.environment, sources=mode.sources, leave=task.leave),
        )
        if real is None:
            return None
        if mode.decides and real.builds == ():
            wheels_only.add(task.key)
        return Comparison(
            oracle=f"{mode}{task.group}",
            case=task.title,
            target=machine(),
            said=task.said,
            real=real,
            decides=mode.decides,
        )

    with ThreadPoolExecutor(2) as pool:
        for mode in run.pips:  # the first pip about all lists first: what it says counts most
            yield from filter(None, pool.map(one, tasks, [mode] * len(tasks)))


def kinds_part(run: Run) -> Iterator[Comparison]:
    """Yield the small lists on loopback indexes."""
    wanted = re.compile(run.options.kinds)
    cases = [case for case in all_cases() if wanted.search(case.title)][: run.options.lists]
    main, other = run.folder / "main", run.folder / "other"
    for place in (main, other):
        (place / "simple").mkdir(parents=True)
    with Served(main) as first, Served(other) as second:
        for case in cases:
            write_index(main, case.projects, first.address)
            write_index(other, case.others, second.address)
        addresses = {False: [f"{first.address}/simple/"]}
        addresses[True] = [*addresses[False], f"{second.address}/simple/"]
        tasks = [task for several in (False, True) for task in _case_tasks(run, cases, addresses[several], several)]
        yield from compared_with_pip(run, tasks)
        if not run.options.own_pip:
            yield from _kinds_with_uv(run, tasks)


def _kinds_with_uv(run: Run, tasks: Sequence[Task]) -> Iterator[Comparison]:
    """Yield what uv says about the small lists of which pip builds nothing: which of pip's rules it does not have."""

    def one(task: Task) -> Comparison | None:
        addresses = [task.environment["PIP_INDEX_URL"], *task.environment.get("PIP_EXTRA_INDEX_URL", "").split()]
        real = run.ask(
            [task.key, "uv", machine()],
            lambda: by_uv(task.asked, machine(), run.folder / "uv-cache", addresses),
        )
        if real is None:
            return None
        return Comparison(
            oracle="uv, wheels only", case=task.title, target=machine(), said=task.said, real=real, decides=False
        )

    with ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(one, (task for task in tasks if not task.said.builds and not task.group)))


def _case_tasks(run: Run, cases: Sequence[Case], addresses: Sequence[str], several: bool) -> Iterator[Task]:  # noqa: FBT001
    """Yield the cases with one index, or those with two."""
    some = [case for case in cases if bool(case.others) is several]
    files = {case.slug: said.write_list(run.folder / f"{case.slug}.ini", case.requirements) for case in some}
    indexes = ["--index-url", addresses[0], *(part for other in addresses[1:] for part in ("--extra-index-url", other))]
    options = ["--installer", "pip", "--target", machine(), *indexes]
    answers = said.said(list(files.values()), options, said.environment_of(run.folder, {})) if files else {}
    environment = index_settings(*addresses)
    for case in some:
        yield Task(
            title=f"{case.title}: {', '.join(case.requirements)}",
            asked=case.requirements,
            leave="",
            key=repr(case),
            environment=environment,
            said=_answer(answers, files[case.slug], machine(), None),
            since=case.since,
            group=", faulty files" if case.kind in FAULTY else "",
        )


def _answer(answers: Mapping[said.Row, Answer], path: Path, target: str, priority: str | None) -> Answer:
    missing = Answer(verdict="unknown", reason="onelist has no answer: the settings have errors, or it did not resolve")
    return answers.get((str(path), target, priority), missing)


def real_files(run: Run) -> list[tuple[Path, frozenset[str], int]]:
    """Return the real settings files without errors, in an order that is the same every time."""
    paths = sorted(run.options.settings.glob("*.ini"), key=lambda path: (path.name[::-1], path.name))
    return list(said.targets_of(paths))


def lists_part(run: Run) -> Iterator[Comparison]:
    """Yield the real lists on this machine: pip installs their wheels."""
    platform, _, python = machine().partition("/")
    files = [path for path, on, low in real_files(run) if platform in on and low <= int(python.partition(".")[2])]
    wheels = _built(run, files[: run.options.lists])
    answers = said_of_pip(run, list(wheels), machine())
    environment = index_settings()
    tasks = [
        Task(
            title=path.name,
            asked=(str(wheel),),
            leave=wheel.name.partition("-")[0],
            key=" ".join(said.wheel_requirements(wheel)),
            environment=environment,
            said=_answer(answers, path, machine(), None),
        )
        for path, wheel in wheels.items()
    ]
    yield from compared_with_pip(run, tasks)


def _built(run: Run, files: Sequence[Path]) -> dict[Path, Path]:
    """Return the wheels of lists that require something without an address: those that pip can be compared about."""
    found = {}
    for path in files:
        wheel = said.built(path, run.folder, "wheel")
        listed = said.wheel_requirements(wheel) if wheel else ()
        if wheel and listed and not any(Requirement(one).url for one in listed):
            found[path] = wheel
    return found


def said_of_pip(run: Run, files: Sequence[Path], target: str) -> dict[said.Row, Answer]:
    """Return onelist's answers about lists for pip on a target."""
    options = ["--installer", "pip", "--target", target, "--channel", FORGE]
    if not files:
        return {}
    with forge_mirror(run.options.snapshot) as mirrors:
        return said.said(files, options, said.environment_of(run.folder, mirrors))


def targets_part(run: Run) -> Iterator[Comparison]:
    """Yield the real lists on other machines, where uv can be asked and pip would build nothing."""
    found = {path: (on, low) for path, on, low in real_files(run)}
    wheels = _built(run, list(found)[: run.options.lists])
    for target in UV_TARGETS:
        platform, _, python = target.partition("/")
        some = [path for path in wheels if platform in found[path][0] and found[path][1] <= int(python.split(".")[1])]
        answers = said_of_pip(run, some, target)

        def one(path: Path, target: str = target, answers: Mapping[said.Row, Answer] = answers) -> Comparison | None:
            listed = said.wheel_requirements(wheels[path])
            told = _answer(answers, path, target, None)
            if told.builds:
                return None
            real = run.ask(
                [" ".join(listed), "uv", target], lambda: by_uv(listed, target, run.options.cache / "uv-cache")
            )
            if real is None:
                return None
            return Comparison(
                oracle=f"uv, {target}", case=path.name, target=target, said=told, real=real, decides=False
            )

        with ThreadPoolExecutor(2) as pool:
            yield from filter(None, pool.map(one, some))


def channels_part(run: Run) -> Iterator[Comparison]:
    """Yield lists for conda, with one channel and with two."""
    files = [path for path, _, _ in real_files(run)][: run.options.lists]
    return asyncio.run(conda_part(run.folder, run.options.snapshot, files))


def asked_pips(options: argparse.Namespace) -> tuple[PipMode, ...]:
    """Return the pips to ask."""
    if options.own_pip:
        return (PipMode(pip=Pip.at(Path(sys.executable)), sources=True),)
    newest = Pip.made(NEWEST, options.cache)
    former = Pip.made(FORMER, options.cache)
    return (
        PipMode(pip=newest, sources=True),
        PipMode(pip=newest, sources=False),
        PipMode(pip=former, sources=True, decides=False),
    )


def main() -> int:
    """Run the parts that are asked for, and print the table; return 1 where a verdict is false."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="keeps environments and oracles' answers")
    parser.add_argument("--settings", type=Path, default=Path("../shared/data/settings"), help="settings files")
    parser.add_argument("--snapshot", type=Path, help="a partial conda-forge in place of the real one")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--lists", type=int, help="how many lists each part has at most")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="ask no oracle after so many seconds")
    parser.add_argument("--kinds", default="", metavar="PATTERN", help="which of the small lists, a regular expression")
    parser.add_argument("--own-pip", action="store_true", help="ask only the pip of this environment, with sources")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every answer there")
    options = parser.parse_args()
    options.cache = options.cache.resolve()
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory() as name:
        cache = AnswerCache(options.cache / "answers")
        for part in options.parts:
            folder = Path(name) / part
            folder.mkdir()
            run = Run(options, folder, cache, asked_pips(options), time.monotonic() + options.seconds)
            some = list(_PARTS[part](run))
            found += some
            print(f"\n### {part}\n\n{table(some)}\n", flush=True)
            for line in dict.fromkeys(str(one) for one in some if not one.is_good):
                print(line, flush=True)
            if run.unasked:
                print(f"\n{run.unasked} answers of oracles are missing: --seconds {options.seconds:g} was too short.")
    if options.json:
        options.json.write_text(json.dumps([one.as_json() for one in found], indent=1), encoding="utf-8")
    return int(any(one.is_false for one in found))


_PARTS: Mapping[str, Callable[[Run], Iterator[Comparison]]] = {
    "kinds": kinds_part,
    "lists": lists_part,
    "targets": targets_part,
    "conda": channels_part,
}


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
