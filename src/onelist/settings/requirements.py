"""The lists of settings.ini -> requirements, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core import rules
from onelist.core.findings import Edit, Remove, Replace, RequirementId
from onelist.core.model import PLAIN_LISTS, CondaRequirement, Requirement
from onelist.core.text import redact
from onelist.settings.mistakes import Mistake, explain
from onelist.settings.tokens import split, split_requirements
from onelist.translation import markers, specifiers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onelist.settings.context import ParseContext
    from onelist.settings.tokens import Item

_CONDA = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?P<version>[<>=!~].*)?")

_EXPLAINED = re.compile(r"[^:]+::|(?i:python)(?![A-Za-z0-9_.-])")
"""Slips that are the same among conda names as among PyPI names."""
_NOT_CONDA = Mistake(
    clause="is not a conda name with versions behind it",
    hint="Write a name such as python-graphviz, or name>=1.2,<2 in one piece.",
)


def pip_list(parsing: ParseContext, key: str) -> tuple[Requirement, ...]:
    """Return the requirements that a key lists, by their PyPI names.

    Args:
        parsing: The file; complaints go there.
        key: ``requirements`` or any other key of that kind.

    Returns:
        The items that are requirements, in order.
    """
    option = parsing.option(key)
    if option is None:
        return ()
    result = []
    for number, item in enumerate(split_requirements(option), start=1):
        if item.comment:
            complain_of_comment(parsing, item)
        elif item.parsed is None or not _is_written_well(item):
            _complain_of_slip(parsing, item)
        else:
            requirement_id = RequirementId(key=key, number=number)
            result.append(Requirement(id=requirement_id, text=item.text, span=item.span, pep508=item.parsed))
    _look_for_oddities(parsing, result)
    if key in PLAIN_LISTS:
        _look_for_itself(parsing, result)
        _look_for_repeated(parsing, result, parsing.listed)
    else:
        _look_for_own_extras(parsing, key, result)
        _look_for_repeated(parsing, result, {})
    return tuple(result)


def conda_list(parsing: ParseContext, key: str) -> tuple[CondaRequirement, ...]:
    """Return the requirements that a key lists by conda names.

    Args:
        parsing: The file; complaints go there.
        key: ``conda_requirements``.

    Returns:
        The items that a recipe can carry, in order.
    """
    option = parsing.option(key)
    if option is None:
        return ()
    result = []
    for number, item in enumerate(split(option), start=1):
        if item.comment:
            complain_of_comment(parsing, item)
        elif requirement := _conda_requirement(parsing, RequirementId(key=key, number=number), item):
            result.append(requirement)
    _look_for_repeated(parsing, result, {})
    return tuple(result)


def _is_written_well(item: Item) -> bool:
    """Tell whether a valid requirement (PEP 508) is one that means the same to whoever splits the list at blanks."""
    requirement = item.parsed
    if requirement is None or canonicalize_name(requirement.name) == "python":
        return False
    if requirement.url:
        return re.fullmatch(r"(?:https?|(?:git|hg|svn|bzr)\+[a-z+]+)://[^/\s][^;]*", requirement.url) is not None
    return item.quoted or not re.search(r"\s", item.text.partition(";")[0].strip())


def _conda_requirement(parsing: ParseContext, requirement_id: RequirementId, item: Item) -> CondaRequirement | None:
    match = _CONDA.fullmatch(item.text)
    clauses = specifiers.conda_clauses(match["version"] or "") if match else None
    if match is None or clauses is None or match["name"].lower() == "python":
        slip = explain(item.text) if _EXPLAINED.match(item.text) else _NOT_CONDA
        parsing.report(
            rules.NOT_CONDA_NAME,
            f"{redact(item.text)} {slip.clause}.",
            span=item.span,
            hint=redact(slip.hint),
            requirement=redact(item.text),
        )
        return None
    return CondaRequirement(
        id=requirement_id,
        text=item.text,
        span=item.span,
        name=match["name"].lower(),
        clauses=clauses.written,
        pins=clauses.pins,
    )


def complain_of_comment(parsing: ParseContext, item: Item) -> None:
    """Complain of a ``#`` behind a value."""
    parsing.report(
        rules.BAD_REQUIREMENT,
        "A # does not begin a comment behind a value; pip and nbdev would take the words for names.",
        span=item.span,
        hint="Put the comment on a line of its own that begins with #.",
        requirement=redact(item.text),
    )


def _complain_of_slip(parsing: ParseContext, item: Item) -> None:
    slip = explain(item.text)
    parsing.report(
        rules.BAD_REQUIREMENT,
        f"{redact(item.text)} {slip.clause}.",
        span=item.span,
        hint=redact(slip.hint),
        requirement=redact(item.text),
        edit=Edit(changes=(Replace(span=item.span, text=slip.mended),)) if slip.mended else None,
    )


def _look_for_repeated(
    parsing: ParseContext,
    items: Iterable[Requirement | CondaRequirement],
    seen: dict[tuple[str, str], Requirement | CondaRequirement],
) -> None:
    """Complain of each item whose name (with the same marker) is in ``seen``, and put the others there."""
    for item in items:
        marker = str(item.pep508.marker or "") if isinstance(item, Requirement) else ""
        first = seen.setdefault((item.name, marker), item)
        if first.id != item.id:
            where = first.span
            parsing.report_requirement(
                rules.REPEATED,
                item,
                f"{item.name} is listed a second time; the first is in line {where.line}, column {where.column}.",
                hint="Delete one of the two.",
                edit=Edit(changes=(Remove(span=item.span),), unsafe=not _says_no_more(item, first)),
            )


def _says_no_more(item: Requirement | CondaRequirement, first: Requirement | CondaRequirement) -> bool:
    """Tell whether a second item of a name can go without loss: it asks for nothing that the first does not."""
    if first.key == "pip_requirements" != item.key:
        return False
    if isinstance(item, Requirement) and isinstance(first, Requirement):
        bare = not (item.pep508.specifier or item.pep508.extras or item.pep508.url)
        return bare or str(item.pep508) == str(first.pep508)
    return item.text == first.text or item.text.lower() == item.name


def _look_for_itself(parsing: ParseContext, items: Iterable[Requirement]) -> None:
    own = canonicalize_name(parsing.line("lib_name"))
    for item in items:
        if item.name == own:
            parsing.report_requirement(
                rules.BAD_REQUIREMENT,
                item,
                f"{item.name} is the list itself, which cannot ask for itself.",
                hint="Leave it out.",
            )


def _look_for_own_extras(parsing: ParseContext, key: str, items: Iterable[Requirement]) -> None:
    """Complain where an extra asks for an extra of the list itself that is not there."""
    own = canonicalize_name(parsing.line("lib_name"))
    groups = (other for other in parsing.document.options if other.endswith("_requirements"))
    known = {canonicalize_name(other.removesuffix("_requirements")) for other in groups if other != key}
    known -= {"pip", "conda"}
    for item in items:
        missing = sorted({canonicalize_name(extra) for extra in item.pep508.extras} - known)
        if item.name == own and missing:
            parsing.report_requirement(
                rules.BAD_REQUIREMENT,
                item,
                f"{item.text} asks for the extra {missing[0]} of the list itself, which is not there.",
                hint="Leave it out, or name another key that ends in _requirements.",
            )


def _look_for_oddities(parsing: ParseContext, items: Iterable[Requirement]) -> None:
    for item in items:
        if item.pep508.url:
            parsing.report_requirement(
                rules.DIRECT_URL,
                item,
                f"{item.name} is asked for by its address; the public package index refuses such a wheel.",
                hint="List the name alone once a release with what you need is on the index.",
            )
        if item.pep508.marker and markers.asks_for_extra(item.pep508.marker):
            parsing.report_requirement(
                rules.EXTRA_MARKER,
                item,
                f"{item.name} is asked for by an extra only, so an installation of the list leaves it out.",
                hint="List it, without the marker, in a key such as dev_requirements, which makes the extra dev."
                if item.key in PLAIN_LISTS
                else f"Leave out the marker: {item.key} makes an extra already.",
            )
