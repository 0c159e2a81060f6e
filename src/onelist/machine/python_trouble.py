"""What is wrong with the Python itself, and with the programs that come with it: facts -> troubles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from onelist.machine.commands import in_new_environment, install_list, new_environment, pip_install, typed
from onelist.machine.programs import installation_of, resolved
from onelist.machine.trouble import Trouble, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.machine.facts import Facts, Kernel, Program

LEAST_FREE = 1 << 30
"""Less free space is a problem: the packages of most courses need more, in bytes."""


def python_troubles(facts: Facts) -> Iterator[Trouble]:
    """Yield what is wrong, and what is good to know, of a Python and of the programs on PATH."""
    yield from _start(facts)
    yield from _programs(facts)
    yield from _kernels(facts)
    yield from _active(facts)
    yield from _path(facts)
    yield from _variables(facts)
    yield from _place(facts)


def _start(facts: Facts) -> Iterator[Trouble]:
    """Tell what goes wrong when Python starts; where PYTHONHOME is set, `_variables` tells it as well."""
    python, name = facts.python, facts.python_name
    if not python.start_error and not python.warnings:
        return
    faults = [line for line in python.warnings if "Error:" in line or line.startswith("Fatal")]
    is_fault = bool(python.start_error) or bool(faults)
    if python.culprit:
        remedy = f"Repair or remove {python.culprit}, which Python reads when it starts."
    elif facts.variables.get("PYTHONHOME"):
        remedy = "Delete the variable PYTHONHOME first, and look again."
    else:
        remedy = "A file that Python reads when it starts is broken, such as sitecustomize.py or a .pth file in "
        remedy += f"{python.purelib}. Repair or remove that file."
    if python.start_error:
        code, message = "does_not_start", f"{name} does not start: {python.start_error}"
    else:
        code, message = (
            "start_with_errors",
            f"Python prints messages when it starts: {faults[-1] if faults else python.warnings[-1]}",
        )
    yield Trouble(
        code=code,
        weight=Weight.PROBLEM if is_fault else Weight.NOTE,
        message=message,
        remedy=remedy if is_fault else "",
        commands=(f"{facts.python_command} -v -c pass",) if is_fault and not python.culprit else (),
    )


def _programs(facts: Facts) -> Iterator[Trouble]:
    """Compare the installation of each program with that of the Python."""
    own = installation_of(facts.python.executable)
    if not _is_first(facts):  # the Python was named, so the programs on PATH need not belong to it
        return
    for program in facts.programs:
        if not program.interpreter or installation_of(program.interpreter) == own:
            continue
        if program.name in {"pip", "ipython", "jupyter"}:
            yield _of_another(facts, program)
        elif program.name in {"python", "python3", "pip3"}:
            yield Trouble(
                code="another_python",
                weight=Weight.NOTE,
                message=f"{program.name} belongs to another Python: {program.interpreter} runs {program.path}."
                if program.name == "pip3"
                else f"{program.name} is another Python: {program.path}",
            )


def _is_first(facts: Facts) -> bool:
    """Tell whether the Python is the one that people start by its name."""
    return facts.python_name in {"python", "python3", "py"}


_PURPOSES = {
    "pip": "What you install with pip goes there, and {python} does not see it.",
    "ipython": "What is installed for {python} is not there: an import fails with No module named ...",
    "jupyter": "What is installed for {python} is not there: an import in a notebook can fail with No module named ...",
}


def _of_another(facts: Facts, program: Program) -> Trouble:
    python, name = facts.python_name, program.name
    if name == "pip":
        what = "NAME" if facts.wanted in facts.conda else facts.wanted_text or "NAME"  # pip leaves alone what conda has
        remedy, commands = "Start pip through the Python that you use:", pip_install(facts, what)
    else:
        remedy = f"Start {name} through the Python that you use:"
        commands = _started(facts, name)
    return Trouble(
        code=f"{name}_of_another_python",
        weight=Weight.PROBLEM,
        message=f"{name} belongs to another Python than {python}: {program.interpreter} runs {program.path}. "
        + _PURPOSES[name].format(python=python),
        remedy=remedy,
        commands=commands,
    )


def _started(facts: Facts, name: str) -> tuple[str, ...]:
    """Return the commands that start IPython or Jupyter, and install it first where it is missing."""
    packages = {"ipython": "IPython"} if name == "ipython" else {"jupyterlab": "jupyter lab", "notebook": "notebook"}
    module = next((module for package, module in packages.items() if facts.installed(package)), "")
    if module:
        return (f"{facts.python_command} -m {module}",)
    first, module = next(iter(packages.items()))
    commands = pip_install(facts, first)
    python = commands[-1].partition(" -m pip ")[0] if facts.python.is_closed else facts.python_command
    return (*commands, f"{python} -m {module}")


def _kernels(facts: Facts) -> Iterator[Trouble]:
    jupyter = facts.program("jupyter")
    pythons = [kernel for kernel in facts.kernels if kernel.is_python or not kernel.program]
    own = installation_of(facts.python.executable)
    jupyters = installation_of(jupyter.interpreter) if jupyter else own
    there = [kernel for kernel in pythons if kernel.exists]
    runs_here = [kernel for kernel in there if (installation_of(kernel.interpreter) or jupyters) == own]
    for kernel in pythons:
        if not kernel.exists:
            yield _gone(facts, kernel)
        elif kernel not in runs_here:
            yield _elsewhere(facts, kernel, runs_here, jupyters)


def _gone(facts: Facts, kernel: Kernel) -> Trouble:
    has_jupyter = facts.installed("jupyter-client") is not None  # it brings ``jupyter kernelspec``
    return Trouble(
        code="kernel_gone",
        weight=Weight.PROBLEM,
        message=f"The notebook kernel {kernel.title!r} starts {kernel.program or 'nothing'}, which does not exist.",
        remedy="Remove the kernel, and choose another one in your notebooks:"
        if has_jupyter
        else f"Remove the folder {os.path.dirname(kernel.file)}, and choose another kernel in your notebooks.",  # noqa: PTH120
        commands=(f"{facts.python_command} -m jupyter kernelspec remove {typed([kernel.name])}",)
        if has_jupyter
        else (),
    )


def _elsewhere(facts: Facts, kernel: Kernel, runs_here: list[Kernel], jupyters: str) -> Trouble:
    message = (
        f"The notebook kernel {kernel.title!r} runs another Python than {facts.python_name}: "
        f"{kernel.interpreter or jupyters}"
    )
    if runs_here:
        titles = " or ".join(repr(one.title) for one in runs_here)
        return Trouble(
            code="kernel_of_another_python",
            weight=Weight.NOTE,
            message=f"{message}. For the Python that was looked at, choose the kernel {titles}.",
        )
    name = facts.wanted or "course"
    install = () if facts.installed("ipykernel") else pip_install(facts, "ipykernel")
    return Trouble(
        code="kernel_of_another_python",
        weight=Weight.PROBLEM,
        message=f"{message}. An import in a notebook can fail with No module named ...",
        remedy=f"Make a kernel for {facts.python_name}, and choose it in your notebooks:",
        commands=(*install, f"{facts.python_command} -m ipykernel install --user --name {typed([name])}"),
    )


def _active(facts: Facts) -> Iterator[Trouble]:
    """Compare the environment that is said to be active with the Python."""
    own = resolved(facts.python.prefix)
    if not _is_first(facts):
        return
    virtual, conda = facts.variables.get("VIRTUAL_ENV", ""), facts.variables.get("CONDA_PREFIX", "")
    if virtual and not _starts(virtual):
        yield Trouble(
            code="environment_broken",
            weight=Weight.PROBLEM,
            message=f"The virtual environment {virtual} is active, but its Python is gone: that folder, or the "
            f"installation that it was made from, has been removed. So {facts.python_name} is that of "
            f"{facts.python.prefix}.",
            remedy="Make a new environment, and activate it in a new terminal:",
            commands=in_new_environment(facts, ("install", facts.wanted_text or "NAME")),
        )
    elif virtual and resolved(virtual) != own:
        yield Trouble(
            code="environment_not_first",
            weight=Weight.PROBLEM,
            message=f"The virtual environment {virtual} is active, but {facts.python_name} is that of "
            f"{facts.python.prefix}: its folder comes first on PATH.",
            remedy="Open a new terminal and activate only the environment that you want.",
        )
    elif conda and not virtual and resolved(conda) != own:
        yield Trouble(
            code="conda_environment_not_first",
            weight=Weight.PROBLEM,
            message=f"The conda environment {conda} is active, but {facts.python_name} is that of "
            f"{facts.python.prefix}: its folder comes first on PATH, or nothing is left of that environment.",
            remedy="Open a new terminal and activate the environment again:",
            commands=(f"conda activate {typed([facts.variables.get('CONDA_DEFAULT_ENV') or conda])}",),
        )
    elif facts.python.is_conda and not conda and not virtual:
        yield Trouble(
            code="conda_environment_not_active",
            weight=Weight.NOTE,
            message=f"The conda environment {facts.python.prefix} is on PATH, but it is not active, so some packages "
            "do not find their libraries.",
            remedy="Activate it:",
            commands=(f"conda activate {typed([facts.python.prefix])}",),
        )


def _starts(prefix: str) -> bool:
    """Tell whether there is a Python in a virtual environment: a link in it may lead nowhere."""
    places = ("bin/python", "bin/python3", "Scripts/python.exe")
    return any(os.path.exists(os.path.join(prefix, place)) for place in places)  # noqa: PTH110, PTH118


def _path(facts: Facts) -> Iterator[Trouble]:
    python = facts.python
    seen = {resolved(entry) for entry in python.path}
    if os.path.isdir(python.purelib) and resolved(python.purelib) not in seen:  # noqa: PTH112 - as above
        yield Trouble(
            code="site_packages_not_on_path",
            weight=Weight.PROBLEM,
            message=f"Python does not look into {python.purelib}, where its packages are installed.",
            remedy="The variable PYTHONHOME, an option -S or a file ending in ._pth can be the cause. Remove it. "
            "If that does not help, make a new environment:",
            commands=(f"{facts.python_command} -m venv {typed([new_environment(facts)])}",),
        )
    has_packages = os.path.isdir(python.user_site) and bool(os.listdir(python.user_site))  # noqa: PTH112, PTH208
    if not python.user_site_enabled and not python.is_environment and has_packages:
        yield Trouble(
            code="user_site_disabled",
            weight=Weight.PROBLEM,
            message=f"Python does not look into {python.user_site}, where pip install --user has put packages."
            + (" The variable PYTHONNOUSERSITE is set." if "PYTHONNOUSERSITE" in facts.variables else ""),
            remedy="Delete the variable PYTHONNOUSERSITE in the settings of your shell, and open a new terminal.",
        )


_MEANINGS = {
    "PYTHONPATH": "Python looks there first, and may take other versions of packages from there",
    "PYTHONHOME": "Python takes its own modules from there, also if they belong to another Python",
}


def _variables(facts: Facts) -> Iterator[Trouble]:
    for name, meaning in _MEANINGS.items():
        if value := facts.variables.get(name):
            yield Trouble(
                code=name.lower(),
                weight=Weight.PROBLEM,
                message=f"The variable {name} is set to {value}: {meaning}.",
                remedy=f"If you do not need it, delete {name} in the settings of your shell (such as .bashrc or "
                ".zshrc; on Windows: Edit environment variables for your account), and open a new terminal.",
                commands=() if os.name == "nt" else (f"unset {name}",),
            )


def _place(facts: Facts) -> Iterator[Trouble]:
    """Look at the place where packages are installed."""
    python = facts.python
    if python.externally_managed:
        is_needed = bool(facts.wanted) and not facts.installed(facts.wanted)
        yield Trouble(
            code="externally_managed",
            weight=Weight.PROBLEM if is_needed else Weight.NOTE,
            message=f"The system owns {python.executable}, so pip refuses to install anything there (PEP 668).",
            remedy="Use a virtual environment for a course" + (", as below." if is_needed else ":"),
            commands=() if is_needed else pip_install(facts, facts.wanted_text or "NAME"),
        )
    elif not python.can_write and not (python.can_write_user and python.user_site_enabled):
        yield Trouble(
            code="no_write_permission",
            weight=Weight.PROBLEM,
            message=f"You may not write in {python.purelib}, so nothing can be installed or updated there."
            if os.access(python.purelib, os.R_OK | os.X_OK) or not os.path.isdir(python.purelib)  # noqa: PTH112
            else f"You may not read {python.purelib}, so Python finds nothing there.",
            remedy="Make an environment of your own, and install into it:",
            commands=install_list(facts) if facts.wanted else in_new_environment(facts, ("install", "NAME")),
        )
    if python.free_bytes is not None and python.free_bytes < LEAST_FREE:
        yield Trouble(
            code="disk_full",
            weight=Weight.PROBLEM,
            message=f"There are only {python.free_bytes // 10**6:,} MB left on the disk of {python.purelib}.",
            remedy="Delete what you do not need. The caches of pip and conda can be deleted:",
            commands=(
                f"{facts.python_command} -m pip cache purge",
                *(("conda clean --all",) if facts.program("conda") or facts.program("mamba") else ()),
            ),
        )
