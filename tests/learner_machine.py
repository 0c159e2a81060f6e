"""A machine of a learner: a HOME to throw away, and stand-ins for conda, Miniforge, curl's network and pip.

The stand-ins install from a channel that is a folder, into prefixes whose Python is the one that runs the tests. They
read three environment variables: ``NOTES`` (a file for one line a call), ``KILL_AT`` (kill the script and its children at the
call that begins with this) and ``FAIL`` (the first word of a call that fails, as without a network).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.build.exports.installer import install_sh
from tests import helpers

if TYPE_CHECKING:
    from collections.abc import Iterable

BASH = "/bin/bash" if sys.platform == "darwin" else shutil.which("bash") or "bash"
"""The bash of macOS is 3.2, the oldest that the script supports."""
SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
MARKER = ".installed-by-onelist"

_HEAD = """#!{python} -IS
import os, pathlib, shutil, signal, sys
def note(line):
    notes = pathlib.Path(os.environ["NOTES"])
    with notes.open("a") as file:
        file.write(line + "\\n")
    if os.environ.get("FAIL") and line.startswith(os.environ["FAIL"]):
        sys.exit("stand-in: no network")
    return bool(os.environ.get("KILL_AT")) and line.startswith(os.environ["KILL_AT"])
def kill():
    os.killpg(0, signal.SIGKILL)
def make_python(prefix):
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    (prefix / "{site}").mkdir(parents=True, exist_ok=True)
    (prefix / "pyvenv.cfg").write_text("home = {home}\\ninclude-system-site-packages = false\\n")
    if not (prefix / "bin/python").is_symlink():
        (prefix / "bin/python").symlink_to("{python}")
"""
_PIP = """
def make_pip(prefix):
    folder = prefix / "{site}/pip"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text(pathlib.Path(os.environ["STAND_INS"], "pip.py").read_text())
"""
_CONDA = """
name = os.environ["CALLED"]
killed = note(" ".join([name, *sys.argv[1:]]))
verb, *rest = sys.argv[1:]
wanted = {"CONDA_CHANNEL_PRIORITY": "flexible", "MAMBA_CHANNEL_PRIORITY": "flexible"}
assert {key: os.environ.get(key) for key in wanted} == wanted
assert verb in ("install", "update") and "--yes" in rest and "--override-channels" in rest, rest
prefix = pathlib.Path(rest[rest.index("--prefix") + 1])
channels = [pathlib.Path(word[len("--channel=file://"):]) for word in rest if word.startswith("--channel=")]
specs = [word for word in rest if not word.startswith("-") and word != str(prefix)]
assert (prefix / "conda-meta/history").is_file(), "not an environment"
def install(spec):
    if not all(channel.is_dir() for channel in channels):
        sys.exit("stand-in: no network")
    if spec == "python":
        return make_python(prefix)
    if spec == "pip":
        return make_pip(prefix)
    folder = next((channel / spec for channel in channels if (channel / spec).is_dir()), None)
    if folder is None:
        sys.exit("PackagesNotFoundError: " + spec)
    for other in (folder / "depends").read_text().split():
        install(other)
    if (folder / "site").is_dir():
        shutil.copytree(folder / "site", prefix / "%s", dirs_exist_ok=True)
    if killed:
        kill()
    shutil.copy(folder / "record.json", prefix / "conda-meta" / (spec + "-1.0-0.json"))
for spec in specs:
    install(spec)
"""
_MINIFORGE = """
prefix = pathlib.Path(sys.argv[-1])
assert sys.argv[1:-1] == ["-b", "-f", "-p"], sys.argv
assert " " not in str(prefix), "Cannot install into directories with spaces"
killed = note("miniforge " + str(prefix))
(prefix / "pkgs").mkdir(parents=True)
make_python(prefix)
if killed:
    kill()
make_pip(prefix)
(prefix / "conda-meta").mkdir()
(prefix / "conda-meta/history").touch()
for name in ("conda", "mamba"):
    shutil.copy(os.path.join(os.environ["STAND_INS"], "conda"), prefix / "bin" / name)
"""
_PIP_MAIN = """
import os, pathlib, shutil, signal, sys
if sys.argv[1:] == ["--version"]:
    sys.exit(0)
with open(os.environ["NOTES"], "a") as file:
    file.write(" ".join(["pip", *sys.argv[1:]]) + "\\n")
if os.environ.get("FAIL") == "pip":
    sys.exit("stand-in: no network")
if " ".join(["pip", *sys.argv[1:]]).startswith(os.environ.get("KILL_AT") or "-"):
    os.killpg(0, signal.SIGKILL)
assert sys.argv[1:3] == ["install", "--upgrade"] and os.environ["PIP_USER"] == "0", sys.argv
for name in sys.argv[3:]:
    source = pathlib.Path(os.environ["STAND_INS"], "index", name.split(";")[0].split("[")[0].strip())
    shutil.copytree(source, pathlib.Path(sys.prefix, "%s"), dirs_exist_ok=True)
"""
_PYTHON3 = """
if sys.argv[1] == "-c":
    exec(sys.argv[2])
note(" ".join(["python3", *sys.argv[1:]]))
assert sys.argv[1:-1] == ["-m", "venv"], sys.argv
make_python(pathlib.Path(sys.argv[-1]))
make_pip(pathlib.Path(sys.argv[-1]))
"""
_PIXI = """
if sys.argv[1:] == ["--version"]:
    sys.exit(0)
note(" ".join(["pixi", *sys.argv[1:]]))
if sys.argv[1] == "init":
    pathlib.Path(sys.argv[-1], "pixi.toml").write_text(" ".join(sys.argv[2:-1]))
elif sys.argv[1] == "add":
    manifest = pathlib.Path(sys.argv[3])
    prefix = manifest.parent / ".pixi/envs/default"
    make_python(prefix)
    make_pip(prefix)
    (prefix / "conda-meta").mkdir(exist_ok=True)
    for record in pathlib.Path(manifest.read_text()[len("--channel=file://"):]).glob("*/record.json"):
        shutil.copy(record, prefix / "conda-meta" / (record.parent.name + "-1.json"))
        if (record.parent / "site").is_dir():
            shutil.copytree(record.parent / "site", prefix / "lib" / ("python%d.%d" % sys.version_info[:2]) / "site-packages", dirs_exist_ok=True)
"""
_CALL = """#!/bin/sh
[ "$1" = --version ] && exit 0
export CALLED="${0##*/}"
exec "$STAND_INS/conda.py" "$@"
"""
_STEP = """#!/bin/sh
# a stand-in for a program that changes files: notes the call, then does it
line="{name} $*"
[ {name} = mv ] && line="$line$(sed -n 's/^state=/ /p' "$2" 2>/dev/null)" # of a marker
echo "$line" >> "$NOTES"
[ "${{FAIL:-}}" = {name} ] && exit 7
if [ -n "${{KILL_AT:-}}" ]; then case "$line" in "$KILL_AT"*) kill -KILL 0 ;; esac; fi
exec {program} "$@"
"""
STEPS = ("mkdir", "mv", "touch", "rm", "rmdir", "find", "curl", "mktemp")


class Machine:
    """A machine that has Python and curl, and no conda at first.

    Attributes:
        folder: Everything is below it.
        home: The HOME.
        script: The script under test; the test writes it.
        channel: The conda channel.
    """

    def __init__(self, folder: Path, home: str = "home") -> None:
        self.folder = folder
        self.home = folder / home
        self.home.mkdir(parents=True)
        self.bin = folder / "bin"
        self.stand_ins = folder / "stand-ins"
        self.channel = folder / "channel"
        for made in (self.bin, self.stand_ins / "index", self.channel):
            made.mkdir(parents=True)
        self.script = folder / "install.sh"
        self.notes = folder / "notes"
        self._write_stand_ins()

    def _write_stand_ins(self) -> None:
        python = Path(sys.executable).resolve()
        head = _HEAD.format(python=python, home=python.parent, site=SITE) + _PIP.format(site=SITE)
        self._program(self.stand_ins / "conda.py", head + _CONDA % SITE)
        self._program(self.stand_ins / "conda", _CALL)  # a tenth of the time for --version
        self._program(self.stand_ins / "pip.py", _PIP_MAIN % SITE)
        body = "\n".join(line for line in (head + _MINIFORGE).splitlines()[1:])
        self.miniforge = self.stand_ins / "Miniforge3-Linux-x86_64.sh"
        self.miniforge.write_text(f"exec {python} -IS - \"$@\" <<'EOF'\n{body}\nEOF\n", encoding="utf-8")
        self.checksum = hashlib.sha256(self.miniforge.read_bytes()).hexdigest()
        (self.stand_ins / f"{self.miniforge.name}.sha256").write_text(f"{self.checksum}  ./x.sh\n", encoding="utf-8")
        for name in STEPS:
            if program := shutil.which(name):
                self._program(self.bin / name, _STEP.format(name=name, program=program))

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def tool(self, name: str) -> Path:
        """Put a conda, mamba or micromamba on PATH, and return it."""
        shutil.copy(self.stand_ins / "conda", self.bin / name)
        return self.bin / name

    def python(self) -> None:
        """Put a python3 on PATH that makes virtual environments quickly."""
        python = Path(sys.executable).resolve()
        head = _HEAD.format(python=python, home=python.parent, site=SITE) + _PIP.format(site=SITE)
        self._program(self.bin / "python3", head + _PYTHON3)

    def pixi(self) -> None:
        """Put a pixi on PATH."""
        python = Path(sys.executable).resolve()
        head = _HEAD.format(python=python, home=python.parent, site=SITE) + _PIP.format(site=SITE)
        self._program(self.bin / "pixi", head + _PIXI)

    def package(self, name: str, depends: Iterable[str] = (), code: str | None = "") -> None:
        """Add a package to the channel and to the index; ``code`` None for one without a module."""
        folder = self.channel / name
        files = [] if code is None else distribution(folder / "site", name, code)
        if code is not None:
            distribution(self.stand_ins / "index" / name, name, code)
        folder.mkdir(exist_ok=True)
        (folder / "depends").write_text(" ".join(depends), encoding="utf-8")
        listed = ", ".join(f'"{SITE}/{file}"' for file in files)
        (folder / "record.json").write_text(f'{{"name": "{name}", "files": [{listed}]}}', encoding="utf-8")

    def run(
        self, *options: str | Path, cwd: Path | None = None, bash: str = BASH, piped: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the script without a terminal."""
        variables = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "NOTES": str(self.notes),
            "STAND_INS": str(self.stand_ins),
            "TMPDIR": str(self.folder),
            "ONELIST_MINIFORGE_URL": f"file://{self.miniforge}",
        }
        self.notes.write_text("", encoding="utf-8")
        words = [bash, "-s", "--"] if piped else [bash, str(self.script)]
        return subprocess.run(
            [*words, *map(str, options)],
            input=self.script.read_text(encoding="utf-8") if piped else "",
            cwd=cwd or self.folder,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            start_new_session=True,  # without a terminal that could be asked
        )

    def calls(self, *programs: str) -> list[str]:
        """Return the calls of the last run, of these programs or of conda, pip and Miniforge."""
        wanted = programs or ("conda", "mamba", "micromamba", "pixi", "miniforge", "pip")
        lines = self.notes.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.split(" ")[0] in wanted]


def distribution(folder: Path, name: str, code: str) -> list[str]:
    """Write a distribution with one module; return its files."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    files = [f"{module}/__init__.py", f"{info}/METADATA", f"{info}/RECORD"]
    for path, text in zip(
        files, (code, f"Name: {name}\nVersion: 1.0\n", "\n".join(f"{file},," for file in files)), strict=True
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return files


def machine_for(folder: Path, home: str = "home", **keys: str) -> Machine:
    """Return a machine with the script of a list: pandas and graphviz by conda, helpers only by pip."""
    machine = Machine(folder, home)
    machine.package("pandas")
    machine.package("python-graphviz", code=None)
    machine.package("helpers")
    machine.package("course-meta", ["python", "pandas", "python-graphviz"])
    write_script(machine, **keys)
    return machine


def write_script(machine: Machine, **keys: str) -> None:
    """Write the script of a list."""
    listed = {
        "conda_channels": f"file://{machine.channel}",
        "requirements": "pandas graphviz",
        "pip_requirements": "helpers",
        "conda_requirements": "",
    }
    wanted = listed | keys
    machine.script.write_text(install_sh(helpers.project(**wanted), helpers.plan(**wanted)), encoding="utf-8")


def marker(folder: Path) -> dict[str, str]:
    """Return what the marker in a folder says."""
    _, *lines = (folder / MARKER).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def made(folder: Path, **changes: str) -> Path:
    """Make a folder that looks as if the script had made it, with a file that must stay."""
    (folder / "conda-meta").mkdir(parents=True, exist_ok=True)
    (folder / "precious").write_text("my work", encoding="utf-8")
    values = {"list": "course-meta", "kind": "env", "state": "complete", "place": os.path.realpath(folder)} | changes
    text = "onelist-installer 1\n" + "".join(f"{key}={value}\n" for key, value in values.items())
    (folder / MARKER).write_text(text, encoding="utf-8")
    return folder


def keep(folder: Path) -> dict[str, str]:
    """Return everything below a folder, with the contents of its files; links are not followed."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_text("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or (path.is_file() and path.name != "notes")
    }
