"""The learner: fits a network to what the search found, and averages its weights for play.

Loss of a position: cross-entropy of the policy with the search's distribution over the legal
actions, plus `value_weight` times that of win/draw/loss with the outcome (Silver et al. 2017,
eq. 1, with a win/draw/loss head for the squared error; weight decay sits in the optimizer).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from zero.inference.backend import unpack_planes
from zero.network import Network
from zero.settings import TrainingSettings
from zero.torch_threads import available_cores, torch_threads

Sample = Mapping[str, npt.NDArray[Any]]

SKIPS_BEFORE_ROLLBACK = 5
_CALIBRATION_BINS = 10


class Diverged(Exception):
    """Five steps in a row were skipped: go back to the last checkpoint. `stats`: of the fifth."""

    def __init__(self, stats: StepStats) -> None:
        super().__init__(f"{SKIPS_BEFORE_ROLLBACK} learner steps in a row were not finite")
        self.stats = stats


@dataclass(frozen=True)
class StepStats:
    """What a step saw, before it changed the weights. Losses and entropies are in nats.

    `skipped`: loss or gradient was not finite, and nothing was changed. `value_accuracy`: share of
    positions whose likeliest result is the target's. `value_calibration_error`: mean distance of
    value and target over ten bins of value, both in [-1, 1].
    """

    step: int
    skipped: bool
    loss: float
    policy_loss: float
    value_loss: float
    policy_entropy: float
    target_entropy: float
    value_accuracy: float
    value_calibration_error: float
    gradient_norm: float
    learning_rate: float


@dataclass(frozen=True)
class _Terms:
    """The two losses of a batch and what they came from."""

    policy_target: Tensor
    wdl_target: Tensor
    log_policy: Tensor
    log_wdl: Tensor
    policy_loss: Tensor
    value_loss: Tensor

    @classmethod
    def of(cls, policy: Tensor, wdl: Tensor, targets: tuple[Tensor, Tensor, Tensor]) -> _Terms:
        """Compare logits of policy [B, A] and win/draw/loss [B, 3] with their targets."""
        policy_target, legal, wdl_target = targets
        log_policy = masked_log_softmax(policy, legal)
        log_wdl = functional.log_softmax(wdl, dim=1)
        policy_loss = -(policy_target * log_policy).sum(1).mean()
        value_loss = -(wdl_target * log_wdl).sum(1).mean()
        return cls(policy_target, wdl_target, log_policy, log_wdl, policy_loss, value_loss)

    @torch.no_grad()
    def figures(self) -> dict[str, float]:
        """Return the fields of StepStats that describe the batch."""
        right = self.log_wdl.argmax(1) == self.wdl_target.argmax(1)
        target_logarithms = torch.log(self.policy_target.clamp_min(1e-12))
        return {
            "policy_loss": self.policy_loss.item(),
            "value_loss": self.value_loss.item(),
            "policy_entropy": _entropy(self.log_policy.exp(), self.log_policy),
            "target_entropy": _entropy(self.policy_target, target_logarithms),
            "value_accuracy": right.float().mean().item(),
            "value_calibration_error": _calibration_error(self.log_wdl.exp(), self.wdl_target),
        }


class Learner:
    """Network, averaged network, optimizer and counters: all that learning depends on.

    On a CPU a step is a function of these and of its batch, bit for bit, for a given number of
    threads and a given precision. Weights, their sums and the losses are float32 in any precision;
    bfloat16 is for the products of the forward and backward pass.
    """

    def __init__(
        self,
        network: Network,
        settings: TrainingSettings,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        self.settings = settings
        self.device = torch.device(device)
        self.precision = resolved_precision(settings, device)
        self.threads = available_cores() if threads is None else threads
        # channels_last trains 1.2 times as fast on a CPU, and more on a card.
        self.network = network.to(self.device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimizer = _optimizer(self.network, settings)
        self.steps = 0  # attempted, the skipped ones among them
        self.skipped = 0
        self.skipped_in_a_row = 0

    def step(self, sample: Sample, rate_scale: float = 1.0) -> StepStats:
        """Take one step on a batch.

        sample: planes uint64 [B, P, W], scalars float32 [B, S], policy float32 [B, A], legal bool
        [B, A], wdl float32 [B, 3]. rate_scale multiplies the learning rate (the run's schedule;
        the warm-up is applied here). If loss or gradient is not finite, weights, averages and
        optimizer stay as they are, bit for bit. Raises Diverged at the fifth such step in a row.
        """
        with torch_threads(self.threads):
            return self._step(sample, rate_scale)

    def _step(self, sample: Sample, rate_scale: float) -> StepStats:
        rate = self._learning_rate(rate_scale)
        statistics = [buffer.clone() for buffer in self.network.buffers()]
        policy, wdl = self._forward(sample)
        terms = _Terms.of(policy, wdl, self._targets(sample))
        loss = terms.policy_loss + self.settings.value_weight * terms.value_loss
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        skipped = not bool(torch.isfinite(loss) & torch.isfinite(norm))
        self.steps += 1
        self.skipped += skipped
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
        if skipped:
            for buffer, before in zip(self.network.buffers(), statistics, strict=True):
                buffer.copy_(before)
        else:
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.step()
            self._update_average()
        self.optimizer.zero_grad(set_to_none=True)
        stats = StepStats(
            step=self.steps,
            skipped=skipped,
            loss=loss.item(),
            gradient_norm=norm.item(),
            learning_rate=rate,
            **terms.figures(),
        )
        if self.skipped_in_a_row >= SKIPS_BEFORE_ROLLBACK:
            raise Diverged(stats)
        return stats

    def _forward(self, sample: Sample) -> tuple[Tensor, Tensor]:
        """Return float32 logits of policy [B, A] and win/draw/loss [B, 3]."""
        shape = self.network.shape
        planes = unpack_planes(sample["planes"], shape.squares)
        x = self._to(planes).float().view(len(planes), shape.planes, shape.height, shape.width)
        if shape.scalars:
            scalars = self._to(sample["scalars"])[:, :, None, None]
            x = torch.cat([x, scalars.expand(-1, -1, shape.height, shape.width)], dim=1)
        short = self.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16) if short else nullcontext():
            policy, wdl = self.network(x)
        return policy.float(), wdl.float()

    def _targets(self, sample: Sample) -> tuple[Tensor, Tensor, Tensor]:
        """Return policy [B, A], legal [B, A] and win/draw/loss [B, 3] on the device."""
        return self._to(sample["policy"]), self._to(sample["legal"]), self._to(sample["wdl"])

    def _to(self, array: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def _learning_rate(self, scale: float) -> float:
        warm_up = min(1.0, (self.steps + 1) / max(1, self.settings.warmup_steps))
        return self.settings.learning_rate * warm_up * scale

    @torch.no_grad()
    def _update_average(self) -> None:
        """Move the average a little; batch statistics are averaged like weights.

        The first steps count for more, or the untrained start would be remembered for long.
        """
        done = self.steps - self.skipped
        decay = min(self.settings.average, done / (done + 10.0))
        new = self.network.state_dict()
        for name, old in self.average.state_dict().items():
            if old.is_floating_point():
                old.lerp_(new[name], 1.0 - decay)
            else:
                old.copy_(new[name])

    def counters(self) -> dict[str, int]:
        """Return the counters of a checkpoint."""
        return {
            "steps": self.steps,
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
        }

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor of a checkpoint by name: network, average and optimizer state."""
        named = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        named |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                if isinstance(value, Tensor):
                    named[f"optimizer.{name}.{key}"] = value
        return named

    def restore(self, tensors: Mapping[str, Tensor], counters: Mapping[str, int]) -> None:
        """Take over what `tensors` and `counters` gave; the next step is then the same.

        The names and shapes must have been checked (zero/checkpoint.py does).
        """
        self.network.load_state_dict(_below(tensors, "network."))
        self.average.load_state_dict(_below(tensors, "average."))
        self.optimizer = _optimizer(self.network, self.settings)
        parameters = dict(self.network.named_parameters())
        for name, value in _below(tensors, "optimizer.").items():
            owner, _, key = name.rpartition(".")
            parameter = parameters[owner]
            # The optimizer walks memory, so its state must lie as its parameter does.
            like = parameter.detach() if value.shape == parameter.shape else value
            state = torch.empty_like(like, device=self.device)
            self.optimizer.state[parameter][key] = state.copy_(value)
        self.steps = counters["steps"]
        self.skipped = counters["skipped"]
        self.skipped_in_a_row = counters["skipped_in_a_row"]


def resolved_precision(settings: TrainingSettings, device: str) -> Literal["float32", "bfloat16"]:
    """Return the precision that `settings` ask for; for "auto", the faster one on the device.

    A processor with AVX-512 or AMX instructions for bfloat16 makes a step of 4x48 or 5x64 in 0.6
    of the time; one without would emulate them.
    """
    if settings.precision != "auto":
        return settings.precision
    able: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    if device == "cuda" or able.get("avx512_bf16") or able.get("amx_bf16"):
        return "bfloat16"
    return "float32"


def masked_log_softmax(logits: Tensor, legal: Tensor) -> Tensor:
    """Return log probabilities over the legal actions [B, A]; 0 at the others, which no loss sees.

    A large finite number masks, not infinity: an infinity times a target of 0 would be no number.
    """
    masked = logits.masked_fill(~legal, -1e30)
    return functional.log_softmax(masked, dim=1).masked_fill(~legal, 0.0)


def _optimizer(network: Network, settings: TrainingSettings) -> torch.optim.Optimizer:
    """Build the optimizer; weight decay is for weights, not for biases and batch norm."""
    groups: list[dict[str, Any]] = [
        {
            "params": [p for p in network.parameters() if p.ndim > 1],
            "weight_decay": settings.weight_decay,
        },
        {"params": [p for p in network.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            groups, settings.learning_rate, momentum=settings.momentum, nesterov=True, fused=True
        )
    return torch.optim.AdamW(groups, settings.learning_rate, fused=True)


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _entropy(probabilities: Tensor, logarithms: Tensor) -> float:
    return -(probabilities * logarithms).sum(1).mean().item()


def _calibration_error(wdl: Tensor, target: Tensor) -> float:
    """Return the mean distance of value and target over ten bins of value."""
    value, truth = wdl[:, 0] - wdl[:, 2], target[:, 0] - target[:, 2]
    bins = ((value + 1.0) * (_CALIBRATION_BINS / 2)).long().clamp(0, _CALIBRATION_BINS - 1)
    gaps = torch.zeros(_CALIBRATION_BINS, device=value.device).index_add_(0, bins, value - truth)
    return (gaps.abs().sum() / value.shape[0]).item()
