"""What ends the program early: Ctrl-C, and the signals by which a system ends programs. All of them end it alike."""

from __future__ import annotations

import _thread
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types

_ENDING = ("SIGTERM", "SIGHUP")
"""The signals besides Ctrl-C: that of ``kill``, of a runner and of a scheduler, and that of a terminal that closes."""


class Interruptions:
    """The interruptions of one run of the program.

    Attributes:
        signal: The number of the signal that ended the program; None for Ctrl-C, or if there was none.
    """

    def __init__(self) -> None:
        """Know of none."""
        self.signal: int | None = None
        self._late: list[_thread.LockType] = []

    def watch(self) -> None:
        """Have each signal end the program as Ctrl-C does; a signal that the caller ignores (nohup) stays ignored."""
        sys.unraisablehook = self._interrupt_later
        for name in _ENDING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)

    def wait_for_late(self) -> None:
        """Wait for an interruption that is under way.

        Raises:
            KeyboardInterrupt: There was one.
        """
        for sent in self._late:
            sent.acquire()

    def _end(self, number: int, frame: types.FrameType | None) -> None:
        """Do what Ctrl-C does now: raise KeyboardInterrupt, or cancel what the event loop runs.

        A second signal changes nothing, so that it does not stop the cleanup.
        """
        if self.signal is not None:
            return
        self.signal = number
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler):
            handler(signal.SIGINT, frame)
        else:  # a job in the background ignores Ctrl-C
            raise KeyboardInterrupt

    def _interrupt_later(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Interrupt the program once more if it was interrupted in a finaliser, where Python prints it and goes on.

        Args:
            unraisable: What was raised.
        """
        if unraisable.exc_type is not KeyboardInterrupt:
            if getattr(unraisable.object, "__qualname__", "") != "BaseEventLoop.__del__":
                sys.__unraisablehook__(unraisable)
            return  # a loop that was interrupted while it was made cannot close itself
        sent = _thread.allocate_lock()
        sent.acquire()
        self._late.append(sent)
        _thread.start_new_thread(self._send, (sent,))

    def _send(self, sent: _thread.LockType) -> None:
        """Interrupt the program a moment later: at once, it would be ignored again."""
        number, self.signal = self.signal, None
        _thread.interrupt_main(signal.Signals(number or signal.SIGINT))
        sent.release()
