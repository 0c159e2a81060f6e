"""Values are those of configparser, and every place is right."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelist.core.findings import Source
from onelist.settings.ini import read_document
from tests.helpers import brief

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.settings.ini import Document


def document(text: str) -> Document:
    return read_document(Source(file="settings.ini", text=text))


def by_configparser(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser(delimiters=["="])
    parser.read_string(text.replace("\r\n", "\n").replace("\r", "\n"))
    return dict(parser["DEFAULT"])


def assert_places(read: Document) -> None:
    """Every character of a value that is in the file is where the span says."""
    lines = read.source.lines
    for option in read.options.values():
        starts = [fragment.start for fragment in option.fragments]
        for offset, char in enumerate(option.text):
            literal = [item for item in option.fragments if item.start <= offset][-1].literal
            if literal and char != "\n":
                span = option.span(offset, offset + 1)
                assert lines[span.line - 1][span.column - 1] == char
        assert starts == sorted(starts)
        key = option.key_span
        assert lines[key.line - 1][key.column - 1 :][: key.length].lower() == option.key


def test_values_and_places_of_real_files_are_those_of_configparser(real_file: Path) -> None:
    read = document(real_file.read_text(encoding="utf-8-sig"))
    if not read.mistakes:
        assert {key: option.text for key, option in read.options.items()} == by_configparser(read.source.text)
    assert_places(read)


def test_a_hostile_file_is_read_in_a_moment() -> None:
    """Both took time with the square of their length: the first half an hour, the second some hours."""
    (found,) = document("[DEFAULT]\n" + " x\n" * 10_000).mistakes
    assert brief(found) == (
        "S002 10001:1 The file has more than 10,000 lines, and onelist reads no further. | Keep only the lines of the list."
    )
    (found,) = document("[DEFAULT]\nlib_name = " + "%(" * 500_000).mistakes
    assert brief(found).startswith("S004 2:12 ")


line = st.text(st.sampled_from("ab=%(s)# ;\t\\'\"[]:é"), max_size=14)


@given(st.lists(line, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_text_is_read_as_configparser_reads_it_or_is_reported(lines: list[str], end: str) -> None:
    text = end.join(["[DEFAULT]", "a = 1", *lines]) + end
    read = document(text)
    try:
        expected = by_configparser(text)
    except configparser.Error:
        assert read.mistakes
    else:
        if not read.mistakes:
            assert {key: option.text for key, option in read.options.items()} == expected
    assert_places(read)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "lib_name = a\nversion = 1\n",
            [
                "S002 1:1 The file does not begin with [DEFAULT], so its keys belong to no section. | Write "
                "[DEFAULT] as the first line."
            ],
            id="no section",
        ),
        pytest.param(
            "[DEFAULT]\na = 1\nnonsense\nmore nonsense\n",
            [
                f"S002 {line}:1 This line is neither key = value nor the continuation of the line before. | Write "
                "key = value. Indent the line if it continues the line before. Begin a comment with #."
                for line in (3, 4)
            ],
            id="lines without =",
        ),
        pytest.param(
            "[DEFAULT]\na = 1\nb = 2\n  A = 3\nA = 4\n",
            ["S003 5:1 a is set a second time; the first is in line 2. | Keep one of the two lines."],
            id="duplicate key, in another case; an indented line continues",
        ),
        pytest.param(
            "[DEFAULT]\na = x %(nowhere)s\n",
            [
                "S004 2:7 a refers to nowhere, which is not set in this file. | "
                "Add a line nowhere = ..., or write the value itself here."
            ],
            id="missing interpolation target",
        ),
        pytest.param(
            "[DEFAULT]\na = 50% off\n",
            ["S004 2:7 a contains a single % that is not part of %(name)s. | Write %% for a percent sign."],
            id="lone percent sign",
        ),
        pytest.param(
            "[DEFAULT]\na = %(b)s\nb = %(a)s\n",
            [
                "S004 2:5 %(b)s refers to itself, or needs more than ten other keys. | Write the value itself here.",
                "S004 3:5 %(a)s refers to itself, or needs more than ten other keys. | Write the value itself here.",
            ],
            id="loop",
        ),
        pytest.param(
            "[DEFAULT]\nk0 = 0123456789\n"
            + "".join(f"k{number} = {f'%(k{number - 1})s' * 10}\n" for number in range(1, 8)),
            [
                f"S004 {line}:6 %(k{line - 3})s becomes longer than 1 MiB. | Write the value itself here."
                for line in (8, 9)
            ],
            id="a value that grows without end",
        ),
        pytest.param(
            "[DEFAULT]\nk0 = 1\n" + "".join(f"k{number} = %(k{number - 1})s\n" for number in range(1, 3000)),
            [
                f"S004 {line}:{5 + len(str(line - 2))} %(k{line - 3})s refers to itself, or needs more than ten "
                "other keys. | Write the value itself here."
                for line in range(14, 3002)
            ],
            id="a long chain",
        ),
        pytest.param(
            "[DEFAULT]\na = x\x1b[31m y\x07\n",
            [
                "S005 2:6 There is an invisible character here (U+001B). | Delete it. Such a character often comes "
                "with text that is copied from a web page."
            ],
            id="control character",
        ),
    ],
)
def test_each_mistake_of_the_file_is_reported_with_its_place(text: str, expected: list[str]) -> None:
    assert [brief(found) for found in document(text).mistakes] == expected


def test_mistakes_of_every_kind_are_found_at_once() -> None:
    read = document("a = 1\na = 2\nb = %(c)s\nwhat\n")
    assert [(found.code, found.span and found.span.line) for found in read.mistakes] == [
        ("S002", 1),
        ("S003", 2),
        ("S004", 3),
        ("S002", 4),
    ]


def test_interpolated_text_has_the_place_of_its_reference() -> None:
    read = document("[DEFAULT]\nbase = x y\nlist = a %(base)s b%%\n")
    option = read.options["list"]
    assert option.text == "a x y b%"
    assert option.span(2, 3) == option.span(4, 5)
    assert (option.span(2, 3).column, option.span(2, 3).length) == (10, 8)
    assert option.span(6, 7).column == 19


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[course]\na = 1\n",
            ["S002 1:1 The keys are in [course], which onelist and nbdev do not read. | Write [DEFAULT] instead."],
            id="only another section",
        ),
        pytest.param(
            "[DEFAULT]\na = 1\n[x]\nb = 1\nb = 2\n",
            ["S003 5:1 b in [x] occurs a second time. | Keep one of the two."],
            id="duplicate key in another section",
        ),
        pytest.param(
            "[DEFAULT]\na = 1\n[x]\n[x]\n",
            ["S003 4:1 [x] occurs a second time. | Keep one of the two."],
            id="duplicate section",
        ),
    ],
)
def test_what_nbdev_refuses_in_other_sections_is_reported(text: str, expected: list[str]) -> None:
    assert [brief(found) for found in document(text).mistakes] == expected


def test_keys_of_other_sections_are_not_read() -> None:
    assert set(document("[DEFAULT]\na = 1\n[tool]\nb = 2\n").options) == {"a"}
