"""Locked packages -> pylock.toml (PEP 751), through the classes of packaging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.pylock import Package, PackageSdist, PackageWheel, Pylock
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from onelist.core.targets import PLATFORMS, python_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.core.lock import LockedPackage
    from onelist.core.targets import Target


def pylock_toml(packages: Sequence[LockedPackage], targets: Sequence[Target]) -> str:
    """Return a lock for pip and uv.

    Args:
        packages: What is installed; on one machine each project at most once.
        targets: The machines; on others, pip and uv refuse the lock.

    Returns:
        The content of pylock.toml, without a heading.
    """
    import tomli_w  # not at the top: few commands write TOML

    lock = Pylock(
        lock_version=Version("1.0"),
        environments=[_marker([target]) for target in targets],
        requires_python=SpecifierSet(f">={python_words(min(target.python for target in targets))}"),
        created_by="onelist",
        packages=[_package(one, targets) for one in packages],
    )
    lock.validate()
    return tomli_w.dumps(lock.to_dict())


def _package(locked: LockedPackage, targets: Sequence[Target]) -> Package:
    wheels = [
        PackageWheel(name=one.name, url=one.url, size=one.size, hashes={"sha256": one.sha256})
        for one in locked.files
        if one.is_wheel
    ]
    sources = [
        PackageSdist(name=one.name, url=one.url, size=one.size, hashes={"sha256": one.sha256})
        for one in locked.files
        if not one.is_wheel
    ]
    return Package(
        name=canonicalize_name(locked.name),
        version=locked.version,
        marker=None if set(locked.targets) == set(targets) else _marker(locked.targets),
        sdist=sources[0] if sources else None,
        wheels=wheels or None,
    )


def _marker(targets: Sequence[Target]) -> Marker:
    """Return a marker (PEP 508) that holds on some machines."""
    return Marker(" or ".join(f"({_machine(target)})" for target in targets))


def _machine(target: Target) -> str:
    markers = PLATFORMS[target.platform].markers
    parts = (
        f'python_version == "{python_words(target.python)}"',
        f'sys_platform == "{markers["sys_platform"]}"',
        f'platform_machine == "{markers["platform_machine"]}"',
    )
    return " and ".join(parts)
