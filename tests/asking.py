"""Query real servers about a list, as check does, and look at the results."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onelist.analysis.availability import AvailabilityLookup, ListAvailability, build_availability
from onelist.analysis.extras import with_extras
from onelist.analysis.gather import gather, plan_queries
from onelist.analysis.listed import list_requirements
from onelist.checks.registry import check_all
from onelist.core.status import Absent, Found, Unknown
from onelist.sources.cache import CachePolicy
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceErrorKind
from onelist.sources.session import SourceSession
from onelist.translation.plan import make_plan
from tests.helpers import NO_CHANNEL, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from onelist.core.findings import Finding
    from onelist.core.model import Project
    from onelist.core.status import Availability, Status
    from onelist.translation.plan import Plan

TODAY = datetime.date(2026, 11, 25)
NOWHERE = "http://127.0.0.1:9"
"""An address without a server."""


@dataclass(frozen=True)
class Asked:
    """A list and the data of its sources."""

    project: Project
    plan: Plan
    availability: ListAvailability

    @property
    def findings(self) -> tuple[Finding, ...]:
        return check_all(self.project, self.plan, TODAY, self.availability)

    def codes(self, letters: str = "ADH") -> list[str]:
        """Return the codes of the findings about availability, drift and health, sorted."""
        return sorted(finding.code for finding in self.findings if finding.code[0] in letters)

    def messages(self, code: str) -> list[str]:
        """Return the messages and hints of the findings with a code."""
        return [f"{finding.message} | {finding.hint}" for finding in self.findings if finding.code == code]

    def states(self, name: str, channel: str = "pip") -> dict[str, str]:
        """Return the answers to one requirement by target, each in a word or two."""
        return {
            str(answer.target): brief(answer.status)
            for answer in self.answers(channel)
            if answer.requirement.name == name
        }

    def answers(self, channel: str = "pip") -> list[Availability]:
        return [answer for answer in self.availability.answers if answer.channel == channel]

    def is_late(self, channel: str, *, name: str = "", platform: str = "") -> bool:
        """Tell whether an answer of a channel did not come in time, perhaps only about one name or platform."""
        return any(
            isinstance(answer.status, Unknown)
            and SourceErrorKind.TIMED_OUT.clause in answer.status.reason
            and name in {"", answer.requirement.name}
            and platform in {"", answer.target.platform}
            for answer in self.answers(channel)
        )

    def kinds(self, channel: str = "pip") -> set[type[Status]]:
        """Return which of the three answers a channel gave."""
        return {type(answer.status) for answer in self.answers(channel)}


def brief(status: Status) -> str:
    """Return an answer as ``found VERSION``, ``absent CAUSE`` or ``unknown REASON``."""
    match status:
        case Found(version=version):
            return f"found {version}"
        case Absent(cause=cause):
            return f"absent: {cause.value}"
        case Unknown(reason=reason):
            return f"unknown: {reason}"


def ask(  # noqa: PLR0913 - what a call of the program may say
    *,
    index: str | None = NOWHERE,
    extra_indexes: tuple[str, ...] = (),
    cache_policy: CachePolicy = CachePolicy.NORMAL,
    deadline: float = 20.0,
    now: datetime.datetime | None = None,
    channels: tuple[str, ...] = (),
    **keys: str,
) -> Asked:
    """Ask about a list with these keys.

    Args:
        index: The address of the server of the index; None for the installers' settings.
        extra_indexes: Whole addresses of further indexes.
        caching: What earlier answers are good for.
        deadline: Seconds for one question.
        now: The time.
        channels: Channels that the call names.
        keys: Keys of settings.ini; without conda_channels, no channel answers.

    Returns:
        The list and the answers.
    """
    keys = {"min_python": "3.12", "platforms": "linux-64 osx-arm64", "conda_channels": NO_CHANNEL} | keys
    asked_about = project(**keys)
    settings, plan = asked_about.settings, make_plan(asked_about.settings)
    requirements = list_requirements(plan.outcomes, settings.conda_names)
    network = NetworkOptions(
        environment=os.environ,
        index_url=f"{index}/simple/" if index else None,
        extra_index_urls=extra_indexes,
        cache_policy=cache_policy,
        deadline=deadline,
        now=now or datetime.datetime.now(tz=datetime.UTC),
    )
    session = SourceSession(network)
    facts = gather(plan_queries([(settings, plan.name, requirements)], channels), session, lambda _more, _who: None)
    availability = build_availability(settings, requirements, plan.name, AvailabilityLookup(facts), channels)
    (availability,) = with_extras({"": availability}, session).values()
    return Asked(project=asked_about, plan=plan, availability=availability)


def ask_with_time_enough(is_too_short: Callable[[Asked], bool], **call: Any) -> Asked:
    """Ask with a short deadline, and with longer ones for as long as the machine is too slow for it.

    Args:
        is_too_short: Tells from the answers whether the deadline came before what the test waits for.
        call: What :func:`ask` takes.

    Returns:
        The first answers that came in time, or else the last ones.
    """
    asked = ask(deadline=1.5, **call)
    for deadline in (5, 15, 45):
        if not is_too_short(asked):
            break
        asked = ask(deadline=deadline, **call)
    return asked
