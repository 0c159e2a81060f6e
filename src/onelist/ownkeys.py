"""The keys that onelist adds to nbdev's, each optional."""

from __future__ import annotations

import datetime
import re
from configparser import ConfigParser
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from onelist import catalogue
from onelist.addresses import has_channel_token, redact
from onelist.items import parse_requirement, split
from onelist.lists import complain_of_comment
from onelist.model import Allowance
from onelist.targets import PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onelist.items import Item
    from onelist.parsing import Parsing

DEFAULT_CHANNELS = ("conda-forge",)
DEFAULT_PLATFORMS = ("linux-64", "linux-aarch64", "osx-arm64", "win-64")
_BOOLEANS = ConfigParser.BOOLEAN_STATES
_CONDA_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
_GITHUB_USER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:/[A-Za-z0-9_.-]+)?")


def is_conda_name(text: str) -> bool:
    """Tell whether ``text`` may be the name of a conda package: ``[a-z0-9_.-]+`` (conda-build's own rule)."""
    return _CONDA_NAME.fullmatch(text) is not None


def channels(parsing: Parsing) -> tuple[str, ...]:
    """Return the channels of ``conda_channels`` in order; conda-forge when none is named."""
    result = []
    for item in _items(parsing, "conda_channels"):
        if has_channel_token(item.text):
            parsing.complain(
                catalogue.BAD_ADDRESS,
                "conda_channels has a token in it, which everybody can read in this file.",
                span=item.span,
                hint="Write the address without it; the installers take passwords from their own settings.",
            )
        elif re.search(r"[\"'<>|*\\\s@]|^-", item.text):
            parsing.complain(
                catalogue.BAD_OWN_KEY,
                f"{redact(item.text)} is not a channel.",
                span=item.span,
                hint="Write names such as conda-forge, or addresses, separated by blanks.",
            )
        else:
            result.append(item.text)
    return tuple(dict.fromkeys(result)) or DEFAULT_CHANNELS


def platforms(parsing: Parsing) -> tuple[str, ...]:
    """Return the platforms of ``platforms``; four common ones when none is named."""
    result = []
    for item in _items(parsing, "platforms"):
        if item.text in PLATFORMS:
            result.append(item.text)
        else:
            parsing.complain(
                catalogue.BAD_OWN_KEY,
                f"{item.text} is not a platform that conda knows.",
                span=item.span,
                hint=f"Use some of {' '.join(DEFAULT_PLATFORMS)} osx-64.",
            )
    return tuple(dict.fromkeys(result)) or DEFAULT_PLATFORMS


def conda_names(parsing: Parsing) -> Mapping[str, str]:
    """Return ``conda_names`` as PyPI name (or ``name[extra]``) to conda name."""
    result = {}
    for item in _items(parsing, "conda_names"):
        left, equals, right = item.text.partition("=")
        requirement = parse_requirement(left)
        if requirement is None or requirement.specifier or not equals or not is_conda_name(right):
            parsing.complain(
                catalogue.BAD_OWN_KEY,
                f"{item.text} does not say which conda package a name stands for.",
                span=item.span,
                hint="Write the PyPI name, = and the conda name, for instance graphviz=python-graphviz.",
            )
            continue
        result[name_key(requirement.name, requirement.extras)] = right
    return MappingProxyType(result)


def name_key(name: str, extras: set[str] | frozenset[str] = frozenset()) -> str:
    """Return how a name with extras is looked up: ``name`` or ``name[a,b]``, normalised and sorted."""
    inside = ",".join(sorted(canonicalize_name(extra) for extra in extras))
    return canonicalize_name(name) + (f"[{inside}]" if inside else "")


def maintainers(parsing: Parsing) -> tuple[str, ...]:
    """Return the GitHub users of ``conda_maintainers``, else ``user``, else none."""
    if parsing.option("conda_maintainers"):
        result = []
        for item in _items(parsing, "conda_maintainers"):
            if _GITHUB_USER.fullmatch(item.text):
                result.append(item.text)
            else:
                parsing.complain(
                    catalogue.BAD_OWN_KEY,
                    f"{item.text} is not the name of a GitHub user.",
                    span=item.span,
                    hint="Write the names that stand behind github.com/, separated by blanks.",
                )
        return tuple(dict.fromkeys(result))
    user, option = parsing.line("user"), parsing.option("user")
    if option is None or not _GITHUB_USER.fullmatch(user):
        parsing.complain(
            catalogue.NO_MAINTAINER,
            "The recipes name no maintainer; conda-forge asks for one.",
            span=option.value_span if option else None,
            hint="Add a line conda_maintainers = with the GitHub names of those who look after the list.",
        )
        return ()
    parsing.complain(
        catalogue.MAINTAINER_GUESSED,
        f"The recipes name {user} as maintainer, from user; conda-forge asks for people, not organisations.",
        span=option.value_span,
        hint="Add a line conda_maintainers = with the GitHub names of those who look after the list.",
    )
    return (user,)


def allow_pins(parsing: Parsing) -> tuple[Allowance, ...]:
    """Return the exceptions of ``allow_pins``: names, each with the last day on which it may be pinned."""
    result: dict[str, Allowance] = {}
    for item in _items(parsing, "allow_pins"):
        name, _, day = item.text.partition("=")
        try:
            key = canonicalize_name(name, validate=True)
            until = datetime.datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
        except ValueError:
            parsing.complain(
                catalogue.BAD_OWN_KEY,
                f"{item.text} does not say which name may be pinned and until when.",
                span=item.span,
                hint="Write the name, = and a date, for instance ipywidgets=2027-06-30.",
            )
            continue
        if key in result:
            parsing.complain(
                catalogue.BAD_OWN_KEY, f"{key} is allowed twice.", span=item.span, hint="Keep one of the two dates."
            )
        result[key] = Allowance(name=key, until=until, span=item.span)
    return tuple(result.values())


def meta_package(parsing: Parsing) -> bool:
    """Return whether ``meta_package`` says that the package holds no code, whatever lies beside settings.ini."""
    option = parsing.option("meta_package")
    text = parsing.line("meta_package").lower()
    if option and text not in _BOOLEANS:
        parsing.complain(
            catalogue.BAD_OWN_KEY,
            f"{parsing.line('meta_package')} is neither true nor false.",
            span=option.value_span,
            hint="Write meta_package = true if the package shall hold no code, else leave the line out.",
        )
    return _BOOLEANS.get(text, False)


def _items(parsing: Parsing, key: str) -> Iterator[Item]:
    """Yield the items of a list, and complain of what stands behind a ``#``."""
    option = parsing.option(key)
    for item in split(option) if option else ():
        if item.comment:
            complain_of_comment(parsing, item)
        else:
            yield item
