"""What an oracle or onelist says about one list on one target, how the two compare, and a cache of oracles' answers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Verdict = Literal["installs", "cannot", "breaks", "unknown"]
"""``breaks``: the installer stops at a package that it cannot read or build, after it has chosen it."""
RIGHT_GREEN, RIGHT_RED = "right: installs", "right: cannot be installed"
FALSE_GREEN, FALSE_RED = "FALSE GREEN", "FALSE RED"
BREAKS, UNKNOWN, NO_ORACLE = "pip stops", "unknown", "no oracle"
OUTCOMES = (RIGHT_GREEN, RIGHT_RED, FALSE_GREEN, FALSE_RED, BREAKS, UNKNOWN, NO_ORACLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        verdict: Whether the list can be installed.
        versions: Each package that would be installed, by normalised name.
        builds: The names that are built from source; None where the answer does not say it.
        compilers: Of these, what onelist says about a compiler: ``no``, ``likely`` or ``unknown``.
        reason: Why not.
    """

    verdict: Verdict
    versions: Mapping[str, str] = field(default_factory=dict)
    builds: tuple[str, ...] | None = None
    compilers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


class AnswerCache:
    """Oracles' answers in a folder, one file for each question, so that a stopped run goes on where it was."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made if it does not exist."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def answer(self, question: Sequence[str], ask: Callable[[], Answer]) -> Answer:
        """Return the stored answer to a question; ask and store it where there is none.

        An unknown answer is not stored: the next run asks again.
        """
        path = self._path(question)
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))["answer"]
            return Answer(**stored | {"builds": None if stored["builds"] is None else tuple(stored["builds"])})
        found = ask()
        if found.verdict != "unknown":
            text = json.dumps({"question": list(question), "answer": asdict(found)}, indent=1)
            path.with_suffix(".new").write_text(text, encoding="utf-8")
            path.with_suffix(".new").replace(path)
        return found

    def has(self, question: Sequence[str]) -> bool:
        """Tell whether an answer is stored."""
        return self._path(question).is_file()

    def _path(self, question: Sequence[str]) -> Path:
        name = hashlib.sha256(json.dumps(list(question)).encode()).hexdigest()[:32]
        return self._folder / f"{name}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """onelist's answer beside that of an oracle.

    Attributes:
        oracle: For instance ``pip 26.3``.
        case: The list, or the kind.
        target: The machine, for instance ``linux-64/3.12``.
        said: What onelist says.
        real: What the oracle says.
        versions_count: Whether the versions are to be the same.
        decides: Whether a false verdict fails the run.
    """

    oracle: str
    case: str
    target: str
    said: Answer
    real: Answer
    versions_count: bool = True
    decides: bool = True

    @property
    def outcome(self) -> str:
        """Whether onelist is right."""
        said, real = self.said.verdict, self.real.verdict
        if real == "unknown":
            return NO_ORACLE
        if said == "unknown":
            return BREAKS if real == "breaks" else UNKNOWN
        if said == "installs":
            return self._green()
        return FALSE_RED if real == "installs" else RIGHT_RED

    def _green(self) -> str:
        if self.real.verdict == "installs":
            return RIGHT_GREEN
        if self.real.verdict == "breaks" and set(self.said.compilers.values()) & {"likely", "unknown"}:
            return BREAKS  # onelist said that pip builds something that may need more than Python
        return FALSE_GREEN

    @property
    def same_versions(self) -> bool:
        """Whether both install the same versions of the same packages, where that counts."""
        return not self.versions_count or _versions(self.said.versions) == _versions(self.real.versions)

    @property
    def same_builds(self) -> bool:
        """Whether onelist names the packages that are built from source; true where one of them says nothing of it."""
        if self.said.builds is None or self.real.builds is None:
            return True
        return set(self.said.builds) == set(self.real.builds)

    @property
    def differences(self) -> str:
        """The packages that differ, as ``name: onelist's version, the oracle's version``."""
        said, real = self.said.versions, self.real.versions
        names = [
            name
            for name in sorted({*said, *real})
            if _versions({name: said.get(name, "0")}) != _versions({name: real.get(name, "-1")})
        ]
        return "; ".join(f"{name}: {said.get(name, 'not')}, {real.get(name, 'not')}" for name in names)

    @property
    def is_false(self) -> bool:
        """Whether onelist is wrong, by an oracle that decides."""
        return self.decides and self.outcome in {FALSE_GREEN, FALSE_RED}

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to report."""
        if self.outcome == RIGHT_GREEN:
            return self.same_versions and self.same_builds
        return self.outcome == RIGHT_RED

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "oracle": self.oracle,
            "case": self.case,
            "target": self.target,
            "outcome": self.outcome,
            "same_versions": self.same_versions,
            "same_builds": self.same_builds,
            "said": asdict(self.said),
            "real": asdict(self.real),
        }

    def __str__(self) -> str:
        """Return a line about what differs."""
        told = f"{self.oracle}: {self.outcome}: {self.case} on {self.target}"
        if self.outcome == RIGHT_GREEN:
            parts = [] if self.same_versions else [f"versions (onelist, oracle): {self.differences}"]
            if not self.same_builds:
                parts.append(f"builds (onelist, oracle): {_words(self.said.builds)}, {_words(self.real.builds)}")
            return f"{told}: {'; '.join(parts)}"
        return f"{told}\n    onelist: {_short(self.said)}\n    oracle:  {_short(self.real)}"


def _short(answer: Answer) -> str:
    built = f", builds {_words(answer.builds)}" if answer.builds else ""
    return f"{answer.verdict}{built}: {' '.join(answer.reason.split())[:400]}"


def _words(names: Iterable[str] | None) -> str:
    return " ".join(sorted(names or ())) or "nothing"


def _versions(versions: Mapping[str, str]) -> dict[str, Version | str]:
    found: dict[str, Version | str] = {}
    for name, text in versions.items():
        try:
            found[canonicalize_name(name)] = Version(text)
        except InvalidVersion:
            found[canonicalize_name(name)] = text
    return found


def table(comparisons: Sequence[Comparison]) -> str:
    """Return a Markdown table: a line for each oracle, with the share of resolved lists whose whole set is equal."""
    lines = [
        f"| oracle | cases | {' | '.join(OUTCOMES)} | same versions | same builds |",
        f"|---|---|{'---|' * (len(OUTCOMES) + 2)}",
    ]
    for oracle in dict.fromkeys(one.oracle for one in comparisons):
        cases = [one for one in comparisons if one.oracle == oracle]
        counts = Counter(one.outcome for one in cases)
        green = [one for one in cases if one.outcome == RIGHT_GREEN]
        shares = [
            _share([one.same_versions for one in green if one.versions_count]),
            _share([one.same_builds for one in green if one.real.builds is not None]),
        ]
        cells = [oracle, len(cases), *(counts[outcome] for outcome in OUTCOMES), *shares]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _share(holds: Sequence[bool]) -> str:
    return f"{sum(holds)} of {len(holds)} ({sum(holds) / len(holds):.1%})" if holds else ""
