"""Print the hash of every file that onelist builds from settings files, or compare them with an earlier list.

    python tools/hash_artifacts.py ../shared/data/settings > before.json
    python tools/hash_artifacts.py ../shared/data/settings --against before.json

The program builds every settings file in its own folder, with this onelist or with that of ``--python``. A file that
cannot be built is listed with its exit code. Run it before and after a change that must not change any artifact.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

LICENSE = "Do what is right.\n"
README = "# A course\n"
EXPORTS = ("environment", "requirements", "pixi")


def hashes(python: str, settings: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that a settings file becomes; for a command that fails, its exit code."""
    with tempfile.TemporaryDirectory(prefix="onelist-hashes-") as name:
        folder = Path(name)
        shutil.copy(settings, folder / "settings.ini")
        (folder / "LICENSE").write_text(LICENSE, encoding="utf-8")
        (folder / "README.md").write_text(README, encoding="utf-8")
        given = set(folder.rglob("*"))
        commands = [["build"], ["build", "--only", "wheel", "sdist"], ["sync"]]
        commands += [["export", what, "-o", f"export-{what}"] for what in EXPORTS]
        environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
        found = {}
        for command in commands:
            ran = subprocess.run(
                [python, "-m", "onelist", *command], cwd=folder, env=environment, capture_output=True, check=False
            )
            if ran.returncode:
                found[f"exit code of {' '.join(command)}"] = str(ran.returncode)
        for path in sorted(set(folder.rglob("*")) - given):
            if path.is_file():
                relative = path.relative_to(folder).as_posix()
                found[relative] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found


def main() -> int:
    """Hash all files, and compare them if --against is given."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder with the settings files")
    parser.add_argument("--against", type=Path, help="an earlier list, as this program prints it")
    parser.add_argument("--python", default=sys.executable, help="the Python whose onelist builds (default: this one)")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("*.ini"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(
            zip([file.name for file in files], pool.map(partial(hashes, arguments.python), files), strict=True)
        )
    if arguments.against is None:
        print(json.dumps(found, indent=1))
        return 0
    before = json.loads(arguments.against.read_text(encoding="utf-8"))
    names = {(file, name) for some in (before, found) for file, each in some.items() for name in each}
    differing = [
        one for one in sorted(names) if before.get(one[0], {}).get(one[1]) != found.get(one[0], {}).get(one[1])
    ]
    for file, name in differing:
        print(f"differs: {file}: {name}")
    print(f"{len(files)} settings files, {len(names)} files, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
