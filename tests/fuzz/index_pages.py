"""Targets: project pages of an index, JSON and HTML, and the metadata that an index has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from onelist.core.text import harmless
from onelist.sources.cache import CachedResponse
from onelist.sources.faults import SourceError
from onelist.sources.pypi.simple import ProjectFiles, parse, read_entries
from tests.conftest import NOW
from tests.fuzz.inputs import damaged_bytes, damaged_json
from tests.fuzz.target import Target
from tests.servers import HTML_TYPE, JSON_TYPE, project_html, project_json, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = [
    wheel("demo", "1.0", requires_python=">=3.9", size=12),
    wheel("demo", "2.0", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", yanked="<b>broken</b>"),
    sdist("demo", "2.1rc1"),
    sdist("demo", "1!3.0.post1"),
]
_STATUS = {"status": "archived", "reason": "No longer maintained."}


def check_page(content: bytes, content_type: str) -> None:
    """A page is read, or it is no project page; whatever it says, its files can be listed."""
    page = CachedResponse(status=200, content=content, content_type=content_type, stored=NOW)
    found = parse(page, "demo")
    entries = read_entries(page, "demo")
    assert isinstance(found, ProjectFiles) == isinstance(entries, list)
    if isinstance(found, SourceError):
        assert harmless(found.reason) == found.reason
        return
    assert isinstance(found, ProjectFiles)
    for version in found.versions:
        str(version)
        for file in found.files(version):
            assert file.version == version
    assert harmless(found.status.marker) == found.status.marker


def _seed(files: list[Any], status: Mapping[str, str]) -> Any:
    return json.loads(project_json("demo", files, status))


TARGETS = (
    Target(
        name="index-json",
        inputs={"content": damaged_json(_seed(_FILES, _STATUS))},
        check=lambda content: check_page(content, JSON_TYPE),
    ),
    Target(
        name="index-html",
        inputs={
            "content": damaged_bytes(
                project_html("demo", _FILES, _STATUS).decode(),
                (
                    "<a href=",
                    "<![x[",
                    "<!--",
                    "<!DOCTYPE [",
                    "&#x110000;",
                    "&#0;",
                    "</html",
                    "<base href='x'>",
                    'data-yanked="',
                ),
            )
        },
        check=lambda content: check_page(content, HTML_TYPE),
    ),
)
