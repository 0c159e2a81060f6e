"""What the parsers of single keys share: the document, and the list of complaints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onelist.addresses import redact

if TYPE_CHECKING:
    from onelist.catalogue import Rule
    from onelist.ini import Document, Option
    from onelist.model import CondaRequirement, Edit, Finding, Requirement, Span


_MOST_SHOWN = 60


def shortened(text: str) -> str:
    """Return a text as a message may show it: without secrets, and its beginning when it is long."""
    text = redact(text)  # before it is cut, for half an address does not show that there is a password in it
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."


@dataclass(slots=True)
class Parsing:
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

    def complain(  # noqa: PLR0913 - what a finding has
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
