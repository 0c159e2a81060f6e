"""The .conda package: noarch generic, form A, assembled without a recipe build."""

from __future__ import annotations

import datetime
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.artifacts.interface import Kind
from onelist.artifacts.recipes import description, floor_test
from onelist.exceptions import UsageError
from onelist.model import Artifact

if TYPE_CHECKING:
    from onelist.artifacts.interface import Order

BUILD_STRING = "0"
"""There are no variants, so build number and build string are the same."""


def build(order: Order) -> Artifact:
    """Return the .conda package.

    Raises:
        UsageError: rattler_build refuses it, or a file cannot be written.
    """
    from rattler_build import FileEntry, RattlerBuildError, assemble_package

    project, plan = order.project, order.plan
    settings = project.settings
    with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
        root = Path(folder)
        tests = root / "tests.yaml"
        # JSON is YAML too
        tests.write_text(json.dumps([{"script": [floor_test(project)]}]), encoding="utf-8", newline="\n")
        licenses = []
        if project.license:
            licenses.append(root / project.license.name)
            licenses[0].write_bytes(project.license.content)
        try:
            output = assemble_package(
                name=plan.name,
                version=str(settings.version),
                target_platform="noarch",
                build_string=BUILD_STRING,
                output_dir=root / "built",
                files=[FileEntry.from_paths(tests, "info/tests/tests.yaml")],
                homepage=settings.homepage or None,
                license=settings.license,
                summary=settings.description or None,
                description=description(plan) or None,
                depends=list(plan.run),
                noarch="generic",
                license_files=licenses,
                compression_threads=1,
                timestamp=datetime.datetime.fromtimestamp(order.epoch, tz=datetime.UTC),
                detect_prefix=False,
            )
        except RattlerBuildError as error:
            raise UsageError(f"rattler-build refuses to build the conda package: {error}") from error
        path = Path(output.path)
        return Artifact(kind=Kind.CONDA, path=f"conda/noarch/{path.name}", content=path.read_bytes())
