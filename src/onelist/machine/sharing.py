"""A report that can be pasted into a forum: without paths, names of people and machines, addresses and secrets."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from onelist.machine.programs import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from onelist.machine.facts import Facts

_NAMES = ("USER", "USERNAME", "LOGNAME", "SUDO_USER", "COMPUTERNAME", "HOSTNAME", "USERDOMAIN")
"""The variables with the name of a person or of a machine."""
_SHORTEST = 3
"""A shorter name of a person stands in too many words, and tells nobody anything."""
_WORDS = frozenset(
    "python python3 pip conda mamba jupyter ipython kernel root user users home local localhost admin base ir".split()
)
"""Names that are words of the report itself."""
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s'\"<>()]*[^\s'\"<>().,;]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(
    r"\b(?:gh[opsur]_|github_pat_|glpat-|hf_|pypi-|sk-|xox[abprs]-|AKIA|ASIA)[A-Za-z0-9_-]{10,}|\b\d+(?:\.\d+){3}:\d+\b"
)
"""A key of a well-known service, as a program may print it; and an address of a machine with a port."""
_PATH = re.compile(
    r"(?<![\w<>/.~\\-])(?:~[\w.-]*|[A-Za-z]:|<(?:folder \d+|active environment)>)?[\\/](?=[^\s\\/])"
    r"(?:[^'\":,;()<>\n]*[\\/])?(?P<name>[^\s'\":,;()<>\n\\/]*)"
)
"""An absolute path in a text that has it from elsewhere; a folder in it may have blanks in its name."""
_USUAL_FILE = re.compile(
    r"(?:[\w.+-]+\.(?:py|pth|so|pyd|dll|dylib|json|txt|conf|ini|toml)|METADATA|RECORD"
    r"|(?:python|pip|ipython|jupyter|conda|mamba|micromamba|pixi|uv|py)[\d.]*(?:\.exe)?)\.?$"
)
"""The names of files that stay: those that tell what is wrong."""
_KEPT_BELOW = ("<environment>", "<installation>")
"""The folders of which the rest of a path tells nothing about a person."""
_LABEL = re.compile(r"<[\w ]+>[\\/]")
_USUAL_KERNELS = re.compile(r"(?i)python ?3?(?: \(ipykernel\))?|R|ir")


def make_anonymous(
    facts: Facts, variables: Mapping[str, str], host: str, people: Iterable[str] = ()
) -> Callable[[str], str]:
    """Return a function that removes from a text what tells who or where the learner is.

    Args:
        facts: What was found, with the paths that are known.
        variables: The environment variables, with the name of the user.
        host: The name of the machine.
        people: Further names of the user.

    Returns:
        The function. It gives each folder one name, so that a reader sees which of them are the same.
    """
    public = _WORDS | set(facts.distributions) | {one.module for one in facts.imports} | {facts.wanted, ""}
    private = dict(reversed(tuple(_labels(facts, public))))
    known = _any_of(private)
    labels = {_key(text): label for text, label in private.items()}
    names = _any_of(name for name in _people(facts, variables, host, people) if name.lower() not in public)
    named = re.compile(rf"<[\w ]+>|{names.pattern}")
    numbers: dict[str, str] = {}

    def numbered(folder: str) -> str:
        return numbers.setdefault(_key(folder.rstrip("\\/")), f"<folder {len(numbers) + 1}>")

    def of_known(match: re.Match[str]) -> str:
        return labels[_key(match[0])] or numbered(match[0])

    def of_path(match: re.Match[str]) -> str:
        name = match["name"]
        folder = match[0][: len(match[0]) - len(name)]
        folder = folder.rstrip("\\/") if _LABEL.fullmatch(folder) else numbered(folder)
        return f"{folder}/{name if not name or _USUAL_FILE.match(name) else '<file>'}"

    def anonymous(text: str) -> str:
        text = _ADDRESS.sub("<address>", _TOKEN.sub("<secret>", text))
        text = _PATH.sub(of_path, known.sub(of_known, text))
        return named.sub(lambda match: match[0] if match[0].startswith("<") else "<name>", text)

    return anonymous


def without_paths(text: str) -> str:
    """Return a text without folders, addresses and secrets, where nothing is known of the machine."""
    text = _ADDRESS.sub("<address>", _TOKEN.sub("<secret>", text))
    return _PATH.sub(lambda match: f"<folder>/{match['name'] if _USUAL_FILE.match(match['name']) else '<file>'}", text)


def _key(text: str) -> str:
    return text.casefold()


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of some texts, the longest that fits."""
    return re.compile("|".join(map(_pattern, sorted(texts, key=len, reverse=True))) or r"(?!)")


def _pattern(text: str) -> str:
    """Return the pattern of a text that is private, where it is not a part of a longer word."""
    if _is_path(text):
        flags = "i" if "\\" in text else ""  # a path of Windows, where case does not count
        return rf"(?{flags}:(?<![\w.-]){re.escape(text)}(?![\w-]))"
    return rf"(?i:(?<![^\W_]){re.escape(text)}(?![^\W_]))"


def _labels(facts: Facts, public: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts that are private, each with its replacement, ``""`` for a number; the first of a text counts."""
    seen: list[str] = []
    for path, label in _folders(facts):
        if len(path.rstrip("\\/")) > 1 and (label or not any(path.startswith(one) for one in seen)):
            seen += [path] if label in _KEPT_BELOW else []
            yield from ((form, label) for form in _forms(path))
    for text, label in _kernels(facts):
        if text.strip().lower() not in public:
            yield from ((form, label) for form in (text, repr(text)[1:-1]))
    for setting in facts.settings:
        if any(mark in setting.value for mark in "./\\:@"):
            yield setting.value, "<address>"


def _kernels(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the names that people give to kernels and environments."""
    for number, kernel in enumerate(facts.kernels, start=1):
        for text in (kernel.title, kernel.name):
            if not _USUAL_KERNELS.fullmatch(text):
                yield text, f"<kernel {number}>"
    yield facts.variables.get("CONDA_DEFAULT_ENV", ""), "<active environment>"


def _people(facts: Facts, variables: Mapping[str, str], host: str, people: Iterable[str]) -> Iterator[str]:
    names = [variables.get(key, "") for key in _NAMES] + [host, host.partition(".")[0], Path(facts.home).name]
    names += [word for person in people for word in (person, *person.split())]
    yield from (name for name in names if len(name) >= _SHORTEST)


def _forms(path: str) -> Iterator[str]:
    """Yield the ways in which a path is written in a report: as it is, resolved, and within quotes."""
    for one in dict.fromkeys((path, resolved(path))):
        plain = one.rstrip("\\/")
        yield from dict.fromkeys((plain, shlex.quote(plain).strip("'"), repr(plain)[1:-1], plain.replace("\\", "/")))


def _folders(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the folders that are known, those with a name of their own first."""
    python, variables = facts.python, facts.variables
    yield python.prefix, "<environment>"
    yield python.base_prefix, "<installation>"
    for key in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        yield variables.get(key, ""), "<active environment>"
    yield facts.home, "~"
    for key in ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "JUPYTER_PATH"):
        yield from ((folder, "") for folder in variables.get(key, "").split(os.pathsep))
    yield from ((folder, "") for folder in (*python.path, python.purelib, python.scripts, python.user_site))
    files = [
        *(file for one in facts.programs for file in (one.path, one.interpreter)),
        *(file for one in facts.kernels for file in (one.file, one.interpreter)),
        *(file for one in facts.imports for file in (one.file, one.origin)),
        *facts.leftovers,
        python.executable,
        python.culprit,
        variables.get("PYTHONSTARTUP", ""),
    ]
    yield from ((str(Path(file).parent), "") for file in files if _is_path(file))
    for file in (one.origin for one in facts.settings if _is_path(one.origin)):
        yield (str(Path(file).parent), "") if _USUAL_FILE.match(Path(file).name) else (file, "<file>")


def people_of_this_machine() -> Iterator[str]:
    """Yield the names under which the system knows the user: the login and the full name; none on Windows."""
    with suppress(ImportError, KeyError, OSError):
        import pwd

        entry = pwd.getpwuid(os.getuid())
        yield entry.pw_name
        yield entry.pw_gecos.partition(",")[0]
