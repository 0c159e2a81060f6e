"""What `onelist doctor` says: the Python that was looked at, what is wrong, and the commands that fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onelist.core.model import SCHEMA_VERSION
from onelist.core.text import aligned, printable
from onelist.machine.needs import find_needs
from onelist.machine.trouble import Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onelist.machine.facts import Facts
    from onelist.machine.look import Diagnosis
    from onelist.machine.trouble import Trouble

_SHOWN = ("python", "python3", "pip", "ipython", "jupyter")


def doctor_lines(diagnosis: Diagnosis, shared: Callable[[str], str] = str) -> Iterator[str]:
    """Yield the diagnosis as lines for people; each line can be shown as it is.

    Args:
        diagnosis: What was found.
        shared: Removes from a text what must not be shared.
    """
    facts = diagnosis.facts
    lines = [_python_line(facts), *_program_lines(facts), *_list_lines(facts)]
    for trouble in diagnosis.troubles:
        lines += ["", *_trouble_lines(trouble)]
    lines += ["", _summary(diagnosis)]
    yield from (printable(shared(line)) for line in lines)


def _python_line(facts: Facts) -> str:
    return f"Python {facts.python.version_text}: {facts.python.executable} ({_kind(facts)})"


def _kind(facts: Facts) -> str:
    if facts.python.is_conda:
        return "a conda environment"
    if facts.python.is_environment:
        return f"a virtual environment of {facts.python.base_prefix}"
    return "an installation that the system owns" if facts.python.externally_managed else "an installation"


def _program_lines(facts: Facts) -> Iterator[str]:
    found = {one.name: one.path for one in facts.programs}
    yield from (f"  {line}" for line in aligned([(name, found.get(name, "not on PATH")) for name in _SHOWN]))
    kernels = ", ".join(f"{one.title} ({one.interpreter or 'the Python of Jupyter'})" for one in facts.kernels)
    if kernels:
        yield f"  kernels of notebooks: {kernels}"


def _list_lines(facts: Facts) -> Iterator[str]:
    """Yield what is there of the list."""
    if not facts.wanted:
        return
    found, conda = facts.installed(facts.wanted), facts.conda.get(facts.wanted)
    if found or conda:
        by = "conda" if conda else (found.installer if found else "") or "an unknown installer"
        version = found.version if found else conda.version if conda else ""
        modules = [one for one in facts.imports if not one.error]
        count = "unknown requirements"
        if facts.required is not None:
            needs = find_needs(facts.required, facts.distributions, facts.python.markers, facts.extras)
            number = len({need.name for need in needs if not need.required_by})  # those that count for this Python
            count = f"{number} requirement{'' if number == 1 else 's'}"
        imported = f", {_of(len(modules), len(facts.imports))}" if facts.imports else ""
        yield f"{facts.wanted} {version or '(version unknown)'}, installed by {by}: {count}{imported}"
    else:
        yield f"{facts.wanted}: not installed"


def _of(number: int, all_of: int) -> str:
    return f"{number} of {all_of} modules can be imported"


def _trouble_lines(trouble: Trouble) -> Iterator[str]:
    yield f"{trouble.weight}: {trouble.message}"
    if trouble.remedy:
        yield f"    {trouble.remedy}"
    yield from (f"        {command}" for command in trouble.commands)


def _summary(diagnosis: Diagnosis) -> str:
    problems, unknown = len(diagnosis.of(Weight.PROBLEM)), len(diagnosis.of(Weight.UNKNOWN))
    if problems:
        first = "problem" if problems == 1 else "problems"
        return f"{problems} {first} to fix." + (" Begin with the first, then look again." if problems > 1 else "")
    if unknown:
        return f"No problem was found, but {unknown} {'thing is' if unknown == 1 else 'things are'} unknown."
    what = diagnosis.facts.wanted or "This Python"
    return f"{what} is well."


def doctor_json(diagnosis: Diagnosis, shared: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the diagnosis as plain data, for docs/schemas/doctor.json."""
    facts = diagnosis.facts
    found, conda = facts.installed(facts.wanted) if facts.wanted else None, facts.conda.get(facts.wanted)
    ran = facts.dry_run
    return {
        "schema_version": SCHEMA_VERSION,
        "list": {
            "name": facts.wanted,
            "version": (found.version if found else conda.version if conda else None) or None,
            "required": None if facts.required is None else [shared(one) for one in facts.required],
        }
        if facts.wanted
        else None,
        "python": {
            "executable": shared(facts.python.executable),
            "version": facts.python.version_text,
            "prefix": shared(facts.python.prefix),
            "kind": _kind_word(facts),
        },
        "programs": [
            {"name": one.name, "path": shared(one.path), "interpreter": shared(one.interpreter) or None}
            for one in facts.programs
        ],
        "kernels": [
            {
                "name": shared(one.name),
                "title": shared(one.title),
                "interpreter": shared(one.interpreter) or None,
                "exists": one.exists,
            }
            for one in facts.kernels
        ],
        "modules": [{"name": one.module, "error": shared(one.error) or None} for one in facts.imports],
        "would_install": [shared(one) for one in ran.would_install] if ran and not ran.error else None,
        "troubles": [
            {
                "code": one.code,
                "weight": str(one.weight),
                "message": shared(one.message),
                "remedy": shared(one.remedy) or None,
                "commands": [shared(command) for command in one.commands],
            }
            for one in diagnosis.troubles
        ],
    }


def _kind_word(facts: Facts) -> str:
    if facts.python.is_conda:
        return "conda"
    if facts.python.is_environment:
        return "virtual"
    return "system" if facts.python.externally_managed else "installation"
