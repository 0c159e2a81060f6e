"""The ``license`` of settings.ini -> an SPDX expression (PEP 639)."""

from __future__ import annotations

import difflib
import re

_NBDEV = {
    "apache2": "Apache-2.0",
    "mit": "MIT",
    "gpl2": "GPL-2.0-only",
    "gpl3": "GPL-3.0-only",
    "bsd3": "BSD-3-Clause",
}
"""nbdev's own short names, as its project template lists them."""

_SHORT = re.compile(rf"(?i)(?<![\w.+-])(?:{'|'.join(_NBDEV)})(?![\w.+-])")

_DEPRECATED = re.compile(
    r"\b(?:(?:A|L)?GPL-\d\.\d\+?|GFDL-1\.\d|eCos-2\.0|Nunit|StandardML-NJ|wxWindows|BSD-2-Clause-(?:Free|Net)BSD|"
    r"GPL-\d\.\d-with-[\w-]+-exception|bzip2-1\.0\.5|Net-SNMP)(?![\w.+-])"
)
"""Names that SPDX has withdrawn: packaging still takes them, rattler-build refuses them."""

_COMMON = {
    "agplv3": "AGPL-3.0-only",
    "gnu agplv3": "AGPL-3.0-only",
    "gplv3": "GPL-3.0-only",
    "gnu gplv3": "GPL-3.0-only",
    "gplv2": "GPL-2.0-only",
    "lgplv3": "LGPL-3.0-only",
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "cc-by": "CC-BY-4.0",
    "public domain": "CC0-1.0",
}
"""What people write instead: good for a suggestion, too vague to be taken for what it may mean."""


def spdx(text: str) -> str | None:
    """Return the SPDX expression that ``text`` names, or None when it names none.

    Args:
        text: One of nbdev's short names in any case, or an SPDX expression in any case.

    Returns:
        The expression in SPDX's own spelling, for instance ``Apache-2.0``.
    """
    if short := _NBDEV.get(text.lower()):
        return short
    from packaging.licenses import (
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    try:
        expression = canonicalize_license_expression(_SHORT.sub(lambda match: _NBDEV[match[0].lower()], text))
    except InvalidLicenseExpression:
        return None
    return None if _DEPRECATED.search(expression) else expression


def suggestion(text: str) -> str | None:
    """Return the SPDX expression that was probably meant by ``text``, if one is close."""
    folded = " ".join(text.lower().split())
    if gnu := re.fullmatch(r"((?:a|l)?gpl|gfdl)-(\d\.\d)(\+?)", folded):
        name = f"{gnu[1].upper()}-{gnu[2]}"
        return f"{name}-or-later" if gnu[3] else f"{name}-only or {name}-or-later"
    if common := _COMMON.get(folded):
        return common
    names = {name.lower(): name for name in (*_NBDEV.values(), *_COMMON.values(), "ISC", "MPL-2.0", "Unlicense")}
    close = difflib.get_close_matches(folded, [*names, *_NBDEV], n=1, cutoff=0.7)
    return names.get(close[0], close[0]) if close else None
