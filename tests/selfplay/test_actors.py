"""One worker keeps many batches under way, and the games are those of a worker that waits."""

from __future__ import annotations

import random
import threading
import time

import pytest

import games
from selfplay import Actors, Answers, Batch, Pool, PoolSettings, SearchSettings, UniformEvaluator


class Later:
    """Answers to a batch that come from another thread, after a while."""

    def __init__(self, owner: Remote, batch: Batch) -> None:
        self._owner = owner
        self._batch = batch
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        time.sleep(self._owner.delays.uniform(0.0, 0.002))
        UniformEvaluator().evaluate(self._batch)

    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join()
        self._owner.under_way -= 1
        if self._owner.calls == self._owner.fails_at:
            raise RuntimeError("the GPU fell out")


class Remote:
    """Works elsewhere; remembers how many batches it had at most."""

    def __init__(self, fails_at: int = 0) -> None:
        self.delays = random.Random(1)
        self.calls = self.under_way = self.most = 0
        self.fails_at = fails_at

    def evaluate(self, batch: Batch) -> None:
        raise AssertionError("nobody is to wait for this one")

    def submit(self, batch: Batch) -> Answers:
        self.calls += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        return Later(self, batch)


def make_pool(groups: int, limit: int | None) -> Pool:
    size = PoolSettings(slots=24, groups=groups)
    pool = Pool(games.make("tic_tac_toe"), SearchSettings(simulations=12), size, seed=3)
    if limit is not None:
        pool.set_limit(limit)
    return pool


@pytest.mark.parametrize(("groups", "workers"), [(1, 1), (3, 1), (4, 2)])
@pytest.mark.parametrize("batches", [None, 150])
def test_the_games_are_the_same(groups: int, workers: int, batches: int | None) -> None:
    limit = 40 if batches is None else None
    expected, pool = make_pool(groups, limit), make_pool(groups, limit)
    waiting = Actors(expected, [UniformEvaluator()] * groups).play(batches)
    remotes = [Remote() for _ in range(workers)]
    report = Actors(pool, remotes).play(batches)
    records = expected.take_records()
    assert len(records) == 40 if batches is None else len(records) > 20
    assert pool.take_records() == records
    assert pool.snapshot() == expected.snapshot()
    assert report.evaluations == waiting.evaluations
    assert [remote.most for remote in remotes] == [groups // workers] * workers
    assert [remote.under_way for remote in remotes] == [0] * workers
    if batches is not None:
        assert sum(remote.calls for remote in remotes) == batches * groups


def test_a_failure_is_told_and_leaves_nothing_under_way() -> None:
    remote = Remote(fails_at=20)
    with pytest.raises(RuntimeError, match="the GPU fell out"):
        Actors(make_pool(3, None), [remote]).play()
    assert remote.under_way == 0


def test_a_stop_leaves_nothing_under_way() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    remote = Remote()
    with pytest.raises(KeyboardInterrupt):
        Actors(make_pool(3, None), [remote]).play(tick=stop)
    assert remote.calls > 3
    assert remote.under_way == 0
