"""Small lists of the kinds in which pip and other resolvers differ, each with the indexes that they ask.

``@a`` in a text is a project of this case only. A kind has a first case and siblings of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pages import Project, Release, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Held = Mapping[str, tuple[Release, ...] | Project]
    Row = tuple[str, Held] | tuple[str, Held, Held]

REFUSED = (24, 1)
"""The first pip that refuses metadata which PEP 440 and 508 do not allow (its packaging is 22 or newer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A list and what the indexes hold.

    Attributes:
        kind: What it is about.
        number: Which one of its kind.
        requirements: The list, separated by commas, without ``@``.
        projects: What the main index holds.
        others: What a second index holds; empty for no second index.
        since: The first pip that answers as today's does.
    """

    kind: str
    number: int
    requirements: tuple[str, ...]
    projects: Mapping[str, Project]
    others: Mapping[str, Project]
    since: tuple[int, ...]

    @property
    def title(self) -> str:
        """Its name."""
        return f"{self.kind} {self.number}"

    @property
    def slug(self) -> str:
        """Its name in names of projects."""
        return _slug(self.kind, self.number)


def _slug(kind: str, number: int) -> str:
    return f"{re.sub(r'[^a-z]+', '-', kind.lower()).strip('-')}-{number}"


def v(version: str, *depends: str, **more: object) -> Release:
    """Return a release with a wheel."""
    return replace(Release(version=version, depends=depends), **more)  # type: ignore[arg-type]


def s(version: str, *depends: str, source: Source | None = None, **more: object) -> Release:
    """Return a release that has only a source distribution."""
    return v(version, *depends, wheels=(), sources=(source or Source(),), **more)


def both(version: str, *depends: str, source: Source | None = None, **more: object) -> Release:
    """Return a release with a wheel and a source distribution."""
    return v(version, *depends, sources=(source or Source(),), **more)


def many(count: int) -> tuple[Release, ...]:
    """Return so many releases, from version 1 on."""
    return tuple(v(str(number)) for number in range(1, count + 1))


C = Source(compiled=True)
ZIP = Source(kind="zip")
_SOURCES: dict[str, tuple[Row, ...]] = {
    "only a source": (
        ("@a", {"a": (s("1"),)}),
        ("@a", {"a": (v("1", "@b"),), "b": (s("2"),)}),
        ("@a", {"a": (s("2", "@b>=2"), v("1", "@b")), "b": (v("1"), v("2"))}),
        ("@a @b", {"a": (s("1", "@b<2"),), "b": (v("1"), v("2"))}),
        ("@a @b>=2", {"a": (s("1", "@b<2"),), "b": (v("1"), v("2"))}),
        ("@a", {"a": (s("1", "@missing"),)}),
        ("@a[x]", {"a": (s("1", '@b; extra == "x"', extras=("x",)),), "b": (v("1"),)}),
        ("@a", {"a": (s("1", '@missing; python_version < "3"', "@b; python_version >= '3'"),), "b": (v("1"),)}),
    ),
    "a source as zip": (
        ("@a", {"a": (s("1", "@b", source=ZIP),), "b": (v("1"),)}),
        ("@a", {"a": (v("1", wheels=(), sources=(Source(), ZIP)),)}),
        ("@a", {"a": (s("1", "@b", source=Source(kind="zip", says="static")),), "b": (s("3", source=ZIP),)}),
        ("@a @b>=2", {"a": (s("1", "@b<2", source=ZIP),), "b": (v("1"), v("2"))}),
    ),
    "a source that says what it needs": (
        ("@a", {"a": (s("1", "@b<2", source=Source(says="static")),), "b": (v("1"), v("2"))}),
        ("@a", {"a": (s("1", source=Source(says="nothing")),)}),
        ("@a @b>=2", {"a": (s("1", "@b<2", source=Source(says="static")),), "b": (v("1"), v("2"))}),
        ("@a", {"a": (both("1", "@b", source=Source(says="nothing"), wheels=("cp36-cp36m-win32",)),), "b": (v("1"),)}),
    ),
    "an old name of a source": (
        ("@a-b", {"a-b": (s("1", source=Source(stem="@a-b-1")),)}),
        ("@a-b", {"a-b": Project(spelling="@A.B", releases=(s("1.0", source=Source(stem="@A.B-1.0")),))}),
        ("@a", {"a": (s("1.14.19.post2", source=Source(stem="@a-1.14.19.post-2")), v("1.14"))}),
        ("@A_b>=1.0", {"a-b": (s("1", "@C.d"),), "c-d": (s("1.0.0", source=Source(stem="@c-d-1.0.0")),)}),
    ),
    "a compiled source": (
        ("@a", {"a": (s("2", source=C), v("1", wheels=("cp311-cp311-manylinux_2_17_x86_64",)))}),
        ("@a", {"a": (s("1", source=C),)}),
        ("@a", {"a": (v("1", "@b"),), "b": (both("2", wheels=("cp39-cp39-win_amd64",), source=C), v("1"))}),
        ("@a", {"a": (v("2", wheels=("cp39-cp39-manylinux_2_17_x86_64",), sources=(C,)), v("1"))}),
        ("@a @b", {"a": (s("2", "@b<2", source=C), v("1")), "b": (v("1"), v("2"))}),
    ),
    "a source that lies": (
        ("@a", {"a": (s("2", source=Source(metadata="Metadata-Version: 2.1\nName: other\nVersion: 2\n")), v("1"))}),
        ("@a", {"a": (s("2", source=Source(metadata="Metadata-Version: 2.1\nName: {name}\nVersion: 9\n")), v("1"))}),
        ("@a", {"a": (s("2", source=Source(content=b"<html>Log in</html>")),)}),
        ("@a==1", {"a": (s("2", source=Source(content=b"<html>Log in</html>")), v("1"))}),
    ),
    "a source that is damaged": (
        ("@a", {"a": (s("2", "@b", source=Source(damage="cut off")),), "b": (v("1"),)}),
        ("@a", {"a": (s("2", "@b", source=Source(damage="a link")),), "b": (v("1"),)}),
        ("@a", {"a": (s("2", "@b", source=Source(kind="zip", damage="an absolute path")),), "b": (v("1"),)}),
        ("@a", {"a": (s("2", "@b", source=Source(damage="no metadata")),), "b": (v("1"),)}),
        ("@a<2", {"a": (s("2", "@b", source=Source(damage="cut off")), v("1")), "b": (v("1"),)}),
    ),
    "a source that refuses to build": (
        ("@a", {"a": (s("1", source=Source(broken="use another name", says="nothing")),)}),
        ("@a<2", {"a": (s("2", source=Source(broken="use another name")), v("1"))}),
        ("@a", {"a": (both("2", source=Source(broken="never built")), v("1"))}),
        ("@a", {"a": (v("1", "@b"),), "b": (s("1", source=Source(broken="no compiler", compiled=True)),)}),
    ),
}
_METADATA: dict[str, tuple[Row, ...]] = {
    "metadata that pip refuses": (
        ("@a", {"a": (v("2", "@b (>=5.1.*)"), v("1", "@b")), "b": (v("5.2"),)}),
        ("@a", {"a": (v("2", "@b (>dev)"), v("1")), "b": (v("5.2"),)}),
        ("@a", {"a": (v("2", "@b>=1.*"),), "b": (v("5.2"),)}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("2", "@c~=1.*"), v("1")), "c": (v("1"),)}),
        ("@a", {"a": (v("2", "@b (>=5.1.*)", separate=False), v("1")), "b": (v("5.2"),)}),
        ("@a", {"a": (v("2", "@b >= 1 <2"), v("1")), "b": (v("1"),)}),
        ("@a==2", {"a": (v("2", "@b (>=5.1.*)"), v("1")), "b": (v("5.2"),)}),
        ("@a", {"a": (v("2", metadata="Metadata-Version: 2.1\nName: {name}\nVersion: 3\n"), v("1"))}),
    ),
    "Requires-Python that cannot be read": (
        ("@a", {"a": (v("2", python=">=3.6.*"), v("1"))}),
        ("@a", {"a": (v("2", metadata_python=">=3.6.*"), v("1"))}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("1", python=">=3,<4,!=3.x"),)}),
        ("@a", {"a": (s("2", python=">=3.6.*"), v("1"))}),
        ("@a", {"a": (v("2", python="3"), v("1"))}),
    ),
    "an upper bound of Requires-Python": (
        ("@a", {"a": (v("2", python=">=3.6,<3.8"), v("1"))}),
        ("@a", {"a": (v("2", python="<3.8"), v("1", python="<3.8"))}),
        ("@a", {"a": (*(v(f"2.{n}", python="<3.8") for n in range(40)), v("1"))}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("2", python="<3.8"), v("1"))}),
        ("@a", {"a": (v("2", python="!=3.11.*,!=3.12.*,!=3.13.*,!=3.14.*"), v("1"))}),
        ("@a", {"a": (v("2", metadata_python="<3.8"), v("1"))}),
        ("@a @b", {"a": (v("1", "@b>=2"),), "b": (v("2", python="<3.8"), v("1"))}),
    ),
    "extras that are not declared": (
        ("@a[x]", {"a": (v("1", '@missing; extra == "x"'),)}),
        ("@a", {"a": (v("1", "@b[x]"),), "b": (v("1", '@c; extra == "x"'),), "c": (v("1"),)}),
        ("@a[Foo_Bar]", {"a": (v("1", '@b; extra == "foo-bar"', extras=("foo-bar",)),), "b": (v("1"),)}),
        ("@a[foo.bar]", {"a": (v("1", '@b; extra == "foo_bar"', extras=("foo_bar",)),), "b": (v("1"),)}),
        (
            "@a[all]",
            {"a": (v("1", '@a[x]; extra == "all"', '@b; extra == "x"', extras=("all", "x")),), "b": (v("1"),)},
        ),
        ("@a[x]", {"a": (v("2"), v("1", '@b; extra == "x"', extras=("x",))), "b": (v("1"),)}),
    ),
    "markers with versions that are none": (
        ("@a", {"a": (v("1", '@missing; python_version >= "3.6.*"'),)}),
        ("@a", {"a": (v("1", '@b; python_version < "3.6.*"'),), "b": (v("1"),)}),
        ("@a", {"a": (v("1", '@missing; python_version == "2.x"'),)}),
        ("@a", {"a": (v("1", '@b; platform_release >= "2"'),), "b": (v("1"),)}),
        ("@a", {"a": (v("1", '@missing; python_version in "2.6 2.7"'),)}),
        ("@a", {"a": (v("1", '@b; sys_platform != "plan9" and os_name != "x"'),), "b": (v("1"),)}),
    ),
    "a wheel that is none": (
        ("@a", {"a": (v("2", content=b"<html>Log in</html>"), v("1"))}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("2", content=b"PK\x05\x06" + bytes(18)),)}),
        ("@a<2", {"a": (v("2", content=b"<html>Log in</html>"), v("1"))}),
        ("@a @b", {"a": (v("1", content=b""),), "b": (v("1"),)}),
    ),
}
_CHOICES: dict[str, tuple[Row, ...]] = {
    "a yanked release": (
        ("@a==1", {"a": (v("2"), v("1", yanked=True))}),
        ("@a", {"a": (v("1", "@b==1"),), "b": (v("2"), v("1", yanked=True))}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("1", "@c==1"),), "c": (v("2"), v("1", yanked=True))}),
        ("@a", {"a": (v("1", "@b===1"),), "b": (v("2"), v("1", yanked=True))}),
        (
            "@a",
            {
                "a": (v("1", "@b[x]==1"),),
                "b": (v("2"), v("1", '@c; extra == "x"', extras=("x",), yanked=True)),
                "c": (v("1"),),
            },
        ),
        ("@a<2", {"a": (v("2"), v("1", yanked=True))}),
        ("@a==1.*", {"a": (v("2"), v("1.5", yanked=True))}),
        ("@a==1.*", {"a": (v("1.4"), v("1.5", yanked=True))}),
        ("@a", {"a": (v("1", yanked=True),)}),
        ("@a @b", {"a": (v("2", "@b==1"), v("1", "@b")), "b": (v("2"), v("1", yanked=True))}),
        ("@a", {"a": (v("1", "@b==1"),), "b": (v("2"), s("1", yanked=True))}),
        ("@a>=1 @b", {"a": (v("2", yanked=True), v("1.5")), "b": (v("1", "@a"),)}),
    ),
    "a pre-release": (
        ("@a", {"a": (v("1rc1"), v("1b2"))}),
        ("@a>=1.1,<2a0", {"a": (v("1.2b1"), v("1.1"))}),
        ("@a>=2.0rc1", {"a": (v("2.0rc2"), v("1"))}),
        ("@a", {"a": (v("1", "@b>=2.0a1"),), "b": (v("2.0b1"), v("1"))}),
        ("@a>=2", {"a": (v("2.1rc1"), v("1"))}),
        ("@a @b", {"a": (v("1", "@b"),), "b": (v("2.dev3"), v("2.dev1"))}),
        ("@a @b", {"a": (v("1", "@c>=1"),), "b": (v("1", "@c>=1rc1"),), "c": (v("2rc1"), v("1"))}),
        ("@a", {"a": (v("2rc1"), v("1", python="<3.8"))}),
        ("@a==1.0rc1", {"a": (v("1.0rc1"), v("1.0"))}),
        ("@a", {"a": (v("1.post1"), v("1"), v("1.1.dev0"))}),
    ),
    "a version in another spelling": (
        ("@a==1", {"a": (v("1.0.0"),)}),
        ("@a", {"a": (v("1!0.5"), v("2"))}),
        ("@a", {"a": (v("1.0+cpu"), v("1.0"))}),
        ("@a==1.0+cpu", {"a": (v("1.0+cpu"), v("1.0"))}),
        ("@a===1.0", {"a": (v("1"), v("1.0"))}),
        ("@a~=1.2", {"a": (v("1.10"), v("1.9"), v("2"))}),
        ("@a!=1.2.*,>1", {"a": (v("1.2.1"), v("1.1"))}),
    ),
    "wheels of other machines": (
        ("@a", {"a": (v("2", wheels=("cp311-cp311-win_amd64",)), v("1"))}),
        ("@a", {"a": (v("2", wheels=("cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64")),)}),
        ("@a", {"a": (v("2", wheels=("cp36-abi3-manylinux2014_x86_64",)), v("1"))}),
        ("@a", {"a": (v("2", wheels=("py2-none-any",)), v("1", wheels=("py2.py3-none-any",)))}),
        ("@a", {"a": (v("2", wheels=("cp311-cp311-musllinux_1_2_x86_64",)), v("1"))}),
        ("@a", {"a": (v("2", wheels=("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-any")),)}),
        ("@a @b", {"a": (v("1", "@b>=2"),), "b": (v("2", wheels=("cp311-none-win32",)), v("1"))}),
    ),
    "conflicts": (
        ("@a @b", {"a": (v("1", "@c<2"),), "b": (v("1", "@c>=2"),), "c": (v("1"), v("2"))}),
        ("@a @b", {"a": (v("2", "@c<2"), v("1")), "b": (v("1", "@c>=2"),), "c": (v("1"), v("2"))}),
        ("@a", {"a": (v("1", "@b"),), "b": (v("1", "@a"),)}),
        ("@a>=1 @b", {"a": (v("2", "@b<1"), v("1", "@b")), "b": (v("1", "@a<2"), v("0.5"))}),
        ("@a", {"a": (v("1", "@missing"),)}),
        ("@a", {"a": (v("2", "@missing"), v("1"))}),
        ("@a @b", {"a": (*(v(str(n), f"@c=={n}") for n in range(1, 12)),), "b": (v("1", "@c<4"),), "c": many(11)}),
    ),
    "direct addresses": (
        ("@a", {"a": (v("1", "@b @ {url}/simple/@b/@b-2-py3-none-any.whl"),), "b": (v("3"), v("2"))}),
        ("@a", {"a": (v("1", "@b @ {url}/simple/@b/@b-2.tar.gz"),), "b": (v("3"), s("2"))}),
        ("@a @b>=3", {"a": (v("1", "@b @ {url}/simple/@b/@b-2-py3-none-any.whl"),), "b": (v("3"), v("2"))}),
        ("@a", {"a": (v("2", "@b @ {url}/simple/@b/@b-9-py3-none-any.whl"), v("1")), "b": (v("3"),)}),
    ),
    "markers of the list": (
        ('@missing; sys_platform == "plan9", @a', {"a": (v("1"),)}),
        ('@a; python_version >= "3.8", @b', {"a": (v("1"),), "b": (v("1"),)}),
        ('@a<2; python_version < "3.8", @a>=2; python_version >= "3.8"', {"a": (v("1"), v("2"))}),
        ('@missing; implementation_name == "pypy", @a', {"a": (s("1"),)}),
    ),
    "the status of a project": (
        ("@a", {"a": Project(releases=(v("1"),), status="archived")}),
        ("@a", {"a": Project(releases=(), status="quarantined")}),
        ("@a", {"a": Project(releases=(v("1", "@b"),)), "b": Project(releases=(v("1"),), status="deprecated")}),
        ("@a @b", {"a": Project(releases=(s("1"),), status="archived"), "b": Project(releases=(v("1"),))}),
    ),
}
_INDEXES: dict[str, tuple[Row, ...]] = {
    "several indexes": (
        ("@a", {"a": (v("1"),)}, {"a": (v("2"),)}),
        ("@a", {"a": (v("1"),)}, {"a": (s("2"),)}),
        ("@a", {"a": (s("1"),)}, {"a": (v("1"),)}),
        ("@a", {"a": (v("1", "@b"),)}, {"b": (v("1", "@c"),), "c": (s("1"),)}),
        ("@a>=1", {"a": (v("1", yanked=True),)}, {"a": (v("1"),)}),
        ("@a", {"a": (v("1.0"),)}, {"a": (v("1.0+cpu"),)}),
    ),
}
_REFUSED = {
    "metadata that pip refuses",
    "Requires-Python that cannot be read",
    "a source that lies",
    "markers with versions that are none",
}
"""Kinds that an old pip answers in another way."""
FAULTY = {
    "a source that lies",
    "a source that is damaged",
    "a source that refuses to build",
    "a wheel that is none",
    "direct addresses",
}
"""Kinds about which it may be unknown what pip does: it would have to run a build, or to ask other servers."""


def all_cases() -> Iterator[Case]:
    """Yield every case."""
    for kinds in (_SOURCES, _METADATA, _CHOICES, _INDEXES):
        for kind, rows in kinds.items():
            for number, row in enumerate(rows, 1):
                listed, held, *other = row
                yield Case(
                    kind=kind,
                    number=number,
                    requirements=_listed(listed, _slug(kind, number)),
                    projects=_projects(held, _slug(kind, number)),
                    others=_projects(other[0], _slug(kind, number)) if other else {},
                    since=REFUSED if kind in _REFUSED else (22, 3),
                )


def _listed(text: str, slug: str) -> tuple[str, ...]:
    parts = text.split(", ") if ";" in text else text.split()
    return tuple(_named(part, slug) for part in parts)


def _projects(held: Mapping[str, tuple[Release, ...] | Project], slug: str) -> dict[str, Project]:
    found = {}
    for name, what in held.items():
        project = what if isinstance(what, Project) else Project(releases=what)
        releases = tuple(_release(release, slug) for release in project.releases)
        found[f"{slug}-{name}"] = replace(project, releases=releases, spelling=_named(project.spelling, slug))
    return found


def _release(release: Release, slug: str) -> Release:
    depends = tuple(_named(item, slug) for item in release.depends)
    sources = tuple(replace(source, stem=_named(source.stem, slug)) for source in release.sources)
    return replace(release, depends=depends, sources=sources)


def _named(text: str, slug: str) -> str:
    """Return a text with the names of a case: ``@a`` becomes ``slug-a``; in the name of a wheel ``-`` becomes ``_``."""
    wheels = re.sub(r"/@([A-Za-z][\w.-]*?)(?=-\d)", lambda match: f"/{slug.replace('-', '_')}_{match[1]}", text)
    return re.sub(r"@([A-Za-z][\w.-]*)", lambda match: f"{slug}-{match[1]}", wheels)
