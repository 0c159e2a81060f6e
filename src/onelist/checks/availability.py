"""A: whether each requirement can be had from the index and from the conda channels, and for whom not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.providers import find_provider
from onelist.analysis.queries import Role
from onelist.core import rules
from onelist.core.findings import Edit, RaisePython
from onelist.core.model import PLAIN_LISTS, CondaRequirement
from onelist.core.status import PIP, Absent, Cause, Found
from onelist.core.targets import PLATFORMS, Target, in_words, listed, python_releases, python_words

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from onelist.analysis.availability import ChannelPriorityResult, ListAvailability
    from onelist.analysis.listed import ListedRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.model import Requirement
    from onelist.core.rules import Rule

INDEX = "the package index"
_GRACE_DAYS = 365
"""For how long after its release it is no defect of a list that something is not there yet for the newest Python."""


def check(subject: CheckInput, availability: ListAvailability) -> Iterator[Finding]:
    """Yield the findings about what cannot be had."""
    judge = _Judge(subject, availability)
    for entry in availability.requirements:
        yield from judge.pip(entry)
        yield from judge.conda(entry)
    yield from judge.interpreters()
    yield from judge.not_yet()


class _Judge:
    """The judge of one list; what is not there yet for the newest Python is put together over all of it."""

    def __init__(self, subject: CheckInput, availability: ListAvailability) -> None:
        self._evidence = availability
        self._file = subject.project.settings.source.file
        self._span = subject.project.settings.spans.get("min_python")
        self._newest = recent_python(subject.today)
        self._later: dict[str, list[str]] = {"pip": [], "conda": []}

    def pip(self, entry: ListedRequirement) -> Iterator[Finding]:
        """Yield what pip users do not get of a requirement."""
        answers = entry.answers_of(PIP)
        if entry.query.pip is None or entry.query.pip.role is not Role.DIRECT or not answers:
            return
        item = entry.requirement
        lacking = {
            answer.target: f"{INDEX} {answer.status.reason}" for answer in answers if isinstance(answer.status, Absent)
        }
        causes = {answer.status.cause for answer in answers if isinstance(answer.status, Absent)}
        if lacking and item.key not in PLAIN_LISTS:
            message = self._cannot("pip", item, lacking, [answer.target for answer in answers])
            yield self._at(rules.EXTRA_UNAVAILABLE, item, message, _pip_hint(item, causes))
        elif len(lacking) == len(answers):
            rule = rules.NOT_ON_INDEX if causes == {Cause.NO_NAME} else rules.NO_RELEASE
            message = self._cannot("pip", item, lacking, list(lacking))
            yield self._at(rule, item, message, _pip_hint(item, causes))
        elif lacking:
            yield from self._in_part(rules.PIP_IN_PART, entry, lacking, [answer.target for answer in answers])
        if item.key in PLAIN_LISTS:
            yield from self._source_only(entry)

    def conda(self, entry: ListedRequirement) -> Iterator[Finding]:
        """Yield what conda users do not get of a requirement."""
        if entry.query.conda is None or entry.query.conda.role is not Role.DIRECT or not self._evidence.channels:
            return
        item = entry.requirement
        priority_results = [
            one for one in self._evidence.priority_results(entry) if not self._has_no_python(one.target)
        ]
        yield from self._hidden(entry, priority_results)
        lacking = {
            result.target: f"{result.channel or 'no channel'} {_positive(result.status.reason, result.channel)}"
            for result in priority_results
            if isinstance(result.status, Absent) and not result.hidden
        }
        among = [result.target for result in priority_results]
        causes = {result.status.cause for result in priority_results if isinstance(result.status, Absent)}
        if not lacking:
            return
        if len(lacking) < len(priority_results):
            yield from self._in_part(rules.CONDA_IN_PART, entry, lacking, among)
        elif causes != {Cause.NO_NAME}:
            message = self._cannot("conda", item, lacking, among)
            yield self._at(rules.NO_BUILD, item, message, f"Write {item.name} alone, or ask for other versions.")
        elif not find_provider(self._evidence, entry):  # else the check of drift says under which name it is there
            message = self._cannot("conda", item, lacking, among)
            yield self._at(rules.NOT_ON_CONDA, item, message, _conda_hint(item))

    def interpreters(self) -> Iterator[Finding]:
        """Yield which Pythons no conda channel has, so that nothing can be installed there."""
        if not self._evidence.channels:
            return
        among = self._evidence.targets
        missing = [target for target in among if self._has_no_python(target)]
        if new := [target for target in missing if target.python == self._newest]:
            where = in_words(new, [target for target in among if target.python == self._newest])
            self._later["conda"].insert(0, "Python itself" + ("" if where == "everywhere" else f" {where}"))
        if old := [target for target in missing if target.python != self._newest]:
            yield rules.NO_PYTHON.at(
                self._file,
                f"conda cannot install anything {in_words(old, among)}: no channel of the list has that Python there.",
                span=self._span,
                hint=range_hint("conda", old, among, self._newest),
                edit=raise_python(old, among, self._newest),
            )

    def _has_no_python(self, target: Target) -> bool:
        found = self._evidence.lookup.interpreters(self._evidence.channels, target.platform)
        return found.complete and not found.has(target.python)

    def not_yet(self) -> Iterator[Finding]:
        """Yield, in one finding, what is not there yet for a Python that is new."""
        parts = [f"with {tool}: {listed(names)}" for tool, names in self._later.items() if names]
        if self._newest and parts:
            yield rules.NOT_YET.at(
                self._file,
                f"Python {python_words(self._newest)} is new, and not all is there for it yet: {'; '.join(parts)}.",
                span=None,
                hint="Nothing to do: it usually comes within a year. Learners take an older Python until then.",
            )

    def _in_part(
        self, rule: Rule, entry: ListedRequirement, lacking: Mapping[Target, str], among: Sequence[Target]
    ) -> Iterator[Finding]:
        tool = "pip" if rule is rules.PIP_IN_PART else "conda"
        old = {target: lacking[target] for target in self._old(lacking, among)}
        if len(old) < len(lacking):
            self._later[tool].append(entry.requirement.name)
        if old:
            message = self._cannot(tool, entry.requirement, old, among)
            yield self._at(
                rule,
                entry.requirement,
                message,
                range_hint(tool, list(lacking), among, self._newest),
                raise_python(list(lacking), among, self._newest),
            )

    def _old(self, lacking: Collection[Target], among: Sequence[Target]) -> list[Target]:
        """Return for which targets it is a defect that something is missing.

        Not for a Python that is new, unless the whole platform goes without.
        """
        served = {target.platform for target in among if target not in lacking}
        return [target for target in lacking if target.python != self._newest or target.platform not in served]

    def _source_only(self, entry: ListedRequirement) -> Iterator[Finding]:
        answers = entry.answers_of(PIP)
        among = [answer.target for answer in answers]
        built = {answer.target: answer.status for answer in answers if _is_source_only(answer.status)}
        if not built:
            return
        item = entry.requirement
        old = {target: built[target] for target in self._old(built, among)}
        if len(old) < len(built) and item.name not in self._later["pip"]:
            self._later["pip"].append(f"{item.name} (without a compiler)")
        if not old:
            return
        found = next(reversed(old.values()))
        older = (
            f" The newest version with a wheel is {found.wheel}." if isinstance(found, Found) and found.wheel else ""
        )
        message = (
            f"pip has to build {item.name} itself {in_words(old.keys(), among)}, which may need a compiler: "
            f"{INDEX} has its source, but no wheel (a package that is ready to use) of the newest version.{older}"
        )
        hint = range_hint("pip", list(built), among, self._newest)
        edit = raise_python(list(built), among, self._newest)
        yield self._at(rules.SOURCE_ONLY, item, message, hint, edit)

    def _hidden(self, entry: ListedRequirement, priority_results: Sequence[ChannelPriorityResult]) -> Iterator[Finding]:
        hidden = [result for result in priority_results if result.hidden]
        for kind in (Absent, Found):
            some = [result for result in hidden if isinstance(result.status, kind)]
            if some and (last := some[-1]).hidden and isinstance(last.hidden.status, Found):
                where = in_words([result.target for result in some], [result.target for result in priority_results])
                later = f"{last.hidden.channel} has {last.hidden.status.version}"
                message = (
                    f"conda users get an older {entry.requirement.name} {where}: {last.status.version} from "
                    f"{last.channel}, although {later}."
                    if isinstance(last.status, Found)
                    else f"conda users do not get {entry.requirement.name} {where}: {last.channel} "
                    f"{last.status.reason}, and hides that {later}."
                )
                yield self._at(
                    rules.HIDDEN,
                    entry.requirement,
                    message + " mamba takes a package from the first channel that has one of its name.",
                    f"Put {last.hidden.channel} before {last.channel} in conda_channels, or have {last.channel} "
                    "brought up to date.",
                )

    def _cannot(
        self, tool: str, item: Requirement | CondaRequirement, lacking: Mapping[Target, str], among: Sequence[Target]
    ) -> str:
        extra = "" if item.key in PLAIN_LISTS else f" of {item.key}"
        where = "" if len(lacking) == len(among) else " " + in_words(lacking.keys(), among)
        return f"{tool} cannot install {item.name}{extra}{where}: {_reasons(lacking, among)}."

    def _at(
        self,
        rule: Rule,
        item: Requirement | CondaRequirement,
        message: str,
        hint: str | None,
        edit: Edit | None = None,
    ) -> Finding:
        return rule.for_requirement(self._file, item, message, hint=hint, edit=edit)


def recent_python(today: datetime.date) -> tuple[int, int] | None:
    """Return the newest Python if it is new on a day."""
    newest = python_releases()[-1]
    return newest.version if (today - newest.released).days < _GRACE_DAYS else None


def _is_source_only(status: object) -> bool:
    return isinstance(status, Found) and status.source_only


def _positive(reason: str, channel: str | None) -> str:
    """Return a reason as it goes on from "no channel", where nobody has it."""
    return reason if channel else reason.replace("has nothing", "has anything", 1)


def _reasons(lacking: Mapping[Target, str], among: Sequence[Target]) -> str:
    """Return the distinct reasons, each with its targets where there are several."""
    groups: dict[str, list[Target]] = {}
    for target, reason in lacking.items():
        groups.setdefault(reason, []).append(target)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"{reason} ({in_words(group, among)})" for reason, group in groups.items())


def raise_python(lacking: Sequence[Target], among: Sequence[Target], newest: tuple[int, int] | None) -> Edit | None:
    """Return the edit of min_python that leaves out all Pythons for which something is missing; None where none does.

    It needs judgement: on some platforms those Pythons may be well. Nobody is asked for ``newest``, a Python that is
    new.
    """
    all_pythons = sorted({target.python for target in among})
    low = sorted({target.python for target in lacking})
    if low != all_pythons[: len(low)] or all_pythons[len(low) :] in ([], [newest]):
        return None
    return Edit(changes=(RaisePython(python=all_pythons[len(low)]),), unsafe=True)


def range_hint(tool: str, lacking: Sequence[Target], among: Sequence[Target], newest: tuple[int, int] | None) -> str:
    """Say how to mend what is missing for some Pythons or platforms."""
    platforms = {target.platform for target in among}
    all_pythons = sorted({target.python for target in among})
    low = sorted({target.python for target in lacking})
    if raise_python(lacking, among, newest):
        whole = set(lacking) == {Target(platform=platform, python=python) for platform in platforms for python in low}
        unless = "unless the course needs an older one" if whole else "unless somebody needs an older one elsewhere"
        return f"Write min_python = {python_words(all_pythons[len(low)])}, {unless}."
    nowhere = [
        platform
        for platform in dict.fromkeys(target.platform for target in lacking)
        if {target.python for target in lacking if target.platform == platform} >= set(all_pythons)
    ]
    if nowhere and {target.platform for target in lacking} == set(nowhere) < platforms:
        return platforms_hint(nowhere)
    return f"There is nothing to mend in the list: tell learners who use {tool}, or ask its makers."


def platforms_hint(platforms: Sequence[str]) -> str:
    """Say what to do about platforms that cannot be served."""
    words = listed([f"{PLATFORMS[platform].words} ({platform})" for platform in platforms])
    return f"If nobody in the course has {words}, leave it out of platforms; else tell those learners."


def _pip_hint(item: Requirement | CondaRequirement, causes: set[Cause]) -> str:
    if causes == {Cause.NO_NAME}:
        return (
            "Look at the spelling. If it is no Python package but a program or library that conda has, list it in "
            "conda_requirements."
        )
    if Cause.NO_VERSION in causes or Cause.WITHDRAWN in causes:
        return f"Write {item.name} alone, or ask for other versions."
    return f"Leave {item.name} out, or ask its makers for a version that fits."


def _conda_hint(item: Requirement | CondaRequirement) -> str:
    if isinstance(item, CondaRequirement):
        return "Look at the spelling, and at whether its channel is in conda_channels."
    return (
        f"Look at the spelling. If pip alone has it, move it to pip_requirements; to bring it to conda, begin with: "
        f"onelist draft {item.name}"
    )
