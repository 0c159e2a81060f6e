"""What `onelist unlisted` says: what programs import and the list does not bring, and what they never import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.unlisted import Brought
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.unlisted import ImportedModule, UnlistedResult
    from onelist.importing.code import Use

_WORDS = {Brought.MISSING: "error", Brought.UNKNOWN: "unknown"}
_MOST_NAMED = 4
_ORDER = (Brought.MISSING, Brought.UNKNOWN, Brought.THROUGH, Brought.EXTRA, Brought.CONDA)


def unlisted_lines(result: UnlistedResult) -> Iterator[str]:
    """Yield the result as lines for people, what you have to fix first; each line can be shown as it is."""
    for remark in result.unreadable:
        yield printable(f"unknown: {remark.text}")
    for kind in _ORDER:
        for one in result.of(kind):
            first, *others = one.uses
            yield printable(f"{_WORDS.get(kind, 'note')}: {place_text(first)}: import {one.module}")
            yield printable(f"    {_sentence(one)}")
            if others:
                yield printable("    Also in " + "; ".join(map(place_text, others)) + ".")
    if result.never_imported:
        yield printable(f"note: listed and never imported: {', '.join(result.never_imported)}")
        yield "    Some packages work without an import, such as jupyter. Remove what your course does not need."
    yield printable(_summary(result))


def place_text(use: Use) -> str:
    """Return where an import is: ``lesson.ipynb, cell 3, line 2`` or ``script.py:12``."""
    return f"{use.place}, line {use.line}" if use.place.part else f"{use.place}:{use.line}"


def _sentence(one: ImportedModule) -> str:
    through = _some(one.through)
    match one.brought:
        case Brought.MISSING:
            return f"The list does not bring {one.module}. Add {one.package} to requirements."
        case Brought.THROUGH:
            return (
                f"{one.package} comes only through {through}, and could be gone with a new version. "
                f"Add {one.package} to requirements."
            )
        case Brought.EXTRA:
            return f"{one.package} comes only with {through}, an extra. If all need it, add it to requirements."
        case Brought.CONDA:
            return f"Only conda users get {one.package}: it is in conda_requirements."
        case _:
            return f"It is unknown whether the list brings {one.module}: {one.reason}."


def _some(names: Sequence[str]) -> str:
    """Return names; of many, the first ones and a count."""
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} others"


def _summary(result: UnlistedResult) -> str:
    count = {kind: len(result.of(kind)) for kind in Brought}
    files = len(result.files)
    return (
        f"{result.file} for pip on {result.target}: {files} {'file' if files == 1 else 'files'}, "
        f"{len(result.imports)} imported; {count[Brought.MISSING]} not brought, "
        f"{count[Brought.UNKNOWN] + len(result.unreadable)} unknown, {count[Brought.THROUGH]} only through others"
    )


def unlisted_json(result: UnlistedResult) -> dict[str, Any]:
    """Return the result as plain data, for docs/schemas/unlisted.json."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": result.file,
        "target": str(result.target),
        "files": list(result.files),
        "imports": [
            {
                "module": one.module,
                "state": str(one.brought),
                "package": one.package or None,
                "through": list(one.through),
                "reason": one.reason or None,
                "places": [
                    {"file": use.place.file, "part": use.place.part or None, "line": use.line} for use in one.uses
                ],
            }
            for one in result.imports
        ],
        "never_imported": list(result.never_imported),
        "unreadable": [{"file": remark.place.file, "reason": remark.text} for remark in result.unreadable],
    }
