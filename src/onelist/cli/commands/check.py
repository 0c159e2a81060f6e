"""What judges a list: check and explain."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.api import ask, check_lists, chosen_of, codes_of, evidence_of, judge, listed, policy_of, read
from onelist.cli import output
from onelist.cli.shared import CLEAN, UNKNOWN, single
from onelist.core.errors import UsageError, exit_code_of_all
from onelist.core.findings import Span
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
    from onelist.analysis.queries import about
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
    asked = about(one.asked, wanted.name)
    is_listed = bool(asked)
    if not is_listed:
        one = listed(_as_if_listed(project, wanted))
        asked = about(one.asked, wanted.name)[-1:]
    one = replace(one, asked=asked)
    availability = evidence_of(one, ask([one], policy_of(arguments), arguments), arguments.channel)
    findings = judge(one, availability)
    unknown = False
    for question in asked:
        place = question.requirement.span
        own = tuple(finding for finding in findings if finding.span == place or finding.code.startswith("H00"))
        telling = Explanation(
            settings=one.project.settings,
            question=question,
            is_listed=is_listed,
            availability=availability,
            findings=own,
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
