"""onelist init: write a new settings.ini, or the workflows of a repository on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onelist.cli.invocation import Invocation
    from onelist.importing.model import ReadFile
    from onelist.settings.editing.new_files import NewFile
    from onelist.settings.editing.template import NewSettings

HELP = "write a new settings.ini: from files that you have, from options, or from a few questions"
_NAME = "my-list"
"""The name of a list whose folder has a name that no package can have."""
_LONGEST_NAME = 100
_FILES = ("readme", "license", "gitignore")
"""The values of NewFile, which the parser does not load."""
EXAMPLES = (
    (
        "onelist init my-list --from environment.yml --from notebooks",
        "write my-list/settings.ini with what the file lists and the notebooks import",
    ),
    (
        "onelist init my-list --name my-list --require pandas graphviz torch",
        "write my-list/settings.ini with three requirements",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("path", nargs="?", metavar="PATH", default=".", help="the folder (default: this folder)")
    parser.add_argument(
        "--github",
        action="store_true",
        help="also write workflows for GitHub: checks on pull requests, a daily check, releases, and answers to "
        "learners who suggest a package, with this version of onelist; works beside an existing settings.ini",
    )
    parser.add_argument(
        "--from",
        action="append",
        dest="sources",
        metavar="FILE",
        help="make the list from a file or folder: requirements.txt, environment.yml, pixi.toml, pyproject.toml, "
        "setup.cfg, notebooks, Python files, a folder for Binder; repeatable",
    )
    parser.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="NAME",
        help="with --from: take this extra, dependency group or pixi feature as a part of the list; repeatable",
    )
    parser.add_argument("--name", help="the name of the package, such as course-meta")
    parser.add_argument("--require", nargs="+", metavar="NAME", help="what the course needs, by the names on PyPI")
    parser.add_argument("--description", help="one sentence for learners")
    parser.add_argument("--user", help="the owner of the GitHub repository")
    parser.add_argument("--license", help="apache2, mit, gpl2, gpl3, bsd3 or an SPDX name (default: apache2)")
    parser.add_argument("--min-python", help="the lowest Python, such as 3.11")
    parser.add_argument(
        "--channel",
        nargs="+",
        metavar="NAME",
        help="conda channels, the first one first; none for a list only for pip",
    )
    parser.add_argument("--conda-user", metavar="NAME", help="the owner of your own conda channel, if you have one")
    parser.add_argument(
        "--with",
        nargs="+",
        dest="files",
        choices=_FILES,
        metavar="FILE",
        default=[],
        help="also write these files, if they are missing: readme, license, gitignore; works beside an existing "
        "settings.ini",
    )


def run(arguments: argparse.Namespace, invocation: Invocation) -> int:
    """Write what does not exist yet; existing files stay as they are."""
    from pathlib import Path

    from onelist.core.errors import UsageError
    from onelist.settings.editing.new_files import NewFile
    from onelist.settings.project import SETTINGS_NAME

    folder = Path(arguments.path)
    target = folder if folder.suffix == ".ini" else folder / SETTINGS_NAME
    if target.exists() and not (arguments.github or arguments.files):
        raise UsageError(f"{target} already exists and is left as it is.", "Edit it, or name another folder.")
    files, is_new = [NewFile(name) for name in arguments.files], not target.exists()
    if is_new:
        new = _new_settings(arguments, target.absolute().parent.name)
        files = files or _wanted_files(target.parent, new.name)
        _write_settings(target, new)
    codes = [_write_files(target, files, invocation.now.year)]
    if is_new:
        _print_next_steps(target)
    if arguments.github:
        codes.append(_write_workflows(target.parent, invocation))
    return max(codes)


def _write_settings(target: Path, new: NewSettings) -> None:
    from onelist.cli.shared import print_line
    from onelist.core.system.files import write_new
    from onelist.settings.editing.template import settings_ini

    _stop_if_named_like_a_package(new)
    _stop_if_wrong(new)
    write_new(target, settings_ini(new))
    print_line(f"wrote {target}")


def _print_next_steps(target: Path) -> None:
    """Print the commands that are useful now, as they are typed."""
    import shlex
    from pathlib import Path

    from onelist.cli.shared import print_line
    from onelist.settings.project import SETTINGS_NAME

    path = target.parent if target.name == SETTINGS_NAME else target
    named = "" if path == Path() else f" {shlex.quote(str(path))}"
    print_line(f"To check it: onelist check{named}")
    print_line(f"To build the packages: onelist build{named}")


def _stop_if_wrong(new: NewSettings) -> None:
    """Stop, and say why, if the settings would have mistakes; warnings are for check.

    Raises:
        UsageError: That is so.
    """
    from onelist.cli.questions import print_mistakes
    from onelist.core.errors import UsageError

    if print_mistakes(new):
        raise UsageError("Nothing was written.", "Give another value as an option: onelist init --help")


def _stop_if_named_like_a_package(new: NewSettings) -> None:
    """Stop if the list would have the name of a package that it requires, as environments often have.

    Raises:
        UsageError: That is so.
    """
    from onelist.core.errors import UsageError

    if other := _other_name(new):
        raise UsageError(
            f"The list would have the name of a package that it requires: {new.name}.",
            f"Give it another name, for instance: --name {other}",
        )


def _other_name(new: NewSettings) -> str | None:
    """Return another name for a list with the name of a package that it requires; None for other lists."""
    from packaging.utils import canonicalize_name

    from onelist.settings.tokens import parse_requirement

    own = canonicalize_name(new.name)
    parsed = (parse_requirement(text) for text in (*new.requirements, *new.pip_requirements))
    is_required = any(one is not None and canonicalize_name(one.name) == own for one in parsed)
    return f"{own}-course" if is_required else None


def _wanted_files(folder: Path, name: str) -> list[NewFile]:
    """Return the files that the person at the terminal wants; none where no questions are asked."""
    from onelist.cli.questions import ask_for_files, is_terminal
    from onelist.settings.editing.new_files import NewFile

    if not is_terminal():
        return []
    return ask_for_files([kind for kind in NewFile if kind.existing(folder, name) is None])


def _write_files(target: Path, kinds: Sequence[NewFile], year: int) -> int:
    """Write files beside a settings.ini, where they are missing."""
    from onelist.cli.shared import print_line
    from onelist.core.errors import CLEAN, FINDINGS
    from onelist.core.system.files import write_new
    from onelist.settings.editing.new_files import new_file_text
    from onelist.settings.project import load_project

    if not kinds:
        return CLEAN
    code, settings = CLEAN, load_project(target).settings
    for kind in dict.fromkeys(kinds):
        existing = kind.existing(target.parent, settings.lib_name)
        text = new_file_text(kind, settings, year)
        if existing:
            print_line(f"{target.parent / existing} already exists")
        elif text is None:
            code = FINDINGS
            named = f"the text of {settings.license}" if settings.license else "no text, because no licence is named"
            print_line(f"{target.parent / kind.file} is not written: onelist does not have {named}. Add it yourself.")
        else:
            write_new(target.parent / kind.file, text)
            print_line(f"wrote {target.parent / kind.file}")
    return code


def _write_workflows(folder: Path, invocation: Invocation) -> int:
    """Write the files for GitHub that do not exist; name those that differ, and leave them as they are."""
    from onelist.cli.shared import print_line
    from onelist.core.errors import CLEAN, FINDINGS
    from onelist.core.system.files import write_new
    from onelist.core.system.regular_files import read_inside
    from onelist.settings.editing.template import github_files

    files = github_files()
    before = {name: read_inside(folder / ".github" / name, folder) for name in files}
    locked = _with_hashes({name: files[name] for name in files if before[name] is None}, invocation)
    differing = False
    for name, content in files.items():
        path, existing = folder / ".github" / name, before[name]
        if existing is None:
            write_new(path, locked[name])
            print_line(f"wrote {path}")
        elif existing == content.encode() or _serves(name, existing):
            print_line(f"{path} already exists")
        else:
            differing = True
            print_line(f"{path} has other content and is left as it is; {_advice(name)}")
    if differing:
        return FINDINGS
    print_line("Next: docs/github.md of onelist describes what to set up once in the GitHub web page.")
    if _lacks_channel(folder):
        print_line(
            "Nothing is released until settings.ini has conda_user = and the name of your channel, or conda_channels = "
            "none for a list that only pip installs."
        )
    return CLEAN


def _with_hashes(files: Mapping[str, str], invocation: Invocation) -> dict[str, str]:
    """Return files for GitHub; those with requirements have the hashes of all files that pip installs for them.

    Without hashes, a file keeps its one pinned requirement, and a note says why. What the last file installs has the
    same versions as in the first, because both go into one environment.
    """
    import re

    from onelist.cli.shared import print_note
    from onelist.core.errors import UnavailableError
    from onelist.settings.editing.template import PYTHON, locked, pinned
    from onelist.sources.config import NetworkOptions
    from onelist.sources.pip.hashes import with_hashes

    network = NetworkOptions(environment=invocation.environment, now=invocation.now)
    found, constraints = dict(files), ""
    for name in (name for name in sorted(files) if name.endswith(".txt")):
        try:
            lines = with_hashes(pinned(files[name]), PYTHON, network, constraints=constraints)
        except UnavailableError as error:
            print_note(
                f".github/{name} has no hashes: {error}. To add them later, delete that file and run: "
                "onelist init --github"
            )
            continue
        found[name] = locked(files[name], lines)
        constraints += "\n".join(re.findall(r"(?m)^[a-z0-9][^\\\n]*", lines)) + "\n"
    return found


def _serves(name: str, existing: bytes) -> bool:
    """Tell whether a file with other content is as good: a bot raises versions, and a repository may have more bots."""
    return (name.endswith(".txt") and b"==" in existing) or (name == "dependabot.yml" and b"/.github" in existing)


def _advice(name: str) -> str:
    if name == "dependabot.yml":
        return "add the two entries that docs/github.md of onelist shows"
    return "to have it written, delete it first"


def _lacks_channel(folder: Path) -> bool:
    """Tell whether the settings of a folder can be read and name no channel to publish to."""
    from onelist.core.errors import OnelistError
    from onelist.settings.project import SETTINGS_NAME, load_project

    try:
        settings = load_project(folder / SETTINGS_NAME).settings
    except OnelistError:
        return False
    return settings.has_conda and not settings.conda_user


def _new_settings(arguments: argparse.Namespace, folder_name: str) -> NewSettings:
    """Return what the options and files say; what they leave out is asked for on a terminal."""
    from onelist.cli.shared import print_note

    name = _default_name(folder_name)
    new = _imported(arguments, name) if arguments.sources else _asked(arguments, name)
    if name == new.name != folder_name:
        print_note(
            f"onelist: The list has the name {name}. The name of its folder cannot be one; --name gives another."
        )
    return new


def _default_name(folder_name: str) -> str:
    """Return the name of a list for which none is given: that of its folder, if it can be one."""
    from packaging.utils import InvalidName, canonicalize_name

    from onelist.settings.editing.corrections import plain_name

    try:
        canonicalize_name(folder_name, validate=True)
    except InvalidName:
        return plain_name(folder_name) or _NAME
    return folder_name if len(folder_name) <= _LONGEST_NAME else _NAME


def _imported(arguments: argparse.Namespace, folder_name: str) -> NewSettings:
    """Return the list that the files make, print where it comes from, and let the options win."""
    from dataclasses import replace
    from pathlib import Path

    from onelist.cli.shared import print_answer, print_line, print_note, width_of_names
    from onelist.core.errors import UsageError
    from onelist.importing.combine import combine
    from onelist.importing.new_settings import new_settings
    from onelist.importing.read import read_sources, restored_settings
    from onelist.reports.answers.imported import imported_lines

    restored = restored_settings(Path(arguments.sources[0])) if len(arguments.sources) == 1 else None
    if restored:
        print_line(f"{arguments.sources[0]} was written from a settings.ini, which is restored.")
        return restored
    files = read_sources(map(Path, arguments.sources))
    _stop_at_unknown_group(files, arguments.group)
    found = combine(files, arguments.group)
    if not (found.requirements or found.pip_requirements or found.conda_requirements or found.extras):
        print_answer([*imported_lines(found, (), width_of_names()), ""])
        raise UsageError(f"{' '.join(arguments.sources)} asks for no package.", "Name other files, or use --require.")
    new, remarks = new_settings(found, folder_name)
    print_answer([*imported_lines(found, remarks, width_of_names()), ""])
    new = _with_options(new, arguments)
    other = None if arguments.name else _other_name(new)
    if other is None:
        return new
    print_note(f"onelist: The list has the name {other}, because it requires {new.name}. --name gives another.")
    return replace(new, name=other)


def _stop_at_unknown_group(files: Sequence[ReadFile], groups: Sequence[str]) -> None:
    """Stop if no file has a group that is to be taken.

    Raises:
        UsageError: That is so.
    """
    from onelist.core.errors import UsageError

    known = sorted({item.group for file in files for item in file.items} - {""})
    if unknown := next((group for group in groups if group not in known), ""):
        there_are = f"The groups are: {', '.join(known)}." if known else "The files have no groups."
        raise UsageError(f"No file has a group {unknown}.", there_are)


def _with_options(new: NewSettings, arguments: argparse.Namespace) -> NewSettings:
    """Return new settings with what the options say."""
    from dataclasses import replace

    from onelist.settings.editing.template import with_conda_user

    new = replace(
        new,
        name=arguments.name or new.name,
        requirements=tuple(dict.fromkeys((*new.requirements, *(arguments.require or ())))),
        description=arguments.description or new.description,
        user=arguments.user or new.user,
        license=arguments.license or new.license,
        min_python=arguments.min_python or new.min_python,
        channels=tuple(arguments.channel or new.channels),
    )
    return with_conda_user(new, arguments.conda_user) if arguments.conda_user else new


def _asked(arguments: argparse.Namespace, folder_name: str) -> NewSettings:
    """Return what the options say, and the answers of the person at the terminal."""
    from onelist.cli.questions import ask_for_settings, is_terminal
    from onelist.cli.shared import print_note
    from onelist.settings.editing.template import NewSettings

    new = _with_options(NewSettings(name=folder_name, requirements=()), arguments)
    if is_terminal():
        _stop_if_wrong(new)
        return ask_for_settings(new, {key for key, value in vars(arguments).items() if value})
    if not (arguments.name and arguments.require):
        print_note(
            "onelist: No questions are asked, because the input is not a terminal. What the options leave out has its "
            "default: onelist init --help"
        )
    return new
