"""What the parsers of single keys share: the document, and the list of complaints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onelist.core.findings import Edit, Finding, Span
    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.rules import Rule
    from onelist.settings.ini import Document, Option


@dataclass(slots=True)
class ParseContext:
    """One settings.ini on its way to Settings.

    Attributes:
        document: Its options.
        findings: What has been seen so far.
        listed: The first item of each name (with its marker) in the lists that pip gets.
    """

    document: Document
    findings: list[Finding] = field(default_factory=list)
    listed: dict[tuple[str, str], Requirement | CondaRequirement] = field(default_factory=dict)

    def option(self, key: str) -> Option | None:
        """Return the option, or None when it is not set or empty."""
        option = self.document.options.get(key)
        return option if option is not None and option.text.strip() else None

    def line(self, key: str) -> str:
        """Return a value as one line: line breaks and runs of blanks become one blank; ``""`` when not set."""
        option = self.option(key)
        return " ".join(option.text.split()) if option else ""

    def report(  # noqa: PLR0913 - what a finding has
        self,
        rule: Rule,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        requirement: str | None = None,
        edit: Edit | None = None,
    ) -> None:
        """Add a finding."""
        file = self.document.source.file
        self.findings.append(rule.at(file, message, span=span, hint=hint, requirement=requirement, edit=edit))

    def report_requirement(
        self,
        rule: Rule,
        requirement: Requirement | CondaRequirement,
        message: str,
        *,
        hint: str,
        edit: Edit | None = None,
    ) -> None:
        """Add a finding about one requirement."""
        file = self.document.source.file
        self.findings.append(rule.for_requirement(file, requirement, message, hint=hint, edit=edit))
