"""Games of a store as a source: all of them once, a share of them as new in every phase."""

from __future__ import annotations

from pathlib import Path

import pytest

import games
from games.errors import UserError
from selfplay import Actors, Pool, PoolSettings, SearchSettings, UniformEvaluator
from selfplay.storage.games import GameStore
from zero.experience.stored import StoredGames

GAME = games.make("tic_tac_toe")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    size = PoolSettings(slots=8, groups=1)
    pool = Pool(GAME, SearchSettings(simulations=4), size, seed=0)
    pool.set_limit(30)
    Actors(pool, [UniformEvaluator()]).play()
    path = tmp_path / "games.sqlite3"
    with GameStore(path, GAME.name, writer=True) as writer:
        writer.append(pool.take_records(), 0)
    return path


def test_the_games_come_once_and_a_share_counts_as_new_in_each_phase(store: Path) -> None:
    with GameStore(store) as reader:
        records = list(reader.games(GAME))
    source = StoredGames(store, GAME, 10_000, phases=4)
    phases = [source.gather(phase, trained=phase > 1) for phase in (1, 2, 3, 4)]
    assert [len(list(e.records)) for e in phases] == [len(records), 0, 0, 0]
    assert [e.share for e in phases] == [0.25] * 4
    assert all(e.complete and e.games == 0 for e in phases)
    assert list(source.past(0, 5).records) == []
    assert list(source.past(3, 5).records) == records
    assert source.snapshot() == {}


def test_no_more_than_the_window_holds_is_read(store: Path) -> None:
    source = StoredGames(store, GAME, 40, phases=2)
    newest = source.gather(1, trained=False)
    assert 0 < len(list(newest.records)) < 30


def test_a_store_without_positions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite3"
    GameStore(path, GAME.name, writer=True).close()
    with pytest.raises(UserError, match="holds no positions to learn from"):
        StoredGames(path, GAME, 100, phases=2)
    with pytest.raises(UserError, match=r"missing|makes it"):
        StoredGames(tmp_path / "none.sqlite3", GAME, 100, phases=2)
