"""All fuzz targets by name."""

from __future__ import annotations

from tests.fuzz import explanations, index_pages, merged_reports, recipes, repodata, settings_files

_MODULES = (settings_files, index_pages, repodata, recipes, merged_reports, explanations)
TARGETS = {target.name: target for module in _MODULES for target in module.TARGETS}
