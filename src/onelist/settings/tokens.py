"""The value of a list key -> its tokens, each with its place.

nbdev splits lists at white space. Real lists also hold commas between items, backslashes at the ends of lines,
quoted items and markers with spaces; onelist accepts all of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onelist.core.findings import Span
    from onelist.settings.ini import Option

_WORD = re.compile(
    r"""
    (?P<comment>\#[^\n]*)                        # from here to the end of the line
    | (?P<quoted>(?P<quote>["'])(?P<inner>[^\n]{0,500}?)(?P=quote)(?=[\s,]|$))
    | (?P<bare>\S+)
    """,
    re.VERBOSE,
)
_LINE_END = re.compile(r"[ \t,\\]*(?:\n|$)")
_JOINING = (";", "@", "<", ">", "=", "!", "~")
"""The edge of a word that belongs to the next or the previous one: ``name @ address``, ``name >= 1``."""
_OPTIONS_WITH_VALUE = frozenset(
    "-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -f --find-links".split()
)
"""pip's options that take the next word; not allowed here, and reported as one item."""
_ENDLESS = re.compile(r"\d{1000}")
_MOST_WORDS = 256
"""How many words one requirement may have; the longest markers in use have about forty."""
_GOES_ON = ("and", "or", "in", "not", *_JOINING)
"""Words that continue a requirement, although the words before them are already one."""


class Token(NamedTuple):
    """One item of a list, as it is written.

    Attributes:
        text: The item, without quotes around it, commas after it and backslashes at line ends.
        span: Where it is.
        comment: Whether it is a ``#`` and the rest of its line. That is not a comment inside a value.
        quoted: Whether there were quotes around it.
        parsed: The requirement (PEP 508) that ``text`` is; None when it is not one.
    """

    text: str
    span: Span
    comment: bool = False
    quoted: bool = False
    parsed: Requirement | None = None


class _Word(NamedTuple):
    """A run without white space, or a quoted run.

    Attributes:
        text: Without the quotes around it and without commas or a backslash after it.
        raw: The same with its quotes, as a part of a marker needs them.
        start: Where it begins in the value.
        end: Where it ends.
        line_end: Whether only commas and a backslash follow on its line.
        comment: Whether it is a ``#`` and the rest of its line.
    """

    text: str
    raw: str
    start: int
    end: int
    line_end: bool
    comment: bool


def split(option: Option) -> list[Token]:
    """Split a value only at white space: keywords, channels, names.

    Args:
        option: The option whose value is a list.

    Returns:
        The tokens in order.
    """
    return [
        Token(text=word.text, span=option.span(word.start, word.end), comment=word.comment)
        for word in _words(option.text)
    ]


def split_requirements(option: Option) -> list[Token]:
    """Split a value into requirements (PEP 508), whose markers and addresses may contain spaces.

    After a ``;``, an ``@`` or a comparison, the item is the longest run of words that is a requirement. packaging
    decides what a requirement is, so there is no second grammar here.

    Args:
        option: The option whose value is a list of requirements.

    Returns:
        The tokens in order, parsed where they can be.
    """
    words = list(_words(option.text))
    tokens = []
    at = 0
    while at < len(words):
        count, parsed = _token_at(words, at)
        taken = words[at : at + count]
        tokens.append(
            Token(
                text=taken[0].text if count == 1 else " ".join(word.raw for word in taken),
                span=option.span(taken[0].start, taken[-1].end),
                comment=taken[0].comment,
                quoted=taken[0].raw != taken[0].text,
                parsed=parsed,
            )
        )
        at += count
    return tokens


def parse_requirement(text: str) -> Requirement | None:
    """Return ``text`` as a requirement (PEP 508), or None when it is not one."""
    if _ENDLESS.search(text):  # Python refuses such numbers, and packaging does not check for them
        return None
    try:
        return Requirement(text)
    except (ValueError, RecursionError):  # InvalidRequirement is a ValueError; so are numbers of thousands of digits
        return None


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        end = match.end()
        line_end = _LINE_END.match(text, end) is not None
        word = match["inner"] if match["quoted"] else match[0]
        if match["bare"]:
            if line_end:
                word = word.removesuffix("\\")
            word = word.strip(",")
        if word:
            yield _Word(
                text=word,
                raw=match["quoted"] or word,
                start=match.start(),
                end=match.start() + len(word) if match["bare"] else end,
                line_end=line_end,
                comment=bool(match["comment"]),
            )


def _token_at(words: Sequence[_Word], at: int) -> tuple[int, Requirement | None]:
    """Return how many words from ``at`` on make one item, and the requirement if they are one."""
    first = words[at]
    if first.comment:
        return 1, None
    if first.text in _OPTIONS_WITH_VALUE and at + 1 < len(words):
        return 2, None
    parsed = parse_requirement(first.text)
    following = words[at + 1].text if at + 1 < len(words) else ""
    joined = following.startswith(_JOINING)
    if first.raw != first.text or not (joined or ";" in first.text or first.text.endswith(_JOINING)):
        return 1, parsed
    best = (1, parsed) if parsed and not joined else None
    text = first.text
    for count, word in enumerate(words[at + 1 : at + _MOST_WORDS], start=2):
        if word.comment or (best and best[0] == count - 1 and not word.raw.startswith(_GOES_ON)):
            break
        text += " " + word.raw
        if longer := parse_requirement(text):
            best = (count, longer)
    if best is None and not (";" in text or "@" in text):
        return 1, parsed
    return best or (_to_line_end(words, at), None)


def _to_line_end(words: Sequence[_Word], at: int) -> int:
    for count, word in enumerate(words[at:], start=1):
        if word.line_end:
            return count
    return len(words) - at
