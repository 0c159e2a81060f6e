"""New settings without what settings.ini cannot have: an odd value must not cost the rest."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from onelist.core.errors import SettingsError
from onelist.core.findings import Severity, Source
from onelist.importing.model import Place, Remark
from onelist.settings.editing.template import NewSettings, settings_ini
from onelist.settings.ini import INVISIBLE
from onelist.settings.parser import parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LISTS = ("requirements", "pip_requirements", "conda_requirements", "channels", "platforms")
_TEXTS = ("name", "description", "user", "license")
_MOST = 200
"""The longest list of which each item is tried: the parser reports the mistakes of a longer one."""
_NONE = NewSettings(name="x", requirements=())


def without_mistakes(new: NewSettings, place: Place) -> tuple[NewSettings, list[Remark]]:
    """Return new settings without values that make settings.ini invalid.

    Args:
        new: What the files say.
        place: The file to name.

    Returns:
        The settings, and what is left out, each with the reason. If only several values together are invalid, some of
        them stay out.
    """
    if not _mistake(new):
        return new, []
    remarks: list[Remark] = []

    def left_out(reason: str) -> None:
        remarks.append(Remark(place, f"{reason} It is left out."))

    for key in _LISTS:
        new = _with(new, key, _valid(getattr(new, key), partial(_mistake_of, key), left_out))
    extras = {
        extra: _valid(items, lambda some, extra=extra: _mistake_of("extras", {extra: some}), left_out)  # type: ignore[misc]
        for extra, items in new.extras.items()
    }
    new = _with(new, "extras", {extra: items for extra, items in extras.items() if items})
    for key in _TEXTS:
        value = INVISIBLE.sub("", getattr(new, key))
        if reason := value and _mistake_of(key, value):
            left_out(reason)
            value = getattr(_NONE, key)
        new = _with(new, key, value)
    others = {key: INVISIBLE.sub("", value) for key, value in new.others.items()}
    for key in list(others):
        if reason := _mistake_of("others", {key: others[key]}):
            del others[key]
            left_out(reason)
    return replace(new, channels=new.channels or _NONE.channels, others=others), remarks


def _with(new: NewSettings, field: str, value: Any) -> NewSettings:  # noqa: ANN401 - the fields have several types
    changes: dict[str, Any] = {field: value}
    return replace(new, **changes)


def _mistake_of(field: str, value: Any) -> str:  # noqa: ANN401
    """Return the first mistake of a settings.ini with one value; ``""`` if it is valid."""
    return _mistake(_with(_NONE, field, value))


def _mistake(new: NewSettings) -> str:
    """Return the first mistake of a settings.ini; ``""`` if it is valid."""
    try:
        parse_settings(Source(file="settings.ini", text=settings_ini(new)))
    except SettingsError as error:
        return next(one.message for one in error.findings if one.severity is Severity.ERROR)
    return ""


def _valid(
    items: Sequence[str], mistake: Callable[[tuple[str, ...]], str], left_out: Callable[[str], None]
) -> tuple[str, ...]:
    """Return the items of a list that are valid, alone and together; all of a list that is very long."""
    if not items or not mistake(tuple(items)):
        return tuple(items)
    if len(items) > _MOST:
        return tuple(items)
    reasons = {item: reason for item in items if (reason := mistake((item,)))}
    for reason in reasons.values():
        left_out(reason)
    kept = tuple(item for item in items if item not in reasons)
    if not kept or not mistake(kept):
        return kept
    valid: tuple[str, ...] = ()
    for item in kept:
        if reason := mistake((*valid, item)):
            left_out(reason)
        else:
            valid = (*valid, item)
    return valid
