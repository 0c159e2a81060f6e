"""Import what was installed, each module in a process of its own; say in plain words what failed and what to do."""

import importlib.metadata
import json
import pathlib
import subprocess
import sys

SECONDS = 300
BY_MISTAKE = {"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"}
ADVICE = (
    ("libGL", "install the graphics library. Debian and Ubuntu: sudo apt install libgl1"),
    ("libgthread", "install GLib. Debian and Ubuntu: sudo apt install libglib2.0-0"),
    ("DLL load failed", "install the Microsoft Visual C++ Redistributable, restart the machine, and run this again."),
    ("cannot open shared object file", "install the library that the line names, with the package manager."),
    ("Library not loaded", "run this again with --fresh. If it fails again, update macOS."),
    ("compiled using NumPy 1", "a package is older than the NumPy that is installed. Run this again with --fresh."),
    ("No module named", "a part of the package is missing. Run this again; if that does not help, with --fresh."),
    ("ended by signal 4", "this processor is too old for the package. Use another machine."),
    ("No space left", "the disk is full. Free some space, and run this again."),
)
GENERAL = "run this again with --fresh. If it fails again, send this line to your teacher."
MISSING = "run this again. If it is still missing, send this line to your teacher."


def is_wanted(marker):
    """Tell whether a requirement is for this machine; without pip, take it that it is not."""
    if not marker:
        return True
    try:
        from pip._vendor.packaging.markers import Marker

        return Marker(marker).evaluate()
    except Exception:
        return False


def from_conda(name):
    """Return the distributions of a conda package; None if it is not installed."""
    for path in pathlib.Path(sys.prefix, "conda-meta").glob(name + "-*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.get("name") == name:
            folders = {pathlib.PurePosixPath(file).parent.name for file in record.get("files", ())}
            infos = sorted(folder for folder in folders if folder.endswith(".dist-info"))
            return [info[: -len(".dist-info")].rpartition("-")[0] for info in infos]
    return None


def modules(distribution):
    """Return the modules that a distribution has: those that it declares (PEP 794), else those of its files."""
    lines = distribution.metadata.get_all("Import-Name") or []
    declared = [line.split(";")[0].strip() for line in lines if "private" not in line]
    if any(declared):
        return [name for name in declared if name]
    files = [file.parts for file in distribution.files or () if file.suffix in (".py", ".so", ".pyd")]
    files = [parts for parts in files if ".." not in parts and all(part.isidentifier() for part in parts[:-1])]
    packages = {parts[:-1] for parts in files if parts[-1].split(".")[0] == "__init__"}
    found = {parts[0].split(".")[0] for parts in files if len(parts) == 1}
    for parts in files:
        depths = [depth for depth in range(1, len(parts)) if parts[:depth] in packages]
        found.update(".".join(parts[:depth]) for depth in depths[:1])
    tops = set((distribution.read_text("top_level.txt") or "").split())
    listed = {module for module in found if module.split(".")[0] in tops} or found
    public = [module for module in sorted(listed) if not module.startswith("_") and module not in BY_MISTAKE]
    return [module for module in public if all(part.isidentifier() for part in module.split("."))]


def error_of(module):
    """Import a module; return the error in one line, None if there is none."""
    code = "import importlib, sys; importlib.import_module(sys.argv[1])"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code, module],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "did not end within %d seconds" % SECONDS
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return "ended by signal %d" % -done.returncode
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "ended with exit code %d" % done.returncode


def say(line):
    """Print a line; what a terminal would obey is replaced."""
    print("".join(one if one.isprintable() else "?" for one in line), flush=True)


def failed(what, error, advice=None):
    """Say what failed and what to do; return how many failed."""
    say("  FAILED   %s: %s" % (what, error))
    known = [text for sign, text in ADVICE if sign in error]
    say("           What to do: %s" % (advice or (known or [GENERAL])[0]))
    return 1


def check(kind, name, marker):
    """Import the modules of one requirement; return how many failed."""
    names = from_conda(name) if kind == "conda" else [name]
    if names is None:
        return failed(name, "is not installed", MISSING)
    count = 0
    for one in names:
        try:
            found = modules(importlib.metadata.distribution(one))
        except importlib.metadata.PackageNotFoundError:
            if is_wanted(marker):
                count += failed(one, "is not installed", MISSING)
            continue
        for module in found:
            error = error_of(module)
            if error is None:
                say("  works    %s" % module)
            else:
                count += failed("import %s (from %s)" % (module, one), error)
    return count


def main(requirements):
    """Import everything; return the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    count = 0
    for requirement in requirements:
        kind, _, rest = requirement.partition(":")
        name, _, marker = rest.partition(";")
        count += check(kind, name.strip(), marker.strip())
    return 1 if count else 0


sys.exit(main(sys.argv[1:]))
