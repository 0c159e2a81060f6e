"""H: channels and indexes that fail, are old, or are of no use."""

from __future__ import annotations

from onelist.core.errors import REPORT
from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Wording

SOURCE_UNAVAILABLE = Rule(
    code="H001",
    severity=Severity.UNKNOWN,
    title="A channel or index gave no usable answer",
    evidence=Evidence.AVAILABILITY,
    message="{source} {reason}, so {about} is not known.",
    hint="{advice_of_source}",
    variants={
        "index_login": Wording(
            hint="Give user and password where pip and uv read them: in ~/.netrc, or in the address in pip's settings "
            "or UV_DEFAULT_INDEX."
        ),
        "channel_login": Wording(
            hint="Give the password or token where conda's newer tools read it: in the file that RATTLER_AUTH_FILE "
            "names, or in ~/.netrc."
        ),
    },
    example={"source": "conda-forge", "reason": "did not answer in time", "about": "what it has"},
    what="""A channel or the package index did not give a usable answer. It could not be reached, took too long,
    requires a password, has a fault, or sent something else, such as a login page. onelist does not know what it has,
    and never takes that for "not available". Everything that depends on it is shown as unknown.""",
    why="""Other findings may be missing. So `check` ends with exit code 3, unless it has other findings.""",
    causes="""The network, a proxy, a server that is down, a password that is missing or has expired.""",
    what_to_do="""Follow the message. onelist reads passwords for the index from `~/.netrc`, or from the address in the
    settings of pip or uv. It reads those for channels from the file that `RATTLER_AUTH_FILE` names, or from `~/.netrc`.
    onelist never shows them.""",
)

SOURCE_NOT_FOUND = Rule(
    code="H002",
    severity=Severity.ERROR,
    title="A channel or index does not exist",
    evidence=Evidence.AVAILABILITY,
    message="{source} {reason}, so {about} is not known.",
    hint="{advice_of_source}",
    example={"source": "conda-froge", "reason": "is not there (404)", "about": "what it has"},
    what="""The server of a channel or of the package index answers that there is no such channel or index (404).""",
    why="""An installation that names this channel fails. What it might have is shown as unknown.""",
    causes="""A typing error in the name. Or it is your own channel, and nothing has been published there yet. Some
    servers also give this answer to people who are not logged in.""",
    what_to_do="""Check the spelling. Leave your own channel out of `conda_channels` until it has a package.""",
)

OLD_CHANNEL = Rule(
    code="H003",
    severity=Severity.WARNING,
    title="A channel has had nothing new for a year",
    evidence=Evidence.AVAILABILITY,
    message="The newest package of {channel} is from {day} ({checked} packages were checked).",
    hint="Check whether someone still maintains it.",
    variants={
        "first": Wording(
            message="The newest package of {channel} is from {day} ({checked} packages were checked). mamba install "
            "{line} prefers its packages, even old ones, to those of {later}.",
            hint="Put {channel} last in conda_channels, or leave it out.",
        )
    },
    example={"channel": "fastchan", "day": "2023-05-12", "checked": "all"},
    what="""The newest package of a channel is more than a year old. For a channel with many packages, onelist checks a
    part of them; the message says how many.""",
    why="""If other channels come after it, conda, mamba and pixi prefer the packages that it has, even if they are
    old.""",
    causes="""No one maintains the channel any more.""",
    what_to_do="""Put it last in `conda_channels`, or leave it out.""",
)

NOT_MAINTAINED = Rule(
    code="H004",
    severity=Severity.WARNING,
    title="A project is archived or deprecated",
    many="{count} projects are archived or deprecated",
    evidence=Evidence.AVAILABILITY,
    message="{index} says that {name} is archived: its maintainers do not expect to update it again.{said}",
    hint="Look for a project that is maintained.",
    variants={
        "deprecated": Wording(
            message="{index} says that {name} is deprecated: it is obsolete, and another project may replace it.{said}",
            hint="Look for the project that replaces it.",
        )
    },
    example={"index": "The package index", "name": "nose", "said": ""},
    what="""The package index gives the project the status `archived` or `deprecated` (PEP 792). Its maintainers set it.
    If they gave a reason, the message has it.""",
    why="""pip installs it, but no one fixes its faults, and one day it does not work with a new Python.""",
    causes="""Its maintainers have stopped, or have moved the project to another name.""",
    what_to_do="""Look for the project that replaces it, before a new Python makes the list fail. If the course has to
    teach it, hide the finding with `--ignore H004`.""",
)

RELATED_CHANNEL = Rule(
    code="H005",
    severity=Severity.WARNING,
    title="A channel needs another channel that the list does not have",
    evidence=Evidence.AVAILABILITY,
    message="{channel} builds on the channel {other}, which is not in conda_channels. pixi adds it by itself; conda "
    "and mamba do not.",
    hint="Write {other} before {channel} in conda_channels.",
    variants={
        "overrides": Wording(
            message="{channel} replaces packages of the channel {other}, which is not in conda_channels. pixi adds it "
            "by itself; conda and mamba do not.",
            hint="Write {other} after {channel} in conda_channels.",
        )
    },
    example={"channel": "bioconda", "other": "https://conda.example.org/conda-forge"},
    what="""A channel can declare in its index that it builds on another channel, or replaces packages of it (CEP 42).
    Your list has the channel, but not the other one. onelist checks with the channels that the list has.""",
    why="""conda and mamba look only at the channels of the install command, so they may lack packages. pixi takes
    packages from a channel that you did not name.""",
    causes="""A channel such as bioconda is listed without conda-forge.""",
    what_to_do="""Write both channels in `conda_channels`, in the order of the hint.""",
)

INTERNAL_ERROR = Rule(
    code="H006",
    severity=Severity.UNKNOWN,
    title="An error inside onelist",
    message="onelist could not finish the check of this list, because of an error inside it ({error}).",
    hint=REPORT,
    example={"error": "KeyError at x.py:3"},
    what="""onelist, or a library that it uses, failed in a way that no one expected. The report has all that is known
    without the part that failed.""",
    why="""Other findings may be missing. So `check` ends with exit code 3, unless it has other findings.""",
    causes="""A mistake in onelist. It says nothing about your list.""",
    what_to_do="""Report it in the issues of the repository of onelist, with the message and the settings.ini.""",
)

NO_PLATFORM = Rule(
    code="H101",
    severity=Severity.INFO,
    title="A channel has nothing for a platform",
    evidence=Evidence.AVAILABILITY,
    message="{channel} has no packages for {platforms}: only its packages for all platforms (noarch) can be installed "
    "there.",
    hint="Nothing to do if another channel has what is missing.",
    example={"channel": "fastchan", "platforms": "Windows (win-64)"},
    what="""A channel has no folder for one of your `platforms`. Its packages for all platforms (`noarch`) count there,
    too.""",
    why="""It explains why a package is missing on that platform.""",
    causes="""The channel has only packages without compiled code.""",
    what_to_do="""Nothing if another channel has what is missing.""",
)

UNUSED_CHANNEL = Rule(
    code="H102",
    severity=Severity.INFO,
    title="A channel adds nothing to the list",
    evidence=Evidence.AVAILABILITY,
    message="{channel} adds nothing to the list: every requirement that it has is also on {later}, in the same or a "
    "newer version and for the same platforms.",
    hint="Leave it out of conda_channels, unless the requirements need another package from it.",
    example={"channel": "fastchan", "later": "conda-forge"},
    what="""The channels after it have all requirements that this channel has, in the same version or a newer one, for
    the same platforms. onelist does not report the channel that `conda_user` names, nor one that has your own
    package.""",
    why="""Each channel makes an installation slower, and may hide what later ones have (A008).""",
    causes="""All packages have moved to conda-forge since then.""",
    what_to_do="""Leave it out of `conda_channels`, unless a package that your requirements need comes from it.""",
)
