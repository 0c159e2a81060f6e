"""What the documents show is what the commands print: every document with commands is run again."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from onelist.cli.parser import make_parser
from tests.helpers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("rich", reason="rich draws the pictures")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the documents show paths with /")
RENEW = "Write it again with: python docs/make_pictures.py"
MADE = runpy.run_path(str(ROOT / "docs/make_pictures.py"))
SHOWING = [path for path in MADE["documents"]() if MADE["shows_something"](path)]


@pytest.fixture(scope="module")
def shells() -> Iterator[Any]:
    """Folders for commands, with an index and a channel on loopback."""
    with MADE["shells"]() as opened:
        yield opened


def comparable(path: Path, content: str) -> list[str]:
    """Return the lines of a document or of a picture, without what changes with the versions of the builders."""
    lines = MADE["text_of"](content) if path.suffix == ".svg" else content.splitlines()
    return [re.sub(r" +[\d,]+ bytes  [0-9a-f]{12}  ", " SIZE ", line) for line in lines]


@pytest.mark.parametrize("document", SHOWING, ids=lambda path: path.stem)
def test_what_a_document_shows_is_what_the_commands_print(document: Path, shells: Iterator[Any]) -> None:
    made = dict(MADE["run_document"](document, next(shells)))
    assert len(made) > 1 or "```console\n" in made[document]
    for path, content in made.items():
        assert path.is_file(), RENEW
        assert comparable(path, path.read_text(encoding="utf-8")) == comparable(path, content), RENEW


def without_code(text: str) -> str:
    return re.sub(r"(?ms)^```.*?^```$|`[^`\n]+`", "", text)


def test_every_picture_belongs_to_a_document_and_names_no_place() -> None:
    pictures = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("docs/**/*.svg")}
    shown = {
        (path.parent / image).resolve()
        for path in MADE["documents"]()
        for image in re.findall(r"!\[[^]]*\]\(([^\s:]+\.svg)\)", without_code(path.read_text(encoding="utf-8")))
    }
    assert set(pictures) == shown
    for path, text in pictures.items():
        assert "Traceback" not in text, path
        addresses = set(re.findall(r"(?:https?|file)://[^\s<\"&]+|127\.0\.0\.1|/tmp/", text))
        assert {
            one
            for one in addresses
            if not re.match(r"http://www\.w3\.org/|https://(example\.org|github\.com/ada)/|https://\.\.\.$", one)
        } == set()


def commands() -> Iterator[tuple[str, str]]:
    """Yield each line of code in the documents that calls onelist, with the name of the document."""
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        text = path.read_text(encoding="utf-8")
        code = "".join(re.findall(r"(?m)^(?:    .*\n)+", text) + re.findall(r"(?ms)^```\w*\n(.*?)^```$", text))
        for line in re.findall(r"(?m)^ *(?:\$ |! ?|uvx |python -m )?(onelist [a-z].*)$", code):
            yield path.name, re.split(r" {2,}#| > | \|\|? | && | 2>", line)[0]


def test_every_command_in_the_documents_can_be_called() -> None:
    parser = make_parser()
    found = [(name, line) for name, line in commands() if not re.search(r"\[OPTIONS\]|\{", line)]
    assert len(found) >= 9
    for name, line in found:
        try:
            parser.parse_args(shlex.split(line)[1:])
        except SystemExit:
            pytest.fail(f"{name}: {line}")
