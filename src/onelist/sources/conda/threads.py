"""Let rattler's threads leave the Python interpreter before it ends.

A thread of rattler's runtime (tokio) hands each result to the event loop, and lets go of the interpreter lock in
between. The program can then end while the thread still is inside the interpreter. Python stops such a thread with the
first lock that it takes, and that ends the process with a segmentation fault or with "PyGILState_Release: thread state
must be current when releasing" (https://docs.python.org/3/c-api/init.html, "Non-Python created threads").
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from functools import cache

_LIMIT = 5.0
"""Seconds to wait at most: threads that another library keeps inside the interpreter must not stop the end."""
_STEP = 0.001
_STEPS = 20
"""How many checks in a row must find no thread. A cancelled call comes back into the interpreter once more."""


@cache
def wait_at_exit() -> None:
    """Wait for rattler's threads when the interpreter ends; called before the first call of rattler.

    The command line does not wait, because it leaves the process without ending the interpreter.
    """
    atexit.register(_wait, _running() - _of_python())


def _wait(known: frozenset[int]) -> None:
    """Wait until no thread is inside the interpreter that Python did not start.

    Args:
        known: Foreign threads that ran Python code before the first call of rattler.
    """
    end = time.monotonic() + _LIMIT
    quiet = 0
    while quiet < _STEPS and time.monotonic() < end:
        time.sleep(_STEP)  # also gives the lock away
        quiet = 0 if foreign_threads(known) else quiet + 1


def foreign_threads(known: frozenset[int] = frozenset()) -> int:
    """Return how many threads are inside the interpreter that neither Python started nor the caller knows.

    Each such thread has a thread state from ``PyGILState_Ensure`` to ``PyGILState_Release``. Only the C interface shows
    all of them; ``sys._current_frames`` lacks those that run no Python code at the moment.
    """
    import ctypes

    interpreter = ctypes.pythonapi.PyInterpreterState_Get
    first, following = ctypes.pythonapi.PyInterpreterState_ThreadHead, ctypes.pythonapi.PyThreadState_Next
    for function in (interpreter, first, following):
        function.restype = ctypes.c_void_p
    states, state = 0, first(ctypes.c_void_p(interpreter()))
    while state:
        states += 1
        state = following(ctypes.c_void_p(state))
    return states - len(_running() & (_of_python() | known))


def _running() -> frozenset[int]:
    """Return the threads that run Python code."""
    return frozenset(sys._current_frames())  # noqa: SLF001 - a documented function


def _of_python() -> frozenset[int]:
    """Return the threads that Python started, without the foreign ones that it has seen."""
    dummy = threading._DummyThread  # noqa: SLF001 - what documents call a dummy thread object
    return frozenset(thread.ident for thread in threading.enumerate() if thread.ident and not isinstance(thread, dummy))
