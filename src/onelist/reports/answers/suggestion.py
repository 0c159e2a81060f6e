"""The answer to a suggestion: who gets the package, what it adds, and whether the whole list still installs with it.

An answer is a list of paragraphs; one that begins with ``-`` is an item of an enumeration. As Markdown, all text is
shown literally (see :func:`onelist.reports.github_summary.literal`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.resolving.resolution import ConflictKind, Resolved, Unsatisfiable
from onelist.analysis.suggested_name import NameProblem
from onelist.analysis.suggestion import bringing, effects
from onelist.core.model import PLAIN_LISTS
from onelist.core.status import Unknown
from onelist.core.targets import PLATFORMS, listed, python_words
from onelist.reports.answers.explain import Explanation, installs, should_be_added, users_of
from onelist.reports.github_summary import literal
from onelist.reports.table import size_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.resolving.resolution import Conflict
    from onelist.analysis.suggested_name import SuggestedName
    from onelist.analysis.suggestion import Effect, Suggestion
    from onelist.core.targets import Target

_LONGEST = 20_000
"""Characters of an answer; a comment on GitHub takes 65,536."""
_MORE = "The rest is left out."
_MOST_NAMES = 5
_BULLET = "- "


_WITHOUT_NAME = {
    NameProblem.EMPTY: "The suggestion has no name. Write the name of one package, such as pandas.",
    NameProblem.SEVERAL: "A suggestion is about one package. Write one name, and suggest the others separately.",
    NameProblem.NOT_A_NAME: "This is not the name of a package. A name has only letters from a to z, digits, hyphens, "
    "underscores and dots. Write only the name, as it stands after pip install.",
}
"""The answers to texts that name no package."""


def name_lines(named: SuggestedName, item: str = "") -> list[str]:
    """Return the answer to a text that is not a name to look up.

    Args:
        named: What the text names, with its problem.
        item: Where the list has the project that is meant, as :func:`listed_line` says it; ``""`` if it has not.

    Returns:
        Paragraphs.
    """
    name, instead, problem = named.name, named.instead, named.problem
    if problem in _WITHOUT_NAME:
        return [_WITHOUT_NAME[problem]]
    if problem is NameProblem.MORE_THAN_A_NAME:
        return [f"A suggestion is only a name, without versions, extras and conditions. Write {name}."]
    if problem is NameProblem.PYTHON:
        return [f"{name} is a part of Python. Everyone who has Python has it, so there is nothing to add."]
    kind = "what you import" if problem is NameProblem.MODULE else "the name on conda"
    meant = f"{name} is {kind}. The name of the package on the package index is {instead}."
    if item:
        return [meant, item]
    other = f" If you mean another package that is called {name}, ask a maintainer." if named.has_namesake else ""
    return [f"{meant} Write {instead}.{other}"]


def suggestion_lines(found: Suggestion) -> list[str]:
    """Return the answer to a suggestion as paragraphs."""
    if found.listed:
        return [listed_line(found)]
    if found.refused or found.entry is None or found.availability is None:
        return [f"{found.name} cannot be added to the list. {found.refused}"]
    explanation = Explanation(
        settings=found.settings, entry=found.entry, is_listed=False, availability=found.availability, findings=()
    )
    lines = [f"{found.name} is not in the list yet.", *(_BULLET + text.strip() for text in installs(explanation))]
    whole = [_BULLET + text for text in _whole(found)]
    if whole:
        checked = "It was checked on one platform of each operating system; onelist check looks at all of them."
        lines += [f"The whole list with it. {checked}", *whole]
    should = should_be_added(explanation)
    if any(map(_breaks, effects(found))) and (place := found.placement):
        broken = "with it, the list can no longer be installed where the lines above say so"
        should = f"No: {broken}. If you want it all the same, write {place.text} in {place.key}."
    return [*lines, f"Should you add it? {should}"]


def _breaks(effect: Effect) -> bool:
    """Tell whether the list installs only without the package."""
    return isinstance(effect.before, Resolved) and isinstance(effect.after, Unsatisfiable)


def listed_line(found: Suggestion) -> str:
    """Return where the list has a package already."""
    file = found.settings.source.file
    items = [entry.requirement for entry in found.listed]
    places = [
        f"line {item.span.line} of {file} lists {item.text} in {item.key}, {users_of(item, found.settings)}"
        for item in items
    ]
    extra = all(item.key not in PLAIN_LISTS for item in items)
    ask = " If everybody needs it, ask a maintainer to list it in requirements." if extra else ""
    return f"{found.name} is in the list already: {listed(places)}.{ask}"


def _whole(found: Suggestion) -> Iterator[str]:
    """Yield what the package changes for each installer; targets with the same text are named together."""
    groups: dict[tuple[str, str], list[Target]] = {}
    for effect in effects(found):
        groups.setdefault((effect.installer, _effect(found.name, effect)), []).append(effect.target)
    for (installer, text), targets in groups.items():
        platforms = listed([PLATFORMS[target.platform].words for target in targets])
        yield f"with {installer} on {platforms} with Python {python_words(targets[0].python)}: {text}"


def _effect(name: str, effect: Effect) -> str:
    match effect.before, effect.after:
        case Resolved() as before, Resolved() as after:
            return f"installs. {_addition(name, bringing(effect), before, after)}"
        case Unsatisfiable(), _:
            return "cannot be installed, with it or without it."
        case (Unknown(reason=reason), _) | (_, Unknown(reason=reason)):
            return f"could not be checked: {reason}."
        case _, Unsatisfiable(conflicts=conflicts):
            return f"can no longer be installed: {listed([_conflict(one) for one in conflicts[:1]])}."
        case _:
            return "installs."


def _addition(name: str, way: str, before: Resolved, after: Resolved) -> str:
    """Return what is downloaded in addition, and which versions change."""
    old = {package.name: package for package in before.packages}
    more = [package.name for package in after.packages if package.name not in old]
    changed = [
        f"{package.name} {old[package.name].version} -> {package.version}"
        for package in after.packages
        if package.name in old and package.version != old[package.name].version
    ]
    others = f" Other versions are taken: {_few(changed)}." if changed else ""
    if not more:
        through = f"{name} already comes with {way}. " if way else ""
        return f"{through}It adds no package to the download.{others}"
    count = f"{len(more)} package{'s' if len(more) > 1 else ''} ({_few(more)})"
    return f"It adds {count}: {_size(before, after)}.{others}"


def _size(before: Resolved, after: Resolved) -> str:
    """Return how much more is downloaded; packages that stay as they are do not matter."""
    old, new = ({(one.name, one.version, one.size) for one in status.packages} for status in (before, after))
    sizes = [(size, 1) for *_, size in new - old] + [(size, -1) for *_, size in old - new]
    if any(size is None for size, _ in sizes):
        return "how much more is downloaded is not known"
    more = sum((size or 0) * sign for size, sign in sizes)
    total = "" if before.download is None else f" (before: {size_words(before.download)})"
    return f"{size_words(max(more, 0))} more to download{total}"


def _conflict(conflict: Conflict) -> str:
    texts = _few([member.requirement.text for member in conflict.members])
    return f"{texts} {'is ' if conflict.kind is ConflictKind.UNAVAILABLE else ''}{conflict.kind.value}"


def _few(texts: Sequence[str]) -> str:
    left = len(texts) - _MOST_NAMES
    return listed([*texts[:_MOST_NAMES], f"{left} more"] if left > 0 else list(texts))


def as_markdown(lines: Sequence[str]) -> str:
    """Return an answer as Markdown in which no text of others is markup; a long one is cut and says so."""
    text, before = "", ""
    for line in lines:
        is_item = line.startswith(_BULLET)
        shown = _BULLET + literal(line.removeprefix(_BULLET)) if is_item else literal(line)
        between = "\n" if is_item and before.startswith(_BULLET) else "\n\n"
        if len(text) + len(shown) > _LONGEST:
            return f"{text}\n\n{_MORE}\n"
        text += f"{between if text else ''}{shown}"
        before = line
    return f"{text}\n"
