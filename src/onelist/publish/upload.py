"""Runs the programs that upload, and removes the credentials in their environment from their output."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from onelist.analysis.progress import Step
from onelist.core.system.programs import run_program
from onelist.core.text import redact
from onelist.publish.repository import UploadError
from onelist.sources.faults import SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.publish.repository import PackageFile

_SECRET_NAMES = re.compile(r"TOKEN|PASSWORD|API_KEY|SECRET|CREDENTIAL", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
"""An Authorization header, which some servers repeat: an encoded password (RFC 7617) or a token (RFC 6750)."""
_SHORTEST_SECRET = 4
_LONGEST_OUTPUT = 300


def redact_output(output: str, environment: Mapping[str, str]) -> str:
    """Return the end of a program's output in one line, without the secrets of the environment.

    Args:
        output: What the program printed.
        environment: Its environment variables.

    Returns:
        At most 300 characters, with ``***`` in place of each secret.
    """
    secrets = {
        form for name, value in environment.items() if _SECRET_NAMES.search(name) for form in (value, value.strip())
    }
    for secret in sorted(secrets, key=len, reverse=True):  # a secret may begin with a shorter one
        if len(secret) >= _SHORTEST_SECRET:
            output = output.replace(secret, "***")
    line = " ".join(redact(_AUTHORIZATION.sub(r"\1 ***", output)).split())
    return line if len(line) <= _LONGEST_OUTPUT else "..." + line[-_LONGEST_OUTPUT:]


def run_uploader(
    command: Sequence[str],
    environment: Mapping[str, str],
    seconds: float,
    *,
    stdin: str = "",
    output: Path | None = None,
) -> None:
    """Run a program that uploads.

    Args:
        command: The program and its arguments, none of them a secret.
        environment: Its environment variables.
        seconds: The time limit.
        stdin: Its standard input.
        output: A file to which it prints, so that others can read it meanwhile; None for none.

    Raises:
        UploadError: It failed, or exceeded the time limit.
    """
    try:
        finished = run_program(
            command,
            seconds=seconds,
            environment=environment,
            stdin=stdin,
            own_group=False,
            together=output is not None,
            output_file=output,
        )
    except subprocess.TimeoutExpired:
        raise UploadError(SourceErrorKind.TIMED_OUT.clause) from None
    if finished.returncode:
        raise UploadError(redact_output(finished.stderr if output is None else finished.stdout, environment))


def uploaded(files: Sequence[PackageFile], output: Path) -> Step:
    """Return how far an upload has come.

    Args:
        files: The files, in the order in which they are sent.
        output: What the uploader prints; uv names each file when it begins to send it.
    """
    try:
        printed = output.read_text(encoding="utf-8", errors="replace")
    except OSError:
        printed = ""
    sizes = [file.path.stat().st_size for file in files]
    begun = sum(f"Uploading {file.name} " in printed for file in files)
    return Step(done=sum(sizes[: max(begun - 1, 0)]), total=sum(sizes), verb="sent", in_bytes=True)
