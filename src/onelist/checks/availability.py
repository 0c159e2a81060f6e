"""A: whether the index and the conda channels have each requirement, and for which targets they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.queries import Role
from onelist.analysis.resolving.resolution import Resolved, by_installer
from onelist.checks.names import correction, is_misnamed
from onelist.checks.partial import (
    WITHOUT_REMEDY,
    moved_to_conda,
    moved_to_pip,
    no_wheel,
    partial_advice,
    remedies,
    supported_before,
)
from onelist.core import rules
from onelist.core.installers import CONDA, PIP
from onelist.core.model import PLAIN_LISTS, CondaRequirement, Requirement
from onelist.core.status import Absent, Cause, Found
from onelist.core.targets import in_words, listed, python_words, recent_python
from onelist.translation import pins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.availability import ChannelPriorityResult, ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.analysis.queries import CondaQuery, PipQuery
    from onelist.analysis.resolving.resolution import Resolution
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.rules import Rule
    from onelist.core.targets import Target

INDEX = "the package index"


def check(
    given: CheckInput,
    availability: ListAvailability,
    *,
    decided: Collection[Target] = (),
    resolutions: Sequence[Resolution] = (),
) -> Iterator[Finding]:
    """Yield the findings about what is not available.

    Args:
        given: The list.
        availability: What the index and the channels have.
        decided: The targets for which better evidence says what pip builds.
        resolutions: The answers of the resolvers, which may take a newer version from a later channel.

    Yields:
        The findings.
    """
    checker = _Checker(given, availability, decided, resolutions)
    for entry in availability.requirements:
        yield from checker.pip(entry)
        yield from checker.conda(entry)
    yield from checker.interpreters()
    yield from checker.not_yet()


class _Checker:
    """Checks one list, and collects over all of it what is not available yet for the newest Python."""

    def __init__(
        self,
        given: CheckInput,
        availability: ListAvailability,
        decided: Collection[Target],
        resolutions: Sequence[Resolution],
    ) -> None:
        self._availability = availability
        self._decided = decided
        self._conda = {one.target: one for name, some in by_installer(resolutions) if name == CONDA for one in some}
        self._asked_pip = any(name == PIP for name, _ in by_installer(resolutions))
        self._settings = given.project.settings
        self._file = given.project.settings.source.file
        self._span = given.project.settings.spans.get("min_python")
        self._newest = recent_python(given.today)
        self._not_yet: dict[str, list[str]] = {"pip": [], "conda": []}
        self._bound: dict[str, None] = {}

    def pip(self, entry: ListedRequirement) -> Iterator[Finding]:
        """Yield what pip users do not get of a requirement."""
        answers = entry.answers_of(PIP)
        if entry.query.pip is None or entry.query.pip.role is not Role.DIRECT or not answers:
            return
        among = [answer.target for answer in answers]
        missing = {
            answer.target: f"{INDEX} {answer.status.reason}" for answer in answers if isinstance(answer.status, Absent)
        }
        causes = {answer.status.cause for answer in answers if isinstance(answer.status, Absent)}
        if missing and entry.requirement.key not in PLAIN_LISTS:
            yield self._missing_in_extra(entry, missing, among, causes)
        elif len(missing) == len(answers):
            if causes == {Cause.NO_NAME}:
                yield self._not_on_index(entry, missing, among)
            else:
                yield self._missing(rules.NO_RELEASE, entry, missing, among, self._own_bound(PIP, entry, missing))
        elif missing:
            yield from self._partly_missing(rules.PIP_IN_PART, entry, missing, among)
        if entry.requirement.key in PLAIN_LISTS:
            yield from self._source_only(entry)

    def conda(self, entry: ListedRequirement) -> Iterator[Finding]:
        """Yield what conda users do not get of a requirement."""
        if entry.query.conda is None or entry.query.conda.role is not Role.DIRECT or not self._availability.channels:
            return
        results = [one for one in self._availability.priority_results(entry) if not self._has_no_python(one.target)]
        yield from self._hidden(entry, results)
        yield from self._not_for_mamba(entry, results)
        missing = {
            result.target: f"{result.channel or 'no channel'} {_after_no(result.status.reason, result.channel)}"
            for result in results
            if isinstance(result.status, Absent)
        }
        among = [result.target for result in results]
        causes = {result.status.cause for result in results if isinstance(result.status, Absent)}
        if not missing:
            return
        if entry.query.conda.is_virtual:
            yield self._missing_machine(entry, missing, among)
        elif len(missing) < len(results):
            yield from self._partly_missing(rules.CONDA_IN_PART, entry, missing, among)
        elif causes != {Cause.NO_NAME}:
            own = "not_for_mamba" if _is_not_for_mamba(results) else self._own_bound(CONDA, entry, missing)
            yield self._missing(rules.NO_BUILD, entry, missing, among, own or self._without_build(entry))
        elif not is_misnamed(self._settings, entry):
            variant = "conda_only" if isinstance(entry.requirement, CondaRequirement) else ""
            variant = "not_for_mamba" if _is_not_for_mamba(results) else variant
            edit = None if variant else moved_to_pip(entry)
            yield self._missing(rules.NOT_ON_CONDA, entry, missing, among, variant, edit=edit)

    def interpreters(self) -> Iterator[Finding]:
        """Yield for which targets no conda channel has a Python, so that conda can install nothing there."""
        if not self._availability.channels:
            return
        among = self._availability.targets
        missing = [target for target in among if self._has_no_python(target)]
        old = self._without_newest(missing, among)
        if new := [target for target in missing if target not in old]:
            of_newest = [target for target in among if target.python == self._newest]
            where = "" if len(new) == len(of_newest) else f" {in_words(new, of_newest)}"
            self._not_yet["conda"].insert(0, f"Python itself{where}")
        with_python = {target.platform for target in among if target not in missing}
        for on_whole_platforms in (False, True):
            some = [target for target in old if (target.platform not in with_python) is on_whole_platforms]
            if some:
                yield self._without_python(some, among)

    def _without_python(self, missing: Sequence[Target], among: Sequence[Target]) -> Finding:
        """Return the finding about targets for which no channel has the Python, or, on a whole platform, any."""
        advice = partial_advice(missing, among, self._newest)
        where = in_words(missing, among, negative=True)
        return rules.NO_PYTHON.at(
            self._file,
            span=self._span,
            variant="nowhere" if len(missing) == len(among) else "" if " Python " in where else "platform",
            advice=advice.variant or None,
            edit=advice.edit,
            where=where,
            installer="conda",
            **advice.fields,
        )

    def _has_no_python(self, target: Target) -> bool:
        found = self._availability.lookup.interpreters(self._availability.channels, target.platform)
        return found.complete and not found.has(target.python)

    def not_yet(self) -> Iterator[Finding]:
        """Yield, in one finding, what is not available yet for a new Python."""
        parts = [f"with {tool}: {listed(names)}" for tool, names in self._not_yet.items() if names]
        if self._newest and parts:
            yield rules.NOT_YET.at(
                self._file,
                span=None,
                variant="bound" if self._bound else "",
                python=python_words(self._newest),
                parts="; ".join(parts),
                bound=listed(list(self._bound)) if self._bound else None,
            )

    def _not_on_index(
        self, entry: ListedRequirement, missing: Mapping[Target, str], among: Sequence[Target]
    ) -> Finding:
        """Return the finding about a name that no index has, with the right name where it is known."""
        item = entry.requirement
        known = correction(self._settings, item) if isinstance(item, Requirement) else None
        if known is None:
            edit = moved_to_conda(entry)
            variant = "on_conda" if edit else ""
            return self._missing(rules.NOT_ON_INDEX, entry, missing, among, variant, edit=edit)
        return self._missing(rules.NOT_ON_INDEX, entry, missing, among, known.variant, edit=known.edit, **known.fields)

    def _missing(
        self,
        rule: Rule,
        entry: ListedRequirement,
        missing: Mapping[Target, str],
        among: Sequence[Target],
        variant: str = "",
        **more: Any,  # noqa: ANN401 - fields of a message, and the edit
    ) -> Finding:
        every = self._availability.targets
        return rule.for_requirement(
            self._file,
            entry.requirement,
            variant=variant,
            where=in_words(missing, every, negative=True) if len(among) < len(every) else "on any platform",
            reasons=_reasons(missing, among),
            remedies=remedies(entry),
            **more,
        )

    def _missing_machine(
        self, entry: ListedRequirement, missing: Mapping[Target, str], among: Sequence[Target]
    ) -> Finding:
        """Return the finding about a virtual package that not every machine has."""
        on_all, reasons = len(missing) == len(among), _reasons(missing, among)
        where = "" if on_all or len(set(missing.values())) > 1 else f" {in_words(missing.keys(), among)}"
        return (rules.NO_BUILD if on_all else rules.CONDA_IN_PART).for_requirement(
            self._file, entry.requirement, variant="virtual", reasons=reasons + where
        )

    def _without_build(self, entry: ListedRequirement) -> str:
        """Return the variant of a hint about a conda package that has no build: pip may have it."""
        answers = [] if isinstance(entry.requirement, CondaRequirement) else entry.answers_of(PIP)
        return "" if any(isinstance(answer.status, Found) for answer in answers) else "not_on_pip"

    def _own_bound(self, tool: str, entry: ListedRequirement, missing: Collection[Target]) -> str:
        """Return the variant of a hint where other versions than the list asks for can be installed on some targets."""
        pip, conda, lookup = entry.query.pip, entry.query.conda, self._availability.lookup
        if tool == PIP and pip and pip.specifier:
            found = [isinstance(lookup.pip_without_versions(pip, target), Found) for target in missing]
        elif tool == CONDA and conda and conda.clauses:
            line = self._availability.channels
            answers = [lookup.conda_without_versions(conda, line, target) for target in missing]
            found = [any(isinstance(status, Found) for status in some) for some in answers]
        else:
            return ""
        return "own_bound" if any(found) else ""

    def _missing_in_extra(
        self,
        entry: ListedRequirement,
        missing: Mapping[Target, str],
        among: Sequence[Target],
        causes: Collection[Cause],
    ) -> Finding:
        other_name = "other_name" if set(causes) == {Cause.NO_NAME} else ""
        return rules.EXTRA_UNAVAILABLE.for_requirement(
            self._file,
            entry.requirement,
            variant=self._own_bound(PIP, entry, missing) or other_name,
            remedies=remedies(entry),
            key=entry.requirement.key,
            where=self._where(missing, among),
            reasons=_reasons(missing, among),
        )

    def _where(self, missing: Collection[Target], among: Collection[Target]) -> str:
        """Return where something cannot be installed, out of all targets if a marker leaves only some of them."""
        if len(missing) == len(among) < len(self._availability.targets):
            among = self._availability.targets
        return in_words(missing, among, negative=True)

    def _partly_missing(
        self, rule: Rule, entry: ListedRequirement, missing: Mapping[Target, str], among: Sequence[Target]
    ) -> Iterator[Finding]:
        tool = "pip" if rule is rules.PIP_IN_PART else "conda"
        old = {target: missing[target] for target in self._without_newest(missing, among)}
        if len(old) < len(missing):
            new = [target for target in missing if target not in old]
            of_newest = [target for target in among if target.python == self._newest]
            where = "" if len(new) == len(of_newest) else f" {in_words(new, of_newest)}"
            self._not_yet[tool].append(entry.requirement.written_name + where)
            if pins.pins(entry.requirement) and self._own_bound(tool, entry, new):
                self._bound[entry.requirement.written_name] = None
        if old:
            advice = partial_advice(list(missing), among, self._newest)
            own = self._own_bound(tool, entry, old) if advice.variant in WITHOUT_REMEDY else ""
            other = self._other_installer(tool, entry, missing) if advice.variant == "leave_platforms" else None
            yield rule.for_requirement(
                self._file,
                entry.requirement,
                variant=own or ("other_installer" if other else advice.variant),
                remedies=remedies(entry),
                edit=advice.edit,
                where=in_words(old.keys(), among, negative=True),
                reasons=_reasons(old, among),
                installer=tool,
                other=other,
                **advice.fields,
            )

    def _other_installer(self, tool: str, entry: ListedRequirement, missing: Collection[Target]) -> str | None:
        """Return the other installer, where it has the requirement on all targets that lack it; else None."""
        if tool == CONDA:
            other: str = PIP
            query: PipQuery | CondaQuery | None = entry.query.pip
            statuses = {answer.target: answer.status for answer in entry.answers_of(PIP)}
        else:
            other, query = CONDA, entry.query.conda
            statuses = {one.target: one.status for one in self._availability.priority_results(entry)}
        has_it = all(isinstance(statuses.get(target), Found) for target in missing)
        return other if has_it and query and query.role is not Role.NOT_INCLUDED else None

    def _without_newest(self, missing: Collection[Target], among: Sequence[Target]) -> list[Target]:
        """Return for which targets it matters that something is missing.

        Those with a new Python do not matter, unless the requirement is missing with the Python before it, too.
        """
        supported = supported_before([target for target in among if target not in missing], among, self._newest)
        return [target for target in missing if target.python != self._newest or target.platform not in supported]

    def _source_only(self, entry: ListedRequirement) -> Iterator[Finding]:
        answers = entry.answers_of(PIP)
        among = [answer.target for answer in answers]
        built = {
            answer.target: answer.status
            for answer in answers
            if isinstance(answer.status, Found) and answer.status.source_only and answer.target not in self._decided
        }
        name = entry.requirement.written_name
        old = {target: built[target] for target in self._without_newest(built, among)}
        if len(old) < len(built) and name not in self._not_yet["pip"]:
            self._not_yet["pip"].append(f"{name} (without a compiler)")
        if not old:
            return
        wheels = list(dict.fromkeys(status.wheel for status in old.values()))
        advice = partial_advice(list(built), among, self._newest)
        python = advice.fields.get("python")
        yield rules.SOURCE_ONLY.for_requirement(
            self._file,
            entry.requirement,
            variant="" if None in wheels else "older_wheel",
            advice="newer_python" if python else "" if self._asked_pip else "not_asked",
            where=in_words(old.keys(), self._availability.targets),
            version=" or ".join(dict.fromkeys(status.version for status in old.values())),
            wheel=" or ".join(filter(None, wheels)),
            no_wheel=no_wheel(map(_needed_by_wheels, old.values()), "it"),
            python=python,
        )

    def _not_for_mamba(self, entry: ListedRequirement, results: Sequence[ChannelPriorityResult]) -> Iterator[Finding]:
        """Yield that only some clients can read what a channel has."""
        found = {one.target: one for one in results if isinstance(one.status, Found) and one.status.not_for_mamba}
        if found:
            last = next(reversed(found.values()))
            status = last.status
            older = status.for_mamba if isinstance(status, Found) else None
            yield (rules.OLDER_FOR_MAMBA if older else rules.NOT_FOR_MAMBA).for_requirement(
                self._file,
                entry.requirement,
                where=in_words(found.keys(), [one.target for one in results]),
                channel=last.channel,
                version=status.version if isinstance(status, Found) else None,
                older=older,
            )

    def _takes_hidden(self, entry: ListedRequirement, result: ChannelPriorityResult) -> bool:
        """Tell whether conda takes the newer version of the later channel, because another package needs it."""
        resolution = self._conda.get(result.target)
        if resolution is None or not isinstance(resolution.status, Resolved) or entry.query.conda is None:
            return False
        package = resolution.status.package(entry.query.conda.name)
        first = result.strict_status
        return package is not None and isinstance(first, Found) and package.version != first.version

    def _hidden(self, entry: ListedRequirement, results: Sequence[ChannelPriorityResult]) -> Iterator[Finding]:
        hidden = [result for result in results if result.hidden and not self._takes_hidden(entry, result)]
        for kind in (Absent, Found):
            some = [result for result in hidden if isinstance(result.strict_status, kind)]
            if some and (last := some[-1]).hidden and isinstance(last.hidden.status, Found):
                found = last.strict_status if isinstance(last.strict_status, Found) else None
                yield rules.HIDDEN_BY_CHANNEL.for_requirement(
                    self._file,
                    entry.requirement,
                    variant="" if found else "missing",
                    where=in_words(
                        [result.target for result in some], [result.target for result in results], negative=not found
                    ),
                    channel=last.strict_channel,
                    version=found.version if found else None,
                    reason=last.strict_status.reason if isinstance(last.strict_status, Absent) else None,
                    later=last.hidden.channel,
                    newest=last.hidden.status.version,
                )


def _needed_by_wheels(status: Found) -> str | None:
    """Return the system that the wheels of a version need that pip builds; None where it has none for the machine."""
    return status.newer.system if status.newer and status.newer.version == status.version else None


def _is_not_for_mamba(results: Iterable[ChannelPriorityResult]) -> bool:
    return any(isinstance(one.status, Absent) and one.status.not_for_mamba for one in results)


def _after_no(reason: str, channel: str | None) -> str:
    """Return a reason as it continues "no channel", where all channels lack it."""
    return reason if channel else reason.replace("has nothing", "has anything", 1)


def _reasons(missing: Mapping[Target, str], among: Sequence[Target]) -> str:
    """Return the distinct reasons, each with its targets where there are several."""
    groups: dict[str, list[Target]] = {}
    for target, reason in missing.items():
        groups.setdefault(reason, []).append(target)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"{reason} ({in_words(group, among)})" for reason, group in groups.items())
