"""A recipe of a conda-forge feedstock -> the recipe of a new version, with everything that people have added; pure.

Source: the recipe format of conda-forge (CEP 13 and CEP 14, "v1"), and conda-forge's documentation, "Updating recipes":
a new version sets the build number to 0, and a changed recipe of the same version raises it by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.core.errors import UsageError
from onelist.publish.feedstock.items import reference_of
from onelist.publish.feedstock.parts import (
    rendered,
    with_about,
    with_build,
    with_maintainers,
    with_requirements,
    with_section_key,
    with_source,
    with_tests,
    with_version,
)
from onelist.publish.feedstock.recipe_edits import with_value, without_empty
from onelist.publish.feedstock.recipe_text import Plain, Quoted, data, read, unreadable
from onelist.publish.feedstock.review import broken_promises

if TYPE_CHECKING:
    from onelist.publish.feedstock.parts import Surroundings
    from onelist.publish.feedstock.recipe_text import RecipeText


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
        notes: What a person has to look at.
        is_needed: Whether the recipe was out of date.
    """

    text: str
    old_version: str
    version: str
    build_number: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    notes: tuple[str, ...]
    is_needed: bool


def update_recipe(current: str, generated: str, file: str, around: Surroundings) -> RecipeUpdate:
    """Return the recipe of a feedstock with the version of another recipe.

    Args:
        current: The recipe.yaml of the feedstock.
        generated: The recipe of the same kind (noarch python or generic) that onelist makes from settings.ini.
        file: The path of the first one, for messages.
        around: What else an update has to know.

    Returns:
        ``current`` with the version, the source, the lowest Python, the run list, and the licence, summary and homepage
        of ``generated``. Comments, maintainers, other tests, and every other key that people have added stay unchanged.

    Raises:
        UsageError: ``current`` is not a recipe of this package, or is of a newer version.
    """
    recipe, new = read(current.replace("\r\n", "\n"), file), read(generated, "the recipe of onelist")
    recipe = without_empty(recipe)
    name, old_version = rendered(recipe, "name"), rendered(recipe, "version")
    new_name, version = rendered(new, "name"), rendered(new, "version")
    if name.lower() != new_name:  # rattler-build writes the name in small letters
        raise UsageError(f"{file} is a recipe for {name}, not for {new_name}.", "Name another clone.")
    order = _order(old_version, version, file)
    if order > 0:
        raise UsageError(
            f"{file} is of version {old_version}, which is newer than {version} in {around.settings}.",
            f"Bring the clone and {around.settings} up to date.",
        )
    before, old_number = data(recipe.root), _build_number(recipe)
    notes: list[str] = []
    recipe = with_version(recipe, version)
    recipe = with_source(recipe, new, around, notes)
    recipe = with_build(recipe, new, around, notes)
    recipe, run = with_requirements(recipe, new, around, notes)
    recipe = with_tests(recipe, new, around, notes)
    recipe = with_about(recipe, new, around, notes)
    recipe = with_maintainers(recipe, around, notes)
    notes += broken_promises(recipe, name, around.files)
    is_needed = data(recipe.root) != before
    number = 0 if order < 0 else old_number + is_needed
    recipe = _with_build_string(_with_build_number(recipe, number), old_number, number, notes)
    notes += unreadable(recipe)
    line_end = "\r\n" if 2 * current.count("\r\n") > current.count("\n") else "\n"
    return RecipeUpdate(
        text=(recipe.text.rstrip("\n") + "\n").replace("\n", line_end) if is_needed else current,
        old_version=old_version,
        version=version,
        build_number=number,
        added=run.added,
        removed=run.removed,
        notes=tuple(dict.fromkeys(notes)),
        is_needed=is_needed,
    )


def _order(old: str, new: str, file: str) -> int:
    """Compare two versions as conda does: below 0 if the second is newer, 0 if they are the same in two spellings.

    Raises:
        UsageError: Conda cannot read one of them.
    """
    from rattler import Version

    try:
        before, now = Version(old), Version(new)
    except Exception:  # noqa: BLE001 - py-rattler raises its own kinds for what is no version
        raise UsageError(f"{file} has the version {old}, which conda cannot read.", "Correct the version.") from None
    return (before > now) - (before < now)


def _build_number(recipe: RecipeText) -> int:
    """Return the build number, which may be in ``context``; 0 if there is none.

    Raises:
        UsageError: It is another kind of expression.
    """
    written = recipe.value("build", "number")
    key = reference_of(written)
    number = recipe.value("context", key) if key else written
    if number is None and not key:
        return 0
    if isinstance(number, str) and re.fullmatch(r"\+?[0-9]+", number):
        return int(number)
    raise UsageError(
        f"{recipe.file} writes the build number as {written}, which onelist cannot read.", "Write a number."
    )


def _with_build_string(recipe: RecipeText, old_number: int, number: int, notes: list[str]) -> RecipeText:
    """Write the build number into a build string that is a number: only that tells the names of two files apart."""
    written = recipe.value("build", "string")
    if not isinstance(written, str) or "${{" in written or number == old_number:
        return recipe
    if written.isdecimal():
        return recipe if written == str(number) else with_value(recipe, ("build", "string"), Quoted(str(number)))
    notes.append(f'build: string "{written}" stays. See whether this build gets a file name of its own.')
    return recipe


def _with_build_number(recipe: RecipeText, number: int) -> RecipeText:
    """Write the build number to where the recipe has it, if it is another one."""
    if recipe.value("build", "number") is None:
        return with_section_key(recipe, ("build", "number"), Plain(number), ("number", "noarch", "script"))
    if _build_number(recipe) == number:
        return recipe
    key = reference_of(recipe.value("build", "number"))
    return with_value(recipe, ("context", key) if key else ("build", "number"), Plain(number))
