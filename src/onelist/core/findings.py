"""Findings, their places and the edits that fix them: frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """What was asked for cannot be done until it is mended."""
    WARNING = "warning"
    """It can be done, and somebody will be worse off for it."""
    UNKNOWN = "unknown"
    """It could not be found out: neither well nor wrong, and exit code 3."""
    INFO = "info"
    """Worth knowing; never changes an exit code."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A place in a text file.

    Attributes:
        line: Line number, from 1.
        column: Column in characters (not bytes), from 1.
        length: Number of characters that are meant; at least 1.
    """

    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RequirementId:
    """The identity of one requirement of a settings file.

    A place in the file is no identity: all items of one ``%(name)s`` have the place of that reference.

    Attributes:
        key: The key of settings.ini that lists it, for instance ``requirements``.
        number: Its position in that list, from 1.
    """

    key: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A settings file as it was read.

    Attributes:
        file: The path as the user named it, for messages.
        text: Its text, decoded, without byte order mark, line ends as they were.
    """

    file: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines without their ends, split as Python's universal newlines do."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take an item out of the list that it is in.

    Attributes:
        span: Where the item stands.
    """

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Write something else at a place.

    Attributes:
        span: The place.
        text: What to write; no line end.
    """

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Put an item at the end of a list, which is made if need be.

    Attributes:
        key: The key of the list.
        text: The item.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisePython:
    """Make min_python at least a version.

    Attributes:
        python: As (major, minor).
    """

    python: tuple[int, int]


Change = Remove | Replace | Append | RaisePython


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of settings.ini that mends a finding.

    Attributes:
        changes: What to do, all of it or nothing.
        unsafe: Whether somebody has to weigh it first, so that it is not made unasked.
    """

    changes: tuple[Change, ...]
    unsafe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One coded judgement about a settings file or a file made from it.

    Attributes:
        code: A letter for the subject and three digits; each has a section in docs/findings.md.
        severity: How much it matters.
        message: What is wrong, for somebody who has never read a packaging standard.
        file: The file it is about.
        span: Where in that file; None when it is about the file as a whole.
        requirement: The requirement it is about, as written; None when it is about something else.
        requirement_id: Which requirement of the file that is; None when it is about something else, or about an item
            that is not a valid requirement.
        hint: What to do; None when there is nothing to be done.
        detail: More of it for those who want to know, several lines of others' words; None for nothing.
        edit: The change of settings.ini that mends it; None where there is none that a program could make.
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
    edit: Edit | None = None

    @property
    def place(self) -> tuple[Span, str]:
        """What to sort by: the line and column, those about a whole file last, then the code."""
        return self.span or Span(line=1 << 30, column=1), self.code
