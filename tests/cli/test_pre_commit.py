"""The hooks of pre-commit in .pre-commit-hooks.yaml."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.helpers import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import Ran

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))}


def test_pre_commit_accepts_the_manifest() -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib", reason="pre-commit is not installed")
    assert {hook["id"] for hook in clientlib.load_manifest(MANIFEST)} == {"onelist-check", "onelist-sync"}


@pytest.mark.parametrize(
    ("hook", "path", "runs"),
    [
        ("onelist-check", "settings.ini", True),
        ("onelist-check", "lists/one/settings.ini", True),
        ("onelist-check", "my-settings.ini", False),
        ("onelist-sync", "settings.ini", True),
        ("onelist-sync", "recipe/recipe.yaml", True),
        ("onelist-sync", "src/x.py", False),
    ],
)
def test_a_hook_runs_for_its_files(hook: str, path: str, runs: bool) -> None:  # noqa: FBT001
    assert bool(re.search(HOOKS[hook]["files"], path)) is runs


def test_the_hooks_do_their_work_without_the_network(
    folder: Path, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a hook has opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    sync = HOOKS["onelist-sync"]
    assert sync["pass_filenames"] is False
    assert onelist(*sync["entry"].split()[1:]).code == 0
    assert (folder / "recipe/recipe.yaml").is_file()
    assert onelist(*sync["entry"].split()[1:], "--check").code == 0
    checked = onelist(*HOOKS["onelist-check"]["entry"].split()[1:], "settings.ini")
    assert "error" not in checked.out
    assert checked.code in {0, 1}
    (folder / "settings.ini").write_text("[DEFAULT]\nlib_name =\n", encoding="utf-8")
    assert onelist(*HOOKS["onelist-check"]["entry"].split()[1:], "settings.ini").code == 2
