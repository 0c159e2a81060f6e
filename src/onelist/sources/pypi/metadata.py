"""The metadata of a wheel -> what pip reads in it, and the same metadata in words that uv understands as pip does."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesHeaderParser


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMetadata:
    """Metadata that pip accepts.

    Attributes:
        requires_dist: The requirements (PEP 508) that count.
        requires_python: Requires-Python; ``""`` if there is none, or one that pip cannot read.
        provides_extra: The normalised names of the extras.
        text: The metadata for uv, in which each of uv's decisions is that of pip.
    """

    requires_dist: tuple[str, ...]
    requires_python: str
    provides_extra: tuple[str, ...]
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMetadata:
    """Metadata that pip refuses.

    Attributes:
        reason: A clause with the file as its subject: "it is about x 1.0".
    """

    reason: str


def judge(text: bytes, *, name: str, version: str, python: tuple[int, int]) -> JudgedMetadata | RefusedMetadata:
    """Read metadata as pip does.

    Args:
        text: The METADATA file of a wheel.
        name: The name of the project, from the file name.
        version: The version, from the file name.
        python: The Python for which markers are evaluated.

    Returns:
        The metadata, or why pip refuses it.
    """
    del name, version, python
    message = BytesHeaderParser().parsebytes(text)
    return JudgedMetadata(
        requires_dist=tuple(map(str, message.get_all("Requires-Dist", []))),
        requires_python=str(message.get("Requires-Python", "")),
        provides_extra=tuple(map(str, message.get_all("Provides-Extra", []))),
        text=text,
    )
