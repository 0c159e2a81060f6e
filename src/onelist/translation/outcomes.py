"""What can become of a requirement on its way to conda.

Each outcome has three attributes: ``rule``, its name in docs/translation.md; ``spec``, the MatchSpec that conda gets,
None for nothing; ``note``, a remark for manifest.json, None for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.rules import Rule
    from onelist.translation.names import CondaName


def match_spec(name: str, clauses: Iterable[str]) -> str:
    """Return a MatchSpec in the form that all conda tools read in the same way: ``name >=1,<2``."""
    return f"{name} {','.join(clauses)}".rstrip()


class Translated(NamedTuple):
    """In the run list.

    Attributes:
        requirement: The requirement.
        conda: Its conda name, and where the name comes from.
        clauses: The version part of the MatchSpec.
    """

    requirement: Requirement
    conda: CondaName
    clauses: tuple[str, ...]

    @property
    def rule(self) -> str:
        """``renamed`` where the conda name differs from the name on the package index, else ``same``."""
        return "same" if self.conda.name == self.requirement.name else "renamed"

    @property
    def spec(self) -> str:
        """The MatchSpec."""
        return match_spec(self.conda.name, self.clauses)

    @property
    def note(self) -> str | None:
        """The remark of the table of names."""
        return self.conda.note or None


class CondaOnly(NamedTuple):
    """In the run list, from ``conda_requirements``.

    Attributes:
        requirement: The requirement.
        alone: Whether pip does not get this package; False where the same conda package also is the translation of a
            requirement for pip.
    """

    requirement: CondaRequirement
    alone: bool
    note: None = None

    @property
    def rule(self) -> str:
        """``merged`` where a requirement for pip has the same conda package, else ``conda-only``."""
        return "conda-only" if self.alone else "merged"

    @property
    def spec(self) -> str:
        """The MatchSpec."""
        return match_spec(self.requirement.name, self.requirement.clauses)


class PipOnly(NamedTuple):
    """From ``pip_requirements`` or an extra, so conda does not get it."""

    requirement: Requirement
    spec: None = None
    note: None = None

    @property
    def rule(self) -> str:
        """``extra`` where it belongs to an extra, else ``pip-only``."""
        return "pip-only" if self.requirement.key == "pip_requirements" else "extra"


class SplitName(NamedTuple):
    """From ``pip_requirements``, while the run list has the conda package of the same requirement.

    nbdev files express a different name in this way: torch for pip, pytorch for conda.

    Attributes:
        requirement: The requirement.
        conda: The conda name.
    """

    requirement: Requirement
    conda: CondaName
    rule: str = "paired"
    spec: None = None

    @property
    def note(self) -> str:
        """The conda package that conda installs."""
        return f"conda has {self.conda.name}"


class Substituted(NamedTuple):
    """Not translatable, but ``conda_requirements`` has the conda package that replaces it.

    Attributes:
        requirement: The requirement.
        by: The item of ``conda_requirements``.
    """

    requirement: Requirement
    by: CondaRequirement
    rule: str = "covered"

    @property
    def spec(self) -> str:
        """The MatchSpec of the item that replaces it."""
        return match_spec(self.by.name, self.by.clauses)

    @property
    def note(self) -> str:
        """The item that replaces it."""
        return f"by {self.by.text} in conda_requirements"


class MarkerNeverTrue(NamedTuple):
    """Its marker is false on every platform and Python, so conda gets nothing."""

    requirement: Requirement
    rule: str = "never-true"
    spec: None = None
    note: None = None


class Untranslatable(NamedTuple):
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
