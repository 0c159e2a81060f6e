"""Requirements -> everything that pip installs for them, each with the hashes of its files (hash-checking mode)."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from onelist.core.errors import UnavailableError, UsageError
from onelist.core.system.programs import run_program
from onelist.core.system.temporary import temporary_folder
from onelist.sources.installers import find_indexes, uv_program
from onelist.sources.pip.uv import failure
from onelist.sources.solution import NoSolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.sources.config import NetworkOptions
    from onelist.sources.installers import Indexes

_SECONDS = 90
"""The time limit of uv."""
_DEADLINE = "15"
"""How long uv waits for one answer, in seconds."""
_LOCKED = re.compile(r"(?:[a-z0-9-]+==\S+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n)+")
"""What uv writes: a requirement and its hashes, and never an option or an address."""
_NOT_FOR_UV = ("UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "CONDA_")
"""How variables begin that would change what uv answers."""


def with_hashes(requirements: str, python: str, network: NetworkOptions, *, constraints: str = "") -> str:
    """Return the requirements and all that they need on Linux, each with its version and hashes.

    uv reads metadata only, and builds nothing. It keeps nothing, because an address may hold a password.

    Args:
        requirements: The lines of a requirements file.
        python: The Python that installs them, such as 3.12.
        network: The indexes; their addresses are not part of what is returned.
        constraints: The lines of a file of constraints.

    Returns:
        The lines of a requirements file with which ``pip install`` checks hashes
        (https://pip.pypa.io/en/stable/topics/secure-installs).

    Raises:
        UnavailableError: There are no hashes; the message is a clause that says why.
    """
    try:
        environment = _environment(network.environment, find_indexes(network.index_url, network.extra_index_urls))
        with temporary_folder() as folder:
            (folder / "constraints.txt").write_text(constraints, encoding="utf-8")
            command = [
                *(uv_program(), "pip", "compile", "-", "--generate-hashes", "--no-config", "--no-cache", "--quiet"),
                *("--python-version", python, "--python-platform", "linux", "--python", sys.executable),
                *("--only-binary", ":all:", "--constraint", "constraints.txt"),
                *("--index-strategy", "unsafe-best-match"),  # as pip chooses among indexes
                *("--no-header", "--no-annotate", "--color", "never"),
            ]
            ran = run_program(command, seconds=_SECONDS, environment=environment, folder=folder, stdin=requirements)
    except UsageError:
        raise UnavailableError("neither pip nor uv has a package index") from None
    except (OSError, subprocess.TimeoutExpired):
        raise UnavailableError("uv did not answer in time") from None
    if ran.returncode == 0 and _LOCKED.fullmatch(ran.stdout):
        return ran.stdout
    if isinstance(failure(ran.stderr), NoSolution):
        raise UnavailableError("the package index does not have this version with all that it needs as wheels")
    raise UnavailableError("the package index gave no usable answer")


def _environment(variables: Mapping[str, str], indexes: Indexes) -> dict[str, str]:
    """Return the environment of uv: the indexes are here and not in the command, because they may hold a password."""
    main, *others = (index.address for index in indexes.indexes)
    return {
        **{name: value for name, value in variables.items() if not name.upper().startswith(_NOT_FOR_UV)},
        **({"SSL_CERT_FILE": indexes.certificates} if indexes.certificates else {}),
        "UV_DEFAULT_INDEX": main,
        **({"UV_INDEX": " ".join(others)} if others else {}),
        "UV_HTTP_TIMEOUT": _DEADLINE,
        "UV_HTTP_RETRIES": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }
