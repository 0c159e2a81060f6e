"""A report that can be pasted into a forum: without paths, names of people and machines, addresses and secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from onelist.machine.facts import Facts

_NAMES = ("USER", "USERNAME", "LOGNAME", "SUDO_USER", "COMPUTERNAME", "HOSTNAME", "USERDOMAIN")
"""The variables with the name of a person or of a machine."""
_SHORTEST = 3
"""A shorter name stands in too many words, and tells nobody anything."""
_WORDS = frozenset("python pip conda mamba jupyter ipython kernel root user users home local localhost admin".split())
"""Names that are words of the report itself."""
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PATH = re.compile(
    r"(?<![\w<>:/.~-])(?:~?/(?:[^\s/'\":,;]+/)*|[A-Za-z]:[\\/](?:[^\\/\s'\":,;]+[\\/])*|\\\\[^\s'\"]+\\)(?=[^\s/])"
)
"""The folder of an absolute path, in a text that has it from elsewhere."""
_USUAL_KERNELS = re.compile(r"(?i)python ?3?(?: \(ipykernel\))?|python3")


def make_anonymous(facts: Facts, variables: Mapping[str, str], host: str) -> Callable[[str], str]:
    """Return a function that removes from a text what tells who or where the learner is.

    Args:
        facts: What was found, with the paths that are known.
        variables: The environment variables, with the name of the user.
        host: The name of the machine.

    Returns:
        The function. It gives each folder one name, so that a reader sees which of them are the same.
    """
    known = dict(_known(facts))
    ordered = sorted((path for path in known if len(path) > 1), key=len, reverse=True)
    names = {variables[key] for key in _NAMES if variables.get(key)} | {
        host,
        host.partition(".")[0],
        Path(facts.home).name,
    }
    words = sorted(
        (name for name in names if len(name) >= _SHORTEST and name.lower() not in _WORDS), key=len, reverse=True
    )
    named = (
        re.compile("|".join(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])" for word in words), re.IGNORECASE)
        if words
        else None
    )
    numbers: dict[str, str] = {}

    def other_folder(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"<folder {len(numbers) + 1}>/")

    def anonymous(text: str) -> str:
        text = _ADDRESS.sub("<address>", text)
        for path in ordered:
            text = text.replace(path, known[path])
        text = _PATH.sub(other_folder, text)
        return named.sub("<name>", text) if named else text

    return anonymous


def _known(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the texts that are known to be private, each with its replacement; the first of a text counts."""
    python = facts.python
    yield from (
        (kernel.title, f"<kernel {number}>")
        for number, kernel in enumerate(facts.kernels, start=1)
        if not _USUAL_KERNELS.fullmatch(kernel.title)
    )
    yield from (
        (kernel.name, f"<kernel {number}>")
        for number, kernel in enumerate(facts.kernels, start=1)
        if not _USUAL_KERNELS.fullmatch(kernel.name)
    )
    if name := facts.variables.get("CONDA_DEFAULT_ENV"):
        yield name, "<active environment>"
    for key, label in (("VIRTUAL_ENV", "<active environment>"), ("CONDA_PREFIX", "<active environment>")):
        if path := facts.variables.get(key):
            yield path, label
    yield python.base_prefix, "<installation>"
    yield python.prefix, "<environment>"
    yield facts.home, "~"
