"""S101 to S118, and S120: values of settings.ini that work, with a disadvantage for someone."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording

_DID_YOU_MEAN = "Did you mean {suggestion}?"

UNKNOWN_KEY = Rule(
    code="S101",
    severity=Severity.WARNING,
    title="A key may be misspelt",
    message="{key} is not a key of onelist or nbdev, so it has no effect.",
    hint=_DID_YOU_MEAN,
    variants={"extra": Wording(message="{key} is not a key of onelist or nbdev, so it becomes an extra.")},
    example={"key": "requirments"},
    what="""onelist and nbdev do not know this key, but it is close to a key that they know and that your file does not
    set. The same is true of `codna_requirements`, although it makes an extra.""",
    why="""A misspelt key has no effect, and no other tool tells you.""",
    causes="""A typing error: `requirments`, `author_mail`, `min_pyhton`.""",
    what_to_do="""Write the key as the message suggests; `onelist fix --select S101` does it. onelist accepts keys that
    are close to no known key: you may use them with `%(name)s`.""",
)

BAD_CLASSIFIER = Rule(
    code="S102",
    severity=Severity.WARNING,
    title="status, audience or language is not known",
    message="{value} is not a value of {key} that the package index knows, so it is left out.",
    hint="Use one of: {values} ...",
    variants={
        "similar": Wording(hint=_DID_YOU_MEAN),
        "status": Wording(hint="Use a number from 1 to 7."),
    },
    example={"value": "Teachers", "key": "audience"},
    what="""The value of `status`, `audience` or `language` is not on the official list of classifiers. Classifiers are
    the labels that the package index shows beside a package. The value is left out.""",
    why="""The package index refuses labels that it does not know.""",
    causes="""A word for `status` instead of a number; "Teachers" for `audience`; two values in one line; a small first
    letter.""",
    what_to_do="""Use a number from 1 to 7 for `status`, and one official value each for the other two.""",
    ini="""\
status = 3
audience = Education
language = English
""",
)

NO_MIN_PYTHON = Rule(
    code="S103",
    severity=Severity.WARNING,
    title="min_python is not set",
    message="min_python is not set; onelist uses {default}.",
    hint="Add a line min_python = {default}, or the lowest Python with which you tested the course.",
    example={"default": "3.11"},
    what="""The file does not say which Python the course needs at least. onelist uses 3.11.""",
    why="""You may not have tested 3.11. Learners with another Python cannot install the list, or they can and the
    course fails.""",
    causes="""The line was never written, or has no value.""",
    what_to_do="""Write the lowest Python with which you tested the course.""",
    ini="min_python = 3.12\n",
)

NO_DESCRIPTION = Rule(
    code="S104",
    severity=Severity.WARNING,
    title="There is no description",
    message="There is no description, so the recipes have no summary. conda-forge requires one.",
    hint="Add a line description = with one sentence for learners.",
    what="""`description` is missing or empty.""",
    why="""It is the sentence that people see in search results. In recipes it becomes the summary, which conda-forge
    requires.""",
    causes="""It was left for later.""",
    what_to_do="""Add one sentence for learners.""",
    ini="description = All packages that the statistics course needs\n",
)

NO_LICENSE = Rule(
    code="S105",
    severity=Severity.WARNING,
    title="There is no licence",
    message="No licence is named, so people do not know what they may do with the list. conda-forge requires one.",
    hint="Add a line such as license = apache2, or an SPDX name such as MIT.",
    what="""`license` is missing or empty.""",
    why="""Without a licence, people do not know what they may do with your list. conda-forge requires a licence.""",
    causes="""It was left for later, or seemed unnecessary for a list.""",
    what_to_do="""Choose a licence and name it. Then put its text beside `settings.ini` (see S204).""",
    ini="license = apache2\n",
)

NO_HOMEPAGE = Rule(
    code="S106",
    severity=Severity.WARNING,
    title="There is no address of the project",
    message="There is no address where people find this project. conda-forge requires one.",
    hint="Add a line git_url = https://... with the address of the repository.",
    what="""Neither `git_url` nor `doc_host` is set.""",
    why="""People who find the package must be able to find you. conda-forge requires an address.""",
    causes="""The repository did not exist when the file was written.""",
    what_to_do="""Add the address of the repository.""",
    ini="git_url = https://github.com/ada/course\n",
)

BAD_EMAIL = Rule(
    code="S107",
    severity=Severity.WARNING,
    title="author_email is not an e-mail address",
    message="{email} is not an e-mail address, so it is left out.",
    hint="Write only addresses such as name@example.org. Separate several with commas.",
    example={"email": "Ada <ada@example.org>"},
    what="""A part of `author_email` does not have the form `name@example.org`. That part is left out; valid addresses
    beside it stay.""",
    why="""A wrong address in the package helps no one.""",
    causes="""A name in front of the address, as in `Ada <ada@example.org>`, or spaces between two addresses.""",
    what_to_do="""Write only addresses, separated by commas. Put the name into `author`.""",
    ini="""\
author = Ada Lovelace
author_email = ada@example.org, grace@example.org
""",
)

REPEATED = Rule(
    code="S108",
    severity=Severity.WARNING,
    title="A requirement is listed twice",
    many="{count} requirements are listed twice",
    message="{name} is listed again; the first is in line {line}, column {column}.",
    hint="Delete one of the two.",
    example={"name": "pandas", "line": "9", "column": "16"},
    what="""A name occurs a second time. `requirements` and `pip_requirements` count as one list here.
    `conda_requirements` and each extra are separate lists. `Foo_Bar` and `foo-bar` are the same name for pip. The same
    name with two different markers is not a repetition.""",
    why="""Later you may change one of the two and forget the other.""",
    causes="""A list that grew over years, or a name that was copied to another list and not deleted from the first.""",
    what_to_do="""Delete one of the two.""",
)

DIRECT_URL = Rule(
    code="S109",
    severity=Severity.WARNING,
    title="A requirement is an address",
    many="{count} requirements are addresses",
    message="{name} is required by its address. The public package index refuses a wheel with such a requirement.",
    hint="List only the name as soon as a release that you can use is on the index.",
    example={"name": "coursetools"},
    what="""A requirement has an address (`name @ https://...`) and not only a name.""",
    why="""The public package index refuses a package with such a requirement. And the address may stop working.""",
    causes="""You need a change that is not released yet, or a package that exists only in a repository.""",
    what_to_do="""List only the name as soon as a release has what you need. If you never publish to the public index,
    you can keep the address: onelist still builds the wheel. conda cannot use it; see C002.""",
)

EXTRA_MARKER = Rule(
    code="S110",
    severity=Severity.WARNING,
    title="A marker in a plain list requires an extra",
    message="The marker of {name} asks for an extra, and an installation of the list asks for none.",
    hint="List it without the marker in a key such as dev_requirements, which makes the extra dev.",
    variants={"extra": Wording(hint="Delete the marker: {key} already makes an extra.")},
    example={"name": "pytest"},
    what="""A requirement has a marker such as `extra == "dev"`.""",
    why="""Such a marker is false when someone simply installs your list, so the requirement is left out.""",
    causes="""The line was copied from a built package, where extras are written in this way.""",
    what_to_do="""Put the name, without the marker, into a key that makes an extra. In such a key, delete the
    marker.""",
    ini="dev_requirements = pytest\n",
)

FUTURE_PYTHON = Rule(
    code="S111",
    severity=Severity.WARNING,
    title="min_python is newer than every known Python",
    message="Python {version} is newer than every Python that this onelist knows.",
    hint="Lower it. If that Python has been released, update onelist.",
    example={"version": "3.31"},
    what="""`min_python` is higher than the newest Python in onelist's table.""",
    why="""As far as onelist knows, no one could install the list.""",
    causes="""A typing error such as `3.31` for `3.13`. Or that Python is newer than your onelist.""",
    what_to_do="""Lower the number, or update onelist.""",
)

NO_REQUIREMENTS = Rule(
    code="S112",
    severity=Severity.WARNING,
    title="The list is empty",
    message="The list is empty: requirements, pip_requirements and conda_requirements contain nothing.",
    hint="Write requirements = and the names that the course needs, separated by spaces.",
    what="""`requirements`, `pip_requirements` and `conda_requirements` contain nothing. Extras do not count.""",
    why="""The package only lists other packages. If it lists none, it does nothing.""",
    causes="""The names are under a misspelt key, or only in an extra.""",
    what_to_do="""Write the names that the course needs.""",
    ini="requirements = pandas numpy matplotlib\n",
)

ADDRESS_LEFT_OUT = Rule(
    code="S113",
    severity=Severity.WARNING,
    title="An address is left out",
    message="{key} is not a web address, so it is left out.",
    hint="Write the whole address, beginning with https://",
    variants={"similar": Wording(hint=_DID_YOU_MEAN)},
    example={"key": "git_url"},
    what="""`git_url` or `doc_host` is not a web address, so onelist does not write it into the package.""",
    why="""A link that does not work is worse than no link.""",
    causes="""`https://` is missing, or it is the address for git (`git@...`) and not the one for the browser.""",
    what_to_do="""Copy the address from the address line of your browser.""",
    ini="git_url = https://github.com/ada/course\n",
)

OTHER_SDIST = Rule(
    code="S114",
    severity=Severity.WARNING,
    title="sdist_url names another file",
    message="sdist_url does not end in {sdist}, which is the name of the sdist of this version.",
    hint="Make it end in /{sdist}.",
    example={"sdist": "course_meta-2024.1.5.tar.gz"},
    what="""`sdist_url` does not end in the name of the file that `onelist build` makes: the name of the package with
    `_` instead of `-` and `.`, the version in its normal form, and `.tar.gz`.""",
    why="""conda-forge builds from the file at that address. It would find another file or none.""",
    causes="""`%(version)s` inserts the version as you wrote it, `2024.01.05`, but the file name has the normal form,
    `2024.1.5`. Or `%(lib_name)s` inserts a name with `-`. Or it is the address of an archive that GitHub makes of a
    tag.""",
    what_to_do="""Write the version in its normal form (see S203), and the name as in the name of the file.""",
    ini="""\
version = 2024.1.5
sdist_url = https://example.org/files/course_meta-%(version)s.tar.gz
""",
)

LONG_DESCRIPTION = Rule(
    code="S115",
    severity=Severity.WARNING,
    title="The description is too long for the package index",
    message="The description has {length} characters. The public package index refuses more than {limit}.",
    hint="Write one sentence here, and the rest into the README.",
    example={"length": "730", "limit": "512"},
    what="""`description` has more than 512 characters. It becomes the summary of the package.""",
    why="""The public package index refuses the upload of a package with a longer summary.""",
    causes="""The text of the README was copied into `description`.""",
    what_to_do="""Write one sentence for learners. Put the rest into a README beside `settings.ini`.""",
    ini="description = All packages that the statistics course needs\n",
)

README_NOT_SHOWN = Rule(
    code="S116",
    severity=Severity.WARNING,
    title="The package index cannot show the README",
    message="{path} cannot be shown, so the public package index refuses the package: {reason}.",
    hint="Correct that line, or write the README in Markdown (README.md).",
    example={"path": "README.rst", "reason": 'line 4: Unknown directive type "toctree"'},
    what="""The README is reStructuredText (`.rst`), and the library that the package index uses cannot render it.
    `twine check` uses the same library, readme-renderer.""",
    why="""The public package index refuses the upload of a package whose description it cannot render.""",
    causes="""A directive that only Sphinx knows, such as `toctree`. Or a mistake in the text, such as a title whose
    line is too short, or a link without a target.""",
    what_to_do="""Correct the line. Or write the README in Markdown, which always renders.""",
)

RESERVED_NAME = Rule(
    code="S117",
    severity=Severity.WARNING,
    title="The name is that of a module of Python",
    message="{name} is the name of a module of Python itself. The public package index refuses such names.",
    hint="Choose another lib_name, such as {name}-meta.",
    example={"name": "statistics"},
    what="""`lib_name` is the name of a module of Python's standard library.""",
    why="""The public package index refuses new packages with such a name. On another index, learners would take the
    package for the module.""",
    causes="""The course has the name of its subject, and Python has a module for it.""",
    what_to_do="""Choose another name.""",
    ini="lib_name = statistics-course\n",
)

NO_PROGRAMS = Rule(
    code="S118",
    severity=Severity.WARNING,
    title="console_scripts has no effect",
    message="console_scripts names programs, but the package contains no code, so no one gets them.",
    hint="Delete console_scripts. Or write meta_package = true if you know that.",
    what="""`console_scripts` is set. It names programs that call functions of the package, and a package that onelist
    builds has no functions.""",
    why="""Learners who had these programs from an earlier release lose them with the next.""",
    causes="""The settings file comes from nbdev's template or from a package with code.""",
    what_to_do="""Delete the key. If the programs are needed, build the package with nbdev.
    `meta_package = true` says that the package holds only the list, and ends this warning.""",
)

NOT_A_PROJECT = Rule(
    code="S120",
    supersedes=(Supersedes("C105", Scope.REQUIREMENT),),
    severity=Severity.WARNING,
    title="A name is that of a module or of a conda package, and not that of the project",
    many="{count} names are those of modules or of conda packages, and not those of the projects",
    message="{name} is the name of {kind}. The package index calls it {instead}.",
    hint="Write {instead}.",
    variants={
        "listed": Wording(hint="Delete {name}: {instead} is already listed."),
        "namesake": Wording(
            message="{name} is the name of {kind}, which the package index calls {instead}. The project {name} of the "
            "package index is something else.",
            hint="Write {instead}: onelist fix{here} --select S120",
        ),
        "namesake_listed": Wording(
            message="{name} is the name of {kind}, which the package index calls {instead}. The project {name} of the "
            "package index is something else.",
            hint="Delete {name}, because {instead} is already listed: onelist fix{here} --select S120",
        ),
        "python": Wording(message="{name} is a part of Python, and nothing has to be installed.", hint="Delete it."),
        "python_namesake": Wording(
            message="{name} is a part of Python. The project {name} of the package index is something else, or a copy "
            "for old Pythons.",
            hint="Delete {name}: onelist fix{here} --select S120",
        ),
    },
    example={"name": "cv2", "kind": "a module", "instead": "opencv-python"},
    what="""The list has a name that people use for the package elsewhere: in `import`, or with conda. The package index
    has no project of that name, or a project that is something else. Or it is a part of Python. onelist knows it from
    two tables: the modules of the most used projects, and the names of conda-forge.""",
    why="""`pip install` of your package fails for everyone, or installs something else.""",
    causes="""The name was copied from an import, or from an environment.yml.""",
    what_to_do="""Write the name of the message. `onelist fix` does it.""",
    ini="requirements = opencv-python\n",
    fallback_for=Evidence.AVAILABILITY,
)
