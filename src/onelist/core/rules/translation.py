"""C: what conda cannot take from a list, and what only pip gets.

The variant ``manifest`` of a rule is the sentence that manifest.json carries. It is a part of an artifact, so its words
do not change with those of the message.
"""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Wording

_ALTERNATIVES = (
    "Move it to pip_requirements if only pip users need it. "
    "Or list its conda package in conda_requirements as well: conda then installs that one."
)
_DELETE_MARKER = "Delete the marker if {name} does no harm elsewhere. " + _ALTERNATIVES

NO_EXTRAS = Rule(
    code="C001",
    severity=Severity.ERROR,
    title="An extra has no conda package",
    many="{count} extras have no conda package",
    message="Older conda and mamba cannot ask for extras, and onelist knows no conda package for {asked}.",
    hint="Name one: conda_names = {asked}={conda}, and list what the extra brings in conda_requirements. "
    "Or move it to pip_requirements.",
    variants={
        "several": Wording(
            message="Older conda and mamba cannot ask for extras, and onelist knows one conda package for each extra "
            "of {asked}, but none for all of them.",
            hint="Write conda_names = {asked}={conda}, and list the others in conda_requirements: {others}",
        ),
        "manifest": Wording(
            message="Older conda and mamba cannot ask for extras, and no conda package is known that stands for "
            "{asked}."
        ),
    },
    example={"asked": "fastapi[all]"},
    what="""A requirement has an extra, such as `fastapi[all]`, and onelist knows no conda package for it. onelist knows
    some, such as `jax[cpu]`, `dask[complete]`, `fastapi[standard]` and one extra of `ray`, `modin`, `pandera` or
    `gymnasium` at a time.""",
    why="""A conda package can have extras since May 2026 (CEP 44), but older conda and mamba do not read them. If
    onelist dropped the extra silently, learners would miss packages.""",
    causes="""The line was copied from an instruction for pip.""",
    what_to_do="""List the base package, and list the packages of the extra separately. Or name the conda package in
    `conda_names`. Or list the conda packages in `conda_requirements` as well. Or move the item to
    `pip_requirements`. `onelist fix --select C001` names a package for each extra where onelist knows them, and
    otherwise moves the item.""",
    ini="""\
requirements = fastapi[all]
conda_names = fastapi[all]=fastapi
conda_requirements = uvicorn-standard httpx
""",
)

NO_URLS = Rule(
    code="C002",
    severity=Severity.ERROR,
    title="conda cannot install from an address",
    many="conda cannot install {count} requirements from their addresses",
    message="{name} is required by its address, but conda installs only from channels.",
    hint=_ALTERNATIVES,
    variants={
        "manifest": Wording(message="{normal} is asked for by its address, and conda installs from channels alone.")
    },
    example={"name": "coursetools"},
    what="""A requirement is an address, and `requirements` is for conda, too.""",
    why="""conda takes packages only from channels.""",
    causes="""The same as for S109.""",
    what_to_do="""List only the name if you can. Otherwise move the item to `pip_requirements`, so that only pip gets
    it. Or list the conda package in `conda_requirements` as well.""",
    ini="pip_requirements = coursetools @ https://example.org/coursetools-1.0-py3-none-any.whl\n",
)

OS_MARKER = Rule(
    code="C003",
    severity=Severity.ERROR,
    title="A marker differs by operating system",
    many="{count} markers differ by operating system",
    message="The marker of {name} differs by operating system, but the conda package is the same on all of them.",
    hint=_DELETE_MARKER,
    variants={
        "manifest": Wording(
            message="Whether {normal} is wanted differs by operating system, and the conda package is the same on all "
            "of them."
        )
    },
    example={"name": "pywin32-ctypes"},
    what="""A marker is true on some of Linux, macOS and Windows, and false on others.""",
    why="""onelist makes one conda package for all systems (noarch), and its list is the same on all of them.""",
    causes="""A package that is needed only on Windows, such as `pywin32-ctypes; sys_platform == "win32"`.""",
    what_to_do="""Delete the marker if the package can be installed on every system and does no harm there. Otherwise
    move the item to `pip_requirements`. If the conda package works on all systems, list it in `conda_requirements` as
    well.""",
    ini="""\
requirements = colorama; sys_platform == "win32"
conda_requirements = colorama
""",
)

PYTHON_MARKER = Rule(
    code="C004",
    severity=Severity.ERROR,
    title="A marker differs by Python version",
    many="{count} markers differ by Python version",
    message="The marker of {name} differs by Python version, but the conda package is the same for all of them.",
    hint=_DELETE_MARKER,
    variants={
        "manifest": Wording(
            message="Whether {normal} is wanted differs by Python version, and the conda package is the same for all."
        )
    },
    example={"name": "tomli"},
    what="""A marker is true for some Pythons from `min_python` on, and false for others. If it differs by operating
    system as well, the code is C003.""",
    why="""The conda package is the same for all Pythons.""",
    causes="""A package that replaces a part of newer Pythons, such as `tomli; python_version < "3.11"`.""",
    what_to_do="""Raise `min_python` if you can: then the marker may be the same for all Pythons. Or delete the marker,
    or list the conda package in `conda_requirements` as well, or move the item to `pip_requirements`.""",
    ini="""\
requirements = tomli; python_version < "3.11"
conda_requirements = tomli
""",
)

OTHER_MARKER = Rule(
    code="C005",
    severity=Severity.ERROR,
    title="A marker reads what conda cannot know",
    message="The marker of {name} reads {variables}, which a conda package cannot know.",
    hint=_DELETE_MARKER,
    variants={
        "manifest": Wording(
            message="Whether {normal} is wanted asks for {variables}, which a conda package cannot ask."
        )
    },
    example={"name": "numba", "variables": "platform_machine"},
    what="""A marker reads something other than the Python version and the operating system, for instance
    `platform_machine` or `implementation_name`.""",
    why="""The conda package is the same on every machine (noarch), so it cannot depend on the kind of machine.""",
    causes="""A package that exists only for some processors, as in `platform_machine == "x86_64"`.""",
    what_to_do="""Delete the marker if it does no harm. Otherwise move the item to `pip_requirements`, or list the conda
    package in `conda_requirements` as well.""",
)

NO_LOCAL_VERSION = Rule(
    code="C006",
    severity=Severity.ERROR,
    title="conda cannot compare with this version",
    message="{name}{clause} {reason}.",
    hint="Write {name} without {clause}. " + _ALTERNATIVES,
    variants={"manifest": Wording(message="{normal}{clause} {reason}.")},
    example={
        "name": "torch",
        "clause": "==2.1+cu118",
        "reason": "asks for a local version (+cu118), which no conda channel has",
    },
    what="""A requirement has a local version (a `+` in the version), compares letter by letter (`===`), has a number
    with more than 18 digits, or ends at a development release other than the first (`<3.0.dev5`).""",
    why="""conda channels have no local versions, and conda has no such comparison.""",
    causes="""`torch==2.1+cu118`, copied from an instruction for a graphics card.""",
    what_to_do="""Write only the name: conda chooses the build for the machine. Or move the item to `pip_requirements`,
    or list the conda package in `conda_requirements` as well.""",
)

NOT_CONDA_NAME = Rule(
    code="C007",
    severity=Severity.ERROR,
    title="A conda requirement is not a name with versions",
    message="{item} is not a conda name followed by versions.",
    hint="Write a name such as python-graphviz, or name>=1.2,<2 without spaces.",
    variants={
        "channel": Wording(
            message="{item} has a conda channel in front of the name.",
            hint="Write {name} here and add {channel} to conda_channels.",
        ),
        "python": Wording(
            message="{item} cannot be listed: min_python says which Python the list needs.",
            hint="Delete it here and write min_python = {version}",
        ),
        "python_only": Wording(
            message="{item} cannot be listed: min_python says which Python the list needs.", hint="Delete it here."
        ),
    },
    example={"item": "curl=8.0=h1_0"},
    what="""An item of `conda_requirements` is not a conda name, optionally with versions directly after it.""",
    why="""Different conda tools read other forms differently, or not at all.""",
    causes="""A space between name and version; a channel in front (`conda-forge::curl`); a build string
    (`curl=8.0=h1_0`); alternatives with `|`; `>=1.*`; a marker; an address; `python`, for which there is
    `min_python`.""",
    what_to_do="""Write the name and the versions without spaces. Put channels into `conda_channels`.""",
    ini="""\
conda_channels = conda-forge
conda_requirements = curl git>=2.40 cudatoolkit=11.8
""",
)

SUPERFLUOUS_CONDA_REQUIREMENT = Rule(
    code="C008",
    severity=Severity.WARNING,
    title="A conda requirement is superfluous",
    many="{count} conda requirements are superfluous",
    message="{name} need not be listed for conda: {by} in {key} (line {line}) already brings it.",
    hint="Delete {item} here.",
    example={"name": "python-graphviz", "by": "graphviz", "key": "requirements", "line": "9"},
    what="""An item is in `conda_requirements`, and an item of `requirements` has the same name on conda.""",
    why="""conda gets it twice. If you delete one of the two later, conda still installs it.""",
    causes="""The list was written for a tool that uses names on conda as they are, so that you had to list
    `python-graphviz` beside `graphviz`. onelist knows such names.""",
    what_to_do="""Delete it from `conda_requirements`. An item with versions says more, and can stay.""",
)

PIP_ONLY = Rule(
    code="C101",
    severity=Severity.INFO,
    title="Only pip gets a requirement",
    message="{name} is for pip only: the list does not bring it to conda and mamba users.",
    hint="Move it to requirements if a conda channel has it now.",
    example={"name": "fastbook"},
    what="""An item is in `pip_requirements`, and its conda package is nowhere in the list. conda and mamba users do not
    get it.""",
    why="""onelist leaves nothing out silently. The description of the recipes says so, too.""",
    causes="""You put it there because no conda channel had it.""",
    what_to_do="""Nothing. Or check whether conda-forge has it now, and then move it to `requirements`.""",
)

PIP_EXTRA = Rule(
    code="C102",
    severity=Severity.INFO,
    title="Only pip gets an extra",
    message="{key} becomes the extra {extra} for pip, and conda gets nothing of it.",
    example={"key": "dev_requirements", "extra": "course-meta[dev]"},
    what="""A key such as `dev_requirements` becomes an extra for pip. conda gets nothing of it.""",
    why="""Older conda and mamba cannot ask for extras.""",
    causes="""You wrote the key on purpose. Any key that ends in `_requirements` makes an extra, except `requirements`,
    `pip_requirements` and `conda_requirements`.""",
    what_to_do="""Nothing. If learners need these packages, put them into `requirements`.""",
)

NEVER_TRUE = Rule(
    code="C103",
    severity=Severity.INFO,
    title="A marker is never true",
    message="The marker of {name} is false on Linux, macOS and Windows with {pythons}, so conda gets nothing of it.",
    hint="Delete the requirement if it was for older Pythons, or for a system that no learner uses.",
    example={"name": "tomli", "pythons": "Python 3.11 to 3.15"},
    what="""The marker of a requirement is false on Linux, macOS and Windows for every known Python from `min_python`
    on. conda gets nothing of it; the wheel keeps it with its marker.""",
    why="""It may be a leftover that you can delete, or the marker may contain an error.""",
    causes="""`min_python` was raised, and a requirement for older Pythons stayed. Or the marker is for another system
    (`sys_platform == "aix"`), for a future Python, or for an extra (see S110).""",
    what_to_do="""Delete the requirement if no one needs it any more.""",
)

NOT_ON_CONDA_FORGE = Rule(
    code="C104",
    severity=Severity.INFO,
    title="conda-forge had no package of this name",
    message="conda-forge had no {name} in {month}, when onelist's table of names was made.",
    hint="If your channels do not have it either, move {name} to pip_requirements.",
    example={"name": "fastbook", "month": "2026-08"},
    what="""When onelist's table of names was made, conda-forge did not have this package. The message gives the
    month.""",
    why="""If your channels do not have it either, conda cannot install your list.""",
    causes="""The package is published only for pip, or on your own channel. Or conda-forge has it now.""",
    what_to_do="""Nothing, if one of your `conda_channels` has it. Otherwise move it to `pip_requirements`. If it has
    another name on conda, write that name in `conda_names`.""",
    ini="""\
requirements = pandas
pip_requirements = fastbook
""",
    fallback_for=Evidence.AVAILABILITY,
)

NOT_CARRIED = Rule(
    code="C105",
    severity=Severity.INFO,
    title="pip does not see a conda package",
    message="conda's {conda} does not tell pip that it is {name}: where conda-forge's package of the list is "
    "installed, pip check says that {name} is missing.",
    hint="List the name under which pip sees conda's {conda}, if the package index has it too.",
    variants={
        "own": Wording(
            message="conda_names says {conda} for {name}, and nothing says that this conda package carries {name}: "
            "where conda-forge's package of the list is installed, pip check may say that {name} is missing.",
            hint="Nothing to do if {conda} does the work of {name}. The recipe for conda-forge leaves pip check out.",
        ),
        "namesake": Wording(
            message="conda's {conda} holds nothing that pip sees: where conda-forge's package of the list is "
            "installed, pip check says that {name} is missing.",
            hint="Nothing to do if conda's {conda} is what you mean. The recipe for conda-forge leaves pip check out.",
        ),
        "shared": Wording(
            message="{name} and {other} are the same conda package, {conda}. It may carry only one of them, and pip "
            "check then says that the other is missing.",
            hint="List only one of them, if you can.",
        ),
    },
    example={"name": "sklearn", "conda": "scikit-learn"},
    what="""conda installs a package that does the work of a requirement, but that is not known to hold its metadata. An
    example is `sklearn`: conda gets `scikit-learn`, which does not say to pip that it is `sklearn`. Or two requirements
    become the same conda package.""",
    why="""The package that conda-forge builds from your list holds the same metadata as the wheel. So `pip check` and
    `importlib.metadata` look for a distribution that is not there. pip may install it beside the conda package. The
    recipe for conda-forge has `pip_check: false` for this reason. The package on your own channel holds no such
    metadata.""",
    causes="""A second name on the package index for the same thing (`bs4`, `sklearn`), one for a certain machine
    (`cupy-cuda12x`) or one with binaries (`psycopg2-binary`). Or a program that the package index has as a wheel
    (`cmake`): conda's package holds only the program.""",
    what_to_do="""List the name that the conda package carries: `beautifulsoup4` for `bs4`. If pip needs the other name,
    leave it: learners can use the package.""",
    ini="requirements = scikit-learn beautifulsoup4\n",
)

OTHER_IN_RECIPES = Rule(
    code="C106",
    severity=Severity.INFO,
    title="conda-forge asks for another package in recipes",
    message="The recipe for conda-forge requires {conda}, and conda-forge asks for {instead} in recipes.",
    hint="Before you submit to conda-forge, write conda_names = {key}={instead}",
    variants={
        "listed": Wording(hint="Before you submit to conda-forge, write {instead} in conda_requirements."),
    },
    example={"conda": "matplotlib", "instead": "matplotlib-base"},
    what="""The run list has a conda package for which the linter of conda-forge asks for another one. For instance,
    `matplotlib` is `matplotlib-base` together with Qt, which opens windows for plots, and `astropy` is `astropy-base`
    with everything that is optional.""",
    why="""Most packages need no windows and nothing optional, and Qt is large. Others were renamed, or choose a build
    for the learners. A list for learners may be an exception: without Qt, plots show in notebooks and not in
    windows.""",
    causes="""The name on the package index is `matplotlib`, and onelist keeps it, so that conda users get the same as
    pip users. Or `conda_requirements` has an older name.""",
    what_to_do="""Nothing, if you do not submit to conda-forge, or if your learners need the whole package: then tell
    the reviewers so. Otherwise name the other package.""",
    ini="conda_names = matplotlib=matplotlib-base\n",
)

OTHER_ORDER = Rule(
    code="C107",
    severity=Severity.INFO,
    title="conda orders the versions at a bound in another way",
    message="{name}{clause} means other versions for conda: for instance, {takes} takes {version}, and {lacks} does "
    "not.",
    hint="This matters only if a channel or the index has such versions. A bound at a final release means the same for "
    "both.",
    example={"name": "torch", "clause": ">=1.13.0.dev5", "takes": "pip", "version": "1.13.0rc1", "lacks": "conda"},
    what="""A requirement has a bound at a development release, a pre-release or a post-release. pip and conda order
    such versions differently, so no MatchSpec means exactly the same versions.""",
    why="""For pip, `3.0.dev5` comes before `3.0a1` and `3.0rc1`; for conda it comes after both. For pip, `3.0.post1`
    comes before `3.0.0.1`; for conda it comes after it.""",
    causes="""The list needed something before it was released.""",
    what_to_do="""Write the bound at a final release: `torch>=1.13`. `onelist fix` does not do this, because it
    excludes the pre-releases.""",
    ini="requirements = torch>=1.13\n",
)
