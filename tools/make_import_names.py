"""Make src/onelist/data/import_names.tsv: the project of the package index that brings a module with another name.

    python tools/make_import_names.py NAMES [--most 5000] [--date 2026-11]

- NAMES is a text file with one project on each line, the most used first.

The program reads the list of files of the newest wheel of each project from the package index in the settings of pip
and uv, and nothing else of the wheel. A line is written for each module whose name is not that of the project. If
several projects bring a module, the most used one has it. ``CHOICES`` has the modules for which a person has decided.

``-`` stands for a module of Python. The third column says whether the index has a project with the name of the module:
``used`` if it is one of the projects that are read, ``yes`` if it is another one.
"""

from __future__ import annotations

import argparse
import datetime
import io
import os
import re
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import urllib3
from packaging.utils import canonicalize_name, parse_wheel_filename

from onelist.sources.installers import find_certificates, find_indexes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TARGET = Path(__file__).parents[1] / "src/onelist/data/import_names.tsv"
ACCEPT = "application/vnd.pypi.simple.v1+json"
TAIL = 1 << 17
PARTIAL = 206
OK = 200
NOT_IMPORTED = re.compile(
    r"tests?|testing|docs?|examples?|benchmarks?|scripts|tools|utils|src|build|dist|bin|lib|include|share|setup"
)
"""Modules that wheels contain by mistake, or that nobody imports by name."""
PRIVATE = re.compile(r"(?:.+\.)?_.*|.*__mypyc")
NOT_MEANT = re.compile(r".*-(?:nightly|stubs|preview|nspkg)|types-.*|tf-nightly.*")
"""Projects that bring the modules of another project, or only types."""
CHOICES = {"cv2": "opencv-python", "jupyter": "jupyter", "PySide6": "pyside6", "ansible": "ansible"}
"""The most used project is not the one that people mean: opencv-python-headless, for servers, cannot show a window."""
UNSEEN = {"mpl_toolkits": "matplotlib", **dict.fromkeys(("win32api", "win32con", "win32gui"), "pywin32")}
"""Modules that no wheel has at its top: a namespace, and those in a folder that pywin32 adds to ``sys.path``."""
REMOVED = frozenset(
    "aifc audioop cgi cgitb chunk crypt imghdr mailcap nntplib pipes sndhdr sunau telnetlib xdrlib".split()
)
"""Modules that Python 3.13 no longer has (PEP 594); projects bring them back."""
OTHERS = frozenset("Crypto attr docx faiss fitz serial slugify telegram".split())
"""Modules whose namesake is something else: its wheel was read, or pip could not install it, in November 2026."""
MODULE = re.compile(r"([A-Za-z]\w*)(?:\.py|(?:\.[\w-]+)?\.(?:so|pyd))")
HEADING = "module\tproject\tnamesake"


class Index:
    """Reads the lists of files of wheels."""

    def __init__(self) -> None:
        """Take the index and the certificates of pip and uv."""
        self._address = find_indexes(None, ()).indexes[0].address
        certificates = find_certificates() or os.environ.get("SSL_CERT_FILE", "")
        self._pool = urllib3.PoolManager(maxsize=32, timeout=60, retries=3, ca_certs=certificates or None)

    def modules(self, project: str) -> tuple[str, ...]:
        """Return the modules that the newest wheel of a project brings, each as it is imported.

        A namespace package is followed down to the first package with an ``__init__.py`` (PEP 420). A project without
        a wheel counts as one that brings a module with its own name.
        """
        try:
            file = self._newest_wheel(project)
            names = self._file_names(file) if file else []
        except (urllib3.exceptions.HTTPError, zipfile.BadZipFile, ValueError, KeyError):
            names = []
        return tuple(sorted(set(_modules(names)))) or (project.replace("-", "_"),)

    def namesake(self, module: str, projects: list[str]) -> str:
        """Return whether there is a project with the name of a module: ``used``, ``other``, ``yes`` or ``""``."""
        if "." in module:
            return ""
        name = str(canonicalize_name(module))
        if module in OTHERS:
            return "other"
        return "used" if name in projects else "yes" if self.has_files(name) else ""

    def has_files(self, project: str) -> bool:
        """Tell whether the index has a project with at least one file."""
        return bool(self._files(self._page(project)))

    def _page(self, project: str) -> str:
        return urljoin(self._address.rstrip("/") + "/", f"{canonicalize_name(project)}/")

    def _files(self, page: str) -> list[dict[str, Any]]:
        response = self._pool.request("GET", page, headers={"Accept": ACCEPT})
        return list(response.json()["files"]) if response.status == OK else []

    def _newest_wheel(self, project: str) -> str | None:
        page = self._page(project)
        files = self._files(page)
        wheels = [one for one in files if one["filename"].endswith(".whl") and not one.get("yanked")]
        stable = [one for one in wheels if not parse_wheel_filename(one["filename"])[1].is_prerelease] or wheels
        newest = max(stable, key=lambda one: parse_wheel_filename(one["filename"])[1], default=None)
        return urljoin(page, newest["url"]) if newest else None

    def _file_names(self, address: str) -> list[str]:
        tail = TAIL
        while True:
            response = self._pool.request("GET", address, headers={"Range": f"bytes=-{tail}"})
            content = response.data
            if response.status not in {OK, PARTIAL}:
                return []
            try:
                return _directory(content)
            except zipfile.BadZipFile:
                if response.status == OK or len(content) < tail:
                    raise
                tail *= 8


def _directory(content: bytes) -> list[str]:
    """Return the names of the files of a zip archive of which the end is known (APPNOTE.TXT of PKWARE, 4.3.16)."""
    end = content.rfind(b"PK\x05\x06")
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    if end < 0 or size > end:
        raise zipfile.BadZipFile
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def _modules(names: list[str]) -> Iterator[str]:
    """Yield the modules of a wheel."""
    files = [name for name in names if ".dist-info/" not in name and ".data/" not in name]
    packages = {name.removesuffix("/__init__.py").replace("/", ".") for name in files if name.endswith("/__init__.py")}
    for name in files:
        folders = name.split("/")[:-1]
        if not folders and (match := MODULE.fullmatch(name)):
            yield match[1]
        for depth in range(1, len(folders) + 1):
            dotted = ".".join(folders[:depth])
            if dotted in packages:
                yield dotted
                break


def rows(modules: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return module -> project, from project -> modules with the most used project first."""
    found: dict[str, str] = {}
    for project, names in modules.items():
        for name in () if NOT_MEANT.fullmatch(project) else names:
            if not (NOT_IMPORTED.fullmatch(name.partition(".")[0]) or PRIVATE.fullmatch(name)):
                found.setdefault(name, project)
    found |= {name: project for name, project in CHOICES.items() if name in found}
    return {
        name: project for name, project in sorted(found.items()) if "." in name or canonicalize_name(name) != project
    }


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=Path, help="the projects, the most used first")
    parser.add_argument("--most", type=int, default=5000, help="how many projects are read")
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    parser.add_argument("--date", default=today[:7], help="the date in the table (default: this month)")
    options = parser.parse_args()
    projects = [str(canonicalize_name(name)) for name in options.names.read_text(encoding="utf-8").split()]
    projects = list(dict.fromkeys(projects))[: options.most]
    index = Index()
    with ThreadPoolExecutor(24) as threads:
        modules = dict(zip(projects, threads.map(index.modules, projects), strict=True))
    head = (
        "# Modules whose name is not that of the project of the package index that brings them.",
        f"# date: {options.date}",
        f"# source: the files of the newest wheel of each of the {len(projects)} most used projects",
        "# renew: python tools/make_import_names.py NAMES",
        "# columns: the module as it is imported; the normalised name of the project, - for a part of Python; whether",
        "#   the index has a project with the name of the module: used, if many use it; other, if a person saw that",
        "#   it brings something else, and not the module that courses import",
        HEADING,
    )
    in_python = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    found = rows(modules) | UNSEEN
    table = found | dict.fromkeys(in_python - (found.keys() & REMOVED), "-")
    with ThreadPoolExecutor(24) as threads:
        namesakes = dict(zip(table, threads.map(lambda name: index.namesake(name, projects), table), strict=True))
    lines = [f"{name}\t{table[name]}\t{namesakes[name]}" for name in sorted(table)]
    TARGET.write_text("\n".join((*head, *lines)) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
