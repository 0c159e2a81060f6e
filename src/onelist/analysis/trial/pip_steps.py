"""How far an installation by pip has come, from what it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onelist.analysis.progress import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FOUND = re.compile(r"(?:Collecting|Processing) (\S+)")
_DOWNLOADED = re.compile(r"\s+(?:Downloading|Using cached) ")
_TO_BUILD = re.compile(r"Building wheels for collected packages: (.+)")
_BUILT = re.compile(r"\s+Building wheel for \S+ .*: finished with status")
_TO_INSTALL = re.compile(r"Installing collected packages: (.+)")


class PipSteps:
    """Reads the output of a pip that runs. pip does not say beforehand how many packages it will find."""

    def __init__(self, output: Path, installed: Callable[[], int]) -> None:
        """Store where to look.

        Args:
            output: The file to which pip prints; it may not exist yet.
            installed: Returns how many packages pip has installed until now.
        """
        self._output = output
        self._installed = installed
        self._read = 0
        self._found: set[str] = set()
        self._downloaded = self._to_build = self._built = self._to_install = 0

    def __call__(self) -> Step:
        """Return how far pip has come."""
        for line in self._new_lines():
            self._take(line)
        if self._to_install:
            return Step(done=min(self._installed(), self._to_install), total=self._to_install, verb="installed")
        if self._to_build:
            return Step(done=self._built, total=self._to_build, verb="built from source")
        return Step(note=f"{len(self._found)} packages found, {self._downloaded} downloaded" if self._found else "")

    def _new_lines(self) -> list[str]:
        """Return the lines that have come, without one that has no end yet."""
        try:
            with self._output.open("rb") as file:
                file.seek(self._read)
                whole, end, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._read += len(whole) + len(end)
        return whole.decode("utf-8", errors="replace").splitlines()

    def _take(self, line: str) -> None:
        if found := _FOUND.match(line):
            self._found.add(found[1])
        elif _DOWNLOADED.match(line):
            self._downloaded += 1
        elif names := _TO_BUILD.match(line):
            self._to_build, self._built = names[1].count(",") + 1, 0
        elif _BUILT.match(line):
            self._built += 1
        elif names := _TO_INSTALL.match(line):
            self._to_install = names[1].count(",") + 1
