"""A recipe of a conda-forge feedstock -> the recipe of a new version, with everything that people have added; pure.

Source: the recipe format of conda-forge (CEP 13 and CEP 14, "v1"), and conda-forge's documentation, "Updating recipes":
a new version sets the build number to 0, and a changed recipe of the same version raises it by one.
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
"""A reference to a key of ``context``, as most feedstocks write it."""
_OWN_TEST = re.compile(r"(assert version\((?:'[^']*'|\"[^\"]*\")\) == ['\"])[^'\"]*(['\"])")
"""The version in the line of onelist's own test."""
_CHECKOUT_KEYS = frozenset({"git", "tag", "branch", "rev", "depth", "lfs", "path"})
"""Keys of a source that is not an archive; the published sdist replaces it."""
_OWN_DESCRIPTION = "Not among the conda packages of this list"
_LINE_WIDTH = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeUpdate:
    """The recipe of a new version.

    Attributes:
        text: The recipe; unchanged if it was up to date.
        old_version: The version before.
        version: The version now.
        build_number: The build number now.
        added: New items of the run list.
        removed: Items that are no longer in the run list.
        is_needed: Whether the recipe was out of date.
    """

    text: str
    old_version: str
    version: str
    build_number: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    is_needed: bool


def update_recipe(current: str, generated: str, file: str) -> RecipeUpdate:
    """Return the recipe of a feedstock with the version of another recipe.

    Args:
        current: The recipe.yaml of the feedstock.
        generated: The conda-forge recipe that onelist generates from settings.ini.
        file: The path of the first one, for messages.

    Returns:
        ``current`` with the version, the source, the lowest Python and the run list of ``generated``. Comments,
        maintainers, other tests, and every other key that people have added stay unchanged.

    Raises:
        UsageError: ``current`` is not a recipe of this package, or is of a newer version.
    """
    text = current.replace("\r\n", "\n")
    recipe, new = _read(text, file), _read(generated, "the recipe of onelist")
    name, old_version = _rendered(recipe, "name", file), _rendered(recipe, "version", file)
    new_name, version = _rendered(new, "name", file), _rendered(new, "version", file)
    if name != new_name:
        raise UsageError(f"{file} is a recipe for {name}, not for {new_name}.", "Name another clone.")
    if _is_newer(old_version, version):
        raise UsageError(
            f"{file} is of version {old_version}, which is newer than {version} in settings.ini.",
            "Bring the clone and settings.ini up to date.",
        )
    old_run = [item for item in recipe.get("requirements", {}).get("run", []) if not isinstance(item, dict)]
    new_run = list(map(str, new["requirements"]["run"]))
    recipe = _read(_with_run(text, recipe, new_run), file)
    _merge(recipe, new, file)
    is_needed = old_version != version or _plain(recipe) != _plain(_read(text, file))
    number = 0 if old_version != version else _build_number(recipe, file) + is_needed
    _set_build_number(recipe, number)
    line_end = "\r\n" if "\r\n" in current else "\n"
    return RecipeUpdate(
        text=_dumped(recipe).replace("\n", line_end) if is_needed else current,
        old_version=old_version,
        version=version,
        build_number=number,
        added=tuple(item for item in new_run if item not in map(str, old_run)),
        removed=tuple(str(item) for item in old_run if str(item) not in new_run),
        is_needed=is_needed,
    )


def _build_number(recipe: CommentedMap, file: str) -> int:
    """Return the build number, which may be in ``context``; 0 if there is none.

    Raises:
        UsageError: It is another kind of expression.
    """
    written = (recipe.get("build") or {}).get("number", 0)
    key = _key_of(written)
    number = (recipe.get("context") or {}).get(key) if key else written
    if isinstance(number, int):
        return number
    raise UsageError(f"{file} writes the build number as {written}, which onelist cannot read.", "Write a number.")


def _set_build_number(recipe: CommentedMap, number: int) -> None:
    """Write the build number to where the recipe has it."""
    build = _part(recipe, "build")
    key = _key_of(build.get("number"))
    _set(*((_part(recipe, "context"), key) if key else (build, "number")), number)


def _key_of(written: object) -> str:
    """Return the key of ``context`` to which a value refers; ``""`` if it is not a reference."""
    found = _REFERENCE.fullmatch(written.strip()) if isinstance(written, str) else None
    return found[1] if found else ""


def _with_run(text: str, recipe: CommentedMap, new_run: Sequence[str]) -> str:
    """Return a recipe with other items in its run list, if that has one item a line.

    This edits the text, because a parser attaches a comment to the item before it, which may be the removed one.
    """
    requirements = recipe.get("requirements") or {}
    run = requirements.get("run")
    if not run or run is requirements.get("host") or run.fa.flow_style() or run.anchor.value:
        return text
    lines = text.split("\n")
    numbers = [run.lc.item(number)[0] for number in range(len(run))]
    if not all(isinstance(item, dict) or str(item) in lines[number] for number, item in zip(numbers, run, strict=True)):
        return text
    removed = {
        number
        for number, item in zip(numbers, run, strict=True)
        if not isinstance(item, dict) and str(item) not in new_run and lines[number].lstrip().startswith("-")
    }
    old_run = [str(item) for item in run if not isinstance(item, dict)]
    dash = lines[numbers[0]].index("-")
    last = next((number for number in reversed(numbers) if number not in removed), numbers[-1])
    end = _end(lines, last, dash)
    new = [" " * dash + f"- {item}" for item in new_run if item not in old_run]
    kept = [(number, line) for number, line in enumerate(lines) if number not in removed]
    above = [line for number, line in kept if number <= end]
    return "\n".join([*above, *new, *(line for number, line in kept if number > end)])


def _end(lines: Sequence[str], start: int, dash: int) -> int:
    """Return the last line of a list item that begins on a line: the lines indented deeper than its dash."""
    end = start
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line.strip() and len(line) - len(line.lstrip()) <= dash:
            break
        if line.strip() and not line.lstrip().startswith("#"):
            end = number
    return end


def _merge(old: CommentedMap, new: CommentedMap, file: str) -> None:
    """Write the values that come from settings.ini into a recipe."""
    context = _part(old, "context")
    context["version"] = new["context"]["version"]
    if "python_min" in new["context"]:
        _set(context, "python_min", new["context"]["python_min"])
    elif "python_min" in context:
        _drop(context, "python_min")
    if "version" not in [found[1] for found in _REFERENCE.finditer(str(old["package"]["version"]))]:
        old["package"]["version"] = new["package"]["version"]
    source = _sdist_of(old, file)
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
        _replace_items(requirements["run"], new["requirements"]["run"])
    _merge_tests(old, new)
    _merge_about(old, new)


def _sdist_of(recipe: CommentedMap, file: str) -> CommentedMap | None:
    """Return the source that is the sdist, or that the sdist replaces; None if there is no source.

    Raises:
        UsageError: There are several sources, and more than one may be the sdist.
    """
    source: Any = recipe.get("source")
    if source is None:
        return None
    found: list[Any] = [one for one in (source if isinstance(source, list) else [source]) if isinstance(one, dict)]
    if isinstance(source, list):
        found = [one for one in found if "url" in one and "target_directory" not in one]
    if len(found) != 1 or not ("url" in found[0] or _CHECKOUT_KEYS & set(found[0])):
        raise UsageError(
            f"Cannot tell which source of {file} is the sdist of the list.",
            "Give all others a target_directory, or write the new version by hand.",
        )
    chosen: CommentedMap = found[0]
    for key in _CHECKOUT_KEYS & set(chosen):
        _drop(chosen, key)
    return chosen


def _merge_tests(old: CommentedMap, new: CommentedMap) -> None:
    """Write the version into onelist's own tests, wherever they are."""
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
    """Return a part of a test with another version in onelist's own line; everything else stays unchanged."""
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
    """Return a part of a recipe, which is created if it does not exist."""
    from ruamel.yaml.comments import CommentedMap

    part: CommentedMap = recipe.setdefault(key, CommentedMap())
    return part


def _set(part: CommentedMap, key: str, value: object) -> None:
    """Write a value to its key, or add the key."""
    if key in part:
        part[key] = value
    else:
        _add(part, key, value)


def _add(part: CommentedMap, key: str, value: object) -> None:
    """Add a key, but not between a key and the comment or blank line that the parser attaches to it."""
    keys = list(part)
    free = [number for number in range(len(keys), 0, -1) if keys[number - 1] not in part.ca.items]
    part.insert(free[0] if free else 0, key, value)


def _drop(part: CommentedMap, key: str) -> None:
    """Delete a key; a blank line or comment after the last key of a part stays."""
    keys = list(part)
    if key == keys[-1] and len(keys) > 1 and key in part.ca.items and keys[-2] not in part.ca.items:
        part.ca.items[keys[-2]] = part.ca.items[key]
    del part[key]


def _replace_items(items: CommentedSeq, wanted: Sequence[object]) -> None:
    """Replace the items of a list, in its own order; comments, and the blank line after it, stay."""
    tail = items.ca.items.pop(len(items) - 1, None)
    for number in reversed(range(len(items))):
        if not isinstance(items[number], dict) and str(items[number]) not in map(str, wanted):
            del items[number]
    items.extend(item for item in wanted if str(item) not in list(map(str, items)))
    if tail and items:
        items.ca.items[len(items) - 1] = tail


def _merge_about(old: CommentedMap, new: CommentedMap) -> None:
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
    _replace_items(listed, [*listed, *(one for one in maintainers if str(one).lower() not in known)])


def _read(text: str, file: str) -> CommentedMap:
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        document = _yaml().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{file}{where} is not YAML.", "Correct the file at this line.") from None
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply to be read.", "Correct the file.") from None
    if not isinstance(document, CommentedMap) or document.get("schema_version") != 1:
        raise UsageError(f"{file} is not a recipe of schema_version 1.", "Name a clone whose recipe is a recipe.yaml.")
    lists = [document.get("requirements"), document.get("extra")]
    parts = [document.get(key, {}) for key in ("package", "context", "build", "requirements", "about", "extra")]
    whole = all(isinstance(part, dict) for part in parts) and isinstance(document.get("tests", []), list)
    whole = whole and {"name", "version"} <= set(document.get("package", ()))
    whole = whole and all(isinstance(one, list) for part in lists if part for one in _lists(part))
    if not whole:
        raise UsageError(f"{file} is not the recipe of one package with a name and a version.", "Correct the file.")
    return document


def _lists(part: Mapping[str, object]) -> Sequence[object]:
    """Return the values in a part of a recipe that must be lists."""
    return [part[key] for key in ("host", "run", "recipe-maintainers") if key in part]


def _yaml() -> YAML:
    """Return a YAML reader and writer that keeps comments, quotes and the order of keys."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _LINE_WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(document: CommentedMap) -> str:
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _rendered(document: CommentedMap, key: str, file: str) -> str:
    """Return the name or version of a package, with its references to ``context`` replaced.

    Raises:
        UsageError: It is another kind of expression.
    """
    context = document.get("context") or {}

    def value_of(found: re.Match[str]) -> str:
        value = str(context.get(found[1], found[0]))
        return value.lower() if found[2] else value

    written = str(document["package"][key])
    text = _REFERENCE.sub(value_of, written)
    if "${{" in text:
        raise UsageError(
            f"{file} writes the {key} as {written}, which onelist cannot read.",
            f"Write the value itself, or ${{{{ {key} }}}} with {key} in context.",
        )
    return text


def _is_newer(one: str, other: str) -> bool:
    try:
        return Version(one) > Version(other)
    except InvalidVersion:
        return False


def _plain(document: object) -> object:
    """Return a recipe without comments, for comparisons."""
    from ruamel.yaml.comments import TaggedScalar

    if isinstance(document, dict):
        return {str(key): _plain(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_plain(value) for value in document]
    if isinstance(document, TaggedScalar):  # it is not equal to itself when it is read twice
        return (str(document.tag.value), document.value)
    return document
