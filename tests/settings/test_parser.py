"""settings.ini -> Settings, or every mistake at once with an exact message."""

from __future__ import annotations

import datetime

import pytest

from onelist.core.findings import Severity, Span
from tests.helpers import brief, mistakes, parse, settings, settings_text


def texts(value: str, key: str = "requirements") -> list[str]:
    return [str(item.pep508) for item in getattr(settings(**{key: value}), key)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a b\tc", ["a", "b", "c"], id="white space"),
        pytest.param("a\n  b\n\tc", ["a", "b", "c"], id="continuation lines"),
        pytest.param("\\\n  a>=1 \\\n  b", ["a>=1", "b"], id="backslash, not glued"),
        pytest.param("a<2\\\n  b\\\n  c", ["a<2", "b", "c"], id="backslash, glued"),
        pytest.param("a, b>=1, c,", ["a", "b>=1", "c"], id="trailing commas"),
        pytest.param("a , b ,c", ["a", "b", "c"], id="lone and leading commas"),
        pytest.param("\"a\" 'b>=1'", ["a", "b>=1"], id="quoted items"),
        pytest.param('"a @ https://x.org/a.zip" b', ["a @ https://x.org/a.zip", "b"], id="quoted address"),
        pytest.param("a @ https://x.org/a.zip b", ["a @ https://x.org/a.zip", "b"], id="address with spaces"),
        pytest.param("a@https://x.org/a.zip b", ["a @ https://x.org/a.zip", "b"], id="address without spaces"),
        pytest.param("a @ https://x.org/#egg=a b", ["a @ https://x.org/#egg=a", "b"], id="# inside an address"),
        pytest.param(
            'a, b ; python_version < "3.9" and os_name == "nt", c',
            ["a", 'b; python_version < "3.9" and os_name == "nt"', "c"],
            id="marker with spaces",
        ),
        pytest.param('a;python_version<"3.9" b', ['a; python_version < "3.9"', "b"], id="marker without spaces"),
        pytest.param(
            'a; (os_name == "nt" or\n extra == "x") b', ['a; os_name == "nt" or extra == "x"', "b"], id="parens"
        ),
        pytest.param("a[x,y]>=1 b[z]", ["a[x,y]>=1", "b[z]"], id="extras"),
        pytest.param("%(base)s c", ["a", "b", "c"], id="interpolation"),
        pytest.param("a\n# a comment\n  b", ["a", "b"], id="comment line inside a value"),
        pytest.param("", [], id="empty"),
    ],
)
def test_lists_in_all_their_forms(value: str, expected: list[str]) -> None:
    parsed = parse(settings_text(base="a b", requirements=value))
    assert [str(item.pep508) for item in parsed.requirements] == expected


def test_each_item_knows_its_place() -> None:
    parsed = parse(
        '[DEFAULT]\nlib_name = a\nversion = 1\nrequirements = x, y;python_version<"4" \\\n\tz[q] @ https://x.org\n'
    )
    assert [(item.text, item.span) for item in parsed.requirements] == [
        ("x", Span(line=4, column=16, length=1)),
        ('y;python_version<"4"', Span(line=4, column=19, length=20)),
        ("z[q] @ https://x.org", Span(line=5, column=2, length=20)),
    ]


MISTAKES = [
    ("nbdev=1.1.14", "nbdev=1.1.14 has a single =, which is not a comparison.", "Did you mean nbdev==1.1.14?"),
    ("a=>1", "a=>1 has its comparison the wrong way round.", "Did you mean a>=1?"),
    ("a=<1.5", "a=<1.5 has its comparison the wrong way round.", "Did you mean a<=1.5?"),
    (
        "nbdev>=2.3.*",
        "nbdev>=2.3.* has .* after >=, but .* is allowed only after == and !=.",
        "Did you mean nbdev>=2.3?",
    ),
    ("a>=4,<5.*", "a>=4,<5.* has .* after <, but .* is allowed only after == and !=.", "Did you mean a>=4,<5?"),
    (
        "d>='0.7';python_version<'3.7'",
        "d>='0.7';python_version<'3.7' has quotes around a version.",
        "Did you mean d>=0.7;python_version<'3.7'?",
    ),
    (
        "torch>=1.13+cu113",
        "torch>=1.13+cu113 compares with a local version (with a +), which is allowed only with == and !=.",
        "Leave out the + and the text after it.",
    ),
    (
        "git+https://x.org/a@main",
        "git+https://x.org/a@main is an address without a name.",
        "Write name @ git+https://x.org/a@main, with the name of the package.",
    ),
    (
        "https://github.com/fastai/fastai",
        "https://github.com/fastai/fastai is the address of a repository, not the name of a package.",
        "Write fastai if the package index has it by this name. For the newest code, write "
        "fastai @ git+https://github.com/fastai/fastai",
    ),
    (
        "https://github.com/a/b/tree/main",
        "https://github.com/a/b/tree/main is the address of a repository, not the name of a package.",
        "Write b if the package index has it by this name. For the newest code, write b @ git+https://github.com/a/b",
    ),
    (
        "git@gitlab.example.org:a/b.git",
        "git@gitlab.example.org:a/b.git is the address of a repository, not the name of a package.",
        "Write b if the package index has it by this name. For the newest code, write "
        "b @ git+https://gitlab.example.org/a/b",
    ),
    (
        "p\u0430ndas",
        "p\u0430ndas has letters that no name of a package has: \u0430",
        "Some letters of other alphabets look like a, e, o or p. Type the name again.",
    ),
    ("python", "python cannot be listed: min_python says which Python the list needs.", "Delete it here."),
    ("python<3.13", "python<3.13 cannot be listed: min_python says which Python the list needs.", "Delete it here."),
    (
        "-r",
        "-r is an option of pip's command line, not a requirement.",
        "This file lists only names. Delete the option.",
    ),
    (
        "--index-url",
        "--index-url is an option of pip's command line, not a requirement.",
        "This file lists only names. Delete the option.",
    ),
    (
        "bioconda::gseapy",
        "bioconda::gseapy has a conda channel in front of the name.",
        "Write gseapy here and add bioconda to conda_channels.",
    ),
    ("a,b", "a,b has commas between names.", "Separate the names with spaces: a b"),
    ("a~=2", "a~=2 has one number after ~=, which needs at least two.", "Did you mean a~=2.0?"),
    ("a~=2,<3", "a~=2,<3 has one number after ~=, which needs at least two.", "Did you mean a~=2.0,<3?"),
    (
        "./local",
        "./local is a path on one machine, which other people do not have.",
        "Publish that package, or leave it out.",
    ),
    (
        "#clip@git+https://x.org",
        "A # does not begin a comment after a value; pip and nbdev would read the words as names.",
        "Put the comment on a separate line that begins with #.",
    ),
    (
        "n@me!",
        "n@me! has me! after the @, which is not a public address.",
        "Write n @ https://..., or only the name.",
    ),
    (
        "n@file:///home/me/n",
        "n@file:///home/me/n has file:///home/me/n after the @, which is not a public address.",
        "Write n @ https://..., or only the name.",
    ),
    (
        "na$me",
        "na$me is not a requirement.",
        "Write a name, name>=1.2 or name[extra]. Separate requirements with spaces.",
    ),
]


@pytest.mark.parametrize(("item", "message", "hint"), MISTAKES, ids=[mistake[0] for mistake in MISTAKES])
def test_a_typing_error_is_reported_with_its_place_and_a_suggestion(item: str, message: str, hint: str) -> None:
    found = mistakes(settings_text(requirements=f"pandas {item}"))
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    assert [brief(finding) for finding in errors] == [f"S010 5:23 {message} | {hint}"]
    assert errors[0].span is not None
    assert errors[0].span.length == len(item)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            ">=1.0 a",
            ["S010 5:16 >=1.0 has no name in front of it. | Write the name and its version without a space: name>=1.0"],
            id="no name",
        ),
        pytest.param(
            "a = 2.5",
            [
                "S010 5:18 = has no name in front of it, and a single = is not a comparison. | "
                "Write the name and its version without a space: name==1.2"
            ],
            id="a single = between spaces",
        ),
        pytest.param(
            "a =2.5",
            [
                "S010 5:18 =2.5 has no name in front of it, and a single = is not a comparison. | "
                "Write the name and its version without a space: name==2.5"
            ],
            id="a single = after a space",
        ),
        pytest.param(
            "a >= 2 b",
            ["S010 5:16 a >= 2 has spaces around its comparison. | Write a>=2 without spaces."],
            id="spaces around a comparison",
        ),
        pytest.param(
            "a[x] >=2 b",
            ["S010 5:16 a[x] >=2 has spaces around its comparison. | Write a[x]>=2 without spaces."],
            id="a space before a comparison",
        ),
        pytest.param(
            "a>=1, <2 b",
            [
                "S010 5:16 a>=1, <2 b is not a list of names: a requirement has no spaces or brackets in front of its "
                "versions and extras. | Write a>=1,<2 b"
            ],
            id="a space after a comma",
        ),
        pytest.param(
            "-r requirements.txt b",
            [
                "S010 5:16 -r requirements.txt is an option of pip's command line, not a requirement. | "
                "Delete it. To make a list of what is in that file: onelist init --from requirements.txt"
            ],
            id="an option and its value",
        ),
        pytest.param(
            "python>=3.9 b",
            [
                "S010 5:16 python>=3.9 cannot be listed: min_python says which Python the list needs. | Delete it "
                "here and write min_python = 3.9"
            ],
            id="python itself",
        ),
        pytest.param(
            "a @ https://x.org/a.zip;os_name=='nt' b",
            [
                "S010 5:16 a @ https://x.org/a.zip;os_name=='nt' has its ; directly after the address, so the ; "
                "becomes part of the address. | Put a space before the ;"
            ],
            id="marker glued to an address",
        ),
    ],
)
def test_a_mistake_over_several_words_is_reported_once(value: str, expected: list[str]) -> None:
    found = mistakes(settings_text(requirements=value))
    assert [brief(item) for item in found if item.severity is Severity.ERROR] == expected


def test_quotes_make_one_item_of_words_with_spaces() -> None:
    assert texts('"a >= 2" b') == ["a>=2", "b"]


def test_a_broken_marker_is_one_mistake_to_the_end_of_its_line() -> None:
    found = mistakes(settings_text(requirements='a ; python_versoin < "3" b\n  c'))
    assert [(item.code, item.requirement) for item in found if item.severity is Severity.ERROR] == [
        ("S010", 'a ; python_versoin < "3" b')
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[DEFAULT]\nversion = 1\n",
            "S006 - lib_name is not set. | Add a line such as lib_name = course-meta under [DEFAULT].",
            id="no lib_name",
        ),
        pytest.param(
            "[DEFAULT]\nlib_name = a\nversion =\n",
            "S006 3:1 version is empty. | Add a line such as version = 0.1.0 under [DEFAULT].",
            id="empty version",
        ),
        pytest.param(
            settings_text(lib_name="../../x"),
            "S007 2:12 ../../x cannot be the name of a package. | Use only letters, digits, -, _ and . and begin "
            "and end with a letter or a digit.",
            id="a path as name",
        ),
        pytest.param(
            settings_text(lib_name="größe"),
            "S007 2:12 größe cannot be the name of a package. | Use only letters, digits, -, _ and . and begin and "
            "end with a letter or a digit.",
            id="letters outside ASCII",
        ),
        pytest.param(
            settings_text(version="one.two"),
            "S008 3:11 one.two is not a version. | Write numbers with dots, for instance 0.1.0 or 2026.11.23 (PEP "
            "440).",
            id="not PEP 440",
        ),
        pytest.param(
            settings_text(version="1.0+local"),
            "S008 3:11 1.0+local has a local part (+local), which the public package index does not accept. | Write 1.0.",
            id="local version",
        ),
        *(
            pytest.param(
                settings_text(license=name),
                f"S009 5:11 {name} is neither one of nbdev's licences nor an SPDX name. | Did you mean {meant}?",
                id=name,
            )
            for name, meant in (
                ("GPL-3.0-only+", "GPL-3.0-or-later"),
                ("AGPL-3.0-or-later+", "AGPL-3.0-or-later"),
                ("LGPL-2.1+", "LGPL-2.1-or-later"),
            )
        ),
        pytest.param(
            settings_text(license="GNU AGPLv3"),
            "S009 5:11 GNU AGPLv3 is neither one of nbdev's licences nor an SPDX name. | Did you mean AGPL-3.0-only?",
            id="licence that is close to one",
        ),
        pytest.param(
            settings_text(license="gpl-3.0"),
            "S009 5:11 gpl-3.0 is neither one of nbdev's licences nor an SPDX name. | "
            "Did you mean GPL-3.0-only or GPL-3.0-or-later?",
            id="licence that SPDX has withdrawn",
        ),
        pytest.param(
            settings_text(version="1." + "9" * 5000),
            f"S008 3:11 1.{'9' * 58}... is not a version. | Write numbers with dots, for instance 0.1.0 or "
            "2026.11.23 (PEP 440).",
            id="version of thousands of digits",
        ),
        pytest.param(
            settings_text(version="99999999999999999999"),
            "S008 3:11 99999999999999999999 contains a number that is too large for conda. | Write a shorter number.",
            id="version that is too large for conda",
        ),
        pytest.param(
            settings_text(requirements="pandas Course_Meta"),
            "S010 5:23 Course_Meta is the list itself, which cannot require itself. | Leave it out.",
            id="the list itself",
        ),
        pytest.param(
            settings_text(dev_requirements="course-meta[nope] x", all_requirements="course-meta[dev]"),
            "S010 5:20 course-meta[nope] requires the extra nope of the list itself, which does not exist. | Leave "
            "it out, or name another key that ends in _requirements.",
            id="an extra that does not exist",
        ),
        pytest.param(
            settings_text(user="x", dev_requirements="course-meta[user] x", conda_maintainers="ada"),
            "S010 6:20 course-meta[user] requires the extra user of the list itself, which does not exist. | Leave "
            "it out, or name another key that ends in _requirements.",
            id="a key that makes no extra",
        ),
        pytest.param(
            settings_text(description="a\uffffb"),
            "S005 5:16 There is an invisible character here (U+FFFF). | Delete it. Such a character often comes "
            "with text that is copied from a web page.",
            id="a character that YAML does not know",
        ),
        pytest.param(
            settings_text(license="all rights reserved"),
            "S009 5:11 all rights reserved is neither one of nbdev's licences nor an SPDX name. | Use apache2, mit, "
            "gpl2, gpl3, bsd3, an SPDX name such as CC-BY-4.0, or LicenseRef-name for another licence.",
            id="text that is not a licence",
        ),
        pytest.param(
            settings_text(min_python=">=3.8"),
            "S011 4:14 >=3.8 is not a Python version such as 3.11. | Did you mean 3.8?",
            id="min_python with a comparison",
        ),
        pytest.param(
            settings_text(min_python="2.7"),
            "S011 4:14 Python 2.7 is not supported; only Python 3 is. | Write min_python = 3.11",
            id="Python 2",
        ),
        pytest.param(
            settings_text(sdist_url="example.org/x.tar.gz"),
            "S012 5:13 sdist_url is not a web address. | Did you mean https://example.org/x.tar.gz?",
            id="sdist_url without https",
        ),
        pytest.param(
            settings_text(conda_channels="https://example.org/t/sekret-1234/chan"),
            "S012 5:18 conda_channels contains a token. Everyone who gets the package could read it. | Write the "
            "address without it. The installers read passwords from their own settings.",
            id="token in a channel",
        ),
        *(
            pytest.param(
                settings_text(conda_channels=f"conda-forge {name}"),
                f"S013 5:30 {name} is not a channel: each reader has other default channels. "
                "| Delete it, or name the channels themselves, such as pkgs/main.",
                id=f"channel {name}",
            )
            for name in ("defaults", "default", "Defaults/", "defaults::x", "nodefaults::")
        ),
        *(
            pytest.param(
                settings_text(conda_channels=name),
                f"S013 5:18 {name} is not a channel: it means the packages that were built on the reader's own machine. "
                "| Delete it, or write the address or the folder of the channel.",
                id=f"channel {name}",
            )
            for name in ("local", "Local/", "local::x")
        ),
        *(
            pytest.param(
                settings_text(conda_channels=f"{channel}/{part}"),
                f"S013 5:18 {channel}/{part} is only a part of a channel. | Write only {channel} here.",
                id=f"channel {channel}/{part}",
            )
            for channel, part in (
                ("conda-forge", "noarch"),
                ("acme/label/dev", "linux-64/"),
                ("https://example.org/chan", "win-64"),
            )
        ),
        *(
            pytest.param(
                settings_text(conda_channels=name),
                f"S013 5:18 {name} is not a channel: it is an address without https://. "
                f"| Write https://{name.rstrip('/')}",
                id=f"channel {name}",
            )
            for name in ("conda.example.org/chan", "example.org/c/chan/")
        ),
        pytest.param(
            settings_text(conda_channels="https://example.org/chan::pandas"),
            "S013 5:18 https://example.org/chan::pandas is not a channel: what follows :: names a package. "
            "| Write only https://example.org/chan here.",
            id="address::package as channel",
        ),
        *(
            pytest.param(
                settings_text(conda_channels=f"fastchan {name}"),
                f"S013 5:27 {name} is not a channel: what follows :: names a package. | Write only conda-forge here.",
                id=f"channel {name}",
            )
            for name in ("conda-forge::", "conda-forge::pandas", "conda-forge::a::b")
        ),
        *(
            pytest.param(
                settings_text(conda_channels=f"fastchan {name}"),
                f"S013 5:27 {name} is not a channel. | Write names such as conda-forge, or addresses, separated by "
                "spaces.",
                id=f"channel {name}",
            )
            for name in (
                *("::x", "::", "a,b", "conda-forge[subdir=noarch]", "conda-forge=1", "a:b", "(x)", "x//y"),
                *("https//example.org/c", "https:///c", "https://example.org:99999/c", "http://[::1/c"),
            )
        ),
        pytest.param(
            settings_text(conda_channels="conda-forge --override"),
            "S013 5:30 --override is not a channel. | Write names such as conda-forge, or addresses, separated by "
            "spaces.",
            id="an option as channel",
        ),
        pytest.param(
            settings_text(platforms="linux-64 macos"),
            "S013 5:22 macos is not a platform that onelist can check. | Use some of: linux-64 linux-aarch64 osx-arm64 "
            "win-64 osx-64",
            id="platform",
        ),
        pytest.param(
            settings_text(conda_names="graphviz:python-graphviz"),
            "S013 5:15 graphviz:python-graphviz does not give a conda name to a PyPI name. | Write the PyPI name, = "
            "and the conda name, for instance graphviz=python-graphviz.",
            id="conda_names",
        ),
        pytest.param(
            settings_text(conda_names="a=Not-Lower"),
            "S013 5:15 a=Not-Lower does not give a conda name to a PyPI name. | Write the PyPI name, = and the "
            "conda name, for instance graphviz=python-graphviz.",
            id="conda name in capitals",
        ),
        pytest.param(
            settings_text(conda_maintainers="@teacher"),
            "S013 5:21 @teacher is not the name of a GitHub user. | Write the names that follow github.com/, "
            "separated by spaces.",
            id="maintainer",
        ),
        pytest.param(
            settings_text(conda_user="a;b"),
            "S013 5:14 a;b is not the name of the owner of a conda channel. | Write one name, such as fastai. "
            "Delete the line if you have no channel of your own.",
            id="owner of a channel",
        ),
        pytest.param(
            settings_text(conda_user="https://channels.example/ada-9/label/dev"),
            "S013 5:14 https://channels.example/ada-9/label/dev is not the name of the owner of a conda channel. | Write only ada-9 here.",
            id="owner of a channel: address",
        ),
        pytest.param(
            settings_text(conda_user="https://server.example/channels/ada-9"),
            "S013 5:14 https://server.example/channels/ada-9 is not the name of the owner of a conda channel. | Write only ada-9 here.",
            id="owner of a channel: address on another server",
        ),
        pytest.param(
            settings_text(conda_user="ada-9  # mine"),
            "S013 5:14 ada-9 # mine is not the name of the owner of a conda channel. | Write only ada-9 here.",
            id="owner of a channel: comment",
        ),
        pytest.param(
            settings_text(conda_user="'ada-9'"),
            "S013 5:14 'ada-9' is not the name of the owner of a conda channel. | Write only ada-9 here.",
            id="owner of a channel: quotes",
        ),
        pytest.param(
            settings_text(allow_pins="pandas"),
            "S013 5:14 pandas does not say which name may be pinned, and until when. | Write the name, = and a "
            "date, for instance ipywidgets=2027-06-30.",
            id="pin exception without a date",
        ),
        pytest.param(
            settings_text(allow_pins="a=2027-01-31 A=2027-02-28"),
            "S013 5:27 A occurs twice in allow_pins. | Keep one of the two dates.",
            id="two pin exceptions",
        ),
        pytest.param(
            settings_text(allow_pins="a>1=2027-01-31"),
            "S013 5:14 a>1=2027-01-31 does not say which name may be pinned, and until when. | Write the name, = "
            "and a date, for instance ipywidgets=2027-06-30.",
            id="pin exception for a version",
        ),
        pytest.param(
            settings_text(conda_channels="fastchan # mine"),
            "S010 5:27 A # does not begin a comment after a value; pip and nbdev would read the words as names. | "
            "Put the comment on a separate line that begins with #.",
            id="comment after a channel",
        ),
        pytest.param(
            settings_text(conda_channels="'a b'"),
            "S013 5:18 a b is not a channel. | Write names such as conda-forge, or addresses, separated by spaces.",
            id="channel with a space",
        ),
        pytest.param(
            settings_text(conda_requirements="python>=3.12"),
            "C007 5:22 python>=3.12 cannot be listed: min_python says which Python the list needs. | Delete it here "
            "and write min_python = 3.12",
            id="python as conda requirement",
        ),
        pytest.param(
            settings_text(conda_requirements="python"),
            "C007 5:22 python cannot be listed: min_python says which Python the list needs. | Delete it here.",
            id="python without a version as conda requirement",
        ),
        pytest.param(
            settings_text(conda_requirements="numpy=1.2=py38_0"),
            "C007 5:22 numpy=1.2=py38_0 is not a conda name followed by versions. | Write a name such as "
            "python-graphviz, or name>=1.2,<2 without spaces.",
            id="conda build string",
        ),
        pytest.param(
            settings_text(conda_requirements="bioconda::gseapy"),
            "C007 5:22 bioconda::gseapy has a conda channel in front of the name. | "
            "Write gseapy here and add bioconda to conda_channels.",
            id="conda channel in front of a name",
        ),
    ],
)
def test_a_mistake_has_an_exact_message(text: str, expected: str) -> None:
    errors = [brief(found) for found in mistakes(text) if found.severity is Severity.ERROR]
    assert errors == [expected]


SECRETS = [
    "git_url = https://me:hunter2@example.org/x",
    "git_url = https://hunter2@example.org/x",
    "git_url = https://u:pa/hunter2@example.org/x",
    "git_url = https:/u:hunter2@example.org/x",
    "git_url = me:hunter2@example.org/x",
    "git_url = https://example.org/x?access_token=hunter2",
    "requirements = a @ git+https://hunter2@example.org/a.git",
    "requirements = a @ https://me:hunter2@example.org/a.zip",
    "conda_channels = https://me:hunter2@example.org/c",
    "description = see https://me:hunter2@example.org",
    "my_own_key = https://me:hunter2@example.org",
    "# from https://me:hunter2@example.org",
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_password_anywhere_is_refused_at_its_place(line: str) -> None:
    (found,) = (item for item in mistakes(settings_text() + line + "\n") if item.code == "S012")
    assert found.span is not None
    assert brief(found) == (
        f"S012 5:{found.span.column} A password or token is written here. Everyone who gets the package could read "
        "it. | Delete it. If this file was ever published, have the password or token changed."
    )
    assert line[found.span.column - 1 :][: found.span.length].endswith("hunter2")


@pytest.mark.parametrize(
    "line",
    [
        "requirements = a @ git+https://example.org/x/y@main",
        "requirements = a @ git+ssh://git@example.org/x/y@main",
        "requirements = a @ https://example.org:8080/x@1",
        "doc_host = https://forums.example.org/t/a-long-topic/1234",
        "author_email = ada@example.org",
        "description = mailto:ada@example.org at 10:30",
        "description = tokens and passwords = what we teach",
    ],
)
def test_a_text_that_only_looks_like_a_password_is_accepted(line: str) -> None:
    text = settings_text() + line + "\n"
    assert "S012" not in {found.code for found in parse(text).warnings}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param(
            {"requirments": "a"},
            "S101 5:1 requirments is not a key of onelist or nbdev, so it has no effect. | Did you mean requirements?",
            id="misspelt key",
        ),
        pytest.param(
            {"codna_requirements": "a"},
            "S101 5:1 codna_requirements is not a key of onelist or nbdev, so it becomes an extra. | Did you mean "
            "conda_requirements?",
            id="misspelt key of a list",
        ),
        pytest.param(
            {"audience": "Researchers"},
            "S102 5:12 Researchers is not a value of audience that the package index knows, so it is left out. | "
            "Did you mean Science/Research?",
            id="audience",
        ),
        pytest.param(
            {"status": "9"},
            "S102 5:10 9 is not a value of status that the package index knows, so it is left out. | Use a number "
            "from 1 to 7.",
            id="status",
        ),
        pytest.param(
            {"author_email": "nobody at example"},
            "S107 5:16 nobody at example is not an e-mail address, so it is left out. | Write only addresses such "
            "as name@example.org. Separate several with commas.",
            id="e-mail",
        ),
        pytest.param(
            {"requirements": "pandas a pandas>=1"},
            "S108 5:25 pandas is listed again; the first is in line 5, column 16. | Delete one of the two.",
            id="twice in a list",
        ),
        pytest.param(
            {"requirements": "Pandas", "pip_requirements": "pandas"},
            "S108 6:20 pandas is listed again; the first is in line 5, column 16. | Delete one of the two.",
            id="twice in two lists",
        ),
        pytest.param(
            {"requirements": "a @ https://x.org/a.zip"},
            "S109 5:16 a is required by its address. The public package index refuses a wheel with such a "
            "requirement. | List only the name as soon as a release that you can use is on the index.",
            id="address",
        ),
        pytest.param(
            {"requirements": "a;extra=='x'"},
            "S110 5:16 The marker of a asks for an extra, and an installation of the list asks for none. | List it "
            "without the marker in a key such as dev_requirements, which makes the extra dev.",
            id="extra marker",
        ),
        pytest.param(
            {"requirements": "a;extra=='x'or(sys_platform=='win32')"},  # it said that an installation leaves a out
            "S110 5:16 The marker of a asks for an extra, and an installation of the list asks for none. | List it "
            "without the marker in a key such as dev_requirements, which makes the extra dev.",
            id="extra in a part of a marker",
        ),
        pytest.param(
            {"min_python": "3.99"},
            "S111 4:14 Python 3.99 is newer than every Python that this onelist knows. | Lower it. If that Python "
            "has been released, update onelist.",
            id="Python of the future",
        ),
        pytest.param(
            {"doc_host": "x.github.io"},
            "S113 5:12 doc_host is not a web address, so it is left out. | Did you mean https://x.github.io?",
            id="address without https",
        ),
        pytest.param(
            {"git_url": "git@example.org:me/course.git"},
            "S113 5:11 git_url is not a web address, so it is left out. | Did you mean https://example.org/me/course?",
            id="address for git",
        ),
        pytest.param(
            {"git_url": "https://example.org:me/course"},
            "S113 5:11 git_url is not a web address, so it is left out. | "
            "Write the whole address, beginning with https://",
            id="port that is not a number",
        ),
        pytest.param(
            {"user": "a_b"},
            "S205 5:8 The recipes name no maintainer. conda-forge requires one. | Add a line conda_maintainers = "
            "with the GitHub names of the people who maintain the list.",
            id="user that is not a GitHub name",
        ),
        pytest.param(
            {"user": "teacher"},
            "S201 5:8 The recipes name teacher as maintainer, from the key user. conda-forge requires people, not "
            "organisations. | Add a line conda_maintainers = with the GitHub names of the people who maintain the "
            "list.",
            id="maintainer from user",
        ),
        pytest.param(
            {"version": "0.0.01"},
            "S203 3:11 The version 0.0.01 is written as 0.0.1 in everything that is built. | Write 0.0.1 if you "
            "want to see the same text in all places.",
            id="version in another form",
        ),
    ],
)
def test_a_warning_has_an_exact_message(keys: dict[str, str], expected: str) -> None:
    assert expected in [brief(found) for found in settings(**keys).warnings]


def test_every_key_of_nbdev_is_accepted_without_a_finding() -> None:
    known = settings(nbs_path=".", tst_flags="", black_formatting="False", jupyter_hooks="True", doc_path="docs")
    assert "S101" not in {found.code for found in known.warnings}


def test_a_name_and_a_version_are_enough() -> None:
    parsed = parse("[DEFAULT]\nlib_name = a\nversion = 1\n")
    assert (parsed.name, str(parsed.version), parsed.min_python, parsed.license) == ("a", "1", (3, 11), None)
    assert {found.code for found in parsed.warnings} == {"S103", "S104", "S105", "S106", "S112", "S205"}


def test_keys_come_out_as_typed_fields() -> None:
    parsed = settings(
        keywords="deep learning, images",
        author="A Teacher",
        author_email="a@example.org, b@example.org",
        license="Apache2",
        doc_host="https://example.org",
        doc_baseurl="/course",
        status="4",
        audience="Education",
        language="German",
        conda_names="a=b c[x]=c-x",
        allow_pins="a=2027-01-31",
        lag_tfms_requirements="x y",
        conda_channels="fastchan conda-forge fastchan",
        platforms="linux-64 osx-64",
    )
    assert parsed.keywords == ("deep learning", "images")
    assert parsed.author_emails == ("a@example.org", "b@example.org")
    assert parsed.license == "Apache-2.0"
    assert parsed.doc_url == "https://example.org/course/"
    assert parsed.classifiers == (
        "Development Status :: 4 - Beta",
        "Intended Audience :: Education",
        "Natural Language :: German",
        "Programming Language :: Python :: 3",
    )
    assert dict(parsed.conda_names) == {"a": "b", "c[x]": "c-x"}
    assert [(item.name, item.until) for item in parsed.allow_pins] == [("a", datetime.date(2027, 1, 31))]
    assert {extra: len(group) for extra, group in parsed.extras.items()} == {"lag-tfms": 2}
    assert parsed.conda_channels == ("fastchan", "conda-forge")
    assert parsed.platforms == ("linux-64", "osx-64")


@pytest.mark.parametrize(
    ("short", "expression"),
    [
        ("apache2", "Apache-2.0"),
        ("MIT", "MIT"),
        ("gpl2", "GPL-2.0-only"),
        ("gpl3", "GPL-3.0-only"),
        ("bsd3", "BSD-3-Clause"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("mit OR apache-2.0", "MIT OR Apache-2.0"),
        ("apache2 or mit", "Apache-2.0 OR MIT"),
        ("GPL-3.0-or-later", "GPL-3.0-or-later"),
        ("LicenseRef-Mine", "LicenseRef-Mine"),
    ],
)
def test_licences_become_spdx(short: str, expression: str) -> None:
    assert settings(license=short).license == expression


def test_every_mistake_of_a_file_is_reported_at_once_in_the_order_of_its_lines() -> None:
    text = "[DEFAULT]\nlib_name = ../x\nversion = x\nlicense = x\nmin_python = x\nrequirements = a=1 b=2\nversion = y\n"
    found = [finding for finding in mistakes(text) if finding.severity is Severity.ERROR]
    places = [(finding.code, finding.span.line if finding.span else 0) for finding in found]
    assert places == [("S007", 2), ("S009", 4), ("S011", 5), ("S010", 6), ("S010", 6), ("S003", 7), ("S008", 7)]


def test_a_version_of_thousands_of_digits_is_a_mistake_with_its_place() -> None:
    found = mistakes(settings_text(requirements="numpy pandas==" + "9" * 6000))
    (finding,) = [finding for finding in found if finding.code == "S010"]
    assert finding.span
    assert (finding.span.line, finding.span.column) == (5, 22)


def test_a_hostile_list_is_parsed_in_a_moment() -> None:
    """Both took time with the square of their length: the first ten minutes."""
    (found,) = (one for one in mistakes(settings_text(requirements="a-" * 500_000)) if one.code == "S010")
    assert found.message.endswith("a- is not a requirement.")
    extras = {f"e{number}_requirements": "course-meta[nope]" for number in range(5_000)}
    assert sum(one.code == "S010" for one in mistakes(settings_text(**extras))) == 5_000
