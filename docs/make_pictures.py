"""Run what the documents show, and write their pictures and outputs again.

    python docs/make_pictures.py

Nothing in a picture is written by hand. A document is run from its top to its end, in a temporary folder of its own:

``<!-- file: PATH -->`` before a block of code
    writes the block into a file. With the content inside the comment, readers do not see the file.
``<!-- run: COMMAND -->``
    runs a command and shows nothing.
A block ```` ```console ````
    shows commands after ``$`` and what they print; the output is written again.
``<!-- picture: COMMAND && COMMAND -->`` before an image
    shows commands and what they print in a terminal, as an SVG that rich draws.

Only ``onelist``, ``cat`` and ``cd`` are run, and onelist in this process. The time is fixed, and the servers are the
stand-ins of ``stand_ins.py``. A test runs all documents and compares: tests/test_shown.py.
"""

from __future__ import annotations

import contextlib
import datetime
import html
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import stand_ins  # noqa: E402 - after the folder of the documents is on the path
from rich.console import Console  # noqa: E402
from rich.terminal_theme import TerminalTheme  # noqa: E402
from rich.text import Text  # noqa: E402

from onelist.cli.main import main as run_onelist  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
"""The time at which all commands run."""
COLUMNS = 94
"""The width of the terminals."""
_ASKING = ("check", "fix", "explain")
"""Commands that are told which index to ask: they need not ask pip for its settings, which takes longer."""
_STEP = re.compile(
    r"<!-- file: (?P<hidden>[^\n>]+)\n(?P<unseen>.*?)^-->"
    r"|<!-- (?P<kind>file|run|picture): (?P<what>[^\n]+?) -->"
    r"(?:\n+```\w*\n(?P<content>.*?)^```$|\n+!\[[^\]]*\]\((?P<image>[^)]+)\))?"
    r"|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_DARK = [(30, 34, 42), (255, 123, 114), (126, 211, 133), (240, 196, 96)]
_DARK += [(121, 178, 255), (215, 153, 240), (86, 212, 221), (222, 226, 232)]
_BRIGHT = [(139, 148, 158), (255, 150, 140), (150, 230, 155), (250, 212, 120)]
_BRIGHT += [(150, 196, 255), (226, 176, 250), (120, 228, 236), (255, 255, 255)]
_THEME = TerminalTheme(_DARK[0], _DARK[-1], _DARK, _BRIGHT)
_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""The template of a picture: that of rich without a font from the network, and without paths that clip lines."""


class Terminal(io.StringIO):
    """An output of :data:`COLUMNS` columns."""

    def isatty(self) -> bool:
        """Return that it is a terminal."""
        return True


@dataclass
class Shell:
    """A folder in which commands run.

    Attributes:
        home: The folder in which the shell began; its name is shown as /home/ada.
        folder: The current folder.
        index_url: The address of the index.
        coloured: Whether the commands believe that they write to a terminal with colours.
    """

    home: Path
    folder: Path
    index_url: str
    coloured: bool = field(default=False)

    def write(self, name: str, content: str) -> None:
        """Write a file below the current folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def run(self, line: str) -> str:
        """Run a command; return what it prints on both streams.

        Raises:
            ValueError: It is not one that is run here.
        """
        name, *arguments = shlex.split(line)
        if name == "cd":
            self.folder = (self.folder / arguments[0]).resolve()
            return ""
        if name == "cat":
            return (self.folder / arguments[0]).read_text(encoding="utf-8")
        if name != "onelist":
            raise ValueError(f"only onelist, cat and cd are run: {line}")
        if arguments[0] in _ASKING and not self.coloured:  # a terminal would wrap its lines with the address
            arguments[1:1] = ["--index-url", self.index_url]
        output, errors = (Terminal(), io.StringIO()) if self.coloured else (both := io.StringIO(), both)
        colour = {"FORCE_COLOR": "1"} if self.coloured else {"NO_COLOR": "1"}
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, colour),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            run_onelist(arguments, now=NOW)
        text = (output.getvalue() + (errors.getvalue() if self.coloured else "")).replace(str(self.home), "/home/ada")
        # The address of the stand-in, which only the commands here are told.
        return re.sub(r" \(127\.0\.0\.1:\d+\)| --index-url http://127\.0\.0\.1:\d+\S*", "", text)


def _console(shell: Shell, block: str) -> str:
    """Return a console block with the commands that it has and what they print now."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{line}\n{shell.run(line[2:])}" for line in commands)


def _picture(shell: Shell, commands: str, name: str) -> str:
    """Return an SVG with commands and what they print."""
    shell.coloured = True
    texts = [
        Text.assemble(("$ ", "bright_black"), (line, "bold"), "\n").append_text(Text.from_ansi(shell.run(line)))
        for line in commands.split(" && ")
    ]
    shell.coloured = False
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("\n\n").join(texts), soft_wrap=False, overflow="fold")
    svg = console.export_svg(title="", theme=_THEME, code_format=_SVG, unique_id=name)
    svg = re.sub(r' clip-path="[^"]*"', "", svg)
    return re.sub(r"[ \t]+$|\n(?=\n)", "", svg, flags=re.MULTILINE)


def text_of(svg: str) -> list[str]:
    """Return the lines of a picture, whichever version of rich drew it."""
    rows: dict[str, str] = {}
    for y, text in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        rows[y] = rows.get(y, "") + html.unescape(text)
    return [re.sub(r"\s+", " ", row).strip() for row in rows.values()]


def documents() -> list[Path]:
    """Return all documents that can show something."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shows_something(document: Path) -> bool:
    """Tell whether a document has anything to run."""
    return _STEP.search(document.read_text(encoding="utf-8")) is not None


def run_document(document: Path, shell: Shell) -> Iterator[tuple[Path, str]]:
    """Run a document in the folder of a shell, and yield each file as it should be: the pictures, and itself.

    Raises:
        ValueError: A command fails to run, or a comment has nothing behind it.
    """
    pictures: dict[Path, str] = {}

    def renewed(step: re.Match[str]) -> str:
        if step["console"] is not None:
            return f"```console\n{_console(shell, step['console'])}```"
        if step["hidden"]:
            shell.write(step["hidden"], step["unseen"])
        elif step["kind"] == "file" and step["content"] is not None:
            shell.write(step["what"], step["content"])
        elif step["kind"] == "picture" and step["image"]:
            path = (document.parent / step["image"]).resolve()
            pictures[path] = _picture(shell, step["what"], path.stem)
        elif step["kind"] == "run":
            shell.run(step["what"])
        else:
            raise ValueError(f"{document}: nothing follows {step[0].splitlines()[0]}")
        return step[0]

    text = _STEP.sub(renewed, document.read_text(encoding="utf-8"))
    yield from pictures.items()
    yield document, text


@contextlib.contextmanager
def shells() -> Iterator[Iterator[Shell]]:
    """Start the stand-ins; yield shells without end, each in an empty folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        own = {
            "COLUMNS": str(COLUMNS),
            "ONELIST_CACHE_DIR": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "NETRC": str(folder / "netrc"),
            "TERM": "xterm-16color",  # the pictures have a palette of their own
        }
        foreign = re.compile(r"(?i)(\w+_color|(onelist|pip|uv)_\w+|source_date_epoch|github_\w+|\w+_proxy)$")
        environment = {key: value for key, value in os.environ.items() if not foreign.match(key)}
        with mock.patch.dict(os.environ, environment | own, clear=True), stand_ins.sources(folder) as index_url:
            os.environ.update({"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index_url})

            def opened() -> Iterator[Shell]:
                while True:
                    place = folder / "work"
                    shutil.rmtree(place, ignore_errors=True)
                    place.mkdir()
                    yield Shell(home=place, folder=place, index_url=index_url)

            yield opened()


def main() -> int:
    """Write all pictures and outputs again."""
    with shells() as opened:
        for document in filter(shows_something, documents()):
            for path, content in run_document(document, next(opened)):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists() or path.read_text(encoding="utf-8") != content:
                    path.write_text(content, encoding="utf-8", newline="\n")
                    print("wrote", path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
