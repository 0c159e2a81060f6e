"""Runs the programs that upload, and removes the credentials in their environment from their output."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from onelist.core.system.programs import run_program
from onelist.core.text import redact
from onelist.publish.repository import UploadError
from onelist.sources.faults import SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def run_uploader(command: Sequence[str], environment: Mapping[str, str], seconds: float, stdin: str = "") -> None:
    """Run a program that uploads.

    Args:
        command: The program and its arguments, none of them a secret.
        environment: Its environment variables.
        seconds: The time limit.
        stdin: Its standard input.

    Raises:
        UploadError: It failed, or exceeded the time limit.
    """
    try:
        finished = run_program(command, seconds=seconds, environment=environment, stdin=stdin, own_group=False)
    except subprocess.TimeoutExpired:
        raise UploadError(SourceErrorKind.TIMED_OUT.clause) from None
    if finished.returncode:
        raise UploadError(redact_output(finished.stderr, environment))
