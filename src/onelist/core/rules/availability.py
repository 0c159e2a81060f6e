"""A: what pip and conda cannot install of a list, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording
from onelist.core.status import OLDER_CLIENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_BOUND = "Write {remedies}."
"""The hint where only the version bounds of the list itself prevent an installation."""
PARTLY: Mapping[str, Wording] = {
    "raise_python": Wording(hint="Write min_python = {python}, unless the course needs an older Python."),
    "raise_python_partly": Wording(
        hint="Write min_python = {python}, unless someone on another platform needs an older Python."
    ),
    "leave_platforms": Wording(
        hint="If no learner uses {platforms}, set platforms to the other ones. Otherwise tell those learners."
    ),
    "own_bound": Wording(hint=OWN_BOUND),
    "other_installer": Wording(
        hint="{other} has it there. Tell those learners to use {other}, or ask the package's maintainers."
    ),
}
"""Hints about a requirement that is missing on some platforms or Pythons."""
_VIRTUAL = Wording(
    message="Because of {asked}, conda installs the list only on some machines: {reasons}.",
    hint="Leave {name} out, or tell learners which machines they need. It is a virtual package: it describes the "
    "machine, and conda cannot install it.",
)
_USE_PIXI = "Tell learners to use pixi, or conda with the rattler solver."
LIST_IS_FINE = "The list is fine. Tell {installer} users, or ask the package's maintainers."
WAIT_OR_TRY = (
    "Try {bound} without an upper bound: a newer version may support that Python. For the others there is nothing to "
    "do: this usually takes less than a year."
)
WAIT = "Nothing to do: this usually takes less than a year. Until then, learners use an older Python."

NOT_ON_INDEX = Rule(
    code="A001",
    severity=Severity.ERROR,
    title="The package index does not have a requirement",
    many="{count} requirements are not on the package index",
    evidence=Evidence.AVAILABILITY,
    message="pip cannot install {name} {where}: {reasons}.",
    hint="Check the spelling. If it is not a Python package but a program or library that conda has, list it in "
    "conda_requirements.",
    variants={
        "on_conda": Wording(hint="Only conda has it. If the name is right, move it to conda_requirements."),
        "meant": Wording(hint="Write {instead}: {name} is the name of {kind}."),
        "meant_listed": Wording(hint="Delete {name}, the name of {kind}: {instead} is already listed."),
        "python": Wording(hint="Delete it: {name} is a part of Python, and nothing has to be installed."),
    },
    example={"where": "on any platform", "name": "sklaern", "reasons": "the package index has no sklaern"},
    what="""The package index answered that it has no project of this name. If you use several indexes, none of them has
    it.""",
    why="""`pip install` of your package fails for everyone.""",
    causes="""A typing error in the name. Or it is the name of a conda package, or of a module, as `cv2` is.""",
    what_to_do="""Check the spelling. If only conda has it, put it into `conda_requirements`, as `onelist fix --select
    A001` does where a channel has it.""",
)

NO_RELEASE = Rule(
    code="A002",
    severity=Severity.ERROR,
    title="No release on the package index fits a requirement",
    evidence=Evidence.AVAILABILITY,
    message="pip cannot install {asked} {where}: {reasons}.",
    hint="Leave {name} out, or ask its maintainers for a version that fits.",
    variants={"own_bound": Wording(hint=OWN_BOUND)},
    example={"where": "on any platform", "asked": "pandas", "reasons": "the package index has no pandas>=99"},
    what="""The index has the project, but no version that pip would install for any platform and Python of your list.
    The message gives the reason: the versions that you require, Requires-Python (the Pythons that a version supports),
    wheels only for other machines, or that the authors withdrew (*yanked*) all versions that fit.""",
    why="""`pip install` of your package fails for everyone.""",
    causes="""A bound that no version meets (`pandas>=99`), or a project that has no maintainer any more.""",
    what_to_do="""Write only the name, allow other versions, or leave it out.""",
)

PIP_IN_PART = Rule(
    code="A003",
    severity=Severity.WARNING,
    title="pip cannot install a requirement on some platforms or Pythons",
    evidence=Evidence.AVAILABILITY,
    message="pip cannot install {asked} {where}: {reasons}.",
    hint=LIST_IS_FINE,
    variants=PARTLY,
    example={
        "asked": "torch",
        "where": "with Python 3.9",
        "reasons": "the package index has no torch for this Python",
    },
    what="""On some of your `platforms`, or with some Pythons from `min_python` on, pip finds no version that fits. A
    Python that is less than a year old does not count here if the Python before it has a version; see A101.""",
    why="""Learners with those machines cannot install your package.""",
    causes="""`min_python` is lower than a requirement allows: it says 3.6, and a requirement needs 3.7. Or the package
    has no wheels for a platform, and no source either.""",
    what_to_do="""Raise `min_python` as the message says, delete the platform from `platforms` if no one has it, or tell
    those learners.""",
    ini="min_python = 3.7\n",
)

SOURCE_ONLY = Rule(
    code="A004",
    severity=Severity.WARNING,
    title="pip must build a requirement from source",
    evidence=Evidence.AVAILABILITY,
    message="pip must build {name} {version} from source {where}, which may need a compiler: {no_wheel}.",
    hint="The list is fine. Tell pip users, or ask the package's maintainers.",
    variants={
        "newer_python": Wording(
            hint="With Python {python} and newer, pip gets a wheel. Tell pip users who have an older Python."
        ),
        "not_asked": Wording(hint="To learn whether it needs one, run: onelist check{here} --installer pip"),
        "older_wheel": Wording(
            message="pip must build {name} {version} from source {where}, which may need a compiler: {no_wheel}. An "
            "older version has one: {wheel}."
        ),
    },
    example={
        "name": "sentencepiece",
        "version": "0.2.1",
        "where": "on Windows",
        "no_wheel": "the package index has no wheel (a package that is ready to install) of it there",
    },
    what="""For some platforms or Pythons, the newest version has no wheel, only its source (an *sdist*). pip then
    builds it on the learner's machine.""",
    why="""If the source contains code that must be compiled, the build needs a compiler, which learners rarely have. If
    not, the build works and takes a moment. The index does not say which of the two it is.""",
    causes="""The maintainers of the package do not support this Python any more, or not yet. Or they never publish
    wheels.""",
    what_to_do="""Tell learners. With conda, no one needs a compiler. You see this finding only if the resolver was not
    asked, or gave no answer; otherwise R007 or R101 says whether a compiler is needed. If you know that the package
    contains no compiled code, hide the finding with `--ignore A004`.""",
)

NOT_ON_CONDA = Rule(
    code="A005",
    severity=Severity.ERROR,
    title="No conda channel has a requirement",
    many="{count} requirements are on no conda channel",
    evidence=Evidence.AVAILABILITY,
    message="conda cannot install {name} on any platform: {reasons}.",
    hint="Check the spelling. If only pip has it, move it to pip_requirements. "
    "To bring it to conda, begin with: onelist draft {name}",
    variants={
        "conda_only": Wording(hint="Check the spelling, and check that its channel is in conda_channels."),
        "not_for_mamba": Wording(
            message=f"{OLDER_CLIENTS} cannot install {{name}} on any platform: {{reasons}}.", hint=_USE_PIXI
        ),
    },
    example={"name": "fastbook", "reasons": "no channel has fastbook"},
    what="""All channels of `conda_channels` answered, and none has a package of this name for any of your
    platforms.""",
    why="""conda and mamba cannot install your package at all, because conda needs everything in `requirements`.""",
    causes="""The package is published only for pip, or on a channel that `conda_channels` does not name. Or it has
    another name on conda, which onelist's table does not have.""",
    what_to_do="""Put it into `pip_requirements`, which `onelist fix --select A005` does where pip has it. Or add its
    channel to `conda_channels`, or name it in `conda_names`. To bring it to conda: `onelist draft NAME`.""",
)

NO_BUILD = Rule(
    code="A006",
    severity=Severity.ERROR,
    title="No build on the conda channels fits a requirement",
    evidence=Evidence.AVAILABILITY,
    message="conda cannot install {asked} on any platform: {reasons}.",
    hint="Move it to pip_requirements, or ask the maintainers for a build.",
    variants={
        "own_bound": Wording(hint=OWN_BOUND),
        "not_on_pip": Wording(hint="Leave {name} out, or ask its maintainers for a build."),
        "not_for_mamba": Wording(
            message=f"{OLDER_CLIENTS} cannot install {{asked}} on any platform: {{reasons}}.", hint=_USE_PIXI
        ),
        "virtual": _VIRTUAL,
    },
    example={"asked": "pandas", "reasons": "conda-forge has no pandas>=99"},
    what="""A channel has the package, but no build that conda would install for any platform and Python of your
    list.""",
    why="""conda and mamba cannot install your package.""",
    causes="""A bound that no version meets, or builds only for old Pythons.""",
    what_to_do="""Write only the name, allow other versions, or move it to `pip_requirements`.""",
)

CONDA_IN_PART = Rule(
    code="A007",
    severity=Severity.WARNING,
    title="conda cannot install a requirement on some platforms or Pythons",
    evidence=Evidence.AVAILABILITY,
    message="conda cannot install {asked} {where}: {reasons}.",
    hint=LIST_IS_FINE,
    variants={**PARTLY, "virtual": _VIRTUAL},
    example={"asked": "torch", "where": "on Windows", "reasons": "conda-forge has no build for it"},
    what="""On some of your `platforms`, or with some Pythons from `min_python` on, no channel has a build that fits. A
    Python that is less than a year old does not count here (A101). A Python that no channel has does not count either
    (A009).""",
    why="""Learners with those machines cannot install your package with conda, or conda gives them another Python.""",
    causes="""The package is not built for a platform, or no longer for old Pythons.""",
    what_to_do="""Raise `min_python` as the message says, delete the platform from `platforms`, or tell those
    learners.""",
)

HIDDEN_BY_CHANNEL = Rule(
    code="A008",
    severity=Severity.WARNING,
    title="A channel hides what a later channel has",
    evidence=Evidence.AVAILABILITY,
    message="conda users get an older {name} {where}: {channel} has {version}, but {later} has {newest}. conda, mamba "
    "and pixi prefer the earlier channel, whatever its version is.",
    hint="Put {later} before {channel} in conda_channels, or ask the maintainers of {channel} to update it.",
    variants={
        "missing": Wording(
            message="pixi users do not get {asked} {where}: {channel} {reason}. {later} has {newest}. conda and "
            "mamba look there, too, but pixi uses only the first channel that has the name."
        )
    },
    example={
        "name": "pandas",
        "where": "on every platform and Python",
        "channel": "fastchan",
        "version": "1.5.3",
        "later": "conda-forge",
        "newest": "2.3.1",
    },
    what="""An earlier channel of `conda_channels` has the package in an older version, or without a build that fits. A
    later channel has a better one.""",
    why="""conda and mamba take a package from the first channel that has a version that fits (*flexible* channel
    priority). They use a newer version of a later channel only if another package needs it. pixi, and conda and mamba
    with *strict* channel priority, use the first channel that has the name. They do not look at later channels, even
    if the first one has nothing that fits.""",
    causes="""Someone copied packages to their own channel years ago.""",
    what_to_do="""Put the later channel first, or have the package on the first channel updated or deleted.""",
    ini="conda_channels = conda-forge fastchan\n",
)

NO_PYTHON = Rule(
    code="A009",
    severity=Severity.WARNING,
    title="The conda channels have no build of a Python",
    evidence=Evidence.AVAILABILITY,
    message="conda cannot install anything {where}: no channel of the list has that Python there.",
    hint="The list is fine. Tell conda users to take another Python.",
    variants={
        **PARTLY,
        "nowhere": Wording(
            message="conda cannot install anything on any platform: no channel of the list has a Python that fits.",
            hint="Add a channel that has Python, such as conda-forge, to conda_channels.",
        ),
        "platform": Wording(
            message="conda cannot install anything {where}: no channel of the list has a Python there."
        ),
    },
    example={"where": "on macOS (arm64) with Python 3.7"},
    what="""For some platform, no channel has one of the Pythons from `min_python` on.""",
    why="""Without that Python, nothing can be installed. So the other findings ignore it.""",
    causes="""`min_python` is older than the platform: there never was a Python 3.7 for macOS on Apple silicon.""",
    what_to_do="""Raise `min_python`, or delete the platform from `platforms`.""",
)

EXTRA_UNAVAILABLE = Rule(
    code="A010",
    severity=Severity.WARNING,
    title="pip cannot install a requirement of an extra",
    evidence=Evidence.AVAILABILITY,
    message="pip cannot install {asked} of {key} {where}: {reasons}.",
    hint="Leave {name} out, or ask its maintainers for a version that fits.",
    variants={
        "other_name": Wording(
            hint="Check the spelling. If it is not a Python package but a program or library that conda has, list it "
            "in conda_requirements."
        ),
        "own_bound": Wording(hint=OWN_BOUND),
    },
    example={
        "asked": "pytset",
        "key": "dev_requirements",
        "where": "on any platform",
        "reasons": "the package index has no pytset",
    },
    what="""The same as A001 to A003, for an item of a key such as `dev_requirements`. It does not affect an
    installation without the extra.""",
    why="""`pip install your-package[dev]` fails on the platforms and Pythons of the message.""",
    causes="""As for A001 to A003.""",
    what_to_do="""As for A001 to A003.""",
)

QUARANTINED = Rule(
    code="A011",
    severity=Severity.ERROR,
    title="The package index has locked a project",
    evidence=Evidence.AVAILABILITY,
    message="{index} has quarantined {name}: the index considers it unsafe, for instance because of malware. No one "
    "can install it from there.{said}",
    hint="Check the spelling. If the name is right, leave {name} out until the index unlocks it, and tell people who "
    "installed it before.",
    variants={
        "installable": Wording(
            message="{index} has quarantined {name}: the index considers it unsafe, for instance because of malware. "
            "But pip still finds it {where}.{said}",
            hint="Leave {name} out, unless you know where pip gets it from and trust that place.",
        )
    },
    example={"index": "The package index", "name": "numpyy", "said": ""},
    what="""The package index gives the project the status `quarantined` (PEP 792): its administrators suspect malware,
    or the project is unsafe in another way. Such a project lists no files.""",
    why="""`pip install` of your package fails for everyone. People who installed the project before may have run
    malware.""",
    causes="""Someone published malware under a name that resembles a known one, or took over the account of a
    maintainer.""",
    what_to_do="""Check the spelling first. If the name is right, leave it out until the index unlocks it. Tell people
    who installed it before, and read what the index or the maintainers say about it.""",
    supersedes=tuple(Supersedes(code=code, scope=Scope.REQUIREMENT) for code in ("A002", "A003", "A010")),
)

REFUSES = Rule(
    code="A012",
    severity=Severity.ERROR,
    title="A project always refuses to be installed",
    evidence=Evidence.AVAILABILITY,
    message="pip cannot install {name} {where}: its installation always ends with an error. The right package is "
    "{instead}.",
    hint="Write {instead} instead of {name}.",
    variants={
        "no_replacement": Wording(
            message="pip cannot install {name} {where}: its installation always ends with an error.",
            hint="Leave {name} out. {note}",
        ),
        "listed": Wording(hint="Delete {name}: {instead} is already listed."),
    },
    example={"name": "sklearn", "where": "on any platform", "instead": "scikit-learn"},
    what="""The project exists, but its only purpose is to tell people that they want another one: the build of its
    source always ends with an error. A few others are so old that they cannot be built with Python 3. onelist has a
    table of such projects, with their versions and the month in which each was tried with pip.""",
    why="""`pip install` of your package fails for everyone.""",
    causes="""The module has another name than the package: you write `import sklearn`, and install
    `scikit-learn`.""",
    what_to_do="""Write the name of the message. `onelist fix` does it.""",
    ini="requirements = scikit-learn\n",
    supersedes=tuple(
        Supersedes(code=code, scope=Scope.REQUIREMENT) for code in ("A002", "A003", "A005", "A010", "D003", "S207")
    ),
)

NOT_FOR_MAMBA = Rule(
    code="A013",
    severity=Severity.WARNING,
    title="A channel has a requirement in a form that mamba does not see",
    evidence=Evidence.AVAILABILITY,
    message="Only pixi, and conda with the rattler solver, see {name} {version} on {channel} {where}. mamba does not, "
    "and there is no other version for it.",
    hint=_USE_PIXI,
    example={"name": "pandas", "version": "3.0.0", "channel": "conda-forge", "where": "on every platform and Python"},
    what="""All versions that fit are in a form that older clients do not know (CEP 48): they have conditional
    dependencies, optional dependencies or flags. pixi reads it, and conda if it is set to the rattler solver. mamba
    does not, nor does conda with its default solver.""",
    why="""Learners with mamba cannot install your package. They are told that the requirement does not exist.""",
    causes="""The channel publishes packages in the new form only.""",
    what_to_do="""Tell learners to use pixi, ask the maintainers for a package in the old form, or move it to
    `pip_requirements`.""",
)

ON_SEVERAL_INDEXES = Rule(
    code="A014",
    severity=Severity.WARNING,
    title="Several package indexes have a project of this name",
    evidence=Evidence.AVAILABILITY,
    message="{name} is on several package indexes, with different files: {indexes}. pip takes the highest version from "
    "any of them.",
    hint="Find out who owns {name} on each index. Then use one index that serves every name from one place.",
    example={"name": "course-tools", "indexes": "pypi.example.org and wheels.example.org"},
    what="""pip searches several indexes, as `index-url` and `extra-index-url` say, and more than one has this project.
    An index that has only files of another index, with the same hashes, is a copy of it and is not reported.""",
    why="""pip does not prefer any index. A stranger can register the name of your private package on a public index,
    and then decides what your learners install (dependency confusion).""",
    causes="""A private index in addition to the public one. Or an index with special builds, such as those for
    GPUs.""",
    what_to_do="""Check that both projects belong to the same people. If you do not need one index, remove it.""",
)

OLDER_FOR_MAMBA = Rule(
    code="A102",
    severity=Severity.INFO,
    title="A channel has a newer version that mamba does not see",
    evidence=Evidence.AVAILABILITY,
    message="Only pixi, and conda with the rattler solver, see {name} {version} on {channel} {where}. mamba takes "
    "{older}.",
    hint="Nothing to do, unless the course needs {version}.",
    example={
        "name": "pandas",
        "version": "3.0.0",
        "older": "2.3.1",
        "channel": "conda-forge",
        "where": "on every platform and Python",
    },
    what="""The newest version is in a form that older clients do not know, as in A013. There is an older version in the
    form that all clients know.""",
    why="""Learners with different programs get different versions.""",
    causes="""The channel publishes packages in the new form already.""",
    what_to_do="""Nothing, or tell learners which program to use.""",
)

NOT_YET = Rule(
    code="A101",
    severity=Severity.INFO,
    title="Some packages are not available for the newest Python yet",
    evidence=Evidence.AVAILABILITY,
    message="Python {python} is new, and some packages are not available for it yet: {parts}.",
    hint=WAIT,
    variants={"bound": Wording(hint=WAIT_OR_TRY)},
    example={"python": "3.15", "parts": "with pip: torch; with conda: Python itself"},
    what="""The packages that pip or conda does not have yet for a Python that is less than a year old. One note lists
    all of them.""",
    why="""You know what happens to learners who use that Python. Your list is fine.""",
    causes="""Every package must be built again for a new Python, which takes the maintainers some months.""",
    what_to_do="""Nothing. After a year it becomes A003, A004, A007 or A009.""",
)
