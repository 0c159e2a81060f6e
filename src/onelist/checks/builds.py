"""R: what pip builds from source, for whom, and whether that needs a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.analysis.python_range import python_range
from onelist.analysis.resolving.resolution import Resolved
from onelist.checks.partial import no_wheel, raise_python
from onelist.core import rules
from onelist.core.findings import RaisePython
from onelist.core.installers import CONDA, PIP
from onelist.core.targets import PLATFORMS, WITHOUT_PIP_RESOLVER, in_words, listed, python_words, recent_python
from onelist.sources.solution import Compiler
from onelist.translation import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from onelist.analysis.resolving.resolution import Resolution, RootRequirement
    from onelist.checks.base import CheckInput
    from onelist.core.findings import Finding
    from onelist.core.targets import Target
    from onelist.sources.solution import ResolvedPackage

    _Built = Mapping[Target, ResolvedPackage]

_NEED = {Compiler.LIKELY: "probably needs", Compiler.UNKNOWN: "may need"}
_MOST_NAMES = 8
"""How many packages the note about a new Python names."""


def decided_targets(resolutions: Sequence[Resolution]) -> frozenset[Target]:
    """Return for which targets the resolver says what pip builds, and those whose Python is too old for the list.

    For them, what the index has of a requirement says nothing more.
    """
    pip = [one for one in resolutions if one.request.installer == PIP]
    lowest = python_range(PIP, pip).lowest_possible
    return frozenset(
        one.target for one in pip if isinstance(one.status, Resolved) or (lowest and one.target.python < lowest)
    )


def check(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield each package that pip builds, with the targets for which it does."""
    yield from _not_resolved(given, resolutions)
    pip = [one for one in resolutions if one.request.installer == PIP and isinstance(one.status, Resolved)]
    among = [one.target for one in pip]
    members = {member.name: member for one in pip for member in one.request.members}
    newest = recent_python(given.today)
    new: list[str] = []
    for (name, with_compiler), built in _groups(pip).items():
        member = members.get(name) or _root(built, members)
        matters = _matters(built, among, newest) if with_compiler else built
        if matters:
            yield _finding(given, resolutions, member, matters, among)
        elif with_compiler:
            new.append(member.requirement.written_name if member and member.name == name else name)
    if new and newest:
        yield rules.BUILT_FROM_SOURCE.at(
            given.project.settings.source.file,
            span=None,
            variant="new_python",
            python=python_words(newest),
            names=listed(_few(list(dict.fromkeys(new)))),
        )


def _not_resolved(given: CheckInput, resolutions: Sequence[Resolution]) -> Iterator[Finding]:
    """Yield for which platforms nothing tells what pip installs."""
    settings = given.project.settings
    platforms = [PLATFORMS[one].words for one in settings.platforms if one in WITHOUT_PIP_RESOLVER]
    if platforms and any(one.request.installer == PIP for one in resolutions):
        yield rules.NOT_RESOLVED_HERE.at(
            settings.source.file,
            span=settings.spans.get("platforms"),
            variant="several" if len(platforms) > 1 else "",
            platforms=listed(platforms),
        )


def _groups(pip: Iterable[Resolution]) -> dict[tuple[str, bool], dict[Target, ResolvedPackage]]:
    """Return what pip builds, by name and whether it needs a compiler, or may need one."""
    found: dict[tuple[str, bool], dict[Target, ResolvedPackage]] = {}
    for one in pip:
        if isinstance(one.status, Resolved):
            for package in one.status.builds:
                key = package.name, package.compiler is not Compiler.NO
                found.setdefault(key, {})[one.target] = package
    return found


def _root(built: _Built, members: Mapping[str, RootRequirement]) -> RootRequirement | None:
    """Return a requirement that brings a package; None where it is not known."""
    roots = (root for package in built.values() for root in package.needed_by)
    return next((members[root] for root in roots if root in members), None)


def _matters(built: _Built, among: Collection[Target], newest: tuple[int, int] | None) -> _Built:
    """Return what is built, without the newest Python on a platform where an older one gets a wheel."""
    with_wheel = {target.platform for target in among if target not in built}
    return {
        target: package
        for target, package in built.items()
        if target.python != newest or target.platform not in with_wheel
    }


def _finding(
    given: CheckInput,
    resolutions: Sequence[Resolution],
    member: RootRequirement | None,
    built: _Built,
    among: Sequence[Target],
) -> Finding:
    file = given.project.settings.source.file
    compilers = {package.compiler for package in built.values()}
    name = next(iter(built.values())).name
    is_direct = member is not None and member.name == name
    written = member.requirement.written_name if member and is_direct else name
    fields: dict[str, Any] = {"package": _package_words(written, built.values()), "where": in_words(built, among)}
    fields["no_wheel"] = no_wheel((package.wheels_need for package in built.values()), "this version")
    rule, advice = rules.BUILT_FROM_SOURCE, ""
    if compilers != {Compiler.NO}:
        rule = rules.NEEDS_COMPILER
        fields["need"] = _NEED[Compiler.LIKELY if Compiler.LIKELY in compilers else Compiler.UNKNOWN]
        advice, more = _advice(resolutions, member if is_direct else None, built, among, recent_python(given.today))
        fields |= more
    if member is None:
        return rule.at(file, span=None, variant="indirect", advice=advice, **fields)
    variant = "" if is_direct else "dependency"
    return rule.for_requirement(file, member.requirement, variant=variant, advice=advice, **fields)


def _advice(
    resolutions: Sequence[Resolution],
    member: RootRequirement | None,
    built: _Built,
    among: Sequence[Target],
    newest: tuple[int, int] | None,
) -> tuple[str, Mapping[str, str]]:
    """Return what to do where a compiler is needed: the variant of the hint, and its fields."""
    if set(built) <= _conda_targets(resolutions, member, next(iter(built.values())).name):
        return "conda", {}
    edit = raise_python(list(built), among, newest)
    change = edit.changes[0] if edit else None
    if isinstance(change, RaisePython):
        return "newer_python", {"python": python_words(change.python)}
    return "", {}


def _conda_targets(resolutions: Iterable[Resolution], member: RootRequirement | None, name: str) -> set[Target]:
    """Return for which targets conda installs the same package, which is always ready to install."""
    known = names.conda_name(name, frozenset(), {})
    found: set[Target] = set()
    for one in resolutions:
        if one.request.installer == CONDA and isinstance(one.status, Resolved):
            own = {other.requirement.id: other.name for other in one.request.members}
            conda = (own.get(member.requirement.id) if member else None) or (known.name if known else "")
            if one.status.package(conda):
                found.add(one.target)
    return found


def _package_words(name: str, packages: Iterable[ResolvedPackage]) -> str:
    return f"{name} {' or '.join(dict.fromkeys(package.version for package in packages))}"


def _few(texts: list[str]) -> list[str]:
    return texts if len(texts) <= _MOST_NAMES else [*texts[: _MOST_NAMES - 1], f"{len(texts) - _MOST_NAMES + 1} more"]
