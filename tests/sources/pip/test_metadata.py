"""Metadata is judged as pip judges it: each case asks the real pip, and the real uv with the metadata for uv."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from onelist.sources.pip.metadata import REFUSED, JudgedMetadata, RefusedMetadata, judge
from tests.servers import JSON_TYPE, Answer, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PYTHON = (sys.version_info.major, sys.version_info.minor)
HERE = f"{PYTHON[0]}.{PYTHON[1]}"
HEAD = "Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n"


class Case(NamedTuple):
    """One project with release 1.0, which is plain, and release 2.0 with this metadata.

    Attributes:
        text: The metadata of 2.0.
        taken: What pip takes: the versions of the project and of its dependencies; None where it ends with an error.
        extra: The extra that is asked for.
        uv_differs: Whether uv decides otherwise if it is given the same metadata.
    """

    text: str | bytes
    taken: str | None
    extra: str = ""
    uv_differs: bool = True


WITH, WITHOUT, OLDER = "dep 1.0, x 2.0", "x 2.0", "x 1.0"


def required(requirement: str, taken: str | None, *, extra: str = "", extras: str = "", alike: bool = False) -> Case:
    declared = "".join(f"Provides-Extra: {one}\n" for one in extras.split())
    return Case(f"{HEAD}{declared}Requires-Dist: {requirement}\n", taken, extra, uv_differs=not alike)


def marked(marker: str, taken: str | None, *, extra: str = "", extras: str = "", alike: bool = False) -> Case:
    return required(f"dep; {marker}", taken, extra=extra, extras=extras, alike=alike)


def for_python(specifier: str, *, alike: bool = False) -> Case:
    return Case(f"{HEAD}Requires-Python: {specifier}\nRequires-Dist: dep\n", WITH, uv_differs=not alike)


CASES = [
    required("dep", WITH, alike=True),
    # requirements that pip refuses
    required("dep (>=0.1.*)", OLDER),
    required("dep>=0.1.*", OLDER),
    required("dep (>dev)", OLDER),
    required("dep,", OLDER),
    required("dep (1.0)", OLDER, alike=True),
    required("dep>=1 <2", OLDER, alike=True),
    required("dep[a,]", OLDER, alike=True),
    required("dep ;", OLDER, alike=True),
    required("dep; os_name == 'posix' # so", OLDER, alike=True),
    required("", OLDER, alike=True),
    required("dep;\n os_name == 'posix'", OLDER),
    required("=?utf-8?q?dep?=", OLDER),
    # requirements that uv does not read
    required("dep()", WITH),
    required("UNKNOWN", "unknown 1.0, x 2.0"),
    required("dep<99999999999999999999999", WITH),
    required("dep>=1,", WITH, alike=True),
    required("dep @ ./dep ; extra == 'a'", WITHOUT, extras="a"),
    required("dep @ https://example.org/dep.zip ; extra == 'a'", WITHOUT, extras="a", alike=True),
    # markers with versions that are none
    marked('python_version >= "3.6.*"', WITHOUT),
    marked('python_version <= "3.99.*"', WITHOUT),
    marked('python_full_version < "3.99.*"', WITHOUT),
    marked('implementation_version >= "3.8.*"', WITHOUT),
    marked('python_version == "dev"', WITHOUT),
    marked('python_version >= ""', WITHOUT),
    marked('python_version >= "3.6,<4"', WITHOUT),
    marked('python_version >= "1!3"', WITHOUT),
    marked('"3.6.*" <= python_version', WITHOUT),
    marked(f'"{HERE}.*" == python_version', WITHOUT),
    marked(f'python_version != "{HERE}+x"', WITH),
    marked(f'python_version > "{HERE}.0a1"', WITH),
    marked(f'python_version === "{HERE}"', WITH),
    marked(f'python_version in "{HERE}0"', WITH),
    marked(f'python_version not in "2.7,{HERE}0"', WITHOUT),
    marked('os_name == "posix" and (python_version > "3.5.*" or sys_platform == "win32")', WITHOUT, alike=True),
    marked('python_version >= "3.6.*" or os_name == "posix" or os_name == "nt"', WITH, alike=True),
    marked('"linux" == sys_platform or sys_platform != "linux"', WITH, alike=True),
    marked('sys_platform > "aaa"', WITHOUT, alike=True),
    marked("sys_platform == os_name", WITHOUT),
    # markers at which pip ends
    marked('python_version ~= "3"', None),
    marked('sys_platform ~= "linux"', None),
    marked('"a" in extras', None),
    marked('"linux" == "linux"', None),
    # extras
    marked('extra == "a"', WITHOUT, extra="a"),
    marked('extra == "A_b"', WITH, extra="a-B", extras="a.b", alike=True),
    marked('extra == "a" or os_name == "posix" or os_name == "nt"', WITH, extra="a", alike=True),
    marked('extra == "a" and python_version >= "3.6.*"', WITHOUT, extra="a", extras="a"),
    marked('extra == ""', WITH, extra="a", extras="a"),
    marked('extra > "A"', WITHOUT, extra="b", extras="b"),
    marked('extra not in "a"', WITHOUT, extra="a", extras="a"),
    marked('extra ~= "a"', None, extra="a", extras="a"),
    marked('extra != "a"', WITH, extra="a", extras="a", alike=True),
    marked('extra == "a" and extra == "b"', WITHOUT, extra="a,b", extras="a b", alike=True),
    # Requires-Python that pip cannot read
    for_python("3.6"),
    for_python(">=foo"),
    for_python(">=3.6 <4"),
    for_python("=>3.6"),
    for_python("*"),
    for_python("~=3"),
    for_python(">=3.99.*"),
    for_python("<3.8.*", alike=True),
    for_python("UNKNOWN", alike=True),
    for_python(">=3.6, <4", alike=True),
    Case(f"{HEAD}Requires-Python: no\nRequires-Python: >=3.99\nRequires-Dist: dep\n", WITH),
    # the headers
    Case("Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n", OLDER),
    Case("Metadata-Version: 2.1\nName: {name}\nVersion: 2.0+x\n", OLDER),
    Case("Metadata-Version: 2.1\nName: {name}\nVersion: 2.0.0\n", WITHOUT, uv_differs=False),
    Case("Metadata-Version: 2.1\nName: other\nName: {name}\nVersion: 2.0\n", OLDER),
    Case("Metadata-Version: 2.1\nName: other\nVersion: 2.0\n", OLDER),
    Case("Metadata-Version: 2.1\nName: {name} \nVersion: 2.0\n", OLDER, uv_differs=False),
    Case("Metadata-Version: 2.1\nVersion: 2.0\n", None),
    Case("Metadata-Version: 2.1\nName: {name}\n", None),
    Case("Metadata-Version: 2.1\nName: {name}\nVersion: not a version at all\n", None),
    Case(REFUSED, OLDER, uv_differs=False),
    Case("<html>Log in</html>", None),
    Case("", None),
    Case("\ufeff" + HEAD, None),
    Case("\n" + HEAD, None),
    Case((HEAD + "Author: é\n").encode("latin-1"), None),
    Case(f"{HEAD}Summary: one\ntwo\nRequires-Dist: dep\n", WITHOUT, uv_differs=False),
    Case(f"{HEAD}\nRequires-Dist: dep\n", WITHOUT, uv_differs=False),
    Case(f"{HEAD}requires-dist:dep\n".replace("\n", "\r\n"), WITH, uv_differs=False),
]
NUMBERED = {f"x{number}": case for number, case in enumerate(CASES)}
IDS = [repr(case.text)[-90:] for case in CASES]


ALONE = [name for name, case in NUMBERED.items() if case.taken is None or "Name: other" in str(case.text)]
"""The cases that end pip or uv; all others are asked in one call."""
QUESTIONS = [[name for name in NUMBERED if name not in ALONE], *([name] for name in ALONE)]


def metadata(name: str, version: str) -> bytes:
    if version != "2.0":
        return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    text = NUMBERED[name].text
    return text if isinstance(text, bytes) else text.replace("{name}", name).replace("dep", f"{name}-dep").encode()


def answer(path: str, _: Mapping[str, str]) -> Answer | None:
    """Answer as a package index: at /as-it-is/ with the metadata, at /judged/ with the metadata for uv."""
    if file := re.fullmatch(r"/(as-it-is|judged)/files/(\w+)-([\d.]+)-py3-none-any\.whl\.metadata", path):
        name, version = file[2].replace("_", "-"), file[3]
        given = metadata(name, version)
        if file[1] == "as-it-is":
            return Answer(given)
        judged = judge(given, name=name, version=version, python=PYTHON)
        return Answer(REFUSED if isinstance(judged, RefusedMetadata) else judged.text)
    page = re.fullmatch(r"/[a-z-]+/([\w-]+)/", path)
    if not page or page[1] not in {*NUMBERED, *(f"{name}-dep" for name in NUMBERED), "unknown"}:
        return None
    versions = ["1.0", "2.0"] if page[1] in NUMBERED else ["1.0"]
    names = [f"{page[1].replace('-', '_')}-{version}-py3-none-any.whl" for version in versions]
    files = [{"filename": name, "url": f"../files/{name}", "hashes": {}, "core-metadata": True} for name in names]
    content = {"meta": {"api-version": "1.1"}, "name": page[1], "versions": versions, "files": files}
    return Answer(json.dumps(content).encode(), JSON_TYPE)


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith(("PIP_", "UV_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "NO_PROXY": "127.0.0.1"}


_PIP = """
import contextlib, io, json, sys
from pip._internal.cli.main import main
answers = []
for arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    answers.append((code, out.getvalue(), err.getvalue()))
json.dump(answers, sys.stdout)
"""
"""Calls pip once for each list of arguments, in one process: starting it takes longer than most answers."""


def as_pip(url: str, questions: Sequence[Sequence[str]]) -> dict[str, str | None]:
    """Return what pip takes for each case of each question; None where it ends with an error."""
    options = ["install", "--dry-run", "--ignore-installed", "--quiet", "--no-cache-dir", "--report", "-"]
    calls = [[*options, "--index-url", f"{url}/as-it-is/", *map(wanted, names)] for names in questions]
    command = [sys.executable, "-c", _PIP]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment(), input=json.dumps(calls)
    )
    found: dict[str, str | None] = {}
    for names, (code, out, err) in zip(questions, json.loads(ran.stdout), strict=True):
        if code:
            assert "Traceback" in err, err  # pip itself breaks
            found |= dict.fromkeys(names)
            continue
        rows = [package["metadata"] for package in json.loads(out)["install"]]
        found |= in_words({row["name"]: row["version"] for row in rows}, names)
    return found


def as_uv(url: str, folder: str, names: Sequence[str]) -> dict[str, str | None]:
    """Return what uv takes for each case; None where it ends with an error."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "-", "--no-header", "--no-annotate", "--color", "never"),
        *("--no-cache", "--only-binary", ":all:", "--python", sys.executable, "--python-version", f"{HERE}.99"),
        *("--default-index", f"{url}/{folder}/"),
    ]
    text = "\n".join(map(wanted, names))
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), input=text)
    if ran.returncode:
        return dict.fromkeys(names)
    return in_words(dict(line.split("==") for line in ran.stdout.splitlines()), names)


def wanted(name: str) -> str:
    return f"{name}[{NUMBERED[name].extra}]" if NUMBERED[name].extra else name


def in_words(packages: Mapping[str, str], names: Sequence[str]) -> dict[str, str | None]:
    """Return for each case the versions of its project and of what only that requires."""
    found: dict[str, str | None] = {}
    for name in names:
        own = {"dep": f"{name}-dep", "x": name} | (
            {"unknown": "unknown"} if "Dist: UNKN" in str(NUMBERED[name]) else {}
        )
        rows = {key: packages[other].removesuffix(".0.0") for key, other in sorted(own.items()) if other in packages}
        found[name] = ", ".join(f"{key} {value}.0" if value == "2" else f"{key} {value}" for key, value in rows.items())
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(answer) as server:
        yield server.url


@pytest.mark.slow
def test_pip_itself_takes_what_the_cases_say(url: str) -> None:
    assert as_pip(url, QUESTIONS) == {name: case.taken for name, case in NUMBERED.items()}


@pytest.mark.slow
def test_uv_takes_the_same_from_the_judged_metadata(url: str) -> None:
    expected = {name: case.taken or OLDER for name, case in NUMBERED.items()}
    assert as_uv(url, "judged", list(NUMBERED)) == expected


@pytest.mark.slow
def test_the_kinds_that_are_called_different_are_those_that_uv_decides_otherwise(url: str) -> None:
    taken = {name: one for names in QUESTIONS for name, one in as_uv(url, "as-it-is", names).items()}
    differs = {name: taken[name] != case.taken for name, case in NUMBERED.items()}
    assert differs == {name: case.uv_differs for name, case in NUMBERED.items()}


@pytest.mark.parametrize("name", NUMBERED, ids=IDS)
def test_what_pip_refuses_is_refused(name: str) -> None:
    judged = judge(metadata(name, "2.0"), name=name, version="2.0", python=PYTHON)
    taken = NUMBERED[name].taken
    assert isinstance(judged, RefusedMetadata) == (taken in {None, OLDER})
    if isinstance(judged, RefusedMetadata):
        assert judged.fatal == (taken is None)
    else:
        assert (
            judged.text == metadata(name, "2.0")
            or judge(judged.text, name=name, version="2.0", python=PYTHON) == judged
        )


def judged(*lines: str, python: tuple[int, int] = (3, 12)) -> JudgedMetadata | RefusedMetadata:
    text = "Metadata-Version: 2.1\nName: X.y\nVersion: 1.0\n" + "".join(f"{line}\n" for line in lines)
    return judge(text.encode(), name="x-y", version="1", python=python)


def requires(*lines: str, python: tuple[int, int] = (3, 12)) -> tuple[str, ...]:
    found = judged(*lines, python=python)
    assert isinstance(found, JudgedMetadata), found
    return found.requires_dist


def test_metadata_that_needs_no_change_is_the_same_bytes() -> None:
    lines = (
        "Requires-Python: >=3.8,<4",
        "Provides-Extra: Full_1",
        "Requires-Dist: numpy (>=1.17,!=1.19.*,<3)",
        'Requires-Dist: tomli>=1.1.0; python_version < "3.11"',
        "Requires-Dist: pywin32 ; (sys_platform == 'win32') and extra == 'full-1'",
        'Requires-Dist: a[b,c] ~=1.2 ; platform_python_implementation != "PyPy" and python_full_version >= "3.8.1"',
        "",
        "# Title",
        "Requires-Dist: in the description",
    )
    found = judged(*lines)
    text = "Metadata-Version: 2.1\nName: X.y\nVersion: 1.0\n" + "".join(f"{line}\n" for line in lines)
    assert found == JudgedMetadata(
        requires_dist=tuple(line.partition(": ")[2] for line in lines[2:6]),
        requires_python=">=3.8,<4",
        provides_extra=("full-1",),
        text=text.encode(),
    )


def test_changed_metadata_holds_what_a_resolver_reads() -> None:
    found = judged(
        "Summary: no",
        "Requires-Python: no",
        "Provides-Extra: A_b",
        'Requires-Dist: c; extra == "none"',
        "Requires-Dist: d",
    )
    assert found == JudgedMetadata(
        requires_dist=("d",),
        requires_python="",
        provides_extra=("a-b",),
        text=b"Metadata-Version: 2.1\nName: x-y\nVersion: 1\nProvides-Extra: a-b\nRequires-Dist: d\n",
    )


def test_an_upper_bound_of_requires_python_stays() -> None:
    found = judged("Requires-Python: <3")
    assert isinstance(found, JudgedMetadata)
    assert found.requires_python == "<3"
    assert b"Requires-Python: <3\n" in found.text


@pytest.mark.parametrize(
    ("lines", "reason", "fatal"),
    [
        (
            ["Requires-Dist: a (>=5.1.*)"],
            "pip refuses a requirement in its metadata (.* suffix can only be used with `==` or `!=` operators)",
            False,
        ),
        (
            ["Requires-Dist: \x1b[2J"],
            "pip refuses a requirement in its metadata (Expected package name at the start of dependency specifier)",
            False,
        ),
        (
            ["Requires-Dist: a; os_name ~= '\x1b'"],
            "pip cannot evaluate a marker in its metadata (Undefined <Op('~=')> on 'posix' and '\\x1b'.)",
            True,
        ),
        (
            [f"Requires-Dist: a; python_version < '{'9' * 5000}'"],
            "pip cannot evaluate a marker in its metadata (Exceeds the limit (4300 digits) for integer string "
            "conversion: value has 5000 digits; use sys.set_int_max_str_digits() t)",
            True,
        ),
    ],
)
def test_the_reason_is_a_clause_that_is_safe_to_show(lines: list[str], reason: str, *, fatal: bool) -> None:
    assert judged(*lines) == RefusedMetadata(reason=reason, fatal=fatal)


def test_a_refusal_shows_the_name_and_version_that_were_found() -> None:
    text = b"Name: other\nVersion: 9\n"
    found = judge(text, name="x", version="1", python=(3, 12))
    assert found == RefusedMetadata(reason="its metadata is about other 9, another project")
    found = judge(text, name="Other", version="1", python=(3, 12))
    assert found == RefusedMetadata(reason="its metadata is about other 9, another version")


def test_the_kernel_of_a_machine_decides_for_each_platform() -> None:
    """pyobjc requires its frameworks by the version of Darwin; uv knows no version of a kernel."""
    assert requires('Requires-Dist: a; platform_release >= "20.0"') == ('a ; (sys_platform == "darwin")',)
    assert requires('Requires-Dist: a; platform_release < "9"') == ()
    assert requires('Requires-Dist: a; platform_release != "9"') == (
        'a ; (sys_platform == "darwin" or sys_platform == "win32")',
    )


def test_the_python_that_is_asked_for_decides() -> None:
    line = 'Requires-Dist: a; python_version in "3.9,3.10"'
    assert requires(line, python=(3, 10)) == ('a ; python_version >= "0"',)
    assert requires(line, python=(3, 11)) == ()
    assert requires(line, python=(3, 1)) == ('a ; python_version >= "0"',)


def test_text_inside_quotes_is_not_taken_for_an_atom() -> None:
    line = 'Requires-Dist: a; platform_version != \'x and python_version > "3.6.*"\' and python_version < "3.99.*"'
    assert requires(line) == ()
    line = line.replace('and python_version < "3.99.*"', 'or python_version < "3.99.*"')
    assert requires(line) == ('a ; platform_version != \'x and python_version > "3.6.*"\' or python_version < "0"',)


def test_many_extras_and_long_metadata_stay_cheap() -> None:
    extras = [f"Provides-Extra: e{number}" for number in range(500)]
    lines = [f'Requires-Dist: a{number}; extra == "none{number}"' for number in range(2000)]
    assert requires(*extras, *lines) == ()
    odd = [f'Requires-Dist: a{number}; extra > "none{number}"' for number in range(2000)]
    assert requires(*extras, *odd) == ()
