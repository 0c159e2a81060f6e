"""S: what the public package index refuses when a package is uploaded, found before."""

from __future__ import annotations

import re
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING

from onelist.core import rules
from onelist.core.data import read_table
from onelist.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import TextFile

MAX_SUMMARY = 512
"""The longest summary, in characters, that the public index takes (its upload form; the Core Metadata set no limit)."""

_RESERVED = "reserved_names.tsv"
_WARNING = re.compile(r"<string>:(\d+): \([A-Z]+/\d\) (.*)")
"""How docutils reports a mistake."""


def check(given: CheckInput) -> Iterator[Finding]:
    """Yield the findings about what an upload to the public index would fail with."""
    settings = given.project.settings
    file = settings.source.file
    if f"\n{settings.name}\n" in read_table(_RESERVED):  # quicker than to read thousands of rows
        yield rules.RESERVED_NAME.at(file, span=settings.spans["lib_name"], name=settings.lib_name)
    length = len(settings.description)
    if length > MAX_SUMMARY:
        yield rules.LONG_DESCRIPTION.at(file, span=settings.spans["description"], length=length, limit=MAX_SUMMARY)
    readme = given.project.readme
    if readme and readme.name.endswith(".rst"):
        yield from _check_readme(str(given.project.folder / readme.name), readme)


def _check_readme(path: str, readme: TextFile) -> Iterator[Finding]:
    """Yield a finding where the index cannot show a README in reStructuredText.

    The index and ``twine check`` use the same library, readme-renderer. Markdown and plain text always render.
    """
    try:
        renderer = import_module("readme_renderer.rst")
    except ImportError:
        yield rules.README_NOT_TRIED.at(path, span=None, path=path)
        return
    warnings = StringIO()
    if renderer.render(readme.content.decode("utf-8"), stream=warnings) is None:
        found = _WARNING.search(warnings.getvalue())
        reason = f"line {found[1]}: {printable(found[2])}" if found else "the text is not reStructuredText"
        yield rules.README_NOT_SHOWN.at(path, span=None, path=path, reason=reason.rstrip("."))
