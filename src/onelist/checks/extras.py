"""D104: what an extra brings for which no conda package is known, according to the package index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.core import rules
from onelist.core.model import Requirement
from onelist.core.targets import in_words, listed
from onelist.core.text import shortened
from onelist.sources.faults import SourceError
from onelist.translation import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.availability import ListAvailability
    from onelist.analysis.extra_content import Brought, ExtraContent
    from onelist.analysis.listed import ListedRequirement
    from onelist.core.findings import Finding
    from onelist.core.model import Settings

_MOST_NAMED = 8
"""How many packages of an extra a message names."""
_MOST_LISTED = 60
"""How many conda names the hint lists, to be copied."""
_REST = " onelist does not propose those with a note in brackets."


def check(settings: Settings, availability: ListAvailability, entry: ListedRequirement) -> Iterator[Finding]:
    """Yield what the package index says about the extras of a requirement for which no conda package is known."""
    item, conda, content = entry.requirement, entry.query.conda, availability.extras.get(entry.id)
    if not isinstance(item, Requirement) or conda is None or content is None:
        return
    wanted = sorted({str(canonicalize_name(extra)) for extra in item.pep508.extras})
    fields: dict[str, Any] = {
        "asked": f"{item.written_name}[{','.join(wanted)}]",
        "conda_name": conda.name,
        "extras": _extras(wanted),
        "verb": "brings" if len(wanted) == 1 else "bring",
    }
    if isinstance(content, SourceError):
        variant = "unknown"
        fields["reason"] = content.reason
    else:
        variant = "missing" if content.missing else "" if content.brings else "nothing"
        fields |= _content_fields(settings, content)
    yield rules.INDEX_HAS_EXTRA.for_requirement(settings.source.file, item, variant=variant, **fields)


def _content_fields(settings: Settings, content: ExtraContent) -> dict[str, Any]:
    words, packages = [], dict[str, None]()
    for one in content.brings:
        conda = names.conda_name(one.name, frozenset(one.extras), settings.conda_names)
        note = _note(one, content, conda)
        words.append(f"{shortened(str(one))}{f' ({note})' if note else ''}")
        if conda and not note:
            packages[conda.name] = None
    listed_names = list(packages)[:_MOST_LISTED]
    more = len(packages) - len(listed_names)
    offered = _some([shortened(extra) for extra in content.offered])
    return {
        "version": content.version,
        "brings": _some(words),
        "packages": f" and list these in conda_requirements: {' '.join(listed_names)}" if packages else "",
        "more": f" and {more} more" if more else "",
        "rest": _REST if any(word.endswith(")") for word in words) else "",
        "missing": _extras(content.missing),
        "offered": f"Its extras are {offered}" if content.offered else "It has no extras",
    }


def _note(one: Brought, content: ExtraContent, conda: names.CondaName | None) -> str:
    """Return why conda does not get the same with a conda name in ``conda_requirements``; ``""`` where it does."""
    if one.by_address:
        return "by its address"
    if conda is None:
        return "no conda package is known for its extra"
    if len(one.targets) < len(content.targets):
        return in_words(one.targets, content.targets)
    return ""


def _some(words: Sequence[str]) -> str:
    more = len(words) - _MOST_NAMED
    return listed([*words[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]) if words else ""


def _extras(extras: Sequence[str]) -> str:
    """Return the extras with the word for them: ``extra all`` or ``extras a and b``."""
    return f"extra{'' if len(extras) == 1 else 's'} {listed([shortened(one) for one in extras])}" if extras else ""
