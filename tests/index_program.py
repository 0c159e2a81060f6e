"""pypiserver as a process of its own; apart from the other servers, so that the process loads nothing else."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def serve(arguments: list[str]) -> None:
    """Run pypiserver with the arguments of its command line, without any output."""
    from pypiserver.__main__ import main  # type: ignore[import-untyped]

    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        main(arguments)
