"""A training run that takes a second or two, and what must be equal when two runs are equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import games
from selfplay.storage.games import GameStore
from zero.display.panel import Display, Progress
from zero.run.checkpoint import load_checkpoint
from zero.run.directory import RunDirectory
from zero.settings.resolve import resolve
from zero.settings.schema import Settings
from zero.training.loop import Training
from zero.training.stop import Stop

TINY = (
    "network.blocks=1",
    "network.channels=8",
    "network.policy_channels=4",
    "network.value_channels=4",
    "network.value_hidden=8",
    "inference.backend=torch",
    "search.simulations=8",
    "selfplay.slots=16",
    "selfplay.groups=2",
    "selfplay.batches_per_phase=60",
    "selfplay.rollout_simulations=16",
    "training.batch=16",
    "training.reuse=2.0",
    "training.window_min=40",
    "training.window_start=100",
    "training.window_max=400",
    "rating.every=2",
    "rating.games=2",
    "rating.simulations=2",
    "rating.share=1.0",
    'rating.opponents=["random"]',
    "run.tensorboard=false",
    "run.threads=2",
)


@pytest.fixture
def tiny() -> tuple[str, ...]:
    """The overrides that make a run tiny."""
    return TINY


@pytest.fixture(autouse=True)
def _quick_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not measure the network's speed for long."""
    monkeypatch.setattr("zero.inference.in_play._LIMIT_SECONDS", 0.02)


@pytest.fixture
def train() -> Callable[..., None]:
    """Train in this process: train(path, resume=False, more=overrides, **limits)."""

    def run(
        path: Path,
        resume: bool = False,
        phases: int = 5,
        more: Sequence[str] = (),
        **extra: object,
    ) -> None:
        overrides = (*TINY, *more)
        settings: Settings = resolve("tic_tac_toe", "quick", overrides, phases=phases, **extra)
        with (path.parent / "log").open("a") as log:
            display = Display(Progress(), log)
            training = Training(RunDirectory(path), settings, display, Stop(), resume)
            with closing(training):
                training.go()

    return run


@pytest.fixture
def fingerprint() -> Callable[[Path], dict[str, object]]:
    """All of a run that must not depend on interruptions."""

    def of(path: Path) -> dict[str, object]:
        run = RunDirectory(path)
        database = run.database()
        rows = database.checkpoints()
        database.close()
        with GameStore(run.games_file, "tic_tac_toe") as store:
            found = list(store.games(games.make("tic_tac_toe")))
        return {
            "checkpoints": [(row.phase, row.steps, row.games, row.sha256) for row in rows],
            "games": found,
            "counters": load_checkpoint(run.checkpoints / rows[-1].file).info.counters,
        }

    return of
