"""Strategies for hypothesis: hostile text, damaged text, and damaged JSON."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOSTILE = (
    "::error::forged",
    "\n::error file=a::forged",
    "\r\n::stop-commands::t\r\n",
    "##[add-mask]x",
    "%0A::error::x%25",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202e\u2028\u2066\u200b\ufeff\x85",
    "<script>alert(1)</script>",
    "[a](http://evil.example)",
    "| a | b |",
    "{0} {x} %s %(lib_name)s ${{ x }} {{ x }}",
    "https://user:hunter2@evil.example/a.whl",
    "\ud800",
    "9" * 5000,
    "-" * 3000,
    "1!2.0.post3.dev4+local",
    "a @ file:///etc/passwd",
    "../../x",
    "CON",
    "\x00",
)
"""Texts that mean something to a terminal, a runner, Markdown, a template, a path or a parser."""
hostile: SearchStrategy[str] = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=20),
    st.lists(st.sampled_from([*"`*_[]()<>!|\\:/@#&~.-+=%,;{}$'\"\n\r\t 01aZ", "::", "##["]), max_size=12).map("".join),
)
scalars: SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30]), st.floats(), hostile
)
values: SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3), max_leaves=5
)
"""Any JSON, and the floats that are none."""


@st.composite
def damaged_text(draw: st.DrawFn, seed: str, words: tuple[str, ...] = ()) -> str:
    """Draw a text with a few places of it removed, repeated, or written over."""
    text = seed
    parts = hostile | st.sampled_from(words) if words else hostile
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.sampled_from([0, 0, 1, 3, 20, 400])), len(text))
        way = draw(st.sampled_from(["over", "over", "twice", "lines", "cut"]))
        if way == "over":
            text = text[:start] + draw(parts) + text[end:]
        elif way == "twice":
            text = text[:end] + text[start:]
        elif way == "cut":
            text = text[:start]
        else:
            lines = text.split("\n")
            at = draw(st.integers(0, len(lines) - 1))
            lines[at : at + draw(st.integers(0, 2))] = [draw(parts)]
            text = "\n".join(lines)
    return text


@st.composite
def damaged_bytes(draw: st.DrawFn, seed: str, words: tuple[str, ...] = ()) -> bytes:
    """Draw the bytes of a damaged text; sometimes they are no UTF-8."""
    content = draw(damaged_text(seed, words)).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=4)) + content[at:]
    return content


@st.composite
def bytes_damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw bytes of which a few are written over, left out, repeated or cut off; mostly none."""
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2, 4]))):
        start = draw(st.integers(0, len(content)))
        end = min(start + draw(st.sampled_from([0, 1, 2, 4, 8, 100])), len(content))
        way = draw(st.sampled_from(["over", "over", "ones", "out", "twice", "cut"]))
        if way == "over":
            content = content[:start] + draw(st.binary(max_size=8)) + content[end:]
        elif way == "ones":
            content = content[:start] + b"\xff" * (end - start) + content[end:]
        elif way == "out":
            content = content[:start] + content[end:]
        elif way == "twice":
            content = content[:end] + content[start:]
        else:
            content = content[:start]
    return content


@st.composite
def damaged_data(draw: st.DrawFn, seed: Any) -> Any:
    """Draw data with a few values replaced, removed or added."""
    data = copy.deepcopy(seed)
    for _ in range(draw(st.integers(0, 3))):
        data = _with_other_value(draw, data)
    return data


@st.composite
def damaged_json(draw: st.DrawFn, seed: Any) -> bytes:
    """Draw JSON with a few values replaced, removed or added; sometimes the text is damaged too."""
    text = json.dumps(draw(damaged_data(seed)))
    if draw(st.integers(0, 9)) == 0:
        return draw(damaged_bytes(text))
    return text.encode("utf-8", "surrogatepass")


def _with_other_value(draw: st.DrawFn, data: Any) -> Any:
    """Go down at random, and change what is there."""
    if not isinstance(data, dict | list) or not data or draw(st.integers(0, 4)) == 0:
        return draw(values)
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    key = draw(st.sampled_from(keys))
    way = draw(st.sampled_from(["down", "down", "down", "gone", "added"]))
    if way == "gone":
        del data[key]
    elif way == "down":
        data[key] = _with_other_value(draw, data[key])
    elif isinstance(data, dict):
        data[draw(hostile)] = draw(values)
    else:
        data.insert(key, draw(values))
    return data
