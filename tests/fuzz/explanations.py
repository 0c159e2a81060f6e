"""Target: hostile words of an index, a channel and the command line, through every report and explain."""

from __future__ import annotations

import copy
import html
import json
import os
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from onelist import api
from onelist.analysis.lists import ResolveOptions, read_list
from onelist.checks.run import CheckOptions, check_lists
from onelist.core import rules
from onelist.core.errors import OnelistError
from onelist.reports.answers.explain import story_lines
from onelist.reports.lines import plain
from onelist.sources.cache import CachePolicy
from onelist.sources.config import NetworkOptions
from tests.conftest import NOW
from tests.fuzz.inputs import hostile
from tests.fuzz.repodata import REPODATA
from tests.fuzz.settings_files import assert_error_is_harmless, assert_harmless, assert_reports_are_harmless
from tests.fuzz.target import Target
from tests.helpers import settings_text


def write_index(folder: Path, words: list[str]) -> None:
    """Write an index in a folder whose only page says the words wherever it may say some."""
    reason, python, version = (html.escape(one) for one in words)
    name = f"demo-{version.replace('/', '')}-py3-none-any.whl"
    meta = '<meta name="pypi:project-status" content="archived">'
    meta += f'<meta name="pypi:project-status-reason" content="{reason}">'
    links = f'<a href="demo-1.0.tar.gz" data-requires-python="{python}" data-yanked="{reason}">demo-1.0.tar.gz</a>'
    links += f'<a href="{name}" data-requires-python="{python}">{name}</a>'
    (folder / "demo").mkdir(parents=True)
    page = f"<!DOCTYPE html><html><head>{meta}</head><body>{links}</body></html>"
    (folder / "demo/index.html").write_bytes(page.encode("utf-8", "replace"))


def write_channel(folder: Path, words: list[str]) -> None:
    """Write a channel whose records say the words."""
    first, second, third = words
    data = copy.deepcopy(REPODATA)
    record = {"depends": [f"python {first}", second], "build": third, "license": first, "constrains": [third]}
    data["packages.conda"]["demo-1.0-py312h_0.conda"] |= record  # type: ignore[index]
    for subdir in ("noarch", "linux-64"):
        (folder / subdir).mkdir(parents=True)
        written = json.dumps(data if subdir == "linux-64" else {"packages": {}}).encode("utf-8", "surrogatepass")
        (folder / subdir / "repodata.json").write_bytes(written)


def check_words(page: list[str], record: list[str], asked: str) -> None:
    """Nobody's words are a command, and whatever somebody asks about is explained or refused."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_index(folder / "simple", page)
        write_channel(folder / "channel", record)
        path = folder / "settings.ini"
        keys = {"min_python": "3.12", "platforms": "linux-64", "requirements": "demo"}
        path.write_text(settings_text(**keys, conda_channels=str(folder / "channel")), encoding="utf-8")
        network = NetworkOptions(
            environment={**os.environ, "ONELIST_CACHE_DIR": str(folder / "cache")},
            index_url=(folder / "simple").as_uri() + "/",
            cache_policy=CachePolicy.REFRESH,
            now=NOW,
        )
        options = CheckOptions(network=network, resolve=ResolveOptions(enabled=False))
        (result,) = check_lists({path: read_list(path)}, options)
        assert [one.message for one in result.findings if one.code == rules.INTERNAL_ERROR.code] == []
        assert_reports_are_harmless(result)
        for wanted in ("demo", asked):
            try:
                explanations = api.explain(wanted, path, options)
            except OnelistError as error:
                assert_error_is_harmless(error)
                continue
            assert_harmless("".join(plain(story_lines(one)) for one in explanations))


_three = st.lists(hostile, min_size=3, max_size=3)
TARGETS = (Target(name="words", inputs={"page": _three, "record": _three, "asked": hostile}, check=check_words),)
