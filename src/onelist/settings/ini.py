"""settings.ini text -> options, each with the place of its key and of every character of its value.

configparser parses the file, exactly as nbdev and fastcore set it up: ``=`` as the only delimiter, ``[DEFAULT]``,
``%(name)s`` interpolation. It keeps no line numbers, so it gets two objects that record them: an iterator that counts
the lines, and (through its public ``dict_type``) a dictionary that sees each value when configparser stores it.
"""

from __future__ import annotations

import configparser
import io
import re
from bisect import bisect_right
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from onelist.core import rules
from onelist.core.findings import Span
from onelist.settings.editing.repairs import not_indented, repair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onelist.core.findings import Edit, Finding, Source
    from onelist.core.rules import Rule

MAX_BYTES = 1024 * 1024
"""The largest settings.ini that is read: 1 MiB. Real ones have 1 to 6 KiB."""

_REFERENCE = re.compile(r"%\((?P<name>[^)%]*)\)s|%%")
"""A reference, or a percent sign. No name has a ``%``: else a line of 20,000 times ``%(`` would take half a minute."""
INVISIBLE = re.compile(
    # C0 and C1 controls but tab and line ends, line and paragraph separators, directional overrides, stray BOMs
    # and characters that are invisible by design: soft hyphen, zero-width space, word joiner
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""What a reader cannot see, and what may change how a line looks."""


class Fragment(NamedTuple):
    """A run of characters of a value that are adjacent in the file.

    Attributes:
        start: Offset of the run in the value.
        span: Where the run begins; for an interpolated run, the place of the whole ``%(name)s``.
        literal: Whether the file contains the characters as they are; False for an interpolated run.
    """

    start: int
    span: Span
    literal: bool


class Option(NamedTuple):
    """One key and its value.

    Attributes:
        key: The key in lower case.
        key_span: Where the key is.
        text: The value after interpolation; lines are joined by a newline, as configparser does.
        fragments: Where its characters come from, in order; never empty.
    """

    key: str
    key_span: Span
    text: str
    fragments: tuple[Fragment, ...]

    def span(self, start: int, end: int) -> Span:
        """Return the place in the file of ``text[start:end]``, as far as it is on one line."""
        at = bisect_right(self.fragments, start, key=lambda fragment: fragment.start) - 1
        fragment = self.fragments[max(at, 0)]
        if not fragment.literal:
            return fragment.span
        return Span(
            line=fragment.span.line,
            column=fragment.span.column + start - fragment.start,
            length=max(end - start, 1),
        )

    @property
    def value_span(self) -> Span:
        """Where the first line of the value is; the key when the value is empty."""
        if not self.text.strip():
            return self.key_span
        first = self.text.split("\n", 1)[0]
        return self.span(0, len(first))


class Document(NamedTuple):
    """A settings.ini as options.

    Attributes:
        source: The text.
        options: The options of ``[DEFAULT]``, by key, in the order of the file.
        mistakes: What is wrong with the file itself.
        is_readable: Whether there is anything to read in it.
    """

    source: Source
    options: Mapping[str, Option]
    mistakes: tuple[Finding, ...]
    is_readable: bool = True


class _Counter:
    """An iterator over lines that knows the number of the last line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in io.StringIO(self.text, newline=None):
            self.number += 1
            yield line


class _TrackedValue(list[str]):
    """The lines of a value, as configparser collects them, with the number of each."""

    def __init__(self, first: list[str], counter: _Counter) -> None:
        super().__init__(first)
        self.counter = counter
        self.numbers = [counter.number]

    def append(self, line: str) -> None:
        self.numbers.append(self.counter.number)
        super().append(line)


class _Tracker:
    """Makes the dictionaries in which configparser stores options, and keeps the values that they get."""

    def __init__(self, counter: _Counter) -> None:
        self.counter = counter
        self.stored: list[tuple[_TrackingDict, str, _TrackedValue]] = []

    def __call__(self) -> _TrackingDict:
        return _TrackingDict(self)


class _TrackingDict(dict[str, Any]):
    def __init__(self, tracker: _Tracker) -> None:
        super().__init__()
        self.tracker = tracker

    def __setitem__(self, key: str, value: object) -> None:
        if isinstance(value, list) and not isinstance(value, _TrackedValue):
            value = _TrackedValue(value, self.tracker.counter)
            self.tracker.stored.append((self, key, value))
        super().__setitem__(key, value)


class _Reader:
    """Reads one text and collects its mistakes."""

    parser: configparser.ConfigParser

    def __init__(self, source: Source) -> None:
        self.source = source
        self.repaired = repair(source.lines)
        self.lines = self.repaired.lines
        self.mistakes: list[Finding] = []
        self.sizes: dict[str, int] = {}

    def report(self, rule: Rule, variant: str = "", *, span: Span, edit: Edit | None = None, **fields: object) -> None:
        file = self.source.file
        found = rule.at(file, span=span, variant=variant, advice=None, requirement=None, edit=edit, **fields)
        self.mistakes.append(found)

    def read(self) -> Document:
        for fault in self.repaired.faults:
            self.report(rules.NOT_INI, fault.variant, span=fault.span, edit=fault.edit, **fault.fields)
        if not self.repaired.is_readable:
            no_options: Mapping[str, Option] = MappingProxyType({})
            return Document(source=self.source, options=no_options, mistakes=tuple(self.mistakes), is_readable=False)
        self.look_for_invisible()
        text = "\n".join(self.lines) + "\n"
        values = self.parse(text)
        if values is None:
            self.report(rules.NOT_INI, "no_section", span=Span(line=1, column=1))
            headed = "[DEFAULT]\n" + text
            values = self.parse(headed, shift=1) or []
        elif self.parser.sections():
            self.look_at_other_sections(empty=not values)
        self.measure()
        options = {}
        for key, numbers, key_span in self.without_duplicates(values):
            self.check_references(key, numbers)
            options[key] = self.option(key, numbers, key_span)
        return Document(
            source=self.source,
            options=MappingProxyType(options),
            mistakes=tuple(sorted(self.mistakes, key=lambda found: found.span or Span(line=0, column=0))),
        )

    def look_for_invisible(self) -> None:
        for number, line in enumerate(self.lines, start=1):
            if match := INVISIBLE.search(line):
                span = Span(line=number, column=match.start() + 1)
                self.report(rules.CONTROL_CHARACTER, span=span, number=f"{ord(match[0]):04X}")

    def parse(self, text: str, *, shift: int = 0) -> list[tuple[str, list[int]]] | None:
        """Parse with configparser; return key and line numbers of each option of [DEFAULT], in order.

        Returns None when there is no section header before the first option.
        """
        counter = _Counter(text)
        tracker = _Tracker(counter)
        self.parser = configparser.ConfigParser(  # type: ignore[call-overload]  # a factory works as well as a type
            delimiters=["="],
            strict=False,
            dict_type=tracker,
        )
        try:
            self.parser.read_file(counter, source=self.source.file)
        except configparser.MissingSectionHeaderError:
            return None
        except configparser.ParsingError as error:
            self.report_lines([number - shift for number, _ in error.errors])
        defaults = self.parser.defaults()
        return [
            (key, [number - shift for number in value.numbers])
            for where, key, value in tracker.stored
            if where is defaults
        ]

    def look_at_other_sections(self, *, empty: bool) -> None:
        """Report what nbdev's strict configparser refuses outside [DEFAULT], and a file without [DEFAULT]."""
        name = self.parser.sections()[0]
        if empty:
            number = next(number for number, line in enumerate(self.lines, start=1) if line.startswith(f"[{name}]"))
            span = Span(line=number, column=1, length=len(name) + 2)
            self.report(rules.NOT_INI, "other_section", span=span, section=name)
        try:
            configparser.ConfigParser(delimiters=["="]).read_string("\n".join(self.lines))
        except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
            if not (isinstance(error, configparser.DuplicateOptionError) and error.section == configparser.DEFAULTSECT):
                key = error.option if isinstance(error, configparser.DuplicateOptionError) else None
                self.report(
                    rules.DUPLICATE_KEY,
                    "key_of_section" if key else "section",
                    span=Span(line=error.lineno or 1, column=1),
                    section=error.section,
                    key=key,
                )
        except configparser.Error:
            pass  # is reported line by line

    def report_lines(self, numbers: Sequence[int]) -> None:
        """Report lines that have no key; those of a list that are not indented together."""
        runs: list[list[int]] = []
        for number in numbers:
            if runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        for run in runs:
            if fault := not_indented(self.lines, run):
                self.report(rules.NOT_INI, fault.variant, span=fault.span, edit=fault.edit, **fault.fields)
            else:
                for number in run:
                    self.report_line(number)

    def report_line(self, number: int) -> None:
        line = self.lines[number - 1]
        column = len(line) - len(line.lstrip()) + 1
        self.report(rules.NOT_INI, span=Span(line=number, column=column, length=max(len(line.strip()), 1)))

    def without_duplicates(self, values: list[tuple[str, list[int]]]) -> Iterator[tuple[str, list[int], Span]]:
        """Yield the last of each key, as configparser would use it, and report all but the first."""
        first: dict[str, int] = {}
        last: dict[str, tuple[list[int], Span]] = {}
        for key, numbers in values:
            line = self.lines[numbers[0] - 1]
            span = Span(line=numbers[0], column=len(line) - len(line.lstrip()) + 1, length=len(key))
            if key in first:
                self.report(rules.DUPLICATE_KEY, span=span, key=key, line=first[key])
            first.setdefault(key, numbers[0])
            last[key] = (numbers, span)
        for key, (numbers, span) in last.items():
            yield key, numbers, span

    def raw_lines(self, numbers: list[int]) -> Iterator[tuple[str, int, int]]:
        """Yield (text, line, column) of each line of a value, stripped as configparser strips it."""
        for index, number in enumerate(numbers):
            line = self.lines[number - 1]
            start = line.index("=") + 1 if index == 0 else 0
            text = line[start:]
            yield text.strip(), number, start + len(text) - len(text.lstrip()) + 1

    def check_references(self, key: str, numbers: list[int]) -> None:
        known = self.parser.defaults()
        for text, line, column in self.raw_lines(numbers):
            if "%" not in text:
                continue
            for match in _REFERENCE.finditer(text):
                name = match["name"]
                if name is not None and name.lower() not in known:
                    span = Span(line=line, column=column + match.start(), length=len(match[0]))
                    self.report(rules.INTERPOLATION, span=span, key=key, name=name)
            lone = _REFERENCE.sub(lambda match: " " * len(match[0]), text).find("%")
            if lone >= 0:
                self.report(rules.INTERPOLATION, "percent", span=Span(line=line, column=column + lone), key=key)

    def option(self, key: str, numbers: list[int], key_span: Span) -> Option:
        parts: list[str] = []
        fragments: list[Fragment] = []
        length = 0
        lines = list(self.raw_lines(numbers))
        while len(lines) > 1 and not lines[-1][0]:
            lines.pop()  # blank lines at the end are not part of the value
        for index, (text, line, column) in enumerate(lines):
            if index:
                parts.append("\n")
                length += 1
            for piece, offset, width, literal in self.pieces(text):
                span = Span(line=line, column=column + offset, length=max(width, 1))
                fragments.append(Fragment(start=length, span=span, literal=literal))
                parts.append(piece)
                length += len(piece)
        return Option(key=key, key_span=key_span, text="".join(parts), fragments=tuple(fragments))

    def pieces(self, text: str) -> Iterator[tuple[str, int, int, bool]]:
        """Yield (expanded text, offset and width in the file, whether literal) for a line of a value."""
        position = 0
        for match in _REFERENCE.finditer(text):
            if match.start() > position or position == 0:
                yield text[position : match.start()], position, match.start() - position, True
            yield self.expand(match["name"]), match.start(), len(match[0]), False
            position = match.end()
        if position < len(text) or position == 0:
            yield text[position:], position, len(text) - position, True

    def measure(self) -> None:
        """Find how long each value becomes at most, without computing it: one round for each level of configparser."""
        raw = self.parser.defaults()
        references = {
            key: [match["name"].lower() for match in _REFERENCE.finditer(value) if match["name"]]
            for key, value in raw.items()
            if "%(" in value
        }
        self.sizes = {key: len(value) for key, value in raw.items()}
        for _ in range(configparser.MAX_INTERPOLATION_DEPTH if references else 0):
            self.sizes |= {
                key: len(raw[key]) + sum(self.sizes.get(name, 0) for name in names) for key, names in references.items()
            }

    def expand(self, name: str | None) -> str:
        """Return the value that ``%(name)s`` inserts; ``""`` and a finding where it cannot be resolved."""
        if name is None:
            return "%"
        if self.sizes.get(name.lower(), 0) > MAX_BYTES:
            self.report_reference("too_long", name)
            return ""
        try:
            return self.parser.get(configparser.DEFAULTSECT, name)
        except configparser.InterpolationDepthError:
            self.report_reference("too_deep", name)
        except configparser.Error:
            pass  # the key whose reference cannot be resolved is reported at its own line
        return ""

    def report_reference(self, variant: str, name: str) -> None:
        """Report a reference in the first line that contains it, once for each variant."""
        message = rules.INTERPOLATION.message_of(variant, name=name)
        if any(found.message == message for found in self.mistakes):
            return
        line, text = next((number, text) for number, text in enumerate(self.lines, start=1) if f"%({name})s" in text)
        span = Span(line=line, column=text.index(f"%({name})s") + 1, length=len(name) + 4)
        self.report(rules.INTERPOLATION, variant, span=span, name=name)


@lru_cache(maxsize=256)  # each finding with an edit asks for the document of its file, when all lists have been read
def read_document(source: Source) -> Document:
    """Read the text of a settings.ini.

    Args:
        source: The text and the name of its file.

    Returns:
        All options of ``[DEFAULT]``, and every mistake of the file itself, each with its place. Where there are
        mistakes, the options are the best guess, so that the mistakes in their values can be reported as well.
    """
    return _Reader(source).read()
