"""What `onelist check --against` says: what the install line changes in an image, and what it breaks there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.image_changes import ChangeKind, default_image
from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import printable
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.analysis.against import AgainstResult
    from onelist.analysis.image_changes import Breakage, Change, ImageChanges

_MOST_NAMES = 8
"""How many packages one line names that needs no action; the JSON report has all."""


def against_lines(result: AgainstResult, image: str, *, verbose: bool = False) -> Iterator[str]:
    """Yield the result as lines for people, what you have to fix first; each line can be shown as it is.

    Args:
        result: The result.
        image: The name of the file that says what is installed.
        verbose: Whether to name each package.
    """
    most = len(result.image.packages) + 10_000 if verbose else _MOST_NAMES
    lines = [*_failure(result), *_broken(result), *_unknown(result, most)]
    if result.changes:
        lines += [*_changes(result.changes, most), *_restart(result)]
    yield from map(printable, [*lines, *_about(result, most), _summary(result, image)])


def _failure(result: AgainstResult) -> Iterator[str]:
    if result.needs_python:
        yield f"error: pip cannot install {result.name} there: it needs Python {result.needs_python} or newer"
    elif isinstance(result.failure, NoSolution):
        yield f"error: pip cannot install {result.name} there"
        yield from (f"    {line}" for line in result.failure.explanation.splitlines())
    elif result.failure:
        yield f"unknown: what the install line does there: the package index {result.failure.reason}"
        yield f"    {result.failure.kind.hint}".rstrip()


def _broken(result: AgainstResult) -> Iterator[str]:
    """Yield what breaks, and what to do about it."""
    if result.changes is None:
        return
    for name, found in _by_package(result.changes.broken):
        yield f"error: the install line breaks {name} {found[0].version}"
        yield from (f"    {_clause(one)}" for one in found)
        if name in result.excluded:
            yield f"    {name} {found[0].version} cannot be installed beside the list."
    if result.kept_by:
        words = " ".join(f'"{pin}"' for pin in result.kept_by)
        yield f"    This line keeps what can be kept: pip install {result.name} {words}"


def _clause(one: Breakage) -> str:
    if not one.found:
        return f"It requires {one.requirement}, which is missing."
    return f"It requires {one.requirement}, and gets {one.found}."


def _by_package(found: Sequence[Breakage]) -> list[tuple[str, list[Breakage]]]:
    packages: dict[str, list[Breakage]] = {}
    for one in found:
        packages.setdefault(one.name, []).append(one)
    return list(packages.items())


def _unknown(result: AgainstResult, most: int) -> Iterator[str]:
    """Yield the packages of which nothing can be said, with the reason."""
    reasons: dict[tuple[bool, str], list[str]] = {}
    for one in result.unread:
        reasons.setdefault((one.matters, one.reason), []).append(one.name)
    for (matters, reason), names in reasons.items():
        word = "unknown" if matters else "note"
        yield f"{word}: the requirements of {_few(names, most)}: {reason}"
        if matters and not result.failure:
            yield "    They could stop working. The output of pip inspect has their requirements."
        elif not matters:
            yield "    Nothing that is installed is replaced, so they stay as they are."


def _changes(changes: ImageChanges, most: int) -> Iterator[str]:
    for one in changes.replaced:
        because = f", because {'; '.join(one.because)}" if one.because else ""
        yield f"note: {one.kind} of {one.name}: {one.before} -> {one.after}{because}"
    new = [f"{one.name} {one.after}" for one in changes.changes if one.kind is ChangeKind.NEW]
    if new:
        yield f"note: new: {_few(new, most)}"
    for text, found in (("did not work before either", changes.broken_before), ("works now", changes.repaired)):
        for name, some in _by_package(found):
            yield f"note: {name} {some[0].version} {text}: it requires {', '.join(one.requirement for one in some)}"


def _restart(result: AgainstResult) -> Iterator[str]:
    changes = result.changes
    if changes and changes.loaded:
        yield f"warning: restart the kernel after the install line: it replaces {', '.join(changes.loaded)}"
        yield "    A fresh kernel has imported that already, and keeps the old version until it is restarted."
    elif changes and changes.replaced:
        yield "note: no restart is needed if the install line is in the first cell"


def _about(result: AgainstResult, most: int) -> Iterator[str]:
    """Yield what the answer rests on, where the file does not say it."""
    if result.is_assumed:
        yield "note: the file does not say which Python and platform it is of"
        yield f"    This answer is for {result.target}, as {default_image().place}. Name another one with --target."
    if result.image.loaded is None and result.changes and result.changes.replaced:
        yield "note: the file does not say what a fresh kernel has imported; a table of onelist does"
    if result.image.unread:
        yield f"note: lines without a package: {_few(list(result.image.unread), most)}"


def _few(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names) if more < 1 else f"{', '.join(names[:most])} and {more} more (--verbose names all)"


def _summary(result: AgainstResult, image: str) -> str:
    day = f" of {result.image.day}" if result.image.day else ""
    count = len(result.image.packages)
    noun = "package" if count == 1 else "packages"
    text = f"{result.file} against {image}{day} ({count} {noun}) on {result.target}: "
    changes = result.changes
    if changes is None:
        return text + ("unknown" if result.exit_code not in {0, 1} else "cannot be installed")
    counts = [(kind, sum(one.kind is kind for one in changes.changes)) for kind in ChangeKind]
    parts = [f"{count} {kind}{'' if kind is ChangeKind.NEW or count == 1 else 's'}" for kind, count in counts]
    unknown = sum(one.matters for one in result.unread)
    broken = len(_by_package(changes.broken))
    return text + f"{', '.join(parts)}; {broken} broken, {unknown} unknown"


def against_json(result: AgainstResult, image: str) -> dict[str, Any]:
    """Return the result as plain data, for docs/schemas/against.json."""
    changes = result.changes
    return {
        "schema_version": SCHEMA_VERSION,
        "file": result.file,
        "name": result.name,
        "image": image,
        "day": result.image.day or None,
        "packages": len(result.image.packages),
        "target": str(result.target),
        "target_is_assumed": result.is_assumed,
        "state": _state(result),
        "reason": _reason(result),
        "changes": [_change(one) for one in changes.changes] if changes else None,
        "broken": [_breakage(one, result) for one in changes.broken] if changes else None,
        "broken_before": [_breakage(one, None) for one in changes.broken_before] if changes else None,
        "repaired": [_breakage(one, None) for one in changes.repaired] if changes else None,
        "kept_by": list(result.kept_by),
        "restart": list(changes.loaded) if changes else None,
        "imported_from_file": result.image.loaded is not None,
        "unread": [{"package": one.name, "reason": one.reason, "matters": one.matters} for one in result.unread],
        "lines_without_package": list(map(printable, result.image.unread)),
    }


def _state(result: AgainstResult) -> str:
    if result.needs_python or isinstance(result.failure, NoSolution):
        return "impossible"
    if result.failure or (result.exit_code not in {0, 1}):
        return "unknown"
    return "breaks" if result.exit_code else "fine"


def _reason(result: AgainstResult) -> str | None:
    if result.needs_python:
        return f"it needs Python {result.needs_python} or newer"
    match result.failure:
        case None:
            return None
        case NoSolution(explanation=text):
            return printable(text)
        case error:
            return f"the package index {error.reason}"


def _change(one: Change) -> dict[str, Any]:
    return {
        "package": one.name,
        "kind": str(one.kind),
        "before": one.before or None,
        "after": one.after,
        "because": list(one.because),
        "imported_by_kernel": one.is_loaded,
    }


def _breakage(one: Breakage, result: AgainstResult | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "package": one.name,
        "version": one.version or None,
        "requires": one.requirement,
        "found": one.found or None,
    }
    return data if result is None else data | {"cannot_be_kept": one.name in result.excluded}
