"""The network's forward pass on one CPU core, as fast as torch's matrix products make it.

Activations are position-major, [squares, rows, channels]. So every part of a Winograd convolution
(winograd.py) is a plain matrix product on memory as it is. The product itself accumulates residual
sums, and biases are one more row of it. With 64 channels on a 6x7 board this takes a quarter of the
multiplications of torch's convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zero.devices.cores import torch_threads
from zero.inference.backends.winograd import axis_transform
from zero.inference.session import Floats, Maxima, unpack_planes
from zero.networks.network import Block, ConvNorm, Network, NetworkShape


@dataclass(frozen=True)
class Convolution:
    """A folded 3x3 convolution: `kernels` [products, inputs, outputs], `bias` [outputs]."""

    kernels: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Dense:
    """A matrix [inputs, outputs] and its bias [outputs]."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """[rows, inputs] -> [rows, outputs]."""
        return torch.addmm(self.bias, x, self.weight)


@dataclass(frozen=True)
class FastBlock:
    """A residual block; `context` holds the linear layers of its whole-board part."""

    first: Convolution
    second: Convolution
    context: tuple[Dense, ...]


@dataclass(frozen=True)
class Weights:
    """All weights of a network in the form that the forward pass needs."""

    stem: Convolution
    blocks: tuple[FastBlock, ...]
    policy_reduce: Dense
    policy_last: Dense  # on the squares, or over all of them
    policy_others: Dense | None
    value_reduce: Dense
    value_hidden: Dense
    value_out: Dense


class BoardTransform:
    """The Winograd matrices of a board, for both axes, in float32."""

    def __init__(self, height: int, width: int) -> None:
        self.rows, self.columns = axis_transform(height), axis_transform(width)
        self.products = self.rows.products * self.columns.products
        self.rows_in = _matrix(self.rows.input)
        # The column of ones brings in the bias, which is a row beside the transformed ones.
        self.rows_out = torch.cat([_matrix(self.rows.output), torch.ones(height, 1)], dim=1)
        self.columns_in = self._each_row(self.columns.input)
        self.columns_out = self._each_row(self.columns.output)

    def _each_row(self, matrix: object) -> Tensor:
        return _matrix(matrix).expand(self.rows.products, -1, -1).contiguous()

    def kernels(self, weight: Tensor) -> Tensor:
        """[outputs, inputs, 3, 3] -> [products, inputs, outputs], computed in float64."""
        rows, columns = (torch.from_numpy(axis.kernel) for axis in (self.rows, self.columns))
        both = torch.einsum("ra,oiab,cb->rcio", rows, weight.cpu().double(), columns)
        return both.reshape(self.products, weight.shape[1], weight.shape[0]).float().contiguous()


def _matrix(values: object) -> Tensor:
    return torch.as_tensor(values).float().contiguous()


class WinogradNetwork:
    """The weights, shared by all sessions; `refresh` takes a network's, whichever it is training.

    A session takes one reference to the weights for a whole forward pass. So it is safe to refresh
    while others compute: they finish with the weights they began with.
    """

    def __init__(self, network: Network) -> None:
        self.shape: NetworkShape = network.shape
        self.channels = network.settings.channels
        self.board = BoardTransform(self.shape.height, self.shape.width)
        self.weights = self._weights(network)

    def refresh(self, network: Network, maxima: Maxima | None = None) -> None:
        self.weights = self._weights(network)

    def session_rows(self, total: int) -> int:
        """Return how many rows go through the network at a time; all chunks of a batch are alike.

        The transformed boards of a chunk are about 2 MB at most, so that they stay near the core;
        below 32 rows the matrix products would be too narrow.
        """
        largest = min(128, max(32, 600_000 // (self.board.products * self.channels)))
        chunks = -(-total // largest)
        return -(-total // chunks)

    def session(self, rows: int) -> WinogradSession:
        return WinogradSession(self, rows)

    @torch.no_grad()
    def _weights(self, network: Network) -> Weights:
        policy, value = network.policy, network.value
        squares = self.shape.squares
        return Weights(
            stem=self._convolution(network.stem),
            blocks=tuple(self._block(block) for block in network.blocks),
            policy_reduce=_pointwise(policy.reduce),
            policy_last=_pointwise(policy.points)
            if policy.on_board
            else _over_squares(policy.linear, squares),
            policy_others=_dense(policy.others) if policy.on_board and policy.others else None,
            value_reduce=_pointwise(value.reduce),
            value_hidden=_over_squares(value.hidden, squares),
            value_out=_dense(value.out),
        )

    def _convolution(self, layer: ConvNorm) -> Convolution:
        weight, bias = layer.folded()
        return Convolution(self.board.kernels(weight), bias.cpu().clone())

    def _block(self, block: nn.Module) -> FastBlock:
        assert isinstance(block, Block)
        inner: Sequence[nn.Linear] = ()
        if block.context == "squeeze":
            inner = (block.squeeze, block.excite)
        elif block.context == "pool":
            inner = (block.spread,)
        return FastBlock(
            self._convolution(block.first),
            self._convolution(block.second),
            tuple(_dense(layer) for layer in inner),
        )


def _own(values: Tensor) -> Tensor:
    """Copy: the learner may go on changing its weights while these are in use."""
    return values.clone(memory_format=torch.contiguous_format)


def _dense(layer: nn.Linear) -> Dense:
    return Dense(_own(layer.weight.detach().cpu().t()), _own(layer.bias.detach().cpu()))


def _pointwise(layer: ConvNorm | nn.Conv2d) -> Dense:
    """A 1x1 convolution as a matrix over channels."""
    if isinstance(layer, ConvNorm):
        weight, bias = layer.folded()
    else:
        assert layer.bias is not None
        weight, bias = layer.weight.detach(), layer.bias.detach()
    return Dense(_own(weight.cpu().flatten(1).t()), _own(bias.cpu()))


def _over_squares(layer: nn.Linear, squares: int) -> Dense:
    """A linear layer over [channels, squares], with its inputs reordered to [squares, channels]."""
    weight = layer.weight.detach().cpu()
    outputs = weight.shape[0]
    turned = weight.view(outputs, -1, squares).permute(2, 1, 0).reshape(-1, outputs)
    return Dense(_own(turned), _own(layer.bias.detach().cpu()))


class _Buffers:
    """The memory of one kind of convolution (inputs -> outputs channels) for a number of rows.

    All kinds share three stretches of memory: `band` holds the board with one axis transformed,
    `spread` the transformed inputs, `products` the products.
    """

    def __init__(self, board: BoardTransform, rows: int, inputs: int, outputs: int) -> None:
        self.board, self.rows, self.inputs, self.outputs = board, rows, inputs, outputs

    def sizes(self) -> tuple[int, int, int]:
        """Return the floats needed in band, spread and products."""
        board, width = self.board, self.board.columns.output.shape[0]
        band = (
            width
            * self.rows
            * max(board.rows.products * self.inputs, (board.rows.products + 1) * self.outputs)
        )
        return (
            band,
            board.products * self.rows * self.inputs,
            board.products * self.rows * self.outputs,
        )

    def lay_out(self, band: Tensor, spread: Tensor, products: Tensor) -> None:
        """Make the views of the three stretches that the steps of a convolution use."""
        board, n, i, o = self.board, self.rows, self.inputs, self.outputs
        tall, wide = board.rows.products, board.columns.products
        width = board.columns.output.shape[0]
        flat = band[: tall * width * n * i]
        self.band_in = flat.view(tall, width * n * i)
        self.band_columns = flat.view(tall, width, n * i)
        flat = spread[: tall * wide * n * i]
        self.spread = flat.view(tall, wide, n * i)
        self.spread_each = flat.view(tall * wide, n, i)
        flat = products[: tall * wide * n * o]
        self.products_each = flat.view(tall * wide, n, o)
        self.products = flat.view(tall, wide, n * o)
        flat = band[: (tall + 1) * width * n * o]
        self.back = flat.view(tall + 1, width * n * o)
        self.back_columns = self.back[:tall].view(tall, width, n * o)
        self.back_bias = self.back[tall].view(width * n, o)

    def convolve(self, source: Tensor, layer: Convolution, target: Tensor, add: bool) -> None:
        """Put the convolution of source [H, W * rows * inputs] into target, or add it to it."""
        board = self.board
        torch.mm(board.rows_in, source, out=self.band_in)
        torch.bmm(board.columns_in, self.band_columns, out=self.spread)
        torch.bmm(self.spread_each, layer.kernels, out=self.products_each)
        torch.bmm(board.columns_out, self.products, out=self.back_columns)
        self.back_bias.copy_(layer.bias)
        if add:
            target.addmm_(board.rows_out, self.back)
        else:
            torch.mm(board.rows_out, self.back, out=target)


class WinogradSession:
    """Forward passes of a fixed number of rows (see InferenceSession).

    `input` is [squares, rows, P + S].
    """

    def __init__(self, network: WinogradNetwork, rows: int) -> None:
        self.network, self.rows = network, rows
        shape, channels = network.shape, network.channels
        self.input = torch.zeros(shape.squares, rows, shape.inputs)
        self._x = torch.empty(shape.squares, rows, channels)
        self._y = torch.empty(shape.squares, rows, channels)
        block = network.weights.blocks[0]
        inner = block.second.kernels.shape[1]
        self._narrow = torch.empty(shape.squares, rows, inner) if inner < channels else self._y
        self._stem = _Buffers(network.board, rows, shape.inputs, channels)
        self._first = _Buffers(network.board, rows, channels, channels)
        self._second = _Buffers(network.board, rows, inner, channels)
        kinds = (self._stem, self._first, self._second)
        needed = [max(sizes) for sizes in zip(*(kind.sizes() for kind in kinds), strict=True)]
        memory = [torch.empty(size) for size in needed]
        for kind in kinds:
            kind.lay_out(*memory)

    def load(self, planes: npt.NDArray[np.uint64], scalars: Floats) -> None:
        shape, count = self.network.shape, len(planes)
        unpacked = torch.from_numpy(unpack_planes(planes, shape.squares))
        self.input[:, :count, : shape.planes] = unpacked.permute(2, 0, 1)
        if shape.scalars:
            self.input[:, :count, shape.planes :] = torch.from_numpy(scalars)

    def forward(self) -> tuple[Floats, Floats]:
        """Return logits [rows, A] and [rows, 3] (see InferenceSession), computed on one core."""
        with torch_threads(1):
            policy, wdl = self._forward()
        return policy.numpy(), wdl.numpy()

    @torch.inference_mode()
    def _forward(self) -> tuple[Tensor, Tensor]:
        weights, height = self.network.weights, self.network.shape.height
        self._stem.convolve(
            self.input.view(height, -1), weights.stem, self._x.view(height, -1), add=False
        )
        self._x.relu_()
        for block in weights.blocks:
            self._block(block)
        return self._policy(weights), self._value(weights)

    def _block(self, block: FastBlock) -> None:
        height = self.network.shape.height
        x, y = self._x.view(height, -1), self._y.view(height, -1)
        self._first.convolve(x, block.first, y, add=False)
        inner = self._y
        if len(block.context) == 1:
            inner = self._pool(block.context[0])
        inner.relu_()
        squeeze = len(block.context) == 2
        if squeeze:
            self._second.convolve(y, block.second, y, add=False)
            hidden = block.context[0](self._y.mean(0)).relu_()
            self._x.addcmul_(self._y, torch.sigmoid_(block.context[1](hidden)))
        else:
            self._second.convolve(inner.view(height, -1), block.second, x, add=True)
        self._x.relu_()

    def _pool(self, spread: Dense) -> Tensor:
        """Turn the pooled channels of y into biases of the others, which are returned."""
        own = self._narrow.shape[2]
        pooled = self._y[..., own:].relu_()
        whole = torch.cat([pooled.mean(0), pooled.amax(0)], dim=1)
        torch.add(self._y[..., :own], spread(whole), out=self._narrow)
        return self._narrow

    def _reduced(self, layer: Dense) -> Tensor:
        """Return the hidden channels of a head, [squares, rows, hidden]."""
        flat = self._x.view(-1, self._x.shape[2])
        return layer(flat).relu_().view(self._x.shape[0], self.rows, -1)

    def _policy(self, weights: Weights) -> Tensor:
        hidden = self._reduced(weights.policy_reduce)
        if self.network.shape.action_planes == 0:
            return weights.policy_last(hidden.permute(1, 0, 2).reshape(self.rows, -1))
        planes = weights.policy_last(hidden.view(-1, hidden.shape[2]))
        logits = planes.view(*hidden.shape[:2], -1).permute(1, 0, 2).reshape(self.rows, -1)
        if weights.policy_others is None:
            return logits
        whole = torch.cat([hidden.mean(0), hidden.amax(0)], dim=1)
        return torch.cat([logits, weights.policy_others(whole)], dim=1)

    def _value(self, weights: Weights) -> Tensor:
        hidden = self._reduced(weights.value_reduce).permute(1, 0, 2).reshape(self.rows, -1)
        return weights.value_out(weights.value_hidden(hidden).relu_())
