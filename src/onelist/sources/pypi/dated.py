"""The files of a project that were on an index at the end of a day; no network."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from onelist.sources.pypi.simple import PageContent, ProjectFiles, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from onelist.sources.cutoff import Cutoff
    from onelist.sources.pypi.simple import ListedFile


class DatedFiles(ProjectFiles):
    """The files of a project that an index lists with a day of upload (PEP 700) that counts.

    Attributes:
        with_undated: The same, with all files that say no day.
    """

    def __init__(self, project: str, files: ProjectFiles, cutoff: Cutoff) -> None:
        """Take the normalised name, all files, and the day."""
        key = f"{files.fingerprint} {cutoff.key}"
        super().__init__(project, lambda: self._cut(undated=False), fingerprint=key, as_of=files.as_of)
        self.with_undated = ProjectFiles(
            project, lambda: self._cut(undated=True), fingerprint=f"{key} undated", as_of=files.as_of
        )
        self._all = files
        self._name = project
        self._cutoff = cutoff

    @cached_property
    def undated(self) -> int:
        """How many files say no day, of those that pip can install."""
        return sum(
            file.uploaded is None
            for version, listed in self._all.listed.items()
            if any(day_of(one.day) is None for one in listed)
            for file in self._all.files(version)
        )

    def _cut(self, *, undated: bool) -> PageContent:
        kept = {
            version: files
            for version, listed in self._all.listed.items()
            if (files := tuple(self._counting(version, listed, undated=undated)))
        }
        return PageContent(kept, self._all.status)

    def _counting(self, version: Version, files: Iterable[ListedFile], *, undated: bool) -> Iterator[ListedFile]:
        text = str(version) if self._cutoff.without else ""  # to write a version takes long
        for file in files:
            day = day_of(file.day)
            if undated if day is None else self._cutoff.admits(self._name, text, day):
                yield file
