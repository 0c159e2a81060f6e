"""Look at the Python that a learner uses, and at what it has of a list; nothing is changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from onelist.core.errors import CLEAN, FINDINGS, UNKNOWN, UnavailableError, UsageError
from onelist.core.text import printable, redact, shortened
from onelist.machine.ask_python import TOO_LATE, import_modules, run_probe
from onelist.machine.commands import typed_program
from onelist.machine.conda_needs import unmet_needs
from onelist.machine.dry_run import ask_for_requirements, dry_run
from onelist.machine.facts import Facts, Python
from onelist.machine.installed import (
    files_of_conda,
    find_conda,
    find_distributions,
    leftovers,
    local_modules,
    read_files,
    with_owners,
)
from onelist.machine.list_trouble import PIP_ONLY_MISSING, list_troubles, missing_texts
from onelist.machine.needs import find_needs
from onelist.machine.programs import find_kernels, find_programs, installation_of, search_path
from onelist.machine.python_trouble import python_troubles
from onelist.machine.settings import find_settings
from onelist.machine.trouble import Trouble, Weight

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

    from onelist.machine.facts import CondaPackage, Distribution, Files, Program

VARIABLES = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"),
    *("PYTHONSTARTUP", "PYTHONUSERBASE", "JUPYTER_PATH", "PSModulePath"),
)
"""The environment variables that count."""
_PROBE_SECONDS = 10
_MOST_MODULES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What to look at, and how.

    Attributes:
        wanted: The name of the meta-package; ``""`` to look at the Python only.
        python: The Python; ``""`` for the first on PATH.
        channels: The channels of the install line.
        environment: The environment variables; those of this process without it.
        folder: The current folder.
        offline: Whether to ask nothing over the network.
        seconds: The time limit for imports, and that for an installer.
    """

    wanted: str = ""
    python: str = ""
    channels: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({**os.environ}))
    folder: str = "."
    offline: bool = False
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found, and what is wrong.

    Attributes:
        facts: What was found.
        troubles: What is wrong, unknown or good to know, problems first.
    """

    facts: Facts
    troubles: tuple[Trouble, ...]

    @property
    def exit_code(self) -> int:
        """The exit code: 1 for a problem, 3 where something is unknown, else 0."""
        if self.of(Weight.PROBLEM):
            return FINDINGS
        return UNKNOWN if self.of(Weight.UNKNOWN) else CLEAN

    def of(self, weight: Weight) -> tuple[Trouble, ...]:
        """Return the troubles of one weight."""
        return tuple(one for one in self.troubles if one.weight is weight)


def diagnose(options: DoctorOptions) -> Diagnosis:
    """Look at a Python and a list, and say what is wrong.

    Args:
        options: What to look at.

    Returns:
        The facts and the troubles.

    Raises:
        UsageError: There is no such Python.
        UnavailableError: The Python does not start, or does not answer.
    """
    facts = _imported(_required(_seen(options), options), options)
    troubles = (*python_troubles(facts), *list_troubles(facts))
    to_do = {one.code for one in troubles if one.weight is Weight.PROBLEM} & _NEED_INSTALL
    if facts.wanted and to_do and not options.offline and not facts.python.start_error:
        pip_only = missing_texts(facts) if to_do == {PIP_ONLY_MISSING} else ()
        facts = replace(facts, dry_run=dry_run(facts, options.environment, options.seconds, pip_only))
        troubles = (*python_troubles(facts), *list_troubles(facts))
    order = list(Weight)
    return Diagnosis(facts=facts, troubles=tuple(sorted(troubles, key=lambda one: order.index(one.weight))))


_NEED_INSTALL = frozenset(
    {
        "not_installed",
        "requirement_missing",
        "requirement_too_old",
        "requirement_other_version",
        PIP_ONLY_MISSING,
        "conda_missing",
    }
)
"""Troubles that the install line would fix, so that it matters whether it works."""


def _seen(options: DoctorOptions) -> Facts:
    """Return what can be seen without a start of anything but the Python."""
    variables = options.environment
    folders = search_path(variables)
    programs = find_programs(folders, variables)
    program, python = _first_that_starts(_candidates(options, programs), variables)
    home = variables.get("USERPROFILE" if sys.platform == "win32" else "HOME", "") or str(Path.home())
    first = next((one for one in programs if one.name in {"python", "python3", "py"}), None)
    own = installation_of(python.executable)
    # A shim whose pyenv does not answer has started that Python all the same.
    is_first = first is not None and (first.path == program or installation_of(first.interpreter or first.path) == own)
    jupyter = next((one.interpreter for one in programs if one.name == "jupyter" and one.interpreter), "")
    prefixes = dict.fromkeys([python.prefix, *([str(Path(jupyter).parent.parent)] if jupyter else [])])
    wanted, extras = _wanted(options.wanted)
    conda = find_conda(python.prefix, {wanted, "python"}) if python.is_conda else {}
    channels = options.channels or install_channels(conda, wanted)
    return Facts(
        wanted=wanted,
        extras=extras,
        home=home,
        python=python,
        python_name=first.name if first and is_first else program,
        python_command=first.name if first and is_first else typed_program(program, variables),
        programs=programs,
        kernels=find_kernels(list(prefixes), variables, home),
        distributions=find_distributions(python.path),
        conda=conda,
        conda_unmet=tuple(unmet_needs(conda[wanted].depends, conda)) if wanted in conda else (),
        files={},
        required=None,
        required_from="",
        index_problem="",
        imports=(),
        settings=find_settings(python.prefix, variables, home, channels),
        variables={name: redact(variables[name]) for name in VARIABLES if variables.get(name)},
        leftovers=leftovers([python.purelib]),
        local_modules=frozenset(local_modules(options.folder)),
        channels=channels,
        dry_run=None,
    )


def _wanted(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the normalised name of the meta-package, and its extras.

    Raises:
        UsageError: It is no name of a package.
    """
    if not text:
        return "", ()
    hint = "Give the name with which the course is installed, such as course-meta. onelist check looks at settings.ini."
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"{shortened(text)} is not the name of a package.", hint) from error
    if requirement.url or requirement.specifier or requirement.marker:
        raise UsageError(f"{shortened(text)} is more than the name of a package.", hint)
    return canonicalize_name(requirement.name), tuple(sorted(map(canonicalize_name, requirement.extras)))


def install_channels(conda: Mapping[str, CondaPackage], wanted: str) -> tuple[str, ...]:
    """Return the channels from which conda has installed the list and its Python; empty if the list is not of conda.

    The record of a package has the address of its channel (CEP 34). A token in it has been replaced, so such an address
    is of no use.
    """
    if wanted not in conda:
        return ()
    found = [_SUBDIR.sub("", one.channel) for one in (conda[wanted], conda.get("python")) if one]
    names = [match[1] if (match := _USUAL_CHANNEL.fullmatch(address)) else address for address in found]
    return tuple(dict.fromkeys(name for name in names if name and "*" not in name))


_USUAL_CHANNEL = re.compile(r"https://conda\.\w+\.org/([\w.-]+)")
"""The address of a channel that conda also knows by its name."""
_SUBDIR = re.compile(r"/+(?:(?:noarch|[a-z]+-(?:32|64|aarch64|arm64|armv[67]l|ppc64le|s390x))/*)?$")


def _candidates(options: DoctorOptions, programs: Sequence[Program]) -> list[str]:
    """Return the Pythons to look at, that which people start first; a folder is that of an environment.

    Raises:
        UsageError: There is none of that name.
        UnavailableError: There is none on PATH.
    """
    if options.python:
        folder = Path(options.python)
        programs_of = ("bin/python", "Scripts/python.exe", "python.exe")
        named = next((str(folder / one) for one in programs_of if (folder / one).exists()), options.python)
        place = shutil.which(named, path=os.pathsep.join(search_path(options.environment)))
        if place is None and folder.is_symlink():
            raise UsageError(
                f"{options.python} leads to {os.path.realpath(folder)}, which does not exist: that Python is removed.",
                "Make the environment again, or name another Python with --python.",
            )
        if place is None:
            raise UsageError(f"There is no program {options.python}.", "Give the path of a Python with --python.")
        return [place]
    found = [one.path for name in ("python", "python3", "py") for one in programs if one.name == name]
    if not found:
        raise UnavailableError(
            "There is no Python on PATH.",
            "Open the terminal in which you work, and activate your environment. Or give the path with --python.",
        )
    return found


def _first_that_starts(candidates: Sequence[str], variables: Mapping[str, str]) -> tuple[str, Python]:
    """Return the Python to look at, and what it says of itself.

    Windows has a ``python`` of its own that only opens its store; where it is the first, the next one counts.

    Raises:
        UnavailableError: It does not start.
    """
    for number, program in enumerate(candidates, start=1):
        try:
            return program, _probe(program, variables)
        except UnavailableError:
            if "WindowsApps" not in program or number == len(candidates):
                raise
    raise AssertionError  # there is at least one candidate


def _probe(program: str, variables: Mapping[str, str]) -> Python:
    """Start a Python and have it describe itself; if it does not start, without what it reads at its start.

    Raises:
        UnavailableError: It does not start even then.
    """
    ran = run_probe(program, None, variables, _PROBE_SECONDS)
    if python := _described(program, ran):
        return python
    bare = run_probe(program, None, variables, _PROBE_SECONDS, bare=True)
    python = _described(program, bare)
    if python is None:
        raise _does_not_start(program, ran)
    errors = [line for line in _lines(ran.stderr) if _ERROR.match(line)] or _lines(ran.stderr)
    late = f"it does not answer within {_PROBE_SECONDS} seconds"
    error = late if ran.returncode == TOO_LATE else errors[-1] if errors else f"it ends with exit code {ran.returncode}"
    return replace(python, start_error=error, culprit=_culprit(ran.stderr), warnings=())


def _described(program: str, ran: subprocess.CompletedProcess[str]) -> Python | None:
    """Return what a Python says of itself; None if it says nothing."""
    lines = [line for line in ran.stdout.splitlines() if line.startswith('{"executable"')]
    try:
        answer: dict[str, Any] = json.loads(lines[-1])
        python = Python.from_probe(answer, program, _lines(ran.stderr))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return replace(python, culprit=_culprit(ran.stderr) or _customized(ran.stderr, python.path))


_ERROR = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exit|Exception|Interrupt|Warning)\b|Fatal Python error")
_CULPRIT = re.compile(r'(?m)^Error processing line \d+ of (.+):$|^ *File "([^"<]+)", line')


def _culprit(text: str) -> str:
    """Return the file of a user that a message of Python names: the one that ``site`` has read."""
    files: list[str] = [first or second for first, second in _CULPRIT.findall(text)]
    own = [file for file in files if file.endswith(".pth") or "customize" in Path(file).name]
    return own[0] if own else ""


def _customized(text: str, path: Sequence[str]) -> str:
    """Return the sitecustomize.py or usercustomize.py that a message of ``site`` is about, where it names no file."""
    match = re.search(r"(?m)^Error in (sitecustomize|usercustomize);", text)
    places = (Path(folder, f"{match[1]}.py") for folder in path) if match else ()
    return str(next((place for place in places if place.is_file()), ""))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(shortened(printable(redact(line.strip()))) for line in text.splitlines()[-20:] if line.strip())


def _does_not_start(program: str, ran: subprocess.CompletedProcess[str]) -> UnavailableError:
    """Return why a Python told nothing."""
    lines = _lines(ran.stderr)
    if ran.returncode == TOO_LATE:
        return UnavailableError(
            f"{program} did not answer within {_PROBE_SECONDS} seconds.", "Name another Python with --python."
        )
    if lines and lines[-1].startswith("older than Python 3.6"):
        return UnavailableError(f"{program} is {lines[-1]}.", "Install a newer Python; the course needs one.")
    return UnavailableError(
        f"{program} does not start: {lines[-1] if lines else f'it ends with exit code {ran.returncode}'}",
        "Install this Python again, or name another one with --python.",
    )


def _required(facts: Facts, options: DoctorOptions) -> Facts:
    """Find out what the list requires, and look at the files of what is installed of it."""
    found = facts.installed(facts.wanted) if facts.wanted else None
    required: tuple[str, ...] | None = None
    origin = problem = ""
    if found is not None and found.version:
        required, origin = found.requires, "installed"
    elif facts.wanted in facts.conda:
        origin = "index"
        if options.offline:
            problem = "the package index was not asked (--offline)"
        else:
            version = facts.conda[facts.wanted].version
            required, problem = ask_for_requirements(facts, version, options.environment, options.seconds)
        if required is None:  # conda's own dependencies are known, though not what only pip has
            required, origin = _from_conda(facts), "conda"
    needs = find_needs(required or (), facts.distributions, facts.python.markers, facts.extras)
    names = dict.fromkeys([*([found.name] if found else []), *(need.name for need in needs if need.installed)])
    distributions = {**facts.distributions}
    for name in names:
        if conda := facts.conda.get(name):
            distributions[name] = with_owners(distributions[name], conda)
    files = {name: _files(facts, distributions[name][0]) for name in names}
    return replace(
        facts,
        distributions=distributions,
        required=required,
        required_from=origin,
        index_problem=problem,
        files=files,
    )


def _files(facts: Facts, found: Distribution) -> Files:
    """Return what is known of the files of a distribution, from what has installed it."""
    files, conda = read_files(found), facts.conda.get(found.name)
    if found.installer != "conda":
        return files
    if conda is None:  # its package has another name, and conda leaves out files such as direct_url.json
        return replace(files, missing=tuple(one for one in files.missing if ".dist-info/" not in one))
    return files_of_conda(files, conda, facts.python.prefix)


def _from_conda(facts: Facts) -> tuple[str, ...]:
    """Return the names on which conda's package of the list depends, where Python knows a distribution of that name."""
    names = (one.split()[0].partition("[")[0] for one in facts.conda[facts.wanted].depends if one.split())
    return tuple(name for name in names if facts.installed(name))


def _imported(facts: Facts, options: DoctorOptions) -> Facts:
    """Import what the list brings and what it requires itself, in the Python that was looked at."""
    if facts.python.start_error:
        return facts
    needs = find_needs(facts.required or (), facts.distributions, facts.python.markers, facts.extras)
    names = [facts.wanted, *(need.name for need in needs if not need.required_by)]
    direct = dict.fromkeys(name for name in names if name in facts.files)
    modules = [module for name in direct for module in facts.files[name].modules][:_MOST_MODULES]
    results = import_modules(facts.python.executable, modules, options.environment, options.seconds) if modules else ()
    return replace(facts, imports=results)
