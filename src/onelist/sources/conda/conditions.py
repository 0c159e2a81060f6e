"""Whether the condition of a conditional dependency holds (https://conda.org/learn/ceps/cep-0043).

A condition is in the key ``when`` of a MatchSpec: MatchSpecs, joined with ``and``, ``or`` and parentheses. There is no
``not``. A MatchSpec in it is true if a package of the environment or a virtual package of the machine matches it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from onelist.sources.conda import gateway

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TOKEN = re.compile(r"\s*(?:([()])|(and|or)(?=[\s(]|$)|((?:\[[^\]]*\]|(?!\s+(?:and|or)(?:[\s(]|$))[^()\[])+))")
"""A parenthesis, an operator or a MatchSpec, which goes up to the next of the other two."""
_MOST_ROWS = 100
"""The most rows of a normal form; real conditions have two or three."""


def applies(spec: str, packages: Collection[tuple[str, str, str]]) -> bool:
    """Tell whether a dependency applies in an environment.

    Args:
        spec: The dependency, as a channel writes it.
        packages: The known packages of the environment and the virtual packages, as (name, version, build string).

    Returns:
        Whether it does; also if it has no condition, or one that cannot be read. A MatchSpec about another package
        counts as false, because the solver can leave that package out.
    """
    condition = gateway.condition(spec)
    return condition is None or holds(condition, packages)


def holds(condition: str, packages: Collection[tuple[str, str, str]]) -> bool:
    """Tell whether a condition holds in an environment; one that cannot be read holds."""
    try:
        return any(all(_is_true(term, packages) for term in terms) for terms in _alternatives(condition))
    except ValueError:
        return True


def _is_true(spec: str, packages: Collection[tuple[str, str, str]]) -> bool:
    return any(gateway.build_matches(spec, *package) for package in packages)


@cache
def _alternatives(condition: str) -> tuple[tuple[str, ...], ...]:
    """Return a condition in disjunctive normal form: it holds if all MatchSpecs of one row are true.

    Raises:
        ValueError: The condition cannot be read, or its normal form is too large.
    """
    tokens = list(_tokens(condition))
    rows = _either(tokens)
    if tokens:
        raise ValueError(condition)
    return tuple(rows)


def _tokens(condition: str) -> Iterator[str]:
    end = 0
    while condition[end:].strip():
        match = _TOKEN.match(condition, end)
        if match is None:
            raise ValueError(condition)
        yield (match[1] or match[2] or match[3]).strip()
        end = match.end()


def _either(tokens: list[str]) -> list[tuple[str, ...]]:
    rows = _both(tokens)
    while tokens[:1] == ["or"]:
        tokens.pop(0)
        rows += _both(tokens)
    return rows


def _both(tokens: list[str]) -> list[tuple[str, ...]]:
    rows = _one(tokens)
    while tokens[:1] == ["and"]:
        tokens.pop(0)
        right = _one(tokens)
        if len(rows) * len(right) > _MOST_ROWS:
            raise ValueError
        rows = [(*first, *second) for first in rows for second in right]
    return rows


def _one(tokens: list[str]) -> list[tuple[str, ...]]:
    token = tokens.pop(0) if tokens else ")"
    if token in {")", "and", "or"}:
        raise ValueError(token)
    if token != "(":  # noqa: S105 - a parenthesis
        return [(token,)]
    rows = _either(tokens)
    if tokens[:1] != [")"]:
        raise ValueError(token)
    tokens.pop(0)
    return rows
