"""Reads the tables in the room ``data``."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "data"
"""Not through importlib.resources, whose import takes longer than all tables: rattler needs a real folder anyway."""


def read_table(name: str) -> str:
    """Return the text of a table.

    Args:
        name: Its file name, for instance ``names.tsv``.

    Returns:
        The text.
    """
    return (_FOLDER / name).read_text(encoding="utf-8")
