"""The .conda package: noarch generic, assembled directly, without a recipe build.

CEP 35 has the file format, and CEP 34 what belongs into it.
"""

from __future__ import annotations

import datetime
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelist.build.recipes import BUILD_STRING, description, extra, python_floor_test, recipe_yaml
from onelist.core.errors import UsageError
from onelist.core.model import Artifact, ArtifactKind
from onelist.core.system.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.build.request import BuildRequest
    from onelist.core.model import Project

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
    with temporary_folder() as root:
        written = {name: root / name for name in ("tests.yaml", "hash_input.json", "recipe/recipe.yaml")}
        (root / "recipe").mkdir()
        # JSON is YAML too
        _write(written["tests.yaml"], json.dumps([{"script": [python_floor_test(project)]}]))
        _write(written["hash_input.json"], "{}")  # no variants: conda-build writes the same
        _write(written["recipe/recipe.yaml"], recipe_yaml(project, plan))
        licenses = []
        if project.license:
            licenses.append(root / "recipe" / project.license.name)
            licenses[0].write_bytes(project.license.content)
        try:
            output = assemble_package(
                name=plan.name,
                version=str(settings.version),
                target_platform="noarch",
                build_string=BUILD_STRING,
                output_dir=root,
                files=[
                    FileEntry.from_paths(written["tests.yaml"], "info/tests/tests.yaml"),
                    FileEntry.from_paths(written["hash_input.json"], "info/hash_input.json"),
                ],
                recipe_dir=root / "recipe",
                homepage=settings.homepage or None,
                license=settings.license,
                summary=settings.description or None,
                description=description(plan) or None,
                depends=list(plan.run),
                noarch="generic",
                license_files=licenses,
                compression_level=0,  # the metadata is compressed below, and there is nothing else
                compression_threads=1,
                timestamp=datetime.datetime.fromtimestamp(request.epoch, tz=datetime.UTC),
                detect_prefix=False,
            )
        except RattlerBuildError as error:
            raise UsageError(f"rattler-build refuses to build the conda package: {error}") from error
        path = Path(output.path)
        content = _with_own_info(path.read_bytes(), _about(project))
        return Artifact(kind=ArtifactKind.CONDA, path=f"conda/noarch/{path.name}", content=content)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _about(project: Project) -> dict[str, Any]:
    """Return what about.json has beside the fields that rattler_build writes (CEP 34, "info/about.json")."""
    settings = project.settings
    about = {"dev_url": settings.git_url, "doc_url": settings.doc_url, **extra(project)}
    return {key: value for key, value in about.items() if value}


def _with_own_info(package: bytes, about: Mapping[str, Any]) -> bytes:
    """Return a .conda package whose paths.json lists no file below ``info/``, and with more in its about.json.

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
                content = zstandard.ZstdCompressor(level=_LEVEL).compress(_rewrite_info(archive, about))
            member.extra = b""  # it has the former size (zip64, APPNOTE 4.5.3)
            target.writestr(member, content)
    return result.getvalue()


def _rewrite_info(archive: bytes, about: Mapping[str, Any]) -> bytes:
    """Return the tar archive of a package's metadata with its paths.json and about.json written anew."""
    result = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as source, tarfile.open(fileobj=result, mode="w") as target:
        for member in source:
            file = source.extractfile(member)
            content = file.read() if file else b""
            if member.name in {"info/paths.json", "info/about.json"}:
                data = json.loads(content)
                if member.name == "info/paths.json":
                    data["paths"] = [path for path in data["paths"] if not path["_path"].startswith("info/")]
                else:
                    data |= about
                content = (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    return result.getvalue()
