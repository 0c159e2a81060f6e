"""The lists of settings.ini -> requirements, each with its place."""

from __future__ import annotations

import re
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core import rules
from onelist.core.findings import Edit, RaisePython, Remove, Replace, RequirementId, Span
from onelist.core.model import PLAIN_LISTS, CondaRequirement, Requirement
from onelist.core.text import redact
from onelist.settings.editing.corrections import correct, is_suspicious
from onelist.settings.tokens import split, split_requirements
from onelist.translation import markers, specifiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from onelist.core.findings import Change
    from onelist.core.rules import Rule
    from onelist.settings.context import ParseContext
    from onelist.settings.editing.corrections import Correction
    from onelist.settings.tokens import Token

_LONGEST_SUGGESTION = 300
"""The longest list that a hint shows, in characters."""
_CONDA = re.compile(r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?P<version>[<>=!~].*)?")

_DIAGNOSED = re.compile(r"[^:]+::|(?i:python)(?![A-Za-z0-9_.-])")
"""Mistakes that are the same for conda names and for PyPI names."""


def pip_list(parsing: ParseContext, key: str) -> tuple[Requirement, ...]:
    """Return the requirements that a key lists, by their PyPI names.

    Args:
        parsing: The file; findings go there.
        key: ``requirements`` or any other key of that kind.

    Returns:
        The items that are requirements, in order.
    """
    option = parsing.option(key)
    if option is None:
        return ()
    result = []
    tokens = split_requirements(option)
    corrected = _report_lines(parsing, tokens)
    for number, token in enumerate(tokens, start=1):
        if token.comment:
            report_comment(parsing, token)
        elif token.span.line in corrected:
            continue
        elif token.parsed is None or not _is_unambiguous(token):
            _report_mistake(parsing, rules.BAD_REQUIREMENT, token)
        else:
            requirement_id = RequirementId(key=key, number=number)
            result.append(Requirement(id=requirement_id, text=token.text, span=token.span, pep508=token.parsed))
    _look_for_special_forms(parsing, result)
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
        parsing: The file; findings go there.
        key: ``conda_requirements``.

    Returns:
        The items that are valid in a recipe, in order.
    """
    option = parsing.option(key)
    if option is None:
        return ()
    result = []
    for number, token in enumerate(split(option), start=1):
        if token.comment:
            report_comment(parsing, token)
        elif requirement := _conda_requirement(parsing, RequirementId(key=key, number=number), token):
            result.append(requirement)
    _look_for_repeated(parsing, result, {})
    return tuple(result)


def _is_unambiguous(token: Token) -> bool:
    """Tell whether a valid requirement (PEP 508) means the same to a tool that splits the list at white space."""
    requirement = token.parsed
    if requirement is None or canonicalize_name(requirement.name) == "python":
        return False
    if requirement.url:
        return re.fullmatch(r"(?:https?|(?:git|hg|svn|bzr)\+[a-z+]+)://[^/\s][^;]*", requirement.url) is not None
    return token.quoted or not re.search(r"\s", token.text.partition(";")[0].strip())


class _CorrectedLine(NamedTuple):
    """A line that is no list of requirements, and what was meant.

    Attributes:
        span: The part of the line that belongs to the value.
        text: That part, as written.
        meant: The list that was meant.
    """

    span: Span
    text: str
    meant: Correction

    @property
    def change(self) -> Change:
        """The change that writes what was meant."""
        return Replace(span=self.span, text=self.meant.text) if self.meant.text else Remove(span=self.span)


def _report_lines(parsing: ParseContext, tokens: Sequence[Token]) -> frozenset[int]:
    """Report lines that are no lists of requirements, with the list that was meant; return their numbers.

    Lines with the same mistake, such as a bullet each, have one finding.
    """
    by_line: dict[int, list[Token]] = {}
    for token in tokens:
        if not token.comment:
            by_line.setdefault(token.span.line, []).append(token)
    lines = [one for one in (_corrected(parsing, some) for some in by_line.values()) if one]
    by_reason: dict[str, list[_CorrectedLine]] = {}
    for one in lines:
        by_reason.setdefault(one.meant.reason, []).append(one)
        parsing.forget(one.span.line, (rules.INTERPOLATION, rules.CONTROL_CHARACTER))  # the correction has neither
    for reason, some in by_reason.items():
        suggestion = " ".join(one.meant.text for one in some if one.meant.text)
        parsing.report(
            rules.BAD_REQUIREMENT,
            ("names" if suggestion else "no_names") + ("_in_lines" if some[1:] else "_in_line"),
            span=some[0].span,
            requirement=redact(some[0].text),
            item=redact(some[0].text),
            reason=reason,
            suggestion=redact(shorten(suggestion, _LONGEST_SUGGESTION, placeholder=" ...")),
            edit=Edit(changes=tuple(one.change for one in some)),
            more=f"{len(some) - 1} more line{'s' if some[2:] else ''}",
        )
    return frozenset(one.span.line for one in lines)


def _corrected(parsing: ParseContext, tokens: Sequence[Token]) -> _CorrectedLine | None:
    """Return a line with what was meant; None for a list, and where that is not certain."""
    first, last = tokens[0].span, tokens[-1].span
    line = parsing.document.source.lines[first.line - 1]
    text = line[first.column - 1 : last.column - 1 + last.length]
    is_literal = all(token.text in text for token in tokens)  # and not from a %(name)s
    if not is_literal or not (any(map(_is_unknown, tokens)) or is_suspicious(text, [token.text for token in tokens])):
        return None
    found = correct(text)
    return found and _CorrectedLine(Span(line=first.line, column=first.column, length=len(text)), text, found)


def _is_unknown(token: Token) -> bool:
    """Tell whether a word is no requirement, and no other message says what is wrong with it."""
    if token.parsed is not None and _is_unambiguous(token):
        return False
    from onelist.settings.mistakes import diagnose

    return diagnose(token.text).variant in _VAGUE


_VAGUE = frozenset({"", "no_name", "option", "option_file", "equals_without_name", "address_only", "letters"})
"""Variants about a single word that say less than what was meant by the whole line."""


def _conda_requirement(parsing: ParseContext, requirement_id: RequirementId, token: Token) -> CondaRequirement | None:
    match = _CONDA.fullmatch(token.text)
    clauses = specifiers.conda_clauses(match["version"] or "") if match else None
    if match is None or clauses is None or match["name"].lower() == "python":
        _report_mistake(parsing, rules.NOT_CONDA_NAME, token)
        return None
    return CondaRequirement(
        id=requirement_id,
        text=token.text,
        span=token.span,
        name=match["name"].lower(),
        clauses=clauses.written,
        pins=clauses.pins,
    )


def report_comment(parsing: ParseContext, token: Token) -> None:
    """Report a ``#`` after a value."""
    parsing.report(rules.BAD_REQUIREMENT, "comment", span=token.span, requirement=redact(token.text))


def _report_mistake(parsing: ParseContext, rule: Rule, token: Token) -> None:
    """Report an item that is not a requirement."""
    from onelist.settings.mistakes import UNKNOWN_MISTAKE, diagnose  # not at the top: most lists have no mistake

    is_known = rule is rules.BAD_REQUIREMENT or _DIAGNOSED.match(token.text)
    mistake = diagnose(token.text) if is_known else UNKNOWN_MISTAKE
    edit = Edit(changes=(Replace(span=token.span, text=mistake.fixed),)) if mistake.fixed else None
    if mistake.variant in {"python", "python_only"}:
        edit = _edit_to_min_python(parsing, token, mistake.fields.get("version"))
    parsing.report(
        rule,
        mistake.variant,
        span=token.span,
        requirement=redact(token.text),
        edit=edit,
        item=redact(token.text),
        **mistake.fields,
    )


def _edit_to_min_python(parsing: ParseContext, token: Token, version: str | None) -> Edit | None:
    """Return the edit that takes Python out of a list, and makes min_python at least the version that it asks for.

    Args:
        parsing: The file.
        token: The item.
        version: Such as ``3.9``; None where the item asks for no lowest one.

    Returns:
        The edit; None where min_python would have to be added.
    """
    removal = Remove(span=token.span)
    asked = _two_numbers(version or "")
    if asked is None:
        return Edit(changes=(removal,))
    floor = _two_numbers(parsing.line("min_python"))
    return floor and Edit(changes=(removal, RaisePython(python=asked)) if floor < asked else (removal,))


def _two_numbers(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,3})\.(\d{1,3})", text, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None


def _look_for_repeated(
    parsing: ParseContext,
    items: Iterable[Requirement | CondaRequirement],
    seen: dict[tuple[str, str], Requirement | CondaRequirement],
) -> None:
    """Report each requirement whose name (with the same marker) is in ``seen``, and add the others to it."""
    for item in items:
        marker = str(item.pep508.marker or "") if isinstance(item, Requirement) else ""
        first = seen.setdefault((item.name, marker), item)
        if first.id == item.id:
            continue
        if isinstance(item, Requirement) and isinstance(first, Requirement) and _excludes(item, first):
            bounds = [str(one.pep508.specifier) for one in (first, item)]
            parsing.report_requirement(rules.BAD_REQUIREMENT, item, "contradiction", first=bounds[0], second=bounds[1])
        else:
            parsing.report_requirement(
                rules.REPEATED,
                item,
                line=first.span.line,
                column=first.span.column,
                edit=Edit(changes=(Remove(span=item.span),), unsafe=not _is_superfluous(item, first)),
            )


def _excludes(item: Requirement, other: Requirement) -> bool:
    """Tell whether no version fits both of two requirements (PEP 440).

    Bounds change what fits only at the versions that they name, so these and versions just above them stand for all.
    """
    both = item.pep508.specifier & other.pep508.specifier
    bounds = [one.version.removesuffix(".*") for one in both]
    if any(one.operator == "===" for one in both):
        return False
    tried = ["0", *(version for bound in bounds for version in (bound, _just_above(bound)))]
    return bool(bounds) and not any(both.contains(version, prereleases=True) for version in tried)


def _just_above(bound: str) -> str:
    version = Version(bound)
    return f"{version.epoch}!{'.'.join(map(str, version.release))}.0.0.1"


def _is_superfluous(item: Requirement | CondaRequirement, first: Requirement | CondaRequirement) -> bool:
    """Tell whether a second item of a name is superfluous: it requires nothing that the first does not."""
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
            parsing.report_requirement(rules.BAD_REQUIREMENT, item, "itself")


def _look_for_own_extras(parsing: ParseContext, key: str, items: Iterable[Requirement]) -> None:
    """Report where an extra requires an extra of the list itself that does not exist."""
    own = canonicalize_name(parsing.line("lib_name"))
    this = canonicalize_name(key.removesuffix("_requirements"))
    for item in items:
        asked = sorted({canonicalize_name(extra) for extra in item.pep508.extras})
        missing = [extra for extra in asked if parsing.extras[extra] <= (extra == this)]
        if item.name == own and missing:
            parsing.report_requirement(rules.BAD_REQUIREMENT, item, "own_extra", extra=missing[0])


def _look_for_special_forms(parsing: ParseContext, items: Iterable[Requirement]) -> None:
    for item in items:
        if item.pep508.url:
            parsing.report_requirement(rules.DIRECT_URL, item)
        if item.pep508.marker and markers.asks_for_extra(item.pep508.marker):
            variant = "" if item.key in PLAIN_LISTS else "extra"
            parsing.report_requirement(rules.EXTRA_MARKER, item, variant, key=item.key)
