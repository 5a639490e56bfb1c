"""A learner that diverges goes back to the last checkpoint; a run that always does gives up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from games.errors import UserError
from zero.learners.alphazero import AlphaZero, StepStats
from zero.learners.learner import Diverged
from zero.run.directory import RunDirectory


def _diverge(monkeypatch: pytest.MonkeyPatch, when: Callable[[int], bool]) -> list[int]:
    """Let the steps whose count `when` accepts diverge; return the list of step numbers made."""
    made: list[int] = []
    original = AlphaZero.step

    def step(self: AlphaZero, *args: Any, **kwargs: Any) -> StepStats:
        made.append(self.steps)
        if when(len(made)):
            raise Diverged("came apart")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(AlphaZero, "step", step)
    return made


def test_one_divergence_is_logged_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: Callable[..., None]
) -> None:
    made = _diverge(monkeypatch, lambda count: count == 30)
    train(tmp_path / "run", phases=4)
    database = RunDirectory(tmp_path / "run").database()
    (event,), last = database.events(), database.checkpoints()[-1]
    database.close()
    assert event[1] == "rollback"
    assert made[30] <= made[29]  # the learner stood at an older step again
    assert last.counters["rollbacks"] == 1
    assert last.phase == 4


def test_a_run_that_always_diverges_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: Callable[..., None]
) -> None:
    _diverge(monkeypatch, lambda count: count > 20)
    with pytest.raises(UserError, match=r"lower training\.learning_rate"):
        train(tmp_path / "run", phases=4)
    database = RunDirectory(tmp_path / "run").database()
    assert [kind for _, kind, _ in database.events()] == ["rollback"] * 3 + ["diverged"]
    database.close()
