"""Edits of settings.ini -> its new text. Only what an edit is about changes: all other spaces and line ends stay."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from packaging.version import Version

from onelist.core.errors import UsageError
from onelist.core.findings import Append, RaisePython, Remove, Replace, Source
from onelist.core.text import shortened
from onelist.settings.ini import read_document
from onelist.settings.tokens import split

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.core.findings import Change, Edit, Span
    from onelist.settings.ini import Document, Option
    from onelist.settings.tokens import Token


_LINE_END = re.compile(r"\r\n|\r|\n")
_NEW_KEY_AFTER = {
    "conda_names": ("conda_channels", "conda_requirements", "requirements"),
    "requirements": ("min_python", "version"),
}
"""After which key a new key is added; other keys are added after the last list."""
_WIDEST = 100
"""How long a new line becomes at most, if it has more than one item."""
_INDENT = " " * 4


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Replacement:
    """Other text for a run of characters.

    Attributes:
        start: Offset of the first character in the file's text.
        end: Offset after the last one; ``start`` where text is only added.
        text: What is written instead.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BumpResult:
    """What :func:`onelist.bump` did.

    Attributes:
        path: The settings file.
        before: Its content before.
        after: Its content with the new version.
        old_version: The version before.
        new_version: The new version.
    """

    path: Path
    before: bytes
    after: bytes
    old_version: Version
    new_version: Version


def replacements(source: Source, edit: Edit) -> tuple[Replacement, ...] | None:
    """Return the replacements that make an edit in a file.

    Args:
        source: The file.
        edit: The edit.

    Returns:
        The replacements in the order of the file; None where a program cannot make the edit, because the text comes
        from another place (``%(name)s``).
    """
    text_of_file = _settings_text(source)
    found: list[Replacement] = []
    for change in edit.changes:
        one = text_of_file.replacement(change)
        if one is None:
            return None
        found.append(one)
    return tuple(sorted(found))


def apply(source: Source, edits: Iterable[Edit]) -> tuple[Source, tuple[Edit, ...]]:
    """Make edits.

    Args:
        source: The file.
        edits: The edits, each made completely or not at all. An edit that would change the text of an earlier one is
            not made.

    Returns:
        The file with its new text, and the edits that were made.
    """
    text_of_file = _settings_text(source)
    edits = list(edits)
    taken: list[Replacement] = []
    added: dict[str, tuple[str, ...]] = {}
    made: list[Edit] = []
    raised: list[tuple[int, int]] = [
        change.python for edit in edits for change in edit.changes if isinstance(change, RaisePython)
    ]
    for edit in edits:
        longer = _with_additions(added, edit)
        # What several edits add to the end of one list is one replacement, which each of them makes longer.
        before = [text_of_file.addition(key, added[key]) for key in longer if key in added]
        others = [one for one in taken if one not in before]
        parts = [
            text_of_file.replacement(_highest(change, raised))
            for change in edit.changes
            if not isinstance(change, Append)
        ]
        parts += [text_of_file.addition(key, texts) for key, texts in longer.items()]
        wanted = [part for part in parts if part is not None]
        if len(wanted) < len(parts) or any(_collide(one, other) for one in wanted for other in others):
            continue
        taken = others + [part for part in wanted if part not in others]
        added |= longer
        made.append(edit)
    text = source.text
    for one in sorted(taken, reverse=True, key=lambda one: (one.start, one.end)):
        text = text[: one.start] + one.text + text[one.end :]
    return Source(file=source.file, text=text), tuple(made)


def _with_additions(added: Mapping[str, tuple[str, ...]], edit: Edit) -> dict[str, tuple[str, ...]]:
    """Return what is added to each list that an edit adds to: what earlier edits add, and what this one adds."""
    found: dict[str, tuple[str, ...]] = {}
    for change in edit.changes:
        if isinstance(change, Append):
            known = found.get(change.key, added.get(change.key, ()))
            found[change.key] = known if change.text in known else (*known, change.text)
    return found


def _highest(change: Change, raised: Sequence[tuple[int, int]]) -> Change:
    return RaisePython(python=max(raised)) if isinstance(change, RaisePython) else change


def _ends_an_item(text: str, following: str) -> bool:
    """Tell whether an item can follow a text: it is not a part of ``%(name)s``, and nothing is written right behind."""
    is_whole = "%(" not in text or re.fullmatch(r"%\([^)]*\)s", text) is not None
    return is_whole and (not following or following[0] in " \t,\\")


def _filled(texts: Sequence[str]) -> list[str]:
    """Return items in lines that are not too long."""
    lines = [texts[0]]
    for text in texts[1:]:
        if len(_INDENT) + len(lines[-1]) + 1 + len(text) > _WIDEST:
            lines.append(text)
        else:
            lines[-1] += f" {text}"
    return lines


def _collide(one: Replacement, other: Replacement) -> bool:
    """Tell whether two replacements cannot both be made; the same one twice can."""
    if one == other:
        return False
    return one.start == other.start or (one.start < other.end and other.start < one.end)


def line_starts(text: str) -> list[int]:
    """Return the offset of the first character of each line."""
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


@lru_cache(maxsize=4)
def _settings_text(source: Source) -> _SettingsText:
    """Return a file with its offsets; a report asks for each of thousands of findings."""
    return _SettingsText(source)


class _SettingsText:
    """A settings file with the offsets of its lines."""

    def __init__(self, source: Source) -> None:
        self._text = source.text
        self._document: Document = read_document(source)
        ends = list(_LINE_END.finditer(source.text))
        self._starts = line_starts(source.text)
        self._ends = [*(end.start() for end in ends), len(source.text)]
        self._breaks = [end[0] for end in ends]

    def replacement(self, change: Change) -> Replacement | None:
        """Return the replacement that makes a change; None where it cannot be made."""
        match change:
            case Replace(span=span, text=text):
                place = self._place(span)
                return Replacement(start=place[0], end=place[1], text=text) if place else None
            case Remove(span=span):
                place = self._place(span)
                return self._removal(*place) if place else None
            case Append(key=key, text=text):
                return self.addition(key, (text,))
            case RaisePython(python=python):
                return self._raised(python)
            case _:
                assert_never(change)

    def _place(self, span: Span) -> tuple[int, int] | None:
        """Return the offsets of a place; None for one that is not completely on its line, or contains ``%(name)s``."""
        start = self._starts[span.line - 1] + span.column - 1
        end = start + span.length
        if end > self._ends[span.line - 1] or "%(" in self._text[start:end]:
            return None
        return start, end

    def _removal(self, start: int, end: int) -> Replacement:
        """Remove an item and what separates it from its neighbours; its whole line where nothing else is on it."""
        number = self._number(start)
        first, last = self._starts[number], self._ends[number]
        before, after = self._text[first:start], self._text[end:last]
        if not before.strip() and not after.strip(" \t,\\") and number + 1 < len(self._starts):
            return Replacement(start=first, end=self._starts[number + 1], text="")
        trail = re.match(r"[ \t]*,", after)
        end += trail.end() if trail else 0
        head = re.search(r"[ \t]+$" if trail else r"(?:(?<=\S)[ \t]*,)?[ \t]+$|,$", before)
        if head is None or before.rstrip(" \t").endswith("=") or not before.strip():
            return self._first_removal(start, end, last)
        return Replacement(start=start - len(head[0]), end=end, text="")

    def _first_removal(self, start: int, end: int, last: int) -> Replacement:
        """Remove the first item of its line with the spaces after it, or before it where it is the only one."""
        if self._text[end:last].strip():
            blanks = re.match(r"[ \t]*", self._text[end:last])
            return Replacement(start=start, end=end + (blanks.end() if blanks else 0), text="")
        while self._text[start - 1 : start] in {" ", "\t"}:
            start -= 1
        return Replacement(start=start, end=end, text="")

    def _number(self, offset: int) -> int:
        """Return the index of the line of an offset."""
        return max(number for number, start in enumerate(self._starts) if start <= offset)

    def _break(self, number: int) -> str:
        """Return the end of a line; for a last line without one, the end of the lines before it."""
        return (self._breaks or ["\n"])[min(number, max(len(self._breaks) - 1, 0))]

    def addition(self, key: str, texts: Sequence[str]) -> Replacement | None:
        """Return the replacement that adds items to the end of a list; None where it cannot be made."""
        option = self._document.options.get(key)
        if option is None:
            return self._new_key(key, texts)
        tokens = list(split(option))
        if not tokens:
            at = self._ends[option.key_span.line - 1]
            line = self._text[self._starts[option.key_span.line - 1] : at]
            text = " ".join(texts)
            return Replacement(start=at, end=at, text=text if line.endswith((" ", "\t")) else f" {text}")
        last = tokens[-1]
        number = last.span.line - 1
        start = self._starts[number] + last.span.column - 1
        end = start + last.span.length
        if end > self._ends[number] or not _ends_an_item(self._text[start:end], self._text[end : self._ends[number]]):
            return None
        line = self._text[self._starts[number] : self._ends[number]]
        one_a_line = self._one_a_line(tokens, option)
        if one_a_line and not line.rstrip().endswith("\\"):
            indent = line[: len(line) - len(line.lstrip())]
            at = self._ends[number]
            return Replacement(start=at, end=at, text="".join(f"{self._break(number)}{indent}{text}" for text in texts))
        separator = ", " if self._has_commas(tokens) else " "
        return Replacement(start=end, end=end, text="".join(f"{separator}{text}" for text in texts))

    def _one_a_line(self, tokens: Sequence[Token], option: Option) -> bool:
        """Tell whether each item is on a separate line."""
        numbers = [token.span.line for token in tokens]
        if numbers[-1] == option.key_span.line:
            return False
        return len(set(numbers)) == len(numbers)

    def _has_commas(self, tokens: Sequence[Token]) -> bool:
        for token in tokens[:-1]:
            end = self._starts[token.span.line - 1] + token.span.column - 1 + token.span.length
            if self._text[end : end + 1] == ",":
                return True
        return False

    def _new_key(self, key: str, texts: Sequence[str]) -> Replacement:
        """Add a line for a key after the last line of another one; several lines where one would be too long."""
        options = self._document.options
        lists = [name for name in options if name.endswith("requirements")]
        after = next((name for name in (*_NEW_KEY_AFTER.get(key, ()), *reversed(lists)) if name in options), None)
        option = options[after] if after else list(options.values())[-1]
        number = max(option.key_span.line, *(fragment.span.line for fragment in option.fragments)) - 1
        at = self._ends[number]
        end_of_line = self._break(number)
        text = f"{key} = {' '.join(texts)}"
        if len(texts) > 1 and len(text) > _WIDEST:
            text = f"{end_of_line}{_INDENT}".join((f"{key} =", *_filled(texts)))
        return Replacement(start=at, end=at, text=f"{end_of_line}{text}")

    def _raised(self, python: tuple[int, int]) -> Replacement | None:
        option = self._document.options.get("min_python")
        place = self._place(option.value_span) if option and option.text.strip() else None
        if option is None or place is None or len(option.fragments) > 1:
            return None
        return Replacement(start=place[0], end=place[1], text=f"{python[0]}.{python[1]}")


def changed_lines(before: str, after: str, name: str) -> Iterator[str]:
    """Yield the lines of a unified diff, without line ends."""
    import difflib

    old, new = _LINE_END.split(before), _LINE_END.split(after)
    yield from difflib.unified_diff(old, new, name, f"{name} (fixed)", lineterm="")


PARTS = ("major", "minor", "patch")
CALVER = "calver"


def next_version(current: Version, to: str, today: datetime.date) -> Version:
    """Return the version that comes after one.

    Args:
        current: The version now.
        to: ``major``, ``minor`` or ``patch``: which number to raise; ``calver`` for the day; or a version (PEP 440).
        today: The day.

    Returns:
        A newer version. A pre-release becomes its own release where ``to`` asks for that.

    Raises:
        UsageError: ``to`` is not one of these, or its version is not newer.
    """
    if to in PARTS:
        return _counted(current, PARTS.index(to))
    if to == CALVER:
        return _dated(current, today)
    try:
        wanted = Version(to)
    except ValueError:
        raise UsageError(
            f"{shortened(to)} is not a version.", "Write major, minor, patch, calver or a version such as 1.2.0."
        ) from None
    if wanted <= current:
        raise UsageError(
            f"{wanted} is not newer than {current}, the version of the list.",
            "pip, conda and mamba install the newest version, so learners would not get this one.",
        )
    return wanted


def _counted(current: Version, part: int) -> Version:
    numbers = [*current.release, 0, 0, 0][: max(len(current.release), part + 1, 3)]
    if current.is_prerelease and not any(numbers[part + 1 :]):
        return Version(_joined(current, numbers))
    counted = [*numbers[:part], numbers[part] + 1, *([0] * (len(numbers) - part - 1))]
    return Version(_joined(current, counted))


def _dated(current: Version, today: datetime.date) -> Version:
    """Return the version of a day; a second one on the same day gets one more number."""
    version = Version(f"{today.year}.{today.month}.{today.day}")
    if version > current:
        return version
    if current.release[:3] == version.release:
        behind = current.release[3] + 1 if len(current.release) > len(version.release) else 1
        return Version(f"{version}.{behind}")
    raise UsageError(
        f"{version} is not newer than {current}, the version of the list.", "Write major, minor, patch or a version."
    )


def _joined(current: Version, numbers: list[int]) -> str:
    return (f"{current.epoch}!" if current.epoch else "") + ".".join(map(str, numbers))


def encoded(source: Source, before: bytes) -> bytes:
    """Return the content of a changed settings file; a byte order mark that it had before stays."""
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + source.text.encode()
