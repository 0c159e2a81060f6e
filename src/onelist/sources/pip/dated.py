"""What ``pip install`` would have installed at the end of a day: without and with the files that say no day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from onelist.sources.cutoff import agreed, undated_error
from onelist.sources.faults import SourceError
from onelist.sources.pip.resolver import PipResolver

if TYPE_CHECKING:
    import asyncio
    import datetime
    from collections.abc import Collection, Mapping, Sequence

    from onelist.core.targets import Target
    from onelist.sources.cutoff import ReleaseName
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import SolveResult


class DatedPipResolver:
    """pip, as of the day of the options. It is used in a ``with`` block, as :class:`PipResolver` is.

    uv never reads the pages of the index: it reads those that onelist makes of them (``pages.py``). So onelist itself
    leaves out what is newer, and uv's own ``--exclude-newer`` is not used: it would leave out each file without a day,
    and say "no solution".
    """

    def __init__(self, session: SourceSession, index_client: IndexClient, semaphore: asyncio.Semaphore) -> None:
        """Take the settings; see :class:`PipResolver`."""
        self._dated = PipResolver(session, index_client, semaphore)
        self._every = PipResolver(session, index_client.with_undated(), semaphore)

    def __enter__(self) -> Self:
        """Begin to answer uv."""
        self._dated.__enter__()
        self._every.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        self._every.__exit__(*exception)
        self._dated.__exit__(*exception)

    @property
    def identity(self) -> str:
        """uv, its version, and the package indexes without passwords."""
        return self._dated.identity

    def releases_of(self, day: datetime.date) -> list[ReleaseName]:
        """Return the releases of which a file was uploaded on a day, of all projects that were read."""
        return self._dated.releases_of(day)

    async def names(self, asked: Collection[tuple[str, ...]], target: Target) -> frozenset[str] | None:
        """Return the projects whose pages were read; see :class:`ResolverInputs`. None where a file says no day."""
        return None if self._dated.undated() else await self._dated.names(asked, target)

    async def fingerprints(self, names: Collection[str], target: Target) -> Mapping[str, str] | None:
        """Return a hash of the pages of each project now; see :class:`ResolverInputs`."""
        return await self._dated.fingerprints(names, target)

    async def solve(self, requirements: Sequence[str], target: Target) -> SolveResult:
        """Resolve requirements (PEP 508) for a target; see :meth:`PipResolver.solve`."""
        found = await self._dated.solve(requirements, target)
        undated = self._dated.undated()
        if isinstance(found, SourceError) or not undated:
            return found
        return agreed(found, await self._every.solve(requirements, target), undated_error(undated, "file"))
