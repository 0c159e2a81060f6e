"""The parts of a feedstock's recipe that follow from settings.ini; each function writes one of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from onelist.build.yaml import recipe_yaml_string
from onelist.core.errors import UsageError
from onelist.publish.feedstock.items import ListUpdate, reference_of, with_host, with_run
from onelist.publish.feedstock.recipe_edits import ItemEdit, with_items, with_key, with_value, without_key
from onelist.publish.feedstock.recipe_text import Plain, Quoted, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from onelist.publish.feedstock.recipe_text import RecipeText

_SECTIONS = tuple("schema_version context package source build requirements tests about extra".split())
"""The order of conda-smithy's linter (R-001)."""
_REQUIREMENTS = tuple("build host run run_constraints run_exports ignore_run_exports".split())
_BUILD = ("number", "noarch", "script")
_ABOUT = tuple("homepage license license_file summary description documentation repository".split())
_FOLLOWING = ("homepage", "license", "summary")
"""The keys of ``about`` that settings.ini decides, whatever the recipe says."""
_CHECKOUT_KEYS = frozenset({"git", "tag", "branch", "rev", "depth", "lfs", "path"})
"""Keys of a source that is not an archive; the published sdist replaces it."""
_QUOTE = r"""(?:\\?["']|'')"""
_OWN_VERSION = re.compile(rf"(assert version\({_QUOTE}([\w.-]+){_QUOTE}\) == {_QUOTE})[^'\"\\]*({_QUOTE})")
"""The version in the line of onelist's own test, in any quotes of YAML."""
_OWN_FLOOR = re.compile(r"(assert sys\.version_info >= \()\d+, \d+(\))")
"""The lowest Python in the line of onelist's own test of a package without files."""
_OWN_DESCRIPTION = "Not among the conda packages of this list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an update has to know besides the two recipes.

    Attributes:
        sdist_url: The URL of the sdist; ``""`` if there is none.
        sha256: The hash of the sdist.
        maintainers: GitHub users that settings.ini names as maintainers; its ``user`` is not among them.
        python_floor: The lowest Python, for instance ``3.11``.
        files: The paths of the files in the sdist, and of those beside the recipe.
        settings: The name of the settings file, for notes.
        builds_by_script: Whether a build script, such as build.sh, lies beside the recipe.
        python_min: conda-forge's lowest Python as (major, minor), where it is newer than onelist's table; else (0, 0).
    """

    sdist_url: str
    sha256: str
    maintainers: tuple[str, ...]
    python_floor: str
    files: Collection[str]
    settings: str
    builds_by_script: bool
    python_min: tuple[int, int] = (0, 0)


def is_generic(recipe: RecipeText) -> bool:
    """Return whether a recipe makes a package without files, for which pip installs nothing."""
    return bool(recipe.value("build", "noarch") == "generic")


def rendered(recipe: RecipeText, key: str) -> str:
    """Return the name or version of a package, with its references to ``context`` replaced.

    Raises:
        UsageError: It is another kind of expression.
    """
    written = recipe.value("package", key)
    text = resolved(str(written), recipe.value("context") or {})
    if "${{" in text:
        raise UsageError(
            f"{recipe.file} writes the {key} as {written}, which onelist cannot read.",
            f"Write the value itself, or ${{{{ {key} }}}} with {key} in context.",
        )
    return text


def with_section_key(recipe: RecipeText, keys: tuple[str, str], value: Any, order: Sequence[str] = ()) -> RecipeText:  # noqa: ANN401
    """Add a key to a section, which is created at its place if it does not exist."""
    section, key = keys
    if recipe.find(section) is None:
        return with_key(recipe, (section,), {Plain(key): value}, _SECTIONS)
    return with_key(recipe, keys, value, order)


def with_version(recipe: RecipeText, version: str) -> RecipeText:
    """Write the version to where the recipe has it.

    Raises:
        UsageError: The recipe makes its version of several parts.
    """
    written = str(recipe.value("package", "version"))
    key = reference_of(written)
    if not key and "${{" not in written and not is_generic(recipe):
        key = "version"
        recipe = with_value(recipe, ("package", "version"), Plain("${{ version }}"))
    if key and recipe.value("context", key) is None:
        recipe = with_section_key(recipe, ("context", key), version)
    elif recipe.value("context", key or "version") not in {None, version}:
        recipe = with_value(recipe, ("context", key or "version"), version)
    if "${{" not in written and not key and written != version:
        recipe = with_value(recipe, ("package", "version"), version)
    if rendered(recipe, "version") != version:
        raise UsageError(
            f"{recipe.file} writes the version as {written}, which onelist cannot change.",
            "Write ${{ version }} with version in context.",
        )
    return recipe


def with_source(recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Write the published sdist into the recipe; a package without files and without a source gets none.

    Raises:
        UsageError: There are several sources, and more than one may be the sdist.
    """
    if recipe.find("source") is None:
        wanted = new.raw("source")
        return recipe if wanted is None else with_key(recipe, ("source",), wanted, _SECTIONS)
    keys = _sdist_keys(recipe)
    before = recipe.value(*keys)
    context, urls = recipe.value("context") or {}, before.get("url") or ()
    mirrors = [urls] if isinstance(urls, str) else list(urls)
    if around.sdist_url not in [resolved(str(url), context) for url in mirrors]:
        recipe = with_value(recipe, (*keys, "url"), _with_reference(recipe, around.sdist_url))
        notes += [f"source: the URL {url} is gone: sdist_url replaces it." for url in mirrors[1:]]
    if before.get("sha256") != around.sha256:
        style = Plain if isinstance(before.get("sha256"), Plain) else Quoted
        recipe = with_value(recipe, (*keys, "sha256"), style(around.sha256))
    for key in sorted({*_CHECKOUT_KEYS, "md5"} & set(before)):
        recipe = without_key(recipe, (*keys, key))
        notes += [f"source: {key} is gone: the published sdist replaces it."] if key != "md5" else []
    return recipe


def _with_reference(recipe: RecipeText, url: str) -> str:
    """Return the URL of the sdist with a reference to the version, so that conda-forge's bot can raise it."""
    version, key = rendered(recipe, "version"), reference_of(recipe.value("package", "version"))
    if not key or "." not in version or "${{" in url:
        return Quoted(json.loads(recipe_yaml_string(url))) if "${{" in url else url
    return url.replace(version, f"${{{{ {key} }}}}")


def _sdist_keys(recipe: RecipeText) -> tuple[str | int, ...]:
    """Return where the source is that is the sdist, or that the sdist replaces."""
    source = recipe.value("source")
    found: list[tuple[str | int, ...]] = [("source",)] if isinstance(source, dict) else []
    if isinstance(source, list):
        found = [
            ("source", number)
            for number, one in enumerate(source)
            if isinstance(one, dict) and "url" in one and "target_directory" not in one
        ]
    if len(found) != 1 or not {"url", *_CHECKOUT_KEYS} & set(recipe.value(*found[0])):
        raise UsageError(
            f"Cannot tell which source of {recipe.file} is the sdist of the list.",
            "Give all others a target_directory, or write the new version by hand.",
        )
    return found[0]


def with_build(recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Write the lowest Python, and how the sdist is installed where the recipe does not say so."""
    if recipe.value("build", "noarch") is None and recipe.find("requirements") is None:
        recipe = with_section_key(recipe, ("build", "noarch"), new.value("build", "noarch"), _BUILD)
    if recipe.value("build", "noarch") is None:
        notes.append(
            "build: noarch is not set, so conda-forge builds the list for each platform and Python of its own."
        )
        notes.append(f"build: see whether skip leaves out every Python before {around.python_floor}.")
    else:
        recipe = _with_python_floor(recipe, new, around, notes)
    if is_generic(recipe):
        return recipe
    wanted, script = new.value("build", "script"), recipe.value("build", "script")
    if script is None and not around.builds_by_script:
        return with_section_key(recipe, ("build", "script"), wanted, _BUILD)
    for keys in list(_commands(script, ("build", "script"))):
        command = recipe.value(*keys)
        if "setup.py" in command:
            notes.append(f'build: the script "{command}" is now "{wanted}": the sdist has no setup.py.')
            recipe = with_value(recipe, keys, wanted)
    if "pip install" not in str(recipe.value("build", "script")):
        notes.append("build: the script does not call pip install. See whether it still installs the sdist.")
    return recipe


def _commands(script: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401
    """Yield where the commands of a build script are: one text, a list, or either of them as its ``content``."""
    if isinstance(script, dict) and "content" in script:
        yield from _commands(script["content"], (*keys, "content"))
    elif isinstance(script, list):
        yield from ((*keys, number) for number, line in enumerate(script) if isinstance(line, str))
    elif isinstance(script, str):
        yield keys


def _with_python_floor(recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Write the lowest Python into ``context``, or remove it where conda-forge's own is enough (CFEP-25)."""
    old, wanted = recipe.value("context", "python_min"), new.value("context", "python_min")
    if is_generic(recipe):
        wanted = None if old is None else around.python_floor
    elif wanted is not None and _version(wanted) <= around.python_min:
        wanted = None
    if not is_generic(recipe) and _version(around.python_floor) < around.python_min:
        lowest = ".".join(map(str, around.python_min))
        notes.append(
            f"context: conda-forge builds only for Python {lowest} and newer, so its package will need that. "
            f"min_python in {around.settings} is {around.python_floor}."
        )
    if old == wanted:
        return recipe
    if wanted is None:
        comment = recipe.comment_at(recipe.find("context", "python_min"))
        behind = f" Its comment was: {comment}" if comment else ""
        notes.append(f"context: python_min {old} is gone: the lowest Python of conda-forge is enough.{behind}")
        return without_key(recipe, ("context", "python_min"))
    if old is None:
        return with_section_key(recipe, ("context", "python_min"), str(wanted))
    return with_value(recipe, ("context", "python_min"), str(wanted))


def _version(text: str) -> tuple[int, ...]:
    """Return the numbers of a Python that onelist has written, such as ``3.12``."""
    return tuple(int(number) for number in text.split("."))


def with_requirements(
    recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]
) -> tuple[RecipeText, ListUpdate]:
    """Write the host and run lists."""
    wanted = new.value("requirements")
    noarch = recipe.value("build", "noarch")
    if recipe.find("requirements") is None:
        recipe = with_key(recipe, ("requirements",), new.raw("requirements"), _SECTIONS)
        return recipe, ListUpdate(recipe=recipe, added=tuple(wanted["run"]))
    if "host" in wanted:
        if recipe.find("requirements", "host") is None:
            recipe = with_key(recipe, ("requirements", "host"), wanted["host"], _REQUIREMENTS)
        host = with_host(recipe, wanted["host"], is_noarch=noarch is not None)
        recipe = host.recipe
        notes += host.notes
    run_items = list(wanted["run"])
    if noarch is None:
        run_items[0] = Plain("python")  # its versions are those of the variants (conda-smithy, R-024)
    if recipe.find("requirements", "run") is None:
        recipe = with_key(recipe, ("requirements", "run"), run_items, _REQUIREMENTS)
        return recipe, ListUpdate(recipe=recipe, added=tuple(run_items))
    run = with_run(recipe, run_items, around.settings)
    notes += run.notes
    return run.recipe, run


def with_tests(recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Write the version and the lowest Python into onelist's own tests, and switch off a pip check that cannot pass."""
    if not recipe.value("tests"):
        recipe = without_key(recipe, ("tests",))
        return with_key(recipe, ("tests",), new.raw("tests"), _SECTIONS)
    name, version = rendered(recipe, "name"), rendered(recipe, "version")
    node = recipe.root.value[[key.value for key, _ in recipe.root.value].index("tests")][1]
    start, end = node.start_mark.index, node.end_mark.index

    def own(found: re.Match[str]) -> str:
        return f"{found[1]}{version}{found[3]}" if canonicalize_name(found[2]) == canonicalize_name(name) else found[0]

    floor = around.python_floor.replace(".", ", ")
    text = _OWN_FLOOR.sub(rf"\g<1>{floor}\2", _OWN_VERSION.sub(own, recipe.text[start:end]))
    recipe = recipe.with_text(recipe.text[:start] + text + recipe.text[end:])
    can_pass = [test["python"].get("pip_check") for test in new.value("tests") if "python" in test]
    if can_pass != ["false"]:
        return recipe
    for keys in list(_python_tests(recipe.value("tests"), ("tests",))):
        if recipe.value(*keys, "pip_check") != "false":
            recipe = with_value(recipe, (*keys, "pip_check"), Plain("false"))
            notes.append("tests: pip_check is now false: the conda packages do not bring all that the wheel requires.")
    return recipe


def _python_tests(part: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401
    """Yield where the Python tests are, below conditions too."""
    for number, test in enumerate(part) if isinstance(part, list) else part.items():
        if number == "python" and isinstance(test, dict):
            yield (*keys, "python")
        elif isinstance(test, (dict, list)):
            yield from _python_tests(test, (*keys, number))


def with_about(recipe: RecipeText, new: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Write the licence, summary and homepage of settings.ini, and add what is missing besides."""
    wanted, written = new.value("about"), new.raw("about")
    for key, value in (new.raw("context") or {}).items():  # what the words refer to
        if key not in {"version", "python_min"} and recipe.value("context", key) is None:
            recipe = with_section_key(recipe, ("context", key), value)
    if recipe.find("about") is None:
        return with_key(recipe, ("about",), written, _SECTIONS)
    context = recipe.value("context") or {}
    for key, value in wanted.items():
        said = recipe.value("about", key)
        meant = resolved(str(value), new.value("context") or {})
        is_own = key == "description" and str(said).startswith(_OWN_DESCRIPTION)
        if said is None:
            recipe = with_key(recipe, ("about", key), written[key], _ABOUT)
        elif (key in _FOLLOWING or is_own) and resolved(str(said), context) != meant:
            recipe = with_value(recipe, ("about", key), written[key])
            change = f'about: {key} "{str(said).strip()}" is now "{meant}", as in {around.settings}.'
            notes += [] if is_own else [change]
    if "description" not in wanted and str(recipe.value("about", "description")).startswith(_OWN_DESCRIPTION):
        recipe = without_key(recipe, ("about", "description"))
    return recipe


def with_maintainers(recipe: RecipeText, around: Surroundings, notes: list[str]) -> RecipeText:
    """Add the maintainers that settings.ini names."""
    listed = recipe.value("extra", "recipe-maintainers")
    known = {str(one).lower() for one in listed or ()}
    missing = [one for one in around.maintainers if one.lower() not in known]
    if listed is None and not missing:
        notes.append("extra: recipe-maintainers is missing: conda-forge asks for the GitHub names of people.")
        return recipe
    if listed is None:
        return with_section_key(recipe, ("extra", "recipe-maintainers"), missing)
    return with_items(recipe, ("extra", "recipe-maintainers"), ItemEdit(last=tuple(missing)))
