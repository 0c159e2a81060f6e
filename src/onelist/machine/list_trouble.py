"""What is wrong with the list in that Python: not installed, incomplete, twice, broken -> troubles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from onelist.machine.commands import conda_install, install_list, pip_install
from onelist.machine.needs import find_needs, is_readable
from onelist.machine.programs import resolved
from onelist.machine.trouble import Trouble, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.machine.facts import Distribution, DryRun, Facts, ImportResult
    from onelist.machine.needs import Need

PIP_ONLY_MISSING = "pip_only_missing"
"""The code of what only pip can install and is missing where conda has installed the list."""
_SHOWN = 5
"""How many files are named."""


def list_troubles(facts: Facts) -> Iterator[Trouble]:
    """Yield what is wrong, and what is good to know, of a list in the Python that was looked at."""
    if not facts.wanted:
        return
    needs = find_needs(facts.required or (), facts.distributions, facts.python.markers, facts.extras)
    is_installed = facts.wanted in facts.conda or facts.wanted in facts.distributions
    if not is_installed:
        yield Trouble(
            code="not_installed",
            weight=Weight.PROBLEM,
            message=f"{facts.wanted} is not installed for {facts.python_name}.",
            remedy="That would fail at the moment, as is said below." if _would_fail(facts) else "Install it:",
            commands=() if _would_fail(facts) else install_list(facts),
        )
    elif facts.required is None:
        yield Trouble(
            code="requirements_unknown",
            weight=Weight.UNKNOWN,
            message=f"It is unknown what {facts.wanted} requires: {facts.index_problem or 'its metadata is gone'}.",
            remedy="Install it again:",
            commands=install_list(facts),
        )
    else:
        yield from _incomplete(facts, needs)
        yield from _unreadable(facts, needs)
    yield from _of_conda(facts)
    yield from _damaged(facts)
    yield from _imports(facts)
    yield from _leftovers(facts)
    yield from _dry_run(facts)


def _incomplete(facts: Facts, needs: tuple[Need, ...]) -> Iterator[Trouble]:
    """Yield what is missing, and what has another version than is asked for."""
    missing = _missing(facts, needs)
    if missing:
        names = ", ".join(_required(need) for need in missing)
        is_pip_rest = facts.required_from == "index" and all(not need.required_by for need in missing)
        because = (
            f" conda has installed {facts.wanted}, but conda cannot install what only pip has." if is_pip_rest else ""
        )
        yield Trouble(
            code=PIP_ONLY_MISSING if is_pip_rest else "requirement_missing",
            weight=Weight.PROBLEM,
            message=f"{facts.wanted} is incomplete: {names} {'is' if len(missing) == 1 else 'are'} not installed."
            + because,
            remedy="Install what is missing:",
            commands=pip_install(facts, *(need.text for need in missing)),
        )
    for need in needs:
        if need.installed is not None and not need.fits and len(facts.distributions[need.name]) == 1:
            upgraded = need.text if need.required_by else need.name
            yield Trouble(
                code="requirement_too_old" if need.is_older else "requirement_other_version",
                weight=Weight.PROBLEM,
                message=f"{need.required_by or facts.wanted} asks for {need.text}, and {need.name} "
                f"{need.installed.version} is installed.",
                remedy="Install the version that is asked for:",
                commands=_replace(facts, need.installed, need.text if need.text != need.name else upgraded),
            )


def _would_fail(facts: Facts) -> bool:
    return facts.dry_run is not None and bool(facts.dry_run.error) and not facts.dry_run.is_unknown


def _unreadable(facts: Facts, needs: tuple[Need, ...]) -> Iterator[Trouble]:
    """Yield what nobody can compare, because it is not written as PEP 440 and PEP 508 say."""
    texts = [text for text in facts.required or () if not is_readable(text)]
    texts += [f"{need.name} {need.installed.version}" for need in needs if need.installed and need.is_unknown]
    if texts:
        yield Trouble(
            code="requirement_unreadable",
            weight=Weight.UNKNOWN,
            message=f"It is unknown whether {facts.wanted} has what it asks for: {', '.join(texts)} cannot be read.",
        )


def _of_conda(facts: Facts) -> Iterator[Trouble]:
    """Yield what conda's package of the list depends on, and is not there; and what is unknown of the rest."""
    unmet = [need for need in facts.conda_unmet if not need.is_unknown]
    if unmet:
        words = [f"{need.spec} ({need.installed or 'nothing'} is installed)" for need in unmet]
        specs = [need.spec.replace(" ", "", 1) if need.spec.count(" ") == 1 else need.name for need in unmet]
        yield Trouble(
            code="conda_missing",
            weight=Weight.PROBLEM,
            message=f"conda's package {facts.wanted} is incomplete. It depends on {', '.join(words)}.",
            remedy="Install what is missing:",
            commands=conda_install(facts, *specs),
        )
    for need in facts.conda_unmet:
        if need.is_unknown:
            yield Trouble(
                code="conda_unknown",
                weight=Weight.UNKNOWN,
                message=f"It is unknown whether {need.name} {need.installed} is what {facts.wanted} depends on: "
                f"{need.spec}.",
            )
    if facts.required_from == "conda" and facts.index_problem:
        yield Trouble(
            code="pip_only_unknown",
            weight=Weight.UNKNOWN,
            message=f"It is unknown whether something that only pip has is missing: {facts.index_problem}.",
        )


def _missing(facts: Facts, needs: tuple[Need, ...]) -> list[Need]:
    return [need for need in needs if need.installed is None and not _conda_has(facts, need)]


def missing_texts(facts: Facts) -> tuple[str, ...]:
    """Return the requirements of which nothing is installed."""
    needs = find_needs(facts.required or (), facts.distributions, facts.python.markers, facts.extras)
    return tuple(need.text for need in _missing(facts, needs))


def _wanted_text(facts: Facts, name: str) -> str:
    """Return a requirement of the list with its version; the name alone if the list does not name it."""
    needs = find_needs(facts.required or (), facts.distributions, facts.python.markers, facts.extras)
    return next((need.text for need in needs if need.name == name and not need.required_by), name)


def _required(need: Need) -> str:
    return f"{need.text} (of {need.required_by})" if need.required_by else need.text


def _conda_has(facts: Facts, need: Need) -> bool:
    """Tell whether conda has installed a package of this name that brings no metadata of Python."""
    return any(canonicalize_name(name) == need.name for name in facts.conda)


def _replace(facts: Facts, installed: Distribution, text: str) -> tuple[str, ...]:
    """Return the commands that install another version, by what has installed the one that is there."""
    if installed.installer == "conda":
        return conda_install(facts, text)
    return pip_install(facts, text, options=("--upgrade",))


def _damaged(facts: Facts) -> Iterator[Trouble]:
    """Yield what is installed twice, and what has lost files."""
    for name in facts.files:
        found = facts.distributions.get(name, ())
        if not found:
            continue
        yield from _twice(facts, name, found)
        if len(found) == 1 and not found[0].is_editable:
            yield from _lost(facts, found[0])


def _twice(facts: Facts, name: str, found: tuple[Distribution, ...]) -> Iterator[Trouble]:
    conda = facts.conda.get(name)
    by_pip = [one for one in found if one.installer != "conda"]
    if conda is not None and by_pip and any(one.folder == found[0].folder for one in by_pip):
        yield Trouble(
            code="installed_by_conda_and_pip",
            weight=Weight.PROBLEM,
            message=f"{name} is installed by conda ({conda.version}) and by {by_pip[0].installer or 'pip'} "
            f"({by_pip[0].version or 'without a version'}). Their files are mixed.",
            remedy="Remove both, and have conda install its own again. pip removes one at a time:",
            commands=(
                *(f"{facts.python_command} -m pip uninstall -y {name}" for _ in found),
                *conda_install(facts, name, options=("--force-reinstall",)),
            ),
        )
    elif len({one.folder for one in found}) < len(found):
        versions = " and ".join(sorted({one.version or "without a version" for one in found}))
        yield Trouble(
            code="installed_twice",
            weight=Weight.PROBLEM,
            message=f"{name} is installed twice in {found[0].folder}: {versions}.",
            remedy="Remove both, and install it once. pip removes one at a time. If one of the folders "
            f"{' and '.join(sorted(os.path.basename(one.info) for one in found))} stays, delete it yourself:",  # noqa: PTH119
            commands=(
                *(f"{facts.python_command} -m pip uninstall -y {name}" for _ in found),
                *pip_install(facts, _wanted_text(facts, name)),
            ),
        )
    elif len(found) > 1:
        places = " and ".join(f"{one.version} in {one.folder}" for one in found)
        yield Trouble(
            code="installed_in_two_folders",
            weight=Weight.NOTE,
            message=f"{name} is installed in two folders: {places}. Python uses the first.",
        )


def _lost(facts: Facts, found: Distribution) -> Iterator[Trouble]:
    files = facts.files[found.name]
    again = _again(facts, found)
    if not found.version:
        yield Trouble(
            code="metadata_gone",
            weight=Weight.PROBLEM,
            message=f"{found.info} does not say which version of {found.name} is installed. Its METADATA is gone or "
            "broken.",
            remedy="Install it again:",
            commands=again,
        )
    elif files.missing:
        names = ", ".join(files.missing[:_SHOWN]) + (" and others" if len(files.missing) > _SHOWN else "")
        yield Trouble(
            code="files_gone",
            weight=Weight.PROBLEM,
            message=f"{found.name} has lost {len(files.missing):,} of its files: {names}.",
            remedy="Install it again:",
            commands=again,
        )
    elif files.has_record and not files.is_whole:
        yield Trouble(
            code="record_damaged",
            weight=Weight.PROBLEM,
            message=f"{found.info}/RECORD, the list of the files of {found.name}, is damaged. pip can neither update "
            "nor remove the package cleanly.",
            remedy="Install it again:",
            commands=again,
        )
    elif not files.has_record and found.installer in {"pip", "uv"}:
        yield Trouble(
            code="record_gone",
            weight=Weight.PROBLEM,
            message=f"{found.info} has no RECORD, the list of the files of {found.name}. pip can neither update "
            "nor remove the package.",
            remedy="Install it again:",
            commands=again,
        )


def _again(facts: Facts, found: Distribution) -> tuple[str, ...]:
    """Return the commands that install a package again, with all its files."""
    version = found.version or _version_of_folder(found.info)
    what = f"{found.name}=={version}" if version else found.name
    if found.installer == "conda":
        return conda_install(facts, found.name, options=("--force-reinstall",))
    options = ("--force-reinstall", "--no-deps")
    # pip reads METADATA and removes what RECORD says, so it has to pass over one that is damaged or gone.
    ignored = () if found.version and facts.files[found.name].is_whole else ("--ignore-installed",)
    return pip_install(facts, what, options=(*ignored, *options) if not ignored else (*ignored, "--no-deps"))


def _version_of_folder(info: str) -> str:
    """Return the version in the name of a folder (Recording installed projects, "The .dist-info directory").

    It is ``""`` for another name.
    """
    version = os.path.basename(info).removesuffix(".dist-info").partition("-")[2]  # noqa: PTH119
    try:
        return str(Version(version))
    except InvalidVersion:
        return ""


def _imports(facts: Facts) -> Iterator[Trouble]:
    lost = {name for name, files in facts.files.items() if files.missing}
    for result in facts.imports:
        if result.is_unknown:
            yield Trouble(
                code="import_unknown",
                weight=Weight.UNKNOWN,
                message=f"It is unknown whether {result.module} can be imported: {result.error}.",
                remedy="Try it yourself:",
                commands=(f'{facts.python_command} -c "import {result.module}"',),
            )
        elif entry := _elsewhere(facts, result):
            yield _hidden(facts, result, entry)
        elif result.error and _owner(facts, result.module) not in lost:
            yield _not_importable(facts, result)
    for name in sorted(facts.local_modules & {result.module.partition(".")[0] for result in facts.imports}):
        yield Trouble(
            code="hidden_by_file",
            weight=Weight.PROBLEM,
            message=f"The file {name}.py in this folder hides the installed module {name}: Python started here imports "
            "the file.",
            remedy=f"Give {name}.py another name.",
        )


def _owner(facts: Facts, module: str) -> str:
    """Return the package that brings a module; ``""`` if none of the list does."""
    return next((name for name, files in facts.files.items() if module in files.modules), "")


def _elsewhere(facts: Facts, result: ImportResult) -> str:
    """Return the folder from which Python takes a module in place of the installed one; ``""`` if it does not."""
    owner = _owner(facts, result.module)
    found = facts.distributions.get(owner, ())
    if not found or any(one.is_editable for one in found) or not os.path.isabs(result.origin):  # noqa: PTH117 - text
        return ""
    if any(_is_below(result.origin, one.folder) for one in found):
        return ""
    entries = [entry for entry in facts.python.path if _is_below(result.origin, entry)]
    return max(entries, key=len, default="")


def _is_below(file: str, folder: str) -> bool:
    return any(form(file).startswith(form(folder).rstrip(os.sep) + os.sep) for form in (os.path.normcase, resolved))


def _hidden(facts: Facts, result: ImportResult, entry: str) -> Trouble:
    owner = _owner(facts, result.module)
    version = facts.distributions[owner][0].version
    says = f" It cannot be imported there: {result.error}" if result.error else ""
    variable = next((name for name in ("PYTHONPATH",) if entry in facts.variables.get(name, "").split(os.pathsep)), "")
    cause = f" The variable {variable} names that folder." if variable else ""
    return Trouble(
        code="hidden_by_folder",
        weight=Weight.PROBLEM,
        message=f"Python takes {result.module} from {result.origin}, not from the installed {owner} {version}."
        + cause
        + says,
        remedy=f"Delete the variable {variable} in the settings of your shell, and open a new terminal."
        if variable
        else f"Rename or remove {result.origin}, if you do not need it.",
    )


def _not_importable(facts: Facts, result: ImportResult) -> Trouble:
    owner = _owner(facts, result.module)
    found = facts.installed(owner)
    where = f" (in {result.file})" if result.file else ""
    missing = result.missing.partition(".")[0]
    is_other = bool(missing) and missing != result.module.partition(".")[0]
    remedy = f"Install {owner} again:" if owner else "Install it again:"
    commands = _again(facts, found) if found else ()
    if is_other:
        remedy = f"{missing} is missing. If it is no package of that name, install {owner or result.module} again:"
        commands = tuple(dict.fromkeys([*pip_install(facts, missing), *commands]))
    return Trouble(
        code="not_importable",
        weight=Weight.PROBLEM,
        message=f"{result.module} is installed, but cannot be imported: {result.error}{where}",
        remedy=remedy,
        commands=commands,
    )


def _leftovers(facts: Facts) -> Iterator[Trouble]:
    if facts.leftovers:
        yield Trouble(
            code="leftovers",
            weight=Weight.NOTE,
            message=f"pip was interrupted and has left {len(facts.leftovers)} folders that begin with ~, such as "
            f"{facts.leftovers[0]}. They can be deleted.",
        )


def _dry_run(facts: Facts) -> Iterator[Trouble]:
    """Tell what the install line would do, and which settings of the installers change where it looks."""
    ran = facts.dry_run
    failed = _would_fail(facts)
    if ran is not None and failed:
        yield Trouble(
            code="install_would_fail",
            weight=Weight.PROBLEM,
            message=f"The install line would fail: {ran.error}",
            remedy="Show this to the maintainer of the list, or fix what it says, and try again:",
            commands=_lines(facts, ran),
        )
    elif ran is not None and ran.is_unknown:
        yield Trouble(
            code="install_unknown",
            weight=Weight.UNKNOWN,
            message=f"It is unknown whether the install line would work: {ran.error}.",
            commands=_lines(facts, ran),
        )
    elif ran is not None:
        count = len(ran.would_install)
        what = f"{count} package{'s' if count > 1 else ''}: {', '.join(ran.would_install[:_SHOWN])}"
        yield Trouble(
            code="install_would_work",
            weight=Weight.NOTE,
            message=f"The install line would work. It would install {what}{' and others' if count > _SHOWN else ''}."
            if count
            else "The install line would work, but it would install nothing.",
        )
    for setting in facts.settings:
        yield Trouble(
            code="other_source",
            weight=Weight.PROBLEM if failed else Weight.NOTE,
            message=f"A setting of {setting.program} changes what it finds: {setting.name} is {setting.value} (set by "
            f"{setting.origin}).",
            remedy="If a package is not found there, ask whoever set it, or remove the setting." if failed else "",
        )


def _lines(facts: Facts, ran: DryRun) -> tuple[str, ...]:
    """Return the install line with what has to come before it, such as the line that makes an environment."""
    lines = install_list(facts)
    return lines if ran.command in lines else (ran.command,)
