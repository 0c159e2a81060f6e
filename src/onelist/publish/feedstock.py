"""A recipe of a conda-forge feedstock -> the same for a new version, with what people have added to it; pure.

Source: the recipe format of conda-forge (CEP 13 and CEP 14, "v1"), and conda-forge's documentation, "Updating recipes":
the build number goes back to 0 with a new version, and up by one with other contents of the same version.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from onelist.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

_REFERENCE = re.compile(r"\$\{\{\s*(\w+)\s*(?:\|\s*(lower)\s*)?\}\}")
"""What a recipe puts in from ``context``, as most feedstocks write it."""
_OWN_TEST = re.compile(r"(assert version\((?:'[^']*'|\"[^\"]*\")\) == ['\"])[^'\"]*(['\"])")
"""The line in which onelist's own test holds the version."""
_OF_A_CHECKOUT = frozenset({"git", "tag", "branch", "rev", "depth", "lfs", "path"})
"""Keys of a source that is no archive, which a published sdist takes the place of."""
_OWN_DESCRIPTION = "Not among the conda packages of this list"
_ASKING = "@conda-forge-admin, please rerender"
"""What a pull request says so that conda-forge's own program writes its files anew."""
_WIDE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A recipe for a new version.

    Attributes:
        text: The recipe; what it was where nothing is to be done.
        before: The version that it was of.
        version: The version that it is of.
        number: Its build number.
        added: What is new in the run list.
        removed: What is no longer in the run list.
        is_needed: Whether anything is to be done.
    """

    text: str
    before: str
    version: str
    number: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    is_needed: bool


def update(theirs: str, ours: str, place: str) -> Update:
    """Return a feedstock's recipe for the version of another recipe.

    Args:
        theirs: The recipe.yaml of the feedstock.
        ours: What onelist makes of settings.ini for conda-forge.
        place: The path of the first, for messages.

    Returns:
        ``theirs`` with the version, the source, the Python floor and the run list of ``ours``. Comments, maintainers,
        tests of their own, and every other key that people have added stay as they are.

    Raises:
        UsageError: It is no recipe of this package, or of a newer version.
    """
    text = theirs.replace("\r\n", "\n")
    old, new = _read(text, place), _read(ours, "the recipe of onelist")
    name, before = _rendered(old, "name", place), _rendered(old, "version", place)
    version, own_name = _rendered(new, "version", place), _rendered(new, "name", place)
    if name != own_name:
        raise UsageError(f"{place} is a recipe for {name}, not for {own_name}.", "Name another clone.")
    if _is_newer(before, version):
        raise UsageError(
            f"{place} is of version {before}, which is newer than {version} in settings.ini.",
            "Bring the clone and settings.ini up to date.",
        )
    had = [item for item in old.get("requirements", {}).get("run", []) if not isinstance(item, dict)]
    wanted = list(map(str, new["requirements"]["run"]))
    old = _read(_with_run(text, old, wanted), place)
    _carry(old, new, place)
    is_needed = before != version or _plain(old) != _plain(_read(text, place))
    number = 0 if before != version else _number(old, place) + is_needed
    _set_number(old, number)
    ends = "\r\n" if "\r\n" in theirs else "\n"
    return Update(
        text=_written(old).replace("\n", ends) if is_needed else theirs,
        before=before,
        version=version,
        number=number,
        added=tuple(item for item in wanted if item not in map(str, had)),
        removed=tuple(str(item) for item in had if str(item) not in wanted),
        is_needed=is_needed,
    )


def _number(recipe: CommentedMap, place: str) -> int:
    """Return the build number, written plainly or in ``context``; 0 where there is none.

    Raises:
        UsageError: It is an expression of another kind.
    """
    written = (recipe.get("build") or {}).get("number", 0)
    key = _key_of(written)
    number = (recipe.get("context") or {}).get(key) if key else written
    if isinstance(number, int):
        return number
    raise UsageError(f"{place} writes the build number as {written}, which onelist cannot work out.", "Write a number.")


def _set_number(recipe: CommentedMap, number: int) -> None:
    """Write the build number where it stands."""
    build = _part(recipe, "build")
    key = _key_of(build.get("number"))
    _set(*((_part(recipe, "context"), key) if key else (build, "number")), number)


def _key_of(written: object) -> str:
    """Return the key of ``context`` that a value puts in; ``""`` where it is no such reference."""
    found = _REFERENCE.fullmatch(written.strip()) if isinstance(written, str) else None
    return found[1] if found else ""


def _with_run(text: str, recipe: CommentedMap, wanted: Sequence[str]) -> str:
    """Return a recipe whose run list, where it is written line by line, has the wanted items.

    Done in the text, since a parser hangs a comment on the item in front of it, which may be the one that goes.
    """
    requirements = recipe.get("requirements") or {}
    run = requirements.get("run")
    if not run or run is requirements.get("host") or run.fa.flow_style() or run.anchor.value:
        return text
    lines = text.split("\n")
    places = [run.lc.item(number)[0] for number in range(len(run))]
    if not all(isinstance(item, dict) or str(item) in lines[place] for place, item in zip(places, run, strict=True)):
        return text
    gone = {
        place
        for place, item in zip(places, run, strict=True)
        if not isinstance(item, dict) and str(item) not in wanted and lines[place].lstrip().startswith("-")
    }
    had = [str(item) for item in run if not isinstance(item, dict)]
    dash = lines[places[0]].index("-")
    last = next((place for place in reversed(places) if place not in gone), places[-1])
    end = _end(lines, last, dash)
    new = [" " * dash + f"- {item}" for item in wanted if item not in had]
    kept = [(number, line) for number, line in enumerate(lines) if number not in gone]
    above = [line for number, line in kept if number <= end]
    return "\n".join([*above, *new, *(line for number, line in kept if number > end)])


def _end(lines: Sequence[str], start: int, dash: int) -> int:
    """Return the last line of the entry of a list that begins on a line: what is indented deeper than its dash."""
    end = start
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line.strip() and len(line) - len(line.lstrip()) <= dash:
            break
        if line.strip() and not line.lstrip().startswith("#"):
            end = number
    return end


def _carry(old: CommentedMap, new: CommentedMap, place: str) -> None:
    """Write into a recipe what follows from settings.ini."""
    context = _part(old, "context")
    context["version"] = new["context"]["version"]
    if "python_min" in new["context"]:
        _set(context, "python_min", new["context"]["python_min"])
    elif "python_min" in context:
        _drop(context, "python_min")
    if "version" not in [found[1] for found in _REFERENCE.finditer(str(old["package"]["version"]))]:
        old["package"]["version"] = new["package"]["version"]
    source = _sdist_of(old, place)
    if source is None:
        old["source"] = new["source"]
    else:
        for key in ("url", "sha256"):
            _set(source, key, new["source"][key])
        if "md5" in source:
            _drop(source, "md5")
    build = _part(old, "build")
    for key in ("noarch", "script"):
        build.setdefault(key, new["build"][key])
    requirements = _part(old, "requirements")
    requirements.setdefault("host", new["requirements"]["host"])
    if not requirements.get("run") or requirements["run"] is requirements["host"]:
        requirements["run"] = new["requirements"]["run"]
    else:
        _relist(requirements["run"], new["requirements"]["run"])
    _carry_tests(old, new)
    _carry_about(old, new)


def _sdist_of(recipe: CommentedMap, place: str) -> CommentedMap | None:
    """Return the source that is the sdist, or is to become it; None where there is no source.

    Raises:
        UsageError: It is not plain which one that is.
    """
    source: Any = recipe.get("source")
    if source is None:
        return None
    found: list[Any] = [one for one in (source if isinstance(source, list) else [source]) if isinstance(one, dict)]
    if isinstance(source, list):
        found = [one for one in found if "url" in one and "target_directory" not in one]
    if len(found) != 1 or not ("url" in found[0] or _OF_A_CHECKOUT & set(found[0])):
        raise UsageError(
            f"It is not plain which source of {place} is the sdist of the list.",
            "Give all others a target_directory, or write the new version by hand.",
        )
    chosen: CommentedMap = found[0]
    for key in _OF_A_CHECKOUT & set(chosen):
        _drop(chosen, key)
    return chosen


def _carry_tests(old: CommentedMap, new: CommentedMap) -> None:
    """Write the version into onelist's own tests, wherever people have put them."""
    tests = old.get("tests")
    if not tests:
        old["tests"] = new["tests"]
        return
    (python,) = [test["python"] for test in new["tests"] if "python" in test]
    for number, test in enumerate(tests):
        tests[number] = _with_version(test, new["context"]["version"])
        if isinstance(test, dict) and isinstance(test.get("python"), dict) and not test["python"].get("imports"):
            test["python"]["pip_check"] = python["pip_check"]


def _with_version(test: Any, version: str) -> Any:  # noqa: ANN401 - any part of a test
    """Return a part of a test with another version in onelist's own line; all else stays what it is."""
    if isinstance(test, dict):
        for key in test:
            test[key] = _with_version(test[key], version)
    elif isinstance(test, list):
        for number, item in enumerate(test):
            test[number] = _with_version(item, version)
    elif isinstance(test, str) and _OWN_TEST.search(test):
        return type(test)(_OWN_TEST.sub(lambda found: f"{found[1]}{version}{found[2]}", test))
    return test


def _part(recipe: CommentedMap, key: str) -> CommentedMap:
    """Return a part of a recipe, which is made if need be."""
    from ruamel.yaml.comments import CommentedMap

    part: CommentedMap = recipe.setdefault(key, CommentedMap())
    return part


def _set(part: CommentedMap, key: str, value: object) -> None:
    """Write a value where its key stands, or add it."""
    if key in part:
        part[key] = value
    else:
        _add(part, key, value)


def _add(part: CommentedMap, key: str, value: object) -> None:
    """Add a key where no comment and no blank line is parted from what it belongs to: they hang on the key in front."""
    keys = list(part)
    free = [number for number in range(len(keys), 0, -1) if keys[number - 1] not in part.ca.items]
    part.insert(free[0] if free else 0, key, value)


def _drop(part: CommentedMap, key: str) -> None:
    """Delete a key; the blank line, or the comment, behind the last one of a part stays."""
    keys = list(part)
    if key == keys[-1] and len(keys) > 1 and key in part.ca.items and keys[-2] not in part.ca.items:
        part.ca.items[keys[-2]] = part.ca.items[key]
    del part[key]


def _relist(items: CommentedSeq, wanted: Sequence[object]) -> None:
    """Make a list hold what is wanted, in its own order; comments, and the blank line behind it, stay."""
    tail = items.ca.items.pop(len(items) - 1, None)
    for number in reversed(range(len(items))):
        if not isinstance(items[number], dict) and str(items[number]) not in map(str, wanted):
            del items[number]
    items.extend(item for item in wanted if str(item) not in list(map(str, items)))
    if tail and items:
        items.ca.items[len(items) - 1] = tail


def _carry_about(old: CommentedMap, new: CommentedMap) -> None:
    about = _part(old, "about")
    for key, value in new["about"].items():
        if key not in about:
            _add(about, key, value)
    said = str(about.get("description", ""))
    if said.startswith(_OWN_DESCRIPTION):
        if "description" in new["about"]:
            about["description"] = new["about"]["description"]
        else:
            del about["description"]
    maintainers = new.get("extra", {}).get("recipe-maintainers", [])
    extra = _part(old, "extra")
    listed = extra.get("recipe-maintainers")
    if listed is None:
        extra["recipe-maintainers"] = maintainers
        return
    known = {str(one).lower() for one in listed}
    _relist(listed, [*listed, *(one for one in maintainers if str(one).lower() not in known)])


def _read(text: str, place: str) -> CommentedMap:
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        document = _yaml().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{place}{where} is no YAML.", "Look at the file there.") from None
    except RecursionError:
        raise UsageError(f"{place} is nested too deep to be read.", "Look at the file.") from None
    if not isinstance(document, CommentedMap) or document.get("schema_version") != 1:
        raise UsageError(f"{place} is no recipe of schema_version 1.", "Name a clone whose recipe is a recipe.yaml.")
    lists = [document.get("requirements"), document.get("extra")]
    parts = [document.get(key, {}) for key in ("package", "context", "build", "requirements", "about", "extra")]
    whole = all(isinstance(part, dict) for part in parts) and isinstance(document.get("tests", []), list)
    whole = whole and {"name", "version"} <= set(document.get("package", ()))
    whole = whole and all(isinstance(one, list) for part in lists if part for one in _lists(part))
    if not whole:
        raise UsageError(f"{place} is not the recipe of one package with a name and a version.", "Look at the file.")
    return document


def _lists(part: Mapping[str, object]) -> Sequence[object]:
    """Return what has to be lists in a part of a recipe."""
    return [part[key] for key in ("host", "run", "recipe-maintainers") if key in part]


def _yaml() -> YAML:
    """Return a reader and writer that keeps comments, quotes and the order of keys."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _written(document: CommentedMap) -> str:
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _rendered(document: CommentedMap, key: str, place: str) -> str:
    """Return the name or version of a package, with what it takes from ``context`` put in.

    Raises:
        UsageError: It is an expression of another kind.
    """
    context = document.get("context") or {}

    def put(found: re.Match[str]) -> str:
        value = str(context.get(found[1], found[0]))
        return value.lower() if found[2] else value

    written = str(document["package"][key])
    text = _REFERENCE.sub(put, written)
    if "${{" in text:
        raise UsageError(
            f"{place} writes the {key} as {written}, which onelist cannot work out.",
            f"Write it plainly, or as ${{{{ {key} }}}} with {key} in context.",
        )
    return text


def _is_newer(one: str, other: str) -> bool:
    try:
        return Version(one) > Version(other)
    except InvalidVersion:
        return False


def _plain(document: object) -> object:
    """Return a recipe without comments, to be compared."""
    from ruamel.yaml.comments import TaggedScalar

    if isinstance(document, dict):
        return {str(key): _plain(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_plain(value) for value in document]
    if isinstance(document, TaggedScalar):  # which is not even equal to itself, read twice
        return (str(document.tag.value), document.value)
    return document


def commands(folder: str, update: Update, name: str) -> Sequence[str]:
    """Return what to type in the clone: a branch, a commit, and the pull request at conda-forge."""
    from shlex import quote

    branch = f"onelist-{update.version}-{update.number}"
    title = f"{name} {update.version}"
    return (
        f"cd {quote(folder)}",
        f"git checkout -b {quote(branch)}",
        "git add recipe/recipe.yaml",
        f"git commit -m {quote(title)}",
        f"git push -u origin {quote(branch)}",
        f"gh pr create --repo {quote(f'conda-forge/{name}-feedstock')} --title {quote(title)} --body {quote(_ASKING)}",
    )
