"""settings.ini text -> Settings, or every mistake at once.

The keys are nbdev's (see its ``settings.ini``) and a few of onelist's own; docs/settings.md lists them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from onelist.core import rules
from onelist.core.errors import SettingsError
from onelist.core.findings import Edit, Replace, Severity, Span
from onelist.core.model import PLAIN_LISTS, Settings
from onelist.core.targets import DEFAULT_MIN_PYTHON, newest_python
from onelist.core.text import find_secret, shortened
from onelist.settings import keys
from onelist.settings.context import ParseContext, close_matches
from onelist.settings.editing.corrections import is_version, plain_name, plain_python, plain_value
from onelist.settings.ini import read_document
from onelist.settings.key_table import KEYS, KeyGroup
from onelist.settings.keys import spdx, suggestion
from onelist.settings.requirements import conda_list, pip_list
from onelist.settings.urls import address
from onelist.translation import specifiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from onelist.core.findings import Finding, Source
    from onelist.core.model import Requirement
    from onelist.core.rules import Rule
    from onelist.settings.ini import Option

USED_KEYS = frozenset(key.name for key in KEYS if key.group is not KeyGroup.OWN) | {"lib_path"}
"""nbdev's keys that onelist reads. Any other ``*_requirements`` is an extra."""

OWN_KEYS = frozenset(key.name for key in KEYS if key.group is KeyGroup.OWN)
"""The keys that onelist adds."""

_OTHER_KEYS = frozenset(
    "allowed_cell_metadata_keys allowed_metadata_keys all_requirements black_formatting cell_number "
    "cell_spacing clean_ids clear_all company_name console_scripts copyright custom_quarto_yml custom_sidebar "
    "dep_links deps doc_path doc_src_path docs_versioning host ignore_channels jekyll_styles jupyter_hooks "
    "maintainer maintainer_email monospace_docstrings nbs_path preview_host preview_port put_version_in_init pypi_name "
    "readme_nb recursive renderer repo repo_name show_all_docments skip_procs title tst_flags update_pyproject".split()
)
"""nbdev's keys that say nothing about a meta-package. onelist knows them, so that it does not report them."""

_SUFFIX = "_requirements"
_FROM_OTHER_FILES = MappingProxyType({
    "dependencies": "requirements",
    "install_requires": "requirements",
    "requires-python": "min_python",
    "python_requires": "min_python",
    "name": "lib_name",
})  # fmt: skip
"""Keys of setup.cfg, pyproject.toml and environment.yml, with the keys that mean the same here."""
STATUS = {
    "1": "1 - Planning",
    "2": "2 - Pre-Alpha",
    "3": "3 - Alpha",
    "4": "4 - Beta",
    "5": "5 - Production/Stable",
    "6": "6 - Mature",
    "7": "7 - Inactive",
}
"""nbdev's numbers for the trove classifiers "Development Status"."""

_TEN_AS_A_NUMBER = "3.1"
"""What some programs make of 3.10: a number without the zero at its end."""
_LONGEST_NAME = 180
"""A file name has 255 bytes at most (NAME_MAX of POSIX systems). The name of a wheel also has the version and the tags,
and that of its attestation ends with ``.whl.publish.attestation``."""


def parse_settings(source: Source) -> Settings:
    """Parse a settings.ini.

    Args:
        source: Its text and the name of its file.

    Returns:
        The settings; what does not prevent a build is in ``warnings``.

    Raises:
        SettingsError: The file has errors; holds every mistake of the file.
    """
    document = read_document(source)
    parsing = ParseContext(document=document, findings=list(document.mistakes))
    settings = _settings(parsing)
    nothing_read = document.mistakes and not document.options
    findings = _in_order(document.mistakes if nothing_read else _without_follow_ons(parsing))
    errors = sum(found.severity is Severity.ERROR for found in findings)
    if errors:
        mistakes = "one mistake" if errors == 1 else f"{errors} mistakes"
        raise SettingsError(
            message=f"{source.file} has {mistakes} that you must fix first.", findings=findings, source=source
        )
    return replace(settings, warnings=findings)


def _without_follow_ons(parsing: ParseContext) -> Iterator[Finding]:
    """Yield the findings without those about a value that contains another value which is wrong, as ``%(name)s``."""
    document = parsing.document
    wrong = {found.span.line for found in parsing.findings if found.span and found.severity is Severity.ERROR}
    keys_of_wrong = [key for key, option in document.options.items() if option.value_span.line in wrong]
    references = [f"%({key})s" for key in keys_of_wrong if not key.endswith(_SUFFIX)]
    for found in parsing.findings:
        line = document.source.lines[found.span.line - 1] if found.span else ""
        if found.code == rules.INTERPOLATION.code or not any(one in line for one in references):
            yield found


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda found: found.place))


def _settings(parsing: ParseContext) -> Settings:
    """Return the settings; where a value is wrong, with another value in its place."""
    _check_whole_file(parsing)
    options = parsing.document.options
    return Settings(
        source=parsing.document.source,
        spans=MappingProxyType({key: option.value_span for key, option in options.items()}),
        lib_name=_lib_name(parsing),
        version=_version(parsing),
        description=_description(parsing),
        keywords=_keywords(parsing),
        author=parsing.line("author"),
        author_emails=_author_emails(parsing),
        license=_license(parsing),
        user=parsing.line("user"),
        git_url=address(parsing, "git_url"),
        branch=parsing.line("branch").partition(" ")[0],
        doc_url=_doc_url(parsing),
        sdist_url=address(parsing, "sdist_url"),
        classifiers=_classifiers(parsing),
        min_python=_min_python(parsing),
        requirements=pip_list(parsing, "requirements"),
        pip_requirements=pip_list(parsing, "pip_requirements"),
        conda_requirements=conda_list(parsing, "conda_requirements"),
        extras=_extras(parsing),
        conda_user=keys.conda_user(parsing),
        conda_channels=keys.channels(parsing),
        platforms=keys.platforms(parsing),
        conda_names=keys.conda_names(parsing),
        conda_maintainers=keys.maintainers(parsing),
        allow_pins=keys.allow_pins(parsing),
        exports=keys.exports(parsing),
        lib_path=parsing.line("lib_path"),
        meta_package=keys.meta_package(parsing),
        warnings=(),
    )


def _check_whole_file(parsing: ParseContext) -> None:
    """Report what concerns more than one key."""
    _unknown_keys(parsing)
    _secrets(parsing)
    if not (parsing.option("git_url") or parsing.option("doc_host")):
        parsing.report(rules.NO_HOMEPAGE)
    programs = parsing.option("console_scripts")
    if programs and not keys.is_true(parsing.line("meta_package")):
        parsing.report(rules.NO_PROGRAMS, span=programs.key_span)
    is_explained = any(
        found.code == rules.NOT_INI.code
        or (found.code == rules.UNKNOWN_KEY.code and "requirements" in (found.hint or ""))
        for found in parsing.findings
    )
    if not any(parsing.option(key) for key in PLAIN_LISTS) and not is_explained:
        parsing.report(rules.NO_REQUIREMENTS)


def _secrets(parsing: ParseContext) -> None:
    """Report passwords in any line, also in comments: the sdist contains the file as it is."""
    for number, line in enumerate(parsing.document.source.lines, start=1):
        if found := find_secret(line):
            start, end = found
            parsing.report(rules.BAD_ADDRESS, "secret", span=Span(line=number, column=start + 1, length=end - start))


def _unknown_keys(parsing: ParseContext) -> None:
    for key, option in parsing.document.options.items():
        if key in USED_KEYS or key in OWN_KEYS or key in _OTHER_KEYS:
            continue
        if key.endswith(("<", ">", "!", "~")) or option.text.startswith("="):
            parsing.report(rules.NOT_INI, span=option.key_span)  # numpy>=2 that is not indented
            continue
        close = [_FROM_OTHER_FILES[key]] if key in _FROM_OTHER_FILES else _close_keys(key)
        if close and close[0] not in parsing.document.options:
            parsing.report(
                rules.UNKNOWN_KEY,
                "extra" if key.endswith(_SUFFIX) else "",
                span=option.key_span,
                key=key,
                suggestion=close[0],
                edit=Edit(changes=(Replace(span=option.key_span, text=close[0]),), unsafe=True),
            )


def _close_keys(key: str) -> list[str]:
    """Return the known key that a key looks like; of an extra's key, only the first part counts."""
    if not key.endswith(_SUFFIX):
        return close_matches(key, _known_keys(), cutoff=0.84)
    prefixes = close_matches(key.removesuffix(_SUFFIX), ["pip", "conda", "dev"], cutoff=0.75)
    return [prefix + _SUFFIX for prefix in prefixes]


@cache
def _known_keys() -> list[str]:
    return sorted(USED_KEYS | OWN_KEYS | _OTHER_KEYS)


def _report_value(
    parsing: ParseContext,
    rule: Rule,
    option: Option,
    suggestion: str,
    **fields: Any,  # noqa: ANN401 - fields of a message
) -> None:
    """Report a value that is wrong, with the right one where that is clear."""
    change = Replace(span=option.value_span, text=suggestion)
    parsing.report(
        rule,
        "similar" if suggestion else "",
        span=option.value_span,
        suggestion=suggestion,
        edit=Edit(changes=(change,)) if suggestion else None,
        **fields,
    )


def _required(parsing: ParseContext, key: str, sample: str) -> Option | None:
    if option := parsing.option(key):
        return option
    empty = parsing.document.options.get(key)
    parsing.report(
        rules.MISSING_KEY,
        "empty" if empty else "",
        span=empty.key_span if empty else None,
        key=key,
        sample=sample,
    )
    return None


def _lib_name(parsing: ParseContext) -> str:
    option = _required(parsing, "lib_name", "course-meta")
    name = parsing.line("lib_name")
    if option is None:
        return name
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        _report_value(parsing, rules.BAD_NAME, option, plain_name(name), name=name)
    if len(name) > _LONGEST_NAME:
        parsing.report(rules.BAD_NAME, "too_long", span=option.value_span, name=shortened(name), most=_LONGEST_NAME)
    return name


def _version(parsing: ParseContext) -> Version:
    option = _required(parsing, "version", "0.1.0")
    text = parsing.line("version")
    if option is None:
        return Version("0")
    try:
        version = Version(text)
    except ValueError:  # InvalidVersion is one; so is the error of Python for a number with thousands of digits
        plain = plain_value(text)
        _report_value(parsing, rules.BAD_VERSION, option, plain if is_version(plain) else "", version=shortened(text))
        return Version("0")
    if max(version.release) > specifiers.LARGEST:
        parsing.report(rules.BAD_VERSION, "too_large", span=option.value_span, version=shortened(text))
    elif version.local:
        parsing.report(
            rules.BAD_VERSION,
            "local",
            span=option.value_span,
            version=text,
            local=version.local,
            public=version.public,
        )
    elif str(version) != text:
        parsing.report(rules.VERSION_REWRITTEN, span=option.value_span, version=text, normal=version)
    return version


def _description(parsing: ParseContext) -> str:
    text = parsing.line("description")
    if not text:
        parsing.report(rules.NO_DESCRIPTION)
    return text


def _keywords(parsing: ParseContext) -> tuple[str, ...]:
    """Split at commas where there are any (Core Metadata does), else at blanks (nbdev does)."""
    text = parsing.line("keywords")
    parts = text.split(",") if "," in text else text.split()
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _author_emails(parsing: ParseContext) -> tuple[str, ...]:
    option = parsing.option("author_email")
    good = []
    for text in filter(None, (part.strip() for part in parsing.line("author_email").split(","))):
        local, at, domain = text.partition("@")
        if local and at and domain and "@" not in domain and not set(text) & set(' <>"()\\:;'):
            good.append(text)
        elif option:
            parsing.report(rules.BAD_EMAIL, span=option.value_span, email=text)
    return tuple(good)


def _license(parsing: ParseContext) -> str | None:
    option = parsing.option("license")
    if option is None:
        parsing.report(rules.NO_LICENSE)
        return None
    text = parsing.line("license")
    expression = spdx(text)
    if expression is None:
        close = spdx(plain_value(text)) or suggestion(text) or ""
        _report_value(parsing, rules.BAD_LICENSE, option, close, license=text)
    return expression


def _doc_url(parsing: ParseContext) -> str:
    host = address(parsing, "doc_host")
    path = parsing.line("doc_baseurl").strip("/")
    if not host:
        return ""
    return host.rstrip("/") + "/" + (path + "/" if path else "")


def _classifiers(parsing: ParseContext) -> tuple[str, ...]:
    from trove_classifiers import classifiers as known

    result = []
    for key, prefix in (
        ("status", "Development Status"),
        ("audience", "Intended Audience"),
        ("language", "Natural Language"),
    ):
        text = parsing.line(key)
        option = parsing.option(key)
        if not text or not option:
            continue
        classifier = f"{prefix} :: {STATUS.get(text, text) if key == 'status' else text}"
        if classifier in known:
            result.append(classifier)
            continue
        names = [name.removeprefix(prefix + " :: ") for name in known if name.startswith(prefix + " :: ")]
        close = close_matches(text, names, cutoff=0.5)
        parsing.report(
            rules.BAD_CLASSIFIER,
            "status" if key == "status" else "similar" if close else "",
            span=option.value_span,
            value=text,
            key=key,
            suggestion=close[0] if close else None,
            values=", ".join(sorted(names)[:8]),
        )
    return (*result, "Programming Language :: Python :: 3")


def _min_python(parsing: ParseContext) -> tuple[int, int]:
    option = parsing.option("min_python")
    default = ".".join(map(str, DEFAULT_MIN_PYTHON))
    if option is None:
        parsing.report(rules.NO_MIN_PYTHON, default=default)
        return DEFAULT_MIN_PYTHON
    text = parsing.line("min_python")
    match = re.fullmatch(r"(\d{1,3})\.(\d{1,3})", text, re.ASCII)
    if match is None or text == _TEN_AS_A_NUMBER:
        _report_value(parsing, rules.BAD_PYTHON, option, plain_python(text), version=shortened(text), default=default)
        return DEFAULT_MIN_PYTHON
    major, minor = int(match[1]), int(match[2])
    if major != DEFAULT_MIN_PYTHON[0]:
        parsing.report(rules.BAD_PYTHON, "not_python3", span=option.value_span, version=text, default=default)
        return DEFAULT_MIN_PYTHON
    if (major, minor) > newest_python():
        parsing.report(rules.FUTURE_PYTHON, span=option.value_span, version=text)
    return major, minor


def _extras(parsing: ParseContext) -> Mapping[str, tuple[Requirement, ...]]:
    extras: dict[str, tuple[Requirement, ...]] = {}
    for key, option in parsing.document.options.items():
        if not key.endswith(_SUFFIX) or key in PLAIN_LISTS:
            continue
        group = pip_list(parsing, key)
        written = key.removesuffix(_SUFFIX)
        try:
            name = canonicalize_name(written, validate=True)
        except InvalidName:
            parsing.report(rules.BAD_NAME, "extra", span=option.key_span, key=key, name=written)
            continue
        if group:
            extras[name] = extras.get(name, ()) + group
    return MappingProxyType(extras)
