"""What uv prints of a solution: the packages, and which of them brings which."""

from __future__ import annotations

from onelist.sources.pip.uv import parse_output
from onelist.sources.solution import ResolvedPackage, shortest_ways

OUTPUT = """\
fastai==2.8.12            # via -c excluded.txt
idna==3.20                # via anyio, requests
anyio==4.16.0             # via starlette[full], fastai
nvidia-cudnn-cu13==9.26   # via torch
requests==2.34.2
starlette==1.0            # via Fast.AI-more, fastai
torch==2.15.0             # via fastai, nvidia-cudnn-cu13
tool @ https://example.org/tool-1-py3-none-any.whl
"""


def test_each_package_has_the_one_that_brings_it_on_a_shortest_way() -> None:
    solved = parse_output(OUTPUT, ["FastAI>=2", "requests[socks] ; python_version > '3'"])
    found = {
        package.name: (package.version, by) for package, by in zip(solved.packages, solved.brought_by, strict=True)
    }
    assert found == {
        "fastai": ("2.8.12", None),
        "idna": ("3.20", "requests"),
        "anyio": ("4.16.0", "fastai"),
        "nvidia-cudnn-cu13": ("9.26", "torch"),
        "requests": ("2.34.2", None),
        "starlette": ("1.0", "fastai"),
        "torch": ("2.15.0", "fastai"),
    }


def test_a_circle_has_an_end_and_what_nothing_needs_has_no_way() -> None:
    packages = [ResolvedPackage(name=name, version="1") for name in ("a", "b", "c", "alone")]
    requires = {"a": ["b", "missing"], "b": ["c"], "c": ["a", "b"]}
    assert shortest_ways(packages, requires, ["a", "missing"]) == (None, "a", "b", None)
    assert shortest_ways([], {}, ["a"]) == ()
