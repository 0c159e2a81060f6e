"""Runs in the Python that is looked at, from 3.6 on, with its standard library only, and prints facts as JSON.

It is not imported but given to that Python as text (``python -c``), so that no folder of onelist comes before others in
its ``sys.path``. Its one argument is JSON: null for facts about this Python, a list of modules to import, or true for
the facts where Python was started without ``site`` (``-S``), because a file that ``site`` reads stops it.
"""

import sys

if sys.version_info < (3, 6):
    sys.exit("older than Python 3.6: " + sys.version.split()[0])
if sys.path and not sys.path[0]:
    del sys.path[0]  # the current folder, where a file may have the name of a module that is imported here

import json
import os
import platform
import site


def find_environment():  # type: () -> None
    """Set the prefix as ``site`` sets it in a virtual environment (PEP 405), where Python was started without it."""
    folder = os.path.dirname(os.path.abspath(sys.executable))
    for prefix in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
            sys.prefix = sys.exec_prefix = prefix


def facts(with_site):  # type: (bool) -> dict[str, object]
    """Return what this Python says about itself; nothing is written, and no package is imported."""
    import sysconfig  # here, because it takes the prefix when it is imported

    paths = sysconfig.get_paths()
    path = [entry for entry in sys.path if entry]
    user_site, user_site_enabled = site.getusersitepackages(), bool(site.ENABLE_USER_SITE)
    if not with_site:
        user_site_enabled = bool(site.check_enableusersite())
        path += [user_site] * user_site_enabled + [paths["purelib"], paths["platlib"]]
    return {
        "executable": sys.executable,
        "version": list(sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "path": path,
        "purelib": paths["purelib"],
        "platlib": paths["platlib"],
        "scripts": paths["scripts"],
        "user_site": user_site,
        "user_site_enabled": user_site_enabled,
        "externally_managed": managed_by_others(paths["stdlib"]),
        "can_write": can_write(paths["purelib"]),
        "can_write_user": can_write(user_site),
        "free_bytes": free_bytes(paths["purelib"]),
        "can_make_environments": can_make_environments(),
        "markers": markers(),
    }


def markers():  # type: () -> dict[str, str]
    """Return the values of the environment markers (https://packaging.python.org/en/latest/specifications/dependency-specifiers)."""
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def managed_by_others(stdlib):  # type: (str) -> bool
    """Tell whether the system's package manager owns this Python (PEP 668)."""
    return sys.prefix == sys.base_prefix and os.path.isfile(os.path.join(stdlib, "EXTERNALLY-MANAGED"))


def can_write(folder):  # type: (str) -> bool
    """Tell whether files can be written in a folder, or where it would be made; nothing is tried."""
    while not os.path.exists(folder):
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def can_make_environments():  # type: () -> bool
    """Tell whether ``python -m venv`` works: Debian has its parts in a package of their own, python3-venv."""
    import importlib.util

    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def free_bytes(folder):  # type: (str) -> int | None
    """Return the free space where packages are installed, in bytes; None where the system does not tell."""
    import shutil

    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def try_imports(modules):  # type: (list[str]) -> None
    """Import modules, one after the other; print a line of JSON before and after each.

    What the modules print goes nowhere. A module may end this process, so each line is written at once.
    """
    import importlib
    import traceback

    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    for module in modules:
        say(answers, {"begin": module})
        try:
            found = importlib.import_module(module)
            say(answers, {"module": module, "origin": str(getattr(found, "__file__", None) or "")})
        except BaseException as error:  # also SystemExit, and what a module derives from BaseException
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame[0][:1] != "<"]
            say(
                answers,
                {
                    "module": module,
                    "error": "{}: {}".format(type(error).__name__, words_of(error)),
                    "missing": str(getattr(error, "name", None) or "") if isinstance(error, ImportError) else "",
                    "file": frames[-1][0] if frames else "",
                    "origin": origin_of(module),
                },
            )


def origin_of(module):  # type: (str) -> str
    """Return the file of a module, or of the package that it is in; an empty text if there is none."""
    import importlib.util

    try:
        found = importlib.util.find_spec(module.partition(".")[0])
        return str(found.origin) if found is not None and found.has_location else ""
    except BaseException:  # also code of anybody
        return ""


def words_of(error):  # type: (BaseException) -> str
    """Return the text of an error, which may be code of anybody."""
    try:
        return str(error)[:500]
    except BaseException:
        return "an error without a text"


def say(answers, answer):  # type: (object, dict[str, object]) -> None
    """Print one line."""
    answers.write(json.dumps(answer) + "\n")  # type: ignore[attr-defined]
    answers.flush()  # type: ignore[attr-defined]


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    if isinstance(asked, list):
        try_imports(asked)
        os._exit(0)  # threads and exit handlers of the modules have nothing to do any more
    if asked:
        find_environment()
    # On a line of its own: a file that Python reads at its start may have printed something.
    print("\n" + json.dumps(facts(with_site=not asked)))
