"""The commands that install the list, for each operating system, and whether they are proved to work."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from onelist.analysis.resolving.resolution import by_installer
from onelist.analysis.resolving.verdict import Verdict, verdict
from onelist.core.installers import CONDA, PIP
from onelist.core.targets import PLATFORMS, in_words
from onelist.reports.page.states import PageState
from onelist.translation.plan import make_plan

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from onelist.analysis.resolving.resolution import Resolution
    from onelist.core.model import Settings
    from onelist.core.targets import Target
    from onelist.reports.page.model import PageInput

_SYSTEMS = {"win32": "Windows", "darwin": "macOS", "linux": "Linux"}
"""The operating systems in the order of the page, by ``sys.platform``."""
_PIP = {"win32": ("py", "-m", "pip"), "darwin": ("python3", "-m", "pip"), "linux": ("python3", "-m", "pip")}
"""How people start pip there (https://packaging.python.org/en/latest/tutorials/installing-packages/)."""


class InstallLine(NamedTuple):
    """One command.

    Attributes:
        tool: ``pip``, ``conda`` or ``mamba``.
        command: The command, quoted for the shell of the system.
        state: Whether it is proved.
        words: The same in words.
    """

    tool: str
    command: str
    state: PageState
    words: str


class SystemLines(NamedTuple):
    """The commands for one operating system.

    Attributes:
        system: Its name.
        lines: The commands.
    """

    system: str
    lines: tuple[InstallLine, ...]


def install_lines(page: PageInput) -> tuple[SystemLines, ...]:
    """Return the commands for each operating system of the list; none where the settings have mistakes."""
    settings = page.settings
    if settings is None:
        return ()
    among = {PLATFORMS[platform].system for platform in settings.platforms}
    resolved = dict(by_installer(page.resolutions or ()))
    return tuple(
        SystemLines(words, tuple(_lines(page, settings, system, resolved)))
        for system, words in _SYSTEMS.items()
        if system in among
    )


def _lines(
    page: PageInput, settings: Settings, system: str, resolved: dict[str, list[Resolution]]
) -> list[InstallLine]:
    lines = []
    for tool, words in _commands(page, settings, system).items():
        installer = PIP if tool == PIP else CONDA
        some = [one for one in resolved.get(installer, []) if PLATFORMS[one.target.platform].system == system]
        command = " ".join(map(_quoted_for_windows, words)) if system == "win32" else shlex.join(words)
        lines.append(InstallLine(tool, command, *_proof(some, is_offline=_is_offline(page), as_of=page.as_of)))
    return lines


def _quoted_for_windows(word: str) -> str:
    """Return a word as both shells of Windows take it: cmd.exe and PowerShell.

    Between double quotes, cmd.exe knows ``%`` and ``!``, and PowerShell ``$`` and a backtick. No channel needs these or
    a quote: they are written as an address has them (RFC 3986, section 2.1), so that nothing that is copied can run.
    ``%`` stays, because such an address has it.
    """
    if re.fullmatch(r"[A-Za-z0-9_@+=:,./\\~-]+", word):
        return word
    encoded = re.sub(r"[\"$`!\r\n]", lambda found: f"%{ord(found[0]):02X}", word)
    return f'"{encoded}"'


def _commands(page: PageInput, settings: Settings, system: str) -> dict[str, list[str]]:
    """Return the words of each command, by its tool."""
    channels = page.availability.channels if page.availability else settings.conda_channels
    own = [settings.conda_user] if settings.conda_user else []
    options = [word for channel in dict.fromkeys([*own, *channels]) for word in ("-c", channel)]
    name = make_plan(settings).name
    if not settings.has_conda:
        return {PIP: [*_PIP[system], "install", settings.name]}
    conda = {tool: [tool, "install", *options, name] for tool in ("conda", "mamba")}
    return {PIP: [*_PIP[system], "install", settings.name], **conda}


def _is_offline(page: PageInput) -> bool:
    """Tell whether the answers come from the cache."""
    return page.availability is not None and page.availability.lookup.facts.offline


def _proof(some: Sequence[Resolution], *, is_offline: bool, as_of: datetime.date | None) -> tuple[PageState, str]:
    """Return whether a command is proved to work on one operating system: known only where a resolver said so."""
    if not some:
        return PageState.UNASKED, "not proved: no resolver was asked"
    among = [one.target for one in some]
    works = [one.target for one in some if verdict(one.status).installs and not one.unseen]
    fails = [one.target for one in some if verdict(one.status) is Verdict.FAILS or one.unseen]
    open_ = [one.target for one in some if verdict(one.status) is Verdict.UNKNOWN]
    days = sorted({one.proved for one in some if one.proved})
    when = f"on {days[0]}, and nothing has changed since" if days else "today"
    when = "with earlier answers (--offline)" if is_offline else when
    when = f"as of {as_of}" if as_of else when
    if len(works) == len(some):
        state = PageState.SOURCE if any(verdict(one.status) is Verdict.BUILDS for one in some) else PageState.FOUND
        return state, f"proved {when}" + (", with packages that pip builds" if state is PageState.SOURCE else "")
    if len(fails) == len(some):
        return PageState.ABSENT, "known to fail"
    if len(open_) == len(some):
        return PageState.UNKNOWN, "not proved: the index or a channel did not answer"
    return (PageState.UNKNOWN if open_ else PageState.PART), _parts(works, fails, open_, among, when)


def _parts(works: list[Target], fails: list[Target], open_: list[Target], among: list[Target], when: str) -> str:
    """Return where a command is proved, known to fail and not proved."""
    parts = [f"proved {when} {in_words(works, among)}"] if works else []
    parts += [f"known to fail {in_words(fails, among, negative=True)}"] if fails else []
    parts += [f"not proved {in_words(open_, among)}"] if open_ else []
    return "; ".join(parts)
