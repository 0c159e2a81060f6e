"""Run a coroutine from ordinary code, in a program or inside a running event loop such as Jupyter's."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")
_START = 1.0
"""Seconds in which a thread starts whose start was interrupted, if it starts at all."""


def run_async(coroutine: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine to its end.

    Where this thread already runs an event loop, as in Jupyter, the coroutine runs in a new thread with its own loop.

    Args:
        coroutine: The coroutine; it is closed in every case.

    Returns:
        Its result.

    Raises:
        KeyboardInterrupt: The user pressed Ctrl-C.
        BaseException: Whatever the coroutine raises; also a CancelledError, if nobody has cancelled the coroutine.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(coroutine)
    return _Background(coroutine).result()


def is_cancellation(error: BaseException) -> bool:
    """Tell whether an exception cancels the task that runs now, as after Ctrl-C or at the end of a time limit.

    A CancelledError may also come from a library that gives up something of its own. Then nobody has called ``cancel``
    of this task (https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancelling).
    """
    if not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop runs here
        return False
    return task is not None and task.cancelling() > 0


def _run(coroutine: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine in this thread.

    ``asyncio.run`` sets its counter of interrupts to zero after it has installed its handler for Ctrl-C. A Ctrl-C
    between the two cancels the task, and ``asyncio.run`` then raises CancelledError instead of KeyboardInterrupt. No
    other code can cancel the task, because only ``asyncio.run`` knows it.
    """
    strays: list[asyncio.CancelledError] = []

    async def run() -> Result:
        try:
            return await coroutine
        except asyncio.CancelledError as error:
            if not is_cancellation(error):
                strays.append(error)
            raise

    running = run()
    try:
        return asyncio.run(running)
    except asyncio.CancelledError:
        if strays:
            raise strays[0] from None
        raise KeyboardInterrupt from None
    finally:
        running.close()
        coroutine.close()  # without this, a Ctrl-C before the first step prints "was never awaited"


class _Background(Generic[Result]):
    """A coroutine in a thread of its own, with the context variables of the caller."""

    def __init__(self, coroutine: Coroutine[object, object, Result]) -> None:
        self._coroutine = coroutine
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] | None = None
        self._lock, self._is_cancelled = threading.Lock(), False
        self._ended = threading.Event()
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._work,), name="onelist", daemon=True)

    def result(self) -> Result:
        """Start the thread, wait for its end, and return the result or raise the error of the coroutine."""
        try:
            self._thread.start()
            self._ended.wait()  # not join(), after which an interrupted thread counts as dead (bpo-45274)
        except BaseException:  # Ctrl-C in the caller's thread
            self._stop()
            raise
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _work(self) -> None:
        try:
            self._results.append(_run(self._main()))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            self._error = error
        finally:
            self._coroutine.close()
            self._ended.set()

    async def _main(self) -> Result:
        task = asyncio.current_task()
        with self._lock:
            if task and self._is_cancelled:
                task.cancel()
            elif task:
                loop = asyncio.get_running_loop()
                self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        return await self._coroutine

    def _stop(self) -> None:
        """Cancel the coroutine, and wait until its cleanup is done."""
        with self._lock:
            self._is_cancelled = True
            if self._cancel:
                with suppress(RuntimeError):  # the loop is closed, so the coroutine has ended
                    self._cancel()
        self._ended.wait(None if self._thread.ident else _START)
