"""The outcome of a release: each file at each destination, and each install line; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from onelist.analysis.resolving.verdict import Verdict, builds_text, verdict
from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN, exit_code_of_all
from onelist.core.findings import Severity
from onelist.core.status import Unknown
from onelist.publish.repository import Different, Identical, Missing
from onelist.sources.solution import NoSolution, Solved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from onelist.analysis.resolving.resolution import Resolution
    from onelist.build.verify import Difference
    from onelist.core.findings import Finding
    from onelist.core.targets import Target
    from onelist.publish.repository import RemoteStatus
    from onelist.sources.solution import SolveResult


class PublishStatus(Enum):
    """What happened to one file at one destination.

    The release workflow (``data/github/release.yml``) searches for the words of WOULD_SEND, NOT_SENT and DIFFERENT, so
    they stay.
    """

    ALREADY_PUBLISHED = "already published, identical"
    SENT = "sent and listed"
    WOULD_SEND = "would be sent"
    NOT_SENT = "not sent"
    DIFFERENT = "exists with different bytes"
    UNKNOWN = "status unknown"
    REFUSED = "refused"
    NOT_LISTED = "sent, but not listed yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """One file at one destination.

    Attributes:
        destination: The destination, without secrets.
        file: The name of the file.
        status: What happened.
        reason: Why; ``""`` where the status says it all.
    """

    destination: str
    file: str
    status: PublishStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallLineResult:
    """Whether users can install what was published.

    Attributes:
        line: The command.
        target: The platform and Python for which it was resolved.
        is_this_machine: Whether that is this machine.
        outcome: The answer of the resolver.
    """

    line: str
    target: Target
    is_this_machine: bool
    outcome: SolveResult

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        found = verdict(self.outcome)
        return {Verdict.FAILS: FINDINGS, Verdict.UNKNOWN: UNKNOWN}.get(found, CLEAN)

    def __str__(self) -> str:
        """Return the line with its outcome."""
        where = "" if self.is_this_machine else f" on {self.target}"
        match self.outcome:
            case Solved(packages=packages, builds=builds):
                tail = f"; {text}" if (text := builds_text([builds])) else ""
                noun = "package" if len(packages) == 1 else "packages"
                return f"{self.line}: works{where} ({len(packages)} {noun}){tail}"
            case NoSolution(explanation=explanation):
                return f"{self.line}: fails{where}: {' '.join(explanation.split())}"
            case error:
                server = "a channel" if self.line.startswith("mamba") else "the package index"
                return f"{self.line}: unknown{where}: {server} {error.reason}"


class CheckedList(Protocol):
    """The result of a check, as far as a release needs it (``checks`` and ``publish`` do not import each other)."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings."""

    @property
    def has_unknown(self) -> bool:
        """Whether anything could not be found out."""

    @property
    def resolutions(self) -> tuple[Resolution, ...] | None:
        """The answers of the resolvers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """The outcome.

    Attributes:
        check: The result of the check before the upload.
        differences: Differences between the artifacts that a rule allows.
        files: What happened to each file at each destination; empty if the check stopped the release.
        channels: For each destination, the channel as an install line names it; ``""`` for the package index.
        hints: What to do about files that were not published.
        dry_run: Whether nothing was to be uploaded.
        index_url: The package index that was queried, perhaps with a password; None for the one of pip's settings.
        install_lines: Whether each install line works with what was published; empty if this was not checked.
        spellings: A finding for each destination that has the list under another spelling, where the check has none.
    """

    check: CheckedList
    differences: tuple[Difference, ...]
    files: tuple[FileResult, ...] = ()
    channels: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    dry_run: bool = False
    index_url: str | None = field(default=None, repr=False)
    install_lines: tuple[InstallLineResult, ...] = ()
    spellings: tuple[Finding, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every destination has and lists every file."""
        done = {PublishStatus.ALREADY_PUBLISHED, PublishStatus.SENT}
        return bool(self.files) and all(file.status in done for file in self.files)

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return exit_code_of_all(
            [
                check_exit_code(self.check),
                *(_EXIT_CODES.get(file.status, CLEAN) for file in self.files),
                *(line.exit_code for line in self.install_lines),
            ]
        )


_EXIT_CODES = {
    PublishStatus.DIFFERENT: FINDINGS,
    PublishStatus.UNKNOWN: UNKNOWN,
    PublishStatus.REFUSED: UNKNOWN,
    PublishStatus.NOT_LISTED: UNKNOWN,
}


def check_exit_code(checked: CheckedList) -> int:
    """Return the exit code of the check before a release: only errors and unknowns stop it."""
    if any(finding.severity is Severity.ERROR for finding in checked.findings):
        return FINDINGS
    return UNKNOWN if checked.has_unknown else CLEAN


def before_upload(destination: str, file: str, remote_status: RemoteStatus) -> FileResult:
    """Return what is known about a file before anything is uploaded."""
    match remote_status:
        case Identical():
            return FileResult(destination=destination, file=file, status=PublishStatus.ALREADY_PUBLISHED)
        case Missing():
            return FileResult(destination=destination, file=file, status=PublishStatus.NOT_SENT)
        case Different(sha256=sha256):
            reason = f"SHA-256 {sha256[:12]}"
            return FileResult(destination=destination, file=file, status=PublishStatus.DIFFERENT, reason=reason)
        case Unknown(reason=reason):
            return FileResult(destination=destination, file=file, status=PublishStatus.UNKNOWN, reason=reason)


def may_upload(results: Iterable[FileResult]) -> bool:
    """Tell whether the upload may start: no file differs, and the status of each is known."""
    return not {PublishStatus.DIFFERENT, PublishStatus.UNKNOWN}.intersection(result.status for result in results)


_HINTS = {
    PublishStatus.DIFFERENT: "A file that is published is never replaced. Raise the version: onelist bump patch",
    PublishStatus.UNKNOWN: "Nothing was sent. Do what the reason asks for, or try again later.",
    PublishStatus.REFUSED: "Read the reason, then run the command again. Files that are published are not sent again.",
    PublishStatus.NOT_LISTED: (
        "Run the command again later, or with a longer --wait. Files that are published are not sent again."
    ),
}


def hints(results: Sequence[FileResult], logins: Mapping[str, str]) -> tuple[str, ...]:
    """Return what to do about files that were not published.

    Args:
        results: What happened to each file.
        logins: For each destination that needs credentials, where they came from.

    Returns:
        One or two sentences for each kind of failure.
    """
    statuses = dict.fromkeys(result.status for result in results)
    refused = dict.fromkeys(result.destination for result in results if result.status is PublishStatus.REFUSED)
    return (
        *(_HINTS[status] for status in statuses if status in _HINTS),
        *(f"Credentials for {name}: {logins[name]}." for name in refused if name in logins),
    )


def table(results: Sequence[FileResult]) -> tuple[tuple[str, str, str], ...]:
    """Return the results as the rows of a table, with its heads."""
    return (
        ("destination", "file", "result"),
        *((one.destination, one.file, one.status.value + (f": {one.reason}" if one.reason else "")) for one in results),
    )
