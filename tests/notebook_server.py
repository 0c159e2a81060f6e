"""A notebook server to throw away: a HOME, a storage folder, and commands that kill the script which calls them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.build.exports.notebook_server import start_script
from tests import helpers

if TYPE_CHECKING:
    from collections.abc import Sequence

_COUNTED = ("chmod", "cp", "ln", "mkdir", "mv", "rm", "rmdir", "sync")
"""Every command with which the script changes files."""
_COUNTER = """#!/bin/sh
# Kill the script (the whole group of processes) at a call: before it, or with half of its work done.
name=${0##*/}
read -r calls _ <"$COUNT"
calls=$((calls + 1))
echo "$calls $name" >"$COUNT"
if [ "$calls" = "$KILL_AT" ]; then
    for last; do :; done
    case $KILL_WHEN-$name in
        half-cp) "$REAL/mkdir" "$last" && echo half >"$last/id_rsa" ;;
        half-rm) "$REAL/rm" -f "$last/id_rsa" ;;
    esac
    kill -KILL 0
fi
[ "$name" = sync ] || exec "$REAL/$name" "$@"
"""
_PYTHON = """#!/bin/sh
case $2 in
    pip) echo "pip: $*"; exit "${PIP_STATUS:-0}" ;;
    *) echo "${STATE:-missing} ${PYTHONUSERBASE:-$HOME/.local}" ;;
esac
"""
_SLEEP = "#!/bin/sh\nexec /bin/sleep 0.02\n"


class NotebookServer:
    """A machine that runs the start-up script of a list."""

    def __init__(
        self, folder: Path, *, home: str = "ho me é", storage: str = "sto'rage 日本", shell: str = "sh"
    ) -> None:
        """Make the machine below a folder, with a HOME and a storage folder of these names."""
        self.home, self.storage, self.shell = folder / home, folder / storage, shell
        self.kept = self.storage / "home"
        self.commands, self.counters = folder / "commands", folder / "counters"
        self.count = folder / "count"
        for path in (self.home, self.storage, self.commands, self.counters):
            path.mkdir(parents=True, exist_ok=True)
        self.script = folder / "start.sh"
        self.replace("python3", _PYTHON)
        self.replace("sleep", _SLEEP)
        self.replace("sync", "#!/bin/sh\n")  # the other processes of this machine write much
        for name in _COUNTED:
            self.replace(name, _COUNTER, self.counters)

    def replace(self, name: str, text: str, folder: Path | None = None) -> None:
        """Put a command in the place of one of the machine."""
        path = (folder or self.commands) / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def start(
        self, *names: str, killed_at: int = 0, when: str = "before", longest_file: int = 0, **variables: str
    ) -> helpers.Ran:
        """Run the script.

        Args:
            names: What is kept beside pip's user installs.
            killed_at: The call of a command at which the script is killed, from 1; 0 for never.
            when: ``before`` the call, or with ``half`` of its work done.
            longest_file: The size at which writing a file fails, in bytes; 0 for none.
            variables: Environment variables.

        Returns:
            What it printed, and its exit code: that of the signal, below 0, where it was killed.
        """
        process = self.begin(*names, killed_at=killed_at, when=when, longest_file=longest_file, **variables)
        out, err = process.communicate(timeout=60)
        return helpers.Ran(code=process.returncode, out=out, err=err)

    def begin(
        self, *names: str, killed_at: int = 0, when: str = "before", longest_file: int = 0, **variables: str
    ) -> subprocess.Popen[str]:
        """Start the script as :meth:`start` does, and do not wait for it."""
        self.script.write_text(start_script(helpers.settings(), str(self.storage), names), encoding="utf-8")
        if killed_at:
            real = str(Path(shutil.which("mv") or "").parent)
            variables |= {"REAL": real, "KILL_AT": str(killed_at), "KILL_WHEN": when, "COUNT": str(self.count)}
            self.count.write_text("0\n", encoding="utf-8")
        commands = f"{self.counters}:{self.commands}" if killed_at else str(self.commands)
        prefix = ["prlimit", f"--fsize={longest_file}"] if longest_file else []
        return subprocess.Popen(
            [*prefix, self.shell, str(self.script)],
            env={"HOME": str(self.home), "PATH": f"{commands}:{os.environ['PATH']}", **variables},
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=None if not longest_file else _without_signal,  # noqa: PLW1509 - no threads here
            restore_signals=False,
        )

    def add(self, path: str, content: str = "mine\n", mode: int = 0o600, *, folder: Path | None = None) -> Path:
        """Write a file into HOME, or into another folder."""
        file = (folder or self.home) / path
        if not file.parent.exists():
            file.parent.mkdir(parents=True)
            file.parent.chmod(0o700)
        file.write_text(content, encoding="utf-8")
        file.chmod(mode)
        return file


def _without_signal() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def tree(folder: Path, *, without: Sequence[str] = ()) -> dict[str, str]:
    """Return each entry below a folder, with its permissions and its content or target; links are not followed."""
    return {
        path.relative_to(folder).as_posix(): _entry(path)
        for path in sorted(folder.rglob("*"))
        if path.name not in without
    }


def _entry(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    mode = f"{stat.S_IMODE(path.lstat().st_mode):o}"
    return f"{mode} {path.read_text(encoding='utf-8')}" if path.is_file() else mode
