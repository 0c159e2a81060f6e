"""What judges a list: check and explain."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.api import ask, check_lists, chosen_of, codes_of, evidence_of, judge, listed, open_session, policy_of, read
from onelist.cli import output
from onelist.cli.shared import CLEAN, UNKNOWN, single
from onelist.core.errors import UsageError, exit_code_of_all
from onelist.core.findings import RequirementId, Span
from onelist.core.model import Requirement
from onelist.core.text import shortened
from onelist.settings.project import find_settings
from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    import argparse

    from packaging.requirements import Requirement as Pep508

    from onelist.cli.commands.shards import Part
    from onelist.core.model import Project


def check(arguments: argparse.Namespace) -> int:
    """Judge settings files: with the index, the channels and the resolvers, unless the call says otherwise."""
    select, ignore = codes_of(arguments.select), codes_of(arguments.ignore)
    part = _part(arguments)
    files = part.files if part else {path: read(path) for path in find_settings(map(Path, arguments.paths))}
    beside = part.beside if part else ()
    shown = []
    codes = set()
    for one in check_lists(files, arguments, asking=not arguments.settings_only, beside=beside):
        findings = chosen_of(one.findings, select, ignore)
        codes.add(one.exit_code(findings, arguments.fail_on))
        shown.append((one, findings))
        if arguments.format == "text":
            sys.stdout.write(output.as_text(one, findings))
    code = exit_code_of_all(codes)
    if arguments.format in output.WHOLE:
        output.WHOLE[arguments.format](shown, code, part)
    return code


def _part(arguments: argparse.Namespace) -> Part | None:
    """Return the shard that is asked for; None for all."""
    if arguments.shard is None:
        return None
    from onelist.cli.commands.shards import part_of

    return part_of(arguments)


def explain(arguments: argparse.Namespace) -> int:
    """Tell the story of one requirement, listed or not."""
    from onelist.analysis.listed import find_requirements
    from onelist.cli.commands.rule import is_rule, text_of
    from onelist.reports.explain import Explanation, has_unknown, story_text

    if is_rule(arguments.name):
        sys.stdout.write(f"{arguments.name} is not a requirement, but a rule of onelist check.\n\n")
        sys.stdout.write(text_of(arguments.name))
        return CLEAN
    project = single(arguments.path)
    wanted = parse_requirement(arguments.name)
    if wanted is None or wanted.url:
        raise UsageError(
            f"{shortened(arguments.name)} is not the name of a package.", "Write one name, such as pandas."
        )
    one = listed(project)
    requirements = find_requirements(one.requirements, wanted.name)
    is_listed = bool(requirements)
    if not is_listed:
        one = listed(_as_if_listed(project, wanted))
        requirements = find_requirements(one.requirements, wanted.name)[-1:]
    one = replace(one, requirements=requirements)
    availability = evidence_of(one, ask([one], open_session(policy_of(arguments)), arguments), arguments.channel)
    findings = judge(one, availability)
    unknown = False
    for entry in availability.requirements:
        own = tuple(
            finding for finding in findings if finding.requirement_id == entry.id or finding.code.startswith("H00")
        )
        telling = Explanation(
            settings=one.project.settings,
            entry=entry,
            is_listed=is_listed,
            availability=availability,
            findings=own,
        )
        sys.stdout.write(story_text(telling))
        unknown = unknown or has_unknown(telling)
    return UNKNOWN if unknown else CLEAN


def _as_if_listed(project: Project, wanted: Pep508) -> Project:
    """Return a project as it would be if a requirement stood at the end of ``requirements``."""
    listed_there = project.settings.requirements
    nowhere = Span(line=len(project.settings.source.lines) + 1, column=1)
    behind_all = RequirementId(key="requirements", number=1 + max((one.id.number for one in listed_there), default=0))
    item = Requirement(id=behind_all, text=str(wanted), span=nowhere, pep508=wanted)
    settings = replace(project.settings, requirements=(*listed_there, item))
    return replace(project, settings=settings)
