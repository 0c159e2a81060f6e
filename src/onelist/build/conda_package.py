"""The .conda package: noarch generic, assembled directly, without a recipe build (CEP 35 for the file format)."""

from __future__ import annotations

import datetime
import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.build.recipes import BUILD_STRING, description, python_floor_test
from onelist.core.errors import UsageError
from onelist.core.model import Artifact, ArtifactKind

if TYPE_CHECKING:
    from onelist.build.request import BuildRequest

_LEVEL = 19
"""The level of compression by zstd that rattler-build uses for packages."""


def build_conda_package(request: BuildRequest) -> Artifact:
    """Return the .conda package.

    Raises:
        UsageError: rattler_build refuses it, or a file cannot be written.
    """
    from rattler_build import FileEntry, RattlerBuildError, assemble_package

    project, plan = request.project, request.plan
    settings = project.settings
    with tempfile.TemporaryDirectory(prefix="onelist-") as folder:
        root = Path(folder)
        tests = root / "tests.yaml"
        # JSON is YAML too
        tests.write_text(json.dumps([{"script": [python_floor_test(project)]}]), encoding="utf-8", newline="\n")
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
                output_dir=root,
                files=[FileEntry.from_paths(tests, "info/tests/tests.yaml")],
                homepage=settings.homepage or None,
                license=settings.license,
                summary=settings.description or None,
                description=description(plan) or None,
                depends=list(plan.run),
                noarch="generic",
                license_files=licenses,
                compression_threads=1,
                timestamp=datetime.datetime.fromtimestamp(request.epoch, tz=datetime.UTC),
                detect_prefix=False,
            )
        except RattlerBuildError as error:
            raise UsageError(f"rattler-build refuses to build the conda package: {error}") from error
        path = Path(output.path)
        content = _without_info_paths(path.read_bytes())
        return Artifact(kind=ArtifactKind.CONDA, path=f"conda/noarch/{path.name}", content=content)


def _without_info_paths(package: bytes) -> bytes:
    """Return a .conda package whose paths.json lists no file below ``info/``.

    rattler_build lists the tests there, so an installer would put them into the environment, where two lists would
    overwrite each other's file. paths.json must not list anything below ``info/`` (CEP 34, "info/paths.json").
    """
    import zstandard

    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename.startswith("info-"):
                archive = zstandard.ZstdDecompressor().stream_reader(content).read()
                content = zstandard.ZstdCompressor(level=_LEVEL).compress(_rewrite_paths_json(archive))
            target.writestr(member, content)
    return result.getvalue()


def _rewrite_paths_json(archive: bytes) -> bytes:
    """Return the tar archive of a package's metadata with a paths.json that lists only files outside ``info/``."""
    result = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as source, tarfile.open(fileobj=result, mode="w") as target:
        for member in source:
            file = source.extractfile(member)
            content = file.read() if file else b""
            if member.name == "info/paths.json":
                paths = json.loads(content)
                paths["paths"] = [path for path in paths["paths"] if not path["_path"].startswith("info/")]
                content = (json.dumps(paths, indent=2) + "\n").encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    return result.getvalue()
