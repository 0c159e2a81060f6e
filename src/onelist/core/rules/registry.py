"""All rules by their codes.

A rule is defined in the module of the letter of its code; S has four modules, because it has the most rules.
docs/findings.md, ``onelist rule``, SARIF's rules and ``--select`` read the rules from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core.rules import (
    availability,
    drift,
    generated,
    health,
    pins,
    python,
    resolution,
    settings_file,
    settings_notes,
    settings_values,
    settings_warnings,
    translation,
)
from onelist.core.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from onelist.core.rules.base import Evidence

_MODULES = (
    settings_file,
    settings_values,
    settings_warnings,
    settings_notes,
    pins,
    translation,
    availability,
    resolution,
    python,
    drift,
    health,
    generated,
)
_ALL = [value for module in _MODULES for value in vars(module).values() if isinstance(value, Rule)]
_LETTERS = list(dict.fromkeys(rule.code[0] for rule in _ALL))

RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in sorted(_ALL, key=lambda rule: (_LETTERS.index(rule.code[0]), rule.code))
}
"""Each code and its rule: the letters in the order of docs/findings.md, the numbers from the lowest."""


def evidence_for(prefixes: Collection[str]) -> frozenset[Evidence]:
    """Return what onelist must know to check some rules.

    Args:
        prefixes: Beginnings of their codes; none for all rules.

    Returns:
        The evidence that at least one of them needs.
    """
    chosen = (rule for code, rule in RULES.items() if not prefixes or code.startswith(tuple(prefixes)))
    return frozenset(rule.evidence for rule in chosen)
