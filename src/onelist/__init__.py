"""One settings.ini, every channel: dependency-only meta-packages for pip and conda."""

from __future__ import annotations

import onelist.build
import onelist.publish  # noqa: F401
from onelist.core.version import __version__

for _room in ("build", "publish"):
    globals().pop(_room)  # onelist.build and onelist.publish are functions, which __getattr__ loads

TYPE_CHECKING = False  # as type checkers read it; to import typing would slow down every start
if TYPE_CHECKING:
    from onelist.analysis.against import AgainstResult, check_against
    from onelist.analysis.bisection import Bisection, BisectOptions, bisect
    from onelist.analysis.lists import ResolveOptions
    from onelist.analysis.lock import LockOptions, lock
    from onelist.analysis.trial.trial import InstallTest, TryOptions
    from onelist.analysis.unlisted import UnlistedResult, unlisted
    from onelist.api import (
        BuildOptions,
        build,
        bump,
        check,
        explain,
        export,
        fix,
        publish,
        try_install,
    )
    from onelist.build.builder import BuildResult
    from onelist.checks.fix import FixResult
    from onelist.checks.run import CheckOptions, CheckResult
    from onelist.core.errors import OnelistError, RefusedError, SettingsError, UnavailableError, UsageError
    from onelist.core.findings import Finding
    from onelist.machine.look import Diagnosis, DoctorOptions, diagnose
    from onelist.publish.destination import Destination, parse_destination
    from onelist.publish.publisher import PublishOptions
    from onelist.publish.results import PublishResult
    from onelist.reports.answers.explain import Explanation
    from onelist.settings.editing.edits import BumpResult
    from onelist.sources.config import NetworkOptions

__all__ = [
    "AgainstResult",
    "BisectOptions",
    "Bisection",
    "BuildOptions",
    "BuildResult",
    "BumpResult",
    "CheckOptions",
    "CheckResult",
    "Destination",
    "Diagnosis",
    "DoctorOptions",
    "Explanation",
    "Finding",
    "FixResult",
    "InstallTest",
    "LockOptions",
    "NetworkOptions",
    "OnelistError",
    "PublishOptions",
    "PublishResult",
    "RefusedError",
    "ResolveOptions",
    "SettingsError",
    "TryOptions",
    "UnavailableError",
    "UnlistedResult",
    "UsageError",
    "__version__",
    "bisect",
    "build",
    "bump",
    "check",
    "check_against",
    "diagnose",
    "explain",
    "export",
    "fix",
    "lock",
    "parse_destination",
    "publish",
    "try_install",
    "unlisted",
]


_HOMES = {
    "AgainstResult": "onelist.analysis.against",
    "BisectOptions": "onelist.analysis.bisection",
    "Bisection": "onelist.analysis.bisection",
    "BuildResult": "onelist.build.builder",
    "BumpResult": "onelist.settings.editing.edits",
    "CheckOptions": "onelist.checks.run",
    "CheckResult": "onelist.checks.run",
    "Destination": "onelist.publish.destination",
    "Diagnosis": "onelist.machine.look",
    "DoctorOptions": "onelist.machine.look",
    "Explanation": "onelist.reports.answers.explain",
    "Finding": "onelist.core.findings",
    "FixResult": "onelist.checks.fix",
    "InstallTest": "onelist.analysis.trial.trial",
    "LockOptions": "onelist.analysis.lock",
    "NetworkOptions": "onelist.sources.config",
    "PublishOptions": "onelist.publish.publisher",
    "PublishResult": "onelist.publish.results",
    "ResolveOptions": "onelist.analysis.lists",
    "TryOptions": "onelist.analysis.trial.trial",
    "UnlistedResult": "onelist.analysis.unlisted",
    "bisect": "onelist.analysis.bisection",
    "check_against": "onelist.analysis.against",
    "diagnose": "onelist.machine.look",
    "lock": "onelist.analysis.lock",
    "parse_destination": "onelist.publish.destination",
    "unlisted": "onelist.analysis.unlisted",
}
"""Where the names are that neither the library itself nor its errors hold."""


def __getattr__(name: str) -> object:
    """Load a name when it is first used (PEP 562): the command line starts faster without the library."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "onelist.core.errors" if name.endswith("Error") else _HOMES.get(name, "onelist.api")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """Return the names that the library offers."""
    return sorted(__all__)
