"""What an edit of settings.ini does, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from onelist.core.findings import Append, Edit, RaisePython, Remove, Replace
from onelist.settings.editing.edits import replacements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.core.findings import Change, Source, Span


def edit_words(source: Source, edit: Edit) -> str:
    """Return what an edit does, such as ``min_python 3.7 -> 3.11`` or ``sentencepiece moved to requirements``.

    Args:
        source: The file before the edit.
        edit: An edit that a program can make in it.
    """
    return ", ".join(_words(source, edit.changes))


def _words(source: Source, changes: tuple[Change, ...]) -> Iterator[str]:
    removed = {_at(source, change.span) for change in changes if isinstance(change, Remove)}
    moved = {change.text for change in changes if isinstance(change, Append)} & removed
    for change in changes:
        match change:
            case Replace(span=span, text=text):
                yield f"{_at(source, span)} -> {text}"
            case Remove(span=span):
                if (text := _at(source, span)) not in moved:
                    yield f"{text} deleted"
            case Append(key=key, text=text):
                yield f"{text} {'moved' if text in moved else 'added'} to {key}"
            case RaisePython(python=python):
                yield f"min_python {_old_python(source, change)} -> {python[0]}.{python[1]}"
            case _:
                assert_never(change)


def _at(source: Source, span: Span) -> str:
    """Return the text at a place."""
    start = span.column - 1
    return source.lines[span.line - 1][start : start + span.length]


def _old_python(source: Source, change: RaisePython) -> str:
    """Return the value of min_python that an edit replaces."""
    found = replacements(source, Edit(changes=(change,)))
    return source.text[found[0].start : found[0].end].strip() if found else ""
