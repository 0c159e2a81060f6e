"""The catalogue of findings: every code, its severity and its title.

The long texts (what, why, usual causes, what to do) are in docs/findings.md, one section a code; a test
holds that both name the same codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onelist.core.findings import Finding, Severity

if TYPE_CHECKING:
    from onelist.core.findings import Edit, Span
    from onelist.core.model import CondaRequirement, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of finding.

    Attributes:
        code: A letter for the subject (S settings, P pins, C conda translation, A availability, R resolution,
            F Python floor, D drift, H channel health, G generated files) and three digits.
        severity: How much a finding of this kind matters.
        title: One line, without a full stop.
    """

    code: str
    severity: Severity
    title: str

    def at(  # noqa: PLR0913 - what a finding has
        self,
        file: str,
        message: str,
        *,
        span: Span | None,
        hint: str | None,
        requirement: str | None = None,
        detail: str | None = None,
        edit: Edit | None = None,
    ) -> Finding:
        """Return a finding of this kind at a place of ``file``."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            file=file,
            span=span,
            requirement=requirement,
            hint=hint,
            detail=detail,
            edit=edit,
        )

    def for_requirement(  # noqa: PLR0913 - what a finding has
        self,
        file: str,
        requirement: Requirement | CondaRequirement,
        message: str,
        *,
        hint: str | None,
        detail: str | None = None,
        edit: Edit | None = None,
    ) -> Finding:
        """Return a finding of this kind about one requirement of ``file``."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            file=file,
            span=requirement.span,
            requirement=requirement.text,
            requirement_id=requirement.id,
            hint=hint,
            detail=detail,
            edit=edit,
        )


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_UNKNOWN = Severity.UNKNOWN

NOT_TEXT = Rule(code="S001", severity=_ERROR, title="The file is not readable text")
NOT_INI = Rule(code="S002", severity=_ERROR, title="A line is not of the form key = value")
DUPLICATE_KEY = Rule(code="S003", severity=_ERROR, title="A key is set twice")
INTERPOLATION = Rule(code="S004", severity=_ERROR, title="A %(name)s reference leads nowhere")
CONTROL_CHARACTER = Rule(code="S005", severity=_ERROR, title="A character that cannot be seen")
MISSING_KEY = Rule(code="S006", severity=_ERROR, title="A key that is needed is missing")
BAD_NAME = Rule(code="S007", severity=_ERROR, title="The package name is not a name")
BAD_VERSION = Rule(code="S008", severity=_ERROR, title="The version is not a version")
BAD_LICENSE = Rule(code="S009", severity=_ERROR, title="The licence is not known")
BAD_REQUIREMENT = Rule(code="S010", severity=_ERROR, title="An item is not a requirement")
BAD_PYTHON = Rule(code="S011", severity=_ERROR, title="min_python is not a Python version")
BAD_ADDRESS = Rule(code="S012", severity=_ERROR, title="An address cannot be used")
BAD_OWN_KEY = Rule(code="S013", severity=_ERROR, title="A key of onelist's own has a wrong value")
OUTSIDE = Rule(code="S014", severity=_ERROR, title="A file leads out of the folder")
CODE_LEFT_OUT = Rule(code="S015", severity=_ERROR, title="There is code that the package would not hold")
UNKNOWN_KEY = Rule(code="S101", severity=_WARNING, title="A key looks misspelt")
BAD_CLASSIFIER = Rule(code="S102", severity=_WARNING, title="status, audience or language is not known")
NO_MIN_PYTHON = Rule(code="S103", severity=_WARNING, title="min_python is not set")
NO_DESCRIPTION = Rule(code="S104", severity=_WARNING, title="There is no description")
NO_LICENSE = Rule(code="S105", severity=_WARNING, title="There is no licence")
NO_HOMEPAGE = Rule(code="S106", severity=_WARNING, title="There is no address of the project")
BAD_EMAIL = Rule(code="S107", severity=_WARNING, title="author_email is not an e-mail address")
REPEATED = Rule(code="S108", severity=_WARNING, title="A requirement is listed twice")
DIRECT_URL = Rule(code="S109", severity=_WARNING, title="A requirement is an address")
EXTRA_MARKER = Rule(code="S110", severity=_WARNING, title="A marker asks for an extra in a plain list")
FUTURE_PYTHON = Rule(code="S111", severity=_WARNING, title="min_python is newer than every known Python")
NO_REQUIREMENTS = Rule(code="S112", severity=_WARNING, title="The list is empty")
ADDRESS_LEFT_OUT = Rule(code="S113", severity=_WARNING, title="An address is left out")
OTHER_SDIST = Rule(code="S114", severity=_WARNING, title="sdist_url names another file")
MAINTAINER_GUESSED = Rule(code="S201", severity=_INFO, title="user stands in for conda_maintainers")
NO_SDIST_URL = Rule(code="S202", severity=_INFO, title="sdist_url is not set")
VERSION_REWRITTEN = Rule(code="S203", severity=_INFO, title="The version is written in its normal form")
NO_LICENSE_FILE = Rule(code="S204", severity=_INFO, title="There is no licence file")
NO_MAINTAINER = Rule(code="S205", severity=_INFO, title="The recipes name no maintainer")

PINNED = Rule(code="P001", severity=_WARNING, title="A requirement is pinned to one version")
CAPPED = Rule(code="P002", severity=_WARNING, title="A requirement has an upper bound")
ALLOWANCE_OVER = Rule(code="P003", severity=_WARNING, title="The time of an allowed pin is over")
ALLOWANCE_IDLE = Rule(code="P004", severity=_WARNING, title="allow_pins names something that is not pinned")
ALLOWANCE_USELESS = Rule(code="P005", severity=_WARNING, title="An allowed pin changes nothing")
EXTRA_PINNED = Rule(code="P101", severity=_INFO, title="A requirement of an extra is pinned")

NO_EXTRAS = Rule(code="C001", severity=_ERROR, title="conda has no extras")
NO_URLS = Rule(code="C002", severity=_ERROR, title="conda installs no addresses")
OS_MARKER = Rule(code="C003", severity=_ERROR, title="A marker differs by operating system")
PYTHON_MARKER = Rule(code="C004", severity=_ERROR, title="A marker differs by Python version")
OTHER_MARKER = Rule(code="C005", severity=_ERROR, title="A marker asks for what conda cannot know")
NO_LOCAL_VERSION = Rule(code="C006", severity=_ERROR, title="conda cannot match this version")
NOT_CONDA_NAME = Rule(code="C007", severity=_ERROR, title="A conda requirement is not a name and a version")
ALREADY_THERE = Rule(code="C008", severity=_WARNING, title="A conda requirement is there already")
PIP_ONLY = Rule(code="C101", severity=_INFO, title="A requirement reaches pip alone")
PIP_EXTRA = Rule(code="C102", severity=_INFO, title="An extra reaches pip alone")
NEVER_TRUE = Rule(code="C103", severity=_INFO, title="A marker is never true")
NOT_ON_CONDA_FORGE = Rule(code="C104", severity=_INFO, title="conda-forge had no package of this name")

NOT_ON_INDEX = Rule(code="A001", severity=_ERROR, title="The package index does not have a requirement")
NO_RELEASE = Rule(code="A002", severity=_ERROR, title="Nothing on the package index fits a requirement")
PIP_IN_PART = Rule(code="A003", severity=_WARNING, title="pip cannot install a requirement everywhere")
SOURCE_ONLY = Rule(code="A004", severity=_WARNING, title="pip has to build a requirement itself")
NOT_ON_CONDA = Rule(code="A005", severity=_ERROR, title="No conda channel has a requirement")
NO_BUILD = Rule(code="A006", severity=_ERROR, title="Nothing on the conda channels fits a requirement")
CONDA_IN_PART = Rule(code="A007", severity=_WARNING, title="conda cannot install a requirement everywhere")
HIDDEN = Rule(code="A008", severity=_WARNING, title="A channel hides what a later channel has")
NO_PYTHON = Rule(code="A009", severity=_WARNING, title="The conda channels lack a Python")
EXTRA_UNAVAILABLE = Rule(code="A010", severity=_WARNING, title="pip cannot install a requirement of an extra")
NOT_YET = Rule(code="A101", severity=_INFO, title="Not there yet for the newest Python")

NOT_INSTALLABLE = Rule(code="R001", severity=_ERROR, title="A requirement cannot be installed")
CLASH = Rule(code="R002", severity=_ERROR, title="Requirements cannot be installed together")
INSTALLABLE_IN_PART = Rule(code="R003", severity=_WARNING, title="A requirement cannot be installed everywhere")
CLASH_IN_PART = Rule(code="R004", severity=_WARNING, title="Requirements cannot be installed together everywhere")
HELD_BACK = Rule(code="R005", severity=_WARNING, title="An old release is taken")
NOT_PROVED = Rule(code="R006", severity=_UNKNOWN, title="Whether the list can be installed is not known")

BELOW_HARD_FLOOR = Rule(code="F001", severity=_ERROR, title="min_python is lower than the list can be installed with")
BELOW_FRESH_FLOOR = Rule(code="F002", severity=_WARNING, title="With min_python learners get old releases")
END_OF_LIFE = Rule(code="F003", severity=_WARNING, title="min_python is a Python that gets no more updates")
CEILING = Rule(code="F101", severity=_INFO, title="The list cannot be installed with the newest Python yet")

ON_CONDA_TOO = Rule(code="D001", severity=_WARNING, title="A requirement for pip alone is on a conda channel")
ON_INDEX_TOO = Rule(code="D002", severity=_WARNING, title="A requirement for conda alone is on the package index")
NAME_CONTRADICTED = Rule(code="D003", severity=_ERROR, title="A requirement has another name on the conda channels")
ON_CONDA_IN_PART = Rule(code="D101", severity=_INFO, title="A requirement for pip alone is on a conda channel in part")
PERHAPS_SOMETHING_ELSE = Rule(code="D102", severity=_INFO, title="A conda package may be something else")

NOT_ASKED = Rule(code="H001", severity=_UNKNOWN, title="A channel or index could not be asked")
NO_SUCH_CHANNEL = Rule(code="H002", severity=_ERROR, title="A channel or index is not there")
OLD_CHANNEL = Rule(code="H003", severity=_WARNING, title="Nothing in a channel is newer than a year")
NO_PLATFORM = Rule(code="H101", severity=_INFO, title="A channel lacks a platform")
IDLE_CHANNEL = Rule(code="H102", severity=_INFO, title="A channel adds nothing to the list")

MISSING_FILE = Rule(code="G001", severity=_WARNING, title="A generated file is missing")
STALE_FILE = Rule(code="G002", severity=_WARNING, title="A generated file is out of date")

RULES: dict[str, Rule] = {rule.code: rule for rule in list(globals().values()) if isinstance(rule, Rule)}
