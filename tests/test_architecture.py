"""Imports run one way, and nothing but the edges reads, writes or prints."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = ROOT / "src/onelist"
MODULES = sorted(SOURCE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return every module of onelist that a module imports, at its top or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "onelist"}


def test_nothing_imports_the_command_line() -> None:
    edge = {SOURCE / "cli.py", SOURCE / "__main__.py", *(SOURCE / "commands").glob("*.py")}
    wrong = [path.name for path in MODULES if path not in edge and imports(path) & {"onelist.cli", "onelist.commands"}]
    assert wrong == []


def test_what_is_decided_asks_nobody() -> None:
    """Deciding and showing are pure: they see what was answered, and never who answers."""
    pure = [*(SOURCE / "checks").glob("*.py"), *(SOURCE / "reports").glob("*.py")]
    pure += [SOURCE / name for name in ("availability.py", "evidence.py", "questions.py", "targets.py", "answers.py")]
    asking = {f"onelist.channels.{name}" for name in ("http", "conda", "indexes", "installers", "stamps")}
    assert [
        path.name for path in pure if imports(path) & {*asking, "onelist.survey"} and not only_for_types(path)
    ] == []


def only_for_types(path: Path) -> bool:
    """Tell whether a module imports what asks for type annotations alone."""
    text = path.read_text(encoding="utf-8")
    body = text.partition("if TYPE_CHECKING:")[0]
    return not re.search(r"onelist\.(survey|channels\.(http|conda|indexes|installers|stamps))", body)


def test_the_model_imports_nothing_of_ours() -> None:
    assert imports(SOURCE / "model.py") == set()


@pytest.mark.parametrize("path", sorted((SOURCE / "checks").glob("*.py")) + sorted((SOURCE / "reports").glob("*.py")))
def test_checks_and_reports_import_no_builder_and_no_output(path: Path) -> None:
    assert not {name for name in imports(path) if name.startswith(("onelist.output", "onelist.artifacts"))}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_only_the_edge_prints(path: Path) -> None:
    if path.name == "cli.py" or path.parent.name == "commands":
        return
    text = path.read_text(encoding="utf-8")
    assert "print(" not in text
    assert "sys.stdout" not in text
    assert "sys.stderr" not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_is_one_noun(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 420


def test_no_address_of_a_package_index_is_written_anywhere() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "anaconda" + ".org", "/" + "root/", "/" + "work/"]
    files = [
        path for path in ROOT.rglob("*") if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".ini", ".tsv"}
    ]
    ours = [path for path in files if not {"dist", ".venv"} & set(path.relative_to(ROOT).parts)]
    assert len(ours) > 50
    found = [(path.name, host) for path in ours for host in hosts if host in path.read_text(encoding="utf-8")]
    assert found == []
