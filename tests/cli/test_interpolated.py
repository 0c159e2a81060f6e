"""A list that is written with ``%(name)s`` gets the same answers as the same list written out, in every command."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from rattler.package import IndexJson

from tests.channels import Package, compiled, interpreters, write_channel
from tests.helpers import settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")
KEYS = {
    "description": "d",
    "license": "mit",
    "git_url": "https://example.org/x",
    "conda_maintainers": "ada",
    "min_python": "3.12",
    "platforms": "linux-64 osx-arm64",
    "inner": "late nowhere",
    "outer": "%(inner)s plain",
    "capped": "plain<2 tool>=1,<3",
    "programs": "program absent-program",
}
"""What every list has; the last keys are only there to be referred to."""
LISTS: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "several items out of one reference": (
        {"requirements": "%(inner)s"},
        {"requirements": "late nowhere"},
    ),
    "a reference between items": (
        {"requirements": "tool %(inner)s plain"},
        {"requirements": "tool late nowhere plain"},
    ),
    "nested references": (
        {"requirements": "tool %(outer)s"},
        {"requirements": "tool late nowhere plain"},
    ),
    "references in the lists of one side": (
        {"requirements": "late", "pip_requirements": "%(capped)s", "conda_requirements": "%(programs)s"},
        {
            "requirements": "late",
            "pip_requirements": "plain<2 tool>=1,<3",
            "conda_requirements": "program absent-program",
        },
    ),
    "one reference in a list and in an extra": (
        {"requirements": "%(capped)s", "dev_requirements": "%(outer)s"},
        {"requirements": "plain<2 tool>=1,<3", "dev_requirements": "late nowhere plain"},
    ),
    "what conda cannot have": (
        {"markers": "late;sys_platform=='win32' plain==1.0+local", "requirements": "tool %(markers)s"},
        {
            "markers": "late;sys_platform=='win32' plain==1.0+local",
            "requirements": "tool late;sys_platform=='win32' plain==1.0+local",
        },
    ),
    "pins that are allowed": (
        {"requirements": "%(capped)s", "allow_pins": "plain=2999-01-01 tool=2999-01-01"},
        {"requirements": "plain<2 tool>=1,<3", "allow_pins": "plain=2999-01-01 tool=2999-01-01"},
    ),
}
CARRIED = {name: name != "what conda cannot have" for name in LISTS}
"""Whether conda can have the whole list."""
both = pytest.mark.parametrize("name", LISTS)


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    projects = {
        "late": [wheel("late", "2.0", requires_python=">=3.14"), wheel("late", "1.0", requires_python="<3.13")],
        "plain": [wheel("plain", "2.0"), wheel("plain", "1.0")],
        "tool": [wheel("tool", "2.0")],
    }
    with index_server(projects) as server:
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(),
        *compiled("late", "1.0", pythons=["3.12", "3.13"]),
        Package("plain", "2.0"),
        Package("plain", "1.0"),
        Package("tool", "2.0"),
        Package("program", "7.0", depends=()),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


@pytest.fixture
def run(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> Callable[..., Ran]:
    """Run a command for a list; ASK is replaced by where the index is."""

    def run(keys: Mapping[str, str], *arguments: str) -> Ran:
        text = settings_text(**KEYS | {"conda_channels": str(forge)} | dict(keys))
        (tmp_path / "settings.ini").write_text(text, encoding="utf-8")
        (tmp_path / "LICENSE").write_text("Do what is right.\n", encoding="utf-8")
        asking = ("--index-url", f"{index.url}/simple/")
        return onelist(*(part for one in arguments for part in (asking if one == "ASK" else (one,))))

    return run


def without_columns(found: Any) -> Any:
    """Return a report without the columns of its findings, and of the places that they name."""
    if isinstance(found, dict):
        return {key: without_columns(value) for key, value in found.items() if key not in {"column", "length"}}
    if isinstance(found, list):
        return [without_columns(item) for item in found]
    return re.sub(r"column \d+", "column N", found) if isinstance(found, str) else found


def by_line_and_text(findings: list[dict[str, Any]]) -> list[str]:
    """Return findings in an order that does not depend on columns."""
    return sorted(json.dumps(finding, sort_keys=True) for finding in findings)


@both
def test_check_answers_the_same(run: Callable[..., Ran], name: str) -> None:
    reports = []
    for keys in LISTS[name]:
        ran = run(keys, "check", "ASK", "--format", "json")
        report = without_columns(json.loads(ran.out))
        findings = by_line_and_text(report.pop("findings"))
        reports.append((ran.code, findings, report))
    assert reports[0] == reports[1]
    assert reports[0][2]["answers"]


def test_check_finds_the_one_item_of_a_reference_that_is_missing(run: Callable[..., Ran]) -> None:
    ran = run({"requirements": "%(found)s", "found": "plain nowhere"}, "check", "ASK", "--no-resolve")
    assert ran.code == 1
    assert "error A001: pip cannot install nowhere on any platform: " in ran.out
    assert "pip cannot install plain" not in ran.out


@both
@pytest.mark.parametrize("about", ["late", "nowhere", "plain", "tool", "program", "absent-program", "not-listed"])
def test_explain_tells_the_same(run: Callable[..., Ran], name: str, about: str) -> None:
    told = []
    for keys in LISTS[name]:
        ran = run(keys, "explain", about, "ASK")
        told.append((ran.code, sorted(re.sub(r"(?<=settings\.ini:)\d+:\d+", "PLACE", ran.out).splitlines())))
    assert told[0] == told[1]
    assert len(told[0][1]) > 5


def test_explain_tells_only_what_is_found_about_the_requirement(run: Callable[..., Ran]) -> None:
    ran = run({"requirements": "%(inner)s"}, "explain", "late", "ASK")
    assert "A001" not in ran.out
    ran = run({"requirements": "%(inner)s"}, "explain", "nowhere", "ASK")
    assert "error A001: pip cannot install nowhere on any platform: " in ran.out


@both
@pytest.mark.parametrize("kind", ["environment", "requirements", "pixi"])
def test_export_writes_the_same(run: Callable[..., Ran], name: str, kind: str) -> None:
    one, other = (run(keys, "export", kind) for keys in LISTS[name])
    assert (one.code, one.out) == (other.code, other.out)
    assert words(one.err) == words(other.err)
    assert one.out or one.err


def words(said: str) -> list[str]:
    """Return what is said, without places and the lines that show them."""
    lines = [re.sub(r":\d+:\d+:", ":", line) for line in said.splitlines()]
    return sorted(line for line in lines if not re.match(r" +(?:\d+ \||\^)", line))


@both
def test_build_makes_the_same(tmp_path: Path, run: Callable[..., Ran], name: str) -> None:
    built = []
    for number, keys in enumerate(LISTS[name]):
        folder = tmp_path / f"dist{number}"
        ran = run(keys, "build", "--output", str(folder), *([] if CARRIED[name] else ["--only", "wheel"]))
        assert ran.code == 0, ran.err
        built.append(required(folder))
    assert built[0] == built[1]
    assert sorted(built[0]) == (
        ["conda", "conda-forge/recipes/course-meta/recipe.yaml", "wheel"] if CARRIED[name] else ["wheel"]
    )


@both
def test_a_conda_package_is_refused_for_the_same_reasons(tmp_path: Path, run: Callable[..., Ran], name: str) -> None:
    one, other = (run(keys, "build", "--only", "conda", "--output", str(tmp_path / "dist")) for keys in LISTS[name])
    assert one.code == other.code == (0 if CARRIED[name] else 1)
    assert words(one.err) == words(other.err)


@both
def test_sync_writes_the_same(tmp_path: Path, run: Callable[..., Ran], name: str) -> None:
    written = []
    for keys in LISTS[name]:
        ran = run(keys, "sync")
        paths = [path for path in ("meta.yaml", "recipe/recipe.yaml") if (tmp_path / path).exists()]
        written.append(
            (ran.code, words(ran.err), {path: without_hashes((tmp_path / path).read_text()) for path in paths})
        )
    assert written[0] == written[1]
    assert bool(written[0][2]) == CARRIED[name]


def without_hashes(recipe: str) -> str:
    """Return a recipe without the hash of the sdist, which holds settings.ini as it is written."""
    return re.sub(r"(sha256: )\S+", r"\1HASH", recipe)


def required(folder: Path) -> dict[str, list[str]]:
    """Return what each artifact in a folder requires."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*.whl"):
        with zipfile.ZipFile(path) as archive:
            (metadata,) = [one for one in archive.namelist() if one.endswith("/METADATA")]
            lines = archive.read(metadata).decode().splitlines()
        found["wheel"] = [line for line in lines if line.startswith("Requires-Dist")]
    for path in folder.rglob("*.conda"):
        found["conda"] = list(IndexJson.from_package_archive(path).depends)
    for path in (*folder.rglob("recipe.yaml"), *folder.rglob("meta.yaml")):
        found[str(path.relative_to(folder))] = without_hashes(path.read_text(encoding="utf-8")).splitlines()
    return found


def test_fix_changes_no_item_that_is_written_in_another_key(tmp_path: Path, run: Callable[..., Ran]) -> None:
    keys = {"requirements": "%(capped)s late<9"}
    ran = run(keys, "fix", "--settings-only")
    assert "requirements = %(capped)s late\n" in (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert "capped = plain<2 tool>=1,<3\n" in (tmp_path / "settings.ini").read_text(encoding="utf-8")
    assert ran.out.count("fixed P002") == 1
    assert len(re.findall(r"warning P002: (?:plain|tool) ", ran.out)) == 2


@both
def test_fix_leaves_the_same_to_do_as_the_findings_without_an_edit_say(run: Callable[..., Ran], name: str) -> None:
    before = run(LISTS[name][0], "check", "--settings-only", "--format", "json")
    report = json.loads(before.out)
    ran = run(LISTS[name][0], "fix", "--settings-only", "--dry-run")
    left = [finding for finding in report["findings"] if finding["severity"] != "info"]
    made = len(re.findall(r": would fix ", ran.err))
    assert f"{len(left) - made} left to you." in ran.err


@pytest.mark.slow
def test_try_installs_and_imports_every_item_of_a_reference(run: Callable[..., Ran]) -> None:
    modules = {name: [wheel(name, "1.0", modules=((f"{name}.py", ""),))] for name in ("first", "second")}
    with index_server(modules) as server:
        keys = {"min_python": "3.8", "pair": "first second", "requirements": "%(pair)s"}
        ran = run(keys, "try", "--installer", "pip", "--index-url", f"{server.url}/simple/", "--timeout", "60")
    assert ran.code == 0, ran.out + ran.err
    assert "  can be imported: first, second\n" in ran.out


def test_publish_would_send_the_same_files(tmp_path: Path, run: Callable[..., Ran]) -> None:
    lists: tuple[dict[str, str], ...] = ({"requirements": "%(pair)s"}, {"requirements": "plain tool"})
    to = ("--dry-run", "--to", f"folder:{tmp_path / 'published'}")
    one, other = (run(keys | {"pair": "plain tool"}, "publish", "ASK", *to) for keys in lists)
    assert (one.code, one.out) == (other.code, other.out)
    assert one.code == 0, one.out + one.err
    assert "would be sent" in one.out
