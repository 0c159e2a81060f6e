"""The command ``publish``."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from onelist.api import check_lists, policy_of, read
from onelist.build.request import source_date_epoch
from onelist.cli.commands.build import report_differences
from onelist.cli.shared import CLEAN, single_file
from onelist.core.findings import Severity
from onelist.core.text import printable
from onelist.publish.destination import parse_destination
from onelist.publish.install_lines import check_install_lines
from onelist.publish.publisher import PublishOptions
from onelist.publish.publisher import publish as publish_list
from onelist.publish.results import check_exit_code, table
from onelist.reports import text
from onelist.settings.project import load_project

if TYPE_CHECKING:
    from onelist.api import CheckResult
    from onelist.core.model import Project
    from onelist.publish.results import PublishResult


def publish(arguments: argparse.Namespace) -> int:
    """Publish one list."""
    path = single_file(arguments.path)
    project = load_project(path)
    network = policy_of(arguments)
    options = PublishOptions(
        network=network,
        destinations=tuple(dict.fromkeys(map(parse_destination, arguments.to))),
        channels=tuple(arguments.channel),
        dry_run=arguments.dry_run,
        wait=arguments.wait,
        epoch=source_date_epoch(os.environ),
    )

    def check(channels: tuple[str, ...]) -> CheckResult:
        asked = argparse.Namespace(**{**vars(arguments), "channel": list(channels)})
        (result,) = check_lists({path: read(path)}, asked, asking=True)
        return result

    result = publish_list(project, options, check=check)
    report_differences(result.differences)
    if check_exit_code(result.check) != CLEAN:
        _report_check(result, project)
        return result.exit_code
    sys.stdout.write("\n".join(map(printable, table(result.files))) + "\n")
    for hint in result.hints:
        sys.stderr.write(printable(f"onelist: {hint}") + "\n")
    if options.dry_run or not result.is_complete:
        return result.exit_code
    lines = []
    for line in check_install_lines(project, network, result):
        sys.stdout.write(printable(str(line)) + "\n")
        lines.append(line)
    return replace(result, install_lines=tuple(lines)).exit_code


def _report_check(result: PublishResult, project: Project) -> None:
    """Print the findings that stopped the release."""
    source = project.settings.source
    errors = tuple(one for one in result.check.findings if one.severity is Severity.ERROR)
    unknown = tuple(one for one in result.check.findings if one.severity is Severity.UNKNOWN)
    sys.stderr.write(text.findings_text(errors or unknown, source))
    if errors:
        sys.stderr.write(f"onelist: Nothing was sent: {text.summary_text(source.file, errors)}\n")
    else:
        sys.stderr.write("onelist: Nothing was sent, because the check could not tell whether the list installs.\n")
