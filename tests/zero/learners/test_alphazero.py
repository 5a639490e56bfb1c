"""The learner: it learns, averages, survives what is not finite, and repeats itself exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

import games
from selfplay import Actors, GameRecord, Pool, PoolSettings, SearchSettings, UniformEvaluator
from zero.experience.source import Games
from zero.learners.alphazero import SKIPS_BEFORE_ROLLBACK, AlphaZero
from zero.learners.common.gradients import Sample
from zero.learners.common.losses import masked_log_softmax
from zero.learners.common.optimizer import resolved_precision
from zero.learners.common.window import TrainingWindow
from zero.learners.learner import Diverged
from zero.networks.network import NetworkShape, build
from zero.settings.schema import NetworkSettings, TrainingSettings

Samples = Callable[..., Sample]
SETTINGS = NetworkSettings(blocks=1, channels=16)
SHAPE = NetworkShape(2, 0, 6, 7, 7, "columns", 0)
GAME = games.make("connect_four")  # of the window, from which most of these tests draw nothing


def make_learner(
    threads: int = 1, seed: int = 1, shape: NetworkShape | None = None, **settings: object
) -> AlphaZero:
    values = {"warmup_steps": 0, "ema_decay": 0.9, "precision": "float32"} | settings
    training = TrainingSettings.model_validate(values)
    return AlphaZero(GAME, build(shape or SHAPE, SETTINGS, seed), training, threads=threads)


def snapshot(learner: AlphaZero) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in learner.tensors().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def spoilt(sample: Sample, key: str) -> Sample:
    array = sample[key].copy()
    array.flat[0] = np.nan
    return dict(sample) | {key: array}


def planes_of(sample: Sample) -> Tensor:
    bits = np.unpackbits(sample["planes"].view(np.uint8), axis=-1, bitorder="little")[..., :42]
    return torch.from_numpy(bits).float().view(-1, 2, 6, 7)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_it_learns_a_small_batch_by_heart(make_sample: Samples, optimizer: str) -> None:
    rate = 0.01 if optimizer == "adamw" else 0.05
    learner = make_learner(optimizer=optimizer, learning_rate=rate)
    sample = make_sample(SHAPE, 32, seed=1)
    first = learner.step(sample)
    for _ in range(150):
        last = learner.step(sample)
    assert first.value_loss == pytest.approx(math.log(3), abs=0.2)
    assert last.policy_loss < last.target_entropy + 0.1 < first.policy_loss
    assert last.value_loss < 0.1
    assert last.value_accuracy == 1.0
    assert last.value_calibration_error < 0.1
    assert abs(last.policy_entropy - last.target_entropy) < 0.15
    _, wdl = learner.networks[learner.plays](planes_of(sample))
    right = wdl.argmax(1).numpy() == sample["wdl"].argmax(1)
    assert right.mean() > 0.9, "the averaged network, with its own statistics, has learnt too"


def test_a_game_without_planes_is_learnt_from_its_scalars(make_sample: Samples) -> None:
    shape = replace(SHAPE, planes=0, scalars=12, height=1, width=1)
    learner = make_learner(shape=shape, learning_rate=0.01)
    sample = make_sample(shape, 32, seed=1)
    losses = [learner.step(sample).policy_loss for _ in range(150)]
    assert losses[-1] < losses[0] - 0.1


def test_calibration_is_the_distance_of_value_and_target(make_sample: Samples) -> None:
    learner = make_learner()
    with torch.no_grad():
        learner.network.value.out.weight.zero_()
        learner.network.value.out.bias.copy_(torch.tensor([0.5, 0.2, 0.3]).log())
    wins = dict(make_sample(SHAPE, 8, seed=1)) | {"wdl": np.eye(3, dtype=np.float32)[[0] * 8]}
    stats = learner.step(wins)
    assert stats.value_calibration_error == pytest.approx(0.8, abs=1e-5)  # 0.2 said, 1 seen
    assert stats.value_accuracy == 1.0
    assert stats.value_loss == pytest.approx(math.log(2), abs=1e-5)


def test_a_step_is_the_one_worked_out_by_hand(make_sample: Samples) -> None:
    """AdamW from the formulas, on gradients from a plain loss; weight decay spares biases."""
    settings = {
        "learning_rate": 0.01,
        "weight_decay": 0.1,
        "max_grad_norm": 0.5,
        "value_weight": 0.7,
    }
    learner = make_learner(**settings)
    sample = make_sample(SHAPE, 8, seed=2)
    network = build(SHAPE, SETTINGS, 1).train()
    policy, wdl = network(planes_of(sample))
    legal = torch.from_numpy(sample["legal"])
    log_policy = torch.log_softmax(policy.masked_fill(~legal, -math.inf), 1)
    target = torch.from_numpy(sample["policy"])
    policy_loss = -(target * log_policy)[legal].sum() / 8
    value_loss = -(torch.from_numpy(sample["wdl"]) * torch.log_softmax(wdl, 1)).sum() / 8
    loss = policy_loss + 0.7 * value_loss
    torch.autograd.backward(loss)
    parameters = dict(network.named_parameters())
    norm = torch.sqrt(sum((p.grad**2).sum() for p in parameters.values()))  # type: ignore
    assert norm > 0.5
    stats = learner.step(sample, rate_scale=0.5)
    assert stats.loss == pytest.approx(loss.item(), rel=1e-5)
    assert stats.gradient_norm == pytest.approx(norm.item(), rel=1e-4)
    assert stats.learning_rate == 0.005
    for name, after in learner.network.named_parameters():
        before, gradient = parameters[name].detach(), parameters[name].grad
        assert gradient is not None
        gradient = gradient * 0.5 / norm
        decay = 1 - 0.005 * 0.1 if before.ndim > 1 else 1.0
        # In its first step, Adam's corrected moments are the gradient and its square.
        expected = before * decay - 0.005 * gradient / (gradient.abs() + 1e-8)
        large = gradient.abs() > 1e-6  # below, the sign of a rounding error decides
        torch.testing.assert_close(after.detach()[large], expected[large], atol=2e-6, rtol=0)


def test_bfloat16_is_for_the_products_alone(make_sample: Samples) -> None:
    whole, short, again = (
        make_learner(precision=precision) for precision in ("float32", "bfloat16", "bfloat16")
    )
    for step in range(3):
        sample = make_sample(SHAPE, 16, seed=step)
        expected, stats = whole.step(sample), short.step(sample)
        again.step(sample)
        assert stats.loss != expected.loss
        assert stats.loss == pytest.approx(expected.loss, rel=0.03)
    assert {tensor.dtype for tensor in short.tensors().values()} <= {torch.float32, torch.int64}
    assert same(short.tensors(), again.tensors())


@pytest.mark.parametrize(
    ("able", "device", "asked", "expected"),
    [
        ({"avx512_bf16": True}, "cpu", "auto", "bfloat16"),
        ({"amx_bf16": True}, "cpu", "auto", "bfloat16"),
        ({"avx512_bf16": False}, "cpu", "auto", "float32"),
        ({}, "cpu", "bfloat16", "bfloat16"),
        ({"avx512_bf16": True}, "cpu", "float32", "float32"),
        ({}, "cuda", "auto", "bfloat16"),
    ],
)
def test_auto_is_what_the_machine_computes_in(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], device: str, asked: str, expected: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    settings = TrainingSettings.model_validate({"precision": asked})
    assert resolved_precision(settings, device) == expected


def test_the_average_follows_weights_and_statistics(make_sample: Samples) -> None:
    learner = make_learner(ema_decay=0.75)
    expected = {k: v.clone() for k, v in learner.networks[learner.plays].state_dict().items()}
    for step in range(1, 41):
        learner.step(make_sample(SHAPE, 8, seed=step))
        decay = min(0.75, step / (step + 10))
        for name, value in learner.network.state_dict().items():
            if value.is_floating_point():
                expected[name] = decay * expected[name] + (1 - decay) * value
    for name, value in learner.networks[learner.plays].state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, expected[name], atol=1e-5, rtol=1e-4)
    assert not any(p.requires_grad for p in learner.networks[learner.plays].parameters())
    assert learner.networks[learner.plays].get_buffer("stem.norm.num_batches_tracked") == 40


def test_the_rate_warms_up_and_is_scaled(make_sample: Samples) -> None:
    learner = make_learner(learning_rate=0.1, warmup_steps=4)
    sample = make_sample(SHAPE, 4, seed=1)
    rates = [learner.step(sample, scale).learning_rate for scale in (1, 1, 1, 1, 1, 0.25)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.025])


@pytest.mark.parametrize("key", ["wdl", "policy"])
def test_what_is_not_finite_changes_nothing(make_sample: Samples, key: str) -> None:
    learner = make_learner()
    good = make_sample(SHAPE, 8, seed=1)
    learner.step(good)
    before = snapshot(learner)
    stats = learner.step(spoilt(good, key))
    assert stats.skipped and not math.isfinite(stats.loss)
    assert same(before, snapshot(learner))
    assert (learner.steps, learner.skipped, learner.skipped_in_a_row) == (2, 1, 1)
    stats = learner.step(good)
    assert not stats.skipped
    assert learner.skipped_in_a_row == 0
    assert not same(before, snapshot(learner))


def test_a_gradient_that_is_not_finite_changes_nothing(make_sample: Samples) -> None:
    learner = make_learner()
    with torch.no_grad():
        learner.network.value.out.weight.fill_(3e38)  # finite loss or not, no finite gradient
    before = snapshot(learner)
    assert learner.step(make_sample(SHAPE, 8, seed=1)).skipped
    assert same(before, snapshot(learner))


def test_the_fifth_skip_in_a_row_asks_for_a_rollback(make_sample: Samples) -> None:
    learner = make_learner()
    good = make_sample(SHAPE, 8, seed=1)
    bad = spoilt(good, "wdl")
    for _ in range(SKIPS_BEFORE_ROLLBACK - 1):
        learner.step(bad)
    learner.step(good)
    for _ in range(SKIPS_BEFORE_ROLLBACK - 1):
        learner.step(bad)
    with pytest.raises(Diverged, match="5 learner steps in a row"):
        learner.step(bad)
    assert (learner.steps, learner.skipped, learner.skipped_in_a_row) == (10, 9, 5)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_steps_give_the_same_bits(make_sample: Samples, threads: int) -> None:
    first, again = make_learner(threads), make_learner(threads)
    for step in range(5):
        sample = make_sample(SHAPE, 64, seed=step)
        a, b = first.step(sample), again.step(sample)
        assert a == b
    assert same(snapshot(first), snapshot(again))


def test_a_step_leaves_the_number_of_threads(make_sample: Samples) -> None:
    before = torch.get_num_threads()
    make_learner(threads=before + 1).step(make_sample(SHAPE, 4, seed=1))
    assert torch.get_num_threads() == before


def test_illegal_actions_have_no_part() -> None:
    logits = torch.tensor([[1.0, 500.0, 2.0], [0.0, -500.0, 0.0]], requires_grad=True)
    legal = torch.tensor([[True, False, True], [True, True, False]])
    out = masked_log_softmax(logits, legal)
    expected = torch.log_softmax(torch.tensor([1.0, 2.0]), 0)
    torch.testing.assert_close(out[0], torch.tensor([expected[0], 0.0, expected[1]]))
    assert out[1].tolist() == [0.0, -500.0, 0.0]
    torch.autograd.backward(out.sum())
    assert logits.grad is not None
    assert logits.grad[0, 1] == 0 and logits.grad[1, 2] == 0
    assert torch.isfinite(logits.grad).all()


def learner_with_games(count: int = 40, **settings: object) -> tuple[AlphaZero, Games]:
    """A learner, and finished games for it to take in."""
    size = PoolSettings(slots=8, groups=1)
    pool = Pool(GAME, SearchSettings(simulations=4), size, seed=3)
    pool.set_limit(count)
    Actors(pool, [UniformEvaluator()]).play()
    records = pool.take_records()
    values = {"batch": 16, "window_min": 10, "precision": "float32"} | settings
    training = TrainingSettings.model_validate(values)
    network = build(NetworkShape.of(GAME), SETTINGS, 1)
    return AlphaZero(GAME, network, training), Games(records, len(records))


def test_every_new_position_is_sampled_reuse_times() -> None:
    learner, experience = learner_with_games(reuse=2.7)
    records = list(experience.records)
    steps = 0
    for phase in range(8):
        learner.take_in(Games(records[phase * 5 : phase * 5 + 5]), phase)
        due = learner.due_steps()
        assert learner.learn(1.0, seed=1)["steps_done"] == due
        steps += due
    drawn = steps * learner.settings.batch
    assert 0 <= 2.7 * learner.window.total - drawn < learner.settings.batch + 1e-6
    assert learner.steps == steps > 0


def test_nothing_is_learnt_from_too_few_positions_unless_no_more_will_come() -> None:
    learner, experience = learner_with_games(window_min=40_000, window_start=50_000)
    learner.take_in(experience, 1)
    assert learner.due_steps() == 0 < learner.credit
    learner.take_in(Games((), complete=True), 2)
    assert learner.due_steps() == int(learner.credit // 16) > 0


def test_a_share_of_what_is_held_may_count_as_new() -> None:
    learner, experience = learner_with_games(reuse=2.0)
    learner.take_in(Games(experience.records, share=0.25, complete=True), 1)
    samples = 0.5 * learner.window.positions
    assert learner.credit == samples
    assert learner.learn(1.0, seed=1)["steps_done"] == samples // 16
    assert learner.credit == samples % 16


def test_a_few_stored_games_are_worth_a_step_in_each_phase() -> None:
    learner, experience = learner_with_games(2, reuse=0.01)
    for phase in (1, 2, 3):
        records = experience.records if phase == 1 else ()
        learner.take_in(Games(records, share=0.1, complete=True), phase)
        assert learner.learn(1.0, seed=1)["steps_done"] == 1
    assert learner.steps == 3


def test_what_has_diverged_is_still_due(monkeypatch: pytest.MonkeyPatch) -> None:
    learner, experience = learner_with_games()
    learner.take_in(experience, 1)
    tensors, counters, due = snapshot(learner), learner.counters(), learner.due_steps()
    with monkeypatch.context() as patch:
        patch.setattr(AlphaZero, "step", lambda *_: (_ for _ in ()).throw(Diverged("now")))
        with pytest.raises(Diverged):
            learner.learn(1.0, seed=1)
    learner.roll_back(tensors, counters)
    assert learner.due_steps() == due > 0
    assert learner.learn(1.0, seed=2)["steps_done"] == due


def test_it_goes_on_from_a_checkpoint_bit_for_bit() -> None:
    learner, experience = learner_with_games(window_start=60, window_max=150)
    records = list(experience.records)
    learner.take_in(Games(records[:30]), 1)
    learner.learn(1.0, seed=1)
    other, _ = learner_with_games(0, window_start=60, window_max=150)
    counters = json.loads(json.dumps(learner.counters()))
    other.restore(learner.tensors(), counters)
    other.recall(lambda positions: Games(newest(records[:30], positions)))
    for each in (learner, other):
        each.take_in(Games(records[30:]), 2)
        each.learn(0.5, seed=1)
    assert same(learner.tensors(), other.tensors())
    assert learner.counters() == other.counters()
    assert learner.figures(2) == other.figures(2)


def newest(records: list[GameRecord], positions: int) -> list[GameRecord]:
    """The newest games of at most so many positions, as a store gives them."""
    window = TrainingWindow(GAME, TrainingSettings(window_min=1, window_start=1, window_max=1))
    kept: list[GameRecord] = []
    for record in reversed(records):
        positions -= window.games.add(record)
        if kept and positions < 0:
            break
        kept.append(record)
    return kept[::-1]
