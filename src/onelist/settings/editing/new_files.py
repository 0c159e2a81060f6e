"""The files beside a new settings.ini that people expect of a repository: README.md, LICENSE and .gitignore."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from onelist.core.data import read_rows, read_table
from onelist.settings.project import LICENSE_NAMES, README_NAMES
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.core.model import Settings

_GITIGNORE = """\
# What onelist build writes
/dist/

# Python and Jupyter
__pycache__/
.ipynb_checkpoints/
.venv/
"""


class NewFile(StrEnum):
    """A file beside settings.ini that ``onelist init`` can write."""

    README = "readme"
    LICENSE = "license"
    GITIGNORE = "gitignore"

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.other_names[0]

    @property
    def other_names(self) -> tuple[str, ...]:
        """The names under which it may exist, its own name first."""
        return {NewFile.README: README_NAMES, NewFile.LICENSE: LICENSE_NAMES, NewFile.GITIGNORE: (".gitignore",)}[self]

    def existing(self, folder: Path, lib_name: str) -> str | None:
        """Return the name of the file of this kind that a folder has; None for none.

        Args:
            folder: The folder of settings.ini.
            lib_name: The name of the package, which a README can have in its name.
        """
        own = [name.replace("README", f"README-{lib_name}") for name in README_NAMES] if self is NewFile.README else []
        names = (name for name in (*own, *self.other_names) if (folder / name).exists() or (folder / name).is_symlink())
        return next(names, None)


def new_file_text(kind: NewFile, settings: Settings, year: int) -> str | None:
    """Return the text of a new file.

    Args:
        kind: Which file.
        settings: The list.
        year: The year of the copyright notice.

    Returns:
        The text; None for a licence whose text onelist does not have.
    """
    if kind is NewFile.GITIGNORE:
        return _GITIGNORE
    return _readme(settings) if kind is NewFile.README else _license_text(settings, year)


def known_licenses() -> dict[str, str]:
    """Return the licences whose texts onelist has: SPDX name to the file in the room ``data``."""
    return {name: f"license_texts/{file}" for name, file in read_rows("license_texts.tsv")}


def _license_text(settings: Settings, year: int) -> str | None:
    file = known_licenses().get(settings.license or "")
    if file is None:
        return None
    holder = settings.author or settings.user or f"The authors of {settings.lib_name}"
    return read_table(file).replace("[year]", str(year)).replace("[fullname]", holder)


def _readme(settings: Settings) -> str:
    parts = [f"# {settings.lib_name}"]
    if settings.description:
        parts.append(settings.description)
    parts += [
        "This package contains no code. It installs everything that the course needs; `settings.ini` has the list.",
        "## Install",
        "With pip:",
        f"    python -m pip install {settings.name}",
    ]
    if settings.conda_user:
        channels = dict.fromkeys([settings.conda_user, *settings.conda_channels])
        options = " ".join(f"-c {channel}" for channel in channels)
        parts += ["With conda or mamba:", f"    conda install {options} {make_plan(settings).name}"]
    return "\n\n".join(parts) + "\n"
