"""Fused convolutions, with cuDNN's functions replaced by what they compute."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from zero.inference.cuda.fused import FusedConvNorm, fuse
from zero.networks.network import Network, NetworkShape, fold, refold
from zero.settings.schema import NetworkSettings

SHAPE = NetworkShape(3, 2, 6, 7, 7, "columns", 0)


def _relu(
    x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int, dilation: int, groups: int
) -> Tensor:
    return functional.relu(functional.conv2d(x, weight, bias, stride, padding, dilation, groups))


def _add_relu(
    x: Tensor,
    weight: Tensor,
    shortcut: Tensor,
    alpha: float,
    bias: Tensor,
    stride: int,
    padding: int,
    dilation: int,
    groups: int,
) -> Tensor:
    out = functional.conv2d(x, weight, bias, stride, padding, dilation, groups)
    return functional.relu(out + alpha * shortcut)


def _noted(
    called: list[str], name: str, function: Callable[..., Tensor], *arguments: Any
) -> Tensor:
    called.append(name)
    return function(*arguments)


@pytest.mark.parametrize("context", ["none", "squeeze", "pool"])
def test_the_answers_stay_the_same(
    make_trained: Callable[..., Network], monkeypatch: pytest.MonkeyPatch, context: str
) -> None:
    called = []
    for name, function in (("relu", _relu), ("add_relu", _add_relu)):
        notes = functools.partial(_noted, called, name, function)
        monkeypatch.setattr(torch, f"cudnn_convolution_{name}", notes)
    settings = NetworkSettings.model_validate({"blocks": 2, "channels": 16, "context": context})
    old, new = make_trained(SHAPE, settings, 1), make_trained(SHAPE, settings, 2)
    fused = fold(old)
    fuse(fused)
    # Stem and heads, and of each block the first, the second, or none as its context allows.
    in_blocks = {"none": (2, 2), "squeeze": (2, 0), "pool": (0, 2)}[context]
    assert (called.count("relu"), called.count("add_relu")) == (3 + in_blocks[0], in_blocks[1])
    x = torch.rand(20, SHAPE.inputs, 6, 7)
    for network in (old, new):
        refold(fused, network)
        with torch.inference_mode():
            for got, expected in zip(fused(x), network(x), strict=True):
                torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_without_such_kernels_the_network_stays_as_it_is(
    make_trained: Callable[..., Network],
) -> None:
    network = fold(make_trained(SHAPE, NetworkSettings(blocks=1, channels=16), 1))
    x = torch.rand(5, SHAPE.inputs, 6, 7)
    before = network(x)
    with pytest.warns(UserWarning, match="convolutions are not fused"):
        fuse(network)  # on a processor, where cuDNN is not
    assert not any(isinstance(module, FusedConvNorm) for module in network.modules())
    assert all(torch.equal(*pair) for pair in zip(before, network(x), strict=True))
