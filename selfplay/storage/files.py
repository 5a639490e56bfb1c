"""Files that are whole or absent: written under a temporary name, made durable, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from games.errors import UserError


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file; a reader, or a crash, sees either all of the new file or the old one.

    Raises UserError if it cannot be written; the old file then stays as it was.
    """
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing in the body; it replaces `path` if the body succeeds.

    Raises UserError if it cannot be written; the old file then stays as it was.
    """
    beside = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        try:
            with beside.open("wb") as file:
                yield file
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
    """Return the SHA-256 of a file's content in hexadecimal. Raises OSError if unreadable."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Raise UserError if the file is missing or is not the one with that SHA-256.

    Any other OSError goes on to the caller: a file that cannot be read now may well be sound.
    """
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    if found != expected:
        raise UserError(f"{path} is damaged: its SHA-256 is not the one in run.sqlite3")
