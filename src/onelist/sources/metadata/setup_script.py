"""setup.py and setup.cfg of a source distribution -> the requirements that they name; nothing is run.

A setup.py is a program, so only a plain one is read: one call of ``setup``, keywords that setuptools takes as they are,
and literals for the requirements. Whatever else is in it, the requirements are not known.

The rules are those of setuptools (``_core_metadata.py``, ``_reqs.py``, ``config/setupcfg.py``), with which pip builds
each setup.py, those with ``distutils.core.setup`` too. setup.cfg counts for what setup.py does not say.
"""

from __future__ import annotations

import ast
import configparser
import re
import threading
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST = 1 << 16
"""The longest setup.py that is read, in characters: its syntax tree takes far more memory."""
_TITLE = "setup.py of a source distribution"
"""What stands for the file name in warnings of the parser."""
_SILENCE = ("ignore", None, Warning, re.compile(re.escape(_TITLE)), 0)
"""The filter of ``warnings`` for that name."""
_FILTERS = threading.Lock()
_SETUP = {"setuptools": "setuptools.setup", "distutils.core": "distutils.core.setup"}
_PLAIN = frozenset(
    "name version description long_description long_description_content_type author author_email maintainer "
    "maintainer_email url download_url project_urls packages py_modules package_dir package_data exclude_package_data "
    "data_files scripts entry_points classifiers keywords license license_file license_files platforms zip_safe "
    "include_package_data ext_modules ext_package libraries headers include_dirs namespace_packages test_suite "
    "test_loader tests_require provides obsoletes dependency_links use_scm_version".split()
)
"""The keywords of ``setup`` that leave the requirements alone. Old setuptools had more; they end a build today."""
_READ = frozenset({"install_requires", "extras_require", "python_requires", "setup_requires", "cmdclass", "requires"})
_TOOLS = frozenset(
    "cffi cython flake8 nose numpy pybind11 pypandoc pytest pytest-runner setuptools setuptools-git "
    "setuptools-markdown setuptools-scm six sphinx wheel".split()
)
"""What a build may require: none of them adds requirements, as pbr and setupmeta do."""
_OTHER_COMMANDS = frozenset(
    "bdist_rpm build_doc build_docs build_ext build_sphinx clean coverage doc docs flake8 lint publish pytest release "
    "sdist test tests tox upload upload_docs".split()
)
"""Commands that do not write the metadata (``dist_info`` and ``egg_info`` do), and on which those do not depend."""
_MODULES = frozenset(
    "__future__ ast builtins codecs collections configparser contextlib copy ctypes datetime distutils errno fnmatch "
    "functools glob importlib inspect io itertools json locale logging operator os pathlib pickle platform posixpath "
    "re runpy setuptools shlex shutil stat string struct subprocess sys sysconfig tarfile tempfile textwrap time "
    "traceback types typing unittest urllib warnings zipfile".split()
)
"""Modules that each Python has, and setuptools. The build ends where another one is imported and is not there."""
_PREDICATE = re.compile(r"\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*(\(\s*[<>=!]=?\s*\d+(\.\d+){1,2}\s*\))?\s*")
"""A value of ``requires`` at which distutils does not end (``distutils/versionpredicate.py``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRequirements:
    """What setup.py and setup.cfg say about requirements.

    Attributes:
        requires_python: Requires-Python; ``""`` if there is none.
        install_requires: The requirements (PEP 508).
        extras_require: Each extra, perhaps with a condition (``dev:os_name == "nt"``), and its requirements.
    """

    requires_python: str = ""
    install_requires: tuple[str, ...] = ()
    extras_require: tuple[tuple[str, tuple[str, ...]], ...] = ()


class _UnknownError(Exception):
    """The files do not say plainly what is required."""


def read_setup(script: str, config: str = "") -> SetupRequirements | None:
    """Read setup.py and setup.cfg.

    Args:
        script: The text of setup.py.
        config: The text of setup.cfg; ``""`` if there is none.

    Returns:
        The requirements; None if they are known only to who runs setup.py.
    """
    if len(script) > _LONGEST or "\ufffd" in script + config:  # the latter: it was not UTF-8
        return None
    try:
        first, second = _from_script(script), _from_config(config)
        return SetupRequirements(
            requires_python=first.requires_python or second.requires_python,
            install_requires=first.install_requires or second.install_requires,
            extras_require=first.extras_require or second.extras_require,
        )
    except (_UnknownError, SyntaxError, ValueError, RecursionError, MemoryError, configparser.Error):
        return None


def is_plain_build(backend: object, requires: Iterable[str]) -> bool:
    """Tell whether a build runs setup.py, with no tool that adds requirements.

    Args:
        backend: ``build-backend`` of pyproject.toml (PEP 517); None if it names none.
        requires: ``requires`` of pyproject.toml (PEP 518).
    """
    try:
        _check_tools(requires)
    except _UnknownError:
        return False
    return backend in {None, "setuptools.build_meta", "setuptools.build_meta:__legacy__"}


# --- setup.py -----------------------------------------------------------------------------------------------------


def _from_script(text: str) -> SetupRequirements:
    tree = _parse(text)
    if any(map(_ends, tree.body)) or not all(map(_is_there, _imports(tree.body))):
        raise _UnknownError
    script = _Script(tree)
    keywords = script.keywords()
    if not keywords.keys() <= _PLAIN | _READ:
        raise _UnknownError
    _check_tools(script.lines(keywords.get("setup_requires")))
    if not {name for name, _ in script.items(keywords.get("cmdclass"))} <= _OTHER_COMMANDS:
        raise _UnknownError
    if not all(map(_PREDICATE.fullmatch, script.lines(keywords.get("requires")))):
        raise _UnknownError
    extras = script.items(keywords.get("extras_require"))
    return SetupRequirements(
        requires_python=_specifier(script.text(keywords.get("python_requires"))),
        install_requires=_requirements(script.lines(keywords.get("install_requires"))),
        extras_require=tuple((name, _requirements(script.lines(lines))) for name, lines in extras),
    )


def _parse(text: str) -> ast.Module:
    """Parse, without a word on standard error about the style of a stranger.

    ``warnings.catch_warnings`` holds for all threads, so it would swallow their warnings. This filter is about no other
    file. The end of somebody's ``catch_warnings`` removes it, so each call looks for it.
    """
    with _FILTERS:
        if _SILENCE not in warnings.filters:
            warnings.filterwarnings("ignore", module=_SILENCE[3].pattern)
    return ast.parse(text, _TITLE)


def _ends(statement: ast.stmt) -> bool:
    """Tell whether a statement ends the program."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _dotted(statement.value.func) in {"sys.exit", "exit", "quit", "os._exit"}
    return isinstance(statement, ast.Raise)


def _imports(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the modules that are imported whenever the program runs, where no ``try`` catches that they are missing."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield "." * statement.level + (statement.module or "")
        elif isinstance(statement, ast.If | ast.With | ast.For | ast.While):
            yield from _imports([*statement.body, *getattr(statement, "orelse", [])])
        elif isinstance(statement, ast.Try) and not statement.handlers:
            yield from _imports(statement.body)


def _is_there(module: str) -> bool:
    return module.partition(".")[0] in _MODULES


class _Names(NamedTuple):
    """The names of a program.

    Attributes:
        bound: How often each name is bound: by assignments, imports, definitions, parameters.
        loaded: Where each name is used.
        setups: How often each name is bound by an import that makes it ``setup``, or a module that has it.
    """

    bound: Counter[str]
    loaded: Mapping[str, Sequence[ast.Name]]
    setups: Counter[str]


class _Script:
    """A setup.py: the call of ``setup``, and the literals that names stand for."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = _names(tree)
        self._values: dict[str, ast.expr] = dict(chain.from_iterable(map(_assigned, tree.body)))
        self._call = self._setup_call(tree)
        self._inside = set(map(id, ast.walk(self._call)))

    def _setup_call(self, tree: ast.Module) -> ast.Call:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        setups = [call for call in calls if self._is_setup(call.func) or _dotted(call.func).split(".")[-1] == "setup"]
        if len(setups) != 1 or not self._is_setup(setups[0].func) or setups[0].args:
            raise _UnknownError
        return setups[0]

    def _is_setup(self, function: ast.expr) -> bool:
        """Tell whether a function is ``setup`` of setuptools or distutils, and nothing else by that name."""
        path = _dotted(function)
        name = path.partition(".")[0]
        if not self._names.setups[name] or self._names.bound[name] != self._names.setups[name]:
            return False
        return path in _SETUP.values() or (path == name and len(self._names.loaded[name]) == 1)

    def keywords(self) -> dict[str, ast.expr]:
        """Return the keywords of the call, those of a dictionary behind ``**`` too."""
        found: dict[str, ast.expr] = {}
        for keyword in self._call.keywords:
            if keyword.arg is None:
                rows = self.items(keyword.value)
                self._inside |= set(map(id, ast.walk(self._resolve(keyword.value))))
            else:
                rows = [(keyword.arg, keyword.value)]
            if not found.keys().isdisjoint(name for name, _ in rows):
                raise _UnknownError
            found |= rows
        return found

    def _resolve(self, value: ast.expr) -> ast.expr:
        """Return the value of a name that is assigned once, whatever happens, and is used for ``setup`` only."""
        if not isinstance(value, ast.Name):
            return value
        uses = self._names.loaded.get(value.id, ())
        is_constant = self._names.bound[value.id] == 1 and not self._names.bound["*"]
        if value.id not in self._values or not is_constant or not all(id(use) in self._inside for use in uses):
            raise _UnknownError
        return self._values[value.id]

    def text(self, value: ast.expr | None) -> str:
        """Return a text; ``""`` for None."""
        found = self._resolve(value) if value else None
        if found is None or (isinstance(found, ast.Constant) and found.value is None):
            return ""
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            return found.value
        raise _UnknownError

    def lines(self, value: ast.expr | None) -> tuple[str, ...]:
        """Return the lines of a text, or of all texts of a list."""
        found = self._resolve(value) if value else None
        texts = map(self.text, found.elts) if isinstance(found, ast.List | ast.Tuple) else [self.text(found)]
        return tuple(_lines(chain.from_iterable(text.splitlines() for text in texts)))

    def items(self, value: ast.expr | None) -> list[tuple[str, ast.expr]]:
        """Return the keys and values of a dictionary; none for None."""
        found = self._resolve(value) if value else ast.Dict([], [])
        if not isinstance(found, ast.Dict) or None in found.keys:
            raise _UnknownError
        rows = [(self.text(key), one) for key, one in zip(found.keys, found.values, strict=True)]
        if len(dict(rows)) < len(rows):
            raise _UnknownError
        return rows


def _names(tree: ast.Module) -> _Names:
    names = _Names(Counter(), {}, Counter())
    loaded: dict[str, list[ast.Name]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loaded.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _see_import(node, names)
        elif not isinstance(node, ast.keyword | ast.alias | ast.Attribute):
            names.bound.update(_bound(node))
    if not loaded.keys().isdisjoint({"globals", "locals", "vars", "exec", "execfile"}):
        names.bound["*"] += 1
    return names._replace(loaded=loaded)


def _see_import(node: ast.Import | ast.ImportFrom, names: _Names) -> None:
    module = node.module if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        names.bound[name] += 1
        is_function = module in _SETUP and alias.name == "setup"
        is_module = not module and alias.asname is None and name in {"setuptools", "distutils"}
        names.setups[name] += is_function or is_module


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a part of a program binds: its fields ``id``, ``arg``, ``name``, ``names``, ``rest``."""
    for key in ("id", "arg", "name", "names", "rest"):
        found = getattr(node, key, None)
        yield from (one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str))


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name and the value of a plain assignment."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if value and len(targets) == 1 and isinstance(targets[0], ast.Name):
        yield targets[0].id, value


def _dotted(node: ast.expr) -> str:
    """Return a name with dots; ``""`` for what is none."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


# --- setup.cfg ----------------------------------------------------------------------------------------------------


def _from_config(text: str) -> SetupRequirements:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    options = dict(parser["options"]) if parser.has_section("options") else {}
    extras = dict(parser["options.extras_require"]) if parser.has_section("options.extras_require") else {}
    if "cmdclass" in options or any("-" in key or key != key.lower() for key in options):
        raise _UnknownError
    _check_tools(_listed(options.get("setup_requires", "")))
    return SetupRequirements(
        requires_python=_specifier(options.get("python_requires", "")),
        install_requires=_requirements(_listed(options.get("install_requires", ""))),
        extras_require=tuple((name, _requirements(_listed(value))) for name, value in extras.items()),
    )


def _listed(value: str) -> list[str]:
    """Return the lines of a value, or its parts between semicolons if it has one line only."""
    if value.strip().startswith(("file:", "attr:")):
        raise _UnknownError
    return list(_lines(value.splitlines() if "\n" in value else value.split(";")))


# --- both ---------------------------------------------------------------------------------------------------------


def _lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without comments and empty lines."""
    stripped = (line.strip().partition(" #")[0] for line in lines)
    return (line for line in stripped if line and not line.startswith("#"))


def _requirements(lines: Iterable[str]) -> tuple[str, ...]:
    """Return requirements; setuptools refuses to build with one that is invalid."""
    return tuple(line for line in lines if _project(line))


def _check_tools(requirements: Iterable[str]) -> None:
    if not all(_project(line) in _TOOLS for line in requirements):
        raise _UnknownError


def _project(requirement: str) -> str:
    """Return the normalised name in a requirement."""
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        raise _UnknownError from None


def _specifier(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        raise _UnknownError from None
    return text.strip()
