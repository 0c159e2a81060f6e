"""Faults of a settings.ini as a whole -> the text that was meant, so that one fault has one finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import Requirement

from onelist.core.findings import Edit, Replace, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEADER = "[DEFAULT]"
MOST_LINES = 10_000
"""How many lines are read. Real files have up to 300; configparser takes time with the square of wrong lines."""
_CONFLICT = re.compile(r"[ \t]*(?:(?:<{7}|>{7})(?: |$)|={7}$)")
_COLON = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?=[ \t]|$)")

_LONGEST = 200
"""How long a line may be that counts as a requirement of another file."""
_KEY = re.compile(
    r"(?:lib_name|version|min_python|requirements|pip_requirements|conda_requirements|description|license|author|user|"
    r"keywords|git_url|conda_\w+)[ \t]*[=:]"
)
_FOREIGN = {
    "pyproject.toml": re.compile(r"\[(?:project|build-system|tool\.|dependency-groups)"),
    "pixi.toml": re.compile(r"\[(?:workspace|pypi-dependencies|feature\.)"),
    "environment.yml": re.compile(r"(?:dependencies|channels):\s*(?:\[.*)?$"),
}
"""Lines by which other files that people have are told apart."""


class Fault(NamedTuple):
    """What is wrong with a line of the file.

    Attributes:
        variant: The variant of the rule (S002).
        span: The place.
        fields: The values of the fields of its message and hint.
        edit: The change that was made to read on; None where nothing can be read.
    """

    variant: str
    span: Span
    fields: dict[str, str]
    edit: Edit | None = None


class Repaired(NamedTuple):
    """The lines of a settings.ini as they were meant.

    Attributes:
        lines: The lines; those that were changed are as long as before, up to their ``=``.
        faults: What was wrong.
        is_readable: Whether the lines can be read.
    """

    lines: tuple[str, ...]
    faults: tuple[Fault, ...]
    is_readable: bool = True


def repair(lines: Sequence[str]) -> Repaired:
    """Return the lines that were meant.

    Args:
        lines: The lines of the file.
    """
    if len(lines) > MOST_LINES:
        span = Span(line=MOST_LINES + 1, column=1)
        return Repaired(tuple(lines), (Fault("too_many", span, {"most": f"{MOST_LINES:,}"}),), is_readable=False)
    if not any(line.strip() not in {"", _HEADER} and not _is_comment(line) for line in lines):
        return Repaired(tuple(lines), (Fault("empty", Span(line=1, column=1), {}),), is_readable=False)
    if conflict := _conflict(lines):
        return Repaired(tuple(lines), (conflict,), is_readable=False)
    if foreign := _foreign(lines):
        return Repaired(tuple(lines), (foreign,), is_readable=False)
    repaired, faults = list(lines), []
    if header := _wrong_header(lines):
        repaired[header.span.line - 1] = _HEADER
        faults.append(header)
    for colon in _colons(lines):
        number, length = colon.span.line, colon.span.length
        repaired[number - 1] = lines[number - 1][: length - 1] + "=" + lines[number - 1][length:]
        faults.append(colon)
    return Repaired(tuple(repaired), tuple(faults))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", ";"))


def _foreign(lines: Sequence[str]) -> Fault | None:
    """Return the fault of a file that is not a settings.ini, but another file with its name."""
    if any(_KEY.match(line) or line.strip().upper() == _HEADER for line in lines):
        return None
    said = [line for line in lines if line.strip() and not _is_comment(line)]
    fitting = (kind for kind, pattern in _FOREIGN.items() if any(map(pattern.match, said)))
    kind = next(fitting, "requirements.txt" if all(map(_is_requirements_line, said)) else "")
    if not kind:
        return None
    return Fault("foreign", Span(line=lines.index(said[0]) + 1, column=1, length=len(said[0])), {"kind": kind})


def _is_requirements_line(line: str) -> bool:
    text = line.partition(" #")[0].strip()
    return text.startswith("-") or _is_requirement(text)


def _is_requirement(text: str) -> bool:
    try:
        return len(text) <= _LONGEST and Requirement(text) is not None
    except (ValueError, RecursionError):  # InvalidRequirement is a ValueError
        return False


def not_indented(lines: Sequence[str], numbers: Sequence[int]) -> Fault | None:
    """Return the fault of items of a list that begin in the first column, below the key of the list.

    Args:
        lines: The lines of the file.
        numbers: The numbers of lines without ``=`` that follow each other.
    """
    some = [lines[number - 1] for number in numbers]
    before = next((line for line in reversed(lines[: numbers[0] - 1]) if re.match(r"\w+\s*=", line)), "")
    key, _, value = before.partition("=")
    words = [word for line in some for word in line.split()]
    if not key.strip().endswith("requirements") or not all(map(_is_requirement, words)):
        return None
    several = len(numbers) > 1
    fields = {
        "lines": f"Lines {numbers[0]} to {numbers[-1]} begin" if several else "This line begins",
        "them": "them" if several else "it",
        "key": key.strip(),
    }
    spans = [Span(line=number, column=1, length=len(line)) for number, line in zip(numbers, some, strict=True)]
    changes = tuple(Replace(span=span, text=f"    {line}") for span, line in zip(spans, some, strict=True))
    return Fault("not_indented", spans[0], fields, None if value.strip() else Edit(changes=changes))


def _conflict(lines: Sequence[str]) -> Fault | None:
    """Return the fault of a file with the markers of a merge conflict of git."""
    marked = [(number, line) for number, line in enumerate(lines, start=1) if _CONFLICT.match(line)]
    signs = {line.lstrip()[0] for _, line in marked}
    if signs < {"<", ">"} or len(signs) < 2:  # noqa: PLR2004
        return None
    (first, text), (last, _) = marked[0], marked[-1]
    return Fault("conflict", Span(line=first, column=1, length=len(text)), {"first": str(first), "last": str(last)})


def _wrong_header(lines: Sequence[str]) -> Fault | None:
    """Return the fault of a first line that is nearly [DEFAULT], or another section in a file without [DEFAULT]."""
    number, line = next(
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not _is_comment(line)
    )
    text = line.strip()
    is_other = re.fullmatch(r"\[[^\]]+\]", text) is not None
    is_nearly = text.strip("[] \t").upper() == "DEFAULT" and "=" not in text
    if line.rstrip() == _HEADER or not (is_other or is_nearly) or any(one.rstrip() == _HEADER for one in lines):
        return None
    span = Span(line=number, column=len(line) - len(line.lstrip()) + 1, length=len(text))
    edit = Edit(changes=(Replace(span=span, text=_HEADER),))
    variant = "header" if is_nearly else "other_section"
    return Fault(variant, span, {"section": text.strip("[] \t"), "written": text}, edit)


def _colons(lines: Sequence[str]) -> Iterator[Fault]:
    """Yield the lines at the margin in which a colon stands in place of =; the place ends with the colon."""
    for number, line in enumerate(lines, start=1):
        match = _COLON.match(line)
        if match and not ("=" in line and line.index("=") < match.end()):
            span = Span(line=number, column=1, length=match.end())
            edit = Edit(changes=(Replace(span=span, text=f"{match[1]} ="),))
            yield Fault("colon", span, {"key": match[1]}, edit)
