"""What a learner's computer has, as it was found: the Python, the programs on PATH, what is installed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_path(told: object) -> str:
    """Return a path that another Python has told as this one writes it.

    A Python that takes its file system for ASCII, as 3.6 does with LC_ALL=C, tells other letters as bytes (PEP 383).
    """
    text = str(told)
    try:
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # no path can have this
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """A Python, as it describes itself (see ``data/doctor/probe.py``).

    Attributes:
        executable: The path of its program.
        version: Such as ``(3, 11, 7)``.
        prefix: The folder of its installation or environment.
        base_prefix: The folder of the installation that it was made from; the prefix itself for an installation.
        path: The folders where it looks for modules (``sys.path``), without the current folder.
        purelib: Where pip installs packages.
        scripts: Where pip installs programs.
        user_site: Where ``pip install --user`` installs packages.
        user_site_enabled: Whether it looks for packages there.
        externally_managed: Whether the package manager of the system owns it, so that pip refuses (PEP 668).
        can_write: Whether this user may write where pip installs packages.
        can_write_user: The same for the user site.
        free_bytes: The free space there, in bytes; None where the system does not tell.
        markers: The values of the environment markers.
        can_make_environments: Whether ``python -m venv`` works.
        warnings: What it printed as an error when it started, in lines.
        start_error: Why it does not start as people start it; ``""`` if it does. What is known then is what it says
            when it is started without ``site`` and without the variables of Python.
        culprit: The file that was read when that happened; ``""`` if that cannot be told.
    """

    executable: str
    version: tuple[int, ...]
    prefix: str
    base_prefix: str
    path: tuple[str, ...]
    purelib: str
    scripts: str
    user_site: str
    user_site_enabled: bool
    externally_managed: bool
    can_write: bool
    can_write_user: bool
    free_bytes: int | None
    markers: Mapping[str, str] = field(repr=False)
    can_make_environments: bool = True
    warnings: tuple[str, ...] = ()
    start_error: str = ""
    culprit: str = ""

    @classmethod
    def from_probe(cls, answer: Mapping[str, Any], program: str, warnings: tuple[str, ...]) -> Python:
        """Return the Python that the answer of the probe describes.

        Args:
            answer: The answer.
            program: What was started, for a Python that does not know its own path.
            warnings: What it printed as an error.

        Raises:
            KeyError: Something is missing.
            TypeError: Something has another type.
        """
        free = answer["free_bytes"]
        return cls(
            executable=as_path(answer["executable"] or program),
            version=tuple(int(number) for number in answer["version"]),
            prefix=as_path(answer["prefix"]),
            base_prefix=as_path(answer["base_prefix"]),
            path=tuple(map(as_path, answer["path"])),
            purelib=as_path(answer["purelib"]),
            scripts=as_path(answer["scripts"]),
            user_site=as_path(answer["user_site"]),
            user_site_enabled=bool(answer["user_site_enabled"]),
            externally_managed=bool(answer["externally_managed"]),
            can_write=bool(answer["can_write"]),
            can_write_user=bool(answer["can_write_user"]),
            free_bytes=None if free is None else int(free),
            markers=MappingProxyType({str(key): str(value) for key, value in answer["markers"].items()}),
            can_make_environments=bool(answer["can_make_environments"]),
            warnings=warnings,
        )

    @property
    def is_environment(self) -> bool:
        """Whether it is a virtual environment (PEP 405)."""
        return self.prefix != self.base_prefix

    @property
    def is_closed(self) -> bool:
        """Whether pip cannot install anything into it: the system owns it (PEP 668), or this user may not write."""
        return self.externally_managed or not (self.can_write or (self.can_write_user and self.user_site_enabled))

    @property
    def is_conda(self) -> bool:
        """Whether conda made its folder."""
        return os.path.isdir(Path(self.prefix, "conda-meta"))  # noqa: PTH112 - no error for a path with a NUL

    @property
    def version_text(self) -> str:
        """Its version, such as ``3.11.7``."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that comes first on PATH.

    Attributes:
        name: The name that people type.
        path: Where it is.
        interpreter: The Python that runs it; ``""`` if that cannot be told.
    """

    name: str
    path: str
    interpreter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel that Jupyter offers (jupyter-client, "Kernel specs").

    Attributes:
        name: The name of its folder.
        title: What people choose in the menu.
        file: Its ``kernel.json``.
        program: The program that it starts; ``""`` if the file cannot be read.
        interpreter: The path of that program; ``""`` where it starts the Python of Jupyter itself.
        is_python: Whether it runs Python.
        exists: Whether the program exists.
    """

    name: str
    title: str
    file: str
    program: str
    interpreter: str
    is_python: bool
    exists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """An installed distribution.

    Attributes:
        name: Its normalised name.
        version: Its version as written; ``""`` if its metadata has none.
        info: The folder or file of its metadata.
        installer: What installed it: ``pip``, ``uv``, ``conda``; ``""`` if it does not tell.
        requires: What it requires (PEP 508), as written.
        extras: The extras that it has, normalised.
        declared: The modules that its metadata declares (PEP 794).
        tops: The modules of ``top_level.txt``.
        is_editable: Whether it is installed from a folder of code, of which RECORD has no files.
    """

    name: str
    version: str
    info: str
    installer: str
    requires: tuple[str, ...]
    extras: frozenset[str]
    declared: tuple[str, ...]
    tops: frozenset[str]
    is_editable: bool

    @property
    def folder(self) -> str:
        """Where its modules are."""
        return str(Path(self.info).parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What RECORD says of the files of a distribution.

    Attributes:
        has_record: Whether there is a RECORD.
        is_whole: Whether it lists the metadata itself, as each RECORD must, and each of its lines can be read.
        missing: The files of it that are gone.
        modules: The modules that it brings.
    """

    has_record: bool
    is_whole: bool
    missing: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaPackage:
    """A package that conda installed.

    Attributes:
        name: Its name.
        version: Its version.
        build: The text that tells its builds apart.
        record: The file that conda has written about it.
        channel: Where it came from, without secrets; ``""`` if the record was not read.
        depends: What it depends on; read only for the package that was asked for.
    """

    name: str
    version: str
    build: str
    record: str
    channel: str = ""
    depends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaNeed:
    """A dependency of conda's package of the list that is not there as it asks.

    Attributes:
        spec: The dependency (a MatchSpec).
        name: The package.
        installed: The version that is installed; ``""`` if none is.
        is_unknown: Whether nobody can tell if that version fits.
    """

    spec: str
    name: str
    installed: str
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What happened when a module was imported.

    Attributes:
        module: The module.
        error: The error in one line; ``""`` if there was none.
        missing: The module that was not found, for a ModuleNotFoundError.
        file: The file in which the error was raised.
        origin: The file that the module is; ``""`` if it has none, or that cannot be told.
        is_unknown: Whether nothing can be said, because the time was over before.
    """

    module: str
    error: str = ""
    missing: str = ""
    file: str = ""
    origin: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting of an installer that changes where it looks for packages.

    Attributes:
        program: ``pip``, ``conda`` or ``uv``.
        name: Its name, such as ``index-url``.
        value: Its value, without secrets.
        origin: The file or the environment variable that sets it.
    """

    program: str
    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What an installer said that it would do.

    Attributes:
        command: The command, as people would type it, without the option for a dry run.
        would_install: The packages with their versions, ``name version``.
        error: The sentences of the installer; ``""`` if it would work.
        is_unknown: Whether nothing can be said: no answer in time, no network, an installer that cannot do a dry run.
    """

    command: str
    would_install: tuple[str, ...] = ()
    error: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that was found.

    Attributes:
        wanted: The normalised name of the meta-package; ``""`` to look at the Python only.
        extras: The extras of it that were asked for.
        home: The home folder of the user.
        python: The Python that was looked at.
        python_name: How people name it: ``python`` where that comes first on PATH, else its path.
        python_command: How people start it: the same, with the quotes that the shell needs.
        programs: The programs that come first on PATH, in the order in which they were looked for.
        kernels: The kernels of Jupyter.
        distributions: What is installed, by normalised name; more than one item where it is installed twice.
        conda: What conda installed in this environment, by name; empty outside conda.
        conda_unmet: What conda's package of the list depends on, and is not there as it asks.
        files: What RECORD says, by normalised name, for the list and what it requires.
        required: The requirements of the list (PEP 508) as its metadata says them; None if nobody knows them.
        required_from: Where they come from: ``installed``, ``conda`` or ``index``.
        index_problem: Why the index could not tell them; ``""`` if it was not asked.
        imports: What happened when the modules were imported.
        settings: The settings of installers that change where they look.
        variables: The environment variables that count here, with their values.
        leftovers: Folders that pip leaves in site-packages when its work is interrupted.
        local_modules: Names of modules in the current folder, which hide those that are installed.
        channels: The channels of the install line that the user named.
        dry_run: What the installer would do; None if it was not asked.
    """

    wanted: str
    extras: tuple[str, ...]
    home: str
    python: Python
    python_name: str
    python_command: str
    programs: tuple[Program, ...]
    kernels: tuple[Kernel, ...]
    distributions: Mapping[str, tuple[Distribution, ...]]
    conda: Mapping[str, CondaPackage]
    conda_unmet: tuple[CondaNeed, ...]
    files: Mapping[str, Files]
    required: tuple[str, ...] | None
    required_from: str
    index_problem: str
    imports: tuple[ImportResult, ...]
    settings: tuple[Setting, ...]
    variables: Mapping[str, str]
    leftovers: tuple[str, ...]
    local_modules: frozenset[str]
    channels: tuple[str, ...]
    dry_run: DryRun | None

    @property
    def wanted_text(self) -> str:
        """The name of the meta-package with its extras, as pip takes it."""
        return f"{self.wanted}[{','.join(self.extras)}]" if self.extras else self.wanted

    def program(self, name: str) -> Program | None:
        """Return a program by the name that people type."""
        return next((one for one in self.programs if one.name == name), None)

    def installed(self, name: str) -> Distribution | None:
        """Return the distribution that Python uses: the first on its path."""
        found = self.distributions.get(canonicalize_name(name))
        return found[0] if found else None
