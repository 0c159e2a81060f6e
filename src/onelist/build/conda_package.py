"""The .conda package: noarch generic, form A, assembled without a recipe build."""

from __future__ import annotations

import datetime
import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.build.recipes import description, floor_test
from onelist.core.errors import UsageError
from onelist.core.model import Artifact, ArtifactKind

if TYPE_CHECKING:
    from onelist.build.request import BuildRequest

BUILD_STRING = "0"
"""There are no variants, so build number and build string are the same."""
_LEVEL = 19
"""How hard zstd tries; rattler-build's own level for packages."""


def build(order: BuildRequest) -> Artifact:
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
        content = _without_own_files(path.read_bytes())
        return Artifact(kind=ArtifactKind.CONDA, path=f"conda/noarch/{path.name}", content=content)


def _without_own_files(package: bytes) -> bytes:
    """Return a .conda package that lists no file of its ``info`` folder as one to install.

    rattler_build lists the tests, so they were installed into the learner's environment, where those of two lists are
    one file. paths.json must not name what lies below ``info/`` (CEP 34, "info/paths.json").
    """
    import zstandard

    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as after:
        for member in before.infolist():
            content = before.read(member)
            if member.filename.startswith("info-"):
                plain = zstandard.ZstdDecompressor().stream_reader(content).read()
                content = zstandard.ZstdCompressor(level=_LEVEL).compress(_with_paths(plain))
            after.writestr(member, content)
    return result.getvalue()


def _with_paths(archive: bytes) -> bytes:
    """Return the tar archive of a package's metadata with a paths.json that names only what lies outside ``info/``."""
    result = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as before, tarfile.open(fileobj=result, mode="w") as after:
        for member in before:
            file = before.extractfile(member)
            content = file.read() if file else b""
            if member.name == "info/paths.json":
                paths = json.loads(content)
                paths["paths"] = [path for path in paths["paths"] if not path["_path"].startswith("info/")]
                content = (json.dumps(paths, indent=2) + "\n").encode()
                member.size = len(content)
            after.addfile(member, io.BytesIO(content))
    return result.getvalue()
