"""What brings a version to the index and to the channels: publish."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.analysis.resolution import CONDA, nearest
from onelist.api import check_lists, open_session, policy_of, read
from onelist.build.request import BuildRequest, source_date_epoch
from onelist.cli.commands.build import build_one
from onelist.cli.shared import CLEAN, FINDINGS, UNKNOWN, single_file
from onelist.core.errors import UsageError
from onelist.core.event_loop import run_async
from onelist.core.findings import Severity
from onelist.core.model import ArtifactKind
from onelist.core.status import PIP
from onelist.core.targets import Target
from onelist.core.text import printable
from onelist.publish import destination
from onelist.publish.destination import Identical, SendError, parcel
from onelist.publish.publisher import PublishResult, PublishStatus, before, table
from onelist.reports import text
from onelist.settings.project import load_project
from onelist.sources.cache import CachePolicy
from onelist.sources.faults import SourceError
from onelist.sources.installers import default_index
from onelist.sources.solution import NoSolution
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from onelist.analysis.resolution import Resolution
    from onelist.api import CheckResult
    from onelist.core.model import Settings
    from onelist.publish.destination import Destination, PackageFile, Repository
    from onelist.sources.session import SourceSession
    from onelist.sources.solution import SolveResult

_LONGEST_PAUSE = 10.0
_EXISTS = re.compile(r"\b409\b|conflict|already exists|exists already", re.IGNORECASE)
"""What servers say of a file that they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """The files for one place.

    Attributes:
        shop: The place.
        parcels: The files.
        rows: What happened with each, filled as it happens.
    """

    shop: Repository
    parcels: tuple[PackageFile, ...]
    rows: dict[str, PublishResult] = field(default_factory=dict)

    def note(self, parcel: PackageFile, done: PublishStatus, reason: str = "") -> None:
        """Say what happened with a file."""
        self.rows[parcel.name] = PublishResult(aim=str(self.shop.aim), file=parcel.name, done=done, reason=reason)

    @property
    def lacking(self) -> list[PackageFile]:
        """The files that are not there yet."""
        return [one for one in self.parcels if self.rows[one.name].done is PublishStatus.NOT_SENT]


def publish(arguments: argparse.Namespace) -> int:
    """Build, verify, check, ask what is there, upload what is not, and see that it can be installed."""
    path = single_file(arguments.path)
    order = _order(path)
    wanted = _aims(arguments.to, order.project.settings)
    session = open_session(replace(policy_of(arguments, CachePolicy.REFRESH), index_url=_asked_index(arguments)))
    with tempfile.TemporaryDirectory(prefix="onelist-publish-") as name:
        folder = Path(name)
        build_one(order, folder, list(ArtifactKind), verified=True)
        judged, code = _checked(path, arguments)
        if code != CLEAN:
            return code
        deliveries = [_delivery(aim, order, folder, session, arguments) for aim in wanted]
        for delivery in deliveries:
            for one in delivery.parcels:
                delivery.rows[one.name] = before(str(delivery.shop.aim), one.name, delivery.shop.remote_status(one))
        code = _sent(deliveries, arguments)
    rows = [row for delivery in deliveries for row in delivery.rows.values()]
    sys.stdout.write("\n".join(map(printable, table(rows))) + "\n")
    if code != CLEAN or arguments.dry_run:
        _advise(rows, [delivery.shop for delivery in deliveries])
        return code
    return _proved(deliveries, order, session, judged.resolutions or ())


def _order(path: Path) -> BuildRequest:
    project = load_project(path)
    return BuildRequest(project=project, plan=make_plan(project.settings), epoch=source_date_epoch(os.environ))


def _aims(texts: Sequence[str], settings: Settings) -> list[Destination]:
    if texts:
        return list(dict.fromkeys(map(destination.parse_destination, texts)))
    if not settings.conda_user:
        raise UsageError(
            "settings.ini does not say to which conda channel the list is published.",
            "Add a line conda_user = and the channel's name; or say where to with --to, such as --to pypi.",
        )
    return [destination.parse_destination("pypi"), destination.parse_destination(f"anaconda:{settings.conda_user}")]


def _asked_index(arguments: argparse.Namespace) -> str | None:
    """Return the index to ask, which has to be the one that uv uploads to."""
    asked: str | None = arguments.index_url or os.environ.get("UV_PUBLISH_CHECK_URL")
    if not _to_index(arguments):
        return asked
    if not asked and not os.environ.get("UV_PUBLISH_URL"):
        return default_index() or None
    if not asked:
        raise UsageError(
            "UV_PUBLISH_URL says where to upload, and nothing says where that index is read.",
            "Set UV_PUBLISH_CHECK_URL to the address of its project pages, or give it with --index-url.",
        )
    if not os.environ.get("UV_PUBLISH_URL"):
        raise UsageError(
            f"{'--index-url' if arguments.index_url else 'UV_PUBLISH_CHECK_URL'} says which index to ask, and nothing "
            "says where to upload to it.",
            "Set UV_PUBLISH_URL, which uv publish reads.",
        )
    return asked


def _to_index(arguments: argparse.Namespace) -> bool:
    return not arguments.to or "pypi" in arguments.to


def _checked(path: Path, arguments: argparse.Namespace) -> tuple[CheckResult, int]:
    """Check the list; say what stands against publishing it, and return that with the exit code."""
    (judged,) = check_lists({path: read(path)}, arguments, asking=True)
    settings = judged.settings
    if settings and judged.has_unknown and settings.conda_user in settings.conda_channels and not arguments.channel:
        # Before the first release the own channel is not there; what the list needs may come from the others.
        arguments.channel = [one for one in settings.conda_channels if one != settings.conda_user]
        (judged,) = check_lists({path: read(path)}, arguments, asking=True)
    wrong = tuple(one for one in judged.findings if one.severity is Severity.ERROR)
    if wrong:
        sys.stderr.write(text.findings_text(wrong, judged.source))
        sys.stderr.write(f"onelist: nothing was sent: {text.summary_text(str(path), wrong)}\n")
        return judged, FINDINGS
    if judged.has_unknown:
        unknown = tuple(one for one in judged.findings if one.severity is Severity.UNKNOWN)
        sys.stderr.write(text.findings_text(unknown, judged.source))
        sys.stderr.write("onelist: nothing was sent, because whether the list can be installed is not known.\n")
        return judged, UNKNOWN
    return judged, CLEAN


def _delivery(
    aim: Destination, order: BuildRequest, folder: Path, session: SourceSession, arguments: argparse.Namespace
) -> _Delivery:
    from onelist.publish.channel import ChannelRepository
    from onelist.publish.folder import FolderRepository
    from onelist.publish.index import IndexRepository
    from onelist.sources.installers import find_indexes

    package = tuple(map(parcel, sorted(folder.glob("conda/noarch/*.conda"))))
    if aim.kind is destination.DestinationKind.FOLDER:
        return _Delivery(shop=FolderRepository(aim=aim, platforms=order.project.settings.platforms), parcels=package)
    if aim.kind is not destination.DestinationKind.PYPI:
        shop = ChannelRepository(
            aim=aim,
            name=order.plan.name,
            channels=session.channels,
            environment=session.options.environment,
            seconds=arguments.timeout,
        )
        return _Delivery(shop=shop, parcels=package)
    found = find_indexes(session.options.index_url, ())
    certificates = {"SSL_CERT_FILE": found.certificates} if found.certificates else {}  # uv does not read pip's setting
    return _Delivery(
        shop=IndexRepository(
            index=found.indexes[0],
            project=order.project.settings.name,
            http=session.http(found.certificates),
            environment={**session.options.environment, **certificates},
            seconds=arguments.timeout,
        ),
        parcels=tuple(map(parcel, sorted([*folder.glob("*.whl"), *folder.glob("*.tar.gz")]))),
    )


def _sent(deliveries: Sequence[_Delivery], arguments: argparse.Namespace) -> int:
    """Send what is lacking, unless something is at odds; return the exit code."""
    happened = {row.done for delivery in deliveries for row in delivery.rows.values()}
    if PublishStatus.DIFFERS in happened:
        return FINDINGS
    if PublishStatus.UNKNOWN in happened:
        return UNKNOWN
    if not arguments.dry_run:
        _demand_logins([delivery.shop for delivery in deliveries if delivery.lacking])
    for delivery in deliveries:
        if arguments.dry_run:
            for one in delivery.lacking:
                delivery.note(one, PublishStatus.WOULD_SEND)
        elif not _delivered(delivery, arguments.wait):
            return UNKNOWN
    return CLEAN


def _demand_logins(shops: Sequence[Repository]) -> None:
    """Stop before the first byte is sent where it is plain that a place will take nothing.

    Raises:
        UsageError: A runner of GitHub, which has no store of passwords, was given none for a place.
    """
    missing = [(shop.aim, login.origin) for shop in shops if (login := shop.login) and login.is_missing]
    if missing and os.environ.get("GITHUB_ACTIONS") == "true":
        raise UsageError(
            " ".join(f"The credentials for {aim} come from {origin}." for aim, origin in missing),
            "Nothing was sent. Add the secret to the environment of the workflow: docs/github.md says how.",
        )


def _delivered(delivery: _Delivery, seconds: float) -> bool:
    """Send what one place lacks, and wait until it shows it; tell whether it does."""
    lacking = delivery.lacking
    if not lacking:
        return True
    refused = ""
    try:
        delivery.shop.send(lacking)
    except SendError as error:
        refused = str(error)
    # What was refused may be there for all that: an answer was lost, or an earlier run sent it and it is not shown yet.
    until = time.monotonic() + (0 if refused and not _EXISTS.search(refused) else seconds)
    pause = 0.5
    while True:
        still = [one for one in lacking if not _is_seen(delivery, one)]
        if not still or time.monotonic() >= until:
            break
        time.sleep(min(pause, max(until - time.monotonic(), 0)))
        pause = min(pause * 2, _LONGEST_PAUSE)
    for one in lacking:
        if one not in still:
            delivery.note(one, PublishStatus.SENT)
        elif refused:
            delivery.note(one, PublishStatus.REFUSED, refused)
        else:
            delivery.note(one, PublishStatus.NOT_SEEN)
    return not still


def _is_seen(delivery: _Delivery, one: PackageFile) -> bool:
    return isinstance(delivery.shop.remote_status(one), Identical)


def _advise(rows: Sequence[PublishResult], shops: Sequence[Repository]) -> None:
    """Say what to do about what did not go well."""
    hints = {
        PublishStatus.DIFFERS: "A version cannot be published twice: raise it (onelist bump patch).",
        PublishStatus.UNKNOWN: "Nothing was sent. Try again later.",
        PublishStatus.REFUSED: "Look at the reason; then run it again: what is there is not sent twice.",
        PublishStatus.NOT_SEEN: "Run it again later, or with a longer --wait: what is there is not sent twice.",
    }
    for done in dict.fromkeys(row.done for row in rows):
        if done in hints:
            sys.stderr.write(f"onelist: {hints[done]}\n")
    refused = {row.aim for row in rows if row.done is PublishStatus.REFUSED}
    for shop in shops:
        if str(shop.aim) in refused and shop.login:
            sys.stderr.write(
                f"onelist: The credentials for {printable(str(shop.aim))} came from {shop.login.origin}.\n"
            )


def _proved(
    deliveries: Sequence[_Delivery], order: BuildRequest, session: SourceSession, resolutions: Sequence[Resolution]
) -> int:
    """Resolve each install line with what was published, for a machine on which the list can be installed."""
    from onelist.sources.conda.solver import own_platform

    own = Target(platform=own_platform(), python=sys.version_info[:2])
    first = Target(platform=order.project.settings.platforms[0], python=order.project.settings.min_python)
    codes = [CLEAN]
    for delivery in deliveries:
        resolve = _with_uv if delivery.shop.aim.kind is destination.DestinationKind.PYPI else _with_rattler
        installer = PIP if resolve is _with_uv else CONDA
        target = nearest(own, [one for one in resolutions if one.case.installer == installer]) or first
        line, attempt = run_async(resolve(delivery, order, session, target))
        if isinstance(attempt, NoSolution):
            said, code = f"cannot be done: {' '.join(attempt.explanation.split())}", FINDINGS
        elif isinstance(attempt, SourceError):
            said, code = f"is not known to work: who has the packages {attempt.reason}", UNKNOWN
        else:
            where = "" if target == own else f" on {target}"
            said, code = f"works{where} ({len(attempt.chosen)} packages)", CLEAN
        sys.stdout.write(printable(f"{line}: {said}") + "\n")
        codes.append(code)
    return next(code for code in (FINDINGS, UNKNOWN, CLEAN) if code in codes)


async def _with_rattler(
    delivery: _Delivery, order: BuildRequest, session: SourceSession, target: Target
) -> tuple[str, SolveResult]:
    from onelist.sources.conda.solver import CondaResolver

    settings, name = order.project.settings, order.plan.name
    line = list(dict.fromkeys([delivery.shop.address, *settings.conda_channels]))
    resolver = CondaResolver(session.channels, line, asyncio.Semaphore(1), session.options.deadline)
    words = shlex.join(["mamba", "install", *(word for one in line for word in ("-c", one)), name])
    return words, await resolver.solve([f"{name} =={settings.version}"], target)


async def _with_uv(
    _: _Delivery, order: BuildRequest, session: SourceSession, target: Target
) -> tuple[str, SolveResult]:
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.pypi.uv import UvResolver

    settings = order.project.settings
    with ThreadPoolExecutor(1) as pool:
        index_client = await IndexClient.open(session, pool)
        resolver = UvResolver(session.options, index_client, asyncio.Semaphore(1))
        return f"pip install {settings.name}", await resolver.solve([f"{settings.name}=={settings.version}"], target)
