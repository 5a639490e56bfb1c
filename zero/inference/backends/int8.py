"""The network's forward pass in int8, on processors with instructions for it (VNNI).

Activations are uint8 with one scale per tensor, weights int8 with one scale per output (after Jacob
et al. 2018, section 2). The input of a convolution is never negative, so its zero is code 0. Planes
are exact. The scalars' part of the stem, the last layer of each head and the whole-board layers of
a block are computed in float32. If it saves products, the blocks' convolutions are computed for two
squares at once (zero/inference/native/layer.hpp), from activations of 7 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zero.inference.session import Floats, Maxima
from zero.networks.network import Block, ConvNorm, Network, NetworkShape
from zero_core.inference import Int8Forward, Int8Values, Int8Weights, int8_kernels

_ROWS = 48  # whole tiles of the kernel; larger batches gain nothing, and leave the caches
_LARGEST_CODE = 255  # of an activation
_LARGEST_WEIGHT = 127
_WORTH_PAIRING = 0.8  # largest share of the products left
_LARGEST_SUM = 2**31 - 2**24  # of products, with room for the rounding of the weights


def available() -> bool:
    """Whether this build and this processor have the instructions."""
    return int8_kernels()[0] != "scalar"


class Int8Network:
    """The weights, shared by all sessions.

    `maxima` of "blocks.I.first.conv", "blocks.I.second.conv", "policy.reduce.conv" and
    "value.hidden" are read; larger activations are cut off there. `kernel` names one of
    `int8_kernels()`; all give the same answers, bit for bit.
    """

    def __init__(self, network: Network, maxima: Maxima, kernel: str | None = None) -> None:
        self.shape: NetworkShape = network.shape
        self.sizes = _sizes(network)
        self._kernel = kernel or int8_kernels()[0]
        self.refresh(network, maxima)

    def refresh(self, network: Network, maxima: Maxima | None = None) -> None:
        assert maxima is not None
        layers = _Quantiser(maxima, self.sizes["paired"]).layers(network)
        self.weights = Int8Weights(self.sizes, layers, self._kernel)

    def session_rows(self, total: int) -> int:
        """Return the size of the batch's parts, which are as equal as they can be."""
        parts = -(-total // _ROWS)
        return -(-total // parts)

    def session(self, rows: int) -> Int8Session:
        return Int8Session(self, rows)


class Int8Session:
    """Forward passes of one thread. A row's answer depends only on the row."""

    def __init__(self, network: Int8Network, rows: int) -> None:
        self._network = network
        self._native = Int8Forward(network.weights, rows)
        self._planes, self._scalars = self._native.planes, self._native.scalars
        self._answers: tuple[Floats, Floats] = (self._native.logits, self._native.wdl)

    def load(self, planes: npt.NDArray[np.uint64], scalars: Floats) -> None:
        self._planes[: len(planes)] = planes
        self._scalars[: len(scalars)] = scalars

    def forward(self) -> tuple[Floats, Floats]:
        self._native.forward(self._network.weights)
        return self._answers


def _sizes(network: Network) -> dict[str, int]:
    """Return all that the native session has to know of a network."""
    shape, settings = network.shape, network.settings
    block = network.blocks[0]
    assert isinstance(block, Block)
    squeezed = block.squeeze.out_features if block.context == "squeeze" else 0
    return {
        "height": shape.height,
        "width": shape.width,
        "planes": shape.planes,
        "scalars": shape.scalars,
        "actions": shape.actions,
        "action_planes": shape.action_planes,
        "channels": settings.channels,
        "policy_channels": settings.policy_channels,
        "value_channels": settings.value_channels,
        "value_hidden": settings.value_hidden,
        "pooled": block.pooled,
        "squeezed": squeezed,
        "paired": _pairing(shape.height, shape.width),
    }


def _pairing(height: int, width: int) -> int:
    """Return whether the squares of a board go in pairs: along columns (1), rows (2) or not (0)."""
    products = [4 * (size // 2) + 3 * (size % 2) for size in (height, width)]
    plain = [3 * size - 2 for size in (height, width)]
    costs = [plain[0] * plain[1], products[0] * plain[1], plain[0] * products[1]]
    best = min(range(3), key=lambda i: costs[i])
    return best if costs[best] < _WORTH_PAIRING * costs[0] else 0


@dataclass(frozen=True)
class _Matrices:
    """A layer's weights [M, I, O] as int8 codes with one scale per output, and its bias [O].

    `sums`: the sum of the absolute values of an output's weights.
    """

    codes: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats
    sums: Floats

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> _Matrices:
        """Round symmetrically: the largest weight of an output is 127 or -127.

        It is less if that many weights could give a sum beyond 32 bits.
        """
        weight = weight.contiguous()
        sizes = weight.abs().flatten(0, 1)
        largest = torch.cat([sizes, torch.full_like(bias, 1e-20)[None]]).amax(0)
        sums = sizes.sum(0)
        fitting = sums * (_LARGEST_CODE / _LARGEST_SUM)
        scale = torch.maximum(largest / _LARGEST_WEIGHT, fitting)
        codes = (weight / scale).round_().to(torch.int8)
        return cls(codes.numpy(), scale.numpy(), bias.numpy(), sums.numpy())

    def bound(self, largest_input: float) -> float:
        """Return what hardly an output exceeds in absolute value (but for the rounding)."""
        return float((self.sums * largest_input + np.abs(self.bias)).max())

    def layer(self, source: float, target: float, carry: float = 0.0) -> Int8Values:
        """From codes of scale `source` to values in units of `target`."""
        scale = np.asarray(self.scale * source / target, np.float32)
        return Int8Values.codes(
            self.codes, scale, np.asarray(self.bias / target, np.float32), carry
        )


class _Quantiser:
    """Makes a network's layers, from input to output, with the scale of each layer's output."""

    def __init__(self, maxima: Maxima, pairing: int) -> None:
        self._maxima, self._pairing = maxima, pairing
        self._layers: dict[str, Int8Values] = {}

    @torch.no_grad()
    def layers(self, network: Network) -> dict[str, Int8Values]:
        """Return all layers, by the names that the native network takes them by."""
        blocks = [block for block in network.blocks if isinstance(block, Block)]
        entering = [f"blocks.{i}.first.conv" for i in range(len(blocks))] + ["policy.reduce.conv"]
        tower = self._stem(network, entering[0])
        for i, block in enumerate(blocks):
            tower = self._block(f"blocks.{i}", block, tower, entering[i + 1])
        self._heads(network, tower)
        return self._layers

    def _scale(self, entered: str, bound: float) -> float:
        """The scale of what enters a module: no value in its unit may be too large for an int32."""
        return max(self._maxima[entered] / _LARGEST_CODE, bound * 2.0**-30, 1e-20)

    def _stem(self, network: Network, entered: str) -> float:
        weight, bias = _taps(network.stem)
        planes = network.shape.planes
        matrices = _Matrices.of(weight[:, :planes], bias)
        tower = self._scale(entered, matrices.bound(1.0))
        self._layers["stem"] = matrices.layer(1.0, tower)
        if network.shape.scalars:
            self._layers["stem.scalars"] = _floats(weight[:, planes:] / tower, bias / tower)
        return tower

    def _block(self, name: str, block: Block, source: float, entered: str) -> float:
        """Add a block's layers, and return the scale of what it gives out."""
        first, second = self._convolution(block.first), self._convolution(block.second)
        step = 2.0 if self._pairing else 1.0  # codes are halved
        inner = self._scale(f"{name}.second.conv", first.bound(step * _LARGEST_CODE * source))
        self._layers[f"{name}.first"] = first.layer(step * source, inner)
        largest = second.bound(step * _LARGEST_CODE * inner) + _LARGEST_CODE * source
        target = self._scale(entered, largest)
        self._layers[f"{name}.second"] = second.layer(step * inner, target, source / target)
        if block.context == "squeeze":
            weight, bias = _matrix(block.squeeze)
            self._layers[f"{name}.squeeze"] = _floats(weight * target, bias)
            self._layers[f"{name}.excite"] = _floats(*_matrix(block.excite))
        elif block.context == "pool":
            weight, bias = _matrix(block.spread)
            self._layers[f"{name}.spread"] = _floats(weight, bias / inner)
        return target

    def _convolution(self, layer: ConvNorm) -> _Matrices:
        if not self._pairing:
            return _Matrices.of(*_taps(layer))
        weight, bias = (part.float().cpu() for part in layer.folded())
        along, across = (2, 3) if self._pairing == 1 else (3, 2)
        g0, g1, g2 = weight.permute(along, across, 1, 0)
        sums = [g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, -g2]
        return _Matrices.of(torch.cat(sums), bias)

    def _heads(self, network: Network, tower: float) -> None:
        policy, value, squares = network.policy, network.value, network.shape.squares
        self._layers["policy.reduce"] = _Matrices.of(*_taps(policy.reduce)).layer(tower, 1.0)
        if policy.on_board:
            assert policy.points.bias is not None
            weight = policy.points.weight.flatten(1).t()[None]
            self._layers["policy.points"] = _floats(weight, policy.points.bias)
            if policy.others is not None:
                self._layers["policy.others"] = _floats(*_matrix(policy.others))
        else:
            self._layers["policy.linear"] = _floats(*_matrix(policy.linear, squares))
        reduce = _Matrices.of(*_taps(value.reduce))
        hidden = self._scale("value.hidden", reduce.bound(_LARGEST_CODE * tower))
        self._layers["value.reduce"] = reduce.layer(tower, hidden)
        matrices = _Matrices.of(*_matrix(value.hidden, squares))
        self._layers["value.hidden"] = matrices.layer(hidden, 1.0)
        self._layers["value.out"] = _floats(*_matrix(value.out))


def _taps(layer: ConvNorm) -> tuple[Tensor, Tensor]:
    """Return a convolution's weights, batch norm included, as [taps, inputs, outputs], and bias."""
    weight, bias = layer.folded()
    return weight.flatten(2).permute(2, 1, 0).float().cpu(), bias.float().cpu()


def _matrix(layer: nn.Linear, squares: int = 1) -> tuple[Tensor, Tensor]:
    """Return a linear layer's weights over [channels, squares] as [squares, channels, outputs]."""
    weight = layer.weight.detach().float().cpu()
    turned = weight.view(weight.shape[0], -1, squares).permute(2, 1, 0)
    return turned, layer.bias.detach().float().cpu()


def _floats(weight: Tensor, bias: Tensor) -> Int8Values:
    """A layer that stays in float32."""
    whole = weight.detach().float().cpu().contiguous().numpy()
    return Int8Values.floats(whole, bias.detach().float().cpu().contiguous().numpy())
