"""An item that is not a requirement -> what is wrong with it, and what was probably meant."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.core.rules.base import no_fields
from onelist.core.text import redact
from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with an item of a list.

    Attributes:
        variant: The variant of the rule (S010, C007) that says it; ``""`` where nothing is known.
        fields: The values of the fields of its message and hint, without secrets.
        fixed: What was meant, where that is certain; else None.
    """

    variant: str = ""
    fields: Mapping[str, str] = field(default_factory=no_fields)
    fixed: str | None = None


UNKNOWN_MISTAKE = Mistake()
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?"
_REPOSITORY = re.compile(
    r"^(?:(?:git\+)?(?:https?|ssh)://(?:git@)?|git@)([\w.-]*(?:git|bitbucket|codeberg)[\w.-]*)[/:]([\w.-]+)/([\w-][\w.-]*?)"
    r"(?:\.git)?(?:/|/(?:-|tree|blob|releases|issues|pulls|wiki|src)(?:/\S*)?)?(?:[?#]\S*)?$"
)
"""The address of a repository, or of one of its pages, on the hosts that many use."""
_SOME_VERSION = "1.2"
_LONGEST = 2000
"""Nothing is said about a longer item: the time of some patterns grows with the square of its length."""


def diagnose(text: str) -> Mistake:
    """Say what is wrong with an item of a list of requirements.

    Args:
        text: The item; ``packaging`` has refused it.

    Returns:
        The mistake; `UNKNOWN_MISTAKE` where nothing is known.
    """
    for pattern, describe in _MISTAKES if len(text) <= _LONGEST else ():
        if match := pattern.search(text):
            return describe(match)
    return UNKNOWN_MISTAKE


def _mistake(variant: str, *, fixed: str | None = None, **fields: str) -> Mistake:
    return Mistake(variant=variant, fields={name: redact(value) for name, value in fields.items()}, fixed=fixed)


def _suggested(variant: str, suggestion: str, **fields: str) -> Mistake:
    """Return a mistake with a suggestion, which is certain where it is a requirement."""
    fixed = suggestion if parse_requirement(suggestion) else None
    return _mistake(variant, fixed=fixed, suggestion=suggestion, **fields)


def _single_equals(match: re.Match[str]) -> Mistake:
    version = match[2].partition("=")[0]  # conda writes NAME=VERSION=BUILD
    return _mistake("single_equals", suggestion=f"{match[1]}=={version}")


def _swapped(match: re.Match[str]) -> Mistake:
    return _suggested("swapped", f"{match[1]}{match[2][::-1]}{match[3]}")


def _one_number(match: re.Match[str]) -> Mistake:
    return _suggested("one_number", match.string.replace(match[0], f"{match[0]}.0"))


def _equals_without_name(match: re.Match[str]) -> Mistake:
    return _mistake("equals_without_name", version=match[1] or _SOME_VERSION)


def _no_name(_: re.Match[str]) -> Mistake:
    return _mistake("no_name")


def _wildcard(match: re.Match[str]) -> Mistake:
    suggestion = match.string.replace(match[0], match[0].removesuffix(".*"))
    return _suggested("wildcard", suggestion, operator=match[1])


def _quoted_version(match: re.Match[str]) -> Mistake:
    return _suggested("quoted_version", match.string.replace(match[0], match[1] + match[2]))


def _local(_: re.Match[str]) -> Mistake:
    return _mistake("local")


def _repository(match: re.Match[str]) -> Mistake:
    return _mistake("repository", name=match[3], address=f"git+https://{match[1]}/{match[2]}/{match[3]}")


def _address_only(match: re.Match[str]) -> Mistake:
    return _mistake("address_only", address=match[0])


def _bad_address(match: re.Match[str]) -> Mistake:
    return _mistake("bad_address", name=match[1], address=match[2])


def _python(match: re.Match[str]) -> Mistake:
    version = re.match(r"\s*(?:[>=~]=?=?)\s*v?(3\.\d{1,3})(?![\d])", match[1])
    return _mistake("python", version=version[1]) if version else _mistake("python_only")


def _glued_marker(_: re.Match[str]) -> Mistake:
    return _mistake("glued_marker")


def _spaces(match: re.Match[str]) -> Mistake:
    return _suggested("spaces", "".join(match[0].split()))


def _option(match: re.Match[str]) -> Mistake:
    file = re.fullmatch(r"(?:-r|--requirement)[\s=]*(\S+)", match.string)
    return _mistake("option_file", file=shlex.quote(file[1])) if file else _mistake("option")


def _channel(match: re.Match[str]) -> Mistake:
    return _mistake("channel", channel=match[1], name=match[2])


def _commas(match: re.Match[str]) -> Mistake:
    parts = [part for part in match.string.split(",") if part]
    if all(parse_requirement(part) for part in parts):
        return _mistake("commas", fixed=" ".join(parts), suggestion=" ".join(parts))
    return UNKNOWN_MISTAKE


def _letters(match: re.Match[str]) -> Mistake:
    others = dict.fromkeys(letter for letter in match.string if not letter.isascii())
    return _mistake("letters", letters=" ".join(others))


def _path(_: re.Match[str]) -> Mistake:
    return _mistake("path")


_MISTAKES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Mistake]], ...] = (
    (_REPOSITORY, _repository),
    (re.compile(rf"^({_NAME})\s*@\s*(?!(?:https?|(?:git|hg|svn|bzr)\+[a-z+]+)://[^/])(\S+)"), _bad_address),
    (re.compile(r"^(?i:python)(?=[^A-Za-z0-9._-]|$)(.*)"), _python),
    (re.compile(r"@\s*\S+?;"), _glued_marker),
    (re.compile(rf"^({_NAME})\s*([<>=!~]=?=?)\s+(\S+)$|^({_NAME})\s+([<>=!~]=?=?)\s*(\S+)$"), _spaces),
    (re.compile(r"^-"), _option),
    (re.compile(r"^([A-Za-z0-9._-]+)(?:/[A-Za-z0-9_-]+)?::([A-Za-z0-9._-]+)"), _channel),
    (re.compile(r"^[a-z+]+://\S+|^git@\S+"), _address_only),
    (re.compile(r"^\.{0,2}/|^[A-Za-z]:\\|^~/"), _path),
    (re.compile(r"^=([^=<>~!].*)?$"), _equals_without_name),
    (re.compile(r"^[<>=!~].*"), _no_name),
    (re.compile(rf"^({_NAME})(=[<>])(v?\d\S*)$"), _swapped),
    (re.compile(rf"^({_NAME})=([^=<>~!].*)$"), _single_equals),
    (re.compile(r"([<>]=?|~=)\s*[^\s,;*]+\.\*"), _wildcard),
    (re.compile(r"~=v?\d+(?=,|;|$)"), _one_number),
    (re.compile(r"([<>=!~]=?)\s*['\"]([0-9][^'\"]*)['\"](?=,|;|$)"), _quoted_version),
    (re.compile(r"(?:[<>]=?|~=)\s*[^\s,;]+\+"), _local),
    (re.compile(rf"^{_NAME}[^,]*,\s*[A-Za-z]"), _commas),
    (re.compile(r"[^\x00-\x7f]"), _letters),
)
