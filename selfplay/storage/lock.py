"""The right to be the only writer of a file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from pathlib import Path
from types import TracebackType

from games.errors import UserError


class WriterLock:
    """The right to write `path`, held until `release` or until the process dies in any way.

    It is an flock on `path`.lock. That file stays behind, because if it were deleted, two holders
    could lock two files of that name. If there is a holder, raises a UserError that names it;
    `what` is how the message calls the thing, by default its path.
    """

    def __init__(self, path: Path, what: str | None = None) -> None:
        self._file = Path(f"{path.resolve()}.lock")
        self._descriptor: int | None = None
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UserError(
                f"{path} cannot be written: its lock {self._file} cannot be opened "
                f"({error.strerror})"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise UserError(
                    f"{what or path} is being written by another process{holder}; "
                    "wait for it or stop it "
                    "(reading is possible meanwhile)"
                ) from None
            raise UserError(
                f"{path} cannot be locked for writing ({error.strerror}); use a local disk"
            ) from error
        self._descriptor = descriptor
        _held.add(self)
        with contextlib.suppress(OSError):  # on a full disk the lock holds without its note
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the right back. Calling it again does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        _held.discard(self)

    def __enter__(self) -> WriterLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _holder(descriptor: int) -> str:
    with contextlib.suppress(OSError, ValueError):
        return f" (process {int(os.pread(descriptor, 32, 0))})"
    return ""


# An flock lives as long as any copy of its descriptor. A forked child has one, and would keep the
# lock after the death of its parent.
_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


def _drop_copies() -> None:
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_drop_copies)
