"""A setup.cfg -> what it asks for (setuptools, "Configuring setuptools using setup.cfg files")."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.core.system.regular_files import MAX_BYTES
from onelist.importing.model import NamedPackage, Place, ReadFile, Remark
from onelist.importing.project_keys import addresses, keywords
from onelist.importing.requirements_txt import read_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REFERENCE = re.compile(r"%\(([^()]+)\)s")
_KEYS = (
    *(("lib_name", "name"), ("version", "version"), ("description", "description"), ("license", "license")),
    *(("author", "author"), ("author_email", "author_email")),
)
"""Keys of settings.ini, and those of ``[metadata]``."""


def read_setup_cfg(file: str, text: str, include: Callable[[str], ReadFile | None]) -> ReadFile:
    """Read a setup.cfg.

    Args:
        file: The name of the file, for places.
        text: Its content.
        include: Reads a requirements.txt that ``file:`` names.

    Returns:
        What it asks for.

    Raises:
        ValueError: It is not valid, or has no requirements.
    """
    config = configparser.RawConfigParser()
    config.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        config.read_string(text)
    except configparser.Error as error:
        raise ValueError(f"it is not a setup.cfg: {error.message.splitlines()[0]}") from error
    if not config.has_section("options") and not config.has_section("options.extras_require"):
        raise ValueError("it has no section [options]")
    extras = {
        name: _value(config, "options.extras_require", name) for name in _options(config, "options.extras_require")
    }
    found = list(_requirements(_value(config, "options", "install_requires"), Place(file, "[options]"), "", include))
    for group, value in extras.items():
        found += _requirements(value, Place(file, "[options.extras_require]"), group, include)
    python = _value(config, "options", "python_requires")
    version = _value(config, "metadata", "version")
    remark = Remark(
        Place(file, "[metadata]"), f"The version stands in another place: {version}. Write it into settings.ini."
    )
    return ReadFile(
        file=file,
        format="setup.cfg",
        items=tuple(one for one in found if isinstance(one, NamedPackage)),
        optional_groups=frozenset(extras),
        pythons=(Remark(Place(file, "[options]"), python),) if python else (),
        keys=_keys(config),
        left_out=(remark,) if _is_elsewhere(version) else (),
        decisions=tuple(one for one in found if isinstance(one, Remark)),
    )


def _options(config: configparser.RawConfigParser, section: str) -> list[str]:
    return config.options(section) if config.has_section(section) else []


def _value(config: configparser.RawConfigParser, section: str, option: str) -> str:
    """Return a value with what it refers to as ``%(name)s``, as setuptools reads it; what is missing stays as it is.

    Raises:
        ValueError: Values that refer to others would become very long.
    """
    text = config.get(section, option, fallback="")
    if "%" not in text:
        return text
    values = dict(config.items(section))
    for _ in range(configparser.MAX_INTERPOLATION_DEPTH):
        names = [name for name in _REFERENCE.findall(text) if name in values]
        if len(text) + sum(len(values[name]) for name in names) > MAX_BYTES:
            raise ValueError(f"its {option} refers to too many other values")
        if not names:
            break
        text = _REFERENCE.sub(lambda match: values.get(match[1], match[0]), text)
    return text.replace("%%", "%")


def _is_elsewhere(value: str) -> bool:
    return value.startswith(("attr:", "file:"))


def _requirements(
    value: str, place: Place, group: str, include: Callable[[str], ReadFile | None]
) -> Iterator[NamedPackage | Remark]:
    """Yield the requirements of a value: one a line, or all in one line with semicolons between them."""
    if value.startswith("file:"):
        for name in value.removeprefix("file:").split(","):
            other = include(name.strip())
            if other is None:
                yield Remark(
                    place, f"{name.strip()} is not in this folder. If you have the file, name it with --from too."
                )
            else:
                yield from (replace(item, group=group) for item in other.items)
                yield from other.decisions
        return
    for line in value.splitlines() if "\n" in value else value.split(";"):
        text = line.strip()
        if text and not text.startswith("#"):
            yield read_line(text, place, group)


def _keys(config: configparser.RawConfigParser) -> dict[str, str]:
    keys = {
        key: value
        for key, name in _KEYS
        if (value := _value(config, "metadata", name).strip()) and not _is_elsewhere(value)
    }
    keys |= keywords(_value(config, "metadata", "keywords").splitlines())
    lines = _value(config, "metadata", "project_urls").splitlines()
    urls = {label.strip(): url.strip() for label, equals, url in (line.partition("=") for line in lines) if equals}
    return keys | addresses({"Homepage": _value(config, "metadata", "url"), **urls})
