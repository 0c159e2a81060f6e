"""All fuzz targets by name."""

from __future__ import annotations

from tests.fuzz import (
    explanations,
    imports,
    index_pages,
    merged_reports,
    packed_repodata,
    recipes,
    repodata,
    sdists,
    settings_files,
    wheels,
)

_MODULES = (
    settings_files,
    index_pages,
    wheels,
    sdists,
    repodata,
    packed_repodata,
    recipes,
    merged_reports,
    explanations,
    imports,
)
TARGETS = {target.name: target for module in _MODULES for target in module.TARGETS}
