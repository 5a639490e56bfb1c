"""AlphaZero: the network learns what the search found (Silver et al. 2017, eq. 1, and 2018).

A position has two targets: the search's distribution over the legal actions, and the result of the
game as win, draw and loss of the player to move, mixed with the search's value by
`training.value_mix`. The loss is the cross-entropy of both; the paper uses a squared error for the
value. The optimizer applies weight decay. The weights that play are an average over the steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from games import Game
from zero.devices.cores import torch_threads
from zero.experience.source import Games
from zero.learners.common.average import AveragedNetwork
from zero.learners.common.gradients import Sample, gradients_on, packed
from zero.learners.common.losses import calibration_error, entropy, masked_log_softmax
from zero.learners.common.optimizer import (
    make_optimizer,
    optimizer_tensors,
    resolved_precision,
    restore_optimizer,
    set_rate,
)
from zero.learners.common.parts import join_parts, take_part
from zero.learners.common.window import TrainingWindow, drawn_ahead
from zero.learners.learner import Diverged, Figures
from zero.networks.network import Network
from zero.settings.schema import TrainingSettings

SKIPS_BEFORE_ROLLBACK = 5  # in a row


@dataclass(frozen=True)
class StepStats:
    """What a step saw, before it changed the weights. Losses and entropies are in nats.

    `skipped`: loss or gradient was not finite, and nothing was changed. `value_accuracy`: share of
    positions whose likeliest result is that of the target. `value_calibration_error`: mean distance
    between value and target over ten bins of value, both in [-1, 1].
    """

    step: int
    skipped: bool
    learning_rate: float
    loss: float
    policy_loss: float
    value_loss: float
    policy_entropy: float
    target_entropy: float
    value_accuracy: float
    value_calibration_error: float
    gradient_norm: float  # before clipping


class AlphaZero:
    """Network, averaged network, optimizer, window and counters: all that learning depends on.

    On a CPU a step is a function of these and of its batch, bit for bit, for a given number of
    threads and a given precision. Weights, their sums and the losses are always float32; bfloat16
    is only for the products of the forward and backward pass.
    """

    method = "alphazero"
    plays = "average"

    def __init__(
        self,
        game: Game,
        network: Network,
        settings: TrainingSettings,
        device: str = "cpu",
        *,
        threads: int = 1,
        sampler_threads: int = 1,
    ) -> None:
        self.settings = settings
        self.window = TrainingWindow(game, settings)
        self.device = torch.device(device)
        self.threads = threads
        self._sampler_threads = sampler_threads
        self._bfloat16 = resolved_precision(settings, device) == "bfloat16"
        # channels_last trains 1.2 times as fast on a CPU, and more on a GPU.
        self.network = network.to(self.device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = AveragedNetwork(self.network, settings.ema_decay)
        self.networks = {"network": self.network, "average": self._average.network}
        self.optimizer = make_optimizer(self.network, settings)
        self._gradients = gradients_on(self.device, self.network, self._work)
        self.steps = 0  # attempted, the skipped ones among them
        self.skipped = 0
        self.skipped_in_a_row = 0
        self.credit = 0.0  # samples that are due
        self._complete = False  # whether the window holds all that it ever will
        self._held: tuple[int, list[list[int]]] = (0, [])  # see recall

    # ---- experience ----------------------------------------------------------------------------

    def take_in(self, experience: Games, phase: int) -> None:
        """Take in the games of a phase: each new position is to be sampled `reuse` times."""
        new: float = self.window.add(experience.records, phase, trim=not experience.complete)
        if experience.share is not None:
            new = experience.share * self.window.positions
        self.credit += self.settings.reuse * new
        self._complete = experience.complete

    def due_steps(self) -> int:
        """Return the steps to make now, none while the window holds too little.

        Where no more positions will come, it is at least one.
        """
        steps = int(self.credit // self.settings.batch)
        if self._complete:
            return max(1, steps)
        return steps if self.window.positions >= self.settings.window_min else 0

    # ---- learning ------------------------------------------------------------------------------

    def learn(self, rate_scale: float, seed: int) -> Figures:
        """Make the steps that are due (see Learner)."""
        steps = self.due_steps()

        def draw(step: int) -> Sample:
            return self.window.games.sample(
                self.settings.batch,
                seed=seed,
                step=step,
                threads=self._sampler_threads,
                value_mix=self.settings.value_mix,
            )

        numbers = range(self.steps, self.steps + steps)
        # On a CPU a step has the cores to itself.
        with closing(drawn_ahead(draw, numbers, ahead=self.device.type != "cpu")) as samples:
            seen = [self.step(sample, rate_scale) for sample in samples]
        self.credit -= steps * self.settings.batch
        return _means(seen)

    def step(self, sample: Sample, rate_scale: float = 1.0) -> StepStats:
        """Take one step on a batch (see common/gradients.py).

        If loss or gradient is not finite, weights, averages and optimizer stay as they are, bit for
        bit. Raises Diverged at the fifth such step in a row.
        """
        arrays = [packed(sample["planes"])]
        arrays += (np.ascontiguousarray(sample[k]) for k in ("scalars", "policy", "legal", "wdl"))
        warm_up = min(1.0, (self.steps + 1) / max(1, self.settings.warmup_steps))
        rate = self.settings.learning_rate * warm_up * rate_scale
        with torch_threads(self.threads):
            seen = dict(zip(_FIGURES, self._gradients.compute(arrays), strict=True))
            skipped = not (math.isfinite(seen["loss"]) and math.isfinite(seen["gradient_norm"]))
            self.steps += 1
            self.skipped += skipped
            self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
            with self._gradients.stream():
                if skipped:
                    self._gradients.undo()
                else:
                    set_rate(self.optimizer, rate)
                    self.optimizer.step()
                    self._average.update(self.steps - self.skipped)
            self._gradients.settle()
        if self.skipped_in_a_row >= SKIPS_BEFORE_ROLLBACK:
            raise Diverged(f"{SKIPS_BEFORE_ROLLBACK} learner steps in a row were not finite")
        return StepStats(step=self.steps, skipped=skipped, learning_rate=rate, **seen)

    def _work(self, planes: Tensor, scalars: Tensor, *targets: Tensor) -> Tensor:
        """Forward pass, loss, gradients, clipping; return the _FIGURES as one vector."""
        x = self.network.shape.expand(planes, scalars, torch.float32)
        with torch.autocast(x.device.type, torch.bfloat16) if self._bfloat16 else nullcontext():
            policy, wdl = self.network(x)
        loss, figures = self._loss(policy.float(), wdl.float(), *targets)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.max_grad_norm)
        return torch.cat([figures, norm.detach()[None]])

    def _loss(
        self, policy: Tensor, wdl: Tensor, policy_target: Tensor, legal: Tensor, wdl_target: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Compare logits with targets: policy [B, A] over the legal ones [B, A], wdl [B, 3].

        Returns the loss, a scalar with a gradient, and what it says of the batch, without one.
        """
        log_policy = masked_log_softmax(policy, legal)
        log_wdl = functional.log_softmax(wdl, dim=1)
        policy_loss = -(policy_target * log_policy).sum(1).mean()
        value_loss = -(wdl_target * log_wdl).sum(1).mean()
        loss = policy_loss + self.settings.value_weight * value_loss
        with torch.no_grad():
            right = log_wdl.argmax(1) == wdl_target.argmax(1)
            figures = (
                loss,
                policy_loss,
                value_loss,
                entropy(log_policy.exp(), log_policy),
                entropy(policy_target, torch.log(policy_target.clamp_min(1e-12))),
                right.float().mean(),
                calibration_error(log_wdl.exp(), wdl_target),
            )
            return loss, torch.stack(figures)

    # ---- what others see -----------------------------------------------------------------------

    def figures(self, phase: int) -> Figures:
        """Return the state of the window, and the steps made."""
        return {
            "total_positions": self.window.total,
            "window_positions": self.window.positions,
            "window_age": self.window.mean_age(phase),
            "steps": self.steps,
        }

    def positions(self, count: int, seed: int) -> Mapping[str, npt.NDArray[np.generic]] | None:
        """Return a sample of the window (see Learner)."""
        if not self.window.positions:
            return None
        return self.window.games.sample(count, seed=seed, step=self.steps)

    # ---- checkpoints ---------------------------------------------------------------------------

    def tensors(self) -> dict[str, Tensor]:
        """Return network, average and optimizer state by name."""
        parts = {part: network.state_dict() for part, network in self.networks.items()}
        return join_parts(parts | {"optimizer": optimizer_tensors(self.network, self.optimizer)})

    def counters(self) -> dict[str, Any]:
        """Return the counters of steps, of samples due, and of the window."""
        return {
            "steps": self.steps,
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
            "credit": self.credit,
            "positions": self.window.total,
            "ages": self.window.ages,
        }

    def restore(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Take over what `tensors` and `counters` gave (see Learner)."""
        self.roll_back(tensors, counters)
        self.credit = counters["credit"]
        self._held = counters["positions"], counters["ages"]

    def recall(self, past: Callable[[int], Games]) -> None:
        """Fill the window again from the games that were made before."""
        self.window.reload(lambda positions: past(positions).records, *self._held)

    def roll_back(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Put networks and optimizer back (see Learner)."""
        with self._gradients.stream():
            for part, network in self.networks.items():
                network.load_state_dict(take_part(tensors, part))
            self.optimizer = make_optimizer(self.network, self.settings)
            restore_optimizer(self.network, self.optimizer, take_part(tensors, "optimizer"))
        self._gradients.settle()
        self.steps = counters["steps"]
        self.skipped = counters["skipped"]
        self.skipped_in_a_row = counters["skipped_in_a_row"]


# What `_work` returns, in this order; StepStats says what they mean.
_FIGURES = (
    "loss",
    "policy_loss",
    "value_loss",
    "policy_entropy",
    "target_entropy",
    "value_accuracy",
    "value_calibration_error",
    "gradient_norm",
)

# The means over the steps of a phase: their names in the metrics, and in StepStats.
_MEANS = {
    "loss": "loss",
    "loss_policy": "policy_loss",
    "loss_value": "value_loss",
    "policy_entropy": "policy_entropy",
    "target_entropy": "target_entropy",
    "value_accuracy": "value_accuracy",
    "learner_calibration_error": "value_calibration_error",
    "gradient_norm": "gradient_norm",
}


def _means(seen: list[StepStats]) -> Figures:
    """Average the figures of the steps that counted."""
    good = [stats for stats in seen if not stats.skipped]
    means: Figures = {"steps_done": len(seen), "steps_skipped": len(seen) - len(good)}
    if good:
        for name, attribute in _MEANS.items():
            means[name] = sum(getattr(stats, attribute) for stats in good) / len(good)
        means["learning_rate"] = good[-1].learning_rate
    return means
