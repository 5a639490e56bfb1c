"""The window: what is drawn is what was played, whatever the number of threads."""

import math
import threading
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import games
from games.errors import GameError, UserError
from selfplay import GameRecord
from selfplay.window import Window, window_size

MakeRecord = Callable[..., GameRecord]
NAMES = ["tic_tac_toe", "connect_four", "othello?size=6"]


def filled(game: games.Game, records: list[GameRecord]) -> Window:
    window = Window(game)
    for record in records:
        window.add(record)
    return window


def observation(game: games.Game, rows: dict[str, NDArray[np.generic]], row: int) -> bytes:
    """The row's planes and scalars as State.observation gives them."""
    shape = game.observation
    words = rows["planes"][row].astype("<u8").view(np.uint8)
    bits = np.unpackbits(words, axis=-1, bitorder="little")[:, : shape.height * shape.width]
    planes = bits.reshape(shape.planes, shape.height, shape.width).astype(np.float32)
    scalars = np.broadcast_to(
        rows["scalars"][row][:, None, None], (shape.scalars, shape.height, shape.width)
    )
    return np.concatenate([planes, scalars]).astype(np.float32).tobytes()


def expected_rows(game: games.Game, record: GameRecord, mix: float) -> list[tuple[bytes, ...]]:
    """(observation, policy, legal, wdl) of each position under each symmetry, in plain Python."""
    rows = []
    state = game.initial()
    for action, policy, value in zip(record.actions, record.policies, record.values, strict=True):
        outcome = record.returns if state.to_play == 0 else -record.returns
        exact = [float(outcome == result) for result in (1, 0, -1)]
        draw = 1 - abs(value) if outcome == 0 else 0.0
        searched = [(1 - draw + value) / 2, draw, (1 - draw - value) / 2]
        wdl = [(1 - mix) * e + mix * s for e, s in zip(exact, searched, strict=True)]
        for symmetry in range(game.num_symmetries if policy is not None else 0):
            turned = state.transform(symmetry)
            dense = np.zeros(game.num_actions, np.float32)
            for legal, share in zip(state.legal_actions(), policy or (), strict=True):
                dense[game.transform_action(legal, symmetry)] = share
            mask = np.asarray(turned.legal_mask(), bool)
            target = np.asarray(wdl, np.float32)
            row = (turned.observation(), dense, mask, target)
            rows.append(tuple(array.tobytes() for array in row))
        state = state.apply(action)
    return rows


@pytest.mark.parametrize("mix", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_a_position_under_a_symmetry(
    name: str, mix: float, make_record: MakeRecord
) -> None:
    game = games.make(name)
    records = [make_record(game, id, 0.7) for id in range(6)]
    window = filled(game, records)
    expected = Counter(row for record in records for row in expected_rows(game, record, mix))
    assert window.positions * game.num_symmetries == expected.total()

    draws = 40 * expected.total()
    rows = window.sample(draws, seed=3, step=8, threads=2, value_mix=mix)
    drawn = Counter(
        (
            observation(game, rows, i),
            rows["policy"][i].tobytes(),
            rows["legal"][i].tobytes(),
            rows["wdl"][i].tobytes(),
        )
        for i in range(draws)
    )
    assert set(drawn) == set(expected)
    # Uniform: chi-squared with n - 1 degrees of freedom lies within five standard deviations.
    chi2 = sum((drawn[row] - 40 * n) ** 2 / (40 * n) for row, n in expected.items())
    freedom = len(expected) - 1
    assert abs(chi2 - freedom) < 5 * math.sqrt(2 * freedom)


def test_rows_do_not_depend_on_threads_or_batch_size(make_record: MakeRecord) -> None:
    game = games.make("othello?size=6")
    window = filled(game, [make_record(game, id) for id in range(20)])
    one = window.sample(300, seed=1, step=2, threads=1, value_mix=0.5)
    for threads in (2, 3, 8, 1000):
        many = window.sample(300, seed=1, step=2, threads=threads, value_mix=0.5)
        for key, array in one.items():
            assert np.array_equal(many[key], array), key
    few = window.sample(33, seed=1, step=2, threads=2, value_mix=0.5)
    for key, array in one.items():
        assert np.array_equal(few[key], array[:33]), key


def test_another_seed_or_step_draws_anew(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    window = filled(game, [make_record(game, id) for id in range(50)])
    first = window.sample(64, seed=1, step=2)
    assert not np.array_equal(first["planes"], window.sample(64, seed=2, step=2)["planes"])
    assert not np.array_equal(first["planes"], window.sample(64, seed=1, step=3)["planes"])
    assert not np.array_equal(first["planes"][:32], first["planes"][32:])


def test_a_missing_value_leaves_the_outcome(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    record = make_record(game, 4)
    assert record.returns != 0
    window = filled(game, [make_record(game, 4, values=[math.nan] * record.plies)])
    wdl = window.sample(50, seed=0, step=0, value_mix=1.0)["wdl"]
    assert set(map(tuple, wdl.tolist())) <= {(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)}


def test_shapes_and_types(make_record: MakeRecord) -> None:
    game = games.make("othello")
    rows = filled(game, [make_record(game, 0)]).sample(5, seed=0, step=0)
    shape = game.observation
    assert {key: (array.shape, array.dtype.name) for key, array in rows.items()} == {
        "planes": ((5, shape.planes, shape.words_per_plane), "uint64"),
        "scalars": ((5, shape.scalars), "float32"),
        "policy": ((5, game.num_actions), "float32"),
        "legal": ((5, game.num_actions), "bool"),
        "wdl": ((5, 3), "float32"),
    }


def test_given_arrays_are_filled_and_checked(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    window = filled(game, [make_record(game, id) for id in range(3)])
    fresh = window.sample(8, seed=5, step=6)
    given_arrays = {key: np.full_like(array, 1) for key, array in fresh.items()}
    back = window.sample(8, seed=5, step=6, out=given_arrays)
    for key, array in fresh.items():
        assert back[key] is given_arrays[key]
        assert np.array_equal(given_arrays[key], array)
    for key, wrong in [
        ("planes", fresh["planes"].astype(np.int64)),
        ("policy", fresh["policy"][:7]),
        ("wdl", fresh["wdl"].T.copy().T),
        ("legal", None),
    ]:
        with pytest.raises(GameError, match=key):
            window.sample(8, seed=5, step=6, out={**given_arrays, key: wrong})


def test_trim_drops_the_oldest_whole_games(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    records = [make_record(game, id) for id in range(30)]
    window = filled(game, records)
    lengths = [record.plies for record in records]
    assert window.positions == sum(lengths)
    for limit in (sum(lengths), sum(lengths) - 1, 200, 60, 0):
        window.trim(limit)
        kept = max(
            (n for n in range(1, 31) if sum(lengths[-n:]) <= limit),
            default=1,
        )
        assert window.games == kept
        assert window.positions == sum(lengths[-kept:])
        assert window.statistics()["first_id"] == 30 - kept
        # What is drawn comes from the games kept.
        allowed = {row[0] for record in records[-kept:] for row in expected_rows(game, record, 0)}
        rows = window.sample(200, seed=limit, step=0)
        assert {observation(game, rows, i) for i in range(200)} <= allowed


def test_statistics(make_record: MakeRecord) -> None:
    game = games.make("tic_tac_toe")
    records = [make_record(game, id, 0.5) for id in range(100)]
    kept = [r for r in records if any(p is not None for p in r.policies)]
    assert filled(game, records).statistics() == {
        "games": len(kept),
        "positions": sum(p is not None for r in kept for p in r.policies),
        "plies": sum(len(r.actions) for r in kept),
        "wins": sum(r.returns == 1 for r in kept),
        "draws": sum(r.returns == 0 for r in kept),
        "losses": sum(r.returns == -1 for r in kept),
        "resigned": 0,
        "first_id": kept[0].id,
        "last_id": kept[-1].id,
    }


def test_a_game_without_positions_is_not_kept(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    window = Window(game)
    assert window.add(make_record(game, 1, 0.0)) == 0
    assert window.games == 0
    record = make_record(game, 2, 1.0)
    assert window.add(record) == record.plies


def test_nothing_invalid_enters(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    window = Window(game)
    for bad, message in [
        (GameRecord(game, 1, [0], [0.0], [None], returns=0, finished=False), "not finished"),
        (make_record(games.make("tic_tac_toe"), 1), "tic_tac_toe was given to a window of connect"),
    ]:
        with pytest.raises(GameError, match=message):
            window.add(bad)
    assert window.games == 0


def test_impossible_requests(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    window = Window(game)
    with pytest.raises(GameError, match="holds no training positions"):
        window.sample(1, seed=0, step=0)
    window.add(make_record(game, 1))
    with pytest.raises(GameError, match="threads=0"):
        window.sample(1, seed=0, step=0, threads=0)
    for mix in (-0.1, 1.1, math.nan):
        with pytest.raises(GameError, match="value_mix"):
            window.sample(1, seed=0, step=0, value_mix=mix)
    assert window.sample(0, seed=0, step=0)["policy"].shape == (0, 7)


def test_one_thread_samples_while_another_adds_and_trims(make_record: MakeRecord) -> None:
    game = games.make("connect_four")
    records = [make_record(game, id) for id in range(40)]
    window = Window(game)
    window.add(records[0])
    stop = threading.Event()

    def change() -> None:
        count = 0
        while not stop.is_set():
            window.add(records[count % 40])
            window.trim(300)
            count += 1

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for step in range(100):
            rows = window.sample(64, seed=0, step=step, threads=2)
            assert np.allclose(rows["policy"].sum(axis=1), 1, atol=1e-4)
            assert not rows["policy"][~rows["legal"]].any()
    finally:
        stop.set()
        changer.join()
    assert window.positions <= 300


def test_window_size_of_katago() -> None:
    # W(N) = M + f (N^e - M^e) / (e M^(e-1)) with M = 250,000, e = 0.65, f = 0.4.
    assert window_size(1_000_000, 250_000) == pytest.approx(474_965, abs=1000)
    assert window_size(10_000_000, 250_000) == pytest.approx(1_788_300, rel=0.01)
    assert window_size(0, 1000) == window_size(999, 1000) == window_size(1000, 1000) == 1000
    # e = 1, f = 1 keeps everything.
    assert window_size(123_456, 1000, exponent=1.0, scale=1.0) == 123_456


@given(
    total=st.integers(0, 10**9),
    more=st.integers(0, 10**6),
    minimum=st.integers(1, 10**6),
    exponent=st.floats(0.05, 1.0),
    scale=st.floats(0.0, 1.0),
)
def test_a_game_that_left_the_window_does_not_come_back(
    total: int, more: int, minimum: int, exponent: float, scale: float
) -> None:
    before = window_size(total, minimum, exponent, scale)
    after = window_size(total + more, minimum, exponent, scale)
    assert minimum <= before <= after <= max(minimum, total + more)
    # Up to the rounding of a double.
    assert max(0, total + more - after) >= max(0, total - before) - 1 - total * 1e-12


@pytest.mark.parametrize(
    "wrong",
    [{"minimum": 0}, {"exponent": 0.0}, {"exponent": 1.1}, {"scale": -0.1}, {"scale": math.nan}],
)
def test_window_size_says_what_is_possible(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match="0 < exponent <= 1"):
        window_size(**{"total_positions": 5, "minimum": 1, **wrong})  # type: ignore[arg-type]
