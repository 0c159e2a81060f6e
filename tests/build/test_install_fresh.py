"""``install.sh --fresh`` removes what the script made, and nothing else, however it is called."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.learner_machine import MARKER, Machine, keep, machine_for, made, marker

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash and the tools of macOS and Linux")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = machine_for(tmp_path)
    made.tool("conda")
    return made


def link(machine: Machine, target: Path) -> Path:
    """Make a link."""
    (machine.folder / "link").symlink_to(target)
    return machine.folder / "link"


def linked_marker(machine: Machine, place: Path) -> None:
    (place / MARKER).rename(machine.folder / "marker")
    (place / MARKER).symlink_to(machine.folder / "marker")


def here(place: Path) -> str:
    """Go there, and name the folder in another way."""
    os.chdir(place)
    return "./."


def rewrite(place: Path, text: str) -> None:
    """Replace what the marker says."""
    (place / MARKER).write_text(text, encoding="utf-8")


def mount(machine: Machine, place: str) -> None:
    """Make ``mount`` say that something is mounted there."""
    program = machine.bin / "mount"
    program.write_text(f"#!/bin/sh\necho 'x on {place} type ext4 (rw)'\n", encoding="utf-8")
    program.chmod(0o755)


HOME = "is your home folder, or above it. Nothing was removed."
SYSTEM = "is not removed: it is a folder of the system. Nothing was removed."
HERE = "Nothing was removed.\nGo to another folder first: cd"
NOT_OURS = "This script did not make"
MOUNT = "is a mount point, or has one in it. Nothing was removed."
LINK = "is a link. Nothing was removed.\nName the folder itself with --prefix."
NO_INSTALLATION = "does not look like an installation. Nothing was removed."
CASES: dict[str, tuple[str, Callable[[Machine, Path], object]]] = {
    "home": (HOME, lambda machine, _: made(machine.home)),
    "tilde": (HOME, lambda machine, _: (made(machine.home), "~")[1]),
    "home with a slash": (HOME, lambda machine, _: f"{made(machine.home)}//"),
    "above home": (HOME, lambda machine, _: made(machine.home.parent)),
    "root": (SYSTEM, lambda *_: "/"),
    "system": (SYSTEM, lambda *_: "/usr/"),
    "empty": ("--prefix needs a folder.", lambda *_: ""),
    "here": (HERE, lambda _, place: os.chdir(place)),
    "dot": (HERE, lambda _, place: here(place)),
    "above here": (HERE, lambda _, place: os.chdir(place / "conda-meta")),
    "dots": ("Write the folder without '..'", lambda machine, _: f"{machine.home}/../place"),
    "link": (LINK, link),
    "link with a slash": (LINK, lambda machine, place: f"{link(machine, place)}/"),
    "below a link": (
        "lies below a link. Nothing was removed.\nName its real place: --prefix ",
        lambda machine, _: link(machine, machine.folder) / "place",
    ),
    "file": ("is not a folder. Nothing was removed.", lambda _, place: place / "precious"),
    "no marker": (NOT_OURS, lambda _, place: (place / MARKER).unlink()),
    "marker is a link": (NOT_OURS, linked_marker),
    "marker of another place": (
        NOT_OURS,
        lambda machine, place: shutil.copytree(place, machine.folder / "copy"),
    ),
    "marker that says nothing": (NOT_OURS, lambda _, place: rewrite(place, "")),
    "marker with another beginning": (NOT_OURS, lambda _, place: rewrite(place, "x\n")),
    "other list": (
        "was made for other-meta, and not for course-meta. Nothing was removed.",
        lambda _, place: made(place, list="other-meta"),
    ),
    "no installation": (NO_INSTALLATION, lambda _, place: (place / "conda-meta").rmdir()),
    "unknown kind": (NO_INSTALLATION, lambda _, place: made(place, kind="folder")),
    "mount": (MOUNT, lambda machine, place: mount(machine, str(place))),
    "mount below": (MOUNT, lambda machine, place: mount(machine, f"{place}/data")),
    "notebooks": (
        "has files of yours in it: notes.ipynb. Nothing was removed.",
        lambda _, place: (place / "notes.ipynb").touch(),
    ),
    "environment of the user": (
        "has an environment in it that this script did not make: mine. Nothing was removed.",
        lambda _, place: (place / "envs/mine/conda-meta").mkdir(parents=True),
    ),
    "environment for another list": (
        "has an environment in it that this script did not make: other. Nothing was removed.",
        lambda _, place: (made(place / "envs/other", list="other-meta"), None)[1],
    ),
    "repository": ("has files of yours in it: .git. Nothing was removed.", lambda _, place: (place / ".git").mkdir()),
}


@pytest.mark.parametrize("case", CASES)
def test_fresh_never_removes(machine: Machine, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.chdir(machine.folder)
    place = made(machine.folder / "place")
    why, prepare = CASES[case]
    named = prepare(machine, place)
    before = keep(machine.folder)
    ran = machine.run("--fresh", "--yes", "--prefix", place if named is None else str(named), cwd=Path.cwd())
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert why in ran.stderr
    assert keep(machine.folder) == before
    assert machine.calls("rm", "rmdir", "find", "conda", "mv") == []


def test_links_in_the_folder_are_removed_and_not_what_they_lead_to(machine: Machine) -> None:
    """It also shows that the refusals above do not have another reason."""
    place = made(machine.folder / "place")
    (place / "lib").symlink_to(machine.home)
    (machine.home / "thesis").write_text("mine", encoding="utf-8")
    machine.run("--fresh", "--yes", "--prefix", place, FAIL="conda")
    assert not (place / "precious").exists()
    assert (machine.home / "thesis").read_text(encoding="utf-8") == "mine"


def test_a_home_that_is_reached_over_a_link_is_fine(machine: Machine) -> None:
    made(machine.home / "course-meta-env")
    (machine.folder / "users").symlink_to(machine.folder)
    ran = machine.run("--fresh", "--dry-run", HOME=f"{machine.folder}/users/home")
    assert ran.returncode == 0, ran.stderr
    assert f"+ find {machine.folder}/users/home/course-meta-env " in ran.stdout


def test_fresh_that_was_killed_goes_on_without_fresh(machine: Machine) -> None:
    prefix = made(machine.home / "course-meta-env")
    for step in (
        f"mv -f {prefix}/{MARKER}.part {prefix}/{MARKER} removing",
        "find",
        f"rm -f {prefix}/{MARKER}",
        "rmdir",
    ):
        assert machine.run("--fresh", "--yes", KILL_AT=step).returncode == -9, step
    ran = machine.run(KILL_AT="mkdir -p")
    assert ran.returncode == -9
    assert machine.run(FAIL="conda").returncode == 1
    assert marker(prefix)["state"] == "begun"
    assert not (prefix / "precious").exists()


def test_fresh_asks_and_without_a_terminal_it_refuses(machine: Machine) -> None:
    prefix = made(machine.home / "course-meta-env")
    ran = machine.run("--fresh")
    assert ran.returncode == 2
    assert ran.stderr == (
        f"\nCannot ask whether to remove {prefix}: there is no terminal.\nRun this with --yes if it may be removed.\n"
    )
    assert (prefix / "precious").exists()
