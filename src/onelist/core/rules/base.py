"""What a rule is: one kind of finding, with its texts and what it means for other rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from onelist.core.findings import Finding, Severity
from onelist.core.text import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.core.findings import Edit, Span
    from onelist.core.model import CondaRequirement, Requirement


def no_fields() -> Mapping[str, Any]:
    """Return a mapping that is empty and stays so."""
    return MappingProxyType({})


def here(file: str) -> str:
    """Return the argument that names a settings file in a command, after a blank; ``""`` for that of this folder."""
    if file == "settings.ini":
        return ""
    import shlex  # not at the top: most lists are in the folder where the command runs

    return f" {shlex.quote(file)}"


FIRST_VERSION = "0.1.0"
"""The version of onelist that had the first rules."""


class Evidence(StrEnum):
    """What onelist must know before it can check a rule. The members are in the order of their cost."""

    SETTINGS = "settings"
    """Only settings.ini and the files beside it."""
    AVAILABILITY = "availability"
    """What the package index and the conda channels have."""
    RESOLUTION = "resolution"
    """What the resolvers of pip and conda say about the whole list."""

    @property
    def words(self) -> str:
        """It as the end of a sentence that begins with "This rule needs"."""
        return {
            Evidence.SETTINGS: "only settings.ini and the files beside it",
            Evidence.AVAILABILITY: "the package index or the conda channels",
            Evidence.RESOLUTION: "the resolvers of pip and conda",
        }[self]


class Scope(Enum):
    """Which findings of another rule become superfluous."""

    LIST = "the whole list"
    """All of them."""
    REQUIREMENT = "the same requirement"
    """Those about the same requirement."""
    MIN_PYTHON = "the same min_python"
    """Those that disappear when min_python is raised as this finding proposes."""


class Supersedes(NamedTuple):
    """A rule whose findings are left out where another rule has a finding.

    Attributes:
        code: The code of the rule that is left out.
        scope: Which of its findings are left out.
    """

    code: str
    scope: Scope


class Wording(NamedTuple):
    """Another message or hint of a rule.

    Attributes:
        message: The message; None for the message of the rule.
        hint: The hint; None for the hint of the rule, ``""`` for no hint.
    """

    message: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One kind of finding.

    Messages and hints are templates with named fields (``str.format``). The values of the fields are data: braces in
    them mean nothing.

    Attributes:
        code: A letter for the subject (S settings, P pins, C conda translation, A availability, R resolution,
            F Python, D drift, H channel health, G generated files) and three digits.
        severity: How much a finding of this kind matters.
        title: One line, without a full stop.
        evidence: What onelist must know before it can check the rule.
        message: What is wrong, and for whom.
        hint: What to do; ``""`` for nothing.
        variants: Other messages and hints, each with a name.
        what: What the rule is about, as Markdown in one paragraph, like the next three.
        why: Why it matters.
        causes: The usual causes.
        what_to_do: What the reader does about it.
        ini: Lines of settings.ini as an example of what to do; ``""`` for none.
        example: Values of the fields of ``message``, for an example.
        many: What is wrong, for several findings together, with their number as the field ``count``, and with the
            installer as ``by``, such as `` with conda``, if all are about the same one; without a full stop. ``""`` for
            the title.
        supersedes: The rules that need not be shown where this one has a finding.
        fallback_for: With this evidence the rule is not checked, because the evidence answers its question better.
        since: The first version of onelist that has the rule.
    """

    code: str
    severity: Severity
    title: str
    evidence: Evidence = Evidence.SETTINGS
    message: str
    hint: str = ""
    variants: Mapping[str, Wording] = field(default_factory=no_fields, repr=False)
    what: str = field(repr=False)
    why: str = field(repr=False)
    causes: str = field(repr=False)
    what_to_do: str = field(repr=False)
    ini: str = field(default="", repr=False)
    example: Mapping[str, str] = field(default_factory=no_fields, repr=False)
    many: str = field(default="", repr=False)
    supersedes: tuple[Supersedes, ...] = ()
    fallback_for: Evidence | None = None
    since: str = FIRST_VERSION

    def message_of(self, variant: str = "", /, **fields: object) -> str:
        """Return the message of a variant with its fields filled in.

        Args:
            variant: The name of the variant; ``""`` for the message of the rule.
            **fields: The values of the fields.

        Returns:
            The message, without secrets.

        Raises:
            KeyError: The rule has no such variant, or a field has no value.
        """
        message = self.variants[variant].message if variant else None
        return redact((self.message if message is None else message).format_map(fields))

    def hint_of(self, variant: str = "", /, **fields: object) -> str | None:
        """Return the hint of a variant with its fields filled in, without secrets; None for no hint.

        Raises:
            KeyError: The rule has no such variant, or a field has no value.
        """
        hint = self.variants[variant].hint if variant else None
        return redact((self.hint if hint is None else hint).format_map(fields)) or None

    def at(  # noqa: PLR0913 - what a finding has
        self,
        file: str,
        /,
        *,
        span: Span | None,
        variant: str = "",
        advice: str | None = None,
        requirement: str | None = None,
        edit: Edit | None = None,
        **fields: object,
    ) -> Finding:
        """Return a finding of this kind.

        Args:
            file: The file that it is about.
            span: The place in the file; None for the file as a whole.
            variant: The variant whose message and hint are used; ``""`` for those of the rule.
            advice: The variant whose hint is used; None for that of ``variant``.
            requirement: The item that it is about, as written; None for something else.
            edit: The change of settings.ini that fixes it.
            **fields: The values of the fields of the message and the hint; ``here`` has one (see :func:`here`), if the
                file is the settings file.

        Returns:
            The finding.

        Raises:
            KeyError: The rule has no such variant, or a field has no value.
        """
        fields = {"here": here(file), **fields}
        return Finding(
            code=self.code,
            severity=self.severity,
            message=self.message_of(variant, **fields),
            file=file,
            span=span,
            requirement=requirement,
            hint=self.hint_of(variant if advice is None else advice, **fields),
            edit=edit,
        )

    def for_requirement(  # noqa: PLR0913 - what a finding has
        self,
        file: str,
        requirement: Requirement | CondaRequirement,
        /,
        *,
        variant: str = "",
        advice: str | None = None,
        detail: str | None = None,
        because: str | None = None,
        edit: Edit | None = None,
        **fields: object,
    ) -> Finding:
        """Return a finding of this kind about one requirement.

        Args:
            file: The settings file.
            requirement: The requirement. Its name and its text are the fields ``name`` and ``item``; its text
                without the marker is ``asked``. The field ``here`` is the argument for the file (see :func:`here`).
            variant: The variant whose message and hint are used; ``""`` for those of the rule.
            advice: The variant whose hint is used; None for that of ``variant``.
            detail: More lines for the reader, for instance the words of a resolver.
            because: The same in one sentence.
            edit: The change of settings.ini that fixes it.
            **fields: The values of the other fields of the message and the hint.

        Returns:
            The finding.

        Raises:
            KeyError: The rule has no such variant, or a field has no value.
        """
        own = {"name": requirement.written_name, "item": requirement.text, "asked": requirement.asked}
        all_fields = {"here": here(file), **own, **fields}
        return Finding(
            code=self.code,
            severity=self.severity,
            message=self.message_of(variant, **all_fields),
            file=file,
            span=requirement.span,
            requirement=requirement.text,
            requirement_id=requirement.id,
            hint=self.hint_of(variant if advice is None else advice, **all_fields),
            detail=detail,
            because=because,
            edit=edit,
        )

    @property
    def example_message(self) -> str:
        """The message with the values of the example."""
        return self.message_of("", **self.example)
