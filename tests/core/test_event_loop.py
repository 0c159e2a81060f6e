"""run_async: in a program, inside a running event loop, and interrupted at the worst moment."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from onelist.core.errors import internal_error
from onelist.core.system.event_loop import run_async

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = contextvars.ContextVar("VARIABLE", default="")


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt; a job in the background of a shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def three() -> int:
    await asyncio.sleep(0)
    return 3


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError("no")


def test_without_a_loop_the_coroutine_runs_in_this_thread() -> None:
    async def name() -> str:
        return threading.current_thread().name

    assert run_async(name()) == threading.current_thread().name
    assert run_async(three()) == 3


def test_inside_a_running_loop_the_coroutine_runs_in_another_thread_and_ends_it() -> None:
    async def name() -> str:
        return threading.current_thread().name

    async def jupyter() -> tuple[int, str, str]:
        return run_async(three()), run_async(name()), threading.current_thread().name

    result, inside, outside = asyncio.run(jupyter())
    assert result == 3
    assert inside != outside
    assert inside not in {thread.name for thread in threading.enumerate()}


def test_inside_a_running_loop_context_variables_are_those_of_the_caller() -> None:
    async def read() -> str:
        return VARIABLE.get()

    async def jupyter() -> str:
        VARIABLE.set("here")
        return run_async(read())

    assert asyncio.run(jupyter()) == "here"


@pytest.mark.parametrize("inside", [False, True])
def test_an_error_of_the_coroutine_is_raised_unchanged(*, inside: bool) -> None:
    async def jupyter() -> None:
        run_async(fail())

    with pytest.raises(ValueError, match="no"):
        asyncio.run(jupyter()) if inside else run_async(fail())


async def give_up() -> None:
    """Wait for something that a library has given up: nobody has cancelled this coroutine."""
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    await given_up


@pytest.mark.parametrize("inside", [False, True])
def test_a_cancellation_that_comes_from_a_library_is_an_error_and_no_interrupt(*, inside: bool) -> None:
    async def jupyter() -> None:
        run_async(give_up())

    with pytest.raises(asyncio.CancelledError) as caught:
        asyncio.run(jupyter()) if inside else run_async(give_up())
    assert internal_error(caught.value).startswith("CancelledError at test_event_loop.py:")


def test_a_cancellation_of_the_task_itself_is_no_internal_error() -> None:
    async def end_after_a_moment() -> None:
        try:
            async with asyncio.timeout(0):
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError as error:
                    pytest.fail(internal_error(error))
        except TimeoutError:
            ended.append(True)

    ended: list[bool] = []
    run_async(end_after_a_moment())
    assert ended == [True]


def test_ctrl_c_while_the_coroutine_runs_is_an_interrupt_and_cleanup_runs() -> None:
    cleaned = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_async(work())
    assert cleaned == [True]


def test_ctrl_c_before_asyncio_resets_its_counter_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio.run installs its handler, then resets its counter; an interrupt in between is a CancelledError there."""
    install: Callable[[int, Any], Any] = signal.signal

    def interrupted(number: int, handler: Any) -> Any:
        before = install(number, handler)
        if handler is not signal.default_int_handler:
            signal.raise_signal(signal.SIGINT)
        return before

    monkeypatch.setattr(signal, "signal", interrupted)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(three())
    with pytest.raises(KeyboardInterrupt):
        run_async(three())


def test_ctrl_c_inside_a_running_loop_cancels_the_coroutine_and_waits_for_its_cleanup() -> None:
    cleaned = []
    main = threading.main_thread().ident
    assert main is not None

    async def work() -> None:
        try:
            signal.pthread_kill(main, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            cleaned.append(True)

    async def jupyter() -> None:
        run_async(work())

    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(jupyter())
    finally:
        loop.close()
    assert cleaned == [True]
