"""The status of a project on a package index (PEP 792), from its project page."""

from __future__ import annotations

from enum import StrEnum
from html.parser import HTMLParser
from typing import Any, NamedTuple

_META = {"pypi:project-status": "status", "pypi:project-status-reason": "reason"}
"""The names of HTML meta tags, and the keys of JSON for the same."""
_LONGEST = 200
"""How many characters of a reason are kept."""


class StatusMarker(StrEnum):
    """The status markers of PEP 792 that mean something for users; all others are taken for "active"."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    """Its maintainers do not expect to update it again."""
    QUARANTINED = "quarantined"
    """The index considers it unsafe, for instance because of malware, and offers none of its files."""
    DEPRECATED = "deprecated"
    """It is obsolete; another project may replace it."""


class ProjectStatus(NamedTuple):
    """The status of a project.

    Attributes:
        marker: The status marker.
        reason: What the index or the maintainers write about it, in one line; ``""`` for nothing.
    """

    marker: StatusMarker = StatusMarker.ACTIVE
    reason: str = ""


ACTIVE = ProjectStatus()


def status_of_json(details: dict[str, Any]) -> ProjectStatus:
    """Return the status on a project page in JSON.

    The package index writes an object ``project-status`` with ``status`` and ``reason``
    (https://packaging.python.org/en/latest/specifications/simple-repository-api). An example in the same document has
    both in ``meta``; servers were written after either, so both are read.
    """
    found = details.get("project-status")
    if isinstance(found, dict):
        return _status(found.get("status"), found.get("reason"))
    meta = details.get("meta")
    return _status(meta.get("project-status"), meta.get("project-status-reason")) if isinstance(meta, dict) else ACTIVE


def status_of_html(content: bytes) -> ProjectStatus:
    """Return the status on a project page in HTML, which is in meta tags."""
    if b"pypi:project-status" not in content:
        return ACTIVE
    parser = _MetaParser()
    parser.feed(content.decode(errors="replace"))
    return _status(parser.found.get("status"), parser.found.get("reason"))


def _status(marker: object, reason: object) -> ProjectStatus:
    if not isinstance(marker, str) or marker not in set(StatusMarker):
        return ACTIVE
    words = " ".join(reason.split()) if isinstance(reason, str) else ""
    return ProjectStatus(
        marker=StatusMarker(marker), reason=words if len(words) <= _LONGEST else words[:_LONGEST] + "..."
    )


class _MetaParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        key = _META.get(attributes.get("name") or "")
        if tag == "meta" and key:
            self.found.setdefault(key, attributes.get("content") or "")
