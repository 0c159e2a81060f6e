"""Reads the tables in the room ``data``: facts that age, each table with its date, its source and how to renew it.

A table is a text file. It begins with lines of comment, then come a line with the names of the columns and the rows,
with tabs between the cells. Three of the comments are the same in each table::

    # date: 2026-11-27
    # source: where the facts come from
    # renew: the command that writes the table anew, or where to look
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parents[1] / "data"
"""Not through importlib.resources, whose import takes longer than all tables: rattler needs a real folder anyway."""


class Heading(NamedTuple):
    """What a table says about itself.

    Attributes:
        date: The day or the month in which its facts were collected, as ``2026-11-27`` or ``2026-11``.
        source: Where they come from.
        renew: How a maintainer renews it.
    """

    date: str
    source: str
    renew: str


def read_table(name: str) -> str:
    """Return the text of a table.

    Args:
        name: Its file name, for instance ``names.tsv``.

    Returns:
        The text.
    """
    return (_FOLDER / name).read_text(encoding="utf-8")


def read_rows(name: str) -> list[list[str]]:
    """Return the cells of a table, without its comments and without the names of its columns.

    Args:
        name: Its file name, for instance ``cpython.tsv``.

    Returns:
        The rows, in the order of the file.
    """
    lines = [line for line in read_table(name).splitlines() if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


def read_heading(name: str) -> Heading:
    """Return what a table says about itself.

    Args:
        name: Its file name.

    Returns:
        Its date, its source and how to renew it.

    Raises:
        KeyError: One of the three is missing.
    """
    comments = (line[2:].partition(": ") for line in read_table(name).splitlines() if line.startswith("# "))
    values = {key: value for key, colon, value in comments if colon}
    return Heading(date=values["date"], source=values["source"], renew=values["renew"])
