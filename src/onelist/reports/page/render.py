"""The page itself: one file of HTML with its style and its script, made with jinja2.

A Content-Security-Policy (W3C, Content Security Policy Level 3) in the page forbids everything: each request, and each
script and style but the two whose hashes it names. So a hostile name that got past the escaping could still not run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from onelist.core.data import read_table
from onelist.core.installers import INSTALLERS
from onelist.core.text import printable
from onelist.core.version import __version__
from onelist.reports.page.bands import bands
from onelist.reports.page.changes import changes
from onelist.reports.page.downloads import downloads
from onelist.reports.page.findings import page_findings, page_rules
from onelist.reports.page.headline import day_words, headline, next_steps, time_words
from onelist.reports.page.index import WORST_FIRST, index_headline, index_row
from onelist.reports.page.install_lines import install_lines
from onelist.reports.page.matrix import matrix
from onelist.reports.page.states import PageState
from onelist.reports.page.trend import trends
from onelist.reports.page.whole import whole
from onelist.reports.table import ages

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    import jinja2

    from onelist.reports.page.index import IndexRow
    from onelist.reports.page.model import PageInput

_SEVERITIES = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "unknown": ("unknown", "unknown"),
    "info": ("note", "notes"),
}
"""The singular and the plural of each severity."""
_SCRIPTS = {"page": ("common", "pictures", "page"), "index": ("common", "index")}
"""The scripts of each template, which become one."""


def render(page: PageInput) -> str:
    """Return the result of a check as a page.

    All text of files and channels is shown literally: it goes through ``printable()``, and jinja2 escapes it.

    Args:
        page: The result.

    Returns:
        HTML, which needs no other file.
    """
    return _rendered("page", _content(page))


def render_index(pages: Sequence[PageInput], names: Sequence[str]) -> str:
    """Return the index of the pages of several lists.

    Args:
        pages: The results.
        names: The file name of the page of each, beside which the index lies.

    Returns:
        HTML, which needs no other file but these pages.
    """
    rows = [index_row(page, name) for page, name in zip(pages, names, strict=True)]
    return render_rows(rows, pages[0].checked, pages[0].as_of)


def render_rows(rows: Sequence[IndexRow], checked: datetime.datetime | None, as_of: datetime.date | None = None) -> str:
    """Return the index of lists, from a row for each.

    Args:
        rows: What it says of each list; one or more.
        checked: When they were checked; None where that is not known.
        as_of: The day as of which they were checked; None for now.
    """
    used = {cell.state for row in rows for cell in row.cells}
    content = {
        "headline": index_headline(rows, checked, as_of),
        "rows": sorted(rows, key=lambda row: (row.rank, row.name)),
        "packages": sorted({name for row in rows for name in row.requirements}),
        "states": [state for state in WORST_FIRST if state in used],
        "ranks": {state: rank for rank, state in enumerate(WORST_FIRST)},
        "installers": INSTALLERS,
    }
    return _rendered("index", content)


def _rendered(name: str, content: dict[str, Any]) -> str:
    """Return a template with its content, its style and its script."""
    style = read_table("page/page.css")
    script = "\n".join(read_table(f"page/{one}.js") for one in _SCRIPTS[name])
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )
    return _template(name).render(policy=policy, style=style, script=script, version=__version__, **content)


@cache
def _template(name: str) -> jinja2.Template:
    """Return a template; each is read once."""
    import jinja2
    from markupsafe import Markup

    def shown(value: object) -> object:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = jinja2.Environment(
        autoescape=True,
        finalize=shown,
        loader=jinja2.FunctionLoader(lambda file: read_table(f"page/{file}")),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment.get_template(f"{name}.html")


def _content(page: PageInput) -> dict[str, Any]:
    """Return what the template shows."""
    return {
        "page": page,
        "headline": headline(page),
        "ages": tuple(ages(page.availability)) if page.availability else (),
        "steps": next_steps(page),
        "changes": changes(page.history, page.look) if page.look else None,
        "time_words": time_words,
        "day_words": day_words,
        "trends": trends(page.history, page.look, page.checked) if page.look else (),
        "systems": install_lines(page),
        "whole": whole(page.resolutions, page.settings) if page.resolutions and page.settings else None,
        "bands": bands(page.resolutions) if page.resolutions else None,
        "downloads": downloads(page.resolutions or ()),
        "matrix": matrix(page.availability) if page.availability else None,
        "findings": page_findings(page),
        "rules": page_rules(page),
        "severities": _SEVERITIES,
        "states": list(PageState),
    }


def _hash(text: str) -> str:
    """Return the source expression that allows a script or a style with this text (CSP3, section 2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
