"""What a feedstock's recipe promises and a list cannot keep, because its wheel has no module and no program; pure."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from onelist.publish.feedstock.recipe_text import RecipeText

_KINDS = frozenset({"files", "site_packages", "bin", "lib", "include"})
"""What rattler-build's test package_contents expects files in."""


def broken_promises(recipe: RecipeText, name: str, files: Collection[str]) -> list[str]:
    """Return sentences about imports, programs and licence files that do not hold.

    Args:
        recipe: The new recipe.
        name: The name of the package.
        files: The paths of the files in the sdist, and of those beside the recipe.

    Returns:
        One sentence for each.
    """
    return [
        *_about_imports(recipe, name),
        *_entry_points(recipe),
        *(
            f"about: license_file {path} is neither in the sdist nor beside the recipe."
            for path in _texts(recipe.value("about", "license_file"))
            if "${{" not in path and not any(fnmatch(file, path) or file.startswith(f"{path}/") for file in files)
        ),
        *_contents(recipe),
        *_pip_checks(recipe),
    ]


def _about_imports(recipe: RecipeText, name: str) -> Iterator[str]:
    """Yield a sentence for each module that is imported and that no item of the run list has as its name."""
    brought = {canonicalize_name(item.split()[0]) for item in _texts(recipe.value("requirements", "run"))}
    for module in _imports(recipe.value("tests")):
        top = canonicalize_name(module.partition(".")[0])
        if top == canonicalize_name(name):
            yield f"tests: the import of {module} fails, unless a requirement brings it: the list has no module."
        elif top not in brought:
            yield f"tests: see whether a requirement of the list still brings {module}, which is imported."


def _imports(part: Any) -> Iterator[str]:  # noqa: ANN401 - any part of the tests
    """Yield the modules that Python tests import."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value) if key == "imports" else _imports(value)
    elif isinstance(part, list):
        for one in part:
            yield from _imports(one)


def _texts(part: Any) -> Iterator[str]:  # noqa: ANN401 - a value or a list, with conditions
    """Yield every text in a value that may be one text, a list, or conditions."""
    if isinstance(part, list):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, dict):
        yield from _texts([part[key] for key in ("then", "else") if key in part])
    elif isinstance(part, str) and part:
        yield part


def _entry_points(recipe: RecipeText) -> Iterator[str]:
    if recipe.value("build", "python", "entry_points"):
        yield "build: python: entry_points names programs, and the list has none."


def _contents(recipe: RecipeText) -> Iterator[str]:
    """Yield a sentence for each file that a test expects in the package, but for what pip writes about the package."""
    for test in recipe.value("tests") or []:
        expected = test.get("package_contents") if isinstance(test, dict) else None
        for kind, some in expected.items() if isinstance(expected, dict) else ():
            for path in _texts([*some.values()] if isinstance(some, dict) else some):
                if kind in _KINDS and ".dist-info" not in path:
                    yield f"tests: package_contents expects {path}, and the list has no module and no program."


def _pip_checks(recipe: RecipeText) -> Iterator[str]:
    tests = recipe.value("tests") or []
    python = [test["python"] for test in tests if isinstance(test, dict) and isinstance(test.get("python"), dict)]
    cannot_pass = any(test.get("pip_check") == "false" for test in python)
    if cannot_pass and any("pip check" in str(test) for test in tests):
        yield 'tests: "pip check" stays in a script, although pip_check is false.'
