"""What judges a list: check and explain."""

from __future__ import annotations

import datetime
import os
import sys
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.commands.shared import CLEAN, FINDINGS, UNKNOWN, USAGE, one_or_several, print_json, single, today
from onelist.exceptions import SettingsError, UsageError
from onelist.items import parse_requirement
from onelist.model import Requirement, Severity, Span
from onelist.parsing import shortened
from onelist.plan import make_plan
from onelist.project import find_settings, load_project
from onelist.reports import text
from onelist.reports.jsontext import check_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from packaging.requirements import Requirement as Pep508

    from onelist.availability import Availability
    from onelist.channels.policy import Policy
    from onelist.evidence import Evidence
    from onelist.model import Finding, Project, Source
    from onelist.plan import Plan
    from onelist.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A settings file that could be read, with what is to be asked about it."""

    project: Project
    plan: Plan
    asked: tuple[Question, ...]


def check(arguments: argparse.Namespace) -> int:
    """Judge settings files: with the index and the channels, unless no such finding is wanted."""
    select, ignore = _codes(arguments.select), _codes(arguments.ignore)
    read = {path: _read(path) for path in find_settings(map(Path, arguments.paths))}
    lists = [one for one in read.values() if isinstance(one, _Listed)]
    availability = _ask(lists, arguments) if lists and not arguments.settings_only else None
    results = []
    codes = set()
    for path, one in read.items():
        evidence = None
        source: Source | None
        if isinstance(one, _Listed):
            settings, source = one.project.settings, one.project.settings.source
            evidence = _evidence(one, availability, arguments.channel) if availability else None
            findings = _judge(one, evidence)
        else:
            settings, source, findings = None, one.source, one.findings
        chosen = _chosen(findings, select, ignore)
        codes.add(USAGE if settings is None else _exit_code(findings, chosen, evidence))
        if arguments.format == "text":
            _print(str(path), evidence, text.findings_text(chosen, source), chosen, len(findings) - len(chosen))
        else:
            results.append(check_json(settings, chosen, evidence))
    if arguments.format == "json":
        print_json(one_or_several(results), indent=None)
    return next(code for code in (USAGE, FINDINGS, UNKNOWN, CLEAN) if code in codes)


def explain(arguments: argparse.Namespace) -> int:
    """Tell the story of one requirement, listed or not."""
    from onelist.questions import about
    from onelist.reports.story import Telling, has_unknown, story_text

    project = single(arguments.path)
    wanted = parse_requirement(arguments.name)
    if wanted is None or wanted.url:
        raise UsageError(
            f"{shortened(arguments.name)} is not the name of a package.", "Write one name, such as pandas."
        )
    one = _listed(project)
    asked = about(one.asked, wanted.name)
    is_listed = bool(asked)
    if not is_listed:
        one = _listed(_as_if_listed(project, wanted))
        asked = about(one.asked, wanted.name)[-1:]
    one = replace(one, asked=asked)
    evidence = _evidence(one, _ask([one], arguments), arguments.channel)
    findings = _judge(one, evidence)
    unknown = False
    for question in asked:
        place = question.requirement.span
        own = tuple(finding for finding in findings if finding.span == place or finding.code.startswith("H00"))
        telling = Telling(
            settings=one.project.settings, question=question, is_listed=is_listed, evidence=evidence, findings=own
        )
        sys.stdout.write(story_text(telling))
        unknown = unknown or has_unknown(telling)
    return UNKNOWN if unknown else CLEAN


def _as_if_listed(project: Project, wanted: Pep508) -> Project:
    """Return a project as it would be if a requirement stood at the end of ``requirements``."""
    nowhere = Span(line=len(project.settings.source.lines) + 1, column=1)
    item = Requirement(key="requirements", text=str(wanted), span=nowhere, pep508=wanted)
    settings = replace(project.settings, requirements=(*project.settings.requirements, item))
    return replace(project, settings=settings)


def _read(path: Path) -> _Listed | SettingsError:
    try:
        return _listed(load_project(path))
    except SettingsError as error:
        return error


def _listed(project: Project) -> _Listed:
    from onelist.questions import questions

    plan = make_plan(project.settings)
    return _Listed(project=project, plan=plan, asked=questions(plan.outcomes, project.settings.conda_names))


def _ask(lists: Sequence[_Listed], arguments: argparse.Namespace) -> Availability:
    """Ask everything that several lists want to know, each thing once."""
    from onelist.availability import Availability
    from onelist.progress import Progress
    from onelist.survey import inquiry, survey

    wanted = inquiry([(one.project.settings, one.plan.name, one.asked) for one in lists], arguments.channel)
    stream = sys.stderr if sys.stderr.isatty() and not arguments.quiet else None
    with Progress(stream) as progress:
        return Availability(survey(wanted, _policy(arguments), progress.tell, _load))


def _load() -> None:
    """Load what judges and shows, while others answer."""
    for module in ("channels.builds", "checks", "evidence", "reports.table"):
        import_module(f"onelist.{module}")


def _policy(arguments: argparse.Namespace) -> Policy:
    from onelist.channels.pages import Caching
    from onelist.channels.policy import Policy

    if arguments.offline and arguments.refresh:
        raise UsageError("--offline asks nobody and --refresh asks everybody anew.", "Leave out one of the two.")
    caching = Caching.ONLY if arguments.offline else Caching.RENEW if arguments.refresh else Caching.USE
    return Policy(
        environment=os.environ,
        index_url=arguments.index_url,
        extra_index_urls=tuple(arguments.extra_index_url),
        caching=caching,
        deadline=arguments.timeout,
        now=datetime.datetime.now(tz=datetime.UTC),
    )


def _evidence(one: _Listed, availability: Availability, channels: Sequence[str]) -> Evidence:
    from onelist.evidence import weigh

    return weigh(one.project.settings, one.asked, one.plan.name, availability, channels)


def _judge(one: _Listed, evidence: Evidence | None) -> tuple[Finding, ...]:
    from onelist.checks import check_all, check_settings

    if evidence is None:
        return check_settings(one.project, one.plan, today())
    return check_all(one.project, one.plan, today(), evidence)


def _exit_code(findings: Sequence[Finding], chosen: Sequence[Finding], evidence: Evidence | None) -> int:
    """Return the exit code for one list: what could not be found out counts, shown or not."""
    if any(finding.severity in {Severity.ERROR, Severity.WARNING} for finding in chosen):
        return FINDINGS
    unknown = any(finding.severity is Severity.UNKNOWN for finding in findings)
    return UNKNOWN if unknown or (evidence and evidence.has_unknown) else CLEAN


def _print(path: str, evidence: Evidence | None, shown: str, chosen: Sequence[Finding], hidden: int) -> None:
    if evidence:
        from onelist.reports.table import table_text

        sys.stdout.write(table_text(evidence) + "\n")
    sys.stdout.write(shown)
    sys.stdout.write(text.summary_text(path, chosen, hidden) + "\n")


def _chosen(findings: tuple[Finding, ...], wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(
        finding
        for finding in findings
        if (not wanted or finding.code.startswith(wanted)) and not (unwanted and finding.code.startswith(unwanted))
    )


def _codes(codes: str) -> tuple[str, ...]:
    from onelist.catalogue import RULES

    prefixes = tuple(part.strip().upper() for part in codes.split(",") if part.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise UsageError(f"No finding has a code that begins with {prefix}.", "docs/findings.md lists the codes.")
    return prefixes
