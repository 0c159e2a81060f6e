"""Targets: repodata of a channel, and the records in it, through rattler to the report."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from onelist.analysis.lists import ResolveOptions, read_list
from onelist.checks.run import CheckOptions, check_lists
from onelist.core import rules
from onelist.core.status import Unknown
from onelist.sources.cache import CachePolicy
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceErrorKind
from tests.conftest import NOW
from tests.fuzz.inputs import damaged_json
from tests.fuzz.settings_files import assert_reports_are_harmless
from tests.fuzz.target import Target
from tests.helpers import settings_text
from tests.servers import Server


def _record(name: str, version: str, build: str, *depends: str) -> dict[str, object]:
    return {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "depends": list(depends),
        "constrains": [],
        "subdir": "linux-64",
        "md5": "0" * 32,
        "sha256": "0" * 64,
        "size": 1000,
        "timestamp": 1780000000000,
        "license": "MIT",
    }


REPODATA = {
    "info": {"subdir": "linux-64"},
    "packages": {"demo-0.9-0.tar.bz2": _record("demo", "0.9", "0", "python")},
    "packages.conda": {
        "python-3.12.5-h1_0_cp312.conda": _record("python", "3.12.5", "h1_0_cp312"),
        "demo-1.0-py312h_0.conda": _record(
            "demo", "1.0", "py312h_0", "python >=3.12,<3.13.0a0", "other >=2", "__glibc"
        ),
        "other-2.0-0.conda": _record("other", "2.0", "0", "python"),
        "other-1.0-0.conda": _record("other", "1.0", "0", "python"),
    },
    "removed": [],
    "repodata_version": 1,
}
_SETTINGS = settings_text(min_python="3.12", platforms="linux-64", conda_requirements="demo other>=1", requirements="")


@cache
def server() -> Server:
    """Return a server that answers as long as this process runs: an index without projects, and channels."""
    one = Server(lambda _path, _headers: None)
    one.__enter__()
    return one


def check_repodata(content: bytes) -> None:
    """A channel in a folder; see :func:`check_channel`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        channel = Path(name)
        for subdir in ("noarch", "linux-64"):
            (channel / subdir).mkdir(parents=True)
        (channel / "noarch/repodata.json").write_text('{"packages": {}, "packages.conda": {}}', encoding="utf-8")
        (channel / "linux-64/repodata.json").write_bytes(content)
        check_channel(name)


def check_channel(channel: str) -> dict[str, bool]:
    """A channel is read, or it is unknown; no answer of it stops the report or costs what is known without it.

    Returns:
        Whether the channel is known to have, or not to have, each of the two packages of the list.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        path = folder / "settings.ini"
        path.write_text(_SETTINGS + f"conda_channels = {channel}\n", encoding="utf-8")
        network = NetworkOptions(
            environment={**os.environ, "ONELIST_CACHE_DIR": str(folder / "cache")},
            index_url=f"{server().url}/simple/",
            cache_policy=CachePolicy.REFRESH,
            now=NOW,
        )
        resolve = ResolveOptions(installers=("conda",), targets=("linux-64/3.12",))
        (result,) = check_lists({path: read_list(path)}, CheckOptions(network=network, resolve=resolve))
        errors = [one.message for one in result.findings if one.code == rules.INTERNAL_ERROR.code]
        assert errors == []
        assert result.availability is not None
        unknowns = [one.status.reason for one in result.availability.answers if isinstance(one.status, Unknown)]
        assert [reason for reason in unknowns if SourceErrorKind.INTERNAL_ERROR.clause in reason] == []
        assert_reports_are_harmless(result)
        known = {str(one.requirement.name): not isinstance(one.status, Unknown) for one in result.availability.answers}
        assert known.keys() == {"demo", "other"}
        return known


TARGETS = (Target(name="repodata", inputs={"content": damaged_json(REPODATA)}, check=check_repodata),)
