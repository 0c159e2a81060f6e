"""The nouns that all rooms use: frozen data, without input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import canonicalize_name

from onelist.core.text import redact

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from packaging.requirements import Requirement as Pep508
    from packaging.version import Version

    from onelist.core.findings import Finding, RequirementId, Source, Span


_NO_FILES: Mapping[str, bytes] = MappingProxyType({})
PLAIN_LISTS = ("requirements", "pip_requirements", "conda_requirements")
"""The lists that every user of the package installs; every other ``*_requirements`` is an extra."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One item of a list of PyPI names (PEP 508).

    Attributes:
        id: Which item of which list it is.
        text: The item as it is written.
        span: Its place in the file.
        pep508: The parsed requirement.
    """

    id: RequirementId
    text: str
    span: Span
    pep508: Pep508

    @property
    def key(self) -> str:
        """The key of settings.ini that lists it, for instance ``requirements``."""
        return self.id.key

    @property
    def name(self) -> str:
        """The normalised name (PEP 503)."""
        return canonicalize_name(self.pep508.name)

    @property
    def asked(self) -> str:
        """The item as it is written, without its marker."""
        return self.text.partition(";")[0].strip()

    @property
    def written_name(self) -> str:
        """The name as it is written, for messages."""
        return self.pep508.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaRequirement:
    """One item of ``conda_requirements``: a conda name, which is never translated.

    Attributes:
        id: Which item of which list it is.
        text: The item as it is written.
        span: Its place in the file.
        name: The conda package name.
        clauses: The version part of a MatchSpec, clause by clause.
        pins: The clauses that set an upper bound, as written.
    """

    id: RequirementId
    text: str
    span: Span
    name: str
    clauses: tuple[str, ...]
    pins: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of settings.ini that lists it: ``conda_requirements``."""
        return self.id.key

    @property
    def asked(self) -> str:
        """The item as it is written; it has no marker."""
        return self.text

    @property
    def written_name(self) -> str:
        """The name as it is written, for messages."""
        return self.text[: len(self.name)]


class Export(StrEnum):
    """The formats that ``export`` writes, and ``sync`` keeps in step."""

    ENVIRONMENT = "environment"
    REQUIREMENTS = "requirements"
    PIXI = "pixi"
    PYPROJECT = "pyproject"
    BINDER = "binder"
    COLAB = "colab"
    DEVCONTAINER = "devcontainer"
    DOCKER = "docker"
    INSTALLER = "installer"


EXPORT_FILES: Mapping[Export, tuple[str, ...]] = MappingProxyType(
    {
        Export.ENVIRONMENT: ("environment.yml",),
        Export.REQUIREMENTS: ("requirements.txt",),
        Export.PIXI: ("pixi.toml",),
        Export.PYPROJECT: ("pyproject.toml",),
        Export.BINDER: ("binder/environment.yml", "binder/postBuild"),
        Export.COLAB: ("colab.ipynb",),
        Export.DEVCONTAINER: (".devcontainer/devcontainer.json", ".devcontainer/Dockerfile"),
        Export.DOCKER: ("Dockerfile",),
        Export.INSTALLER: ("install.sh", "install.ps1"),
    }
)
"""The names by which other programs find the files of each export; the last names of one export differ."""
PLACES = frozenset({Export.BINDER, Export.COLAB, Export.DEVCONTAINER, Export.DOCKER})
"""The exports for places to run: each is for one service or program, which looks for its files at fixed places."""
PIP_EXPORTS = frozenset({Export.REQUIREMENTS, Export.PYPROJECT, Export.COLAB})
"""The exports in which conda has no part."""
EXPORT_HEADER = "Written by onelist from settings.ini: change that file, then run: onelist export "
"""The comment at the top of a file of an export, before the name of its format. By it ``sync`` finds the exports."""


class PinException(NamedTuple):
    """An exception from the rule "do not pin", from ``allow_pins``.

    Attributes:
        name: The normalised name of the requirement that may be pinned.
        until: The last day on which it may be pinned.
        span: Its place in the file.
    """

    name: str
    until: datetime.date
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One settings.ini, parsed and checked once.

    Attributes:
        source: The file it came from.
        spans: The place of the value of each key that is set.
        lib_name: The name as written.
        version: The version (PEP 440).
        description: One line, ``""`` when there is none.
        keywords: Single words.
        author: Free text, ``""`` when there is none.
        author_emails: Email addresses; the first is that of the author.
        license: An SPDX expression; None when the file has none.
        user: The owner of the repository, ``""`` when not set.
        git_url: The URL of the repository, ``""`` when not set.
        branch: The branch of the repository, ``""`` when not set.
        doc_url: The URL of the documentation, ``""`` when not set.
        sdist_url: The URL of the published sdist of this version, ``""`` when not set.
        classifiers: Trove classifiers, from status, audience and language.
        min_python: The lowest Python as (major, minor).
        requirements: For pip and, translated, for conda.
        pip_requirements: Only for pip.
        conda_requirements: Only for conda.
        extras: Normalised extra to its requirements, only for pip.
        conda_user: The owner of the channel of the list, ``""`` when not set.
        conda_channels: Channels in the order of the install command; none for a list that only pip installs.
        platforms: The conda subdirs to check.
        conda_names: PyPI name, with extras if any (``name[extra]``), to conda name.
        conda_maintainers: GitHub users for the recipes.
        allow_pins: Exceptions from the rule "do not pin".
        exports: The exports that ``sync`` writes beside settings.ini.
        lib_path: The folder of the code in nbdev, ``""`` when not set.
        meta_package: Whether the maintainer says that code beside settings.ini is not part of the package.
        warnings: Findings of the parser that do not stop a build.
    """

    source: Source
    spans: Mapping[str, Span]
    lib_name: str
    version: Version
    description: str
    keywords: tuple[str, ...]
    author: str
    author_emails: tuple[str, ...]
    license: str | None
    user: str
    git_url: str
    branch: str
    doc_url: str
    sdist_url: str
    classifiers: tuple[str, ...]
    min_python: tuple[int, int]
    requirements: tuple[Requirement, ...]
    pip_requirements: tuple[Requirement, ...]
    conda_requirements: tuple[CondaRequirement, ...]
    extras: Mapping[str, tuple[Requirement, ...]]
    conda_user: str
    conda_channels: tuple[str, ...]
    platforms: tuple[str, ...]
    conda_names: Mapping[str, str]
    conda_maintainers: tuple[str, ...]
    allow_pins: tuple[PinException, ...]
    exports: tuple[Export, ...]
    lib_path: str
    meta_package: bool
    warnings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """The normalised name of the distribution (PEP 503)."""
        return canonicalize_name(self.lib_name)

    @property
    def other_conda_names(self) -> tuple[str, ...]:
        """Other spellings under which a channel may have the list: nbdev publishes ``lib_name`` as it is written.

        None where ``conda_names`` has the list itself, so that the maintainer has decided.
        """
        if self.name in self.conda_names:
            return ()
        spellings = dict.fromkeys((self.lib_name.lower(), self.name.replace("-", "_")))
        return tuple(spelling for spelling in spellings if spelling != self.name)

    @property
    def sdist_name(self) -> str:
        """The file name of the sdist (PyPA specifications, "Source distribution file name")."""
        return f"{self.name.replace('-', '_')}-{self.version}.tar.gz"

    @property
    def python_floor(self) -> str:
        """The lowest Python as text, for instance ``3.11``."""
        return ".".join(map(str, self.min_python))

    @property
    def homepage(self) -> str:
        """The repository, else the documentation, else ``""``."""
        return self.git_url or self.doc_url

    @property
    def has_conda(self) -> bool:
        """Whether the list is for conda, too: ``conda_channels = none`` says that it is not."""
        return bool(self.conda_channels)

    def pip_side(self) -> Iterator[Requirement]:
        """Yield every requirement that pip gets, in the order of the lists."""
        yield from self.requirements
        yield from self.pip_requirements
        for group in self.extras.values():
            yield from group


class TextFile(NamedTuple):
    """A README or LICENSE beside settings.ini.

    Attributes:
        name: Its file name.
        content: Its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a settings.ini, read once: everything that a build needs.

    Attributes:
        folder: Its path.
        settings: The parsed settings.
        raw: The bytes of settings.ini.
        readme: The README, if there is one.
        license: The licence file, if there is one.
        committed: The generated files in the folder: path relative to it, with ``/``, to content.
        exported: The exports in the folder and below it, which begin with the header of onelist; else as above.
        code: The folder beside settings.ini with Python code of this name, relative to it; None where there is none.
    """

    folder: Path
    settings: Settings
    raw: bytes
    readme: TextFile | None = None
    license: TextFile | None = None
    committed: Mapping[str, bytes] = field(default_factory=lambda: _NO_FILES)
    exported: Mapping[str, bytes] = field(default_factory=lambda: _NO_FILES)
    code: str | None = None

    @property
    def lost_code(self) -> str | None:
        """The folder with code that the wheel would not contain; None where settings.ini says that this is intended."""
        return None if self.settings.meta_package else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One built or generated file, not yet written to disk.

    Attributes:
        kind: For instance ``wheel``.
        path: Its path relative to the output folder, with ``/``.
        content: Its bytes.
        executable: Whether it is a program.
    """

    kind: str
    path: str
    content: bytes = field(repr=False)
    executable: bool = False


SCHEMA_VERSION = 1


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain data."""
    return {
        "file": settings.source.file,
        "name": settings.name,
        "version": str(settings.version),
        "min_python": settings.python_floor,
        "license": settings.license,
        "conda_channels": list(settings.conda_channels),
        "platforms": list(settings.platforms),
        "exports": list(settings.exports),
        "requirements": [redact(item.text) for item in settings.requirements],
        "pip_requirements": [redact(item.text) for item in settings.pip_requirements],
        "conda_requirements": [redact(item.text) for item in settings.conda_requirements],
        "extras": {extra: [redact(item.text) for item in group] for extra, group in settings.extras.items()},
    }


class ArtifactKind(StrEnum):
    """What ``build`` builds."""

    WHEEL = "wheel"
    SDIST = "sdist"
    CONDA = "conda"
    CONDA_FORGE = "conda-forge"


CONDA_KINDS = frozenset({ArtifactKind.CONDA, ArtifactKind.CONDA_FORGE})
