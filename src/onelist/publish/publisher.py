"""What becomes of each file at each place; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from onelist.publish.destination import Different, Identical, Missing, NotKnown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.publish.destination import RemoteStatus


class PublishStatus(Enum):
    """What happened with one file at one place."""

    WAS_THERE = "was there already, the same bytes"
    SENT = "sent, and seen there"
    WOULD_SEND = "would be sent"
    NOT_SENT = "not sent"
    DIFFERS = "is there with other bytes"
    UNKNOWN = "what is there is not known"
    REFUSED = "was not taken"
    NOT_SEEN = "sent, and not seen there yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """One line of the table.

    Attributes:
        aim: The place, as it may be shown.
        file: The name of the file.
        done: What happened.
        reason: Why; ``""`` where nothing is to be said.
    """

    aim: str
    file: str
    done: PublishStatus
    reason: str = ""


def before(aim: str, file: str, remote_status: RemoteStatus) -> PublishResult:
    """Return what is known before anything is sent."""
    match remote_status:
        case Identical():
            return PublishResult(aim=aim, file=file, done=PublishStatus.WAS_THERE)
        case Missing():
            return PublishResult(aim=aim, file=file, done=PublishStatus.NOT_SENT)
        case Different(sha256=sha256):
            return PublishResult(aim=aim, file=file, done=PublishStatus.DIFFERS, reason=f"SHA-256 {sha256[:12]}")
        case NotKnown(reason=reason):
            return PublishResult(aim=aim, file=file, done=PublishStatus.UNKNOWN, reason=reason)


def table(rows: Sequence[PublishResult]) -> list[str]:
    """Return the rows as aligned lines."""
    cells = [("place", "file", "what happened")]
    cells += [(row.aim, row.file, row.done.value + (f": {row.reason}" if row.reason else "")) for row in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in range(2)]
    return [f"{aim:<{widths[0]}}  {file:<{widths[1]}}  {said}" for aim, file, said in cells]
