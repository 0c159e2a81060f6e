"""Runs the programs that upload; what they say is passed on without the credentials that are in their environment."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from onelist.core.text import redact
from onelist.publish.destination import SendError
from onelist.sources.faults import SourceErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMES = re.compile(r"TOKEN|PASSWORD|API_KEY|SECRET|CREDENTIAL", re.IGNORECASE)
_LOGIN = re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
"""What stands in a header that some servers send back: a password in another form (RFC 7617), or a token (RFC 6750)."""
_LEAST = 4
_LONGEST = 300


def redact_output(said: str, environment: Mapping[str, str]) -> str:
    """Return the end of what a program said, in one line, without any value that the environment keeps secret."""
    secrets = {form for name, value in environment.items() if _NAMES.search(name) for form in (value, value.strip())}
    for secret in sorted(secrets, key=len, reverse=True):  # one may be the beginning of another
        if len(secret) >= _LEAST:
            said = said.replace(secret, "***")
    line = " ".join(redact(_LOGIN.sub(r"\1 ***", said)).split())
    return line if len(line) <= _LONGEST else "..." + line[-_LONGEST:]


def upload(command: Sequence[str], environment: Mapping[str, str], seconds: float, given: str = "") -> None:
    """Run a program that uploads.

    Args:
        command: The program and its arguments, none of them a secret.
        environment: Its environment variables.
        seconds: How long it may take.
        given: What it reads from standard input.

    Raises:
        SendError: It failed, or took too long.
    """
    try:
        ran = subprocess.run(  # noqa: S603 - uv, or Python itself, with arguments of our own
            command,
            input=given,
            env=dict(environment),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise SendError(SourceErrorKind.TIMED_OUT.clause) from None
    if ran.returncode:
        raise SendError(redact_output(ran.stderr, environment))
