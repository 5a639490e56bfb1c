"""The files of the repository, for the tests of its own rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("games", "selfplay", "arena", "zero")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sources() -> Callable[..., list[Path]]:
    """Files below the given folders (the four packages unless told) with one of the endings."""

    def find(*endings: str, folders: tuple[str, ...] = PACKAGES) -> list[Path]:
        files = [f for folder in folders for e in endings for f in (ROOT / folder).rglob(f"*{e}")]
        assert files, f"no {endings} below {folders}"
        return sorted(files)

    return find
