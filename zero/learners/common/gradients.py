"""Computes a learner's gradients: on a processor directly, on a GPU as one graph.

A step of a small network is hundreds of kernels, and a GPU finishes each before the next one is
launched. Captured, they are one launch. Python then only fills in the batch, reads the results, and
calls the optimizer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zero.devices.cuda_graph import Captured, pinned

# A batch: planes uint64 [B, P, W], scalars float32 [B, S], policy float32 [B, A], legal bool
# [B, A], wdl float32 [B, 3].
Sample = Mapping[str, npt.NDArray[Any]]


class Gradients:
    """Calls a learner's work for one batch after another, and can undo its changes to buffers.

    `work` takes the tensors of a batch, leaves gradients in the network's parameters, and returns
    its figures as one vector. On a GPU it must not ask for an answer (no `item()`).
    """

    def __init__(self, network: nn.Module, work: Callable[..., Tensor]) -> None:
        self._network = network
        self._work = work
        self._device = next(network.parameters()).device
        self._buffers = list(network.buffers())
        self._before: list[Tensor] = []  # the buffers, as they were before the batch

    def compute(self, arrays: Sequence[npt.NDArray[Any]]) -> list[float]:
        """Work on the arrays of a batch; return its figures."""
        figures = self._run(*(torch.from_numpy(array).to(self._device) for array in arrays))
        return figures.tolist()

    def undo(self) -> None:
        """Put the buffers (the statistics of batch norm) back to where they were before."""
        for buffer, before in zip(self._buffers, self._before, strict=True):
            buffer.copy_(before)

    def stream(self) -> AbstractContextManager[object]:
        """Where the gradients are computed: what changes the weights must be called within."""
        return nullcontext()

    def settle(self) -> None:
        """Wait until all that was called within `stream` has been carried out."""

    def _run(self, *tensors: Tensor) -> Tensor:
        self._network.zero_grad(set_to_none=True)
        self._before = [buffer.clone() for buffer in self._buffers]
        return self._work(*tensors)


class GraphedGradients(Gradients):
    """The same on a GPU. The graph is captured for the first batch, and again for each new size."""

    def __init__(self, network: nn.Module, work: Callable[..., Tensor]) -> None:
        super().__init__(network, work)
        self._rows = 0  # of the batches that the graph is for
        self._graph: Captured | None = None

    def compute(self, arrays: Sequence[npt.NDArray[Any]]) -> list[float]:
        """Work on the arrays of a batch; return its figures (see Gradients)."""
        if len(arrays[0]) != self._rows:
            self._capture(arrays)
        if self._graph is None:
            return super().compute(arrays)
        for here, array in zip(self._pinned, arrays, strict=True):
            here.numpy()[...] = array  # torch would wake a team of threads for large ones
        with self._graph.stream():
            for there, here in zip(self._on_gpu, self._pinned, strict=True):
                there.copy_(here, non_blocking=True)
            self._graph.replay()
            return self._graph.outputs[0].tolist()

    def stream(self) -> AbstractContextManager[object]:
        """Where the gradients are computed (see Gradients)."""
        return nullcontext() if self._graph is None else self._graph.stream()

    def settle(self) -> None:
        """Wait until all that was called within `stream` has been carried out."""
        if self._graph is not None:
            self._graph.wait()

    def _capture(self, arrays: Sequence[npt.NDArray[Any]]) -> None:
        self._rows, self._graph = len(arrays[0]), None
        self._pinned = [pinned(torch.from_numpy(array)) for array in arrays]
        self._on_gpu = [tensor.to(self._device, copy=True) for tensor in self._pinned]
        untouched = [buffer.clone() for buffer in self._buffers]
        try:
            self._graph = Captured(lambda: (self._run(*self._on_gpu),), self._device)
        except RuntimeError as problem:
            text = f"a learner step cannot be captured ({problem}); its kernels start one by one"
            warnings.warn(text, stacklevel=2)
        with self.stream():  # the passes before the capture have left their statistics
            for buffer, before in zip(self._buffers, untouched, strict=True):
                buffer.copy_(before)
        self.settle()  # before `untouched` goes


def gradients_on(
    device: torch.device, network: nn.Module, work: Callable[..., Tensor]
) -> Gradients:
    """Return the way of computing gradients that suits the device."""
    return (Gradients if device.type == "cpu" else GraphedGradients)(network, work)


def packed(planes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return packed planes [B, P, W] as int64 [B, P * W], which torch can take."""
    rows = np.ascontiguousarray(planes)
    return rows.view(np.int64).reshape(len(rows), rows.shape[1] * rows.shape[2])
