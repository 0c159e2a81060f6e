"""The command ``try``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from onelist.analysis.resolution import INSTALLERS
from onelist.analysis.trial import TryOptions, try_install
from onelist.api import policy_of
from onelist.cli.shared import single
from onelist.core.errors import exit_code_of_all
from onelist.core.text import printable
from onelist.reports.text import install_test_text
from onelist.sources.cache import CachePolicy

if TYPE_CHECKING:
    import argparse


def try_out(arguments: argparse.Namespace) -> int:
    """Install a list into temporary environments."""
    options = TryOptions(
        network=policy_of(arguments, CachePolicy.NORMAL),
        installers=(arguments.installer,) if arguments.installer else INSTALLERS,
        pythons=tuple(arguments.python),
        channels=tuple(arguments.channel),
        dependencies=not arguments.no_deps,
        imports=not arguments.no_import,
    )
    codes = []
    for test in try_install(single(arguments.path), options):
        sys.stdout.write("\n".join(map(printable, install_test_text(test))) + "\n")
        sys.stdout.flush()
        codes.append(test.exit_code)
    return exit_code_of_all(codes)
