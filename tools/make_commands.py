"""Write the generated parts of docs/commands.md from the parser of the command line.

    python tools/make_commands.py

The prose of the page is written by hand. What is between ``<!-- begin: NAME -->`` and ``<!-- end -->`` is generated:
the help of the program, or the arguments of a command. A test compares. Run this after a change of an option.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from onelist.cli.commands.export import FORMS
from onelist.cli.parser import COMMANDS, command_module, make_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).parents[1] / "docs/commands.md"
NAMES = (*COMMANDS, *(f"export {form}" for form in FORMS))
"""Every command, and every form of ``export``."""
_WIDTH = 120
_VARIABLE = re.compile(r"\(environment variable: (\w+)\)")
_PART = re.compile(r"(?s)(<!-- begin: ([\w -]+) -->\n).*?(<!-- end -->\n)")


def commands_document(text: str) -> str:
    """Return docs/commands.md with the generated parts as the program has them now."""
    with mock.patch.dict(os.environ, {"COLUMNS": "88"}):
        parts = {"help": f"```text\n{make_parser().format_help()}```\n"}
    parts |= {name: "".join(_command(name)) for name in NAMES}
    parts["variables"] = _variables()
    return _PART.sub(lambda part: part[1] + parts[part[2]] + part[3], text)


def _command(name: str) -> Iterator[str]:
    """Yield what a command does, how it is called, its arguments, and its examples."""
    text, examples = _help(name)
    parser, actions = _arguments(name)
    usage = [f"onelist {name}", *(_usage(action) for action in actions if action.required or not action.option_strings)]
    if any(action.option_strings for action in actions):
        usage.insert(1, "[OPTIONS]")
    yield f"{_wrapped(text[0].upper() + text[1:] + '.')}\n\n```text\n{' '.join(usage)}\n```\n\n"
    if actions:
        yield "| argument | what it does |\n|---|---|\n"
        for action in actions:
            yield from _rows(parser, action)
        yield "\n"
    yield "Examples:\n\n"
    for command, effect in examples:
        yield _wrapped(f"- `{command}`: {effect}", "  ") + "\n"


def _help(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what a command does, and its examples."""
    command, _, form = name.partition(" ")
    if form:
        return FORMS[form].help, FORMS[form].examples
    module = command_module(command)
    return module.HELP, module.EXAMPLES


def _arguments(name: str) -> tuple[argparse.ArgumentParser, list[argparse.Action]]:
    """Return the parser of a command and its arguments."""
    parser = argparse.ArgumentParser(prog=f"onelist {name}", add_help=False)
    command, _, form = name.partition(" ")
    (FORMS[form] if form else command_module(command)).add_arguments(parser)
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001 - has no name
    return parser, shown


def _variables() -> str:
    """Return a table of the environment variables that set the default of an option."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in NAMES:
        for action in _arguments(name)[1]:
            if variable := _VARIABLE.search(action.help or ""):
                found.setdefault((variable[1], action.option_strings[-1]), []).append(name)
    rows = (
        f"| `{variable}` | `{option}` | {', '.join(f'`{name}`' for name in names)} |\n"
        for (variable, option), names in sorted(found.items())
    )
    return "| variable | option | commands |\n|---|---|---|\n" + "".join(rows)


def _usage(action: argparse.Action) -> str:
    metavar = _metavar(action)
    if isinstance(action.choices, dict):
        return f"{metavar} [OPTIONS]"
    optional = {"?": f"[{metavar}]", "*": f"[{metavar} ...]", "+": f"{metavar} [{metavar} ...]"}
    return " ".join([*action.option_strings[-1:], optional.get(str(action.nargs), metavar)])


def _metavar(action: argparse.Action) -> str:
    if action.choices and not action.metavar:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def _rows(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    """Yield the row of an argument; for forms, the row of each with a link to its section."""
    if isinstance(action.choices, dict):
        for name, form in action.choices.items():
            yield f"| [`{name}`](#{form.prog.replace(' ', '-')}) | {FORMS[name].help} |\n"
    else:
        yield f"| {_names(action)} | {_cell(parser, action)} |\n"


def _names(action: argparse.Action) -> str:
    """Return the names of an argument with its value, as code."""
    if not action.option_strings:
        return f"`{_metavar(action)}`".replace("|", "\\|")
    value = "" if action.nargs == 0 else f" {_metavar(action)}{' ...' if action.nargs == '+' else ''}"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings).replace("|", "\\|")


def _cell(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return the help of an argument as a cell of a table."""
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    return text.replace("|", "\\|").replace("<", "&lt;")


def _wrapped(text: str, indent: str = "") -> str:
    """Return a text in lines of the documents; code is not divided."""
    lines = [""]
    for word in re.findall(r"(?:`[^`]*`|\S)+", text):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def main() -> int:
    """Write the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(commands_document(text), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
