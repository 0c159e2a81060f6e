"""What an installer would do: the dry run of the one that the learner has."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.version import InvalidVersion, Version

from onelist.core.system.programs import run_program
from onelist.core.text import redact
from onelist.machine.commands import conda_install, typed
from onelist.machine.facts import DryRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onelist.machine.facts import Facts

FIRST_PIP_WITH_REPORT = Version("22.2")
"""``pip install --dry-run`` and ``--report`` (pip's changelog, 22.2)."""
_NO_NETWORK = re.compile(
    r"(?i)connection (?:error|refused|reset|aborted)|NewConnectionError|Max retries|name resolution|getaddrinfo|"
    r"timed out|Network is unreachable|Temporary failure|CondaHTTPError|CondaConnectionError|Could not fetch URL|"
    r"dns error|error sending request|Failed to (?:fetch|download)|ProxyError|Could not resolve host"
)
_LONGEST = 600
"""The longest text of an installer that is shown, in characters."""


class Report(NamedTuple):
    """What pip reports about a project (pip, "Installation Report").

    Attributes:
        requires: Its requirements, as written; None if it is not in the report.
        problem: Why there is none; ``""`` if there is one.
    """

    requires: tuple[str, ...] | None
    problem: str


def dry_run(facts: Facts, environment: Mapping[str, str], seconds: float) -> DryRun:
    """Ask the installer that the learner has what it would do with the list.

    Args:
        facts: What was found.
        environment: The environment variables.
        seconds: The time limit.

    Returns:
        What it said. Nothing is installed, and no cache is written.
    """
    if facts.wanted in facts.conda or (facts.python.is_conda and facts.channels):
        return _conda(facts, environment, seconds)
    if pip := facts.installed("pip"):
        return _pip(facts, pip.version, environment, seconds)
    if facts.program("uv"):
        return _uv(facts, environment, seconds)
    return DryRun(command=_pip_line(facts), error="this Python has no pip", is_unknown=True)


def _pip_line(facts: Facts) -> str:
    return f"{facts.python_name} -m pip install {facts.wanted}"


def _pip(facts: Facts, version: str, environment: Mapping[str, str], seconds: float) -> DryRun:
    line = _pip_line(facts)
    if facts.python.externally_managed:
        reason = "the system owns this Python, and pip installs nothing there"
        return DryRun(command=line, error=reason, is_unknown=True)
    if not has_report(version):
        return DryRun(command=line, error=f"pip {version} cannot do a dry run; pip 22.2 can", is_unknown=True)
    ran = _run(pip_report(facts, [facts.wanted]), environment, seconds)
    if ran is None:
        return DryRun(command=line, error=f"pip did not answer within {seconds:g} seconds", is_unknown=True)
    if ran.returncode:
        return _failed(line, ran.stderr, "ERROR: ")
    items = _report(ran.stdout)
    names = tuple(f"{one.get('name', '')} {one.get('version', '')}" for one in items)
    return DryRun(command=line, would_install=tuple(sorted(map(str, names))))


def pip_report(facts: Facts, what: Sequence[str]) -> list[str]:
    """Return the command with which pip reports what it would install; it writes nothing, not even its cache."""
    options = ["--dry-run", "--quiet", "--report", "-", "--no-input", "--disable-pip-version-check"]
    limits = ["--no-cache-dir", "--retries", "1", "--timeout", "10"]
    return [facts.python.executable, "-B", "-m", "pip", "install", *options, *limits, *what]


def ask_for_requirements(facts: Facts, version: str, environment: Mapping[str, str], seconds: float) -> Report:
    """Ask pip what a version of the list requires: what conda installs says only what conda can install."""
    pip = facts.installed("pip")
    if pip is None or not has_report(pip.version):
        return Report(None, "this Python has no pip that can tell (22.2 or newer)")
    ran = _run(
        pip_report(facts, ["--no-deps", "--ignore-installed", f"{facts.wanted}=={version}"]), environment, seconds
    )
    if ran is None or ran.returncode:
        return Report(None, "the package index did not tell what it requires")
    for one in _report(ran.stdout):
        requires = one.get("requires_dist", [])
        return Report(tuple(map(str, requires)) if isinstance(requires, list) else (), "")
    return Report(None, "the package index did not tell what it requires")


def has_report(version: str) -> bool:
    """Tell whether a version of pip can do a dry run and report it."""
    try:
        return Version(version) >= FIRST_PIP_WITH_REPORT
    except InvalidVersion:
        return False


def _report(text: str) -> list[Mapping[str, Any]]:
    """Return the metadata of each package in a report of pip."""
    try:
        items = json.loads(text)["install"]
        return [item["metadata"] for item in items if isinstance(item["metadata"], dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _uv(facts: Facts, environment: Mapping[str, str], seconds: float) -> DryRun:
    program = facts.program("uv")
    line = f"uv pip install --python {typed([facts.python.executable])} {facts.wanted}"
    words = [program.path if program else "uv", "pip", "install", "--dry-run", "--no-cache", "--color", "never"]
    ran = _run([*words, "--python", facts.python.executable, facts.wanted], environment, seconds)
    if ran is None:
        return DryRun(command=line, error=f"uv did not answer within {seconds:g} seconds", is_unknown=True)
    if ran.returncode:
        return _failed(line, ran.stderr, "error: ")
    added = re.findall(r"(?m)^ \+ ([^=\s]+)==(\S+)", ran.stderr)
    return DryRun(command=line, would_install=tuple(sorted(f"{name} {version}" for name, version in added)))


def _conda(facts: Facts, environment: Mapping[str, str], seconds: float) -> DryRun:
    (line,) = conda_install(facts, facts.wanted)
    name = line.split()[0]
    program = facts.program(name)
    if program is None:
        return DryRun(command=line, error="conda, mamba and micromamba are not on PATH", is_unknown=True)
    channels = [word for channel in facts.channels for word in ("-c", channel)]
    words = [program.path, "install", "-p", facts.python.prefix, *channels, "--dry-run", "--json", "-y", facts.wanted]
    ran = _run(words, environment, seconds)
    if ran is None:
        return DryRun(command=line, error=f"{name} did not answer within {seconds:g} seconds", is_unknown=True)
    try:
        answer = json.loads(ran.stdout)
        actions = answer.get("actions") or {}
        linked = [f"{one['name']} {one['version']}" for one in actions.get("LINK", ())]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _failed(line, ran.stderr or ran.stdout, "")
    if answer.get("success") is False or ran.returncode:
        return _failed(line, str(answer.get("message") or answer.get("error") or ran.stderr), "")
    return DryRun(command=line, would_install=tuple(sorted(linked)))


def _failed(line: str, text: str, mark: str) -> DryRun:
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    marked = [one.removeprefix(mark) for one in lines if mark and one.startswith(mark)]
    sentence = redact(" ".join(marked or lines[-3:]))[:_LONGEST] or "the installer gives no reason"
    if _NO_NETWORK.search(text):
        return DryRun(command=line, error="there is no connection to the packages", is_unknown=True)
    return DryRun(command=line, error=sentence)


def _run(
    command: Sequence[str], environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str] | None:
    """Run an installer; None if it does not answer in time, or cannot be started."""
    try:
        return run_program(command, seconds=seconds, environment={**environment, "PYTHONDONTWRITEBYTECODE": "1"})
    except (OSError, subprocess.TimeoutExpired):
        return None
