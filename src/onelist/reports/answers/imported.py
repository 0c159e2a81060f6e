"""What `onelist init --from` says: what came from which file, what differs, and what a person must decide."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from onelist.core.text import aligned, printable
from onelist.reports.finding_lines import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.importing.combine import Difference, ImportedList
    from onelist.importing.model import Remark


def imported_lines(found: ImportedList, more: Sequence[Remark] = (), width: int = WIDTH) -> Iterator[str]:
    """Yield the report of an import as lines.

    Args:
        found: The list.
        more: What of the files is not in the new settings.ini, beside what the list itself says.
        width: How many columns a line of names may take.
    """
    rows = [("file", "format", "packages"), *((file, form, str(number)) for file, form, number in found.counts)]
    parts = [
        aligned([[printable(cell) for cell in row] for row in rows], right={2}),
        _section("Other names in the list:", _renamed(found)),
        _section("Only for conda, because it is no Python package:", _names(width, found.conda_requirements)),
        _section("Only for pip, because conda-forge has no such package:", _names(width, _unmarked(found))),
        _section("Other versions in other files:", map(_difference, found.differences)),
        *(
            _section(f"Not in {printable(file)}, but in another file:", _names(width, names))
            for file, names in found.missing.items()
        ),
        _section("Used by the code, and on no list:", _names(width, found.only_used)),
        _section(
            "Left out: these versions, because a list must work beside everything else:",
            _names(width, list(dict.fromkeys(remark.text.replace(", ", ",") for remark in found.dropped))),
        ),
        _section("Changed or left out:", _remarks([*found.left_out, *more])),
        _section("You decide:", _remarks(found.decisions)),
    ]
    for number, part in enumerate(filter(None, parts)):
        if number:
            yield ""
        yield from part


def _unmarked(found: ImportedList) -> list[str]:
    """Return the requirements for pip only that have no marker: of those with one, the decisions tell why."""
    return [text for text in found.pip_requirements if ";" not in text]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    content = list(lines)
    return [title, *content] if content else []


def _names(width: int, names: Sequence[str]) -> list[str]:
    return _wrapped(" ".join(printable(name).replace(" ", "\xa0") for name in names), width) if names else []


def _wrapped(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\xa0", " ") for line in lines]


def _renamed(found: ImportedList) -> Iterator[str]:
    for written, name, place in found.renamed:
        yield f"  {printable(written)} is {printable(name)} on the package index ({printable(str(place))})"


def _difference(one: Difference) -> str:
    places = [f"{printable(versions) or 'any version'} ({printable(str(place))})" for place, versions in one.versions]
    kept = f"; the list has {one.name}{one.kept}" if one.kept else ""
    return f"  {one.name}: {', '.join(places)}{kept}"


def _remarks(remarks: Iterable[Remark]) -> list[str]:
    return [f"  {printable(str(remark.place))}: {printable(remark.text)}" for remark in remarks]
