"""Files that are whole or not there: written beside their name, made durable, then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from games.errors import UserError


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees all of it or the one before.

    Raises UserError if it cannot be written; the file before then stays as it was.
    """
    beside = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        hint = "free some space" if error.errno == errno.ENOSPC else "check its folder"
        raise UserError(f"{path} cannot be written: {error.strerror}; {hint}") from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal. Raises UserError if unreadable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
