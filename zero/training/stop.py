"""Ctrl-C: the first finishes the phase and commits, the second stops at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130


class Stop:
    """Whether someone has asked the run to stop after the current phase."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def listening(self, first: Callable[[], None]) -> Iterator[Stop]:
        """Catch SIGINT and SIGTERM while the body runs; `first` tells the person what happens.

        The second signal ends the process on the spot, as a kill would: what is committed is safe,
        and no thread is waited for.
        """

        def handle(_signal: int, _frame: FrameType | None) -> None:
            if self.asked:
                cursor = b"\x1b[?25h\n" if os.isatty(2) else b""  # the panel hides the cursor
                os.write(2, cursor + b"zero: stopped at once; what was committed is kept\n")
                os._exit(INTERRUPTED)
            self.asked = True
            first()

        before = {number: signal.signal(number, handle) for number in self._signals()}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @staticmethod
    def _signals() -> tuple[signal.Signals, ...]:
        return (signal.SIGINT, signal.SIGTERM)
