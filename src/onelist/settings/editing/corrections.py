"""A line of a list with commands, bullets, typographic quotes and the like -> the names that were meant.

A line gets one finding with the whole text that was meant, in place of one finding for each word.
"""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from onelist.settings.tokens import parse_requirement
from onelist.translation.import_names import project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Correction(NamedTuple):
    """What was meant by a line of a list.

    Attributes:
        text: The requirements, separated by spaces; ``""`` if the line has none.
        reason: Why the line is no list, as the end of a sentence.
    """

    text: str
    reason: str


_OPTIONS_WITH_VALUE = frozenset(
    "-c --channel -n --name -p --prefix -f --find-links -i --index-url --extra-index-url -t --target --python".split()
)
_SIGNS = frozenset({"...", "&", "+", "|", "/", "-", ";", ","})
"""What people write between names, or after them."""
_WORDS = frozenset({"and", "or", "install", "etc", "etc.", "latest"})
"""Words that are no names of packages where they stand between names."""
_INSTALLERS = (
    r"(?:(?:pip3?|conda|mamba|micromamba|pipx|pipenv)\s+install|(?:uv|poetry|pixi|pdm|rye)\s+add|easy_install)"
)
_SYSTEM = re.compile(
    r"[!%]?\s*(?:sudo\s+)?(?:apt(?:-get)?|brew|dnf|yum|zypper|choco|winget|snap|npm)\s+(?:-\S+\s+)*install\b.*"
)
"""A command that installs programs of the operating system, or those of another language."""
_STATEMENT = re.compile(rf"(?<![\w.-]){_INSTALLERS}(?![\w.-])|^\s*(?:import|from)\s+\w|^\s*{_SYSTEM.pattern}")
"""A command, or a statement of Python."""
_AND_VERSION = re.compile(r"(?<=[\d*])\s*(?:\band\b|&&?)\s*(?=[<>!~]=?\s*v?\d|==)")
"""What people write between two versions in place of a comma."""
_FILE = re.compile(r"\S+\.(?:whl|tar\.gz)")
_TYPOGRAPHY = str.maketrans({
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019\u201a`\u00b4", "'"),
    **dict.fromkeys("\u2013\u2014\u2011\u2212", "-"),
    **dict.fromkeys("\uff0c\u3001", ","),
    "\uff1b": ";", "\uff1a": ":", "\uff1d": "=", "\uff1e": ">", "\uff1c": "<", "\uff5e": "~",
    "\uff01": "!", "\uff08": "(", "\uff09": ")", "\uff3b": "[", "\uff3d": "]", "\u3000": " ",
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "\uff0e": ".",
    "\u2265": ">=", "\u2264": "<=", "\u2260": "!=", "\u200b": "", "\u2060": "",
})  # fmt: skip
"""Quotes, dashes, commas and full-width characters, by their code points; spaces without a width are dropped."""
_SPELLINGS = {
    "scikit learn": "scikit-learn", "scikit image": "scikit-image", "open cv": "opencv-python", "py torch": "torch",
    "beautiful soup 4": "beautifulsoup4", "beautiful soup": "beautifulsoup4", "tensor flow": "tensorflow",
    "num py": "numpy", "sci py": "scipy", "mat plot lib": "matplotlib", "stats models": "statsmodels",
    "fast ai": "fastai",
}  # fmt: skip
"""Names of programs as people speak of them, and the projects."""
_SPELLED = re.compile(rf"(?i)(?<![\w.-])(?:{'|'.join(spoken.replace(' ', '[ ]+') for spoken in _SPELLINGS)})(?![\w.-])")
_LONGEST_LINE = 2000
"""A longer line is not corrected: the time of some steps grows with the square of its length."""
_NUMBER = re.compile(r"v?\d+(?:\.\d+)*")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_COMMAND = re.compile(rf"[!%]{{0,2}}\s*\b(?:(?:uv|python3?)\s+(?:-m\s+)?)?{_INSTALLERS}(?![\w.-])")


def is_suspicious(line: str, words: Iterable[str]) -> bool:
    """Tell whether a line of valid requirements is most likely no list.

    Args:
        line: The line.
        words: Its requirements.
    """
    beginning = line[:_LONGEST_LINE]
    return any(found.search(beginning) for found in (_STATEMENT, _AND_VERSION, _SPELLED)) or any(
        word in _WORDS or _NUMBER.fullmatch(word) or _FILE.fullmatch(word) for word in words
    )


def correct(text: str) -> Correction | None:
    """Return what was meant by a line.

    Args:
        text: The line, or the part of it that belongs to the value.

    Returns:
        The requirements that were meant, and what is wrong; None if that is not certain.
    """
    if len(text) > _LONGEST_LINE:
        return None
    reason = ""
    for step, why in _STEPS:
        changed = step(text)
        if changed.split() != text.split():
            reason = reason or why
        text = changed
    words = text.split()
    if not reason or not all(map(_is_requirement, words)):
        return None
    return Correction(" ".join(dict.fromkeys(words)), reason)


def _is_requirement(word: str) -> bool:
    return not _NUMBER.fullmatch(word) and parse_requirement(word) is not None


def _without_typography(text: str) -> str:
    return text.translate(_TYPOGRAPHY)


def _without_key(text: str) -> str:
    """Remove the name of a key, or a second = after it."""
    return re.sub(r"^(?:\w*requirements|dependencies|install_requires|packages)\s*(?::|=+)\s*|^=+\s+", "", text)


def _without_bullet(text: str) -> str:
    return re.sub(r"^(?:[-*•·‣▪◦+]|\d+[.)])\s+", "", text)


def _without_command(text: str) -> str:
    """Return the names of a command that installs them."""
    match = _COMMAND.search(text)
    if match is None:
        return text
    try:
        words = shlex.split(text[match.end() :])
    except ValueError:
        return text
    names = []
    option = ""
    for word in words:
        if not option and not word.startswith("-"):
            names.append(re.sub(rf"^({_NAME})=(?=\d)", r"\1==", word))
        option = word if word in _OPTIONS_WITH_VALUE and not option else ""
    return " ".join(names)


def _without_system_command(text: str) -> str:
    return "" if _SYSTEM.fullmatch(text.strip()) else text


def _without_import(text: str) -> str:
    """Return the projects of the modules of an import statement."""
    match = re.fullmatch(r"(?:import\s+(?P<modules>[\w., ]+?)|from\s+(?P<module>[\w.]+)\s+import\s.*)", text.strip())
    if match is None:
        return text
    modules = [match["module"]] if match["module"] else re.split(r"\s*,\s*", match["modules"])
    projects = (project_of(module.split()[0]) for module in modules if module.split())
    return " ".join(project for project in projects if project)


def _without_brackets(text: str) -> str:
    """Remove brackets around the whole, and quotes around single names."""
    if re.fullmatch(r"[\[\](){}'\"\s,]+", text):
        return ""
    text = re.sub(r"^[\[({]\s*(.*?)\s*[\])}],?$", r"\1", text)
    return re.sub(r"(['\"])([^'\"\s;]+)\1", r"\2", text)


def _without_open_brackets(text: str) -> str:
    """Close a bracket of an extra, and remove one that belongs to nothing."""
    text = re.sub(rf"({_NAME}\[{_NAME}(?:,{_NAME})*)(?!\S)", r"\1]", text)
    return re.sub(rf"(?<!\S)({_NAME})[\[\](){{}}](?!\S)", r"\1", text)


def _in_one_word(text: str) -> str:
    """Return the projects of names that people write in two words."""
    return _SPELLED.sub(lambda match: _SPELLINGS[" ".join(match[0].lower().split())], text)


def _without_addresses(text: str) -> str:
    """Return the name in the address of a project's page on a package index (PEP 503: ``/simple/NAME/``)."""
    return re.sub(rf"https?://[^\s/]+/(?:project|simple)/({_NAME})(?:/\S*)?", r"\1", text)


def _without_files(text: str) -> str:
    return re.sub(r"\S+\.(?:whl|tar\.gz|zip)(?!\S)", lambda match: _name_of_file(match[0]), text)


def _name_of_file(path: str) -> str:
    file = path.rpartition("/")[2]
    for parse in (parse_wheel_filename, parse_sdist_filename):
        try:
            return str(parse(file)[0])
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
    return path


def _without_spaces(text: str) -> str:
    """Join a name with its extra and its versions."""
    text = re.sub(rf"({_NAME})\s+(\[[\w., -]+\])", lambda match: match[1] + "".join(match[2].split()), text)
    text = re.sub(r"\s*\(\s*([<>=!~][^()]*?)\s*\)", r"\1", text)
    text = re.sub(rf"({_NAME})\s*\(\s*v?(\d+(?:\.\d+)*)\s*\)", r"\1>=\2", text)
    text = re.sub(r"\s*(===|[<>=!~]=|[<>])\s*(?=v?\d)", r"\1", text)
    text = _AND_VERSION.sub(",", text)
    text = re.sub(r"\s*,\s*(?=[<>=!~])", ",", text)
    return re.sub(r"(?<=[\d*])(?=[<>!~]=?\d|==\d)", ",", text)


def _without_separators(text: str) -> str:
    """Separate names by spaces only; a ``;`` before a marker stays."""
    text = re.sub(r",(?![<>=!~\d])(?![^\[\]]*\])", " ", text)
    if ";" in text and parse_requirement(text) is None and not re.search(r";\s*\w+\s*(?:[<>=!~]|in\b|not\b)", text):
        text = text.replace(";", " ")
    text = re.sub(r"(?<=[A-Za-z0-9])[&|+/](?=[A-Za-z])", " ", text)
    return " ".join(word for word in text.split() if word not in _SIGNS)


_LISTED_PYTHON = re.compile(
    r"(?<!\S)python(?:\s*[<>=!~]=?\s*v?3(?:\.[\d*]+)*(?:,[<>=!~]=?\d[\d.*]*)*|\s*v?3(?:\.\d+)*\+?)?(?!\S)",
    re.IGNORECASE,
)


def _without_python(text: str) -> str:
    """Remove Python itself, with its versions, where it stands with a blank or between names."""
    return " ".join(_LISTED_PYTHON.sub(" ", text).split()) if _LISTED_PYTHON.search(text) else text


def _without_loose_ends(text: str) -> str:
    """Remove what has no meaning beside a name: ``pandas==``, ``pandas*``, ``%pandas``; join a version to its name."""
    text = re.sub(r"(?<!\S)[%!]+(?=[A-Za-z])", "", text)
    text = re.sub(r"~=v?(\d+)(?![\d.*])", r"~=\1.0", text)
    text = re.sub(r"((?:>=?|<=?|~=)v?\d+(?:\.\d+)*)\.[x*X](?![\w.])", r"\1", text)
    text = re.sub(r"(?<=[A-Za-z0-9])(?:==?|@)latest(?!\S)", "", text)
    text = re.sub(r"(?<=[A-Za-z0-9])(?:==|[<>=~]=?|!=|\*|\.+|:)(?!\S)", "", text)
    return re.sub(rf"(?<!\S)({_NAME})\s+v?(\d+(?:\.\d+)*)(?!\S)", r"\1>=\2", text)


def _without_words(text: str) -> str:
    """Remove single words and numbers that are no names."""
    return " ".join(word for word in text.split() if word not in _WORDS and not _NUMBER.fullmatch(word))


_STEPS: tuple[tuple[Callable[[str], str], str], ...] = (
    (_without_typography, "it has quotes, hyphens or commas that a word processor or another keyboard makes"),
    (html.unescape, "it has the code of a web page, such as &gt; for >"),
    (_without_key, "the name of the key stands only in front of the ="),
    (_without_bullet, "a list has no bullets or numbers"),
    (_without_system_command, "it is a command that installs no Python packages"),
    (_without_command, "it is a command, and only the names of the packages belong here"),
    (_without_import, "it is an import, and only the names of the packages belong here"),
    (_without_brackets, "the names have no brackets or quotes around them"),
    (_without_open_brackets, "a bracket is not closed, or not opened"),
    (_in_one_word, "the name of the package is one word"),
    (_without_addresses, "it has the address of a web page"),
    (_without_files, "it has the name of a file"),
    (_without_spaces, "a requirement has no spaces or brackets in front of its versions and extras"),
    (_without_separators, "only spaces separate names"),
    (_without_python, "min_python says which Python the list needs"),
    (_without_loose_ends, "it has a version without a comparison, or a sign without a version"),
    (_without_words, "it has a word or a number that is no name"),
)
"""What is done to a line, and what is wrong with a line that it changes."""


def plain_value(text: str) -> str:
    """Return a value without a comment after it, quotes around it, and a comma at its end."""
    text = re.sub(r"\s[#;].*$", "", text.translate(_TYPOGRAPHY)).strip().rstrip(",; ")
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def is_version(text: str) -> bool:
    """Tell whether a text is a version (PEP 440) that a release may have."""
    try:
        return Version(text).local is None
    except ValueError:  # InvalidVersion is one; so is the error of Python for a number with thousands of digits
        return False


def plain_name(text: str) -> str:
    """Return the name of a package that was meant, with ``-`` for blanks; ``""`` if that is not clear."""
    name = re.sub(r"\s+", "-", plain_value(text))
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        return ""
    return name


_PYTHON = re.compile(
    r"(?i:python)?\s*[>=~^]*\s*v?(3\.\d{1,2})(?:\.\d+|\.\*)?\s*\+?(?:\s*(?:or|and) (?:newer|later|up))?", re.ASCII
)
"""How people write the lowest Python."""


def plain_python(text: str) -> str:
    """Return the Python that was meant, as two numbers with a dot; ``""`` if that is not clear."""
    match = _PYTHON.fullmatch(plain_value(text))
    if match is None:
        return ""
    return "3.10" if match[1] == "3.1" else match[1]
