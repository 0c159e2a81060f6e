"""The site of the documents: Sphinx with MyST and furo. Build it with: python -m sphinx -W docs site."""

from __future__ import annotations

import os.path
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from onelist.core.version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "onelist"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist"]
myst_heading_anchors = 4
nitpicky = True
highlight_language = "text"
smartquotes = False  # they would turn the two hyphens of an option into a dash
exclude_patterns = ["_*"]

html_theme = "furo"
html_title = "onelist"
html_static_path = ["_static"]
html_css_files = ["pictures.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# The workflow docs.yml checks external links every week: python -m sphinx -b linkcheck docs links
linkcheck_ignore = [r"https?://(127\.0\.0\.1|localhost|(.*\.)?example\.org)", r"https://github\.com/ada/"]
linkcheck_timeout = 30
linkcheck_retries = 2
linkcheck_anchors = False

_DOCS = Path(__file__).parent
_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/truth/README.md": "truth.md",
}
"""Documents in other folders of the repository, and the pages that include them."""


def _lead_to_pages(text: str, file: Path, page: Path) -> str:
    """Return a document whose links to other documents lead to their pages, with their titles in place of file names.

    Args:
        text: The document.
        file: The file that holds it: its links are relative to the folder of this file.
        page: The page that shows it. New links are relative to the folder of this page.
    """

    def page_of(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(file.parent / link[1]))
        name = target.relative_to(_DOCS.parent).as_posix() if target.is_relative_to(_DOCS.parent) else ""
        shown = _DOCS / _PAGES[name] if name in _PAGES else target
        return "](" + Path(os.path.relpath(shown, page.parent)).as_posix()

    text = re.sub(r"\[[\w./-]+\.md\](?=\([^):\s]+\.md[)#])", "[]", text)
    return re.sub(r"\]\(([^):#\s]+\.(?:md|json|yml))(?=[)#])", page_of, text)


def _read(_app: Sphinx, name: str, source: list[str]) -> None:
    page = _DOCS / f"{name}.md"
    source[0] = _lead_to_pages(source[0], page, page)


def _read_included(_app: Sphinx, path: Path, parent: str, content: list[str]) -> None:
    content[0] = _lead_to_pages(content[0], _DOCS / path, _DOCS / f"{parent}.md")


def _add_codes(_app: Sphinx, doctree: nodes.document) -> None:
    """Give each rule a short address that stays when its title changes, such as findings.html#s001."""
    for section in doctree.findall(nodes.section):
        found = re.match(r"([A-Z]\d{3}): ", section[0].astext())
        if found:
            section["ids"].insert(0, found[1].lower())


def _copy(app: Sphinx, exception: Exception | None) -> None:
    """Give the schemas and the workflow for many lists addresses that stay."""
    if exception is None and app.builder.name == "html":
        shutil.copytree(_DOCS / "schemas", app.outdir / "schemas", dirs_exist_ok=True)
        shutil.copy2(_DOCS / "many-lists.yml", app.outdir)


def setup(app: Sphinx) -> None:
    """Connect the functions of this file to the events of Sphinx."""
    app.connect("source-read", _read)
    app.connect("include-read", _read_included)
    app.connect("doctree-read", _add_codes)
    app.connect("build-finished", _copy)
