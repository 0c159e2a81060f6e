"""The other oracles: uv for the machines that pip cannot be asked about, and rattler for conda."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import rattler
import rattler.package
from answers import Answer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler.exceptions import GatewayError, SolverError
from uv import find_uv_bin

from onelist.sources.installers import find_indexes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onelist.sources.installers import Indexes

UV_PLATFORMS = {
    "linux-64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-64": "x86_64-pc-windows-msvc",
}
MACHINES = {
    "linux-64": (("__unix", "0"), ("__linux", "5.10"), ("__glibc", "2.28"), ("__archspec", "1", "x86_64")),
    "osx-arm64": (("__unix", "0"), ("__osx", "14.0"), ("__archspec", "1", "arm64")),
    "win-64": (("__win", "10"), ("__archspec", "1", "x86_64")),
}
PRIORITIES = ("flexible", "strict")
SECONDS = 300


@cache
def _indexes() -> Indexes:
    return find_indexes(None, ())


def by_uv(requirements: Sequence[str], target: str, cache: Path, addresses: Sequence[str] = ()) -> Answer:
    """Return what uv installs from wheels only: it knows nothing of upper bounds of Requires-Python, among others.

    Args:
        requirements: The requirements.
        target: The machine.
        cache: The folder for what uv downloads.
        addresses: The package indexes; none for those of the installers' settings.
    """
    platform, python = target.split("/")
    main, *others = addresses or [index.address for index in _indexes().indexes]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    kept |= {"UV_DEFAULT_INDEX": main, "UV_INDEX": " ".join(others), "UV_CACHE_DIR": str(cache)}
    kept |= {"NO_PROXY": "127.0.0.1"} if addresses else {}
    kept |= {"MACOSX_DEPLOYMENT_TARGET": "14.0", "UV_PYTHON_DOWNLOADS": "never"}
    command = [find_uv_bin(), "pip", "compile", "-", "--no-config", "--quiet", "--only-binary", ":all:"]
    command += ["--no-header", "--no-annotate", "--color", "never", "--index-strategy", "unsafe-best-match"]
    command += ["--python", sys.executable, "--python-version", f"{python}.99"]
    command += ["--python-platform", UV_PLATFORMS[platform]]
    text = "\n".join(str(Requirement(one)) for one in requirements) + "\n"
    try:
        ran = subprocess.run(
            command, input=text, env=kept, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return Answer(verdict="unknown", reason=f"uv needs more than {SECONDS} seconds")
    if ran.returncode == 0:
        pairs = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", ran.stdout, re.MULTILINE)
        return Answer(verdict="installs", versions={canonicalize_name(name): version for name, version in pairs})
    no = "No solution found" in ran.stderr
    return Answer(verdict="cannot" if no else "unknown", reason=ran.stderr[-1500:])


async def by_rattler(
    gateway: rattler.Gateway, channels: Sequence[str], specs: Sequence[str], target: str, priority: str
) -> Answer:
    """Return what rattler's solver installs with a priority of channels."""
    platform, python = target.split("/")
    machine = [
        rattler.GenericVirtualPackage(
            rattler.PackageName(name), rattler.Version(version), rattler.package.BuildString(build[0] if build else "0")
        )
        for name, version, *build in MACHINES[platform]
    ]
    chosen = {"strict": rattler.ChannelPriority.Strict, "flexible": rattler.ChannelPriority.Flexible}[priority]
    try:
        records = await rattler.solve(
            [rattler.Channel(channel) for channel in channels],
            [*specs, f"python {python}.*"],
            gateway=gateway,
            platforms=[platform, "noarch"],  # type: ignore[list-item]
            virtual_packages=machine,
            channel_priority=chosen,
        )
    except SolverError as error:
        return Answer(verdict="cannot", reason=str(error))
    except GatewayError as error:
        return Answer(verdict="unknown", reason=str(error))
    return Answer(verdict="installs", versions={one.name.normalized: str(one.version) for one in records})
