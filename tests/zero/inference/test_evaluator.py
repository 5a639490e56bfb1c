"""The network as an evaluator: right answers in the right rows, the same for every thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

import games
from games.errors import UserError
from selfplay import SearchBatch, SearchSettings
from zero.devices.cores import torch_threads
from zero.inference.evaluator import NetworkEvaluator, make_evaluator
from zero.inference.limit import raw_limit
from zero.inference.session import unpack_planes
from zero.networks.network import Network, NetworkShape
from zero.settings.schema import NetworkSettings

Trained = Callable[..., Network]
MakeRows = Callable[..., Any]
SETTINGS = NetworkSettings(blocks=2, channels=16)


def answers(evaluator: NetworkEvaluator, rows: Any) -> tuple[npt.NDArray, npt.NDArray]:  # type: ignore[type-arg]
    rows.logits[:], rows.wdl[:] = np.nan, np.nan
    evaluator.evaluate(rows)
    return rows.logits.copy(), rows.wdl.copy()


@pytest.mark.parametrize("name", ["connect_four", "othello", "tic_tac_toe", "openspiel:nim"])
def test_a_search_is_told_what_the_network_says(make_trained: Trained, name: str) -> None:
    game = games.make(name)
    network = make_trained(NetworkShape.of(game), SETTINGS)
    evaluator = NetworkEvaluator(network)
    states = [game.initial()]
    while len(states) < 12 and not states[-1].is_terminal:
        legal = states[-1].legal_actions()
        states.append(states[-1].apply(legal[len(states) % len(legal)]))
    states = [state for state in states if not state.is_terminal]
    search = SearchBatch(game, SearchSettings(), len(states) + 3)
    search.start(states, list(range(len(states))))
    search.advance()
    evaluator.evaluate(search.batch)
    seen = 0
    for row, state in enumerate(search.batch.states()):
        if state is None:
            continue
        seen += 1
        policy, wdl = network(torch.from_numpy(state.observation())[None])
        expected = policy[0, state.legal_actions()].detach().numpy()
        np.testing.assert_allclose(
            search.batch.logits[row, : len(expected)], expected, atol=2e-5, rtol=2e-5
        )
        expected = torch.softmax(wdl[0], 0).detach().numpy()
        np.testing.assert_allclose(search.batch.wdl[row], expected, atol=2e-5)
    assert seen == len(states)


@pytest.mark.parametrize("rows", [1, 33, 128, 300])
def test_a_row_does_not_depend_on_the_others(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, make_rows: MakeRows, rows: int
) -> None:
    shape = make_shape(6, 7, scalars=1)
    evaluator = NetworkEvaluator(make_trained(shape, SETTINGS))
    batch, other = make_rows(shape, rows, seed=1), make_rows(shape, rows, seed=2)
    kept = rows // 2
    for field in ("planes", "scalars", "actions", "counts"):
        getattr(other, field)[kept] = getattr(batch, field)[kept]
    batch.counts[kept] = other.counts[kept] = 7
    batch.actions[kept] = other.actions[kept] = np.arange(7)
    for a, b in zip(answers(evaluator, batch), answers(evaluator, other), strict=True):
        assert np.isfinite(a[kept]).all()
        assert a[kept].tobytes() == b[kept].tobytes()
        assert rows == 1 or a.tobytes() != b.tobytes()


def test_every_thread_gives_the_same_answer_on_one_core(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, make_rows: MakeRows
) -> None:
    shape = make_shape(6, 7)
    network = make_trained(shape, SETTINGS)
    evaluator = NetworkEvaluator(network)
    expected = answers(NetworkEvaluator(network), make_rows(shape, 64, seed=3))
    results: list[tuple[npt.NDArray, npt.NDArray]] = []  # type: ignore[type-arg]

    def work() -> None:
        for _ in range(3):
            results.append(answers(evaluator, make_rows(shape, 64, seed=3)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    for logits, wdl in results:
        assert logits.tobytes() == expected[0].tobytes()
        assert wdl.tobytes() == expected[1].tobytes()


def test_evaluating_on_one_core_leaves_the_callers_threads_alone() -> None:
    with torch_threads(3):
        with torch_threads(1):
            assert torch.get_num_threads() == 1
            inside: list[int] = []

            def work() -> None:
                with torch_threads(2):
                    inside.append(torch.get_num_threads())

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            assert inside == [2]
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3


def test_refreshed_weights_answer(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, make_rows: MakeRows
) -> None:
    shape = make_shape(6, 7)
    old, new = make_trained(shape, SETTINGS, 1), make_trained(shape, SETTINGS, 2)
    batch = make_rows(shape, 16, seed=1)
    evaluator = NetworkEvaluator(old)
    before = answers(evaluator, batch)
    evaluator.refresh(new)
    after, expected = answers(evaluator, batch), answers(NetworkEvaluator(new), batch)
    assert not np.array_equal(before[1], after[1], equal_nan=True)
    assert np.array_equal(expected[0], after[0], equal_nan=True)
    assert np.array_equal(expected[1], after[1], equal_nan=True)


def test_planes_are_unpacked_square_by_square() -> None:
    rng = np.random.default_rng(1)
    for squares in (9, 42, 64, 81, 361):
        words = -(-squares // 64)
        bits = rng.integers(0, 2, (5, 3, squares), np.uint8)
        planes = np.zeros((5, 3, words), np.uint64)
        for square in range(squares):
            planes[..., square // 64] |= bits[..., square].astype(np.uint64) << np.uint64(
                square % 64
            )
        assert np.array_equal(unpack_planes(planes, squares), bits)
        assert np.array_equal(unpack_planes(planes[::2], squares), bits[::2])


def test_chunks_are_even(make_shape: Callable[..., NetworkShape], make_trained: Trained) -> None:
    network = NetworkEvaluator(make_trained(make_shape(6, 7), SETTINGS)).network
    assert network.session_rows(128) == 128
    assert network.session_rows(129) == 65
    assert network.session_rows(1) == 1


def test_the_limit_is_measured(
    make_shape: Callable[..., NetworkShape], make_trained: Trained
) -> None:
    network = NetworkEvaluator(make_trained(make_shape(6, 7), SETTINGS)).network
    limit = raw_limit(network, seconds=0.1, sessions=2, rows=(8, 32))
    assert limit.rows in (8, 32)
    assert limit.sessions == 2
    assert limit.evaluations_per_s > 100


def test_a_missing_gpu_is_said(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_trained(make_shape(6, 7), SETTINGS)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert isinstance(make_evaluator(network, "auto"), NetworkEvaluator)
    with pytest.raises(UserError, match=r"no GPU.*run\.device=cpu"):
        make_evaluator(network, "cuda")
