"""P: versions that a list holds."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Wording

_WRITE_NAME = "Write only {unpinned}. If you need the bound for a time, write {name}={date} in allow_pins."

PINNED = Rule(
    code="P001",
    severity=Severity.WARNING,
    title="A requirement is pinned to one version",
    many="{count} requirements are pinned to one version",
    message="{name} is pinned by {bounds}: the list cannot be installed beside a package that needs another version.",
    hint=_WRITE_NAME,
    example={"name": "pandas", "bounds": "==2.1"},
    what="""A requirement accepts only one version (`==`, `===`) or one series of versions (`==1.5.*`; in
    `conda_requirements` also `=1.5`).""",
    why="""Learners install your list beside other packages. If one of them needs another version, the installation
    fails. And a pinned list quickly gets old.""",
    causes="""The line was copied from `pip freeze`. Or a release had a fault that is fixed now.""",
    what_to_do="""Write only the name. A lower bound (`>=`) and an exclusion (`!=`) are fine. If you must pin a
    requirement for a time, say until when.""",
    ini="""\
requirements = pandas numpy>=1.26 scipy!=1.11.0 ipywidgets==7.7
allow_pins = ipywidgets=2027-06-30
""",
)

CAPPED = Rule(
    code="P002",
    severity=Severity.WARNING,
    title="A requirement has an upper bound",
    many="{count} requirements have an upper bound",
    message="{name} has the upper bound {bounds}: the list cannot be installed beside a package that needs a newer "
    "version.",
    hint=_WRITE_NAME,
    example={"name": "ipywidgets", "bounds": "<8"},
    what="""The requirement excludes newer versions, by `<`, `<=` or `~=`.""",
    why="""It works today. When other packages need the newer version, learners can no longer install your list.""",
    causes="""Caution, or a new version that once had a fault. `~=1.4` looks harmless, but it also means `<2`.""",
    what_to_do="""Write only the name, or keep only the lower bound. If you need the bound for a time, use `allow_pins`
    as in P001.""",
)

PIN_EXCEPTION_OVER = Rule(
    code="P003",
    severity=Severity.WARNING,
    title="The time of an allowed pin has passed",
    message="{name} was allowed to be pinned by {bounds} until {until}. That day has passed.",
    hint="Write only {unpinned}. If you still need the bound, write a later date in allow_pins.",
    variants={
        "capped": Wording(
            message="{name} was allowed to have the upper bound {bounds} until {until}. That day has passed."
        )
    },
    example={"name": "ipywidgets", "bounds": "==7.7", "until": "2026-06-30"},
    what="""`allow_pins` allowed a pin or an upper bound until a day that has passed. The requirement still has it. This
    is a warning for extras, too.""",
    why="""People forget an exception that has no end. The date reminds you.""",
    causes="""Time has passed.""",
    what_to_do="""Try the course without the pin. If it works, delete the pin and its item of `allow_pins`. If not,
    write a later date.""",
)

PIN_EXCEPTION_UNUSED = Rule(
    code="P004",
    severity=Severity.WARNING,
    title="allow_pins names something that is not pinned",
    message="allow_pins names {name}, which is not pinned.",
    hint="Delete it from allow_pins.",
    example={"name": "ipywidgets"},
    what="""`allow_pins` has an exception for a name that has no pin and no upper bound in any list, or that is in no
    list at all.""",
    why="""The exception says that there is a problem where there is none. If someone pins that name later, onelist does
    not report it.""",
    causes="""The pin was deleted, but not its exception. Or the name is misspelt.""",
    what_to_do="""Delete the item from `allow_pins`.""",
)

UNNECESSARY_PIN = Rule(
    code="P005",
    severity=Severity.WARNING,
    title="An allowed pin changes nothing",
    evidence=Evidence.RESOLUTION,
    message="allow_pins allows {item}, but the installers choose the same packages without this bound.",
    hint="Write {unpinned}, and delete {name} from allow_pins.",
    example={"item": "ipywidgets<8"},
    what="""A requirement has an upper bound that `allow_pins` allows. But with the bound and without it, pip and conda
    install the same packages in the same versions, for each platform and Python of the list.""",
    why="""The bound no longer helps anyone, and one day it will prevent an installation.""",
    causes="""The fault that it avoided is fixed, or something else in the list excludes the same versions.""",
    what_to_do="""Delete the bound, and the item from `allow_pins`. `onelist fix` does both.""",
)

EXTRA_PINNED = Rule(
    code="P101",
    severity=Severity.INFO,
    title="A requirement of an extra is pinned",
    many="{count} requirements of extras are pinned",
    message="{name} is pinned by {bounds}: the extra cannot be installed beside a package that needs another version.",
    hint=_WRITE_NAME,
    variants={
        "capped": Wording(
            message="{name} has the upper bound {bounds}: the extra cannot be installed beside a package that needs a "
            "newer version."
        )
    },
    example={"name": "ruff", "bounds": "==0.6"},
    what="""A requirement of an extra, such as `dev_requirements`, is pinned or has an upper bound.""",
    why="""It affects only people who install the extra. For a tool that the teachers use, that is often intended. So it
    is not a warning.""",
    causes="""A tool for checks or builds that must be the same for all people who work on the course.""",
    what_to_do="""Nothing, or write only the name (`onelist fix --select P101`). With an item in `allow_pins`, onelist
    reports nothing until its date. After that date it is the warning P003.""",
)
