"""What holds for every test."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import settings

# No example has a time limit, since cores may be busy; a run in CI always draws the same examples.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


# What is remembered of this machine, such as its fastest backend, is not the tests' to change; each
# process of them has a memory of its own.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="zero-tests-")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test finds the runs/ of a person's checkout, or leaves its own there."""
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
