"""An item that is no requirement -> what is wrong with it, and what was probably meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.settings.tokens import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with an item of a list.

    Attributes:
        clause: It, as a clause that goes on from the item, without a full stop.
        hint: What to do, as a sentence.
        mended: What was meant, where that is beyond doubt; else None.
    """

    clause: str
    hint: str
    mended: str | None = None


_UNKNOWN = Mistake(clause="is not a requirement", hint="Write a name, name>=1.2 or name[extra], separated by blanks.")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?"


def explain(text: str) -> Mistake:
    """Say what is wrong with an item of a list of requirements.

    Args:
        text: The item; ``packaging`` has refused it.

    Returns:
        What it is; something general where nothing is known.
    """
    for pattern, describe in _SLIPS:
        if match := pattern.search(text):
            return describe(match)
    return _UNKNOWN


def _single_equals(match: re.Match[str]) -> Mistake:
    return Mistake(clause="has a single =, which is no comparison", hint=f"Did you mean {match[1]}=={match[2]}?")


def _swapped(match: re.Match[str]) -> Mistake:
    mended = f"{match[1]}{match[2][::-1]}{match[3]}"
    return Mistake(
        clause="has its comparison the wrong way round", hint=f"Did you mean {mended}?", mended=_valid(mended)
    )


def _no_name(match: re.Match[str]) -> Mistake:
    return Mistake(
        clause="has no name in front of it",
        hint=f"Write the name and its version in one piece, without a blank: name{match[0]}",
    )


def _wildcard(match: re.Match[str]) -> Mistake:
    mended = match.string.replace(match[0], match[0].removesuffix(".*"))
    return Mistake(
        clause=f"has .* behind {match[1]}, but .* goes with == and != alone",
        hint=f"Did you mean {mended}?",
        mended=_valid(mended),
    )


def _quoted_version(match: re.Match[str]) -> Mistake:
    mended = match.string.replace(match[0], match[1] + match[2])
    return Mistake(clause="has quotes around a version", hint=f"Did you mean {mended}?", mended=_valid(mended))


def _local(_: re.Match[str]) -> Mistake:
    return Mistake(
        clause="compares with a local version (the part behind +), which goes with == and != alone",
        hint="Leave out the + and what follows.",
    )


def _bare_address(match: re.Match[str]) -> Mistake:
    return Mistake(
        clause="is an address without a name", hint=f"Write name @ {match[0]}, with the name of the package."
    )


def _no_address(match: re.Match[str]) -> Mistake:
    return Mistake(
        clause=f"has {match[2]} behind the @, which is no address that everybody can reach",
        hint=f"Write {match[1]} @ https://..., or the name alone.",
    )


def _python(match: re.Match[str]) -> Mistake:
    version = match[1].strip("<>=!~ ,")
    return Mistake(
        clause="is not listed: the lowest Python is what min_python says",
        hint=f"Leave it out here and write min_python = {version or '3.11'}",
    )


def _glued_marker(_: re.Match[str]) -> Mistake:
    return Mistake(
        clause="has its ; right behind the address, which takes it for a part of it",
        hint="Put a blank in front of the ;",
    )


def _blanks(match: re.Match[str]) -> Mistake:
    mended = "".join(match[0].split())
    return Mistake(
        clause="has blanks around its comparison", hint=f"Write {mended} in one piece.", mended=_valid(mended)
    )


def _option(_: re.Match[str]) -> Mistake:
    return Mistake(
        clause="is an option of pip's command line, not a requirement",
        hint="settings.ini lists names alone; leave the option out.",
    )


def _channel(match: re.Match[str]) -> Mistake:
    return Mistake(
        clause="has a conda channel in front of the name",
        hint=f"Write {match[2]} here and add {match[1]} to conda_channels.",
    )


def _commas(match: re.Match[str]) -> Mistake:
    parts = [part for part in match.string.split(",") if part]
    if all(parse_requirement(part) for part in parts):
        mended = " ".join(parts)
        return Mistake(clause="has commas between names", hint=f"Separate the names by blanks: {mended}", mended=mended)
    return _UNKNOWN


def _path(_: re.Match[str]) -> Mistake:
    return Mistake(
        clause="is a path on one machine, which nobody else has",
        hint="Publish that package, or leave it out.",
    )


def _valid(text: str) -> str | None:
    """Return a text that is a requirement; None for one that is none."""
    return text if parse_requirement(text) else None


_SLIPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Mistake]], ...] = (
    (re.compile(rf"^({_NAME})\s*@\s*(?!(?:https?|(?:git|hg|svn|bzr)\+[a-z+]+)://[^/])(\S+)"), _no_address),
    (re.compile(r"^(?i:python)(?=[^A-Za-z0-9._-]|$)(.*)"), _python),
    (re.compile(r"@\s*\S+?;"), _glued_marker),
    (re.compile(rf"^({_NAME})\s*([<>=!~]=?=?)\s+(\S+)$|^({_NAME})\s+([<>=!~]=?=?)\s*(\S+)$"), _blanks),
    (re.compile(r"^-"), _option),
    (re.compile(r"^([A-Za-z0-9._-]+)::([A-Za-z0-9._-]+)"), _channel),
    (re.compile(r"^[a-z+]+://\S+|^git@\S+"), _bare_address),
    (re.compile(r"^\.{0,2}/|^[A-Za-z]:\\|^~/"), _path),
    (re.compile(r"^[<>=!~].*"), _no_name),
    (re.compile(rf"^({_NAME})(=[<>])(v?\d\S*)$"), _swapped),
    (re.compile(rf"^({_NAME})=([^=<>~!].*)$"), _single_equals),
    (re.compile(r"([<>]=?|~=)\s*[^\s,;*]+\.\*"), _wildcard),
    (re.compile(r"([<>=!~]=?)\s*['\"]([0-9][^'\"]*)['\"](?=,|;|$)"), _quoted_version),
    (re.compile(r"(?:[<>]=?|~=)\s*[^\s,;]+\+"), _local),
    (re.compile(rf"^{_NAME}[^,]*,\s*[A-Za-z]"), _commas),
)
