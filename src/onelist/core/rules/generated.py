"""G: the recipes and the exports that onelist sync writes."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Rule, Wording

_RUN_SYNC = "Run: onelist sync{here}"

MISSING_FILE = Rule(
    code="G001",
    severity=Severity.WARNING,
    title="A generated file is missing",
    message="{path} is missing.",
    hint=_RUN_SYNC,
    variants={"export": Wording(message="{path} is missing, and the key exports names it.")},
    example={"path": "recipe/recipe.yaml"},
    what="""One of `meta.yaml`, `recipe/recipe.yaml` and the copy of the licence file in `recipe/` is missing. onelist
    does not report a folder that has neither of the two recipes: then you do not keep them. Or a file is missing that
    the key `exports` names.""",
    why="""A build of the conda package from your repository needs all of the recipes. Someone who installs from an
    export does not find it.""",
    causes="""A file was deleted or not committed. Or you added a licence file after the last `onelist sync`.""",
    what_to_do="""Run `onelist sync`, and commit what it writes. If you do not want the recipes, delete both. If you do
    not want an export, delete its name in `exports`.""",
)

STALE_FILE = Rule(
    code="G002",
    severity=Severity.WARNING,
    title="A generated file is out of date",
    message="{path} does not match settings.ini.",
    hint=_RUN_SYNC,
    variants={
        "export": Wording(hint=_RUN_SYNC + ", or only for this file: onelist export {export}{here} -o {path}"),
        "impossible": Wording(
            message="{path} cannot be made from settings.ini any more. {reason}",
            hint="{remedy} Or delete the file.",
        ),
    },
    example={"path": "meta.yaml"},
    what="""A generated file differs from the one that onelist makes from `settings.ini` now. Line ends do not
    count. The generated files are the recipes, and every export in the repository that begins with the header
    `Written by onelist`, such as `environment.yml` or `Dockerfile`, in any folder.""",
    why="""The conda package, or the environment of those who install from the file, would have another list than the
    one for pip.""",
    causes="""`settings.ini` or the licence file was changed, and no one ran `onelist sync`. Or someone edited the
    recipe by hand. onelist always makes the recipes from `settings.ini`.""",
    what_to_do="""Run `onelist sync --check` to see what would change, then `onelist sync`. Make changes in
    `settings.ini`. While conda cannot take a requirement (C001 to C006), onelist does not compare the recipes: fix that
    first.""",
)

WRITTEN_BY_HAND = Rule(
    code="G003",
    severity=Severity.WARNING,
    title="An export would replace a file that you wrote",
    message="{path} was not written by onelist, and the key exports names it.",
    hint="Delete {path}, or delete {export} in exports.",
    example={"path": "requirements.txt"},
    what="""The key `exports` names an export, and one of its files already stands there and does not begin with the
    header `Written by onelist`.""",
    why="""`onelist sync` would replace your text, so it stops and writes nothing.""",
    causes="""You wrote `requirements.txt` or `environment.yml` before you used onelist. Or someone deleted the first
    line of the file.""",
    what_to_do="""Move what only this file has into `settings.ini`, delete the file, and run `onelist sync`. If you want
    to keep it, delete its name in `exports`.""",
    ini="exports = environment\n",
)
