"""check, its reports, explain, try and publish about the same lists: they never contradict each other."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from onelist.analysis.resolving.verdict import Verdict, builds_text, verdict
from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN
from onelist.core.targets import Target
from onelist.publish.results import InstallLineResult
from onelist.sources.conda.solving.solver import own_platform
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.solution import Compiler, NoSolution, ResolvedPackage, Solved
from tests.channels import interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import Fault, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from onelist.sources.solution import SolveResult
    from tests.helpers import Ran
    from tests.servers import File, Server

pytestmark = [
    pytest.mark.usefixtures("own_caches"),
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the machine of these lists is Linux"),
]
OWN = f"{own_platform()}/3.{sys.version_info[1]}"
BACKEND = """
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as archive:
        folder = "{name}-1.0.dist-info/"
        archive.writestr(folder + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        archive.writestr(folder + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(folder + "RECORD", "")
    return name
"""


def source_of(name: str, *more: tuple[str, str]) -> list[File]:
    """Return the files of a project that has only its source, which builds itself."""
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = (("pyproject.toml", project), ("backend.py", BACKEND.format(name=name)), *more)
    return [sdist(name, "1.0", modules=files)]


PROJECTS = {
    "ready": [wheel("ready", "1.0")],
    "pure": source_of("pure"),
    "native": source_of("native", ("native.c", "int main() { return 0; }\n")),
    "brings": [wheel("brings", "1.0", depends=("pure",))],
    "yanked": [wheel("yanked", "1.0", yanked=True)],
    "capped": [wheel("capped", "1.0", requires_python="<3.9")],
    "lib": [wheel("lib", "2.0"), wheel("lib", "1.0")],
    "old": [wheel("old", "1.0", depends=("lib<2",))],
    "new": [wheel("new", "1.0", depends=("lib>=2",))],
    "broken": [wheel("broken", "1.0", depends=("gone",))],
    "down": [wheel("down", "1.0")],
}


@dataclass(frozen=True)
class Case:
    """A list, what is true of it, and what explain says of its first requirement."""

    items: str
    verdict: Verdict
    explained: str
    builds: tuple[tuple[str, str], ...] = ()


CASES = {
    "a wheel": Case("ready", Verdict.INSTALLS, "finds it on"),
    "pure source": Case("pure", Verdict.BUILDS, "finds it and builds it from source on", (("pure", "no"),)),
    "C source": Case("native", Verdict.BUILDS, "finds it and builds it from source on", (("native", "likely"),)),
    "a dependency in source": Case("brings", Verdict.BUILDS, "finds it on", (("pure", "no"),)),
    "yanked": Case("yanked", Verdict.FAILS, "cannot install it on"),
    "yanked and pinned": Case("yanked==1.0", Verdict.INSTALLS, "finds it on"),
    "capped": Case("capped", Verdict.FAILS, "cannot install it on"),
    "conflict": Case("old new", Verdict.FAILS, "finds it on"),
    "a missing dependency": Case("broken", Verdict.FAILS, "finds it on"),
    "absent": Case("gone", Verdict.FAILS, "cannot install it on"),
    "a server that is down": Case("down", Verdict.UNKNOWN, "unknown on"),
}
CODES = {Verdict.FAILS: FINDINGS, Verdict.UNKNOWN: UNKNOWN}
STATES = {Verdict.FAILS: "clash", Verdict.UNKNOWN: "unknown"}


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        server.fail("/simple/down/", Fault.FORBIDDEN)
        yield server


@pytest.fixture
def run(tmp_path: Path, index: Server, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Run a command about a list with these items."""
    forge = write_channel(tmp_path / "forge", interpreters([own_platform()]), [own_platform()])
    (tmp_path / "LICENSE").write_text("x\n", encoding="utf-8")

    def run(items: str, command: str, *arguments: str) -> Ran:
        keys = {
            "pip_requirements": items,
            "min_python": f"3.{sys.version_info[1]}",
            "platforms": own_platform(),
            "conda_channels": str(forge),
            "license": "mit",
        }
        (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        return onelist(command, *arguments, "--index-url", f"{index.url}/simple/", "--timeout", "60")

    return run


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_command_says_the_same(
    case: Case, run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrowed = ("--installer", "pip", "--target", OWN)
    built = builds_text([[ResolvedPackage(name=name, version="1.0") for name, _ in case.builds]])
    tail = rf"[^\n]*; {built}\n" if built else r"[^;\n]*\n"

    (row,) = json.loads(run(case.items, "check", *narrowed, "--format", "json").out)["resolutions"]
    assert row["state"] == STATES.get(case.verdict, "resolved")
    assert row["builds"] == (
        [{"name": name, "version": "1.0", "compiler": compiler} for name, compiler in case.builds]
        if case.verdict.installs
        else None
    )

    line = rf"with pip: {case.verdict.words} on Linux[^\n;]*{tail}"
    assert re.search(line, run(case.items, "check", *narrowed).out)

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    run(case.items, "check", *narrowed, "--format", "github")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8").replace("\\", "").replace("\u2060", "")
    assert re.search(line, summary)

    told = run(case.items, "explain", case.items.split()[0]).out
    assert f"pip install course-meta: {case.explained}" in told
    assert "installs it" not in told

    tried = run(case.items, "try", "--installer", "pip", "--no-import")
    assert tried.code == CODES.get(case.verdict, CLEAN), tried.out
    assert bool(re.search(rf"packages installed in {tail}", tried.out)) is case.verdict.installs

    published = run(case.items, "publish", "--dry-run", "--to", f"folder:{tmp_path / 'channel'}")
    assert published.code == CODES.get(case.verdict, CLEAN), published.out + published.err


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Solved(packages=(ResolvedPackage(name="a", version="1"),)), "works (1 package)"),
        (
            Solved(packages=(ResolvedPackage(name="docopt", version="0.6.2", compiler=Compiler.NO),)),
            "works (1 package); pip builds docopt 0.6.2 from source",
        ),
        (NoSolution(explanation="no\nway"), "fails: no way"),
        (SourceError(kind=SourceErrorKind.TIMED_OUT), "unknown: the package index did not answer in time"),
    ],
)
def test_an_install_line_has_the_same_verdict(outcome: SolveResult, said: str) -> None:
    target = Target(platform="linux-64", python=(3, 12))
    line = InstallLineResult(line="pip install course", target=target, is_this_machine=True, outcome=outcome)
    assert str(line) == f"pip install course: {said}"
    assert line.exit_code == CODES.get(verdict(outcome), CLEAN)
