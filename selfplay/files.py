"""Files that are either wholly there or not there at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from games.errors import UserError


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the file `path` by `data`, so that a reader or a crash finds the old or the new.

    The data go to a file beside it, which is fsynced and renamed; then the folder is fsynced.
    Raises UserError if the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    beside = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise UserError(
            f"{path} cannot be written ({reason}); free space or choose another place"
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
