"""The one place where errors become text and exit codes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from onelist.commands.shared import FINDINGS, UNKNOWN, USAGE, one_or_several, print_json
from onelist.exceptions import RefusedError, SettingsError, UnavailableError, UsageError
from onelist.reports import text
from onelist.reports.jsontext import Counted, check_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onelist.exceptions import OnelistError


def report(errors: Sequence[OnelistError], *, as_json: bool) -> int:
    """Say what went wrong, and return the exit code.

    With ``as_json`` the findings of settings go to standard output in the form of a check.
    """
    with_findings = [error for error in errors if isinstance(error, SettingsError | RefusedError)]
    if as_json and with_findings:
        print_json(one_or_several([check_json(None, error.findings, _counted(error)) for error in with_findings]))
    for error in errors:
        if isinstance(error, SettingsError | RefusedError) and not as_json:
            sys.stderr.write(text.findings_text(error.findings, error.source))
        sys.stderr.write(text.printable(f"onelist: {error.message}") + "\n")
        if error.hint:
            sys.stderr.write(text.printable(f"    {error.hint}") + "\n")
    if any(isinstance(error, SettingsError | UsageError) for error in errors):
        return USAGE
    return UNKNOWN if any(isinstance(error, UnavailableError) for error in errors) else FINDINGS


def _counted(error: SettingsError | RefusedError) -> Counted:
    """Return which file an error is about."""
    named = [error.source.file] if error.source else [finding.file for finding in error.findings]
    return Counted(file=named[0] if named else "")
