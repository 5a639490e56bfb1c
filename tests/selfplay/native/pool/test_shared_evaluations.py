"""Cached and merged evaluations change what is evaluated, and never which games are played."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import games
from games.examples.tic_tac_toe import TicTacToe
from selfplay import (
    Actors,
    Batch,
    Evaluator,
    GameRecord,
    Pool,
    PoolSettings,
    RolloutEvaluator,
    SearchSettings,
)

PLENTY = 50_000_000
MERGING_ONLY = 1  # byte


class Hash:
    """Answers that depend on the observation and the legal actions alone; `version` is a network.

    Keeps the keys that it was asked: a batch a list.
    """

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.asked: list[list[bytes]] = []

    def evaluate(self, batch: Batch) -> None:
        rows = np.flatnonzero(batch.counts)
        seen = [
            batch.planes[row].tobytes()
            + batch.scalars[row].tobytes()
            + batch.actions[row, : batch.counts[row]].tobytes()
            for row in rows
        ]
        self.asked.append(seen)
        batch.logits[:], batch.wdl[:] = math.nan, math.nan  # nobody may look at these
        for row, key in zip(rows, seen, strict=True):
            # Exact, and the same for all layouts of the numbers: a sum of bytes with weights.
            mixed = int(np.frombuffer(key, np.uint8) @ (np.arange(len(key)) * 2654435761 % 1000003))
            count = batch.counts[row]
            batch.logits[row, :count] = np.sin(
                (mixed % 10007 + self.version) * (1.0 + np.arange(count))
            )
            win = (mixed * self.version % 1009) / 1009
            batch.wdl[row] = (win, 0.0, 1.0 - win)


def make_settings(rule: str = "puct", **changes: object) -> PoolSettings:
    search = SearchSettings()
    search.rule, search.simulations = rule, 16
    settings = PoolSettings()
    settings.seed, settings.slots, settings.groups = 11, 70, 2
    for name, value in changes.items():
        setattr(search if hasattr(search, name) else settings, name, value)
    settings.search = search
    return settings


def play(
    game: games.Game,
    settings: PoolSettings,
    count: int = 80,
    evaluators: Sequence[Evaluator] | None = None,
) -> tuple[list[GameRecord], dict[str, int]]:
    pool = Pool(game, settings)
    pool.set_limit(count)
    Actors(pool, evaluators or [Hash()]).play()
    return pool.take_records(), pool.counters()


CAP: dict[str, object] = {"full_search_share": 0.4, "noise_fraction": 0.0}


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("puct", {}),
        ("puct", {"solver": True, **CAP}),
        ("gumbel", {}),
        ("gumbel", CAP),
        ("uct", {"solver": True, **CAP}),
    ],
)
@pytest.mark.parametrize("name", ["connect_four", "go?size=3&plies=14", "hex?size=4&swap=yes"])
def test_the_games_are_those_without_a_cache(
    name: str, rule: str, others: dict[str, object]
) -> None:
    game = games.make(name)

    def with_cache(**changes: object) -> tuple[list[GameRecord], dict[str, int]]:
        return play(game, make_settings(rule, **{"slots": 50, **others, **changes}), 51)

    expected, alone = with_cache()
    assert len(set(expected)) == 51
    assert alone["cache_hits"] == alone["merged"] == 0
    for changes in (
        {"cache_bytes": PLENTY},
        {"cache_bytes": PLENTY, "batch": 9},
        {"cache_bytes": 4000, "batch": 20},  # wraps all the time
        {"cache_bytes": MERGING_ONLY, "batch": 1, "groups": 5},
        {"batch": 7},
    ):
        found, counters = with_cache(**changes)
        assert found == expected, changes
        assert (counters["merged"] > 0) == ("cache_bytes" in changes)
        assert (counters["cache_hits"] > 0) == (changes.get("cache_bytes", 0) > MERGING_ONLY)
        if not others:  # every search begins with its root: no subtree is kept
            leaves = sum(counters[k] for k in ("evaluations", "merged", "cache_hits"))
            terminal = counters["terminal_leaves"]
            assert leaves + terminal == counters["simulations"] + counters["plies"]
        assert all(counters[k] == alone[k] for k in ("simulations", "plies", "games"))


# 6,000 bytes: one batch goes more than once around a group's memory.
@pytest.mark.parametrize("cache_bytes", [0, MERGING_ONLY, 6_000, 30_000, PLENTY])
@pytest.mark.parametrize("canonical", [False, True])
def test_the_rounds_are_the_same_for_any_number_of_threads(
    canonical: bool, cache_bytes: int
) -> None:
    """Not only the games: what is evaluated in which row of which round, and how far all get."""
    game, found = games.make("connect_four"), []
    for threads, workers in ((1, 1), (3, 2), (4, 3)):
        settings = make_settings(
            slots=330, groups=3, batch=60, threads=threads, cache_bytes=cache_bytes
        )
        settings.canonical = canonical
        pool = Pool(game, settings)
        asked: list[list[list[bytes]]] = [[] for _ in range(pool.groups)]
        evaluators = [ByGroup(pool, asked) for _ in range(workers)]
        Actors(pool, evaluators).play(rounds=60)
        found.append((asked, pool.counters(), pool.take_records(), pool.snapshot()))
    assert all(found[0] == other for other in found[1:])
    # At first all boards are alike.
    assert all(len(batch) == 60 for group in found[0][0] for batch in group[57:])


class ByGroup:
    """Keeps what each group asked, whichever actor played it."""

    def __init__(self, pool: Pool, asked: list[list[list[bytes]]]) -> None:
        self._batches = [pool.batch(group).counts.ctypes.data for group in range(pool.groups)]
        self._asked = asked

    def evaluate(self, batch: Batch) -> None:
        one = Hash()
        one.evaluate(batch)
        self._asked[self._batches.index(batch.counts.ctypes.data)] += one.asked


def test_nothing_is_evaluated_twice() -> None:
    """A plain model of the promise: the group asks nothing that it was ever answered."""
    evaluator = Hash()
    settings = make_settings(groups=1, slots=64, batch=24, cache_bytes=PLENTY)
    _, counters = play(games.make("connect_four"), settings, 100, [evaluator])
    asked = [key for batch in evaluator.asked for key in batch]
    assert len(asked) == counters["evaluations"] > 1000
    # A round must end, though the few games that are left meet nothing new for long: then one row.
    known, again = set[bytes](), []
    for batch in evaluator.asked:
        if known & set(batch):
            again.append(len(batch))
        known |= set(batch)
    assert len(known) == len(asked) - len(again) and set(again) <= {1} and len(again) < 50
    assert counters["merged"] > 30 and counters["cache_hits"] > counters["evaluations"] / 10
    full = [len(batch) == 24 for batch in evaluator.asked]
    assert all(full[20:250])  # all games begin alike, and at the end few are left


@pytest.mark.parametrize("solver", [False, True])
def test_a_round_ends_though_everything_is_known(solver: bool) -> None:
    pool = Pool(games.make("tic_tac_toe"), make_settings(cache_bytes=PLENTY, solver=solver))
    report = Actors(pool, [Hash()] * 2).play(rounds=500)
    assert report.hit_rate > 0.95 and report.games > 2000
    assert report.evaluations >= 2 * 499
    assert report.simulations <= 500 * 70 * 145  # a slot has a cap


def test_a_batch_holds_nothing_twice() -> None:
    evaluator = Hash()
    settings = make_settings(groups=1, batch=24, cache_bytes=MERGING_ONLY)
    _, counters = play(games.make("connect_four"), settings, 100, [evaluator])
    assert all(len(set(batch)) == len(batch) for batch in evaluator.asked)
    assert evaluator.asked[0] == evaluator.asked[0][:1]  # all games begin alike
    asked = [key for batch in evaluator.asked for key in batch]
    assert len(set(asked)) < len(asked) == counters["evaluations"]


@pytest.mark.parametrize("cache_bytes", [0, MERGING_ONLY])
def test_no_slot_waits_for_ever(cache_bytes: int) -> None:
    """With few rows the slots take turns: all games come as far as each other."""
    game = games.make("hex?size=11")  # no game ends before ply 21
    settings = make_settings("gumbel", groups=1, slots=12, simulations=4, batch=5)
    settings.cache_bytes = cache_bytes
    pool = Pool(game, settings)
    Actors(pool, [Hash()]).play(rounds=12 * 5 * 20 // 5)  # five evaluations a ply
    plies = [GameRecord.decode(game, blob).plies for blob in split(pool.snapshot())]
    assert min(plies) >= 19 and max(plies) - min(plies) <= (1 if cache_bytes == 0 else 3)


def split(snapshot: bytes) -> list[bytes]:
    """The records in a snapshot."""
    parts = []
    while snapshot:
        size = int.from_bytes(snapshot[:4], "little")
        parts.append(snapshot[4 : 4 + size])
        snapshot = snapshot[4 + size :]
    return parts


# ---------------------------------------------------------------------------------------- phases


@pytest.mark.parametrize("canonical", [False, True])
@pytest.mark.parametrize("cache_bytes", [20_000, PLENTY])
@pytest.mark.parametrize("end", ["end_phase", "restore", "configure"])
def test_a_phase_knows_nothing_of_the_one_before(
    end: str, cache_bytes: int, canonical: bool
) -> None:
    """What a cached pool does after a phase is what one without memory does from its snapshot."""
    game = games.make("connect_four")
    settings = make_settings(cache_bytes=cache_bytes, batch=20, canonical=canonical)
    cached, fresh = Pool(game, settings), Pool(game, make_settings(canonical=canonical))
    Actors(cached, [Hash(1)] * 2).play(rounds=61)  # its last answers are not yet taken
    snapshot = cached.snapshot()
    fresh.restore(snapshot)
    {
        "end_phase": cached.end_phase,
        "restore": lambda: cached.restore(snapshot),
        "configure": lambda: cached.configure(settings),
    }[end]()
    assert cached.snapshot() == snapshot
    cached.take_records()
    for pool in (cached, fresh):
        pool.set_limit(100)
        Actors(pool, [Hash(2)] * 2).play()
    played = cached.take_records()
    assert played == fresh.take_records() and len(played) >= 70


def test_a_snapshot_changes_nothing_with_a_cache() -> None:
    game = games.make("connect_four")
    settings = make_settings(cache_bytes=PLENTY, batch=30, full_search_share=0.5)
    straight, restored = Pool(game, settings), Pool(game, settings)
    Actors(straight, [Hash(), Hash()]).play(rounds=200)
    straight.end_phase()
    assert straight.take_records()
    restored.restore(straight.snapshot())
    before = straight.counters()
    for pool in (straight, restored):
        Actors(pool, [Hash(2), Hash(2)]).play(rounds=200)
        pool.end_phase()
    records = straight.take_records()
    assert records and records == restored.take_records()
    assert straight.snapshot() == restored.snapshot()
    assert restored.counters() == {k: n - before[k] for k, n in straight.counters().items()}


def test_a_cleared_cache_asks_again() -> None:
    """Also what the last batch was answered, which is not yet in the cache."""
    pool = Pool(games.make("tic_tac_toe"), make_settings(groups=1, cache_bytes=PLENTY, batch=16))
    first, kept, cleared = Hash(), Hash(), Hash()
    actors = Actors(pool, [first])
    actors.play(rounds=8)
    known = {key for batch in first.asked for key in batch}
    Actors(pool, [kept]).play(rounds=8)
    assert not known & {key for batch in kept.asked for key in batch}
    pool.clear_cache()
    Actors(pool, [cleared]).play(rounds=60)
    again = {key for batch in cleared.asked for key in batch}
    assert known & again and set(kept.asked[-1]) & again


@pytest.mark.parametrize(("part", "message"), [("logits", "numbers"), ("wdl", "probabilities")])
def test_nonsense_is_refused_and_not_remembered(part: str, message: str) -> None:
    class Broken(Hash):
        def evaluate(self, batch: Batch) -> None:
            super().evaluate(batch)
            if len(self.asked) == 30:
                getattr(batch, part)[3] = math.nan

    game = games.make("connect_four")
    settings = make_settings(groups=1, batch=30, cache_bytes=PLENTY)
    failed, good = Pool(game, settings), Pool(game, make_settings(groups=1))
    with pytest.raises(games.GameError, match=message):
        Actors(failed, [Broken()]).play()
    good.restore(failed.snapshot())
    failed.take_records()
    for pool in (failed, good):
        pool.set_limit(140)
        Actors(pool, [Hash()]).play()
    assert failed.take_records() == good.take_records() != []


def test_rollouts_use_no_cache() -> None:
    """Their answers are no function of the position."""
    game, found = games.make("connect_four"), []
    for changes in ({}, {"cache_bytes": PLENTY, "batch": 20, "canonical": True}):
        found.append(play(game, make_settings("uct", **changes), 90, [RolloutEvaluator(5)] * 2))
    assert found[0] == found[1]
    assert found[1][1]["cache_hits"] == found[1][1]["merged"] == 0


def test_rollouts_go_on_from_answers_that_were_not_yet_taken() -> None:
    game = games.make("connect_four")
    for changes in ({}, {"cache_bytes": PLENTY, "batch": 10}):
        pool = Pool(game, make_settings(groups=1, **changes))
        pool.set_limit(80)
        evaluators = (Hash(), RolloutEvaluator(5))
        for turn in range(20):
            Actors(pool, [evaluators[turn % 2]]).play(rounds=3)
        Actors(pool, [Hash()]).play()
        assert len(pool.take_records()) == 80


class Blind(TicTacToe):
    """Shows nothing: only the legal actions tell positions apart."""

    def observe(self, state: Any) -> Any:
        return (0,) * self.planes


@pytest.mark.parametrize("rules", [TicTacToe(), Blind()])
def test_games_in_python_are_the_same_with_a_cache(rules: TicTacToe) -> None:
    game = games.wrap(rules)
    expected, _ = play(game, make_settings(slots=16), 30)
    found, counters = play(game, make_settings(slots=16, cache_bytes=PLENTY, batch=4), 30)
    assert found == expected
    assert counters["cache_hits"] > counters["evaluations"]


# ----------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": -1}, "batch=-1: give 1 to 35 rows"),
        ({"batch": 36}, "batch=36: give 1 to 35 rows"),
        ({"cache_bytes": -1}, "cache_bytes=-1"),
        ({"cache_bytes": 2**41}, "cache_bytes=2199023255552"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(games.GameError, match=message):
        Pool(games.make("tic_tac_toe"), make_settings(**changes))


def test_the_cache_may_change_between_phases_and_the_batch_may_not() -> None:
    game = games.make("connect_four")
    pool = Pool(game, make_settings(batch=20))
    Actors(pool, [Hash()]).play(rounds=50)
    pool.configure(make_settings(batch=20, cache_bytes=PLENTY))
    Actors(pool, [Hash()]).play(rounds=50)
    assert pool.counters()["cache_hits"] > 0
    with pytest.raises(games.GameError, match="batch and seed of a pool cannot change"):
        pool.configure(make_settings(batch=21))


def test_memory_that_is_not_there_is_said_in_a_line() -> None:
    pool = Pool(games.make("tic_tac_toe"), make_settings(groups=1, cache_bytes=2**40))
    with pytest.raises(games.GameError, match="lower cache_bytes"):
        Actors(pool, [Hash()]).play()


def test_the_report_tells_the_hit_rate() -> None:
    pool = Pool(games.make("connect_four"), make_settings(cache_bytes=PLENTY))
    report = Actors(pool, [Hash(), Hash()]).play(rounds=100)
    spared = report.cache_hits + report.merged
    assert report.cache_hits > 0 and report.merged > 0
    assert report.hit_rate == spared / (spared + report.evaluations)
    assert 0.1 < report.hit_rate < 0.9
