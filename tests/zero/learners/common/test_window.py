"""The window of a learner: as large as the law says, and read back as it was."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

import games
from selfplay import Actors, GameRecord, Pool, PoolSettings, UniformEvaluator
from selfplay.storage.games import GameStore
from zero.learners.common.window import TrainingWindow, drawn_ahead
from zero.settings.resolve import resolve


def _records(count: int) -> list[GameRecord]:
    settings = PoolSettings()
    settings.slots, settings.groups, settings.seed = 8, 1, 3
    settings.search.simulations = 4
    pool = Pool(games.make("tic_tac_toe"), settings)
    pool.set_limit(count)
    Actors(pool, [UniformEvaluator()]).play()
    return pool.take_records()


def test_a_window_read_back_from_the_store_is_the_window_that_was(tmp_path: Path) -> None:
    settings = resolve(
        "tic_tac_toe",
        "quick",
        ["training.window_min=10", "training.window_start=60", "training.window_max=150"],
    ).training
    game, records = games.make("tic_tac_toe"), _records(60)
    live = TrainingWindow(game, settings)
    with GameStore(tmp_path / "games.sqlite3", "tic_tac_toe", writer=True) as store:
        for phase in range(1, 11):
            played = records[(phase - 1) * 6 : phase * 6]
            store.append(played, phase)
            live.add(played, phase)
            again = TrainingWindow(game, settings)
            newest = lambda n, p=phase: store.newest(game, n, last_phase=p)  # noqa: E731
            again.reload(newest, live.total, live.ages)
            assert again.games.statistics() == live.games.statistics()
            assert again.mean_age(phase) == live.mean_age(phase)
            one, two = (e.games.sample(16, seed=1, step=phase) for e in (live, again))
            assert all((one[key] == two[key]).all() for key in one)
    assert live.positions <= 150 < live.total


def test_the_mean_age_is_that_of_the_positions_held() -> None:
    settings = resolve(
        "tic_tac_toe", "quick", ["training.window_min=1", "training.window_start=1000"]
    ).training
    window = TrainingWindow(games.make("tic_tac_toe"), settings)
    assert math.isnan(window.mean_age(1))
    records = _records(20)
    first = window.add(records[:10], 1)
    second = window.add(records[10:], 4)
    assert window.mean_age(4) == pytest.approx(3 * first / (first + second))


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_batches_drawn_ahead_are_the_batches_in_their_order(ahead: bool, steps: int) -> None:
    threads = []

    def draw(step: int) -> int:
        threads.append(threading.current_thread())
        return 10 * step

    numbers = range(5, 5 + steps)
    assert list(drawn_ahead(draw, numbers, ahead)) == [10 * n for n in numbers]
    assert all((thread is threading.main_thread()) != ahead for thread in threads)


def test_what_goes_wrong_while_drawing_ahead_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(drawn_ahead(lambda step: 1 // step, range(3), ahead=True))
