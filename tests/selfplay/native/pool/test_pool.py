"""The self-play pool: what a game is must never depend on threads, groups or timing."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

import games
from selfplay import (
    Actors,
    Batch,
    GameRecord,
    Pool,
    PoolSettings,
    RolloutEvaluator,
    SearchSettings,
    UniformEvaluator,
)


class HashEvaluator:
    """Deterministic answers that depend on the position alone, all over the value range."""

    def evaluate(self, batch: Batch) -> None:
        key = batch.planes.reshape(batch.rows, -1).astype(np.float64) % 1000003
        mixed = np.sin(key @ np.arange(1.0, key.shape[1] + 1.0))
        columns = np.arange(batch.logits.shape[1])
        batch.logits[:] = np.sin(mixed[:, None] * 91.7 + columns) * 2.0
        win = (np.sin(mixed * 57.3) + 1.0) / 2.0
        batch.wdl[:, 0] = win
        batch.wdl[:, 1] = 0.0
        batch.wdl[:, 2] = 1.0 - win


def make_settings(rule: str = "puct", **changes: object) -> PoolSettings:
    search = SearchSettings()
    search.rule = rule
    search.simulations = 24
    settings = PoolSettings()
    settings.seed = 11
    settings.slots = 70
    for name, value in changes.items():
        setattr(search if hasattr(search, name) else settings, name, value)
    settings.search = search
    return settings


def play(game: games.Game, settings: PoolSettings, count: int, workers: int) -> list[GameRecord]:
    pool = Pool(game, settings)
    pool.set_limit(count)
    Actors(pool, [HashEvaluator() for _ in range(workers)]).play()
    return pool.take_records()


@pytest.mark.parametrize("rule", ["puct", "gumbel", "uct"])
@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello?size=6"])
def test_same_games_for_any_number_of_threads(name: str, rule: str) -> None:
    game = games.make(name)
    cap = {"full_search_share": 0.4, "cheap_simulations": 7}
    one = play(game, make_settings(rule, groups=1, **cap), 100, 1)
    two = play(game, make_settings(rule, groups=2, **cap), 100, 2)
    eight = play(game, make_settings(rule, groups=8, threads=3, **cap), 100, 8)
    assert [record.id for record in one] == list(range(100))
    assert len(set(one)) == 100
    assert one == two == eight


@pytest.mark.parametrize("solver", [False, True])
def test_rollout_games_are_the_same_for_any_number_of_threads(solver: bool) -> None:
    game = games.make("connect_four")
    found = []
    for groups, threads, workers in [(1, 1, 1), (2, 1, 2), (7, 3, 3)]:
        pool = Pool(game, make_settings("uct", groups=groups, threads=threads, solver=solver))
        pool.set_limit(90)
        Actors(pool, [RolloutEvaluator(5)] * workers).play()
        found.append(pool.take_records())
    assert len(set(found[0])) == 90
    assert found[0] == found[1] == found[2]
    other = Pool(game, make_settings("uct", groups=1, solver=solver))
    other.set_limit(90)
    Actors(other, [RolloutEvaluator(6)]).play()
    assert other.take_records() != found[0]


def test_rollouts_stop_after_their_rounds_and_go_on_as_if_they_had_not() -> None:
    game = games.make("connect_four")
    whole, parts = (Pool(game, make_settings("uct", groups=2)) for _ in range(2))
    Actors(whole, [RolloutEvaluator(5)] * 2).play(rounds=500)
    for rounds in (1, 99, 400):
        Actors(parts, [RolloutEvaluator(5)]).play(rounds=rounds)
    assert whole.counters() == parts.counters()
    assert whole.counters()["evaluations"] == pytest.approx(70 * 500, rel=0.01)
    assert whole.take_records() == parts.take_records()


def test_another_seed_gives_other_games() -> None:
    game = games.make("connect_four")
    assert play(game, make_settings(groups=1), 20, 1) != play(
        game, make_settings(groups=1, seed=12), 20, 1
    )


def test_a_snapshot_changes_nothing() -> None:
    """A pool restored from a snapshot goes on exactly as the one that was never stopped."""
    game = games.make("connect_four")
    settings = make_settings(groups=2, full_search_share=0.5)
    straight, restored = Pool(game, settings), Pool(game, settings)
    evaluators = [HashEvaluator(), HashEvaluator()]
    Actors(straight, evaluators).play(rounds=300)
    straight.end_phase()
    first = straight.take_records()
    assert first
    restored.restore(straight.snapshot())
    assert restored.snapshot() == straight.snapshot()
    for pool in (straight, restored):
        Actors(pool, evaluators).play(rounds=300)
        pool.end_phase()
    second = straight.take_records()
    assert second and second == restored.take_records()
    assert straight.snapshot() == restored.snapshot()


def test_configure_changes_the_search_between_phases() -> None:
    """Rollouts first, then an evaluator: the games in flight go on under the new settings."""
    game = games.make("connect_four")
    first, second = make_settings("uct", groups=2), make_settings("puct", groups=2)
    pool, late = Pool(game, first), Pool(game, second)
    Actors(pool, [HashEvaluator(), HashEvaluator()]).play(rounds=100)
    pool.configure(second)
    late.restore(pool.snapshot())
    pool.take_records()
    for each in (pool, late):
        Actors(each, [HashEvaluator(), HashEvaluator()]).play(rounds=400)
    assert pool.take_records() == late.take_records()
    with pytest.raises(games.GameError, match="cannot change"):
        pool.configure(make_settings("puct", groups=1))


def test_snapshot_of_another_pool_is_refused() -> None:
    game = games.make("connect_four")
    snapshot = Pool(game, make_settings(groups=1)).snapshot()
    pool = Pool(game, make_settings(groups=1, slots=69))
    with pytest.raises(games.GameError, match=r"70 games in flight.*69 slots"):
        pool.restore(snapshot)
    with pytest.raises(games.GameError, match="cut short"):
        pool.restore(snapshot[:-1])


def test_playout_cap_records_the_full_searches_only() -> None:
    game = games.make("connect_four")
    settings = make_settings(groups=1, full_search_share=0.25, cheap_simulations=5)
    records = play(game, settings, 200, 1)
    full = [flag for record in records for flag in record.full]
    share = sum(full) / len(full)
    assert abs(share - 0.25) < 4 * math.sqrt(0.25 * 0.75 / len(full))
    for record in records:
        for flag, policy in zip(record.full, record.policies, strict=True):
            assert (policy is not None and len(policy) > 0) == flag


def test_cap_and_counters_agree_with_the_budget() -> None:
    game = games.make("connect_four")
    pool = Pool(game, make_settings(groups=1, simulations=30))
    pool.set_limit(50)
    Actors(pool, [UniformEvaluator()]).play()
    counters = pool.counters()
    assert counters["games"] == 50
    assert counters["simulations"] == 30 * counters["plies"]
    # Every simulation meets a terminal leaf or is evaluated; every search evaluates its root.
    assert (
        counters["evaluations"]
        == counters["simulations"] - counters["terminal_leaves"] + counters["plies"]
    )


def test_resignation_is_measured() -> None:
    """Some games never resign, so that wrong resignations are seen; the others stop at once."""
    game = games.make("connect_four")
    settings = make_settings(groups=1, resign_threshold=0.3, resign_plies=2, resign_off_share=0.3)
    records = play(game, settings, 300, 1)
    off = [record for record in records if record.resign_off]
    assert 0.2 < len(off) / len(records) < 0.4
    assert not any(record.resigned for record in off)
    met = [record for record in off if record.would_resign >= 0]
    assert met
    wrong = [
        record for record in met if record.returns * (1 if record.would_resign == 0 else -1) >= 0
    ]
    assert wrong, "with hash values some resignations must be wrong"
    assert any(record.resigned for record in records)
    for record in records:
        # The move of the player who resigns is not made, so its value is not in the record.
        first = first_to_meet_the_rule(record.values, threshold=0.3, plies=2)
        if record.resigned:
            assert record.returns == (-1 if record.would_resign == 0 else 1)
            assert first is None
            own = record.values[record.would_resign :: 2]
            assert own[-1] < -0.3
            assert len(record.values) % 2 == record.would_resign
        else:
            assert record.would_resign == (-1 if first is None else first)


def first_to_meet_the_rule(values: Sequence[float], threshold: float, plies: int) -> int | None:
    """The player whose last `plies` own values were the first to be all below -threshold."""
    for ply in range(len(values)):
        own = values[ply % 2 : ply + 1 : 2][-plies:]
        if len(own) == plies and all(value < -threshold for value in own):
            return ply % 2
    return None


def test_settings_out_of_range_are_refused() -> None:
    game = games.make("tic_tac_toe")
    for changes, message in [
        ({"slots": 0}, "slots=0"),
        ({"groups": 71}, "groups=71"),
        ({"threads": 0}, "threads=0"),
        ({"simulations": 0}, "simulations"),
        ({"temperature_half_life": 0.0}, "half_life"),
        ({"temperature": -1.0}, "temperature"),
        ({"full_search_share": 1.5}, "full_search_share"),
        ({"resign_threshold": math.nan}, "resign_threshold"),
        ({"noise_alpha": -1e8}, "noise_alpha"),
        ({"noise_alpha": math.nan}, "noise_alpha"),
        ({"noise_fraction": 2.0}, "noise_fraction"),
        ({"c_base": 0.0}, "c_base"),
        ({"uct_c": math.inf}, "uct_c"),
        ({"threads": 100_000}, "threads"),
    ]:
        with pytest.raises(games.GameError, match=message):
            Pool(game, make_settings(**changes))


def test_an_evaluator_that_fails_stops_all_workers() -> None:
    class Failing:
        def evaluate(self, batch: Batch) -> None:
            raise RuntimeError("broken evaluator")

    pool = Pool(games.make("tic_tac_toe"), make_settings(groups=2))
    with pytest.raises(RuntimeError, match="broken evaluator"):
        Actors(pool, [UniformEvaluator(), Failing()]).play()


@pytest.mark.parametrize(
    ("logit", "wdl", "message"),
    [
        (math.nan, (0.0, 1.0, 0.0), "no finite numbers"),
        (math.inf, (0.0, 1.0, 0.0), "no finite numbers"),
        (-math.inf, (0.0, 1.0, 0.0), "no finite numbers"),
        (0.0, (math.nan, 0.5, 0.5), "no probabilities"),
        (0.0, (7.0, 0.0, 0.0), "no probabilities"),
        (0.0, (1.5, 0.0, -0.5), "no probabilities"),
    ],
)
def test_an_evaluator_that_answers_nonsense_is_refused(
    logit: float, wdl: tuple[float, ...], message: str
) -> None:
    class Nonsense:
        def evaluate(self, batch: Batch) -> None:
            batch.logits[:] = logit
            batch.wdl[:] = wdl

    pool = Pool(games.make("connect_four"), make_settings(groups=1))
    with pytest.raises(games.GameError, match=message):
        Actors(pool, [Nonsense()]).play()


def test_play_goes_on_soundly_after_an_evaluator_failed() -> None:
    class FailsOnce(HashEvaluator):
        calls = 0

        def evaluate(self, batch: Batch) -> None:
            self.calls += 1
            if self.calls == 40:
                raise RuntimeError("once")
            super().evaluate(batch)

    game = games.make("connect_four")
    failed, good = Pool(game, make_settings(groups=1)), Pool(game, make_settings(groups=1))
    evaluator = FailsOnce()
    with pytest.raises(RuntimeError, match="once"):
        Actors(failed, [evaluator]).play()
    Actors(good, [HashEvaluator()]).play(rounds=39)
    good.end_phase()
    for pool in (failed, good):
        Actors(pool, [HashEvaluator()]).play(rounds=500)
    assert failed.take_records() == good.take_records() != []


def test_what_python_writes_into_a_batch_cannot_reach_past_the_tree() -> None:
    class Vandal(HashEvaluator):
        def evaluate(self, batch: Batch) -> None:
            super().evaluate(batch)
            batch.counts[:] = 60000
            batch.actions[:] = 65535

    game = games.make("connect_four")
    pools = [Pool(game, make_settings(groups=1)) for _ in range(2)]
    Actors(pools[0], [Vandal()]).play(rounds=300)
    Actors(pools[1], [HashEvaluator()]).play(rounds=300)
    assert pools[0].take_records() == pools[1].take_records() != []


def test_a_raised_limit_wakes_the_slots_that_had_finished() -> None:
    game = games.make("tic_tac_toe")
    pool = Pool(game, make_settings(groups=2, slots=4))
    actors = Actors(pool, [UniformEvaluator()] * 2)
    found = []
    for limit in (2, 10):
        pool.set_limit(limit)
        actors.play()
        found += [record.id for record in pool.take_records()]
    assert sorted(found) == list(range(10))


def test_a_snapshot_of_games_that_cannot_be_in_flight_is_refused() -> None:
    game = games.make("tic_tac_toe")
    settings = make_settings(groups=1, slots=2)
    pool = Pool(game, settings)
    one, two = _split(pool.snapshot())
    with pytest.raises(games.GameError, match="cannot be in flight in slot 0"):
        pool.restore(two + one)
    pool.set_limit(1)
    Actors(pool, [UniformEvaluator()]).play()
    (record,) = pool.take_records()
    finished = record.encode()
    with pytest.raises(games.GameError, match="cannot be in flight in slot 0"):
        pool.restore(len(finished).to_bytes(4, "little") + finished + two)


def _split(snapshot: bytes) -> list[bytes]:
    parts = []
    while snapshot:
        size = 4 + int.from_bytes(snapshot[:4], "little")
        parts.append(snapshot[:size])
        snapshot = snapshot[size:]
    return parts
