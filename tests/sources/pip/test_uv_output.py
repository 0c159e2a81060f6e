"""What uv prints of a solution: the packages, and which of them brings which. How uv is ended."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from onelist.sources.pip.uv import kill, parse_output

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


def test_each_package_has_the_names_that_it_depends_on() -> None:
    found = {package.name: (package.version, package.requires) for package in parse_output(OUTPUT).packages}
    assert found == {
        "fastai": ("2.8.12", ("anyio", "starlette", "torch")),
        "idna": ("3.20", ()),
        "anyio": ("4.16.0", ("idna",)),
        "nvidia-cudnn-cu13": ("9.26", ("torch",)),
        "requests": ("2.34.2", ("idna",)),
        "starlette": ("1.0", ("anyio",)),
        "torch": ("2.15.0", ("nvidia-cudnn-cu13",)),
    }


def is_child(number: int) -> bool:
    """Tell whether a process has not been reaped."""
    try:
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="another thread reaps processes on Linux")
def test_uv_that_was_reaped_just_now_needs_no_end() -> None:
    """A thread reaps the process; the event loop hears of it later."""

    async def end_after_it_was_reaped() -> int | None:
        process = await asyncio.create_subprocess_exec("true", start_new_session=True)
        while is_child(process.pid):
            pass
        known = process.returncode
        kill(process)
        await process.wait()
        return known

    assert asyncio.run(end_after_it_was_reaped()) is None
