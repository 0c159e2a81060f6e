"""What can become of a requirement on its way to conda.

Each outcome says three things in the same words: ``rule``, the name under which docs/translation.md explains it;
``spec``, the MatchSpec that conda gets, None for nothing; ``note``, what to know about it, None for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.rules import Rule
    from onelist.translation.names import CondaName


def match_spec(name: str, clauses: Iterable[str]) -> str:
    """Return a MatchSpec in the one form that every conda tool reads alike: ``name >=1,<2``."""
    return f"{name} {','.join(clauses)}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """In the run list.

    Attributes:
        requirement: The requirement.
        conda: Its conda name, and who says so.
        clauses: The version part of the MatchSpec.
    """

    requirement: Requirement
    conda: CondaName
    clauses: tuple[str, ...]

    @property
    def rule(self) -> str:
        """Whether the conda name is another than the one on the package index."""
        return "same" if self.conda.name == self.requirement.name else "renamed"

    @property
    def spec(self) -> str:
        """The MatchSpec."""
        return match_spec(self.conda.name, self.clauses)

    @property
    def note(self) -> str | None:
        """What the table of names says of it."""
        return self.conda.note or None


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaOnly:
    """In the run list, from ``conda_requirements``.

    Attributes:
        requirement: The requirement.
        alone: Whether pip gets nothing of that name; False where the same conda package stands for a requirement
            of pip as well.
    """

    requirement: CondaRequirement
    alone: bool
    note: None = None

    @property
    def rule(self) -> str:
        """Whether somebody on pip's side asks for it as well."""
        return "conda-only" if self.alone else "merged"

    @property
    def spec(self) -> str:
        """The MatchSpec."""
        return match_spec(self.requirement.name, self.requirement.clauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipOnly:
    """From ``pip_requirements`` or an extra: the maintainer says that conda does not get it."""

    requirement: Requirement
    spec: None = None
    note: None = None

    @property
    def rule(self) -> str:
        """Whether it belongs to an extra."""
        return "pip-only" if self.requirement.key == "pip_requirements" else "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitName:
    """From ``pip_requirements``, and the run list has the conda package of that name anyway.

    This is how nbdev's own files say that a name differs: torch for pip, pytorch for conda.

    Attributes:
        requirement: The requirement.
        conda: The conda name.
    """

    requirement: Requirement
    conda: str
    rule: str = "paired"
    spec: None = None

    @property
    def note(self) -> str:
        """What conda has in its place."""
        return f"conda has {self.conda}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """Not translatable, but ``conda_requirements`` names the conda package that stands for it.

    Attributes:
        requirement: The requirement.
        by: The item of ``conda_requirements``.
    """

    requirement: Requirement
    by: CondaRequirement
    rule: str = "covered"

    @property
    def spec(self) -> str:
        """The MatchSpec of the item that covers it."""
        return match_spec(self.by.name, self.by.clauses)

    @property
    def note(self) -> str:
        """Which item covers it."""
        return f"by {self.by.text} in conda_requirements"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerNeverTrue:
    """Its marker holds on no supported machine, so there is nothing to carry."""

    requirement: Requirement
    rule: str = "never-true"
    spec: None = None
    note: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untranslatable:
    """conda cannot express it.

    Attributes:
        requirement: The requirement.
        finding: The rule that says why.
        fields: The values of the fields of its message and hint.
    """

    requirement: Requirement
    finding: Rule
    fields: Mapping[str, str]
    rule: str = "refused"
    spec: None = None

    @property
    def note(self) -> str:
        """What is wrong, in the words of manifest.json."""
        return self.finding.message_of("manifest", normal=self.requirement.name, **self.fields)


Outcome = Translated | CondaOnly | PipOnly | SplitName | Substituted | MarkerNeverTrue | Untranslatable
