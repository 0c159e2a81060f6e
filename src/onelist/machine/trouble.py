"""What is wrong on a learner's computer: a sentence, what to do, and the commands that do it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """What something means for the learner."""

    PROBLEM = "problem"
    """It has to be fixed."""
    UNKNOWN = "unknown"
    """Nobody could look."""
    NOTE = "note"
    """Good to know; nothing has to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing to tell a learner.

    Attributes:
        code: What it is, in a word for programs, such as ``pip_of_another_python``.
        weight: What it means.
        message: What is wrong, in one or two sentences.
        remedy: What to do, in one or two sentences; ``""`` where the commands say it.
        commands: What to type, in this order.
    """

    code: str
    weight: Weight
    message: str
    remedy: str = ""
    commands: tuple[str, ...] = ()
