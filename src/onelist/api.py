"""What the commands that judge lists do together: read, ask the channels and the resolvers, judge."""

from __future__ import annotations

import datetime
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.core.errors import (
    FAIL_ON,
    SettingsError,
    UsageError,
    exit_code_of,
)
from onelist.core.findings import Severity
from onelist.core.status import Unknown
from onelist.core.text import shortened
from onelist.settings.project import load_project, project_of
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.analysis.availability import Availability, Evidence
    from onelist.analysis.queries import Question
    from onelist.analysis.resolution import Resolution
    from onelist.core.findings import Finding, Source
    from onelist.core.model import Project, Settings
    from onelist.core.targets import Target
    from onelist.sources.cache import Caching
    from onelist.sources.config import Policy
    from onelist.translation.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A settings file that could be read, with what is to be asked about it."""

    project: Project
    plan: Plan
    asked: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A settings file and what was found.

    Attributes:
        path: The file.
        settings: What it says; None when it must be mended first.
        source: Its text; None when it is none.
        findings: Everything that was found.
        evidence: What the index and the channels answered; None when nobody was asked.
        resolutions: What the resolvers answered; None when they were not asked.
    """

    path: Path
    settings: Settings | None
    source: Source | None
    findings: tuple[Finding, ...]
    evidence: Evidence | None = None
    resolutions: tuple[Resolution, ...] | None = None

    def exit_code(self, shown: Sequence[Finding], fail_on: str = "warning") -> int:
        """Return the exit code for it; what could not be found out counts, shown or not."""
        severities = (finding.severity for finding in shown)
        return exit_code_of(severities, FAIL_ON[fail_on], readable=self.settings is not None, unknown=self.has_unknown)

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out, shown or not."""
        unknown = any(finding.severity is Severity.UNKNOWN for finding in self.findings)
        unknown = unknown or any(isinstance(one.state, Unknown) for one in self.resolutions or ())
        return unknown or (self.evidence is not None and self.evidence.has_unknown)


def judge_files(
    files: Mapping[Path, Listed | SettingsError],
    arguments: argparse.Namespace,
    *,
    asking: bool,
    beside: Sequence[Listed] = (),
) -> Iterator[Judged]:
    """Judge settings files, all that they ask for asked once.

    Args:
        files: The files as they were read.
        arguments: Whom to ask and how.
        asking: Whether to ask the index, the channels and the resolvers.
        beside: Lists that other shards of the run judge; a target of theirs is one of the run.

    Yields:
        Each file, in order.
    """
    lists = [one for one in files.values() if isinstance(one, Listed)]
    policy = policy_of(arguments) if lists and asking else None
    availability = ask(lists, policy, arguments) if policy else None
    answers = {id(one): evidence_of(one, availability, arguments.channel) for one in lists} if availability else {}
    proofs = prove([(one, answers[id(one)]) for one in lists], policy, arguments, beside) if policy else {}
    for path, one in files.items():
        if not isinstance(one, Listed):
            yield Judged(path=path, settings=None, source=one.source, findings=one.findings)
            continue
        evidence, resolutions = answers.get(id(one)), proofs.get(id(one))
        yield Judged(
            path=path,
            settings=one.project.settings,
            source=one.project.settings.source,
            findings=judge(one, evidence, resolutions or ()),
            evidence=evidence,
            resolutions=resolutions,
        )


def read(path: Path, raw: bytes | None = None) -> Listed | SettingsError:
    """Read a settings file, or other content for it; return what must be mended first where that is so."""
    try:
        return listed(load_project(path) if raw is None else project_of(path, raw))
    except SettingsError as error:
        return error


def listed(project: Project) -> Listed:
    """Return a project with what is to be asked about it."""
    from onelist.analysis.queries import questions

    plan = make_plan(project.settings)
    return Listed(project=project, plan=plan, asked=questions(plan.outcomes, project.settings.conda_names))


def ask(lists: Sequence[Listed], policy: Policy, arguments: argparse.Namespace) -> Availability:
    """Ask everything that several lists want to know, each thing once."""
    from onelist.analysis.availability import Availability
    from onelist.analysis.gather import inquiry, survey
    from onelist.reports.progress import Progress

    wanted = inquiry([(one.project.settings, one.plan.name, one.asked) for one in lists], arguments.channel)
    stream = sys.stderr if sys.stderr.isatty() and not arguments.quiet else None
    with Progress(stream) as progress:
        return Availability(survey(wanted, policy, progress.tell, _load))


def _load() -> None:
    """Load what judges and shows, while others answer."""
    for module in ("sources.conda.candidates", "checks.registry", "analysis.availability", "reports.table"):
        import_module(f"onelist.{module}")


def policy_of(arguments: argparse.Namespace, caching: Caching | None = None) -> Policy:
    """Return whom to ask and how; one for a call, so that connections and what was read serve all its questions.

    Args:
        arguments: The call.
        caching: What earlier answers are good for; None for what the call says.

    Raises:
        UsageError: The call contradicts itself.
    """
    from onelist.sources.config import Policy

    return Policy(
        environment=os.environ,
        index_url=arguments.index_url,
        extra_index_urls=tuple(arguments.extra_index_url),
        caching=caching or _caching(arguments),
        deadline=arguments.timeout,
        now=datetime.datetime.now(tz=datetime.UTC),
    )


def _caching(arguments: argparse.Namespace) -> Caching:
    from onelist.sources.cache import Caching

    if arguments.offline and arguments.refresh:
        raise UsageError("--offline asks nobody and --refresh asks everybody anew.", "Leave out one of the two.")
    return Caching.ONLY if arguments.offline else Caching.RENEW if arguments.refresh else Caching.USE


def prove(
    lists: Sequence[tuple[Listed, Evidence]],
    policy: Policy,
    arguments: argparse.Namespace,
    beside: Sequence[Listed] = (),
) -> dict[int, tuple[Resolution, ...]]:
    """Ask the resolvers about several lists together; return the resolutions of each."""
    if arguments.no_resolve:
        return {}
    from onelist.analysis import resolve
    from onelist.analysis.resolution import INSTALLERS, Narrowing, cases
    from onelist.reports.progress import Progress
    from onelist.translation.pins import allowed_pins

    installers = (arguments.installer,) if arguments.installer else INSTALLERS
    wanted = Narrowing(targets=frozenset(arguments.target), installers=installers)
    among = {str(target) for _, evidence in lists for target in evidence.among}
    among |= {str(target) for one in beside for target in targets_of(one.project.settings)}
    for target in arguments.target:
        if target not in among:
            raise UsageError(f"{shortened(target)} is no target of the list.", f"They are {', '.join(sorted(among))}.")
    asked = {
        id(one): cases(evidence, one.plan.outcomes, wanted, allowed_pins(one.project.settings, today()))
        for one, evidence in lists
    }
    stream = sys.stderr if sys.stderr.isatty() and not arguments.quiet else None
    with Progress(stream, "resolving") as progress:
        found = iter(resolve.prove([case for some in asked.values() for case in some], policy, progress.tell))
    return {key: tuple(next(found) for _ in some) for key, some in asked.items()}


def targets_of(settings: Settings) -> tuple[Target, ...]:
    """Return every target of a list."""
    from onelist.core.targets import all_targets

    return all_targets(settings.platforms, settings.min_python)


def evidence_of(one: Listed, availability: Availability, channels: Sequence[str]) -> Evidence:
    """Return what one list is judged by."""
    from onelist.analysis.availability import weigh

    return weigh(one.project.settings, one.asked, one.plan.name, availability, channels)


def judge(one: Listed, evidence: Evidence | None, resolutions: Sequence[Resolution] = ()) -> tuple[Finding, ...]:
    """Return all findings about one list."""
    from onelist.checks.registry import check_all, check_settings

    if evidence is None:
        return check_settings(one.project, one.plan, today())
    return check_all(one.project, one.plan, today(), evidence, resolutions)


def chosen_of(findings: tuple[Finding, ...], wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return the findings whose codes begin as wanted, and not as unwanted."""
    return tuple(
        finding
        for finding in findings
        if (not wanted or finding.code.startswith(wanted)) and not (unwanted and finding.code.startswith(unwanted))
    )


def codes_of(codes: str) -> tuple[str, ...]:
    """Return the beginnings of codes that an option names.

    Raises:
        UsageError: No code begins so.
    """
    from onelist.core.rules import RULES

    prefixes = tuple(part.strip().upper() for part in codes.split(",") if part.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise UsageError(f"No finding has a code that begins with {prefix}.", "docs/findings.md lists the codes.")
    return prefixes


def today() -> datetime.date:
    """Return the day, in UTC."""
    return datetime.datetime.now(tz=datetime.UTC).date()
