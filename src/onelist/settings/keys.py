"""The keys that onelist adds to nbdev's, each optional."""

from __future__ import annotations

import datetime
import re
from configparser import ConfigParser
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from onelist.core import rules
from onelist.core.data import read_rows
from onelist.core.findings import Edit, Replace
from onelist.core.model import Export, PinException
from onelist.core.targets import PLATFORMS
from onelist.core.text import has_channel_token, redact
from onelist.settings.context import close_matches
from onelist.settings.requirements import report_comment
from onelist.settings.tokens import parse_requirement, split
from onelist.translation.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onelist.settings.context import ParseContext
    from onelist.settings.tokens import Token


DEFAULT_CHANNELS = ("conda-forge",)
DEFAULT_PLATFORMS = ("linux-64", "linux-aarch64", "osx-arm64", "win-64")
_BOOLEANS = ConfigParser.BOOLEAN_STATES
_CONDA_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
_CHANNEL = re.compile(
    r"""
    \w[\w.+-]*(?:/[\w.+-]+)*/?         # a name, perhaps with a label
    | [A-Za-z][A-Za-z0-9+.-]*://\S.*   # an address
    | (?:[./~]|[A-Za-z]:[/\\]|\\\\).*   # a folder
    """,
    re.VERBOSE,
)
_HOST_AND_PATH = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}/(?!label/)")
"""An address without ``https://``, which conda reads as the name of a channel with a label."""
_NO_CHANNELS = {"default": "defaults", "defaults": "defaults", "local": "local"}
_NO_DEFAULTS = "nodefaults"
NO_CONDA = "none"
"""The value of ``conda_channels`` for a list that only pip installs."""
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SERVER = re.compile(r"https?://[^/]*/(?:channels/)?")
_GITHUB_USER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:/[A-Za-z0-9_.-]+)?")


def is_conda_name(text: str) -> bool:
    """Tell whether ``text`` may be the name of a conda package: ``[a-z0-9_.-]+`` (conda-build's own rule)."""
    return _CONDA_NAME.fullmatch(text) is not None


def no_channel(text: str) -> str:
    """Return what kind of word this is that stands for other channels on each machine.

    Args:
        text: The name of a channel.

    Returns:
        ``defaults``, ``local`` (the packages that conda-build made there), or ``""`` for a channel.
    """
    return _NO_CHANNELS.get(text.lower(), "")


def is_channel(text: str) -> bool:
    """Tell whether ``text`` may be a conda channel: a name, an address or a folder.

    A MatchSpec may have a channel before ``::`` (https://conda.org/learn/ceps/cep-0029). rattler takes the channel out
    of ``conda-forge::``, so it does not refuse that.
    """
    if _CHANNEL.fullmatch(text) is None or ("::" in text and "://" not in text):
        return False
    try:
        parts = urlsplit(text if "://" in text else "file:")
        is_complete = parts.scheme == "file" or (parts.hostname is not None and parts.port != 0)
    except ValueError:  # the port is not a number, or too large
        return False
    return is_complete


def channels(parsing: ParseContext) -> tuple[str, ...]:
    """Return the channels of ``conda_channels`` in order; conda-forge when the key is not set, and none for ``none``.

    ``nodefaults`` is no channel: in an environment.yml it keeps the reader's own channels out (CEP 24), as onelist
    always does. A slash at the end of a name means nothing to conda.
    """
    if parsing.line("conda_channels").lower() == NO_CONDA:
        _report_conda(parsing)
        return ()
    result = []
    for token in _tokens(parsing, "conda_channels"):
        channel = token.text if _is_place(token.text) else token.text.rstrip("/")
        if has_channel_token(token.text):
            parsing.report(rules.BAD_ADDRESS, "channel_token", span=token.span)
        elif mistake := _channel_mistake(token.text):
            variant, instead = mistake
            item = redact(token.text)
            parsing.report(rules.BAD_EXTENSION_KEY, variant, span=token.span, item=item, channel=instead)
        elif channel.lower() != _NO_DEFAULTS:
            result.append(channel)
    return tuple(dict.fromkeys(result)) or DEFAULT_CHANNELS


def conda_user(parsing: ParseContext) -> str:
    """Return ``conda_user``, the owner of a channel."""
    text, option = parsing.line("conda_user"), parsing.option("conda_user")
    if option is None or _OWNER.fullmatch(text):
        return text
    bare = _SERVER.sub("", text.partition(" #")[0].strip(" \"'")).partition("/")[0]
    edit = Edit(changes=(Replace(span=option.value_span, text=bare),)) if _OWNER.fullmatch(bare) else None
    parsing.report(
        rules.BAD_EXTENSION_KEY,
        "owner_known" if edit else "owner",
        span=option.value_span,
        item=redact(text),
        owner=bare,
        edit=edit,
    )
    return ""


def _report_conda(parsing: ParseContext) -> None:
    """Report the keys that contradict ``conda_channels = none``."""
    for key in ("conda_user", "conda_requirements"):
        if option := parsing.option(key):
            parsing.report(rules.BAD_EXTENSION_KEY, "no_conda", span=option.key_span, key=key)


def _is_place(text: str) -> bool:
    """Tell whether a channel is written as an address or a folder, and not as a name."""
    return "://" in text or text.startswith((".", "/", "~")) or re.match(r"[A-Za-z]:|\\\\", text) is not None


def _channel_mistake(text: str) -> tuple[str, str] | None:
    """Return why a word is not a channel.

    Args:
        text: The word.

    Returns:
        The variant of the message, and the channel that was probably meant (``""`` if none is); None for a channel.
    """
    _, _, name = text.rpartition("/")  # the address of a host can have :: too, as in http://[::1]/
    channel = text.removesuffix(name) + name.partition("::")[0]
    bare = channel.rstrip("/")
    if re.search(r"[\"'<>|*\\\s@]|^-", text) or not is_channel(channel):
        return "", ""
    if kind := no_channel(bare) or (NO_CONDA if bare.lower() == NO_CONDA else ""):
        return kind, ""
    if channel != text:
        return ("defaults", "") if bare.lower() == _NO_DEFAULTS else ("package", channel)
    parent, slash, last = bare.rpartition("/")
    if slash and last in {*PLATFORMS, "noarch"} and ("://" in text or not _is_place(text)):
        return "part", parent
    return ("address", bare) if _HOST_AND_PATH.match(text) else None


def platforms(parsing: ParseContext) -> tuple[str, ...]:
    """Return the platforms of ``platforms``; four common ones when the key is not set."""
    result = []
    for token in _tokens(parsing, "platforms"):
        if token.text in PLATFORMS:
            result.append(token.text)
        else:
            some = " ".join((*DEFAULT_PLATFORMS, "osx-64"))
            parsing.report(rules.BAD_EXTENSION_KEY, "platform", span=token.span, item=token.text, platforms=some)
    return tuple(dict.fromkeys(result)) or DEFAULT_PLATFORMS


def conda_names(parsing: ParseContext) -> Mapping[str, str]:
    """Return ``conda_names`` as PyPI name (or ``name[extra]``) to conda name."""
    result = {}
    for token in _tokens(parsing, "conda_names"):
        left, equals, right = token.text.partition("=")
        requirement = parse_requirement(left)
        if requirement is None or requirement.specifier or not equals or not is_conda_name(right):
            parsing.report(rules.BAD_EXTENSION_KEY, "conda_name", span=token.span, item=token.text)
            continue
        result[name_key(requirement.name, requirement.extras)] = right
    return MappingProxyType(result)


def maintainers(parsing: ParseContext) -> tuple[str, ...]:
    """Return the GitHub users of ``conda_maintainers``, else ``user``, else none."""
    if parsing.option("conda_maintainers"):
        result = []
        for token in _tokens(parsing, "conda_maintainers"):
            if _GITHUB_USER.fullmatch(token.text):
                result.append(token.text)
            else:
                parsing.report(rules.BAD_EXTENSION_KEY, "maintainer", span=token.span, item=token.text)
        return tuple(dict.fromkeys(result))
    if parsing.line("conda_channels").lower() == NO_CONDA:
        return ()
    user, option = parsing.line("user"), parsing.option("user")
    if option is None or not _GITHUB_USER.fullmatch(user):
        parsing.report(rules.NO_MAINTAINER, span=option.value_span if option else None)
        return ()
    parsing.report(rules.MAINTAINER_GUESSED, span=option.value_span, user=user)
    return (user,)


def allow_pins(parsing: ParseContext) -> tuple[PinException, ...]:
    """Return the exceptions of ``allow_pins``: names, each with the last day on which it may be pinned."""
    result: dict[str, PinException] = {}
    for token in _tokens(parsing, "allow_pins"):
        name, _, day = token.text.partition("=")
        try:
            key = canonicalize_name(name, validate=True)
            until = datetime.datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
        except ValueError:
            parsing.report(rules.BAD_EXTENSION_KEY, "pin", span=token.span, item=token.text)
            continue
        if key in result:
            parsing.report(rules.BAD_EXTENSION_KEY, "pin_twice", span=token.span, name=name)
        result[key] = PinException(name=key, until=until, span=token.span)
    return tuple(result.values())


def exports(parsing: ParseContext) -> tuple[Export, ...]:
    """Return the exports of ``exports``, which ``sync`` writes beside settings.ini; none when the key is not set."""
    result = []
    for token in _tokens(parsing, "exports"):
        if token.text in list(Export):
            result.append(Export(token.text))
        else:
            known = " ".join(Export)
            parsing.report(rules.BAD_EXTENSION_KEY, "export", span=token.span, item=token.text, exports=known)
    return tuple(dict.fromkeys(result))


def meta_package(parsing: ParseContext) -> bool:
    """Return whether ``meta_package`` says that the package contains no code, even if there is code beside it."""
    option = parsing.option("meta_package")
    text = parsing.line("meta_package")
    if option and text.lower() not in _BOOLEANS:
        parsing.report(rules.BAD_EXTENSION_KEY, "boolean", span=option.value_span, value=text)
    return is_true(text)


def is_true(text: str) -> bool:
    """Tell whether a text means true, in the words of configparser."""
    return _BOOLEANS.get(text.lower(), False)


def _tokens(parsing: ParseContext, key: str) -> Iterator[Token]:
    """Yield the tokens of a list, and report each ``#`` with the text after it."""
    option = parsing.option(key)
    for token in split(option) if option else ():
        if token.comment:
            report_comment(parsing, token)
        else:
            yield token


_NBDEV = {
    "apache2": "Apache-2.0",
    "mit": "MIT",
    "gpl2": "GPL-2.0-only",
    "gpl3": "GPL-3.0-only",
    "bsd3": "BSD-3-Clause",
}
"""nbdev's own short names, as its project template lists them."""

_SHORT = re.compile(rf"(?i)(?<![\w.+-])(?:{'|'.join(_NBDEV)})(?![\w.+-])")

_LICENSE_NAME = re.compile(r"[\w.+-]+")
_GNU = re.compile(r"(?:[AL]?GPL|GFDL)-")

_COMMON = {
    "agplv3": "AGPL-3.0-only",
    "gnu agplv3": "AGPL-3.0-only",
    "gplv3": "GPL-3.0-only",
    "gnu gplv3": "GPL-3.0-only",
    "gplv2": "GPL-2.0-only",
    "lgplv3": "LGPL-3.0-only",
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "cc-by": "CC-BY-4.0",
    "public domain": "CC0-1.0",
}
"""What people write instead: good for a suggestion, but too vague to be used as it is."""


def spdx(text: str) -> str | None:
    """Return the SPDX expression that ``text`` names, or None when it names none.

    Args:
        text: One of nbdev's short names in any case, or an SPDX expression in any case.

    Returns:
        The expression in SPDX's own spelling, for instance ``Apache-2.0``.
    """
    if short := _NBDEV.get(text.lower()):
        return short
    from packaging.licenses import (
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    try:
        expression = canonicalize_license_expression(_SHORT.sub(lambda match: _NBDEV[match[0].lower()], text))
    except InvalidLicenseExpression:
        return None
    return None if any(map(_is_refused, _LICENSE_NAME.findall(expression))) else expression


def _is_refused(name: str) -> bool:
    """Tell whether rattler-build refuses a name that packaging accepts: withdrawn, or a + where the name says it.

    SPDX 2.3, annex D: for the licences of GNU, "or later" is part of the name and not a ``+`` after it.
    """
    bare = name.rstrip("+")
    return not withdrawn_licenses().isdisjoint({name, bare}) or (bare != name and bool(_GNU.match(bare)))


@cache
def withdrawn_licenses() -> frozenset[str]:
    """Return the names that SPDX has withdrawn: packaging still accepts them, rattler-build refuses them."""
    return frozenset(name for (name,) in read_rows("licenses.tsv"))


def suggestion(text: str) -> str | None:
    """Return the SPDX expression that was probably meant by ``text``, if one is close."""
    folded = " ".join(text.lower().split())
    if gnu := re.fullmatch(r"((?:a|l)?gpl|gfdl)-(\d\.\d)((?:-only|-or-later)?\+|)", folded):
        name = f"{gnu[1].upper()}-{gnu[2]}"
        return f"{name}-or-later" if gnu[3] else f"{name}-only or {name}-or-later"
    if common := _COMMON.get(folded):
        return common
    names = {name.lower(): name for name in (*_NBDEV.values(), *_COMMON.values(), "ISC", "MPL-2.0", "Unlicense")}
    close = close_matches(folded, [*names, *_NBDEV], cutoff=0.7)
    return names.get(close[0], close[0]) if close else None
