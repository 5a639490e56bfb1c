"""What runs on a GPU: with a stand-in for its graphs, and with the GPU where there is one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import games
import zero.devices.cuda_graph
import zero.inference.cuda.evaluator
import zero.learners.alphazero
import zero.learners.common.gradients
from selfplay import Actors, Pool, PoolSettings, SearchSettings
from zero.devices.cuda_graph import Captured
from zero.inference.cuda.evaluator import TIERS, CudaEvaluator, answer
from zero.inference.evaluator import NetworkEvaluator
from zero.learners.alphazero import AlphaZero
from zero.learners.common.gradients import GraphedGradients, Sample
from zero.networks.network import Network, NetworkShape, build, fold
from zero.settings.schema import NetworkSettings, TrainingSettings

SETTINGS = NetworkSettings(blocks=1, channels=16)
SHAPE = NetworkShape(2, 1, 6, 7, 7, "columns", 0)
GAME = games.make("connect_four")
Samples = Callable[..., Sample]
Trained = Callable[..., Network]
MakeRows = Callable[..., Any]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


class Repeated:
    """Stands in for a captured graph: does the work again, and writes where it wrote before."""

    made = 0

    def __init__(self, work: Callable[[], tuple[Tensor, ...]], device: torch.device) -> None:
        type(self).made += 1
        self._work = work
        for _ in range(3):  # as a capture does to warm up: what it changes must not stay
            self.outputs = work()

    def stream(self) -> AbstractContextManager[object]:
        return nullcontext()

    def replay(self) -> None:
        for old, new in zip(self.outputs, self._work(), strict=True):
            with torch.inference_mode():
                old.copy_(new)

    def done(self) -> bool:
        return True

    def wait(self) -> None:
        pass


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    Repeated.made = 0
    for module in (zero.learners.common.gradients, zero.inference.cuda.evaluator):
        monkeypatch.setattr(module, "Captured", Repeated)
        monkeypatch.setattr(module, "pinned", Tensor.clone)
    # Learners take the gradients of a GPU, wherever they are.
    monkeypatch.setattr(
        zero.learners.alphazero,
        "gradients_on",
        lambda device, network, work: GraphedGradients(network, work),
    )
    monkeypatch.setattr(zero.inference.cuda.evaluator, "synchronize", lambda device: None)


def check_refreshed_answers(
    device: str, shape: NetworkShape, make_trained: Trained, make_rows: MakeRows
) -> None:
    """Batches of all sizes, with the first weights and with others."""
    old, new = make_trained(shape, SETTINGS, 1), make_trained(shape, SETTINGS, 2)
    gpu = CudaEvaluator(old, device)
    for network in (old, new):
        gpu.refresh(network)
        for count in (5, 64, 100, TIERS[-1] + 300):
            check_answers(gpu, network, make_rows(shape, count, seed=count))


@pytest.mark.usefixtures("stand_in")
def test_a_small_gpu_is_measured_with_what_fits(
    make_trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def rate(self: CudaEvaluator, rows: int, sessions: int, seconds: float) -> float:
        tried.append(rows)
        if rows >= TIERS[-2]:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return 7.0

    monkeypatch.setattr(CudaEvaluator, "_replay_rate", rate)
    gpu = CudaEvaluator(make_trained(SHAPE, SETTINGS), "cpu")
    limits = [gpu.raw_limit(0.1, 3) for _ in range(2)]
    assert {(limit.evaluations_per_s, limit.rows) for limit in limits} == {(7.0, TIERS[-3])}
    assert tried == [TIERS[-3], TIERS[-2], TIERS[-3]], "what did not fit is not tried again"


def make_learner(device: str = "cpu", **settings: object) -> AlphaZero:
    values = {"warmup_steps": 0, "average": 0.9, "precision": "float32"} | settings
    training = TrainingSettings.model_validate(values)
    return AlphaZero(GAME, build(SHAPE, SETTINGS, 1), training, device)


def states_after(
    learner: AlphaZero, samples: Sequence[Sample]
) -> tuple[list[Any], dict[str, Tensor]]:
    stats = [learner.step(sample) for sample in samples]
    return stats, {name: tensor.clone().cpu() for name, tensor in learner.tensors().items()}


def check_answers(gpu: CudaEvaluator, network: Network, batch: Any) -> None:
    NetworkEvaluator(network).evaluate(batch)
    logits, wdl = batch.logits.copy(), batch.wdl.copy()
    batch.logits[:], batch.wdl[:] = np.nan, np.nan
    gpu.evaluate(batch)
    real = batch.counts > 0
    np.testing.assert_allclose(batch.wdl[real], wdl[real], atol=0.03)
    for row in np.flatnonzero(real):
        n = batch.counts[row]
        np.testing.assert_allclose(batch.logits[row, :n], logits[row, :n], atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("layout", "planes"), [("columns", 2), ("points_and_pass", 2), ("columns", 0)]
)
def test_the_gpus_pass_is_right_in_full_precision(
    make_shape: Callable[..., NetworkShape],
    make_trained: Trained,
    make_rows: MakeRows,
    layout: str,
    planes: int,
) -> None:
    """What the GPU's graph captures, run here: expansion, network, gathering."""
    shape = replace(make_shape(9, 9, layout, scalars=2), planes=planes)
    network = make_trained(shape, SETTINGS)
    batch = make_rows(shape, 20, seed=1)
    NetworkEvaluator(network).evaluate(batch)
    logits, wdl = answer(
        fold(network),
        torch.from_numpy(batch.planes.view(np.int64).reshape(20, -1)),
        torch.from_numpy(batch.scalars),
        torch.from_numpy(batch.actions.view(np.int16)),
    )
    assert logits.dtype == wdl.dtype == torch.float16
    np.testing.assert_allclose(logits.numpy(), batch.logits, atol=1e-3, rtol=1e-3)
    np.testing.assert_allclose(wdl.numpy(), batch.wdl, atol=1e-3)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """torch.cuda as far as a capture calls it, without effect; the streams and what was ended."""
    seen = SimpleNamespace(streams=[], ended=[])

    class Stream:
        def __init__(self, device: torch.device) -> None:
            seen.streams.append(self)

        def synchronize(self) -> None:
            pass

    class Graph:
        def reset(self) -> None:
            seen.ended.append(self)

    for name, value in {"Stream": Stream, "CUDAGraph": Graph}.items():
        monkeypatch.setattr(torch.cuda, name, value)
    for name in ("graph", "stream", "synchronize"):
        monkeypatch.setattr(torch.cuda, name, lambda *_, **__: nullcontext())
    monkeypatch.setattr(zero.devices.cuda_graph, "_ENDED", deque())
    monkeypatch.setattr(zero.devices.cuda_graph, "_FREE", [])
    monkeypatch.setattr(Captured, "_made", 0)
    return seen


def nothing() -> tuple[Tensor, ...]:
    return ()


CPU = torch.device("cpu")


def test_a_stream_belongs_to_one_graph_at_a_time(pretended: SimpleNamespace) -> None:
    kept = Captured(nothing, CPU)
    for _ in range(40):
        assert Captured(nothing, CPU)._stream is not kept._stream
    assert len(pretended.streams) <= 3
    assert len(pretended.ended) >= 38
    assert kept._graph not in pretended.ended
    several = [Captured(nothing, CPU) for _ in range(31)]
    assert len({id(graph._stream) for graph in [kept, *several]}) == 32
    with pytest.raises(RuntimeError, match="more than 32 captured graphs are in use"):
        Captured(nothing, CPU)


def test_a_capture_that_fails_gives_its_stream_back(pretended: SimpleNamespace) -> None:
    def fail() -> tuple[Tensor, ...]:
        raise RuntimeError("not permitted")

    for _ in range(40):
        with pytest.raises(RuntimeError, match="not permitted"):
            Captured(fail, CPU)
    assert len(pretended.streams) <= 3


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("layout", ["columns", "points_and_pass"])
def test_the_evaluator_answers_batches_of_all_sizes(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, make_rows: MakeRows, layout: str
) -> None:
    shape = make_shape(6, 7, layout, scalars=1)
    check_refreshed_answers("cpu", shape, make_trained, make_rows)
    assert Repeated.made == 4, "a graph a size: 64, 256, 4096 and the 1024 of the rest"


@pytest.mark.usefixtures("stand_in")
def test_the_evaluator_keeps_all_groups_under_way(make_trained: Trained) -> None:
    game = games.make("connect_four")
    search = SearchSettings()
    search.simulations = 10
    settings = PoolSettings()
    settings.seed, settings.slots, settings.groups = 3, 24, 3
    settings.search = search
    gpu = CudaEvaluator(make_trained(NetworkShape.of(game), SETTINGS), "cpu")
    pools = [Pool(game, settings) for _ in range(2)]
    for pool, workers in zip(pools, (1, 3), strict=True):
        Actors(pool, [gpu] * workers).play(rounds=100)
    assert pools[0].snapshot() == pools[1].snapshot()
    assert Repeated.made == 3, "one a group, and none for those who came later"


@pytest.mark.usefixtures("stand_in")
def test_the_limit_is_that_of_the_graphs_alone(make_trained: Trained) -> None:
    gpu = CudaEvaluator(make_trained(SHAPE, SETTINGS), "cpu")
    for _ in range(2):
        limit = gpu.raw_limit(0.05, 2, [64])
        assert (limit.rows, limit.sessions) == (64, 2)
        assert limit.evaluations_per_s > 100
    assert Repeated.made == 2, "once measured, nothing is captured again"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_captured_steps_are_the_steps(
    make_sample: Samples, request: pytest.FixtureRequest, precision: str
) -> None:
    """The last batch but one is not finite, and the last is of another size."""
    samples = [make_sample(SHAPE, 16, seed=i) for i in range(4)] + [make_sample(SHAPE, 9, seed=9)]
    samples[3] = dict(samples[3]) | {"wdl": np.full((16, 3), np.nan, np.float32)}
    plain = states_after(make_learner(precision=precision), samples)
    request.getfixturevalue("stand_in")
    captured = states_after(make_learner(precision=precision), samples)
    assert Repeated.made == 2
    assert [stats.skipped for stats in captured[0]] == [False, False, False, True, False]
    assert [s for s in captured[0] if not s.skipped] == [s for s in plain[0] if not s.skipped]
    assert plain[1].keys() == captured[1].keys()
    assert all(torch.equal(plain[1][name], captured[1][name]) for name in plain[1])


@pytest.mark.usefixtures("stand_in")
def test_a_step_that_cannot_be_captured_is_made_all_the_same(
    make_sample: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [make_sample(SHAPE, 16, seed=i) for i in range(3)]
    expected = states_after(make_learner(), samples)

    def refuse(work: Callable[[], tuple[Tensor, ...]], device: torch.device) -> None:
        work()
        raise RuntimeError("operation not permitted")

    monkeypatch.setattr(zero.learners.common.gradients, "Captured", refuse)
    with pytest.warns(UserWarning, match=r"cannot be captured \(operation not permitted\)") as seen:
        got = states_after(make_learner(), samples)
    assert len(seen) == 1
    assert got[0] == expected[0]
    assert all(torch.equal(expected[1][name], got[1][name]) for name in got[1])


@needs_gpu
@pytest.mark.parametrize("layout", ["columns", "points_and_pass"])
def test_the_gpu_answers_as_the_processor_does(
    make_shape: Callable[..., NetworkShape], make_trained: Trained, make_rows: MakeRows, layout: str
) -> None:
    shape = make_shape(6, 7, layout, scalars=1)
    check_refreshed_answers("cuda", shape, make_trained, make_rows)


@needs_gpu
def test_graphs_live_and_fail_beside_each_other() -> None:
    device = torch.device("cuda")
    weight, x = torch.randn(64, 64, device=device), torch.randn(64, 64, device=device)
    kept = Captured(lambda: (x @ weight,), device)
    for step in range(40):
        if step % 2:
            Captured(lambda: (x @ weight,), device)
        else:
            with pytest.raises(RuntimeError):
                Captured(lambda: (torch.tensor(x.sum().item()),), device)
            assert torch.cuda.current_stream() == torch.cuda.default_stream()
        # Not with the GPU's own random numbers: after a capture that failed, torch refuses them.
        x.copy_(torch.randn(64, 64))
        torch.cuda.synchronize()
        with kept.stream():
            kept.replay()
        kept.wait()
        torch.testing.assert_close(kept.outputs[0], x @ weight)


@needs_gpu
def test_it_plays_while_it_learns(make_sample: Samples, make_trained: Trained) -> None:
    game = games.make("connect_four")
    settings = PoolSettings()
    settings.slots, settings.groups = 384, 3
    actors = Actors(
        Pool(game, settings), [CudaEvaluator(make_trained(NetworkShape.of(game), SETTINGS))]
    )
    learner = make_learner("cuda")
    samples = [make_sample(SHAPE, 16, seed=i) for i in range(50)]
    with ThreadPoolExecutor(1) as pool:
        lesson = pool.submit(states_after, learner, samples)
        report = actors.play(rounds=300)
        stats, _ = lesson.result()
    assert report.evaluations > 100_000
    assert not any(step.skipped for step in stats)


@needs_gpu
def test_the_gpu_learns_as_the_processor_does(
    make_sample: Samples, recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    samples = [make_sample(SHAPE, 16, seed=i) for i in range(5)]
    here = states_after(make_learner(), samples)
    gpu = states_after(make_learner("cuda"), samples)
    assert not [w for w in recwarn if "cannot be captured" in str(w.message)]
    for got, expected in zip(gpu[0], here[0], strict=True):
        assert got.loss == pytest.approx(expected.loss, rel=1e-2)
    for name, tensor in here[1].items():
        torch.testing.assert_close(gpu[1][name], tensor, atol=5e-3, rtol=5e-3)
