"""Small builders for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onelist.core.errors import SettingsError
from onelist.core.findings import Finding, Source
from onelist.core.model import Project, Settings, TextFile
from onelist.settings.parser import parse_settings
from onelist.translation.plan import Plan, make_plan

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = """\
[DEFAULT]
lib_name = course-meta
version = 0.1.0
description = What the course needs
user = teacher
license = mit
min_python = 3.11
git_url = https://example.org/%(user)s/%(lib_name)s
sdist_url = %(git_url)s/course_meta-%(version)s.tar.gz
requirements = pandas graphviz>=0.20 requests>=2,<3
pip_requirements = sentencepiece
conda_requirements = nodejs>=20
dev_requirements = nbdev
"""
"""A small settings.ini with one requirement of each kind."""


@dataclass(frozen=True)
class Ran:
    """The result of a run of the command line."""

    code: int
    out: str
    err: str


NO_CHANNEL = "./no-channel"
"""A channel that does not exist, for lists whose channels do not matter: the default is one on the network."""


WELL = {
    "description": "d",
    "license": "mit",
    "git_url": "https://example.org/x",
    "conda_maintainers": "ada",
    "min_python": "3.12",
    "platforms": "linux-64 osx-arm64",
}
"""The keys of a list about which there is nothing to say, for two platforms and the newest Pythons."""


def settings_text(**keys: str) -> str:
    """Return a settings.ini with a name, a version and these keys."""
    base = {"lib_name": "course-meta", "version": "0.1.0", "min_python": "3.11"}
    return "[DEFAULT]\n" + "".join(f"{key} = {value}\n" for key, value in (base | keys).items())


def parse(text: str) -> Settings:
    """Parse a text as settings.ini."""
    return parse_settings(Source(file="settings.ini", text=text))


def settings(**keys: str) -> Settings:
    """Return settings with a name, a version and these keys."""
    return parse(settings_text(**keys))


def project(**keys: str) -> Project:
    """Return a project with these keys and a licence file."""
    text = settings_text(**keys)
    return Project(
        folder=Path(),
        settings=parse(text),
        raw=text.encode(),
        readme=TextFile(name="README.md", content=b"# Course\n"),
        license=TextFile(name="LICENSE", content=b"Do what is right.\n"),
    )


def plan(**keys: str) -> Plan:
    """Return the plan for settings with these keys."""
    return make_plan(settings(**keys))


def mistakes(text: str) -> list[Finding]:
    """Return the mistakes of a text that is refused; fail when it is accepted."""
    try:
        parse(text)
    except SettingsError as error:
        return list(error.findings)
    raise AssertionError("the text was accepted")


def brief(finding: Finding) -> str:
    """Return a finding as ``CODE LINE:COLUMN MESSAGE | HINT``."""
    place = f"{finding.span.line}:{finding.span.column}" if finding.span else "-"
    return f"{finding.code} {place} {finding.message} | {finding.hint}"
