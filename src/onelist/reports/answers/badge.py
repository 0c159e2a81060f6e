"""A badge: whether a list installs with pip, with conda or with both, from the JSON report of a check.

The badge is an SVG in the form that shields.io made common, or the JSON that shields.io reads
(https://shields.io/badges/endpoint-badge). No text of the report is in it: only words of onelist, and numbers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from onelist.core.errors import UsageError
from onelist.core.installers import INSTALLERS, PIP
from onelist.core.model import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLOURS = {"brightgreen": "#2c7a31", "yellow": "#8a6100", "red": "#b3261e", "lightgrey": "#5f666d"}
"""The names of shields.io, and what the SVG has for them: each readable below white text (WCAG 2.2, 1.4.3)."""
_WORST_FIRST = ("lightgrey", "red", "yellow", "brightgreen")
_STATES = ("resolved", "clash", "unknown")
_NARROW, _WIDE = frozenset("fijlt.,:; "), frozenset("mw")


class Badge(NamedTuple):
    """A badge.

    Attributes:
        label: The left half.
        message: The right half.
        colour: The colour of the right half, as shields.io names it.
    """

    label: str
    message: str
    colour: str


class Counts(NamedTuple):
    """For how many combinations of platform and Python a list installs with one installer.

    Attributes:
        installer: ``pip`` or ``conda``.
        installs: With how many it does.
        unknown: How many could not be checked.
        total: How many there are.
    """

    installer: str
    installs: int
    unknown: int
    total: int

    @property
    def colour(self) -> str:
        """The colour; unknown never turns into another one."""
        if self.unknown or not self.total:
            return "lightgrey"
        return "brightgreen" if self.installs == self.total else "yellow" if self.installs else "red"

    @property
    def words(self) -> str:
        """The same in a few words."""
        if not self.total:
            return "not checked"
        if self.unknown == self.total:
            return "unknown"
        if self.unknown:
            return f"{self.installs} of {self.total} install, {self.unknown} unknown"
        if self.installs == self.total:
            return "installs"
        return f"{self.installs} of {self.total} install" if self.installs else "fails"


def parse_results(origin: str, raw: bytes) -> tuple[dict[str, Any], ...]:
    """Return the results of a JSON report of ``check`` or ``merge``.

    Args:
        origin: The name of the file, for messages.
        raw: Its content, which may come from anywhere.

    Raises:
        UsageError: It is no such report.
    """
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        _refuse(origin)
    results = data.get("results", [data]) if isinstance(data, dict) else None
    if not isinstance(results, list) or not results or not all(map(_is_result, results)):
        _refuse(origin)
    if any(result.get("as_of") for result in results):
        raise UsageError(f"{origin} is about a past day, and a badge is about now.", "Check without --as-of.")
    return tuple(results)


def _is_result(data: object) -> bool:
    """Tell whether plain data has what a badge needs."""
    if not isinstance(data, dict) or data.get("schema_version") != SCHEMA_VERSION or "settings" not in data:
        return False
    resolutions = data.get("resolutions")
    return resolutions is None or (isinstance(resolutions, list) and all(map(_is_resolution, resolutions)))


def _is_resolution(data: object) -> bool:
    return isinstance(data, dict) and data.get("installer") in INSTALLERS and data.get("state") in _STATES


def _refuse(origin: str) -> NoReturn:
    raise UsageError(
        f"{origin} is not a JSON report of this version of onelist.", "Make one with: onelist check --format json"
    )


def make_badge(results: Sequence[dict[str, Any]], installers: Sequence[str] | None = None) -> Badge:
    """Return the badge of one or more lists.

    Args:
        results: The results, as ``docs/schemas/check.json`` describes one.
        installers: Which installers it is about; None for pip and conda, or pip alone where no list has conda channels.
    """
    if installers is None:
        installers = (PIP,) if all(_is_only_pip(result["settings"]) for result in results) else INSTALLERS
    label = " and ".join(installers)
    if any(result["settings"] is None for result in results):
        return Badge(label, "mistakes in the settings", "red")
    rows = [one for result in results for one in result.get("resolutions") or () if one.get("priority") != "strict"]
    counts = [_count(installer, rows) for installer in installers]
    colour = min((one.colour for one in counts), key=_WORST_FIRST.index)
    words = [one.words for one in counts]
    if len(set(words)) == 1:
        return Badge(label, words[0], colour)
    return Badge(label, ", ".join(f"{one.installer}: {one.words}" for one in counts), colour)


def _is_only_pip(settings: object) -> bool:
    """Tell whether a list has ``conda_channels = none``."""
    return isinstance(settings, dict) and settings.get("conda_channels") == []


def _count(installer: str, rows: Iterable[dict[str, Any]]) -> Counts:
    states = [row["state"] for row in rows if row["installer"] == installer]
    return Counts(installer, states.count("resolved"), states.count("unknown"), len(states))


def endpoint_json(badge: Badge) -> dict[str, Any]:
    """Return a badge as the JSON that shields.io reads."""
    return {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.colour}


def svg(badge: Badge) -> str:
    """Return a badge as an SVG."""
    left, right = _width(badge.label) + 12, _width(badge.message) + 12
    name = f"{badge.label}: {badge.message}"
    texts = "".join(
        f'<text x="{x:g}" y="14" textLength="{width - 12}">{text}</text>'
        for x, width, text in ((left / 2, left, badge.label), (left + right / 2, right, badge.message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="{_COLOURS[badge.colour]}"/>'
        f'<path d="M3 0H{left}V20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3d4248"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">'
        f"{texts}</g></svg>\n"
    )


def _width(text: str) -> int:
    """Return about how many pixels a text takes in Verdana of 11 pixels; the SVG then makes it exactly so wide."""
    return round(sum(3.9 if char in _NARROW else 9.9 if char in _WIDE else 6.6 for char in text))
