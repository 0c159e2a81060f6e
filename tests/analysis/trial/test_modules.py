"""Which modules of an installed distribution are imported for a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onelist.analysis.trial.environment import Environment

if TYPE_CHECKING:
    from pathlib import Path

CASES = [
    # the files of a distribution, lines of its metadata, its top_level.txt, the modules that are imported
    (["one.py"], "", "", ["one"]),
    (["pkg/__init__.py", "pkg/deep/__init__.py", "pkg/x.py"], "", "", ["pkg"]),
    (["pkg/__init__.py", "_private.py", "tests/__init__.py"], "", "", ["pkg"]),
    (["fast.cpython-311-x86_64-linux-gnu.so"], "", "", ["fast"]),
    (["faiss/__init__.py", "faiss_cpu.libs/libgomp.so"], "", "", ["faiss"]),
    (["google/cloud/storage/__init__.py", "google/cloud/storage/acl.py"], "", "", ["google.cloud.storage"]),
    (["google/cloud/storage/__init__.py"], "", "google", ["google.cloud.storage"]),
    (["ns/a/__init__.py", "ns/b/__init__.py"], "", "", ["ns.a", "ns.b"]),
    (["plain/x.py"], "", "", ["plain"]),
    (["pkg/__init__.py", "other/__init__.py"], "", "pkg", ["pkg"]),
    (["pkg/__init__.py", "other/__init__.py"], "Import-Name: other", "pkg", ["other"]),
    (["pkg/__init__.py"], "Import-Name: pkg\nImport-Name: pkg.hidden ; private", "", ["pkg"]),
    (["../../bin/tool.py", "pkg/__init__.py"], "", "", ["pkg"]),
    ([], "", "", []),
]


@pytest.mark.parametrize(("files", "metadata", "top_level", "expected"), CASES)
def test_the_modules_of_a_distribution(
    tmp_path: Path, files: list[str], metadata: str, top_level: str, expected: list[str]
) -> None:
    info = tmp_path / "lib/python3.14/site-packages/demo-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.5\nName: demo\nVersion: 1.0\n{metadata}\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files), encoding="utf-8")
    if top_level:
        (info / "top_level.txt").write_text(f"{top_level}\n", encoding="utf-8")
    assert Environment(prefix=tmp_path, variables={}).modules(["demo", "nothing"]) == {
        "demo": tuple(expected),
        "nothing": (),
    }
