"""The list that files make -> a new settings.ini, without values that settings.ini cannot have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from onelist.importing.model import Place, Remark
from onelist.importing.valid_settings import without_mistakes
from onelist.settings.editing.template import NewSettings
from onelist.settings.keys import spdx, suggestion

if TYPE_CHECKING:
    from onelist.importing.combine import ImportedList

_OTHERS = ("keywords", "author", "author_email", "git_url", "doc_host", "status", "audience", "language")
"""Keys that are taken over as they are."""
_DEFAULT = NewSettings(name="", requirements=())


def new_settings(found: ImportedList, name: str) -> tuple[NewSettings, tuple[Remark, ...]]:
    """Return what the new settings.ini says.

    Args:
        found: The list.
        name: The name of the package where no file has one.

    Returns:
        The settings, and what of the files is not in them.
    """
    keys = found.keys
    remarks: list[Remark] = []
    file = Place(found.counts[0][0])
    license_ = spdx(keys.get("license", "")) or suggestion(keys.get("license", "")) or ""
    if keys.get("license") and not license_:
        remarks.append(
            Remark(file, f"The licence {keys['license']} is no SPDX name. settings.ini has {_DEFAULT.license}.")
        )
    remarks += [
        Remark(file, f"The extra {extra} is left out, because its name is not valid: {' '.join(items)}.")
        for extra, items in found.extras.items()
        if not _is_name(extra)
    ]
    new = replace(
        _DEFAULT,
        name=keys["lib_name"] if _is_name(keys.get("lib_name", "")) else name,
        version=keys["version"] if _is_version(keys.get("version", "")) else _DEFAULT.version,
        description=keys.get("description", ""),
        user=keys.get("user", ""),
        license=license_ or _DEFAULT.license,
        min_python=".".join(map(str, found.min_python)) if found.min_python else _DEFAULT.min_python,
        requirements=found.requirements,
        pip_requirements=found.pip_requirements,
        conda_requirements=found.conda_requirements,
        extras={extra: items for extra, items in found.extras.items() if _is_name(extra)},
        channels=found.channels or _DEFAULT.channels,
        platforms=found.platforms,
        others={key: keys[key] for key in _OTHERS if keys.get(key)},
    )
    new, more = without_mistakes(new, file)
    return new, (*remarks, *more)


def _is_name(text: str) -> bool:
    try:
        canonicalize_name(text, validate=True)
    except InvalidName:
        return False
    return True


def _is_version(text: str) -> bool:
    try:
        return Version(text).local is None
    except ValueError:  # not valid, or of thousands of digits
        return False
