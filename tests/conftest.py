"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# No example has a time limit, since cores may be busy; a run in CI always draws the same examples.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test finds the runs/ of a person's checkout, or leaves its own there."""
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
