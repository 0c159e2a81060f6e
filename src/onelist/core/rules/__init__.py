"""The rules: one record for each kind of finding, with all of its texts.

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
from onelist.core.rules.availability import (
    CONDA_IN_PART,
    EXTRA_UNAVAILABLE,
    HIDDEN,
    NO_BUILD,
    NO_PYTHON,
    NO_RELEASE,
    NOT_ON_CONDA,
    NOT_ON_INDEX,
    NOT_YET,
    PIP_IN_PART,
    SOURCE_ONLY,
)
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording
from onelist.core.rules.drift import (
    NAME_CONTRADICTED,
    ON_CONDA_IN_PART,
    ON_CONDA_TOO,
    ON_INDEX_TOO,
    PERHAPS_SOMETHING_ELSE,
)
from onelist.core.rules.generated import (
    MISSING_FILE,
    STALE_FILE,
)
from onelist.core.rules.health import (
    IDLE_CHANNEL,
    NO_PLATFORM,
    NO_SUCH_CHANNEL,
    NOT_ASKED,
    OLD_CHANNEL,
)
from onelist.core.rules.pins import (
    ALLOWANCE_IDLE,
    ALLOWANCE_OVER,
    ALLOWANCE_USELESS,
    CAPPED,
    EXTRA_PINNED,
    PINNED,
)
from onelist.core.rules.python import (
    BELOW_FRESH_FLOOR,
    BELOW_HARD_FLOOR,
    CEILING,
    END_OF_LIFE,
)
from onelist.core.rules.resolution import (
    CLASH,
    CLASH_IN_PART,
    HELD_BACK,
    INSTALLABLE_IN_PART,
    NOT_INSTALLABLE,
    NOT_PROVED,
)
from onelist.core.rules.settings_file import (
    CONTROL_CHARACTER,
    DUPLICATE_KEY,
    INTERPOLATION,
    MISSING_KEY,
    NOT_INI,
    NOT_TEXT,
)
from onelist.core.rules.settings_notes import (
    MAINTAINER_GUESSED,
    NO_LICENSE_FILE,
    NO_MAINTAINER,
    NO_SDIST_URL,
    VERSION_REWRITTEN,
)
from onelist.core.rules.settings_values import (
    BAD_ADDRESS,
    BAD_LICENSE,
    BAD_NAME,
    BAD_OWN_KEY,
    BAD_PYTHON,
    BAD_REQUIREMENT,
    BAD_VERSION,
    CODE_LEFT_OUT,
    OUTSIDE,
)
from onelist.core.rules.settings_warnings import (
    ADDRESS_LEFT_OUT,
    BAD_CLASSIFIER,
    BAD_EMAIL,
    DIRECT_URL,
    EXTRA_MARKER,
    FUTURE_PYTHON,
    NO_DESCRIPTION,
    NO_HOMEPAGE,
    NO_LICENSE,
    NO_MIN_PYTHON,
    NO_REQUIREMENTS,
    OTHER_SDIST,
    REPEATED,
    UNKNOWN_KEY,
)
from onelist.core.rules.translation import (
    ALREADY_THERE,
    NEVER_TRUE,
    NO_EXTRAS,
    NO_LOCAL_VERSION,
    NO_URLS,
    NOT_CONDA_NAME,
    NOT_ON_CONDA_FORGE,
    OS_MARKER,
    OTHER_MARKER,
    PIP_EXTRA,
    PIP_ONLY,
    PYTHON_MARKER,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "ADDRESS_LEFT_OUT",
    "ALLOWANCE_IDLE",
    "ALLOWANCE_OVER",
    "ALLOWANCE_USELESS",
    "ALREADY_THERE",
    "BAD_ADDRESS",
    "BAD_CLASSIFIER",
    "BAD_EMAIL",
    "BAD_LICENSE",
    "BAD_NAME",
    "BAD_OWN_KEY",
    "BAD_PYTHON",
    "BAD_REQUIREMENT",
    "BAD_VERSION",
    "BELOW_FRESH_FLOOR",
    "BELOW_HARD_FLOOR",
    "CAPPED",
    "CEILING",
    "CLASH",
    "CLASH_IN_PART",
    "CODE_LEFT_OUT",
    "CONDA_IN_PART",
    "CONTROL_CHARACTER",
    "DIRECT_URL",
    "DUPLICATE_KEY",
    "END_OF_LIFE",
    "EXTRA_MARKER",
    "EXTRA_PINNED",
    "EXTRA_UNAVAILABLE",
    "FUTURE_PYTHON",
    "HELD_BACK",
    "HIDDEN",
    "IDLE_CHANNEL",
    "INSTALLABLE_IN_PART",
    "INTERPOLATION",
    "MAINTAINER_GUESSED",
    "MISSING_FILE",
    "MISSING_KEY",
    "NAME_CONTRADICTED",
    "NEVER_TRUE",
    "NOT_ASKED",
    "NOT_CONDA_NAME",
    "NOT_INI",
    "NOT_INSTALLABLE",
    "NOT_ON_CONDA",
    "NOT_ON_CONDA_FORGE",
    "NOT_ON_INDEX",
    "NOT_PROVED",
    "NOT_TEXT",
    "NOT_YET",
    "NO_BUILD",
    "NO_DESCRIPTION",
    "NO_EXTRAS",
    "NO_HOMEPAGE",
    "NO_LICENSE",
    "NO_LICENSE_FILE",
    "NO_LOCAL_VERSION",
    "NO_MAINTAINER",
    "NO_MIN_PYTHON",
    "NO_PLATFORM",
    "NO_PYTHON",
    "NO_RELEASE",
    "NO_REQUIREMENTS",
    "NO_SDIST_URL",
    "NO_SUCH_CHANNEL",
    "NO_URLS",
    "OLD_CHANNEL",
    "ON_CONDA_IN_PART",
    "ON_CONDA_TOO",
    "ON_INDEX_TOO",
    "OS_MARKER",
    "OTHER_MARKER",
    "OTHER_SDIST",
    "OUTSIDE",
    "PERHAPS_SOMETHING_ELSE",
    "PINNED",
    "PIP_EXTRA",
    "PIP_IN_PART",
    "PIP_ONLY",
    "PYTHON_MARKER",
    "REPEATED",
    "RULES",
    "SOURCE_ONLY",
    "STALE_FILE",
    "UNKNOWN_KEY",
    "VERSION_REWRITTEN",
    "Evidence",
    "Rule",
    "Scope",
    "Supersedes",
    "Wording",
    "evidence_for",
]

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

RULES: Mapping[str, Rule] = {rule.code: rule for rule in _ALL}
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
