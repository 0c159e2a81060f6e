"""Version specifiers (PEP 440) -> the version part of a conda MatchSpec.

The rules are those of conda (https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html), read
so strictly that conda, mamba, rattler and conda-build understand each result in the same way. docs/translation.md has
the table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_version
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ORDER = ("==", ">=", ">", "<", "<=", "!=")
_PINNING = frozenset({"==", "===", "~=", "<", "<=", "="})
_CLAUSE = re.compile(
    r"(?P<operator>===|==|!=|~=|>=|<=|=|>|<)\s*(?P<version>(?:\d+!)?\d[0-9a-z]*(?:[._][0-9a-z]+)*)(?P<wildcard>\.\*)?",
    re.IGNORECASE,
)


LARGEST = 2**63 - 1
"""The largest number that a conda version may have; rattler refuses larger ones."""


class UntranslatableSpecifier(NamedTuple):
    """A specifier that conda cannot express.

    Attributes:
        clause: The specifier as written.
        reason: A clause with "it" as its subject, without a full stop.
    """

    clause: str
    reason: str


class CondaClauses(NamedTuple):
    """The version part of an item of ``conda_requirements``.

    Attributes:
        written: The clauses as a MatchSpec has them, in order.
        pins: The clauses that set an upper bound, as written.
    """

    written: tuple[str, ...]
    pins: tuple[str, ...]


class OrderDifference(NamedTuple):
    """A specifier whose translation takes other versions, because conda orders them in another way.

    Attributes:
        clause: The specifier as written.
        version: A version that only one side takes.
        only_conda: Whether conda takes it and pip does not; else pip takes it and conda does not.
    """

    clause: str
    version: str
    only_conda: bool


def translate(specifiers: Iterable[Specifier]) -> tuple[str, ...] | UntranslatableSpecifier:
    """Return the clauses of a MatchSpec with the same meaning as version specifiers.

    Args:
        specifiers: The specifiers (PEP 440).

    Returns:
        The clauses, canonical and in a fixed order, to be joined by commas; or why it is not possible.
    """
    clauses: list[str] = []
    for specifier in sorted(specifiers, key=_position):
        result = _clauses(specifier.operator, specifier.version)
        if isinstance(result, UntranslatableSpecifier):
            return result
        clauses += result
    return ordered(clauses)


def order_differences(specifiers: SpecifierSet) -> Iterator[OrderDifference]:
    """Yield the specifiers that mean other versions for conda: those that name a pre-, post- or development release.

    For pip, 3.0.dev5 comes before 3.0a1, and 3.0.post1 before 3.0.0.1 (PEP 440). For conda, 3.0.dev5 comes after
    3.0rc1, and 3.0.post1 after 3.0.0.1 (conda's ``VersionOrder``). No range of conda versions is then the same set.
    The differences at a final release (``<2``, ``>1.2``) are left out; docs/translation.md has them.

    Args:
        specifiers: Specifiers that `translate` translates.

    Yields:
        Each such specifier with the example that shows it, if the other specifiers allow that version.
    """
    for specifier in sorted(specifiers, key=str):
        others = [one for one in specifiers if one is not specifier]
        difference = _order_difference(specifier)
        if difference and all(one.contains(difference.version, prereleases=True) for one in others):
            yield difference


def _order_difference(specifier: Specifier) -> OrderDifference | None:
    operator = specifier.operator
    if operator not in {">=", ">", "~=", "<", "<="}:
        return None
    version, is_lower = Version(specifier.version), operator not in {"<", "<="}
    base = version.base_version
    if version.pre:
        example, only_conda = f"{base}.dev1", is_lower
    elif version.post is not None:
        example, only_conda = f"{base}.0.1", not is_lower
    elif version.dev is not None and is_lower and (operator, version.dev) not in {(">=", 0), ("~=", 0)}:
        example, only_conda = f"{base}rc1", False
    else:
        return None
    return OrderDifference(clause=str(specifier), version=example, only_conda=only_conda)


def ordered(clauses: Iterable[str]) -> tuple[str, ...]:
    """Return clauses without duplicates (``!=3`` is ``!=3.0``), exact and lower bounds first, exclusions last."""
    first: dict[tuple[int, str], str] = {}
    for clause in clauses:
        first.setdefault((_rank(clause), canonicalize_version(clause.lstrip("<>=!"))), clause)
    return tuple(sorted(first.values(), key=_rank))


def is_pin(operator: str) -> bool:
    """Tell whether an operator sets an upper bound."""
    return operator in _PINNING


def conda_clauses(text: str) -> CondaClauses | None:
    """Read the version part of an item of ``conda_requirements``.

    Versions may be invalid in PEP 440 (``2022c``, ``1.1.1k``); in conda ``=1.2`` means ``1.2.*``.

    Args:
        text: For instance ``>=1.8,<2``; ``""`` for none.

    Returns:
        The clauses; None when conda tools read the text in different ways (a build string, ``|``).
    """
    written: list[str] = []
    pins: list[str] = []
    for clause in text.lower().split(",") if text else ():
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None or re.search(r"\d{19}", clause):
            return None
        result = _conda_clause(match["operator"], match["version"], wildcard=bool(match["wildcard"]))
        if result is None:
            return None
        written += result
        if is_pin(match["operator"]):
            pins.append(clause.strip())
    return CondaClauses(written=ordered(written), pins=tuple(pins))


def _conda_clause(operator: str, version: str, *, wildcard: bool) -> list[str] | None:
    if wildcard or operator == "=":
        prefix = "!=" if operator == "!=" else ""
        return [f"{prefix}{version}.*"] if operator in {"=", "==", "!="} else None
    if operator in _ORDER:
        return [operator + version]  # as written: a conda version (2022c) may be invalid in PEP 440
    try:
        result = translate([Specifier(operator + version)])
    except InvalidSpecifier:
        return None
    return None if isinstance(result, UntranslatableSpecifier) else list(result)


def _position(specifier: Specifier) -> tuple[int, str]:
    return _rank(specifier.operator + specifier.version), specifier.version


def _rank(clause: str) -> int:
    """Return the position of a clause among others; one without an operator (``1.2.*``) counts as ``==``."""
    operator = re.match(r"[<>=!~]*", clause)
    return _ORDER.index(operator[0]) if operator and operator[0] in _ORDER else 0


def _clauses(operator: str, version: str) -> list[str] | UntranslatableSpecifier:
    if reason := _refusal(operator, version):
        return UntranslatableSpecifier(clause=operator + version, reason=reason)
    parsed = Version(version.removesuffix(".*"))
    if version.endswith(".*"):
        return [f"{'!=' if operator == '!=' else ''}{parsed}.*"]
    if operator == "~=":
        return [_bound(">=", parsed), f"<{_next_compatible(parsed)}"]
    return [_bound(operator, parsed)]


def _refusal(operator: str, version: str) -> str | None:
    """Return why conda cannot express a comparison, as `UntranslatableSpecifier` has it; None where it can."""
    if operator == "===":
        return "compares letter by letter (===), which conda cannot"
    parsed = Version(version.removesuffix(".*"))
    if max(parsed.release) > LARGEST:
        return "has a number in it that is too large for conda"
    if parsed.local:
        return f"asks for a local version (+{parsed.local}), which no conda channel has"
    if operator in {"<", "<="} and _is_development(parsed) and (operator, parsed.dev) != ("<", 0):
        return "ends at a development release, and conda puts those after other pre-releases"
    return None


def _is_development(version: Version) -> bool:
    """Tell whether a version is a development release of a final release, such as 3.0.dev0."""
    return version.dev is not None and version.pre is None and version.post is None


def _bound(operator: str, version: Version) -> str:
    """Return the clause for a comparison with a version.

    PEP 440 has 3.0.dev0 before all pre-releases of 3.0, and conda has it after them: in conda, ``dev`` is lower than a
    letter only within one part of the version (conda's ``VersionOrder``). So ``<3.0.dev0`` is ``<3dev0``, which conda
    sorts before 3.dev0, 3.0.dev0, 3.0a1 and 3.0.
    """
    if operator in {"<", ">="} and _is_development(version) and version.dev == 0:
        return f"{operator}{canonicalize_version(version.base_version)}dev0"
    return f"{operator}{version}"


def _next_compatible(version: Version) -> str:
    """Return the first release that ``~=version`` excludes (PEP 440, compatible release)."""
    *head, last = version.release[:-1]  # never empty: ~=1 is not a valid specifier
    release = ".".join(map(str, (*head, last + 1)))
    return f"{version.epoch}!{release}" if version.epoch else release
