"""What to advise where something is missing only for some platforms or Pythons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.core.findings import Append, Edit, RaisePython, Remove
from onelist.core.installers import PIP
from onelist.core.rules.base import no_fields
from onelist.core.status import Found
from onelist.core.targets import PLATFORMS, Target, listed, python_words
from onelist.translation import pins
from onelist.translation.outcomes import Translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from onelist.analysis.listed import ListedRequirement


WITHOUT_REMEDY = frozenset({"", "leave_platforms"})
"""The variants of hints that are of less use than to change a version bound of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about a gap.

    Attributes:
        variant: The variant of the rule (see ``PARTLY``) with the hint; ``""`` where nothing is wrong with the list.
        fields: The values of the fields of the hint.
        edit: The change of min_python that closes the gap; None where there is none.
    """

    variant: str = ""
    fields: Mapping[str, str] = field(default_factory=no_fields)
    edit: Edit | None = None


def raise_python(missing: Sequence[Target], among: Sequence[Target], newest: tuple[int, int] | None) -> Edit | None:
    """Return the edit of min_python that excludes all Pythons for which something is missing.

    Args:
        missing: The targets without it.
        among: All targets.
        newest: The newest Python, where it is so new that a list need not support it.

    Returns:
        The edit; None where no value of min_python helps each platform, or where only ``newest`` would be left. It is
        unsafe: on some platforms the old Pythons may work.
    """
    all_pythons = sorted({target.python for target in among})
    low = sorted({target.python for target in missing})
    if low != all_pythons[: len(low)] or all_pythons[len(low) :] in ([], [newest]):
        return None
    floor = all_pythons[len(low)]
    helped = {target.platform for target in among if target.python >= floor and target.python != newest}
    if not {target.platform for target in missing} <= helped:
        return None
    return Edit(changes=(RaisePython(python=floor),), unsafe=True)


def moved_to_pip(entry: ListedRequirement) -> Edit | None:
    """Return the edit that moves what only pip has to the list for pip.

    It is unsafe: whoever installs with conda no longer gets it, and a channel that has it may be missing in the list.

    Args:
        entry: A requirement that no channel has.

    Returns:
        The edit; None where it is not in the list for pip and conda, or where pip has it for no target.
    """
    item = entry.requirement
    if item.key != "requirements" or not any(isinstance(one.status, Found) for one in entry.answers_of(PIP)):
        return None
    return Edit(changes=(Remove(span=item.span), Append(key="pip_requirements", text=item.text)), unsafe=True)


def moved_to_conda(entry: ListedRequirement) -> Edit | None:
    """Return the edit that moves what only conda has to the list for conda.

    It is unsafe: whoever installs with pip no longer gets it, and the name may be misspelt.

    Args:
        entry: A requirement that no index has.

    Returns:
        The edit; None where it is not in the list for pip and conda, or where no channel has it.
    """
    item, translation = entry.requirement, entry.translation
    has_it = any(isinstance(one.status, Found) for one in entry.answers if one.channel != PIP)
    if item.key != "requirements" or not isinstance(translation, Translated) or not has_it:
        return None
    move = (Remove(span=item.span), Append(key="conda_requirements", text=translation.conda.name))
    return Edit(changes=move, unsafe=True)


def partial_advice(missing: Sequence[Target], among: Sequence[Target], newest: tuple[int, int] | None) -> Advice:
    """Return what to do where something is missing for some targets.

    Args:
        missing: The targets without it.
        among: All targets.
        newest: The newest Python, where it is so new that a list need not support it.

    Returns:
        The advice: raise min_python, leave out platforms, or nothing.
    """
    all_pythons = sorted({target.python for target in among})
    if edit := raise_python(missing, among, newest):
        low = sorted({target.python for target in missing})
        platforms = {target.platform for target in among}
        on_all = set(missing) == {Target(platform=platform, python=python) for platform in platforms for python in low}
        variant = "raise_python" if on_all else "raise_python_partly"
        return Advice(variant=variant, fields={"python": python_words(all_pythons[len(low)])}, edit=edit)
    affected = dict.fromkeys(target.platform for target in missing)
    unsupported = [
        platform
        for platform in affected
        if {target.python for target in missing if target.platform == platform} >= set(all_pythons)
    ]
    if unsupported and set(affected) == set(unsupported) < {target.platform for target in among}:
        return Advice(variant="leave_platforms", fields={"platforms": platform_names(unsupported)})
    return Advice()


def platform_names(platforms: Iterable[str]) -> str:
    """Return platforms in words that follow "no learner uses", each with conda's name in brackets."""
    return listed([f"{PLATFORMS[platform].words} ({platform})" for platform in platforms], "or")


def no_wheel(systems: Iterable[str | None], version: str) -> str:
    """Return why pip builds a version, as a clause.

    Args:
        systems: For each target the system that its wheels need, such as ``macOS 16``; None where it has none.
        version: The version as the sentence names it, for instance ``this version``.

    Returns:
        The clause.
    """
    needed = list(dict.fromkeys(systems))
    some = " or ".join(system for system in needed if system)
    none = f"the package index has no wheel (a package that is ready to install) of {version} there"
    if not some:
        return none
    if None not in needed:
        return f"the wheels (packages that are ready to install) of {version} need {some} or newer there"
    return f"{none}, or only for {some} and newer"


def instead(changes: Iterable[tuple[str, str]]) -> str:
    """Return what to write in place of requirements with own version bounds, as the object of "write".

    Args:
        changes: What to write, and what the list has.

    Returns:
        For instance ``pandas instead of your own pandas<2``; ``""`` for nothing.
    """
    return ", or ".join(f"{new} instead of your own {old}" for new, old in changes)


def remedies(entry: ListedRequirement) -> str:
    """Return what to write without the versions that the list asks for, as the object of "write"."""
    item = entry.requirement
    return instead([(pins.without_versions(item), item.asked)])


def supported_before(
    working: Iterable[Target], among: Iterable[Target], newest: tuple[int, int] | None
) -> frozenset[str]:
    """Return the platforms for which something works with the Python before the newest one.

    What does not work there with the newest Python either is a gap of the platform, not of a Python that is new.

    Args:
        working: The targets for which it works.
        among: All targets.
        newest: The newest Python, where it is so new that a list need not support it.
    """
    before = max({target.python for target in among if target.python != newest}, default=None)
    return frozenset(target.platform for target in working if target.python == before)
