"""The commands that are useful after a check, as they are typed: with the file and the options that matter."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, NamedTuple

from onelist.checks.fix import is_fixed
from onelist.core.findings import Severity
from onelist.reports.finding_lines import is_fixable
from onelist.reports.screen import NextStep

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from onelist.checks.run import CheckResult
    from onelist.core.findings import Finding


class _Option(NamedTuple):
    """An option that a further command gets, too.

    Attributes:
        flag: The option, as it is typed.
        name: The name of its value in the arguments.
        commands: The commands that have it.
    """

    flag: str
    name: str
    commands: frozenset[str]


_FINDING = frozenset({"check", "fix"})
_ASKING = frozenset({"check", "fix", "explain"})
_SOURCES = frozenset({"check", "fix", "explain", "try"})
_OPTIONS = (
    _Option("--settings-only", "settings_only", _FINDING),
    _Option("--channel", "channel", _SOURCES),
    _Option("--index-url", "index_url", _SOURCES),
    _Option("--extra-index-url", "extra_index_url", _SOURCES),
    _Option("--offline", "offline", _ASKING),
    _Option("--no-resolve", "no_resolve", _FINDING),
    _Option("--target", "target", _FINDING),
    _Option("--installer", "installer", _FINDING),
    _Option("--as-of", "as_of", frozenset({"check"})),
)
"""The options that decide what is found."""
_SELECTIONS = (
    _Option("--select", "select", frozenset({"check"})),
    _Option("--ignore", "ignore", frozenset({"check"})),
)


class Commands(NamedTuple):
    """The commands that fit a check.

    Attributes:
        arguments: The arguments of the check.
        result: What it found in one file.
        is_single: Whether it checked one file only.
    """

    arguments: argparse.Namespace
    result: CheckResult
    is_single: bool

    def show_all(self, code: str) -> str:
        """Return the command that shows all about the findings of a code; about all of them with ``""``."""
        if code:
            return self._typed("check", "--verbose", "--select", code)
        return self._typed("check", "--verbose", *_typed_options("check", self.arguments, _SELECTIONS))

    def fix(self, code: str) -> str:
        """Return the command that fixes the findings of a code."""
        return self._typed("fix", "--select", code)

    def next_steps(self) -> Iterator[NextStep]:
        """Yield what is useful now: the edits that a program makes, those that need a decision, or another command."""
        shown = self.result.shown
        source = self.result.source
        fixable = [one for one in shown if is_fixable(one, source, unsafe=False)]
        select = self._fix_selection(fixable)
        made = [one for one in shown if _is_applicable(one, self.result) and is_fixed(one, select)]
        undecided = [one for one in self._undecided() if not is_fixed(one, select)]
        if made:
            count = "it" if len(made) == len(shown) == 1 else f"{len(made)} of them"
            yield NextStep(purpose=f"fix {count}", command=self._fix_command(select))
        if undecided:
            codes = sorted({one.code for one in undecided})
            need = "which needs" if len(undecided) == 1 else "which need"
            more = " more" if made else ""
            yield NextStep(
                purpose=f"fix {len(undecided)}{more}, {need} your decision", command=self._fix_command(tuple(codes))
            )
        if step := self._last_step({one.severity for one in shown if not _is_applicable(one, self.result)}):
            yield step

    def after_fix(self, *, is_made: bool, dry_run: bool) -> Iterator[NextStep]:
        """Yield what is useful after ``onelist fix``, whose arguments these are.

        Args:
            is_made: Whether it made an edit, or would make one.
            dry_run: Whether it wrote nothing.
        """
        if dry_run and is_made:
            yield NextStep(purpose="make the edits", command=self._typed("fix", *self._selected()))
            return
        undecided = {one.code for one in self._undecided()}
        if undecided:
            purpose = "fix what needs your decision"
            yield NextStep(purpose=purpose, command=self._fix_command(tuple(sorted(undecided))))
        yield NextStep(purpose="check the whole list", command=self._typed("check"))

    def _undecided(self) -> Iterator[Finding]:
        """Yield the findings whose edit needs a decision; a note about a name that may be right needs none."""
        for one in self.result.shown:
            if one.severity is not Severity.INFO and is_fixable(one, self.result.source, unsafe=True):
                yield one

    def _selected(self) -> Iterator[str]:
        return _typed_options("fix", self.arguments, [_Option("--select", "select", frozenset({"fix"}))])

    def _last_step(self, left: set[Severity]) -> NextStep | None:
        """Return what to do about the findings that no edit fixes, and what comes after a clean check.

        Args:
            left: The severities of those findings.
        """
        kinds = {one.severity for one in self.result.shown}
        if left & {Severity.ERROR, Severity.WARNING}:
            return NextStep(purpose="check it again after your edits", command=self._again())
        if self.result.has_unknown:
            return NextStep(purpose="ask again what is unknown", command=self._again(offline=False))
        if not self.is_single or self.result.settings is None or kinds - {Severity.INFO}:
            return None
        if self.arguments.settings_only:
            command = self._typed("check", settings_only=False)
            places = "the index and the channels have" if self.result.settings.has_conda else "the index has"
            return NextStep(purpose=f"check also what {places}", command=command)
        return NextStep(purpose="install it on this machine and import what it brings", command=self._typed("try"))

    def _again(self, *, offline: bool = True) -> str:
        return self._typed("check", *_typed_options("check", self.arguments, _SELECTIONS), offline=offline)

    def _fix_command(self, select: Sequence[str]) -> str:
        return self._typed("fix", *(["--select", ",".join(select)] if select else []))

    def _fix_selection(self, fixable: Sequence[Finding]) -> tuple[str, ...]:
        """Return the codes for ``fix --select`` that keep out what the check does not show; ``()`` for all codes."""
        codes = {one.code for one in self.result.shown}
        hidden = [one for one in self.result.findings if one.code not in codes]
        if not any(is_fixable(one, self.result.source, unsafe=False) for one in hidden):
            return ()
        return tuple(sorted({one.code for one in fixable}))

    def _typed(self, command: str, *more: str, offline: bool = True, settings_only: bool = True) -> str:
        without = {name for name, kept in (("offline", offline), ("settings_only", settings_only)) if not kept}
        options = [one for one in _OPTIONS if one.name not in without]
        path = str(self.result.path)
        path = f"./{path}" if path.startswith("-") else path
        return _quoted(["onelist", command, path, *more, *_typed_options(command, self.arguments, options)])


def _typed_options(command: str, arguments: argparse.Namespace, options: Sequence[_Option]) -> Iterator[str]:
    """Yield the options that were given to the check, as they are typed."""
    for option in options:
        value = getattr(arguments, option.name, None)
        if command not in option.commands or not value:
            continue
        if value is True:
            yield option.flag
            continue
        for one in map(str, value if isinstance(value, list) else [value]):
            yield from [f"{option.flag}={one}"] if one.startswith("-") else [option.flag, one]


def _is_applicable(finding: Finding, result: CheckResult) -> bool:
    return any(is_fixable(finding, result.source, unsafe=unsafe) for unsafe in (False, True))


def _quoted(words: Sequence[str]) -> str:
    """Return a command as the user's shell reads it: as POSIX says (sh), or as Windows does (CommandLineToArgvW)."""
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(words)
    return shlex.join(words)
