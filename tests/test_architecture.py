"""Imports run one way and never in a circle, and only the command line knows argparse and the terminal."""

from __future__ import annotations

import ast
import functools
import re

import pytest

from tests.architecture import (
    FILES,
    FLOORS,
    MOST_LINES,
    Import,
    all_imports,
    calls,
    circles,
    mentions,
    mutable_in_frozen,
    read_tree,
    room_of,
    wrong_direction,
)
from tests.helpers import ROOT

SOURCE = ROOT / "src/onelist"
MODULES = read_tree(SOURCE)
ROOMS = sorted(path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__")
BELOW_CLI = {name: text for name, text in MODULES.items() if room_of(name) not in {"cli", "__main__"}}
TERMINAL = frozenset({"print", "input", "sys.stdin", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"})
each_module = pytest.mark.parametrize("module", sorted(MODULES))
each_module_below_cli = pytest.mark.parametrize("module", sorted(BELOW_CLI))


@functools.cache
def imports() -> tuple[Import, ...]:
    """Return every import in the source; only the processes that need it parse the source."""
    return tuple(all_imports(MODULES))


# --- the house -----------------------------------------------------------------------------------------------


def test_every_room_has_a_floor_and_every_floor_exists() -> None:
    modules = {room_of(name) for name in MODULES}
    assert modules == {room for floor in FLOORS for room in floor}


def test_the_map_in_the_design_document_shows_the_same_floors() -> None:
    _, drawn, *_ = (ROOT / "docs/design.md").read_text(encoding="utf-8").split("```")
    lines = [line for line in drawn.splitlines() if line[:1].isdigit()]
    shown = [set(re.findall(r"(?:^\d+ +| {3,})(\w+)(?:/|\.py)(?= |$)", line)) for line in reversed(lines)]
    assert shown == [set(floor) for floor in FLOORS if floor not in {("data",), ("onelist",)}]


def test_imports_run_down_from_floor_to_floor() -> None:
    assert len(imports()) > 300
    assert wrong_direction(imports()) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(imports()) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms = {(room_of(one.importer), room_of(one.imported)) for one in imports()}
    between = [Import(importer=a, imported=b, line=0) for a, b in rooms if a != b]
    assert len(between) > 20
    assert circles(between) == []


def test_no_folders_inside_a_room_import_each_other_in_a_circle() -> None:
    inside = {name.rpartition(".")[0] for name in MODULES if name.count(".") > 2}  # onelist.sources.pypi and others
    folders = [(folder_of(one.importer, inside), folder_of(one.imported, inside)) for one in imports()]
    between = [Import(importer=a, imported=b, line=0) for a, b in set(folders) if a and b and a != b]
    assert len(between) > 1
    assert circles(between) == []


def folder_of(module: str, folders: set[str]) -> str:
    """Return the folder inside a room that holds a module; ``""`` for a module of the room itself."""
    return next((folder for folder in folders if f"{module}.".startswith(f"{folder}.")), "")


def test_beside_the_rooms_lie_only_four_files() -> None:
    files = {path.name for path in SOURCE.iterdir() if not path.is_dir()}
    assert files == FILES
    assert set(ROOMS) == {room for floor in FLOORS for room in floor} - {"api", "onelist", "__main__"}


ACROSS_ROOMS = frozenset({"fuzz"})
"""Folders of tests that go through several rooms, from what a file or a server says to the report."""


def test_tests_mirror_the_rooms() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    mirrored = sorted(folder for folder in folders if str(folder) not in ACROSS_ROOMS)
    assert [str(folder) for folder in mirrored if not (SOURCE / folder).is_dir()] == []
    assert {folder.parts[0] for folder in folders if folder.parts} >= set(ROOMS) - {"data"}


@pytest.mark.parametrize(
    "package", sorted({name for name in MODULES if (SOURCE.parent / name.replace(".", "/")).is_dir()})
)
def test_the_init_of_a_package_is_one_sentence_and_at_most_exports(package: str) -> None:
    first, *rest = ast.parse(MODULES[package]).body
    assert isinstance(first, ast.Expr)
    assert re.fullmatch(r"[^\n]+\.", ast.literal_eval(first.value))
    if package != "onelist":  # it offers what api has, and loads it when it is used
        assert [ast.unparse(one) for one in rest if not exports(one)] == []


def exports(node: ast.stmt) -> bool:
    """Tell whether a statement only names what a package offers."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.ImportFrom)


@each_module
def test_a_module_is_one_noun(module: str) -> None:
    assert MODULES[module].count("\n") <= MOST_LINES


@each_module_below_cli
def test_only_the_command_line_knows_argparse(module: str) -> None:
    assert mentions(BELOW_CLI[module], frozenset({"argparse", "argparse.Namespace"})) == []


@each_module_below_cli
def test_only_the_command_line_writes_to_the_terminal(module: str) -> None:
    assert mentions(BELOW_CLI[module], TERMINAL) == []


@each_module
def test_nothing_in_a_frozen_dataclass_can_change(module: str) -> None:
    assert mutable_in_frozen(MODULES[module]) == []


TOUCHES = frozenset({"read_bytes", "read_text", "write_bytes", "write_text", "open"})
TOUCH_FILES = {
    "onelist.cli.commands.merge": ["open"],  # the reports that its arguments name
    "onelist.cli.main": ["open"],  # the null device
    "onelist.cli.watcher": ["open"],  # how much memory is free
    "onelist.cli.output": ["open"],  # the summary of a job on GitHub
    "onelist.settings.exported": ["open"],  # the first kilobyte, to look for the header
    "onelist.settings.editing.template": ["read_text"],  # data of onelist
    "onelist.publish.draft": ["read_text"],  # what follows are files in our own temporary folders
    "onelist.publish.folder": ["read_bytes"],
    "onelist.publish.repository": ["read_bytes"],
    "onelist.publish.feedstock.recipe_text": ["write_text"],
    "onelist.publish.feedstock.update": ["open"],  # an sdist in memory
    "onelist.publish.upload": ["read_text"],
    "onelist.publish.install_lines": ["open"],  # no file: the client of the indexes
}
"""The modules of the rooms that know the folder of a list, and how they touch files themselves."""


def test_the_files_of_a_list_are_touched_in_one_place_only() -> None:
    rooms = {"settings", "translation", "checks", "publish", "reports", "cli", "api"}
    found = {name: calls(text, TOUCHES) for name, text in MODULES.items() if room_of(name) in rooms}
    assert {name: called for name, called in found.items() if called} == TOUCH_FILES


def test_programs_are_started_in_two_places_only() -> None:
    starts = frozenset(
        {"Popen", "_Program", "create_subprocess_exec", "create_subprocess_shell", "system", "popen", "spawnv", "execv"}
    )
    found = {name: calls(text, starts) for name, text in MODULES.items()}
    assert {name: called for name, called in found.items() if called} == {
        "onelist.core.system.programs": ["_Program"],
        "onelist.sources.pip.uv": ["create_subprocess_exec"],
    }
    names = frozenset({"subprocess.run", "subprocess.check_output", "subprocess.check_call", "subprocess.call"})
    assert [name for name, text in MODULES.items() if mentions(text, names)] == []
    popen = frozenset({"subprocess.Popen"})
    assert [name for name, text in MODULES.items() if mentions(text, popen)] == ["onelist.core.system.programs"]


def test_no_address_of_a_package_index_is_written_anywhere() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "anaconda" + ".org", "/" + "root/", "/" + "work/"]
    files = [
        path for path in ROOT.rglob("*") if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".ini", ".tsv"}
    ]
    ours = [path for path in files if not {"dist", ".venv"} & set(path.relative_to(ROOT).parts)]
    assert len(ours) > 50
    found = [(path.name, host) for path in ours for host in hosts if host in path.read_text(encoding="utf-8")]
    assert found == []


# --- the checks themselves -----------------------------------------------------------------------------------

HOUSE = {
    "onelist": "",
    "onelist.core": "",
    "onelist.core.text": "def printable() -> str: ...\n",
    "onelist.sources": "",
    "onelist.sources.http": "from onelist.core.text import printable\n",
    "onelist.checks": "",
    "onelist.checks.base": "from onelist.core import text\n",
    "onelist.checks.pins": "from onelist.checks.base import text\n",
}
"""A small house in which every import is right."""


def planted(module: str, text: str) -> list[Import]:
    """Return the imports of the small house with one more line in one of its modules."""
    return all_imports(HOUSE | {module: f"{HOUSE[module]}{text}\n"})


def test_the_small_house_has_no_violation() -> None:
    imports = all_imports(HOUSE)
    assert [(one.importer, one.imported) for one in imports] == [
        ("onelist.checks.base", "onelist.core.text"),
        ("onelist.checks.pins", "onelist.checks.base"),
        ("onelist.sources.http", "onelist.core.text"),
    ]
    assert wrong_direction(imports) == []
    assert circles(imports) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("from onelist.checks.base import text", id="at the top"),
        pytest.param("from onelist.checks import base", id="the module from its room"),
        pytest.param("import onelist.checks.base as b", id="import with a name"),
        pytest.param("def late():\n    from onelist.checks.base import text", id="in a function"),
        pytest.param("class C:\n    async def late(self):\n        import onelist.checks.base", id="in a method"),
        pytest.param("if TYPE_CHECKING:\n    from onelist.checks.base import text", id="for type checkers"),
        pytest.param("try:\n    from onelist.checks.base import text\nexcept ImportError:\n    pass", id="in try"),
        pytest.param("from ..checks.base import text", id="relative"),
        pytest.param("from ..checks import base", id="relative, the module from its room"),
        pytest.param("import_module('onelist.checks.base')", id="by name"),
        pytest.param("importlib.import_module('..checks.base', __package__)", id="by a relative name"),
        pytest.param("__import__('onelist.checks.base')", id="by the built-in function"),
        pytest.param("for name in ('base', 'gone'):\n    import_module(f'onelist.checks.{name}')", id="by an f-string"),
        pytest.param("T = {'a': 'base'}\nimport_module(f'onelist.checks.{T[x]}')", id="by a table and an f-string"),
        pytest.param("T = {'a': 'onelist.checks.base'}\nimport_module(T[x])", id="by a table"),
    ],
)
def test_an_import_up_the_floors_is_seen(text: str) -> None:
    imports = planted("onelist.core.text", text)
    (wrong,) = wrong_direction(imports)
    assert re.fullmatch(r"onelist\.core\.text:\d imports onelist\.checks\.base", wrong)
    assert circles(imports) == [["onelist.checks.base", "onelist.core.text"]]


def test_an_import_that_nobody_can_read_is_a_violation() -> None:
    imports = planted("onelist.sources.http", "from os import name\nimport_module(name)")
    assert wrong_direction(imports) == ["onelist.sources.http:3 imports ?"]


def test_an_import_between_rooms_of_one_floor_is_seen() -> None:
    house = HOUSE | {"onelist.reports": "", "onelist.reports.sarif": "def f():\n    from onelist.checks import pins\n"}
    assert wrong_direction(all_imports(house)) == ["onelist.reports.sarif:2 imports onelist.checks.pins"]


@pytest.mark.parametrize(
    "text",
    ["def late():\n    from onelist.checks.pins import x", "if TYPE_CHECKING:\n    from .pins import x"],
    ids=["in a function", "for type checkers"],
)
def test_a_circle_inside_a_room_is_seen(text: str) -> None:
    imports = planted("onelist.checks.base", text)
    assert wrong_direction(imports) == []
    assert circles(imports) == [["onelist.checks.base", "onelist.checks.pins"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("if TYPE_CHECKING:\n    import argparse", ["2: argparse"]),
        ("from argparse import Namespace", ["1: argparse", "1: argparse.Namespace"]),
        ("def f(a: argparse.Namespace): ...", ["1: argparse", "1: argparse.Namespace"]),
        ("def f():\n    print('x')", ["2: print"]),
        ("from sys import stderr", ["1: sys.stderr"]),
        ("say = sys.stdout.write", ["1: sys.stdout"]),
        ("# print() and sys.stdout\n'argparse.Namespace'\nself.print()", []),
    ],
)
def test_argparse_and_the_terminal_are_seen(text: str, found: list[str]) -> None:
    names = frozenset({"argparse", "argparse.Namespace", "print", "sys.stdout", "sys.stderr"})
    assert mentions(text, names) == found


def test_calls_of_functions_and_methods_are_seen() -> None:
    text = "Path(x).read_text()\nopen(x)\n# path.open()\nread_bytes = 1\nsubprocess.Popen([x])"
    assert calls(text, frozenset({"read_text", "open", "read_bytes", "Popen"})) == ["Popen", "open", "read_text"]


@pytest.mark.parametrize(
    ("member", "found"),
    [
        ("known: dict[str, int]", ["3: Kept.known"]),
        ("known: tuple[collections.deque[int], ...]", ["3: Kept.known"]),
        ("known: list[str] | None = None", ["3: Kept.known"]),
        ("known: Mapping[str, int] = field(default_factory=dict)", ["3: Kept.known"]),
        ("known: Sequence[int] = []", ["3: Kept.known"]),
        ("known: Mapping[str, int] = field(default={})", ["3: Kept.known"]),
        ("known: Mapping[str, int] = dict()", ["3: Kept.known"]),
        ("read: Callable[[str], None] = field(repr=False)", []),
        ("@cached_property\n    def known(self): ...", ["4: Kept.known"]),
        ("@functools.cached_property\n    def known(self): ...", ["4: Kept.known"]),
        (
            "known: Mapping[str, frozenset[int]]\n    many: tuple[int, ...] = ()\n    ALL: ClassVar[dict[str, int]] = {}",
            [],
        ),
        ("@property\n    def known(self) -> dict[str, int]: ...", []),
    ],
)
def test_what_can_change_in_a_frozen_dataclass_is_seen(member: str, found: list[str]) -> None:
    assert mutable_in_frozen(f"@dataclasses.dataclass(frozen=True)\nclass Kept:\n    {member}\n") == found
    assert mutable_in_frozen(f"@dataclass(slots=True)\nclass Open:\n    {member}\n") == []
