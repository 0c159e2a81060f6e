"""R: whether the whole list can be installed at once."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.availability import LIST_IS_FINE, OWN_BOUND, PARTLY, WAIT
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording

_LEAVE_ONE_OUT = "Leave one of them out, or ask their maintainers."
_OWN_BOUND = "Write {remedies}, or leave one of them out."
_REFUSED = Wording(
    message="{installer} cannot install {asked} {where}: pip does not accept the metadata of the releases."
)
_TELL_LEARNERS = "The list is fine. If the course needs the newer release, tell learners."
_NOT_INSTALLABLE_THERE = (
    "{installer} installs {name} {chosen} {where}, although {newer}: that cannot be installed there, not even without "
    "the other requirements."
)
_OTHERS_OLDER = (
    "{installer} installs {name} {chosen} {where}, although {newer}: with that, it would install other packages in "
    "older releases."
)
_ON_NEWER_SYSTEMS = "The list is fine. If the course needs a newer release, tell learners that it needs {system}."

NOT_INSTALLABLE = Rule(
    code="R001",
    severity=Severity.ERROR,
    title="A requirement cannot be installed",
    many="{count} requirements cannot be installed{by}",
    evidence=Evidence.RESOLUTION,
    message="{installer} cannot install {asked} {where}: a package that it needs is not available there, or two "
    "packages that it needs exclude each other.",
    hint="Leave {name} out, or ask its maintainers.",
    variants={"own_bound": Wording(hint=OWN_BOUND), "refused": _REFUSED},
    example={"installer": "conda", "asked": "fastai", "where": "on any platform"},
    what="""The index or the channels have the requirement, but it cannot be installed for any platform and Python of
    the list, not even without the other requirements. A package that it needs is missing, or two packages that it needs
    exclude each other. Below the finding are the first lines from the resolver of the installer; `--format json` has
    all of them.""",
    why="""The installation of the whole list fails for everyone who uses that installer.""",
    causes="""Its maintainers require versions of another package that do not exist, or no longer exist. Or your list
    requires an old version of it (`numpy==1.26.4`). Or a channel does not have a package that another channel has.""",
    what_to_do="""If the hint says so, change your own version bound. Otherwise leave it out, ask its maintainers, or
    add the channel that has the missing package to `conda_channels`. onelist does not check extras (such as
    `dev_requirements`), nor requirements with an address.""",
)

CONFLICT = Rule(
    code="R002",
    severity=Severity.ERROR,
    title="Requirements cannot be installed together",
    evidence=Evidence.RESOLUTION,
    message="{installer} cannot install {names} together {where}{lines}.",
    hint=_LEAVE_ONE_OUT,
    variants={"own_bound": Wording(hint=_OWN_BOUND)},
    example={"installer": "pip", "names": "pandas<2 and numpy>=2", "where": "on any platform", "lines": ""},
    what="""Each of these requirements can be installed without the others. Together they cannot, for any platform and
    Python of the list. No smaller group of them has this conflict.""",
    why="""The installation of the whole list fails for everyone who uses that installer.""",
    causes="""One of them has a version bound in your list. Or one of them needs an old version of a package that
    another one needs in a new version.""",
    what_to_do="""Delete the version bound that the hint names, or leave one of them out.""",
    ini="requirements = pandas numpy\n",
)

INSTALLABLE_IN_PART = Rule(
    code="R003",
    severity=Severity.WARNING,
    title="A requirement cannot be installed on some platforms or Pythons",
    many="{count} requirements cannot be installed{by} on some platforms or Pythons",
    evidence=Evidence.RESOLUTION,
    message="{installer} cannot install {asked} {where}: a package that it needs is not available there, or two "
    "packages that it needs exclude each other.",
    hint=LIST_IS_FINE,
    variants={**PARTLY, "refused": _REFUSED},
    example={"installer": "conda", "asked": "fastai", "where": "on Windows with Python 3.15"},
    what="""As R001, but only for some platforms or Pythons.""",
    why="""The installation of the whole list fails on those machines.""",
    causes="""A package that it needs is not made for that platform or that Python.""",
    what_to_do="""Follow the message: raise `min_python`, delete a platform that no one uses, or tell learners.""",
)

CONFLICT_IN_PART = Rule(
    code="R004",
    severity=Severity.WARNING,
    title="Requirements cannot be installed together on some platforms or Pythons",
    evidence=Evidence.RESOLUTION,
    message="{installer} cannot install {names} together {where}{lines}.",
    hint=_LEAVE_ONE_OUT,
    variants={"own_bound": Wording(hint=_OWN_BOUND)},
    example={
        "installer": "conda",
        "names": "fastai and torch",
        "where": "with Python 3.9",
        "lines": " (lines 9 and 10)",
    },
    what="""As R002, but only for some platforms or Pythons.""",
    why="""The installation of the whole list fails on those machines.""",
    causes="""As for R002. Newer versions without this conflict often do not support an old Python.""",
    what_to_do="""As for R002.""",
)

HELD_BACK = Rule(
    code="R005",
    severity=Severity.WARNING,
    title="The installers choose an old release",
    many="The installers choose old releases of {count} requirements",
    evidence=Evidence.RESOLUTION,
    message="{installer} installs {name} {chosen} {where}, although {newer}: {holders} holds it back.",
    hint=_LEAVE_ONE_OUT,
    variants={
        "own_bound": Wording(hint=_OWN_BOUND),
        "several": Wording(
            message="{installer} installs {name} {chosen} {where}, although {newer}: {holders} hold it back."
        ),
        "dependencies": Wording(message=_NOT_INSTALLABLE_THERE),
        "others": Wording(message=_OTHERS_OLDER),
        "platform": Wording(
            message="{installer} installs {name} {chosen} {where}, although {newer} for other platforms. Its "
            "maintainers have published nothing newer that fits there.",
            hint=PARTLY["leave_platforms"].hint,
        ),
    },
    example={
        "installer": "pip",
        "name": "numpy",
        "chosen": "1.26.4",
        "where": "on every platform and Python",
        "newer": "2.3.1 exists",
        "holders": "pandas<2",
    },
    what="""The whole list can be installed, but with a release of this requirement that is much older than the newest
    one: of another major version, or more than two years older. The message says what holds it back. That is another
    requirement, or the maintainers published nothing newer for that platform, but they did for others with the same
    Python. If the list cannot change it, R103 says so.""",
    why="""Learners get it without a warning. It may not contain what your course shows.""",
    causes="""An upper bound in the list; another requirement whose maintainers do not support the new version yet; a
    platform that is no longer supported, as torch for Macs with an Intel processor.""",
    what_to_do="""Delete the bound, leave out what holds it back, or wait. Delete a platform that no one in the course
    uses from `platforms`.""",
)

HIDDEN_FROM_PIXI = Rule(
    code="R008",
    severity=Severity.WARNING,
    title="pixi cannot install what conda and mamba can",
    evidence=Evidence.RESOLUTION,
    message="pixi, and conda with strict channel priority, cannot install {names} {where}{lines}: for each package "
    "they use only the first channel that has its name. conda and mamba with their defaults can.",
    hint="Put the channel that has the versions that are needed first in conda_channels, or tell pixi users to set "
    'channel-priority = "disabled".',
    variants={
        "nothing": Wording(
            message="pixi, and conda with strict channel priority, cannot install anything {where}: the first channel "
            "that has Python does not have this one. conda and mamba with their defaults look at the other channels, "
            "too."
        )
    },
    example={"names": "fastai", "where": "on Windows", "lines": ""},
    what="""With the defaults of conda and mamba (*flexible* channel priority), the whole list can be installed. With
    *strict* channel priority it cannot. That is the default of pixi, and conda and mamba can be set to it.""",
    why="""Learners who use pixi, or who followed the advice to set `channel_priority: strict`, cannot install the
    list.""",
    causes="""Two channels have a package of the same name. The list needs a version that only the later channel has,
    and strict channel priority does not look there.""",
    what_to_do="""Put the channel that has the versions that are needed first in `conda_channels`, or have the package
    on the earlier channel updated or deleted. `onelist explain NAME` shows what each channel has.""",
    ini="conda_channels = conda-forge fastchan\n",
)

UNSEEN_BY_MAMBA = Rule(
    code="R009",
    severity=Severity.WARNING,
    title="mamba cannot install what pixi can",
    evidence=Evidence.RESOLUTION,
    message="mamba, and conda with its default solver, cannot install the list {where}: they do not see the "
    "versions of {packages} that it needs.",
    hint="Tell learners to use pixi, or conda with the rattler solver.",
    example={"packages": "pandas", "where": "on any platform"},
    what="""A package that the list needs is in the channels only in a form that older clients do not know (CEP 48): it
    has conditional dependencies, optional dependencies or flags. pixi reads it, and conda if it is set to the rattler
    solver. mamba does not, nor does conda with its default solver.""",
    why="""Learners with mamba cannot install the list. They are told that a package does not exist.""",
    causes="""The channel publishes packages in the new form only.""",
    what_to_do="""Tell learners to use pixi, or ask the maintainers for a package in the old form.""",
)

NOT_RESOLVED = Rule(
    code="R006",
    severity=Severity.UNKNOWN,
    title="onelist could not tell whether the list can be installed",
    evidence=Evidence.RESOLUTION,
    message="Could not tell whether {installer} can install the whole list{where}: {source} {reason}.",
    hint="{remedy} --no-resolve skips this check.",
    example={"installer": "pip", "where": "", "source": "the package index", "reason": "did not answer in time"},
    what="""onelist could look up the requirements one by one, but the resolver of the installer could not finish: an
    index or a channel failed, or it took too long.""",
    why="""onelist does not know whether the list can be installed. The exit code is 3.""",
    causes="""An unreliable network. Or a server that refuses a package that the requirements need.""",
    what_to_do="""Try again. `--timeout` gives it more time.""",
)

NEEDS_COMPILER = Rule(
    code="R007",
    severity=Severity.WARNING,
    title="pip builds a package from source and may need a compiler",
    many="pip builds {count} packages from source and may need a compiler",
    evidence=Evidence.RESOLUTION,
    message="pip builds {package} from source {where}: {no_wheel}. The build {need} a compiler.",
    hint="Tell pip users, or ask the package's maintainers to publish wheels.",
    variants={
        "dependency": Wording(
            message="pip builds {package}, which {name} needs, from source {where}: {no_wheel}. The build "
            "{need} a compiler."
        ),
        "indirect": Wording(
            message="pip builds {package}, a dependency of the list, from source {where}: {no_wheel}. The build "
            "{need} a compiler."
        ),
        "conda": Wording(
            hint="conda installs it without a compiler. Tell pip users to use conda, or to install a compiler first."
        ),
        "newer_python": Wording(
            hint="With Python {python} and newer, pip needs no compiler for it. Tell pip users who have an older "
            "Python."
        ),
    },
    example={
        "package": "mysqlclient 2.2.7",
        "where": "on Linux",
        "need": "probably needs",
        "no_wheel": "the package index has no wheel (a package that is ready to install) of this version there",
    },
    what="""The list can be installed, but there is no wheel of one package for some platforms or Pythons, only its
    source (an *sdist*). pip builds it on the learner's machine. The source contains files in a compiled language (then
    it *probably needs* a compiler), or onelist could not find out whether it does (then it *may need* one).""",
    why="""Learners rarely have a compiler. Without one, the installation of the whole list fails.""",
    causes="""The maintainers of the package publish wheels only for other platforms, or for newer or older Pythons. Or
    they never publish wheels.""",
    what_to_do="""If conda has the package, tell learners to use conda: no one needs a compiler there. Otherwise tell
    them to install a compiler first, or ask the maintainers to publish wheels.""",
    supersedes=(Supersedes(code="A004", scope=Scope.REQUIREMENT),),
)

BUILT_FROM_SOURCE = Rule(
    code="R101",
    severity=Severity.INFO,
    title="pip builds a package from source, without a compiler",
    evidence=Evidence.RESOLUTION,
    message="pip builds {package} from source {where}: {no_wheel}. The build needs no compiler.",
    hint="Nothing to do: the installation takes a moment longer.",
    variants={
        "dependency": Wording(
            message="pip builds {package}, which {name} needs, from source {where}: {no_wheel}. The build "
            "needs no compiler."
        ),
        "indirect": Wording(
            message="pip builds {package}, a dependency of the list, from source {where}: {no_wheel}. The build "
            "needs no compiler."
        ),
        "new_python": Wording(
            message="Python {python} is new, and pip builds some packages from source with it, for which it may need a "
            "compiler: {names}.",
            hint=WAIT,
        ),
    },
    example={
        "package": "docopt 0.6.2",
        "where": "on every platform and Python",
        "no_wheel": "the package index has no wheel (a package that is ready to install) of this version there",
    },
    what="""The list can be installed, but there is no wheel of one package, only its source (an *sdist*). pip builds it
    on the learner's machine. The source contains only Python, so that works without a compiler. Another note of this
    kind lists the packages that have no wheel yet for a Python that is less than a year old.""",
    why="""You know why the installation takes longer. Your list is fine.""",
    causes="""The package was published before wheels were usual, or its maintainers never publish wheels. Or a Python
    is new, and the maintainers have not built wheels for it yet.""",
    what_to_do="""Nothing. If the note is about a new Python, it becomes R007 after a year.""",
    supersedes=(Supersedes(code="A004", scope=Scope.REQUIREMENT),),
)

OLD_RELEASE = Rule(
    code="R103",
    severity=Severity.INFO,
    title="The installers choose an old release, and the list is not the cause",
    many="The installers choose old releases of {count} requirements, and the list is not the cause",
    evidence=Evidence.RESOLUTION,
    message=_NOT_INSTALLABLE_THERE,
    hint=_TELL_LEARNERS,
    variants={
        "others": Wording(message=_OTHERS_OLDER),
        "system": Wording(
            message="{installer} installs {name} {chosen} {where}, although {newer}: that needs {system} or newer "
            "there.",
            hint=_ON_NEWER_SYSTEMS,
        ),
        "system_and_platform": Wording(
            message="{installer} installs {name} {chosen} {where}, although {newer} for other platforms. What is newer "
            "there needs {system} or newer.",
            hint=_ON_NEWER_SYSTEMS,
        ),
    },
    example={
        "installer": "pip",
        "name": "numpy",
        "chosen": "1.26.4",
        "where": "on every platform and Python",
        "newer": "2.3.1 exists",
    },
    what="""As R005, but nothing in the list holds the requirement back. The newer release cannot be installed there, or
    only with other packages in older releases, or it needs a newer version of the operating system (`macOS 16`).""",
    why="""Learners get it without a warning. It may not contain what your course shows. Your list is fine.""",
    causes="""A package that the newer release needs is missing there, or it is only for newer systems.""",
    what_to_do="""Nothing, or tell learners if the course shows what only the newer release has.""",
)

NOT_RESOLVED_HERE = Rule(
    code="R102",
    severity=Severity.INFO,
    title="onelist cannot resolve for pip on a platform",
    evidence=Evidence.RESOLUTION,
    message="onelist does not check whether pip can install the whole list on {platforms}: no "
    "resolver knows this platform.",
    hint="onelist looked up each requirement there. Try the list on such a machine: onelist try{here} --installer pip",
    variants={
        "several": Wording(
            message="onelist does not check whether pip can install the whole list on {platforms}: "
            "no resolver knows these platforms."
        )
    },
    example={"platforms": "Linux on ARMv7"},
    what="""pip resolves only for the machine on which it runs. For other machines onelist asks uv, which has no name
    for this platform.""",
    why="""What onelist says about pip holds for the other platforms of the list.""",
    causes="""The list names an old platform, such as 32-bit Linux, in `platforms`.""",
    what_to_do="""Nothing, or try the list on such a machine.""",
)
