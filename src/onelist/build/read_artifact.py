"""Built files -> their metadata, read by other libraries than the ones that wrote them."""

from __future__ import annotations

import posixpath
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from packaging.metadata import Metadata
from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name, canonicalize_version

from onelist.build.recipes import CONDA_FORGE_PYTHON_MIN
from onelist.core.system.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactMetadata:
    """The metadata of one artifact.

    Attributes:
        kind: The kind of artifact.
        fields: Name, version, licence, summary, homepage: those that this kind of file has.
        run: The conda run list, in order; None for files that have none.
        pip: The requirements for pip, as sorted PEP 508 text; None for files that have none.
    """

    kind: str
    fields: Mapping[str, str]
    run: tuple[str, ...] | None = None
    pip: tuple[str, ...] | None = None


def _normalized(requirement: Pep508) -> str:
    """Return a requirement as text in one spelling, so that files with different spellings can be compared."""
    extras = ",".join(sorted(canonicalize_name(extra) for extra in requirement.extras))
    bounds = sorted({f"{item.operator}{canonicalize_version(item.version)}" for item in requirement.specifier})
    url = f" @ {_without_egg(requirement.url)}" if requirement.url else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    if " or " not in marker:  # then brackets change nothing, and hatchling adds them
        marker = marker.replace("(", "").replace(")", "")
    return f"{canonicalize_name(requirement.name)}[{extras}]{','.join(bounds)}{url}{marker}"


def _without_egg(url: str) -> str:
    """Return a direct reference without the part of its fragment that repeats the name, the others in one order."""
    address, _, fragment = url.partition("#")
    parts = sorted(part for part in fragment.split("&") if part and not part.startswith("egg="))
    return "#".join([address, *(["&".join(parts)] if parts else [])])


def normalized_requirements(requirements: Iterable[Pep508]) -> tuple[str, ...]:
    """Return requirements as sorted text, each in one spelling, without duplicates."""
    return tuple(sorted({_normalized(requirement) for requirement in requirements}))


def _normalized_url(url: str) -> str:
    """Return a URL in one spelling: rattler writes every URL as browsers do (WHATWG URL)."""
    if not url:
        return ""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    path = quote(posixpath.normpath(unquote(parts.path or "/"))).removesuffix("/")
    return f"{parts.scheme.lower()}://{host}{port}{path}?{parts.query}#{parts.fragment}"


def read_wheel(path: Path) -> ArtifactMetadata:
    """Read the METADATA of a wheel (Core Metadata) with packaging."""
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return _read_metadata("wheel", archive.read(name))


def read_sdist(path: Path) -> ArtifactMetadata:
    """Read the PKG-INFO of an sdist (Core Metadata) with packaging."""
    with tarfile.open(path) as archive:
        (member,) = (member for member in archive if member.name.endswith("/PKG-INFO"))
        file = archive.extractfile(member)
        return _read_metadata("sdist", file.read() if file else b"")


def _read_metadata(kind: str, content: bytes) -> ArtifactMetadata:
    metadata = Metadata.from_email(content)
    urls = metadata.project_urls or {}
    fields = {
        "name": canonicalize_name(metadata.name),
        "version": str(metadata.version),
        "license": metadata.license_expression or "",
        "summary": metadata.summary or "",
        "homepage": _normalized_url(urls.get("Homepage", "")),
        "python": str(metadata.requires_python),
    }
    return ArtifactMetadata(kind=kind, fields=fields, pip=normalized_requirements(metadata.requires_dist or ()))


def read_conda_package(path: Path) -> ArtifactMetadata:
    """Read the index.json and about.json of a .conda package with rattler."""
    from rattler import AboutJson, IndexJson
    from rattler.package_streaming import extract

    with temporary_folder() as root:
        extract(path, root)
        index = IndexJson.from_package_directory(root)
        # rattler-build writes no about.json for a package without a description, licence and homepage
        about = AboutJson.from_package_directory(root) if (root / "info/about.json").exists() else None
    fields = {
        "name": index.name.normalized,
        "version": str(index.version),
        "license": index.license or "",
        "summary": (about.summary if about else None) or "",
        "homepage": _normalized_url(((about.home if about else None) or [""])[0]),
        "description": (about.description if about else None) or "",
        "noarch": "generic" if index.noarch.generic else "",
        "number": str(index.build_number),
    }
    return ArtifactMetadata(kind="conda", fields=fields, run=tuple(index.depends))


def read_meta_yaml(path: Path) -> ArtifactMetadata:
    """Read a meta.yaml with PyYAML; a test makes sure that the earlier steps of conda-build change nothing."""
    import yaml

    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return _recipe_metadata("meta.yaml", document, "home")


def read_recipe(path: Path) -> ArtifactMetadata:
    """Read a v1 recipe, rendered by rattler-build with conda-forge's python_min."""
    from rattler_build import Stage0Recipe, VariantConfig

    recipe = Stage0Recipe.from_file(path)  # from_yaml leaves a temporary folder behind
    floor = ".".join(map(str, CONDA_FORGE_PYTHON_MIN))
    (rendered,) = recipe.render(VariantConfig({"python_min": [floor]}))
    document = rendered.recipe.to_dict()
    return _recipe_metadata("conda-forge" if document.get("source") else "recipe.yaml", document, "homepage")


def _recipe_metadata(kind: str, document: Mapping[str, Any], homepage: str) -> ArtifactMetadata:
    about = document.get("about", {})
    fields = {
        "name": document["package"]["name"],
        "version": document["package"]["version"],
        "license": about.get("license", ""),
        "summary": about.get("summary", ""),
        "homepage": _normalized_url(about.get(homepage, "")),
        "description": about.get("description", ""),
        "noarch": document["build"]["noarch"],
        "number": str(document["build"]["number"]),
    }
    return ArtifactMetadata(kind=kind, fields=fields, run=tuple(document["requirements"]["run"]))


def read_environment(path: Path) -> ArtifactMetadata:
    """Read an environment.yml with PyYAML."""
    import yaml

    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    run = [item for item in document["dependencies"] if isinstance(item, str)]
    pip = [text for item in document["dependencies"] if not isinstance(item, str) for text in item["pip"]]
    if pip and run.count("pip"):
        run.remove("pip")
    fields = {"name": document["name"]}
    return ArtifactMetadata(
        kind="environment", fields=fields, run=tuple(run), pip=normalized_requirements(map(Pep508, pip))
    )


def read_pixi(path: Path) -> ArtifactMetadata:
    """Read a pixi.toml with tomllib."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    run = tuple(name if version == "*" else f"{name} {version}" for name, version in document["dependencies"].items())
    workspace = document["workspace"]
    pypi = document.get("pypi-dependencies", {})
    pip = normalized_requirements(Pep508(_pypi_text(name, entry)) for name, entry in pypi.items())
    fields = {"name": workspace["name"], "version": workspace["version"]}
    return ArtifactMetadata(kind="pixi", fields=fields, run=run, pip=pip)


def _pypi_text(name: str, entry: str | Mapping[str, Any]) -> str:
    """Return an entry of pixi's pypi-dependencies as PEP 508 text."""
    table = {"version": entry} if isinstance(entry, str) else entry
    extras = f"[{','.join(table['extras'])}]" if "extras" in table else ""
    version = table.get("version", "").removeprefix("*")
    url = table.get("url") or ("git+" + table["git"] if "git" in table else "")
    if "rev" in table:
        url += "@" + table["rev"]
    if "subdirectory" in table:
        url += ("&" if "#" in url else "#") + "subdirectory=" + table["subdirectory"]
    location = f" @ {url}" if url else version
    gap = " " if url else ""
    marker = f"{gap}; {table['env-markers']}" if "env-markers" in table else ""
    return f"{name}{extras}{location}{marker}"
