"""Findings, their places and the edits that fix them: frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """What the user wants cannot be done until this is fixed."""
    WARNING = "warning"
    """It can be done, but someone has a disadvantage."""
    UNKNOWN = "unknown"
    """onelist could not find out whether something is wrong; exit code 3."""
    INFO = "info"
    """Worth knowing; never changes an exit code."""


class Span(NamedTuple):
    """A place in a text file.

    Attributes:
        line: Line number, from 1.
        column: Column in characters (not bytes), from 1.
        length: Number of characters that are meant; at least 1.
    """

    line: int
    column: int
    length: int = 1


class RequirementId(NamedTuple):
    """The identity of one requirement of a settings file.

    A place in the file is no identity: all items of one ``%(name)s`` have the place of that reference.

    Attributes:
        key: The key of settings.ini that lists it, for instance ``requirements``.
        number: Its position in that list, from 1.
    """

    key: str
    number: int


class Source(NamedTuple):
    """A settings file as it was read.

    Attributes:
        file: The path as the user named it, for messages.
        text: Its text, decoded, without byte order mark, line ends as they were.
    """

    file: str
    text: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends, split as Python's universal newlines do."""
        return _lines(self.text)


@lru_cache(maxsize=4)
def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text; each of thousands of items asks for those of its file."""
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


class Remove(NamedTuple):
    """Remove an item from its list.

    Attributes:
        span: Where the item is.
    """

    span: Span


class Replace(NamedTuple):
    """Write something else at a place.

    Attributes:
        span: The place.
        text: What to write; no line end.
    """

    span: Span
    text: str


class Append(NamedTuple):
    """Add an item to the end of a list; the list is created if it does not exist.

    Attributes:
        key: The key of the list.
        text: The item.
    """

    key: str
    text: str


class RaisePython(NamedTuple):
    """Make min_python at least a version.

    Attributes:
        python: As (major, minor).
    """

    python: tuple[int, int]


Change = Remove | Replace | Append | RaisePython


class Edit(NamedTuple):
    """A change of settings.ini that fixes a finding.

    Attributes:
        changes: The changes. All of them are made, or none.
        unsafe: Whether it needs a decision, so that it is made only on request (as the unsafe fixes of ruff).
    """

    changes: tuple[Change, ...]
    unsafe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a rule, about a settings file or a file made from it.

    Attributes:
        code: The code of its rule, such as A005.
        severity: How much it matters.
        message: What is wrong, for a reader who has never read a packaging standard.
        file: The file it is about.
        span: Where in that file; None when it is about the file as a whole.
        requirement: The requirement it is about, as written; None when it is about something else.
        requirement_id: Which requirement of the file that is; None when it is about something else, or about an item
            that is not a valid requirement.
        hint: What to do; None when there is nothing to do.
        detail: More lines for the reader, for instance the words of a resolver; None for nothing.
        because: The same in one sentence, without a full stop; None where there is none.
        edit: The change of settings.ini that fixes it; None where a program cannot make one.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span | None = None
    requirement: str | None = None
    requirement_id: RequirementId | None = None
    hint: str | None = None
    detail: str | None = None
    because: str | None = None
    edit: Edit | None = None

    @property
    def place(self) -> tuple[Span, str]:
        """The sort key: the line and column, then the code. Findings about a whole file come last."""
        return self.span or Span(line=1 << 30, column=1), self.code
