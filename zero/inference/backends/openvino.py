"""The network in OpenVINO, in float32 or, if the largest activations are given, in int8.

The graph is built operation by operation, as zero/networks/network.py computes it. In int8, the
input of a convolution is rounded to unsigned 8 bits (it has passed a ReLU, or is a plane of 0 and
1), and its weights to signed 8 bits with one scale per output channel. OpenVINO turns such pairs
into integer convolutions. What follows the heads' convolutions stays in float32. So does the first
convolution if scalars enter it, because they may have any value.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino
import torch
from openvino import opset13 as ops
from torch import Tensor, nn

from zero.devices.cores import available_cores
from zero.inference.session import STEM, Floats, Maxima, unpack_planes
from zero.networks.network import Block, ConvNorm, Network, NetworkShape, fold

_ROWS = (8, 32, 64)  # the sizes of batch that are compiled; larger ones gain nothing
_LEVELS = 256  # of an input; weights have one less, so that they lie evenly around 0

_core = openvino.Core()


class OpenVinoNetwork:
    """Compiled forward passes, one for each batch size, made on first use."""

    def __init__(self, network: Network, maxima: Maxima | None = None) -> None:
        self.shape: NetworkShape = network.shape
        self.compiled = _Compiled(network, maxima)

    def refresh(self, network: Network, maxima: Maxima | None = None) -> None:
        """Take over the weights of `network`; with `maxima` they are computed with in int8."""
        self.compiled = _Compiled(network, maxima)

    def session_rows(self, total: int) -> int:
        """Return the smallest size that holds the batch, or the largest if none does."""
        return next((rows for rows in _ROWS if rows >= total), _ROWS[-1])

    def session(self, rows: int) -> OpenVinoSession:
        return OpenVinoSession(self, rows)


class OpenVinoSession:
    """The forward passes of one thread; OpenVINO computes them on one core."""

    def __init__(self, network: OpenVinoNetwork, rows: int) -> None:
        shape = network.shape
        self._network, self._rows, self._squares = network, rows, shape.squares
        self._planes = np.zeros((rows, shape.planes, shape.height, shape.width), np.uint8)
        self._scalars = np.zeros((rows, shape.scalars, 1, 1), np.float32)
        self._compiled: _Compiled | None = None
        self._request: Any = None

    def load(self, planes: npt.NDArray[np.uint64], scalars: Floats) -> None:
        count = len(planes)
        self._planes.reshape(self._rows, -1, self._squares)[:count] = unpack_planes(
            planes, self._squares
        )
        self._scalars[:count, :, 0, 0] = scalars

    def forward(self) -> tuple[Floats, Floats]:
        if self._compiled is not self._network.compiled:
            self._take_over()
        self._request.infer()
        return self._answers

    def _take_over(self) -> None:
        """Make a request of the newest weights; it reads and writes the memory of this session."""
        self._compiled = self._network.compiled
        self._request = self._compiled.request(self._rows)
        for index, array in enumerate(a for a in (self._planes, self._scalars) if a.size):
            tensor = openvino.Tensor(array, shared_memory=True)
            self._request.set_input_tensor(index, tensor)
        policy, wdl = (self._request.get_output_tensor(index).data for index in (0, 1))
        self._answers: tuple[Floats, Floats] = (policy, wdl)


class _Compiled:
    """One state of the weights, compiled for each number of rows in use."""

    def __init__(self, network: Network, maxima: Maxima | None) -> None:
        self._folded, self._maxima = fold(network).cpu(), maxima
        cores = available_cores()
        # A stream a core: requests of different threads are computed at once, one core each.
        self._settings = {
            "INFERENCE_NUM_THREADS": cores,
            "NUM_STREAMS": cores,
            "INFERENCE_PRECISION_HINT": "f32",
            "ENABLE_CPU_PINNING": False,
        }
        self._by_rows: dict[int, Any] = {}
        self._lock = threading.Lock()

    def request(self, rows: int) -> Any:
        with self._lock:
            if rows not in self._by_rows:
                graph = _Graph(self._folded, self._maxima, rows).build()
                self._by_rows[rows] = _core.compile_model(graph, "CPU", self._settings)
            return self._by_rows[rows].create_infer_request()


class _Graph:
    """Writes a folded network out as a graph of OpenVINO for a fixed number of rows."""

    def __init__(self, network: Network, maxima: Maxima | None, rows: int) -> None:
        self._network, self._maxima, self._rows = network, maxima, rows
        self._names = {module: name for name, module in network.named_modules()}
        self._rounded: dict[tuple[Any, float], Any] = {}  # inputs that several layers share

    @torch.no_grad()
    def build(self) -> Any:
        """Return the graph: planes uint8 [rows, P, H, W], scalars [rows, S, 1, 1] -> logits."""
        inputs, x = self._inputs()
        x = ops.relu(self._convolution(x, self._network.stem))
        for block in self._network.blocks:
            assert isinstance(block, Block)
            x = self._block(x, block)
        return openvino.Model([self._policy(x), self._value(x)], inputs)

    def _inputs(self) -> tuple[list[Any], Any]:
        shape, rows = self._network.shape, self._rows
        inputs: list[Any] = []
        parts: list[Any] = []
        if shape.planes:
            size = [rows, shape.planes, shape.height, shape.width]
            inputs.append(ops.parameter(size, np.uint8))
            parts.append(ops.convert(inputs[-1], np.float32))
        if shape.scalars:
            inputs.append(ops.parameter([rows, shape.scalars, 1, 1], np.float32))
            whole = np.array([rows, shape.scalars, shape.height, shape.width])
            parts.append(ops.broadcast(inputs[-1], whole))
        return inputs, parts[0] if len(parts) == 1 else ops.concat(parts, 1)

    def _convolution(self, x: Any, layer: ConvNorm) -> Any:
        conv, name = layer.conv, self._names[layer.conv]
        weight, bias = layer.folded()
        kernel = ops.constant(weight.numpy())
        if self._maxima is not None and not (name == STEM and self._network.shape.scalars):
            x = self._rounded_input(x, self._maxima[name])
            kernel = _rounded_weights(kernel, weight)
        size = conv.kernel_size[0]
        pads = [size // 2] * 2
        out = ops.convolution(x, kernel, [1, 1], pads, pads, [1, 1])
        return ops.add(out, _floats(bias.view(1, -1, 1, 1)))

    def _rounded_input(self, x: Any, largest: float) -> Any:
        key = (x, largest)
        if key not in self._rounded:
            low, high = _floats([0.0]), _floats([max(largest, 1e-6)])
            self._rounded[key] = ops.fake_quantize(x, low, high, low, high, _LEVELS)
        return self._rounded[key]

    def _block(self, x: Any, block: Block) -> Any:
        hidden = self._convolution(x, block.first)
        if block.context == "pool":
            own = block.first.conv.out_channels - block.pooled
            parts = ops.variadic_split(hidden, 1, [own, block.pooled])
            spread = self._linear(_pooled(ops.relu(parts.output(1))), block.spread)
            hidden = ops.add(parts.output(0), _on_board(spread))
        out = self._convolution(ops.relu(hidden), block.second)
        if block.context == "squeeze":
            mean = ops.reduce_mean(out, np.array([2, 3]))
            gate = self._linear(ops.relu(self._linear(mean, block.squeeze)), block.excite)
            out = ops.multiply(out, _on_board(ops.sigmoid(gate)))
        return ops.relu(ops.add(x, out))

    def _policy(self, x: Any) -> Any:
        head = self._network.policy
        hidden = ops.relu(self._convolution(x, head.reduce))
        if not head.on_board:
            return self._linear(self._flat(hidden), head.linear)
        points = ops.convolution(
            hidden, _floats(head.points.weight), [1, 1], [0, 0], [0, 0], [1, 1]
        )
        assert head.points.bias is not None
        points = ops.add(points, _floats(head.points.bias.view(1, -1, 1, 1)))
        logits = self._flat(ops.transpose(points, np.array([0, 2, 3, 1])))
        if head.others is None:
            return logits
        return ops.concat([logits, self._linear(_pooled(hidden), head.others)], 1)

    def _value(self, x: Any) -> Any:
        head = self._network.value
        hidden = self._flat(ops.relu(self._convolution(x, head.reduce)))
        return self._linear(ops.relu(self._linear(hidden, head.hidden)), head.out)

    def _flat(self, x: Any) -> Any:
        return ops.reshape(x, np.array([self._rows, -1]), special_zero=False)

    def _linear(self, x: Any, layer: nn.Linear) -> Any:
        product = ops.matmul(x, _floats(layer.weight), False, True)
        return ops.add(product, _floats(layer.bias.view(1, -1)))


def _floats(values: Tensor | Sequence[float]) -> Any:
    return ops.constant(torch.as_tensor(values).detach().float().contiguous().numpy())


def _rounded_weights(kernel: Any, weight: Tensor) -> Any:
    largest = weight.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-8)
    low, high = _floats(-largest), _floats(largest)
    return ops.fake_quantize(kernel, low, high, low, high, _LEVELS - 1)


def _pooled(x: Any) -> Any:
    """Mean and maximum over the board, [rows, 2 C]."""
    board = np.array([2, 3])
    return ops.concat([ops.reduce_mean(x, board), ops.reduce_max(x, board)], 1)


def _on_board(x: Any) -> Any:
    """[rows, C] -> [rows, C, 1, 1]."""
    return ops.unsqueeze(x, np.array([2, 3]))
