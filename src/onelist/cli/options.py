"""Arguments as they were typed -> the typed options of the library; the only place that reads shared arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from onelist.analysis.lists import ResolveOptions
from onelist.checks.run import CheckOptions, codes_of
from onelist.core.errors import UsageError
from onelist.core.installers import INSTALLERS
from onelist.sources.cache import CachePolicy
from onelist.sources.config import NetworkOptions
from onelist.sources.cutoff import Cutoff

if TYPE_CHECKING:
    import argparse
    import datetime

    from onelist.cli.invocation import Invocation


def network_options(
    arguments: argparse.Namespace, invocation: Invocation, cache_policy: CachePolicy = CachePolicy.NORMAL
) -> NetworkOptions:
    """Return which servers to ask, and how, from ``--index-url``, ``--extra-index-url``, ``--timeout``, ``--as-of``.

    Raises:
        UsageError: The day of ``--as-of`` has not begun.
    """
    as_of = getattr(arguments, "as_of", None)  # only check has it
    stop_in_future("--as-of", as_of, invocation)
    return NetworkOptions(
        environment=invocation.environment,
        index_url=arguments.index_url,
        extra_index_urls=tuple(arguments.extra_index_url),
        cache_policy=cache_policy,
        deadline=arguments.timeout,
        now=invocation.now,
        cutoff=Cutoff(day=as_of) if as_of else None,
    )


def stop_in_future(option: str, day: datetime.date | None, invocation: Invocation) -> None:
    """Stop if the day of an option has not begun (UTC).

    Raises:
        UsageError: It has not.
    """
    if day and day > invocation.today:
        raise UsageError(f"The day of {option}, {day}, has not begun.", f"Today is {invocation.today} (UTC).")


def cache_policy_of(arguments: argparse.Namespace) -> CachePolicy:
    """Return how earlier answers are used, from ``--offline`` and ``--refresh``.

    Raises:
        UsageError: Both are given.
    """
    if arguments.offline and arguments.refresh:
        raise UsageError("--offline sends no request, and --refresh asks for everything again.", "Use one of the two.")
    if arguments.offline:
        return CachePolicy.OFFLINE
    return CachePolicy.REFRESH if arguments.refresh else CachePolicy.NORMAL


def check_options(
    arguments: argparse.Namespace,
    invocation: Invocation,
    *,
    ignore: str = "",
    fail_on: Literal["error", "warning"] = "warning",
) -> CheckOptions:
    """Return how to check.

    Args:
        arguments: The arguments, of check or of fix.
        invocation: The time and the environment.
        ignore: The codes that ``--ignore`` names, which only check has.
        fail_on: The same of ``--fail-on``.

    Returns:
        The options.

    Raises:
        UsageError: Options contradict each other, or no rule has a code that begins as an option says.
    """
    return CheckOptions(
        settings_only=arguments.settings_only,
        channels=tuple(dict.fromkeys(arguments.channel)),
        network=network_options(arguments, invocation, cache_policy_of(arguments)),
        resolve=ResolveOptions(
            enabled=not arguments.no_resolve,
            targets=tuple(arguments.target),
            installers=(arguments.installer,) if arguments.installer else INSTALLERS,
        ),
        select=codes_of(arguments.select),
        ignore=codes_of(ignore),
        fail_on=fail_on,
    )
