"""onelist export: write the list in a form that installs without the package, or for another place."""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import TYPE_CHECKING

from onelist.cli import arguments as shared_arguments
from onelist.cli.commands.export_forms import installer, lists, lock, notebook_server, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onelist.cli.commands.export_forms.form import Form
    from onelist.cli.invocation import Invocation

HELP = "write the list in another form, such as environment.yml, a lock or a script, or for a place such as Binder"
EXAMPLES = (
    ("onelist export environment -o environment.yml", "write a file for: mamba env create -f environment.yml"),
    ("onelist export requirements", "print a requirements.txt"),
    ("onelist export binder -o .", "write the files for Binder, and print the badge for the README"),
)
FORMS: Mapping[str, Form] = MappingProxyType({
    **lists.FORMS,
    **lock.FORMS,
    **places.FORMS,
    **installer.FORMS,
    **notebook_server.FORMS,
})  # fmt: skip
"""Each form, in the order of the help."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the forms, each with its arguments."""
    # An output before the name of the form counts, too.
    parser.add_argument("-o", "--output", help=argparse.SUPPRESS)
    forms = parser.add_subparsers(title="forms", dest="form", metavar="FORM", required=True)
    for name, form in FORMS.items():
        form.add_arguments(shared_arguments.add_command(forms, name, form.help, form.examples))


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Print or write the export."""
    return FORMS[arguments.form].run(arguments, invocation)
