"""Publishes one version: build, check, compare with each destination, upload what is missing, wait for the listing."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from onelist.analysis.progress import Progress
from onelist.build.builder import build
from onelist.build.request import FIXED_EPOCH, BuildRequest, stop_if_only_pip
from onelist.core import rules
from onelist.core.errors import CLEAN, UsageError
from onelist.core.model import ArtifactKind
from onelist.core.system.temporary import temporary_folder
from onelist.core.text import redact
from onelist.publish.destination import DestinationKind, default_destinations
from onelist.publish.repository import Identical, UploadError, package_file
from onelist.publish.results import (
    FileResult,
    PublishResult,
    PublishStatus,
    before_upload,
    check_exit_code,
    hints,
    may_upload,
)
from onelist.publish.upload import uploaded
from onelist.sources.cache import CachePolicy
from onelist.sources.installers import default_index
from onelist.sources.session import SourceSession
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from onelist.core.findings import Finding
    from onelist.core.model import Project, Settings
    from onelist.publish.destination import Destination
    from onelist.publish.repository import PackageFile, Repository
    from onelist.publish.results import CheckedList
    from onelist.sources.config import NetworkOptions

_LONGEST_PAUSE = 10.0
"""Seconds between two queries while waiting for an upload to be listed."""
_ALREADY_EXISTS = re.compile(r"\b409\b|conflict|already exists|exists already", re.IGNORECASE)
"""What servers answer to an upload of a file that they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """How to publish.

    Attributes:
        network: Which package index to query, and how. Cached responses are not used for the destinations.
        destinations: Where to publish; empty for the package index and the channel in ``conda_user``.
        channels: Conda channels for the check in place of those in settings.ini; empty for those.
        dry_run: Whether to do everything except the upload.
        wait: Seconds to wait until a destination lists the uploaded files.
        epoch: The time to write into artifacts, in seconds since 1970.
        warn: Called before anything is uploaded, with a finding for each channel that has the list under another
            spelling; None to find them in the result.
    """

    network: NetworkOptions
    destinations: tuple[Destination, ...] = ()
    channels: tuple[str, ...] = ()
    dry_run: bool = False
    wait: float = 300.0
    epoch: int = FIXED_EPOCH
    warn: Callable[[tuple[Finding, ...]], None] | None = None


def publish(
    project: Project,
    options: PublishOptions,
    *,
    check: Callable[[tuple[str, ...]], CheckedList],
    progress: Progress | None = None,
) -> PublishResult:
    """Publish one version of a list, at each destination only the files that it does not have.

    Nothing is uploaded if the check finds an error or an unknown, if a destination has another file with the same name,
    or if the status of a file is unknown. You can repeat an interrupted call.

    Args:
        project: The list.
        options: Where and how.
        check: Checks the list with the given conda channels, or with its own if there are none.
        progress: Where to show what is done; None for nowhere.

    Returns:
        What happened to each file.

    Raises:
        RefusedError: The list cannot be built.
        UsageError: The destinations do not fit together, or a GitHub runner has no credentials for one of them.
        OnelistError: The artifacts differ from each other.
    """
    destinations = options.destinations or default_destinations(project.settings)
    if any(one.kind is not DestinationKind.PYPI for one in destinations):
        stop_if_only_pip(project.settings, "Publish it with --to pypi.")
    index_url = _index_to_query(options.network, destinations)
    network = replace(options.network, index_url=index_url, cache_policy=CachePolicy.REFRESH)
    request = BuildRequest(project=project, plan=make_plan(project.settings), epoch=options.epoch)
    progress = Progress.on(progress)
    progress.begin("building the list")
    with temporary_folder() as folder:
        differences = build(request, list(ArtifactKind), folder, verify=True).differences or ()
        checked = _check_with_new_channel(project.settings, options.channels, check)
        if check_exit_code(checked) != CLEAN:
            return PublishResult(check=checked, differences=differences, dry_run=options.dry_run)
        session = SourceSession(network)
        uploads = [_Upload.of(_repository(one, request, session), folder) for one in destinations]
        spellings = tuple(_other_spellings(request, uploads, checked))
        if options.warn:
            of_check = (finding for finding in checked.findings if finding.code == rules.OTHER_SPELLING.code)
            options.warn((*of_check, *spellings))
        files = tuple(_upload_all(uploads, options, network.environment, progress))
    return PublishResult(
        check=checked,
        differences=differences,
        files=files,
        channels=tuple(upload.repository.channel for upload in uploads),
        hints=hints(files, _login_sources(uploads)),
        index_url=network.index_url,
        dry_run=options.dry_run,
        spellings=spellings,
    )


def _other_spellings(request: BuildRequest, uploads: Sequence[_Upload], checked: CheckedList) -> Iterator[Finding]:
    """Yield a finding for each destination that has the list under another spelling, where the check has none."""
    settings = request.project.settings
    told = {finding.message for finding in checked.findings}
    for upload in uploads:
        for other in settings.other_conda_names:
            if other == request.plan.name or not upload.repository.has_package(other):
                continue
            finding = rules.OTHER_SPELLING.at(
                settings.source.file,
                span=settings.spans["lib_name"],
                channel=redact(upload.repository.channel),
                other=other,
                own=request.plan.name,
                lib_name=settings.lib_name,
            )
            if finding.message not in told:
                told.add(finding.message)
                yield finding


def _check_with_new_channel(
    settings: Settings, channels: tuple[str, ...], check: Callable[[tuple[str, ...]], CheckedList]
) -> CheckedList:
    """Check the list; without its own channel if that may not exist yet, as before the first release."""
    checked = check(channels)
    others = tuple(channel for channel in settings.conda_channels if channel != settings.conda_user)
    if checked.has_unknown and not channels and len(others) < len(settings.conda_channels):
        return check(others)
    return checked


def _index_to_query(network: NetworkOptions, destinations: Sequence[Destination]) -> str | None:
    """Return the package index to query, which must be the one to which uv uploads.

    Raises:
        UsageError: The settings name only one of the two.
    """
    named = network.index_url or network.environment.get("UV_PUBLISH_CHECK_URL")
    if all(destination.kind is not DestinationKind.PYPI for destination in destinations):
        return named
    upload_url = network.environment.get("UV_PUBLISH_URL")
    if not named and not upload_url:
        return default_index() or None
    if not named:
        raise UsageError(
            "UV_PUBLISH_URL names the index to upload to, but not the URL of its project pages.",
            "Set UV_PUBLISH_CHECK_URL to that URL, or give it with --index-url.",
        )
    if not upload_url:
        variable = "--index-url" if network.index_url else "UV_PUBLISH_CHECK_URL"
        raise UsageError(
            f"{variable} names the index to query, but the URL to upload to is not known.",
            "Set UV_PUBLISH_URL, which uv publish reads.",
        )
    return named


@dataclass(slots=True, kw_only=True)
class _Upload:
    """The files for one destination.

    Attributes:
        repository: The destination.
        files: The files.
    """

    repository: Repository
    files: tuple[PackageFile, ...]

    @classmethod
    def of(cls, repository: Repository, folder: Path) -> _Upload:
        """Return the built files that go to a destination."""
        is_index = repository.destination.kind is DestinationKind.PYPI
        patterns = ("*.whl", "*.tar.gz") if is_index else ("conda/noarch/*.conda",)
        paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
        return cls(repository=repository, files=tuple(map(package_file, paths)))

    def result(self, file: PackageFile, status: PublishStatus, reason: str = "") -> FileResult:
        """Return what happened to a file."""
        return FileResult(destination=str(self.repository.destination), file=file.name, status=status, reason=reason)


def _repository(destination: Destination, request: BuildRequest, session: SourceSession) -> Repository:
    from onelist.publish.channel import ChannelRepository
    from onelist.publish.folder import FolderRepository
    from onelist.publish.index import IndexRepository
    from onelist.sources.installers import find_indexes

    options, settings = session.options, request.project.settings
    if destination.kind is DestinationKind.FOLDER:
        return FolderRepository(destination=destination, platforms=settings.platforms)
    if destination.kind is not DestinationKind.PYPI:
        return ChannelRepository(
            destination=destination,
            name=request.plan.name,
            channels=session.channels,
            environment=options.environment,
            seconds=options.deadline,
        )
    found = find_indexes(options.index_url, ())
    certificates = {"SSL_CERT_FILE": found.certificates} if found.certificates else {}  # uv does not read pip's setting
    return IndexRepository(
        index=found.indexes[0],
        project=settings.name,
        http=session.http(found.certificates),
        environment={**options.environment, **certificates},
        seconds=options.deadline,
    )


def _upload_all(
    uploads: Sequence[_Upload], options: PublishOptions, environment: Mapping[str, str], progress: Progress
) -> Iterator[FileResult]:
    """Compare each destination with the built files, upload what is missing, and stop at the first failure."""
    progress.begin("asking the destinations", total=len(uploads))
    before = [_statuses_before(upload, progress) for upload in uploads]
    missing = [
        [file for file, result in zip(upload.files, results, strict=True) if result.status is PublishStatus.NOT_SENT]
        for upload, results in zip(uploads, before, strict=True)
    ]
    goes_on = may_upload(result for results in before for result in results)
    if goes_on and not options.dry_run:
        repositories = [upload.repository for upload, files in zip(uploads, missing, strict=True) if files]
        _require_logins(repositories, environment)
    for upload, results, files in zip(uploads, before, missing, strict=True):
        after: Mapping[str, FileResult] = {}
        if goes_on and options.dry_run:
            after = {file.name: upload.result(file, PublishStatus.WOULD_SEND) for file in files}
        elif goes_on and files:
            after = {result.file: result for result in _deliver(upload, files, options.wait, progress)}
            goes_on = all(result.status is PublishStatus.SENT for result in after.values())
        yield from (after.get(result.file, result) for result in results)


def _statuses_before(upload: _Upload, progress: Progress) -> list[FileResult]:
    repository = upload.repository
    name = str(repository.destination)
    found = [before_upload(name, file.name, repository.remote_status(file)) for file in upload.files]
    progress.tell(-1, name)
    return found


def _require_logins(repositories: Sequence[Repository], environment: Mapping[str, str]) -> None:
    """Stop before the first upload if a destination will certainly refuse it.

    Raises:
        UsageError: A GitHub runner, which has no password store, has no credentials for a destination.
    """
    missing = [(one.destination, login.source) for one in repositories if (login := one.login) and login.is_missing]
    if missing and environment.get("GITHUB_ACTIONS") == "true":
        raise UsageError(
            " ".join(f"Credentials for {destination}: {source}." for destination, source in missing),
            "Nothing was sent. Add the secret to the environment of the workflow, as docs/github.md describes.",
        )


def _deliver(upload: _Upload, files: Sequence[PackageFile], wait: float, progress: Progress) -> list[FileResult]:
    """Upload files to one destination, and wait until it lists them.

    A file that the destination refused may be listed all the same: the answer to an earlier upload was lost, or an
    earlier run uploaded it and the destination has not listed it until now.

    Args:
        upload: The destination.
        files: The files that it does not have.
        wait: Seconds to wait until it lists them.
        progress: Where to show what is done.

    Returns:
        The result of each file.
    """
    refusal = ""
    what = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    with temporary_folder() as folder:
        output = folder / "output.txt"
        doing = f"uploading {what} to {upload.repository.destination}"
        progress.begin(doing, watch=partial(uploaded, files, output))
        try:
            upload.repository.upload(files, output)
        except UploadError as error:
            refusal = str(error)
    progress.begin(f"waiting until {upload.repository.destination} lists {what}, for {wait:g} s at most")
    unlisted = _wait_until_listed(
        upload.repository, files, 0 if refusal and not _ALREADY_EXISTS.search(refusal) else wait
    )
    failure = PublishStatus.REFUSED if refusal else PublishStatus.NOT_LISTED
    return [
        upload.result(file, failure, refusal) if file in unlisted else upload.result(file, PublishStatus.SENT)
        for file in files
    ]


def _wait_until_listed(repository: Repository, files: Sequence[PackageFile], seconds: float) -> list[PackageFile]:
    """Return the files that a destination still does not list after some time."""
    deadline = time.monotonic() + seconds
    pause = 0.5
    while True:
        unlisted = [file for file in files if not isinstance(repository.remote_status(file), Identical)]
        left = deadline - time.monotonic()
        if not unlisted or left <= 0:
            return unlisted
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _login_sources(uploads: Sequence[_Upload]) -> dict[str, str]:
    repositories = [upload.repository for upload in uploads]
    return {str(one.destination): login.source for one in repositories if (login := one.login)}
