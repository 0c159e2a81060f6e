"""Facts -> the answers: what each channel says of each requirement on each target; pure.

One :class:`Availability` serves all lists of a call, so that what many of them ask for is decided once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist import targets
from onelist.answers import PIP, Absent, Answer, Cause, Found, State, Unknown
from onelist.channels import releases
from onelist.channels.faults import Fault
from onelist.channels.pypi import Offer
from onelist.channels.stock import NOARCH
from onelist.model import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.specifiers import SpecifierSet

    from onelist.channels.builds import Interpreters, Package
    from onelist.channels.gateway import Shelf
    from onelist.questions import Question
    from onelist.survey import Facts
    from onelist.targets import Target


class Availability:
    """What follows from one set of facts."""

    def __init__(self, facts: Facts) -> None:
        """Take the facts."""
        self.facts = facts
        self._states: dict[tuple[object, ...], State] = {}
        self._projects: dict[str, tuple[releases.Project | None, tuple[str, Fault] | None]] = {}
        self._packages: dict[tuple[str, str, str], Package | Fault] = {}
        self._interpreters: dict[tuple[tuple[str, ...], str], Interpreters] = {}

    def answers(
        self, asked: Sequence[Question], channels: Sequence[str], among: Sequence[Target]
    ) -> tuple[Answer, ...]:
        """Return every answer for one list.

        Args:
            asked: Its questions.
            channels: Its conda channels in the order of the install line.
            among: Its targets.

        Returns:
            For each requirement those of the index, then those of each channel, each in the order of the targets.
            Where a marker says that pip does not want a requirement on a target there is none.
        """
        return tuple(answer for question in asked for answer in self._of_question(question, channels, among))

    def shelves(self, channel: str, platform: str, name: str) -> tuple[Shelf, ...] | Fault:
        """Return all that a channel has of a conda name for a platform, noarch included."""
        found: list[Shelf] = []
        for subdir in (platform, NOARCH):
            stock = self.facts.channels[channel].stock[subdir]
            if isinstance(stock, Fault):
                return stock
            if name in stock.faults:
                return stock.faults[name]
            if name in stock.builds:
                found.append(stock.builds[name])
        return tuple(found)

    def _package(self, channel: str, platform: str, name: str) -> Package | Fault:
        from onelist.channels.builds import Package

        key = (channel, platform, name)
        if key not in self._packages:
            found = self.shelves(channel, platform, name)
            self._packages[key] = found if isinstance(found, Fault) else Package.of(name, found)
        return self._packages[key]

    def _of_question(self, question: Question, channels: Sequence[str], among: Sequence[Target]) -> Iterator[Answer]:
        requirement = question.requirement
        if question.pip:
            for target in among:
                if not isinstance(requirement, Requirement) or targets.marker_holds(requirement.pep508.marker, target):
                    state = self._pip_state(question.pip.name, question.pip.specifier, target)
                    yield Answer(
                        requirement=requirement, channel=PIP, name=question.pip.name, target=target, state=state
                    )
        if question.conda:
            for channel in channels:
                for target in among:
                    name, clauses = question.conda.name, question.conda.clauses
                    state = self._conda_state(name, clauses, channel, target, tuple(channels))
                    yield Answer(requirement=requirement, channel=channel, name=name, target=target, state=state)

    def _pip_state(self, name: str, specifier: SpecifierSet, target: Target) -> State:
        key = (name, specifier, target)
        if key not in self._states:
            self._states[key] = self._decide_pip(name, specifier, target)
        return self._states[key]

    def _decide_pip(self, name: str, specifier: SpecifierSet, target: Target) -> State:
        offered, fault = self._offered(name)
        if offered is not None:
            state = releases.fit(offered, specifier, target)
            if isinstance(state, Found) or fault is None:
                return state
        if fault:
            where = f"{fault[0]} " if len(self.facts.indexes) > 1 else ""
            return Unknown(reason=where + fault[1].reason)
        return Absent(cause=Cause.NO_NAME, reason=f"has nothing named {name}")

    def _offered(self, name: str) -> tuple[releases.Project | None, tuple[str, Fault] | None]:
        """Put the indexes together as pip does: the files of all of them count alike.

        Returns:
            The project, None when no index lists it; and which index failed why, None for none.
        """
        if name not in self._projects:
            offers = [(index.label, index.offers[name]) for index in self.facts.indexes]
            listed = [offer for _, offer in offers if isinstance(offer, Offer)]
            failed = [(label, offer) for label, offer in offers if isinstance(offer, Fault)]
            self._projects[name] = (
                releases.Project.of(name, listed) if listed else None,
                failed[0] if failed else None,
            )
        return self._projects[name]

    def _conda_state(
        self, name: str, clauses: tuple[str, ...], channel: str, target: Target, line: tuple[str, ...]
    ) -> State:
        key = (name, clauses, channel, target, line)
        if key not in self._states:
            self._states[key] = self._decide_conda(name, clauses, channel, target, line)
        return self._states[key]

    def _decide_conda(
        self, name: str, clauses: tuple[str, ...], channel: str, target: Target, line: tuple[str, ...]
    ) -> State:
        package = self._package(channel, target.platform, name)
        if isinstance(package, Fault):
            return Unknown(reason=package.reason)
        from onelist.channels import builds

        return builds.fit(package, clauses, target, self.interpreters(line, target.platform))

    def interpreters(self, line: tuple[str, ...], platform: str) -> Interpreters:
        """Return the Pythons that the channels of an install line have for a platform."""
        from onelist.channels.builds import Interpreters

        key = (line, platform)
        if key not in self._interpreters:
            pythons, abis = (
                [self._package(channel, platform, name) for channel in line] for name in ("python", "python_abi")
            )
            self._interpreters[key] = Interpreters(
                pythons=tuple(one for one in pythons if not isinstance(one, Fault)),
                abis=tuple(one for one in abis if not isinstance(one, Fault)),
                complete=not any(isinstance(one, Fault) for one in (*pythons, *abis)),
            )
        return self._interpreters[key]
