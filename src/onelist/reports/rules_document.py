"""docs/findings.md, generated from the rules."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from onelist.core.rules import Evidence
from onelist.reports.rule_text import rule_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onelist.core.rules import Rule

_WIDTH = 120
SUBJECTS = {
    "S": "the settings: how `settings.ini` is written",
    "P": "pins: requirements that accept only certain versions",
    "C": "conda: what conda can take from your list, and what it cannot",
    "A": "availability: what pip and conda cannot install, and for whom",
    "R": "resolution: whether the whole list can be installed at once",
    "F": "Python: the Pythons that the list supports",
    "D": "drift: where the channels have changed and your list has not",
    "H": "health: channels and indexes that fail, are old, or are of no use",
    "G": "generated files: the recipes that `onelist sync` writes beside your settings",
}
"""The letters of the codes, in the order of the document."""

_BEGINNING = """\
# Findings

`onelist check` reads your `settings.ini` and asks the package index and each conda channel for what you list. It
reports what it notices. Each report is a *finding*: a place in a file, a code, a message that says what is wrong and,
nearly always, a hint that says what to do.

```
settings.ini:9:16: warning P001 [*]: pandas is pinned by ==2.1: the list cannot be installed beside ...
```

This says: file `settings.ini`, line 9, column 16, a warning with the code P001. `[*]` means that `onelist fix` can fix
it. This page has a section for every code. `onelist rule P001` prints the same in a terminal, and `onelist rule` lists
all codes.

## How to read a finding

The letter of a code names the subject:

"""

_MIDDLE = """
The severity says how much it matters:

| Severity | Meaning |
|---|---|
| `error` | What you want cannot be done until this is fixed. |
| `warning` | It can be done, but someone has a disadvantage. |
| `unknown` | onelist could not find out whether something is wrong. |
| `info` | Good to know. The last line of the output counts these as notes. |

`onelist check` ends with an exit code, a number that scripts can read:

| Exit code | Meaning |
|---|---|
| 0 | Clean. Findings of severity `info` never change this. |
| 1 | There is at least one warning or error. |
| 2 | The call was wrong, or the settings have errors that stop everything else: S001 to S014, or C007. |
| 3 | There is no warning and no error, but something could not be found out. |

While there are errors that lead to exit code 2, you see only S findings and C007: onelist cannot check the rest yet.
The errors C001 to C006 stop everything that is made for conda, but not what is made for pip. So `onelist build` stops
(exit code 1), and `onelist build --only wheel sdist` works. The same holds for S016.

`--select` shows only some findings, and `--ignore` hides some. Both take beginnings of codes, separated by commas.
Hidden findings do not count for exit code 1. Settings with errors still end with 2, and what could not be found out
with 3.

```
onelist check --select P,C001
onelist check --ignore S2,C1
```

"""

_END = """
`--target` and `--installer` limit R to some machines, or to one of pip and conda.

A, R and D are about *machines*: each of your `platforms` with each Python from `min_python` to the newest. Linux means
a Linux with glibc 2.28 (2018) or newer, macOS means macOS 14 or newer.

Some words that this page uses:

- A *requirement* is one item of a list: a name, such as `pandas`, optionally with more after it.
- A *wheel* and an *sdist* (source distribution) are the two kinds of file that pip installs from. A *recipe* is the
  text from which a conda package is built. A *channel* is a place that conda packages come from, such as conda-forge.
- A *resolver* is the part of an installer that chooses a version of each package so that all fit together.
- *noarch* means: one conda package for all platforms.
- An *extra* is an optional part of a package, written in brackets: `fastapi[all]`.
- A *marker* is a condition after a semicolon: `tomli; python_version < "3.11"`.

The small examples contain only the lines that matter. [settings.md](settings.md) explains every key, and
[translation.md](translation.md) explains how requirements for pip become requirements for conda.
"""


def findings_document(rules: Sequence[Rule]) -> str:
    """Return docs/findings.md.

    Args:
        rules: All rules, in the order of the document.

    Returns:
        The document as Markdown; no line is longer than 120 characters.
    """
    letters = ["| Letter | Subject |", "|---|---|", *(f"| {letter} | {words} |" for letter, words in SUBJECTS.items())]
    return "".join(
        [
            _BEGINNING,
            *(line + "\n" for line in letters),
            _MIDDLE,
            _paragraph(
                f"`--settings-only` needs no network, and checks only {_codes(rules, {Evidence.SETTINGS})}. "
                f"`--no-resolve` leaves out {_codes(rules, {Evidence.RESOLUTION})}."
            ),
            _END,
            *(part for rule in rules for part in _section(rule)),
        ]
    )


def _section(rule: Rule) -> Iterator[str]:
    yield f"\n## {rule.code}: {rule.title}\n\nSeverity: {rule.severity.value}\n"
    yield "\n" + _paragraph(rule.example_message, indent="> ")
    for part in rule_markdown(rule):
        yield "\n" + (part + "\n" if part.startswith("```") else _paragraph(part))


def _codes(rules: Iterable[Rule], evidence: set[Evidence]) -> str:
    """Return the codes of the rules that need some evidence, in short: a letter where it is all of its rules."""
    words: list[str] = []
    for letter, group in groupby(rules, key=lambda rule: rule.code[0]):
        some = list(group)
        inside = [rule.code for rule in some if rule.evidence in evidence]
        outside = [rule.code for rule in some if rule.evidence not in evidence]
        if inside and len(outside) < len(inside):
            words.append(letter + (f" (without {', '.join(outside)})" if outside else ""))
        else:
            words += inside
    return ", ".join(words[:-1]) + " and " + words[-1]


def _paragraph(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"
