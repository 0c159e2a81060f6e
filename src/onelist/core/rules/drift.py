"""D: where the channels have changed and the list has not."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Evidence, Rule, Scope, Supersedes, Wording

_REPLACES_PIP_ONLY = (Supersedes(code="C101", scope=Scope.REQUIREMENT),)
_MOVE = "Move {item} from pip_requirements (line {line}) to {destination}."

ON_CONDA_TOO = Rule(
    code="D001",
    severity=Severity.WARNING,
    title="A conda channel has a requirement that is listed for pip only",
    many="{count} requirements are listed for pip only, and conda channels have them",
    evidence=Evidence.AVAILABILITY,
    message="{name} is listed for pip only, so the list does not bring it to conda and mamba users. But {channel} has "
    "{conda_name}{since}, in {version} {where}.",
    hint=_MOVE,
    variants={
        "other_name": Wording(
            message="{name} is listed for pip only, so the list does not bring it to conda and mamba users. But "
            "{channel} has it as {conda_name}{since}.",
            hint=_MOVE + " Also write {name}={conda_name} in conda_names.",
        ),
        "hidden": Wording(
            hint="Put {channel} before {first} in conda_channels, because {first} has the package, too. conda and "
            "mamba prefer the earlier channel, and pixi uses only that one. " + _MOVE
        ),
    },
    example={
        "name": "sentencepiece",
        "channel": "conda-forge",
        "conda_name": "sentencepiece",
        "since": " since 2019-11-04",
        "version": "version 0.2.1",
        "where": "on every platform and Python",
    },
    what="""An item is in `pip_requirements`, and one of your channels has it for every platform, with at least one
    Python that is still supported. The message says since when, and for which Pythons. A package with the same name
    counts only if it depends on Python, or if you or the table of names say that it is the right one.""",
    why="""conda and mamba users only get it if something else brings it. If not, their imports fail, although a channel
    has it.""",
    causes="""No conda channel had it when you wrote the list.""",
    what_to_do="""Move it, as the message says. `onelist fix` does that, and then resolves the list again. If conda
    users of some Python would lose the whole list, it undoes the move and says so; `--select D001` moves it all the
    same. If you want only pip to have it, hide the finding with `--ignore D001`.""",
    ini="requirements = fastai graphviz sentencepiece\n",
    supersedes=_REPLACES_PIP_ONLY,
)

ON_INDEX_TOO = Rule(
    code="D002",
    severity=Severity.WARNING,
    title="The package index has a requirement that is listed for conda only",
    many="{count} requirements are listed for conda only, and the package index has them",
    evidence=Evidence.AVAILABILITY,
    message="{name} is listed for conda only, so the list does not bring it to pip users. "
    "But the package index has {project} ({version}).",
    hint="If it is the same package, delete it from conda_requirements and write {project} in {destination}.",
    example={"name": "python-graphviz", "project": "graphviz", "version": "0.21"},
    what="""An item is in `conda_requirements`, it is a Python package on your channel, and the package index has a
    project of that name.""",
    why="""pip users only get it if something else brings it.""",
    causes="""You listed it there when only conda had it, or because conda has another name for it.""",
    what_to_do="""Check whether both are the same package. If so, put the name that pip knows into `requirements`.""",
)

OTHER_CONDA_NAME = Rule(
    code="D003",
    severity=Severity.ERROR,
    title="A requirement has another name on the conda channels",
    many="{count} requirements have other names on the conda channels",
    evidence=Evidence.AVAILABILITY,
    message="conda cannot install {name}: no channel has {looked_for}, but {channel} has it as {conda_name}.",
    hint="Write {name}={conda_name} in {destination}.",
    example={
        "name": "huggingface-hub",
        "looked_for": "huggingface-hub",
        "channel": "conda-forge",
        "conda_name": "huggingface_hub",
    },
    what="""No channel has the conda name that `conda_names`, or onelist's table, gives for a requirement. But a channel
    has a package that contains the same according to the table, or whose name differs only in `-`, `_` and `.`.""",
    why="""conda cannot install your package, although it could.""",
    causes="""The package was renamed on the channel. Or it is your own channel, and it names packages differently.""",
    what_to_do="""Name it in `conda_names`, as the message says.""",
    ini="conda_names = huggingface-hub=huggingface_hub\n",
    supersedes=(Supersedes(code="A005", scope=Scope.REQUIREMENT),),
)

OTHER_SPELLING = Rule(
    code="D004",
    severity=Severity.WARNING,
    title="A channel has the list under another spelling",
    evidence=Evidence.AVAILABILITY,
    message="{channel} has the conda package {other}, and onelist builds {own}. Those who have {other} get no update.",
    hint="If {other} is an earlier release of this list, keep its name: write {lib_name}={other} in conda_names. "
    "If {own} is right, write {lib_name}={own} there.",
    example={"channel": "fastchan", "other": "my_list", "own": "my-list"},
    what="""A channel of the list, or the channel that `conda_user` names, has a package whose name is that of your list
    with `_`, `-` or `.` written in another way.""",
    why="""For pip, `my_list` and `my-list` are one name. For conda they are two packages. Those who installed one of
    them never get an update from the other, and one environment can have both.""",
    causes="""Earlier releases were published with nbdev, which names the conda package exactly as `lib_name` is
    written. onelist uses the normalised name, with `-`.""",
    what_to_do="""Decide for one name in `conda_names`. Then onelist no longer reports it.""",
    ini="lib_name = my_list\nconda_names = my_list=my_list\n",
)


ON_CONDA_IN_PART = Rule(
    code="D101",
    severity=Severity.INFO,
    title="A conda channel has a requirement for pip on some platforms",
    evidence=Evidence.AVAILABILITY,
    message="{name} is listed for pip only, so the list does not bring it to conda and mamba users. But {channel} has "
    "{conda_name}{since}, in {version} {where}.",
    hint="Move it to requirements when the channel has it for every platform and Python. Before that, conda could not "
    "install the list where it is missing.",
    example={
        "name": "sentencepiece",
        "channel": "conda-forge",
        "conda_name": "sentencepiece",
        "since": " since 2019-11-04",
        "version": "version 0.2.1",
        "where": "on Linux",
    },
    what="""As D001, but the channel does not have it for all of your platforms.""",
    why="""If it were in `requirements`, conda could not install your package on the other platforms.""",
    causes="""It is not built for that platform yet.""",
    what_to_do="""Nothing, until D001 reports that it is available for all platforms. Or delete the platform from
    `platforms`.""",
    supersedes=_REPLACES_PIP_ONLY,
)

MAYBE_ANOTHER_PACKAGE = Rule(
    code="D102",
    severity=Severity.INFO,
    title="A conda package may be a different one",
    evidence=Evidence.AVAILABILITY,
    message="{conda_name} on {channel} does not depend on Python, so it may not be the {name} of the package index.",
    hint="If it is the same package, write {name}={conda_name} in {destination}, and onelist no longer reports it.",
    example={"conda_name": "graphviz", "channel": "conda-forge", "name": "graphviz"},
    what="""onelist looks for a requirement on conda under its own name, and the package of that name does not depend on
    Python.""",
    why="""It may be a different package: conda's `graphviz` is the program, not the Python package `graphviz`.""",
    causes="""A program and its Python package have the same name, and the table of names does not have it.""",
    what_to_do="""Check the package on its channel. If it is the right one, say so in `conda_names`. If not, name the
    right one there.""",
)

CHANNEL_HAS_EXTRA = Rule(
    code="D103",
    severity=Severity.INFO,
    title="A conda channel has the extra of a requirement",
    evidence=Evidence.AVAILABILITY,
    message="{conda_name} on {channel} has the extra of {asked}, which brings {brings}. Older conda and mamba cannot "
    "ask for it.",
    hint="For all conda clients, write {asked}={conda_name} in conda_names, and list what the extra brings in "
    "conda_requirements.",
    example={"asked": "sphinx[docs]", "conda_name": "sphinx", "channel": "conda-forge", "brings": "sphinxcontrib-x"},
    what="""onelist knows no conda package for an extra (C001), and a build on a channel says which packages the
    extra brings (`extra_depends`, CEP 44).""",
    why="""You need not search for the packages: the channel names them.""",
    causes="""The maintainers of the conda package have added the extra. pixi and conda with the rattler solver can ask
    for it; libmamba, which mamba uses and conda by default, cannot.""",
    what_to_do="""List the packages in `conda_requirements`, and name the conda package in `conda_names`.""",
    ini="""\
requirements = fastapi[all]
conda_names = fastapi[all]=fastapi
conda_requirements = uvicorn-standard httpx
""",
)

INDEX_HAS_EXTRA = Rule(
    code="D104",
    severity=Severity.INFO,
    title="What the extra of a requirement brings",
    evidence=Evidence.AVAILABILITY,
    message="{name} {version} on the package index: the {extras} {verb} {brings}.",
    hint="Write {asked}={conda_name} in conda_names{packages}{more}.{rest}",
    variants={
        "nothing": Wording(
            message="{name} {version} on the package index: the {extras} {verb} nothing on the platforms and Pythons "
            "of the list."
        ),
        "missing": Wording(
            message="{name} {version} on the package index does not have the {missing}. pip then installs {name} "
            "without it.",
            hint="Check the spelling. {offered}.",
        ),
        "unknown": Wording(
            message="What the {extras} of {name} {verb} is not known, because the package index {reason}.", hint=""
        ),
    },
    example={
        "name": "fastapi",
        "version": "0.115.0",
        "extras": "extra all",
        "verb": "brings",
        "brings": "httpx, jinja2 and uvicorn[standard]",
    },
    what="""onelist knows no conda package for an extra (C001), and no channel says what it brings (D103). So onelist
    reads it in the metadata of the newest version that pip installs: the requirements that the version has only with
    the extra. Extras of the package itself are followed. In brackets is where a marker limits a requirement.""",
    why="""You need not search for the packages: list them, and learners with conda get what learners with pip get.""",
    causes="""The line was copied from an instruction for pip. If the version does not have the extra, it is spelled in
    another way, or was removed.""",
    what_to_do="""List the packages in `conda_requirements`, and name the conda package in `conda_names`. The hint has
    their conda names. The versions that the metadata asks for are not among them.""",
    ini="""\
requirements = fastapi[all]
conda_names = fastapi[all]=fastapi
conda_requirements = uvicorn-standard httpx jinja2
""",
)

SPELLING_UNKNOWN = Rule(
    code="D105",
    severity=Severity.INFO,
    title="Whether your channel has the list under another spelling is not known",
    evidence=Evidence.AVAILABILITY,
    message="{channel}, which conda_user names, {reason}. So it is not known whether it has the list as {other}.",
    hint="Look there. If it has {other}, write {lib_name}={other} or {lib_name}={own} in conda_names.",
    example={
        "channel": "fastchan",
        "reason": "did not answer in time",
        "other": "my_list",
    },
    what="""onelist looks on the channel that `conda_user` names for the list under another spelling (D004), and the
    channel gave no usable answer. No requirement comes from this channel, so nothing else depends on it.""",
    why="""If the channel has such a package, the next release makes a second one beside it.""",
    causes="""The server is down, or it requires a password.""",
    what_to_do="""Look on the channel, or check again later. Once `conda_names` has the name of the list, onelist does
    not ask any more.""",
    ini="conda_user = fastchan\n",
)
