"""G: the recipes that onelist sync writes beside settings.ini."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Rule

_RUN_SYNC = "Run: onelist sync"

MISSING_FILE = Rule(
    code="G001",
    severity=Severity.WARNING,
    title="A generated file is missing",
    message="{path} is missing.",
    hint=_RUN_SYNC,
    example={"path": "recipe/recipe.yaml"},
    what="""One of `meta.yaml`, `recipe/recipe.yaml` and the copy of the licence file in `recipe/` is missing. onelist
    does not report a folder that has neither of the two recipes: then you do not keep them.""",
    why="""A build of the conda package from your repository needs all of them.""",
    causes="""A file was deleted or not committed. Or you added a licence file after the last `onelist sync`.""",
    what_to_do="""Run `onelist sync`, and commit what it writes. If you do not want the recipes, delete both.""",
)

STALE_FILE = Rule(
    code="G002",
    severity=Severity.WARNING,
    title="A generated file is out of date",
    message="{path} does not match settings.ini.",
    hint=_RUN_SYNC,
    example={"path": "meta.yaml"},
    what="""A generated file differs from the one that onelist makes from `settings.ini` now. Line ends do not
    count.""",
    why="""The conda package would have another list than the one for pip.""",
    causes="""`settings.ini` or the licence file was changed, and no one ran `onelist sync`. Or someone edited the
    recipe by hand. onelist always makes the recipes from `settings.ini`.""",
    what_to_do="""Run `onelist sync --check` to see what would change, then `onelist sync`. Make changes in
    `settings.ini`. While conda cannot take a requirement (C001 to C006), onelist does not compare the recipes: fix that
    first.""",
)
