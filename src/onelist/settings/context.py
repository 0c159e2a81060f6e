"""What the parsers of single keys share: the document, and the findings so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist.core.model import PLAIN_LISTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from onelist.core.findings import Edit, Finding, Span
    from onelist.core.model import CondaRequirement, Requirement
    from onelist.core.rules import Rule
    from onelist.settings.ini import Document, Option


def close_matches(word: str, possibilities: Iterable[str], *, cutoff: float) -> list[str]:
    """Return the most similar of some words, in a list; empty if none is similar.

    Args:
        word: What was written.
        possibilities: The words to choose from.
        cutoff: How similar the word must be, from 0 to 1 (``difflib.get_close_matches``).

    Returns:
        At most one word.
    """
    import difflib  # not at the top: most settings have no mistake

    return difflib.get_close_matches(word, list(possibilities), n=1, cutoff=cutoff)


@dataclass(slots=True)
class ParseContext:
    """One settings.ini while it is parsed.

    Attributes:
        document: Its options.
        findings: The findings so far.
        listed: The first requirement of each name (with its marker) in the lists for pip.
        extras: How many keys make an extra, by the name of the extra.
    """

    document: Document
    findings: list[Finding] = field(default_factory=list)
    listed: dict[tuple[str, str], Requirement | CondaRequirement] = field(default_factory=dict)
    extras: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        """Look once for the extras: each of thousands may ask for another one."""
        keys = (key for key in self.document.options if key.endswith("_requirements") and key not in PLAIN_LISTS)
        self.extras = Counter(canonicalize_name(key.removesuffix("_requirements")) for key in keys)

    def option(self, key: str) -> Option | None:
        """Return the option, or None when it is not set or empty."""
        option = self.document.options.get(key)
        return option if option is not None and option.text.strip() else None

    def line(self, key: str) -> str:
        """Return a value as one line: line breaks and runs of blanks become one blank; ``""`` when not set."""
        option = self.option(key)
        return " ".join(option.text.split()) if option else ""

    def report(
        self,
        rule: Rule,
        variant: str = "",
        /,
        *,
        span: Span | None = None,
        requirement: str | None = None,
        edit: Edit | None = None,
        **fields: object,
    ) -> None:
        """Add a finding.

        Args:
            rule: Its rule.
            variant: The variant of its message and hint.
            span: Its place; None for the file as a whole.
            requirement: The item that it is about, as written; None for something else.
            edit: The change of settings.ini that fixes it.
            **fields: The values of the fields of the message and the hint.
        """
        file = self.document.source.file
        self.findings.append(
            rule.at(file, span=span, variant=variant, advice=None, requirement=requirement, edit=edit, **fields)
        )

    def forget(self, line: int, found_by: Collection[Rule]) -> None:
        """Remove the findings of some rules in a line, about which another finding says all."""
        codes = {rule.code for rule in found_by}
        self.findings = [
            one for one in self.findings if not (one.code in codes and one.span is not None and one.span.line == line)
        ]

    def report_requirement(
        self,
        rule: Rule,
        requirement: Requirement | CondaRequirement,
        variant: str = "",
        /,
        *,
        edit: Edit | None = None,
        **fields: object,
    ) -> None:
        """Add a finding about one requirement (see `Rule.for_requirement`)."""
        file = self.document.source.file
        self.findings.append(
            rule.for_requirement(
                file, requirement, variant=variant, advice=None, detail=None, because=None, edit=edit, **fields
            )
        )
