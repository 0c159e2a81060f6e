"""End commands at random moments, and see that the next run is whole: python -m tests.fuzz.kills --seconds 120."""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from tests.channels import Package, interpreters, runnable_python, write_channel
from tests.helpers import settings_text
from tests.processes import children, ends
from tests.servers import index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COMMANDS: Mapping[str, Sequence[str]] = {
    "build": ("build", "--index"),
    "sync": ("sync",),
    "fix": ("fix", "--settings-only"),
    "bump": ("bump", "1.0.1"),
    "check": ("check", "--format", "json"),
    "publish": ("publish", "--to", "folder:{folder}/out"),
    "export": ("export", "environment", "-o", "environment.yml"),
    "init --from": ("init", "{folder}/new", "--from", "{folder}/requirements.txt"),
    "init --github": ("init", "--github"),
    "try with pip": ("try", "{folder}/course", "--installer", "pip"),
    "try with conda": ("try", "{folder}/course", "--installer", "conda"),
}
"""Commands that write: into the folder of the list, beside it, into the cache, or into temporary environments."""
SIGNALS = tuple(getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
_ONCE = frozenset({"bump", "init --from"})
"""Commands that refuse to do again what they have done."""
_TIMES = re.compile(rb'"indexed_timestamp":[0-9]+,')
_TEMPORARY = re.compile(r"onelist-[0-9a-f]{8}-\d+-")
"""A part of the name of each temporary file."""
_OURS = frozenset({"temporary", "cache", "channel"})
"""Folders of a scene that do not belong to the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that has ended, by itself or by a signal.

    Attributes:
        code: Its exit code; below 0 for the number of the signal that ended it.
        said: What it wrote.
    """

    code: int
    said: str


class Scene:
    """The folder of a list, with a channel and an index that answer."""

    def __init__(self, folder: Path, template: Path, index: str) -> None:
        """Make a copy of a list.

        Args:
            folder: The folder to make.
            template: The list.
            index: The address of the index.
        """
        self.folder = folder
        shutil.copytree(template, folder)
        (folder / "temporary").mkdir()
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "GITHUB_"))},
            "TMPDIR": str(folder / "temporary"),
            "ONELIST_CACHE_DIR": str(folder / "cache"),
            "UV_INDEX_URL": f"{index}/simple/",
            "PIP_INDEX_URL": f"{index}/simple/",
            "SOURCE_DATE_EPOCH": "315619200",
        }

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command in the folder."""
        arguments = [one.format(folder=self.folder) for one in COMMANDS[command]]
        return subprocess.Popen(
            [sys.executable, "-m", "onelist", *arguments],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(self, command: str) -> Ended:
        """Run a command to its end."""
        with self.start(command) as process:
            said, _ = process.communicate()
        return Ended(code=process.returncode, said=said.replace(str(self.folder), "FOLDER"))

    def run_until(self, command: str, moment: float, number: signal.Signals) -> Ended:
        """Run a command, and end it so many seconds after its start."""
        with self.start(command) as process:
            time.sleep(moment)
            below = children(process.pid)
            process.send_signal(number)
            said, _ = process.communicate()
            assert all(map(ends, below)), f"a program that {command} started still runs"
        return Ended(code=process.returncode, said=said)

    def files(self) -> dict[str, bytes]:
        """Return the content of each file of the list, by its path; without temporary files."""
        found = {name: _timeless(path) for name, path in self._all() if not _TEMPORARY.search(name)}
        return {name.partition("/shards/")[0]: content for name, content in found.items()}

    def leftovers(self) -> list[str]:
        """Return the temporary files that are there, in the list's folder and in that of the system."""
        beside = [name for name, _ in self._all() if _TEMPORARY.search(name)]
        folders = [path.name for path in self.folder.rglob(".onelist-*") if path.is_dir()]
        return [*beside, *folders, *(path.name for path in (self.folder / "temporary").iterdir())]

    def _all(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            if path.is_file() and name.parts[0] not in _OURS:
                yield name.as_posix(), path


def _timeless(path: Path) -> bytes:
    """Return the content of a file; an index of a channel without its times, and without hashes of what has times."""
    content = path.read_bytes()
    if path.suffix == ".zst":
        content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    if path.name == "repodata_shards.msgpack.zst" or path.parent.name == "shards":
        return b"some bytes" if content else b""
    return _TIMES.sub(b"", content) if path.name.startswith("repodata") else content


class Kills:
    """Ends commands in scenes of one list."""

    def __init__(self, folder: Path, index: str) -> None:
        """Write the list and its channel.

        Args:
            folder: An empty folder.
            index: The address of an index that has ``tiny``.
        """
        self._folder = folder
        self._index = index
        self._template = folder / "template"
        self._template.mkdir()
        packages = [*interpreters(("linux-64",), ("3.15",)), runnable_python("linux-64"), Package("tiny")]
        channel = write_channel(self._template / "channel", packages, ("linux-64",))
        keys = {"lib_name": "demo", "version": "1.0", "license": "apache2", "description": "d", "min_python": "3.15"}
        keys |= {"git_url": "https://example.org/demo", "conda_maintainers": "ada", "platforms": "linux-64"}
        keys |= {"requirements": "tiny tiny", "conda_channels": f"./{channel.name}"}
        (self._template / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        (self._template / "course").mkdir()
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        keys |= {"min_python": here, "conda_channels": str(channel)}
        (self._template / "course/settings.ini").write_text(settings_text(**keys), encoding="utf-8")
        for name in ("README.md", "LICENSE"):
            (self._template / name).write_text("Do what is right.\n", encoding="utf-8")
        (self._template / "requirements.txt").write_text("tiny==1.0\n", encoding="utf-8")
        self._whole: dict[str, tuple[Ended, dict[str, bytes], float]] = {}
        self._scenes = 0

    def scene(self) -> Scene:
        """Return a new folder of the list."""
        self._scenes += 1
        return Scene(self._folder / f"scene-{self._scenes}", self._template, self._index)

    def whole(self, command: str) -> tuple[Ended, dict[str, bytes], float]:
        """Return how a command ends that nobody disturbs, what it leaves, and how many seconds it takes."""
        if command not in self._whole:
            scene, start = self.scene(), time.monotonic()
            ended = scene.run(command)
            self._whole[command] = ended, scene.files(), time.monotonic() - start
            assert scene.leftovers() == []
        return self._whole[command]

    def kill(self, command: str, number: signal.Signals, share: float) -> None:
        """End a command after a share of its time, and demand that nothing is half, lost or left.

        Raises:
            AssertionError: Something is.
        """
        whole, after, seconds = self.whole(command)
        scene = self.scene()
        before = scene.files()
        ended = scene.run_until(command, share * seconds, number)
        found = scene.files()
        for name, content in found.items():
            assert content in {before.get(name), after.get(name)}, f"{name} is half: {content!r}"
        assert before.keys() <= found.keys(), f"lost: {before.keys() - found.keys()}"
        if number is not signal.SIGKILL:
            early = "<frozen " in ended.said  # Python itself has not started
            assert early or ended.code in {whole.code, 128 + number, -number}, ended
            assert not scene.leftovers(), f"left after {ended}: {scene.leftovers()}"
        again = scene.run(command)
        assert again.code == whole.code or (command in _ONCE and found == after), again
        now = scene.files()
        differ = {name for name in now.keys() | after.keys() if now.get(name) != after.get(name)}
        assert not differ, f"after the next run these differ: {differ}"
        assert not scene.leftovers(), f"left after the next run: {scene.leftovers()}"
        shutil.rmtree(scene.folder)


def main() -> int:
    """End commands until the time is up; return 1 if anything was half, lost or left."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.kills", description="End commands at random moments.")
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"by default all: {', '.join(COMMANDS)}")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long it runs (default: 120)")
    parser.add_argument("--seed", type=int, default=None, help="the seed of the random moments")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    moments, failed, tried = random.Random(seed), 0, 0  # noqa: S311 - moments, not secrets
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        index = stack.enter_context(index_server({"tiny": [wheel("tiny", "1.0")]}))
        kills = Kills(folder, index.url)
        until = time.monotonic() + arguments.seconds
        while time.monotonic() < until:
            command, number = moments.choice(arguments.commands or list(COMMANDS)), moments.choice(SIGNALS)
            share = moments.uniform(0, 1.1)
            tried += 1
            try:
                kills.kill(command, number, share)
            except AssertionError as error:
                failed += 1
                sys.stdout.write(f"{command}, {number.name} after {share:.3f} of its time: {error}\n")
                sys.stdout.flush()
    sys.stdout.write(f"kills: {tried} with the seed {seed}, {failed} failed\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
