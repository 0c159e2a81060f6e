"""Settings as plain data, for every JSON that onelist writes; the schemas are in docs/schemas/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.addresses import redact

if TYPE_CHECKING:
    from onelist.model import Settings

SCHEMA_VERSION = 1


def settings_json(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain data."""
    return {
        "file": settings.source.file,
        "name": settings.name,
        "version": str(settings.version),
        "min_python": settings.python_floor,
        "license": settings.license,
        "conda_channels": list(settings.conda_channels),
        "platforms": list(settings.platforms),
        "requirements": [redact(item.text) for item in settings.requirements],
        "pip_requirements": [redact(item.text) for item in settings.pip_requirements],
        "conda_requirements": [redact(item.text) for item in settings.conda_requirements],
        "extras": {extra: [redact(item.text) for item in group] for extra, group in settings.extras.items()},
    }
