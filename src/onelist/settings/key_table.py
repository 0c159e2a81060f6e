"""Every key of settings.ini that onelist reads: what it means, how it is written, and what holds without it.

docs/settings.md takes its tables from here (``tools/make_settings_page.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class KeyGroup(Enum):
    """A part of docs/settings.md."""

    PACKAGE = "package"
    PEOPLE = "people"
    LISTS = "lists"
    OWN = "own"
    """The keys that onelist adds; the others are nbdev's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key.

    Attributes:
        name: Its name.
        group: Where docs/settings.md describes it.
        meaning: What it means, in Markdown; for a list, who gets what is on it.
        form: How its value is written, in Markdown; for a list, which names are on it.
        default: What holds when it is not set, in Markdown.
    """

    name: str
    group: KeyGroup
    meaning: str
    form: str
    default: str


KEYS = (
    Key(
        name="lib_name",
        group=KeyGroup.PACKAGE,
        meaning="the name of your package, for pip and conda",
        form="letters, digits, `-`, `_`, `.`",
        default="required (S006)",
    ),
    Key(
        name="version",
        group=KeyGroup.PACKAGE,
        meaning="the version of your package",
        form="numbers with dots (PEP 440, the rules for versions of Python packages)",
        default="required (S006)",
    ),
    Key(
        name="description",
        group=KeyGroup.PACKAGE,
        meaning="one sentence for learners; the summary in the recipes",
        form="text, one line, at most 512 characters (S115); not a word such as yes (S016)",
        default="none (S104)",
    ),
    Key(
        name="keywords",
        group=KeyGroup.PACKAGE,
        meaning="words for search engines",
        form="separated by commas if there is a comma, otherwise by spaces",
        default="none",
    ),
    Key(
        name="author",
        group=KeyGroup.PACKAGE,
        meaning="the author",
        form="text",
        default="none",
    ),
    Key(
        name="author_email",
        group=KeyGroup.PACKAGE,
        meaning="how to reach them; the first address belongs to `author`",
        form="addresses separated by commas",
        default="none",
    ),
    Key(
        name="license",
        group=KeyGroup.PACKAGE,
        meaning="what others may do with the package",
        form="`apache2`, `mit`, `gpl2`, `gpl3`, `bsd3`, or an SPDX name",
        default="none (S105)",
    ),
    Key(
        name="min_python",
        group=KeyGroup.PACKAGE,
        meaning="the lowest Python of the course",
        form="two numbers with a dot, the first is 3",
        default="`3.11` (S103)",
    ),
    Key(
        name="status",
        group=KeyGroup.PACKAGE,
        meaning="the state of development",
        form="a number from 1 (planning) to 7 (inactive)",
        default="none",
    ),
    Key(
        name="audience",
        group=KeyGroup.PACKAGE,
        meaning="the intended users",
        form="one value of the official list, such as `Education`",
        default="none",
    ),
    Key(
        name="language",
        group=KeyGroup.PACKAGE,
        meaning="the language of the course",
        form="one value of the official list, such as `English`",
        default="none",
    ),
    Key(
        name="git_url",
        group=KeyGroup.PEOPLE,
        meaning="the repository; also the homepage",
        form="an address with `https://`",
        default="none (S106)",
    ),
    Key(
        name="branch",
        group=KeyGroup.PEOPLE,
        meaning="the branch of the repository that the badges of `onelist export` open",
        form="a name",
        default="the default branch",
    ),
    Key(
        name="doc_host",
        group=KeyGroup.PEOPLE,
        meaning="where the documentation is; the homepage if there is no `git_url`",
        form="an address with `https://`",
        default="none",
    ),
    Key(
        name="doc_baseurl",
        group=KeyGroup.PEOPLE,
        meaning="the folder of the documentation on `doc_host`",
        form="a path",
        default="none",
    ),
    Key(
        name="user",
        group=KeyGroup.PEOPLE,
        meaning="the owner of the repository on GitHub; maintainer of the recipes if `conda_maintainers` is not set",
        form="a name",
        default="none",
    ),
    Key(
        name="conda_user",
        group=KeyGroup.PEOPLE,
        meaning="the owner of your own conda channel",
        form="a name",
        default="none",
    ),
    Key(
        name="requirements",
        group=KeyGroup.LISTS,
        meaning="pip and conda users",
        form="names that pip knows; translated for conda",
        default="empty",
    ),
    Key(
        name="pip_requirements",
        group=KeyGroup.LISTS,
        meaning="only pip users",
        form="names that pip knows",
        default="empty",
    ),
    Key(
        name="conda_requirements",
        group=KeyGroup.LISTS,
        meaning="only conda users",
        form="names that conda knows; never translated",
        default="empty",
    ),
    Key(
        name="dev_requirements",
        group=KeyGroup.LISTS,
        meaning="only pip users who ask for the extra `dev`",
        form="names that pip knows",
        default="empty",
    ),
    Key(
        name="conda_channels",
        group=KeyGroup.OWN,
        meaning="the channels that learners install from, in the order of the install command",
        form="names, addresses or folders; or `none`",
        default="`conda-forge`",
    ),
    Key(
        name="platforms",
        group=KeyGroup.OWN,
        meaning="the platforms of your learners' machines",
        form="conda's names, such as `win-64`",
        default="`linux-64 linux-aarch64 osx-arm64 win-64`",
    ),
    Key(
        name="conda_names",
        group=KeyGroup.OWN,
        meaning="the conda names of requirements",
        form="`name=conda-name`",
        default="onelist's table of names",
    ),
    Key(
        name="conda_maintainers",
        group=KeyGroup.OWN,
        meaning="the people who maintain the recipes",
        form="GitHub names",
        default="`user`",
    ),
    Key(
        name="allow_pins",
        group=KeyGroup.OWN,
        meaning="names that may be pinned until a day",
        form="`name=2027-06-30`",
        default="none",
    ),
    Key(
        name="exports",
        group=KeyGroup.OWN,
        meaning="the exports that `onelist sync` keeps",
        form="`environment`, `requirements`, `pixi`, `pyproject`, `binder`, `colab`, `devcontainer`, `docker`, "
        "`installer`",
        default="none",
    ),
    Key(
        name="meta_package",
        group=KeyGroup.OWN,
        meaning="the package holds only the list and no code",
        form="`true` or `false`",
        default="`false`",
    ),
    Key(
        name="sdist_url",
        group=KeyGroup.OWN,
        meaning="the address from which the published sdist can be downloaded",
        form="an address with `https://`",
        default="none (S202)",
    ),
)
"""All keys, in the order of docs/settings.md."""
