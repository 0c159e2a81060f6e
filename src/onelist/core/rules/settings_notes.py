"""S201 to S207: good to know about settings.ini."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Rule, Scope, Supersedes, Wording

_NAME_PEOPLE = "Add a line conda_maintainers = with the GitHub names of the people who maintain the list."

MAINTAINER_GUESSED = Rule(
    code="S201",
    severity=Severity.INFO,
    title="user is used for conda_maintainers",
    message="The recipes name {user} as maintainer, from the key user. conda-forge requires people, not organisations.",
    hint=_NAME_PEOPLE,
    example={"user": "ada"},
    what="""The recipes name `user` as their maintainer, because `conda_maintainers` is not set.""",
    why="""conda-forge requires people who maintain a recipe. `user` is often an organisation.""",
    causes="""Only onelist knows `conda_maintainers`, so older files do not have it.""",
    what_to_do="""Nothing, if `user` is a person. Otherwise name the people by their GitHub names.""",
    ini="conda_maintainers = ada grace\n",
)

NO_SDIST_URL = Rule(
    code="S202",
    severity=Severity.INFO,
    title="sdist_url is not set",
    message="sdist_url is not set, so the recipe for conda-forge points to a file and not to an address.",
    hint="Before you submit to conda-forge, add sdist_url = https://... "
    "with the address of the published .tar.gz file.",
    what="""The file does not say where people can download the sdist of this version.""",
    why="""The recipe for conda-forge must point to a public address. Without one, it points to the file that was built
    on your machine.""",
    causes="""You have not published anything yet, or you do not want to be on conda-forge.""",
    what_to_do="""Nothing, if you do not submit to conda-forge. Otherwise publish the `.tar.gz` file and add its
    address.""",
    ini="sdist_url = https://example.org/files/course_meta-%(version)s.tar.gz\n",
)

VERSION_REWRITTEN = Rule(
    code="S203",
    severity=Severity.INFO,
    title="The version is written in its normal form",
    message="The version {version} is written as {normal} in everything that is built.",
    hint="Write {normal} if you want to see the same text in all places.",
    example={"version": "2026.05", "normal": "2026.5"},
    what="""Your version has a normal form that differs from your text. onelist uses the normal form in everything that
    it builds.""",
    why="""Python tools write every version in one normal form: without leading zeros, and without a `v` in front.""",
    causes="""A date such as `2026.05`, or a tag such as `v1.0`.""",
    what_to_do="""Nothing. If you want to see the same text in all places, write the normal form.""",
    ini="version = 2026.5\n",
)

NO_LICENSE_FILE = Rule(
    code="S204",
    severity=Severity.INFO,
    title="There is no licence file",
    message="There is no licence file beside {settings}, so the packages contain none.",
    hint="Put the text of {license} into a file LICENSE in the same folder.",
    example={"settings": "settings.ini"},
    what="""A licence is named, but there is no licence file beside `settings.ini`. onelist looks for LICENSE, LICENCE
    and COPYING, also with `.txt`, and for the first two with `.md` and `.rst`.""",
    why="""Most licences require that the package contains their text. conda-forge requires the file.""",
    causes="""The file has another name, or is in another folder.""",
    what_to_do="""Put the text of the licence into a file `LICENSE` in the same folder.""",
)

NO_MAINTAINER = Rule(
    code="S205",
    severity=Severity.INFO,
    title="The recipes name no maintainer",
    message="The recipes name no maintainer. conda-forge requires one.",
    hint=_NAME_PEOPLE,
    what="""`conda_maintainers` is not set, and `user` is not set or cannot be the name of a GitHub user.""",
    why="""conda-forge requires the GitHub names of the people who maintain a recipe.""",
    causes="""The file is new, or the list is not on GitHub.""",
    what_to_do="""Nothing, if you do not submit to conda-forge. Otherwise name the people.""",
    ini="conda_maintainers = ada grace\n",
)

README_NOT_TRIED = Rule(
    code="S206",
    severity=Severity.INFO,
    title="The README was not tried",
    message="{path} was not tried: the library readme-renderer is not installed.",
    hint="Run: python -m pip install 'onelist[readme]'",
    example={"path": "README.rst"},
    what="""The README is reStructuredText (`.rst`). onelist can try whether the package index can show it, if the
    library of the index, readme-renderer, is installed.""",
    why="""The public package index refuses the upload of a package whose description it cannot render (S116).""",
    causes="""The library is optional, because Markdown does not need it.""",
    what_to_do="""Install `onelist[readme]`, or run `twine check` on the built files.""",
)

PERHAPS_ANOTHER = Rule(
    code="S207",
    supersedes=(Supersedes("C105", Scope.REQUIREMENT),),
    severity=Severity.INFO,
    title="A name may be meant for another project",
    message="{name} is the name of {kind}, which the package index calls {instead}. But it has another project with "
    "the name {name}.",
    hint="If you mean {instead}, write {instead}: onelist fix{here} --select S207",
    variants={
        "listed": Wording(hint="If you mean {instead}, delete {name}: {instead} is already listed."),
    },
    example={"name": "dotenv", "kind": "a module", "instead": "python-dotenv"},
    what="""Many people import a module, or install a conda package, by this name, and the project of that package has
    another name. The package index also has a project with the name itself. onelist knows it from two tables: the
    modules of the most used projects, and the names of conda-forge.""",
    why="""If you list the wrong one, learners get another module, or an old copy.""",
    causes="""The name was copied from an import, or from an environment.yml.""",
    what_to_do="""Nothing, if you mean the project of that name. Otherwise write the other name.""",
)
