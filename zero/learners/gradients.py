"""The gradients of a batch: forward, loss, backward, clipping. On a GPU, as one captured graph.

A step of a small network is hundreds of kernels, each of which a GPU has done before the next one
is launched. Captured, they are one launch; what Python still does for a step is to fill in the
batch, to read what was found, and to let the optimizer go.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from zero.devices.cuda_graph import Captured, pinned
from zero.learners.loss import FIGURES, loss_and_figures
from zero.networks.network import Network
from zero.settings.schema import TrainingSettings

# A batch: planes uint64 [B, P, W], scalars float32 [B, S], policy float32 [B, A], legal bool
# [B, A], wdl float32 [B, 3].
Sample = Mapping[str, npt.NDArray[Any]]


class Gradients:
    """Computes the gradients of a network for one batch after the other."""

    def __init__(self, network: Network, settings: TrainingSettings, bfloat16: bool) -> None:
        """`bfloat16` is for the products; weights, their sums and the losses stay float32."""
        self._network = network
        self._settings = settings
        self._bfloat16 = bfloat16
        self._device = next(network.parameters()).device
        self._buffers = list(network.buffers())
        self._before: list[Tensor] = []  # the buffers, as they were before the batch

    def compute(self, sample: Sample) -> dict[str, float]:
        """Leave the clipped gradients of a batch in the network's parameters.

        Returns the FIGURES and "gradient_norm", that before clipping. The statistics of the batch
        go into batch norm's buffers.
        """
        tensors = (torch.from_numpy(array) for array in _arrays(sample))
        return _named(self._work(*(tensor.to(self._device) for tensor in tensors)))

    def undo(self) -> None:
        """Put batch norm's buffers back to where they were before the batch."""
        for buffer, before in zip(self._buffers, self._before, strict=True):
            buffer.copy_(before)

    def stream(self) -> AbstractContextManager[object]:
        """Where the gradients are computed: what changes the weights must be called within."""
        return nullcontext()

    def settle(self) -> None:
        """Wait until all that was called within `stream` has been carried out."""

    def _work(self, planes: Tensor, scalars: Tensor, *targets: Tensor) -> Tensor:
        """Do the work on the tensors of a batch; return its figures as one vector."""
        self._network.zero_grad(set_to_none=True)
        self._before = [buffer.clone() for buffer in self._buffers]
        x = self._network.shape.expand(planes, scalars, torch.float32)
        with torch.autocast(x.device.type, torch.bfloat16) if self._bfloat16 else nullcontext():
            policy, wdl = self._network(x)
        answers = (policy.float(), wdl.float())
        loss, figures = loss_and_figures(answers, targets, self._settings.value_weight)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self._network.parameters(), self._settings.max_grad_norm)
        return torch.cat([figures, norm.detach()[None]])


class GpuGradients(Gradients):
    """The same on a GPU. The graph is captured for the first batch, and anew for another size."""

    def __init__(self, network: Network, settings: TrainingSettings, bfloat16: bool) -> None:
        super().__init__(network, settings, bfloat16)
        self._rows = 0  # of the batches that the graph is for
        self._graph: Captured | None = None

    def compute(self, sample: Sample) -> dict[str, float]:
        """Leave the clipped gradients of a batch in the network's parameters (see Gradients)."""
        arrays = _arrays(sample)
        if len(arrays[0]) != self._rows:
            self._capture(arrays)
        if self._graph is None:
            return super().compute(sample)
        for here, array in zip(self._pinned, arrays, strict=True):
            here.numpy()[...] = array  # torch would wake a team of threads for large ones
        with self._graph.stream():
            for there, here in zip(self._on_gpu, self._pinned, strict=True):
                there.copy_(here, non_blocking=True)
            self._graph.replay()
            return _named(self._graph.outputs[0])

    def stream(self) -> AbstractContextManager[object]:
        """Where the gradients are computed (see Gradients)."""
        return nullcontext() if self._graph is None else self._graph.stream()

    def settle(self) -> None:
        """Wait until all that was called within `stream` has been carried out."""
        if self._graph is not None:
            self._graph.wait()

    def _capture(self, arrays: list[npt.NDArray[Any]]) -> None:
        self._rows, self._graph = len(arrays[0]), None
        self._pinned = [pinned(torch.from_numpy(array)) for array in arrays]
        self._on_gpu = [tensor.to(self._device, copy=True) for tensor in self._pinned]
        untouched = [buffer.clone() for buffer in self._buffers]
        try:
            self._graph = Captured(lambda: (self._work(*self._on_gpu),), self._device)
        except RuntimeError as problem:
            text = f"a learner step cannot be captured ({problem}); its kernels start one by one"
            warnings.warn(text, stacklevel=2)
        with self.stream():  # the passes before the capture have left their statistics
            for buffer, before in zip(self._buffers, untouched, strict=True):
                buffer.copy_(before)
        self.settle()  # before `untouched` goes


def _arrays(sample: Sample) -> list[npt.NDArray[Any]]:
    """Return the parts of a batch, the planes as int64 [B, P * W]."""
    planes = np.ascontiguousarray(sample["planes"])
    packed = planes.view(np.int64).reshape(len(planes), planes.shape[1] * planes.shape[2])
    others = (np.ascontiguousarray(sample[key]) for key in ("scalars", "policy", "legal", "wdl"))
    return [packed, *others]


def _named(figures: Tensor) -> dict[str, float]:
    return dict(zip((*FIGURES, "gradient_norm"), figures.tolist(), strict=True))
