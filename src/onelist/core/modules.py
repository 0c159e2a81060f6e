"""Which modules an installed distribution brings: those that its metadata declares, else those of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SUFFIXES = (".py", ".so", ".pyd")
_BY_MISTAKE = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks"})
"""Modules that distributions contain by mistake; users do not import them."""


def declared_modules(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the modules that metadata declares for users (core metadata, ``Import-Name``, PEP 794).

    Args:
        lines: The values of ``Import-Name``, such as ``fastai`` and ``fastai._speed; private``.
    """
    parts = ([part.strip() for part in line.split(";")] for line in lines)
    return tuple(name for name, *rest in parts if name and "private" not in rest)


def shipped_modules(paths: Iterable[str]) -> frozenset[str]:
    """Return the modules that files are; a namespace package (PEP 420) is followed down to the first package.

    A folder such as ``faiss_cpu.libs`` holds libraries and no module.

    Args:
        paths: The files of RECORD, relative to site-packages, with ``/``
            (https://packaging.python.org/en/latest/specifications/recording-installed-packages).
    """
    files = [tuple(path.split("/")) for path in paths if path.endswith(_SUFFIXES)]
    files = [parts for parts in files if ".." not in parts and all(part.isidentifier() for part in parts[:-1])]
    packages = {parts[:-1] for parts in files if parts[-1].split(".")[0] == "__init__"}
    found = {parts[0].split(".")[0] for parts in files if len(parts) == 1}
    for parts in files:
        depths = [depth for depth in range(1, len(parts)) if parts[:depth] in packages]
        found.update(".".join(parts[:depth]) for depth in depths[:1])
    return frozenset(found or {parts[0] for parts in files})


def listed_modules(shipped: Collection[str], tops: Collection[str]) -> tuple[str, ...]:
    """Return the modules that ``top_level.txt`` does not exclude, sorted.

    Args:
        shipped: The modules of the files.
        tops: The names in ``top_level.txt``; empty if there is none.
    """
    listed = {module for module in shipped if module.partition(".")[0] in tops}
    return tuple(sorted(listed or tops or shipped))


def is_imported(name: str) -> bool:
    """Tell whether users import a module: it is a name, not private, and not there by mistake."""
    parts = name.split(".")
    are_public = all(part.isidentifier() and not part.startswith("_") for part in parts)
    return are_public and not is_by_mistake(name)


def is_by_mistake(name: str) -> bool:
    """Tell whether a module is one that distributions contain by mistake, such as their tests."""
    return name.partition(".")[0] in _BY_MISTAKE
