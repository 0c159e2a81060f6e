"""onelist as a library: the examples of docs/library.md, and what it promises."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import onelist
from tests.channels import Package, interpreters, write_channel
from tests.helpers import ROOT, settings_text
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Server

DOCUMENT = (ROOT / "docs/library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(?s)```python\n(.*?)```", DOCUMENT)
PLACEHOLDER = "http://127.0.0.1:8080"
KEYS = {
    "min_python": "3.12",
    "platforms": "linux-64",
    "license": "mit",
    "git_url": "https://example.org/list",
    "requirements": "pandas<3",
}


@pytest.fixture
def server() -> Iterator[Server]:
    with index_server({"pandas": [wheel("pandas", "2.2")]}) as running:
        yield running


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder my-list with a small list, in the current folder; its channel is a folder too."""
    monkeypatch.setenv("ONELIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    channel = write_channel(tmp_path / "forge", [*interpreters(), Package("pandas", "2.2")])
    (tmp_path / "my-list").mkdir()
    (tmp_path / "my-list/LICENSE").write_text("Do what is right.\n", encoding="utf-8")
    text = settings_text(**KEYS, conda_channels=str(channel))
    (tmp_path / "my-list/settings.ini").write_text(text, encoding="utf-8")
    return tmp_path / "my-list"


@pytest.mark.parametrize("example", EXAMPLES, ids=[re.findall(r"onelist\.(\w+)\(", one)[-1] for one in EXAMPLES])
@pytest.mark.usefixtures("course")
def test_the_examples_run(example: str, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    publishes = "onelist.publish(" in example
    example = example.replace(PLACEHOLDER, server.url).replace(
        "onelist.NetworkOptions()", f'onelist.NetworkOptions(index_url="{server.url}/simple/")'
    )
    exec(compile(example, "docs/library.md", "exec"), {})  # noqa: S102 - the document's own examples
    out, err = capsys.readouterr()
    assert err == ""
    assert bool(out) == ("print(" in example and not publishes) or publishes


def test_each_example_is_short() -> None:
    assert len(EXAMPLES) >= 6
    for example in EXAMPLES:
        statements = ast.parse(example).body[1:]
        assert len(statements) <= 5, example


def test_the_examples_show_what_they_promise(course: Path) -> None:
    result = onelist.check(course, onelist.CheckOptions(settings_only=True))
    assert "P002" in [finding.code for finding in result.findings]
    assert result.exit_code == 1
    assert not result.has_unknown
    before = (course / "settings.ini").read_bytes()
    fixed = onelist.fix(course, onelist.CheckOptions(settings_only=True, select=("P",)), dry_run=True)
    assert [finding.code for finding in fixed.made] == ["P002"]
    assert (course / "settings.ini").read_bytes() == before == fixed.before
    assert b"requirements = pandas\n" in fixed.after
    built = onelist.build(course, course / "out", onelist.BuildOptions(verify=True))
    assert all((course / "out" / artifact.path).read_bytes() == artifact.content for artifact in built.artifacts)
    assert "- pandas <3\n" in onelist.export(course, "environment")
    assert str(onelist.bump(course, "minor", dry_run=True).new_version) == "0.2.0"


def test_it_works_inside_a_running_event_loop(course: Path, server: Server) -> None:
    network = onelist.NetworkOptions(index_url=f"{server.url}/simple/")

    async def notebook() -> onelist.CheckResult:
        return onelist.check(course, onelist.CheckOptions(network=network))

    result = asyncio.run(notebook())
    assert not result.has_unknown
    assert result.availability is not None
    assert result.resolutions is not None
    assert {type(one.status).__name__ for one in result.resolutions} == {"Resolved"}


def test_what_a_server_does_is_a_finding_and_no_exception(course: Path) -> None:
    network = onelist.NetworkOptions(index_url="http://127.0.0.1:9/simple/")
    result = onelist.check(course, onelist.CheckOptions(network=network))
    assert result.has_unknown
    assert "H001" in [finding.code for finding in result.findings]


@pytest.mark.usefixtures("course")
def test_errors_are_those_of_the_document() -> None:
    with pytest.raises(onelist.UsageError):
        onelist.check("nowhere")
    with pytest.raises(onelist.UsageError):
        onelist.export("my-list", "nothing")
    (Path("my-list") / "settings.ini").write_text("[DEFAULT]\nversion = x\n", encoding="utf-8")
    assert onelist.check("my-list", onelist.CheckOptions(settings_only=True)).settings is None
    with pytest.raises(onelist.SettingsError) as caught:
        onelist.build("my-list")
    assert caught.value.findings
    assert issubclass(onelist.SettingsError, onelist.OnelistError)


def test_every_name_that_it_offers_exists() -> None:
    assert dir(onelist) == sorted(onelist.__all__)
    for name in onelist.__all__:
        assert getattr(onelist, name) is not None
    with pytest.raises(AttributeError):
        getattr(onelist, "nothing")  # noqa: B009 - to name it would not pass the type checker


@pytest.mark.parametrize("first", ["onelist.build.builder", "onelist.publish.publisher", "onelist.cli.main", "onelist"])
def test_build_and_publish_are_functions_whatever_is_imported_first(first: str) -> None:
    code = f"import {first}, onelist; from onelist.build import builder; print(onelist.build, onelist.publish)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"<function build at \w+> <function publish at \w+>\n", ran.stdout)


def test_the_import_is_light() -> None:
    code = "import sys, onelist; print([m for m in ('typing', 'dataclasses', 'rattler', 'uv') if m in sys.modules])"
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); " + code
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
