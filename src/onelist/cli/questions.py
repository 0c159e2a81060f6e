"""The questions that ``onelist init`` asks at a terminal: each is asked again until its answer is valid."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.gather import OWNER
from onelist.analysis.suggested_name import NameProblem, suggested_name
from onelist.cli.shared import print_note
from onelist.core.errors import SettingsError, UsageError
from onelist.core.findings import Severity, Source
from onelist.core.text import printable
from onelist.settings.editing.template import is_only_pip, settings_ini, with_conda_user
from onelist.settings.parser import parse_settings
from onelist.settings.project import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from onelist.settings.editing.new_files import NewFile
    from onelist.settings.editing.template import NewSettings


class _Question(NamedTuple):
    """One question.

    Attributes:
        key: The option of the command that answers it, too.
        text: What is asked.
        filled: Returns the settings with an answer.
        default: Returns the answer that an empty line means, from the settings so far.
    """

    key: str
    text: str
    filled: Callable[[NewSettings, str], NewSettings]
    default: Callable[[NewSettings], str] = lambda _: ""


_QUESTIONS = (
    _Question("name", "Name of the package", lambda new, text: replace(new, name=text), lambda new: new.name),
    _Question(
        "require",
        "What the course needs, names separated by blanks",
        lambda new, text: replace(new, requirements=tuple(text.split())),
    ),
    _Question("description", "One sentence for learners", lambda new, text: replace(new, description=text)),
    _Question("user", "Owner of the GitHub repository", lambda new, text: replace(new, user=text)),
    _Question("license", "Licence", lambda new, text: replace(new, license=text), lambda new: new.license),
    _Question(
        "channel",
        "conda channels that learners install from, or none if only pip installs the list",
        lambda new, text: replace(new, channels=tuple(text.split())),
        lambda new: " ".join(new.channels),
    ),
    _Question("conda_user", "Your own conda channel, if you have one", with_conda_user),
)
"""In the order in which they are asked."""


def is_terminal() -> bool:
    """Tell whether there is somebody to ask. Another input is not read: it may stay open for ever."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask_for_settings(new: NewSettings, given: Collection[str]) -> NewSettings:
    """Ask for what the options leave out.

    Args:
        new: What the options say, and the defaults; all of them are valid.
        given: The options that are given; these questions are not asked.

    Returns:
        The settings, which are valid.

    Raises:
        UsageError: The input ends before the last answer.
    """
    for question in _QUESTIONS:
        if question.key not in given and not (question.key == "conda_user" and is_only_pip(new)):
            new = _answered(new, question)
    return new


def _answered(new: NewSettings, question: _Question) -> NewSettings:
    """Return the settings with the answer to a question, which is asked until the answer is valid."""
    while True:
        filled = question.filled(new, _ask(question.text, question.default(new)))
        if question.key == "require":
            filled = replace(filled, requirements=tuple(map(_right_name, filled.requirements)))
        if not print_mistakes(filled):
            return filled


def _right_name(written: str) -> str:
    """Return the name that the package index has for a module or a conda package, and say that it is taken."""
    found = suggested_name(written)
    if found.problem is NameProblem.PYTHON:
        print_note(f"{written} is a part of Python. Nothing has to be installed, so you can delete it.")
    elif found.has_namesake:
        print_note(f"{written} may be meant for {found.instead}: check tells what the package index has.")
    elif found.instead and found.problem:
        print_note(f"{written} is {found.problem.value}. The package index calls it {found.instead}: that is taken.")
        return found.instead
    return written


def print_mistakes(new: NewSettings) -> bool:
    """Print the errors that a settings.ini would have, each with what to do; return whether there are any."""
    mistakes = _mistakes(new)
    for message, hint in mistakes:
        print_note(message)
        if hint:
            print_note(f"    {hint}")
    return bool(mistakes)


def _mistakes(new: NewSettings) -> list[tuple[str, str]]:
    try:
        parse_settings(Source(file=SETTINGS_NAME, text=settings_ini(new)))
    except SettingsError as error:
        return [(one.message, one.hint or "") for one in error.findings if one.severity is Severity.ERROR]
    owner = new.others.get("conda_user", "x")
    if re.fullmatch(OWNER, owner) is None:
        return [(f"{owner} is not the name of a conda channel.", "Write one name without blanks, such as ada.")]
    return []


def ask_for_files(missing: Sequence[NewFile]) -> list[NewFile]:
    """Ask which of the files that a folder lacks to write.

    Args:
        missing: The files.

    Returns:
        Those to write; none if the answer is an empty line.

    Raises:
        UsageError: The input ends before the answer.
    """
    names = {one.value: one for one in missing}
    words = {"yes": list(missing), "y": list(missing), "no": [], "n": []}
    while missing:
        text = f"Also write {', '.join(one.file for one in missing)}? yes, no, or some of: {' '.join(names)}"
        answer = _ask(text, "no").lower().replace(",", " ").split()
        if len(answer) == 1 and answer[0] in words:
            return words[answer[0]]
        if set(answer) <= names.keys():
            return [names[name] for name in dict.fromkeys(answer)]
        print_note(f"{' '.join(answer)} is no answer. Write yes, no, or some of: {' '.join(names)}")
    return []


def _ask(question: str, default: str) -> str:
    """Return the answer of the person at the terminal, on one line; the default for an empty line.

    Raises:
        UsageError: The input ends.
    """
    while True:
        sys.stderr.write(printable(f"{question}{f' [{default}]' if default else ''}: "))
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
            answer.encode()
        except UnicodeError:
            print_note("The answer has characters that are not text. Write it in UTF-8.")
            continue
        if not answer:  # an empty line has a line break
            sys.stderr.write("\n")
            raise UsageError(
                "The input ended before the last answer, so nothing was written.",
                "Run the command again, or give the answers as options: onelist init --help",
            )
        return " ".join(answer.split()) or default
