"""The learner: fits a network to what the search found, and averages its weights for play."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from zero.devices.cores import available_cores, torch_threads
from zero.learners.gradients import GpuGradients, Gradients, Sample
from zero.networks.network import Network
from zero.settings.schema import TrainingSettings

SKIPS_BEFORE_ROLLBACK = 5


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
        # channels_last trains 1.2 times as fast on a CPU, and more on a GPU.
        self.network = network.to(self.device).train()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self._averaged = _averaged(self.average, self.network)
        self.optimizer = _optimizer(self.network, settings)
        gradients = Gradients if self.device.type == "cpu" else GpuGradients
        self._gradients = gradients(self.network, settings, self.precision == "bfloat16")
        self.steps = 0  # attempted, the skipped ones among them
        self.skipped = 0
        self.skipped_in_a_row = 0

    def step(self, sample: Sample, rate_scale: float = 1.0) -> StepStats:
        """Take one step on a batch.

        sample: see zero/learners/gradients.py. rate_scale multiplies the learning rate (the run's
        schedule; the warm-up is applied here). If loss or gradient is not finite, weights, averages
        and optimizer stay as they are, bit for bit. Raises Diverged at the fifth such step in a
        row.
        """
        with torch_threads(self.threads):
            return self._step(sample, rate_scale)

    def _step(self, sample: Sample, rate_scale: float) -> StepStats:
        rate = self._learning_rate(rate_scale)
        seen = self._gradients.compute(sample)
        skipped = not (math.isfinite(seen["loss"]) and math.isfinite(seen["gradient_norm"]))
        self.steps += 1
        self.skipped += skipped
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
        with self._gradients.stream():
            if skipped:
                self._gradients.undo()
            else:
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                self.optimizer.step()
                self._update_average()
        self._gradients.settle()
        stats = StepStats(step=self.steps, skipped=skipped, learning_rate=rate, **seen)
        if self.skipped_in_a_row >= SKIPS_BEFORE_ROLLBACK:
            raise Diverged(stats)
        return stats

    def _learning_rate(self, scale: float) -> float:
        warm_up = min(1.0, (self.steps + 1) / max(1, self.settings.warmup_steps))
        return self.settings.learning_rate * warm_up * scale

    @torch.no_grad()
    def _update_average(self) -> None:
        """Move the average a little; batch statistics are averaged like weights.

        The first steps count for more, or the untrained start would be remembered for long.
        """
        done = self.steps - self.skipped
        decay = min(self.settings.ema_decay, done / (done + 10.0))
        averages, weights, counts = self._averaged
        get_ema_multi_avg_fn(decay)(averages, weights, done)  # type: ignore[no-untyped-call]
        for old, new in counts:
            old.copy_(new)

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

        The names and shapes must have been checked (zero/run/checkpoint.py does).
        """
        with self._gradients.stream():
            self._restore_tensors(tensors)
        self._gradients.settle()
        self.steps = counters["steps"]
        self.skipped = counters["skipped"]
        self.skipped_in_a_row = counters["skipped_in_a_row"]

    def _restore_tensors(self, tensors: Mapping[str, Tensor]) -> None:
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


def _averaged(
    average: Network, network: Network
) -> tuple[list[Tensor], list[Tensor], list[tuple[Tensor, Tensor]]]:
    """Return the averages, what they are of, and pairs of what is only counted, in step."""
    new = network.state_dict()
    pairs = [(old, new[name]) for name, old in average.state_dict().items()]
    real = [pair for pair in pairs if pair[0].is_floating_point()]
    counts = [pair for pair in pairs if not pair[0].is_floating_point()]
    return [old for old, _ in real], [weight for _, weight in real], counts


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
