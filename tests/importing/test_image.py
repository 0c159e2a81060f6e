"""Files that say what is installed: `pip freeze`, `pip list --format json` and `pip inspect`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onelist.core.errors import UsageError
from onelist.core.targets import Target
from onelist.importing import image as image_module
from onelist.importing.image import parse_image, read_image

if TYPE_CHECKING:
    from pathlib import Path

FREEZE = """\
# image: linux-64/3.12, 2026-11-28
# imported: NumPy ruamel_yaml
torch==2.6.0+cu124
numpy==1.26.4 ; python_version >= "3"
odd===2004d

google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz#sha256=ab
model @ https://user:secret@example.org/model-3.8.0%2Bx-py3-none-any.whl
mystery @ file:///tmp/somewhere
-e git+https://token@example.org/ada/course.git@abc#egg=my_course
# Editable install with no version control (helper==0.2.0)
-e /content/helper
numpy==9.9
an old line
"""


def test_a_freeze_says_names_and_versions_in_all_its_forms() -> None:
    image = parse_image(FREEZE.encode(), "freeze.txt")
    assert [(one.name, one.version) for one in image.packages] == [
        ("torch", "2.6.0+cu124"),
        ("numpy", "1.26.4"),
        ("odd", "2004d"),
        ("google-colab", "1.0.0"),
        ("model", "3.8.0+x"),
        ("mystery", ""),
        ("my_course", ""),
        ("helper", "0.2.0"),
    ]
    assert (image.target, image.day) == (Target("linux-64", (3, 12)), "2026-11-28")
    assert image.loaded == frozenset({"numpy", "ruamel-yaml"})
    assert image.unread == ("an old line",)
    assert {one.requires for one in image.packages} == {None}


def test_a_freeze_of_powershell_is_read() -> None:
    assert parse_image("numpy==1.0\r\n".encode("utf-16"), "f").packages[0].version == "1.0"


def test_the_list_of_pip_in_json_says_names_and_versions() -> None:
    rows = [{"name": "Six", "version": "1.17"}, {"name": "here", "version": "1", "editable_project_location": "/x"}]
    image = parse_image(json.dumps([*rows, {"name": 3}, "text", {"name": "-rf"}]).encode(), "list.json")
    assert [(one.key, one.version, one.requires) for one in image.packages] == [
        ("six", "1.17", None),
        ("here", "1", None),
    ]
    assert image.target is None


def test_pip_inspect_says_requirements_python_and_platform_too() -> None:
    inspected = {
        "installed": [
            {"metadata": {"name": "pandas", "version": "2.2", "requires_dist": ["numpy>=1.26"]}},
            {"metadata": {"name": "six", "version": "1.17"}},
            {"metadata": {"name": "bad", "version": "1", "requires_dist": "numpy"}},
            {"metadata": None},
        ],
        "environment": {"python_version": "3.12", "sys_platform": "darwin", "platform_machine": "arm64"},
        "imported": ["Six", 1],
        "day": "2026-11-28",
    }
    text = json.dumps(inspected).replace('"name"', '\x1b[1;34m"name"\x1b[0m')  # as in a notebook
    image = parse_image(text.encode(), "image.json")
    assert [(one.name, one.requires) for one in image.packages] == [
        ("pandas", ("numpy>=1.26",)),
        ("six", ()),
        ("bad", None),
    ]
    assert image.target == Target("osx-arm64", (3, 12))
    assert (image.loaded, image.day) == (frozenset({"six"}), "2026-11-28")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "f names no installed package."),
        (b"\x00\x01\xff\xfe", "f is not text."),
        (b"# only a comment\n", "f names no installed package."),
        (b'{"installed": 3}', "f is JSON of another kind."),
        (b"[" * 100_000, "f begins like JSON, and is not JSON."),
        (b'{"version": "1"}', "f is JSON of another kind."),
        (b"<html><body>Log in</body></html>", "f names no installed package."),
        (b"a==1\n" * 7_000_000, "f has more than 32 MiB."),
    ],
)
def test_what_says_nothing_of_the_kind_gives_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_image(content, "f")
    assert error.value.message == message
    assert error.value.hint == "Make one with: pip freeze > image.txt, or: pip inspect > image.json"


def test_a_file_with_too_many_packages_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_module, "MOST_PACKAGES", 2)
    with pytest.raises(UsageError, match="f names more than 2 packages"):
        parse_image(b"a==1\nb==1\nc==1\n", "f")


def test_a_file_that_cannot_be_read_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        read_image(tmp_path / "missing.txt")


@settings(max_examples=40)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b"-e")
@example(b"- @ x")
@example(b'[{"name": "a", "version": {}}]')
@example(b'{"installed": [[]], "environment": [], "imported": {}, "day": 3}')
def test_any_content_is_packages_or_a_sentence(content: bytes) -> None:
    try:
        image = parse_image(content, "f")
    except UsageError:
        return
    assert all(one.key and one.name for one in image.packages)


def test_a_huge_version_is_a_version_that_is_not_known() -> None:
    image = parse_image(b"a==" + b"9" * 100_000, "f")
    assert image.packages[0].parsed is None
