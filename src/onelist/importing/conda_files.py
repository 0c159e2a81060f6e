"""An environment.yml (conda env, mamba, Binder) -> what it asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onelist.core.text import redact, shortened
from onelist.importing.conda_export import BUILT, MOST_BUILT, export_remark
from onelist.importing.model import NamedPackage, Namespace, Place, ReadFile, Remark
from onelist.importing.requirements_txt import is_option, read_line
from onelist.settings.keys import no_channel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import yaml

_SPEC = re.compile(r"(?:(?P<channel>[^\s\[]+)::)?(?P<name>[A-Za-z0-9_][\w.-]*)(?P<rest>.*)")
_SELECTOR = re.compile(r"\[[^\[\]]*\]$")
_VERSION = re.compile(r"""version\s*=\s*["']?([^"'\]]+)""")


def read_environment(file: str, text: str, include: Callable[[str], ReadFile | None]) -> ReadFile:
    """Read an environment.yml.

    Args:
        file: The name of the file, for places.
        text: Its content.
        include: Reads a requirements.txt that ``-r`` under ``pip:`` names.

    Returns:
        What it asks for.

    Raises:
        ValueError: The file is not YAML, or not an environment.
    """
    import yaml

    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"it is not YAML{f' in line {mark.line + 1}' if mark else ''}") from error
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("it has no keys")  # noqa: TRY004 - a fault of the text
    entries = {_text_of(key): value for key, value in root.value}
    if "dependencies" not in entries:
        raise ValueError("it has no key dependencies")
    channels = [_text_of(node) for node in _elements(entries.get("channels"))]
    reading = _Reading(file, include, channels)
    for node in _elements(entries["dependencies"]):
        reading.dependency(node)
    reading.tell_export()
    reading.without_default_channels(channels, entries.get("channels"))
    name = entries.get("name")
    return ReadFile(
        file=file,
        format="environment.yml",
        items=tuple(reading.items),
        channels=tuple(channel for channel in channels if channel != "nodefaults" and not no_channel(channel)),
        pythons=tuple(reading.pythons),
        keys={"lib_name": str(name.value)} if isinstance(name, yaml.ScalarNode) and not _is_null(name) else {},
        left_out=tuple(reading.left_out),
        decisions=tuple(reading.decisions),
    )


class _Reading:
    """Collects what an environment.yml says."""

    def __init__(self, file: str, include: Callable[[str], ReadFile | None], channels: Collection[str]) -> None:
        self._file = file
        self._channels = channels
        self._include = include
        self.items: list[NamedPackage] = []
        self.pythons: list[Remark] = []
        self.left_out: list[Remark] = []
        self.decisions: list[Remark] = []
        self._exported = 0

    def dependency(self, node: yaml.Node) -> None:
        """Read one element of ``dependencies``."""
        import yaml

        place = self._place(node)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if _text_of(key) == "pip":
                    for line in _elements(value):
                        self._pip(_text_of(line), self._place(line))
                else:
                    self.decisions.append(Remark(place, f"The part {shortened(_text_of(key))}: is not known."))
        elif isinstance(node, yaml.ScalarNode):
            self._exported += BUILT.fullmatch(str(node.value)) is not None
            if not node.value.startswith("_"):  # such as _libgcc_mutex, which no person asks for
                self._take(read_match_spec(str(node.value), place))
                self._named_channel(str(node.value), place)

    def _named_channel(self, text: str, place: Place) -> None:
        """Say that the channel of one package is not taken over, unless all use it."""
        channel, colons, name = text.partition("::")
        if colons and channel not in self._channels:
            text = f"{name} comes from the channel {channel}. In a list, all packages have the same channels."
            self.left_out.append(Remark(place, text))

    def tell_export(self) -> None:
        """Say that a file is the output of ``conda env export``, if it looks like that."""
        if self._exported >= MOST_BUILT:
            self.decisions.append(export_remark(self._file))

    def _pip(self, line: str, place: Place) -> None:
        text = re.sub(r"\s#.*$", "", line).strip()
        included = re.fullmatch(r"(?:-r|--requirement)[= ]?\s*(.+)", text)
        other = self._include(included[1]) if included else None
        if other is not None:
            self.items += other.items
            self.left_out += other.left_out
            self.decisions += other.decisions
        elif is_option(text) and isinstance(found := read_line(text, place), Remark):
            self.left_out.append(found)
        else:
            self._take(read_line(text, place))

    def _take(self, found: NamedPackage | Remark) -> None:
        if isinstance(found, Remark):
            self.decisions.append(found)
        elif found.name.lower() == "python":
            self.pythons.append(Remark(found.place, found.versions))
        else:
            self.items.append(found)

    def without_default_channels(self, channels: list[str], node: yaml.Node | None) -> None:
        """Say that the reader's own channels are not taken over."""
        for channel in channels:
            if no_channel(channel) and node is not None:
                self.left_out.append(
                    Remark(self._place(node), f"The channel {channel} stands for other channels on each machine.")
                )

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, str(node.start_mark.line + 1))


def read_match_spec(text: str, place: Place, group: str = "") -> NamedPackage | Remark:
    """Read a dependency of conda (MatchSpec, https://conda.org/learn/ceps/cep-0029).

    Args:
        text: The dependency.
        place: Where it stands.
        group: The feature that it belongs to.

    Returns:
        The package, or what is to be decided.
    """
    bare = re.sub(r"\s#.*$", "", text).strip()
    match = _SPEC.fullmatch(_SELECTOR.sub("", bare))
    if match is None:
        return Remark(place, f"{redact(shortened(text))} is not the name of a conda package.")
    inside = _VERSION.search(bare)
    versions = inside[1] if inside else _versions(match["rest"])
    return NamedPackage(namespace=Namespace.CONDA, name=match["name"], place=place, versions=versions, group=group)


def _versions(rest: str) -> str:
    """Return the versions of a MatchSpec without the build string: ``=1.2=py39_0`` -> ``=1.2``."""
    rest = rest.strip()
    if rest and rest[0].isdigit():
        return "=" + rest.split()[0]
    word = re.sub(r" ?([<>=!~,|]+) ?", r"\1", " ".join(rest.split())).split()
    return re.sub(r"(?<=[\w.*])=(?!=).*$", "", word[0]) if word else ""


def _text_of(node: yaml.Node) -> str:
    """Return the text of a scalar. Others have none: what they hold may be without end, as aliases can name it."""
    import yaml

    return str(node.value) if isinstance(node, yaml.ScalarNode) else "..."


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _elements(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield the elements of a sequence; nothing for another node."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        yield from node.value
