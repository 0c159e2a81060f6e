"""F: the Pythons that a list supports."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.availability import WAIT, WAIT_OR_TRY
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording

MIN_PYTHON_TOO_LOW = Rule(
    code="F001",
    severity=Severity.ERROR,
    title="The list cannot be installed with min_python",
    evidence=Evidence.RESOLUTION,
    message="{installer} cannot install the list with a Python older than {python}, because of {names}. But min_python "
    "allows {min_python}.",
    hint="Write min_python = {python}.",
    variants={
        "no_python": Wording(
            message="{installer} cannot install the list with a Python older than {python}: no channel of the list has "
            "one. But min_python allows {min_python}."
        )
    },
    example={"installer": "pip", "python": "3.11", "names": "numpy and pandas", "min_python": "3.8"},
    what="""With a Python older than the one of the message, one installer cannot install the list on any platform, in
    any versions.""",
    why="""Your package says that it can be installed with that Python, but it cannot.""",
    causes="""`min_python` was written years ago, and a requirement has since dropped old Pythons.""",
    what_to_do="""Write the Python of the message. `onelist fix` does it where neither pip nor conda installs the list
    with an older Python. Otherwise users of the other installer would lose it, so `fix` needs `--select F001`.""",
    supersedes=tuple(Supersedes(code=code, scope=Scope.MIN_PYTHON) for code in ("A003", "A007", "A009", "R003")),
)

MIN_PYTHON_GETS_OLD_RELEASES = Rule(
    code="F002",
    severity=Severity.WARNING,
    title="With min_python, learners get old releases",
    evidence=Evidence.RESOLUTION,
    message="With Python {python}, {installer} silently installs older releases: {older}. It installs the newer ones "
    "{where}.",
    hint="If the course needs the newer releases, write min_python = {fresh}.",
    example={
        "python": "3.10",
        "installer": "pip",
        "older": "numpy 2.2.6 instead of 2.3.1",
        "where": "with Python 3.11 to 3.14",
    },
    what="""The list can be installed with the lowest Python, but with older releases of some requirements than a newer
    Python gets. The message names them, and says who gets the newer ones.""",
    why="""No one tells learners that they do not have what you teach.""",
    causes="""The newest releases have dropped that Python.""",
    what_to_do="""If the course needs the newer releases, raise `min_python`: people with an older Python then cannot
    install the list. If old releases are enough, change nothing. That is your decision, so `onelist fix` raises it only
    with `--select F002`.""",
)

END_OF_LIFE = Rule(
    code="F003",
    severity=Severity.WARNING,
    title="min_python is a Python without security updates",
    message="Python {python} has had no security updates since {day}, and fewer and fewer packages support it.",
    hint="Write min_python = {oldest}.",
    variants={
        "conda_forge": Wording(
            message="Python {python} has had no security updates since {day}, and fewer and fewer packages support it: "
            "conda-forge builds only for Python {floor} and newer."
        )
    },
    example={"python": "3.9", "day": "2025-10-31"},
    what="""The support of that Python has ended; onelist has a table of the dates. The message also says whether
    conda-forge has dropped it.""",
    why="""Its faults are no longer fixed, and fewer and fewer packages support it.""",
    causes="""`min_python` was written years ago.""",
    what_to_do="""Write the oldest Python that is supported, if your learners have it: others can no longer
    install the list then. So `onelist fix` does it only with `--select F003`.""",
)

NEWEST_PYTHON_UNSUPPORTED = Rule(
    code="F101",
    severity=Severity.INFO,
    title="The list cannot be installed with the newest Python yet",
    evidence=Evidence.RESOLUTION,
    message="Python {python} is new, and the list cannot be installed with it on at least one platform yet. What "
    "prevents it: {parts}.",
    hint=WAIT,
    variants={"bound": Wording(hint=WAIT_OR_TRY)},
    example={"python": "3.15", "parts": "with pip: torch; with conda: Python itself"},
    what="""The requirements that prevent an installation of the list with a Python that is less than a year old, on a
    platform that the Python before it supports. With `--no-resolve`, you see A101 instead.""",
    why="""You know what happens to learners who use that Python. Your list is fine.""",
    causes="""Every package must be built again for a new Python, which takes the maintainers some months.""",
    what_to_do="""Nothing. After a year it becomes R003.""",
    supersedes=(Supersedes(code="A101", scope=Scope.LIST),),
)

CONDA_FORGE_PYTHON = Rule(
    code="F102",
    severity=Severity.INFO,
    title="conda-forge's package needs a newer Python than min_python",
    message="min_python is {python}, but conda-forge builds only for Python {floor} and newer. So its package of the "
    "list will need Python {floor}.",
    hint="Write min_python = {floor} if all learners have that Python.",
    example={"python": "3.10", "floor": "3.11"},
    what="""conda-forge has dropped that Python, although CPython still supports it. onelist has a table of such facts,
    with a date. With a Python that has no more security updates, you see F003 instead.""",
    why="""The recipe for conda-forge begins at the newer Python. The wheel and the package on your own channel keep
    `min_python`, so pip and conda do not offer the same.""",
    causes="""conda-forge drops a Python some months before its support ends.""",
    what_to_do="""Nothing, if you do not publish on conda-forge. Otherwise raise `min_python` when your learners are
    ready.""",
)
