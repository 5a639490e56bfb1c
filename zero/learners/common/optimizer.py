"""The optimizer of a network: how it is built, and its state in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from zero.settings.schema import TrainingSettings


def make_optimizer(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
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


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimizer_tensors(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's state as `PARAMETER.KEY` tensors."""
    return {
        f"{name}.{key}": value
        for name, parameter in network.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(
    network: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]
) -> None:
    """Give a new optimizer the state that `optimizer_tensors` returned."""
    parameters = dict(network.named_parameters())
    for name, value in tensors.items():
        owner, _, key = name.rpartition(".")
        parameter = parameters[owner]
        # The optimizer walks memory, so its state must lie as its parameter does.
        like = parameter.detach() if value.shape == parameter.shape else value
        state = torch.empty_like(like, device=parameter.device)
        optimizer.state[parameter][key] = state.copy_(value)


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
