"""Have a Python tell facts about itself, or import modules: in processes of its own, with limits."""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from onelist.core.data import read_table
from onelist.core.errors import UnavailableError
from onelist.core.system.programs import run_program
from onelist.core.text import printable, redact
from onelist.machine.facts import ImportResult, as_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOO_LATE = -1000
"""In place of the exit code of a Python that did not end in time; no signal has this number."""
_PROBE = "doctor/probe.py"
_MOST_OUTPUT = 1 << 20
"""How much of what a Python prints is kept, from the end, in bytes."""
_LONGEST_ERROR = 300
"""The longest error of a module that is shown, in characters."""
_MOST_PROCESSES = 3
"""How many processes import modules at the same time: a large package takes half a gigabyte of memory in each."""
_SHORTEST = 0.1
"""With less time than this, in seconds, no Python is started."""
_NOT_PASSED = frozenset({"PYTHONVERBOSE", "PYTHONINSPECT", "PYTHONDEBUG", "PYTHONPROFILEIMPORTTIME"})
"""Variables with which Python prints what nobody asks for here, or does not end."""


def run_probe(
    program: str, modules: Sequence[str] | None, variables: Mapping[str, str], seconds: float, *, bare: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the probe in a Python.

    Args:
        program: The Python.
        modules: The modules to import; None for facts about the Python.
        variables: The environment variables.
        seconds: The time limit.
        bare: Whether to start it without ``site`` and without the variables of Python.

    Returns:
        What it printed; with the exit code :data:`TOO_LATE` if it did not end in time.

    Raises:
        UnavailableError: It cannot be started.
    """
    asked = json.dumps(True if bare else modules)
    command = [program, "-B", *(("-E", "-S") if bare else ()), "-c", read_table(_PROBE), asked]
    environment = {name: value for name, value in variables.items() if name not in _NOT_PASSED}
    environment |= {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return run_program(command, seconds=seconds, environment=environment, kept=_MOST_OUTPUT)
    except OSError as error:
        raise UnavailableError(
            f"{program} cannot be started: {error.strerror}.", "Name another Python with --python."
        ) from error
    except subprocess.TimeoutExpired as error:
        partial: object = error.stdout or b""
        text = partial.decode("utf-8", errors="replace") if isinstance(partial, bytes) else str(partial)
        return subprocess.CompletedProcess(command, TOO_LATE, text, "")


def import_modules(
    program: str, modules: Sequence[str], variables: Mapping[str, str], seconds: float
) -> tuple[ImportResult, ...]:
    """Import modules in a few processes at the same time: nearly all the time of a look goes into this.

    Args:
        program: The Python.
        modules: The modules.
        variables: The environment variables.
        seconds: The time limit for all of them. A module that does not end takes half of what is left.

    Returns:
        What happened to each.
    """
    packages: dict[str, list[str]] = {}
    for module in dict.fromkeys(modules):
        packages.setdefault(module.partition(".")[0], []).append(module)
    count = max(1, min(len(packages), os.cpu_count() or 1, _MOST_PROCESSES))
    shares = [[module for package in list(packages.values())[one::count] for module in package] for one in range(count)]
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(count) as pool:
        found = pool.map(lambda share: _import_share(program, share, variables, seconds, end), shares)
        results = {result.module: result for some in found for result in some}
    return tuple(results[module] for module in dict.fromkeys(modules))


def _import_share(
    program: str, modules: Sequence[str], variables: Mapping[str, str], seconds: float, end: float
) -> list[ImportResult]:
    """Import modules in one process; where one ends it, or does not end, go on with the next in a new one."""
    waiting = list(modules)
    results: list[ImportResult] = []
    while waiting:
        left = end - time.monotonic()
        if left < _SHORTEST:
            error = f"the time of {seconds:g} seconds was over"
            return [*results, *(ImportResult(module=one, error=error, is_unknown=True) for one in waiting)]
        limit = left / 2 if len(waiting) > 1 else left
        ran = run_probe(program, waiting, variables, limit)
        answered = {one.module: one for one in map(_result, ran.stdout.splitlines()) if one is not None}
        results += [answered[module] for module in waiting if module in answered]
        rest = [module for module in waiting if module not in answered]
        # Where others were imported in the same time, the next one may only have come late.
        if rest and (ran.returncode != TOO_LATE or len(rest) == len(waiting)):
            results.append(_ended(rest.pop(0), ran.returncode, limit))
        waiting = rest
    return results


def _ended(module: str, code: int, seconds: float) -> ImportResult:
    if code == TOO_LATE:
        error = f"the import did not end within {seconds:.0f} seconds"
        return ImportResult(module=module, error=error, is_unknown=True)
    error = f"signal {-code} ended Python" if code < 0 else f"the import ended Python with exit code {code}"
    return ImportResult(module=module, error=error)


def _result(line: str) -> ImportResult | None:
    """Return what the probe says of one module; None for another line."""
    try:
        answer = json.loads(line)
        module = answer.get("module")
    except (ValueError, AttributeError, RecursionError):
        return None
    if not isinstance(module, str):
        return None
    error = printable(redact(" ".join(str(answer.get("error", "")).split())))[:_LONGEST_ERROR]
    missing, file, origin = (as_path(answer.get(key, "")) for key in ("missing", "file", "origin"))
    return ImportResult(module=module, error=error, missing=missing, file=file, origin=origin)
