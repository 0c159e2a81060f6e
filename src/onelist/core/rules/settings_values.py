"""S007 to S016: values that onelist cannot use, and files that it must not publish."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Rule, Scope, Supersedes, Wording

_DID_YOU_MEAN = "Did you mean {suggestion}?"

BAD_NAME = Rule(
    code="S007",
    severity=Severity.ERROR,
    title="The name of the package is not valid",
    message="{name} cannot be the name of a package.",
    hint="Use only letters, digits, -, _ and . and begin and end with a letter or a digit.",
    variants={
        "similar": Wording(hint=_DID_YOU_MEAN),
        "extra": Wording(
            message="{key} would make an extra named {name}, which is not a valid name.",
            hint="Use letters, digits, - and _ before _requirements.",
        ),
        "too_long": Wording(
            message="{name} is too long for the names of files: it may have {most} characters.",
            hint="Write a shorter name.",
        ),
    },
    example={"name": "deep learning"},
    what="""`lib_name` is not a valid name for a package, or has more than 180 characters. Or a key such as
    `my tools_requirements` would make an extra whose name is not valid.""",
    why="""Package indexes and installers refuse such names.""",
    causes="""The name contains spaces or letters with accents. Or it begins or ends with a hyphen or a dot.""",
    what_to_do="""Use only plain letters, digits, `-`, `_` and `.`. Begin and end with a letter or a digit. Put the
    title of the course into `description`.""",
    ini="lib_name = deep-learning-course\n",
)

BAD_VERSION = Rule(
    code="S008",
    severity=Severity.ERROR,
    title="The version of the package is not valid",
    message="{version} is not a version.",
    hint="Write numbers with dots, for instance 0.1.0 or 2026.11.23 (PEP 440).",
    variants={
        "similar": Wording(hint=_DID_YOU_MEAN),
        "too_large": Wording(
            message="{version} contains a number that is too large for conda.", hint="Write a shorter number."
        ),
        "local": Wording(
            message="{version} has a local part (+{local}), which the public package index does not accept.",
            hint="Write {public}.",
        ),
    },
    example={"version": "spring"},
    what="""`version` is not a version that Python tools understand. Or it has a local part, which is a `+` and the text
    after it. Or it contains a number with more than 18 digits, which conda does not accept.""",
    why="""Installers must be able to tell which of two versions is newer. Package indexes do not accept local
    parts.""",
    causes="""The version is a word such as "first" or "spring", or has your initials after a `+`.""",
    what_to_do="""Write numbers with dots. A date with dots works well for a course.""",
    ini="version = 2026.9.1\n",
)

BAD_LICENSE = Rule(
    code="S009",
    severity=Severity.ERROR,
    title="The licence is not known",
    message="{license} is neither one of nbdev's licences nor an SPDX name.",
    hint="Use apache2, mit, gpl2, gpl3, bsd3, an SPDX name such as CC-BY-4.0, or LicenseRef-name for another licence.",
    variants={"similar": Wording(hint=_DID_YOU_MEAN)},
    example={"license": "GPL-3.0"},
    what="""`license` is neither one of nbdev's short names (`apache2`, `mit`, `gpl2`, `gpl3`, `bsd3`) nor an SPDX name.
    SPDX is the public list of standard names for licences.""",
    why="""Package indexes and conda accept only standard names, so that a program can tell what is allowed.""",
    causes="""A name in everyday words, such as "GNU AGPLv3" or "CC BY-SA". Or a name that SPDX has withdrawn, such as
    `GPL-3.0`: it does not say whether later versions are allowed, and conda's build tools refuse it.""",
    what_to_do="""Use a short name or the SPDX name; the message suggests one if it can. Capital letters do not matter.
    For your own licence, write `LicenseRef-` and a name.""",
    ini="license = CC-BY-SA-4.0\n",
)

BAD_REQUIREMENT = Rule(
    code="S010",
    severity=Severity.ERROR,
    title="An item of a list is not a requirement",
    many="{count} items are not requirements",
    message="{item} is not a requirement.",
    hint="Write a name, name>=1.2 or name[extra]. Separate requirements with spaces.",
    variants={
        "single_equals": Wording(message="{item} has a single =, which is not a comparison.", hint=_DID_YOU_MEAN),
        "swapped": Wording(message="{item} has its comparison the wrong way round.", hint=_DID_YOU_MEAN),
        "one_number": Wording(message="{item} has one number after ~=, which needs at least two.", hint=_DID_YOU_MEAN),
        "equals_without_name": Wording(
            message="{item} has no name in front of it, and a single = is not a comparison.",
            hint="Write the name and its version without a space: name=={version}",
        ),
        "no_name": Wording(
            message="{item} has no name in front of it.",
            hint="Write the name and its version without a space: name{item}",
        ),
        "wildcard": Wording(
            message="{item} has .* after {operator}, but .* is allowed only after == and !=.", hint=_DID_YOU_MEAN
        ),
        "quoted_version": Wording(message="{item} has quotes around a version.", hint=_DID_YOU_MEAN),
        "local": Wording(
            message="{item} compares with a local version (with a +), which is allowed only with == and !=.",
            hint="Leave out the + and the text after it.",
        ),
        "address_only": Wording(
            message="{item} is an address without a name.",
            hint="Write name @ {address}, with the name of the package.",
        ),
        "repository": Wording(
            message="{item} is the address of a repository, not the name of a package.",
            hint="Write {name} if the package index has it by this name. For the newest code, write {name} @ {address}",
        ),
        "bad_address": Wording(
            message="{item} has {address} after the @, which is not a public address.",
            hint="Write {name} @ https://..., or only the name.",
        ),
        "python": Wording(
            message="{item} cannot be listed: min_python says which Python the list needs.",
            hint="Delete it here and write min_python = {version}",
        ),
        "python_only": Wording(
            message="{item} cannot be listed: min_python says which Python the list needs.", hint="Delete it here."
        ),
        "glued_marker": Wording(
            message="{item} has its ; directly after the address, so the ; becomes part of the address.",
            hint="Put a space before the ;",
        ),
        "spaces": Wording(
            message="{item} has spaces around its comparison.", hint="Write {suggestion} without spaces."
        ),
        "option": Wording(
            message="{item} is an option of pip's command line, not a requirement.",
            hint="This file lists only names. Delete the option.",
        ),
        "option_file": Wording(
            message="{item} is an option of pip's command line, not a requirement.",
            hint="Delete it. To make a list of what is in that file: onelist init --from {file}",
        ),
        "channel": Wording(
            message="{item} has a conda channel in front of the name.",
            hint="Write {name} here and add {channel} to conda_channels.",
        ),
        "commas": Wording(
            message="{item} has commas between names.", hint="Separate the names with spaces: {suggestion}"
        ),
        "letters": Wording(
            message="{item} has letters that no name of a package has: {letters}",
            hint="Some letters of other alphabets look like a, e, o or p. Type the name again.",
        ),
        "path": Wording(
            message="{item} is a path on one machine, which other people do not have.",
            hint="Publish that package, or leave it out.",
        ),
        "comment": Wording(
            message="A # does not begin a comment after a value; pip and nbdev would read the words as names.",
            hint="Put the comment on a separate line that begins with #.",
        ),
        "names_in_line": Wording(message="{item} is not a list of names: {reason}.", hint="Write {suggestion}"),
        "names_in_lines": Wording(
            message="{item} and {more} are not lists of names: {reason}.", hint="Write {suggestion}"
        ),
        "no_names_in_line": Wording(message="{item} is not a list of names: {reason}.", hint="Delete it."),
        "no_names_in_lines": Wording(
            message="{item} and {more} are not lists of names: {reason}.", hint="Delete them."
        ),
        "contradiction": Wording(
            message="No version of {name} is both {first} and {second}.", hint="Delete one of the two."
        ),
        "itself": Wording(message="{name} is the list itself, which cannot require itself.", hint="Leave it out."),
        "own_extra": Wording(
            message="{item} requires the extra {extra} of the list itself, which does not exist.",
            hint="Leave it out, or name another key that ends in _requirements.",
        ),
    },
    example={"item": "pandas!"},
    what="""An item of a list for pip is not a name, optionally with an extra, a version, a marker or an address.""",
    why="""pip would stop at such an item, so no one could install your list.""",
    causes="""A single `=` as in `pandas=1.5`; `=>` instead of `>=`; a space between a name and its version; commas
    between names without spaces; quotes around a version; `>=2.*`; an option such as `-r more.txt`; a conda channel in
    front of a name; an address without a name; a `;` directly after an address; a path on your machine; `python`, for
    which there is `min_python`; the list itself; two items that exclude each other, such as `numpy<2 numpy>=2`; a
    comment after the items of any list.""",
    what_to_do="""Follow the message; it often suggests the right text. A comment needs a separate line. Most lists need
    only names, without versions.""",
    ini="""\
# plotting comes later in the course
requirements = pandas numpy>=1.26 fastapi
""",
)

BAD_PYTHON = Rule(
    code="S011",
    severity=Severity.ERROR,
    title="min_python is not a Python version",
    message="{version} is not a Python version such as 3.11.",
    hint="Write two numbers with a dot: min_python = {default}",
    variants={
        "similar": Wording(hint=_DID_YOU_MEAN),
        "not_python3": Wording(
            message="Python {version} is not supported; only Python 3 is.", hint="Write min_python = {default}"
        ),
    },
    example={"version": "three"},
    what="""`min_python` is not two numbers with a dot between them, or it does not begin with 3.""",
    why="""onelist writes the lowest Python of the course into everything that it builds.""",
    causes="""A comparison in front (`>=3.11`), a third number (`3.11.4`), no dot (`3`), or Python 2.""",
    what_to_do="""Write only the two numbers.""",
    ini="min_python = 3.11\n",
)

BAD_ADDRESS = Rule(
    code="S012",
    severity=Severity.ERROR,
    title="An address cannot be used, or contains a password",
    message="{key} is not a web address.",
    hint="Write the whole address, beginning with https://",
    variants={
        "similar": Wording(hint=_DID_YOU_MEAN),
        "secret": Wording(
            message="A password or token is written here. Everyone who gets the package could read it.",
            hint="Delete it. If this file was ever published, have the password or token changed.",
        ),
        "channel_token": Wording(
            message="conda_channels contains a token. Everyone who gets the package could read it.",
            hint="Write the address without it. The installers read passwords from their own settings.",
        ),
    },
    example={"key": "sdist_url"},
    what="""There is a password or a token somewhere in the file or in one of its comments. It is in front of the `@` of
    an address (a user name without a password counts as well), or after `token=` or the like. Or `sdist_url` is not a
    web address that begins with `http://` or `https://`.""",
    why="""Everyone who gets the package can read everything in `settings.ini`. And conda-forge must be able to download
    the sdist from `sdist_url`.""",
    causes="""Someone copied an address together with its login (`https://name:password@...`). Or `https://` is
    missing.""",
    what_to_do="""Delete the password. If the file was ever published, have the password or token changed at once. The
    installers read passwords from their own settings. In messages, onelist shows `*` instead.""",
    ini="sdist_url = https://example.org/files/course_meta-0.1.0.tar.gz\n",
)

BAD_EXTENSION_KEY = Rule(
    code="S013",
    severity=Severity.ERROR,
    title="A key that onelist adds has a wrong value",
    message="{item} is not a channel.",
    hint="Write names such as conda-forge, or addresses, separated by spaces.",
    variants={
        "defaults": Wording(
            message="{item} is not a channel: each reader has other default channels.",
            hint="Delete it, or name the channels themselves, such as pkgs/main.",
        ),
        "package": Wording(
            message="{item} is not a channel: what follows :: names a package.", hint="Write only {channel} here."
        ),
        "local": Wording(
            message="{item} is not a channel: it means the packages that were built on the reader's own machine.",
            hint="Delete it, or write the address or the folder of the channel.",
        ),
        "none": Wording(
            message="{item} means that only pip installs the list, so no channel can be beside it.",
            hint="Delete it, or delete the channels. A channel with this name needs its address.",
        ),
        "no_conda": Wording(
            message="{key} is for conda, but conda_channels = none says that only pip installs the list.",
            hint="Delete one of the two.",
        ),
        "part": Wording(message="{item} is only a part of a channel.", hint="Write only {channel} here."),
        "address": Wording(
            message="{item} is not a channel: it is an address without https://.", hint="Write https://{channel}"
        ),
        "platform": Wording(
            message="{item} is not a platform that onelist can check.", hint="Use some of: {platforms}"
        ),
        "conda_name": Wording(
            message="{item} does not give a conda name to a PyPI name.",
            hint="Write the PyPI name, = and the conda name, for instance graphviz=python-graphviz.",
        ),
        "maintainer": Wording(
            message="{item} is not the name of a GitHub user.",
            hint="Write the names that follow github.com/, separated by spaces.",
        ),
        "owner": Wording(
            message="{item} is not the name of the owner of a conda channel.",
            hint="Write one name, such as fastai. Delete the line if you have no channel of your own.",
        ),
        "owner_known": Wording(
            message="{item} is not the name of the owner of a conda channel.", hint="Write only {owner} here."
        ),
        "pin": Wording(
            message="{item} does not say which name may be pinned, and until when.",
            hint="Write the name, = and a date, for instance ipywidgets=2027-06-30.",
        ),
        "export": Wording(message="{item} is not a file that onelist exports.", hint="Use some of: {exports}"),
        "pin_twice": Wording(message="{name} occurs twice in allow_pins.", hint="Keep one of the two dates."),
        "boolean": Wording(
            message="{value} is neither true nor false.",
            hint="Write meta_package = true if the package must contain no code. Otherwise delete the line.",
        ),
    },
    example={"item": "conda|forge"},
    what="""`conda_user`, or an item of `conda_channels`, `platforms`, `conda_names`, `conda_maintainers`, `allow_pins`,
    `exports` or `meta_package`, does not have the form that the key needs.""",
    why="""onelist does not guess what you mean: a wrong guess would be built into the package.""",
    causes="""`defaults` or `conda-forge::pandas` in `conda_channels`, or `none` beside a channel or `conda_user`;
    `linux` instead of `linux-64`; only one name in `conda_names`, or a conda name with capital letters; a full address
    in `conda_maintainers` or `conda_user`; a name in `allow_pins` without a date, or twice.""",
    what_to_do="""Use the forms of this example. [settings.md](settings.md) has more.""",
    ini="""\
conda_channels = fastchan conda-forge
platforms = linux-64 osx-arm64 win-64
conda_names = graphviz=python-graphviz
conda_maintainers = ada grace
allow_pins = ipywidgets=2027-06-30
exports = environment requirements pixi
""",
)

UNUSABLE_FILE = Rule(
    code="S014",
    severity=Severity.ERROR,
    title="A file cannot be used",
    message="{path} is a link that leads out of {folder}. onelist reads and writes only inside that folder.",
    hint="Put a copy there in place of the link, or delete the link.",
    variants={
        "not_regular": Wording(
            message="{path} is {kind}, not a regular file.", hint="Put a regular file in its place, or delete it."
        ),
        "no_target": Wording(
            message="{path} is a link to a file that does not exist.", hint="Correct the link, or delete it."
        ),
        "too_large": Wording(message="{path} is larger than {size}.", hint="Shorten it, or delete it."),
        "unreadable": Wording(message="{path} cannot be read: {reason}.", hint="Check its permissions."),
        "not_text": Wording(
            message="{path} is not UTF-8, and the package index shows it as the description.",
            hint="Save it as plain text in the encoding UTF-8.",
        ),
    },
    example={"path": "LICENSE", "folder": "this folder"},
    what="""`settings.ini`, `README`, `LICENSE`, a committed recipe, an export or the output folder cannot be used. It
    is a link that leads out of the folder of `settings.ini`, or to nothing. Or it is not a regular file, is larger than
    1 MiB, or cannot be read. Or `README` is not plain text in the encoding UTF-8.""",
    why="""The content of these files is packed and published. The target of a link may be a file of another project.
    With a link such as `/proc/self/environ`, it may be the passwords of the machine that makes the release. Links
    inside the folder work. A program that reads a named pipe or a device may wait for ever.""",
    causes="""One licence file for many projects, linked into each of them. Or a pull request that you should not
    merge.""",
    what_to_do="""Put a copy of the file into the folder. For the output, name another folder with `-o`.""",
)

CODE_LEFT_OUT = Rule(
    code="S015",
    severity=Severity.ERROR,
    title="The package would not contain the code beside settings.ini",
    supersedes=(Supersedes("S118", Scope.LIST),),
    message="The package would not contain the Python code in {folder}. A release of {name} would bring only the list.",
    hint="If the package is meant to contain only the list, write meta_package = true. "
    "Otherwise build it with other tools.",
    example={"folder": "course", "name": "course"},
    what="""Beside `settings.ini` is a folder with Python code at `lib_path`, or a folder or module with the name of the
    package in any spelling, perhaps in `src`.""",
    why="""The wheel that onelist builds contains requirements and no code. If an earlier release of the package
    contained code, the next release would replace it with an empty one. So `build`, `sync` and `publish` stop (exit
    code 1).""",
    causes="""You started onelist in the folder of an nbdev project.""",
    what_to_do="""Build such a project with nbdev. If the package is meant to contain only the list, for instance
    because the code is an example, write `meta_package = true`.""",
)

READ_AS_BOOLEAN = Rule(
    code="S016",
    severity=Severity.ERROR,
    title="conda-build reads a text as true or false",
    message="conda-build reads the description {text} as true or false, not as text.",
    hint="Write a sentence that says what the list is for.",
    variants={
        "name": Wording(
            message="conda-build does not build a package with the name {text}: it reads the name as true or false.",
            hint="Write {lib_name}={text}-list in conda_names, or choose another lib_name.",
        )
    },
    example={"text": "yes"},
    what="""The description, or the name of the conda package, is one of the words `y`, `yes`, `on`, `true`, `n`, `no`,
    `off` and `false`, in capital or small letters.""",
    why="""conda-build reads these words in `meta.yaml` as true or false, in quotes too. With `no` as a description, the
    package has no summary. A package with such a name cannot be built. So `build`, `sync` and `publish` stop (exit code
    1). `build --only wheel sdist` works, because pip reads these words as text.""",
    causes="""The description was not written yet. Or the list has a very short name.""",
    what_to_do="""Write a description that is a sentence. Give the package another name.""",
    ini="description = All packages that the statistics course needs\n",
)
