"""The network as an evaluator on a CUDA card.

bfloat16, channels_last, batch norm folded, one captured graph per size of batch. Positions go up
as packed bits and are expanded on the card; the logits of the legal actions are gathered there,
so that a row costs a few dozen bytes each way. New weights are written where the old ones stood,
and the graphs stay valid.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from selfplay import Batch
from zero.inference.limit import InferenceLimit
from zero.inference.quantization import Positions
from zero.network import Network, fold, refold

# Graphs are captured for these numbers of rows; a batch takes the smallest that holds it.
TIERS = (64, 256, 1024, 4096)
_QUEUED = 8  # passes that wait in each stream while the limit is measured: the card never does

# Of all shelves: one capture at a time in the whole process, for the card's memory is shared.
_LOCK = threading.Lock()


class CudaEvaluator:
    """Evaluates on one card: each call under way has a stream, memory and a graph to itself.

    Sessions go back to a shelf after each call, so that worker threads may come and go without a
    new capture. Rows with no legal actions are padding. The weights are shared; refresh them only
    while no batch is under way.
    """

    def __init__(self, network: Network, device: str = "cuda") -> None:
        self._device = torch.device(device)
        folded = fold(network).to(self._device, torch.bfloat16)
        for parameter in folded.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        self._network = folded
        self._shelf: dict[tuple[int, int], list[_Session]] = {}

    on_cpu = False
    backend = "cuda"

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Replay captured graphs over data on the card (see RefreshableEvaluator)."""
        sizes = rows or TIERS
        rates = {n: self._replay_rate(n, sessions, seconds / len(sizes)) for n in sizes}
        best = max(rates, key=lambda n: rates[n])
        return InferenceLimit(rates[best], best, sessions)

    def _replay_rate(self, rows: int, sessions: int, seconds: float) -> float:
        # Not from the shelf: their memory goes back when they have been measured.
        actions = self._network.shape.actions
        with _LOCK:
            made = [_Session(self._network, self._device, rows, actions) for _ in range(sessions)]
        for session in made:
            session.replay(1)
        torch.cuda.synchronize(self._device)
        passes, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            for session in made:
                session.replay(_QUEUED)
            for session in made:
                session.wait()
            passes += sessions * _QUEUED
        return passes * rows / spent

    def refresh(self, network: Network, positions: Positions | None = None) -> None:
        """Take over the weights of `network`, which may lie on any device."""
        refold(self._network, network)
        torch.cuda.synchronize(self._device)

    def evaluate(self, batch: Batch) -> None:
        """Fill batch.logits [R, L] and batch.wdl [R, 3] in place, for the player to move."""
        total = batch.counts.shape[0]
        for start in range(0, total, TIERS[-1]):
            rows = slice(start, min(start + TIERS[-1], total))
            if not batch.counts[rows].any():
                continue
            tier = next(size for size in TIERS if size >= rows.stop - rows.start)
            session = self._take(tier, batch.actions.shape[1])
            session.evaluate(batch, rows)
            self._put_back(session)

    def _take(self, tier: int, max_legal: int) -> _Session:
        with _LOCK:
            idle = self._shelf.setdefault((tier, max_legal), [])
            return idle.pop() if idle else _Session(self._network, self._device, tier, max_legal)

    def _put_back(self, session: _Session) -> None:
        with _LOCK:
            self._shelf[session.size].append(session)


def answer(
    network: Network, planes: Tensor, scalars: Tensor, actions: Tensor
) -> tuple[Tensor, Tensor]:
    """Evaluate packed positions on the device that holds them, in the network's precision.

    planes: the packed words as int64 [B, P * W]; scalars: float32 [B, S]; actions: int32 [B, L].
    Returns float16 logits of these actions [B, L] and win/draw/loss probabilities [B, 3]: the
    network itself computes with fewer bits, and half as many bytes come down.
    """
    shape, dtype = network.shape, network.stem.conv.weight.dtype
    shifts = torch.arange(64, device=planes.device)
    bits = (planes[:, :, None] >> shifts) & 1
    x = bits.view(planes.shape[0], shape.planes, 64 * shape.words_per_plane)
    x = x[..., : shape.squares].to(dtype)
    if shape.scalars:
        whole = scalars.to(dtype)[:, :, None].expand(-1, -1, shape.squares)
        x = torch.cat([x, whole], dim=1)
    x = x.reshape(-1, shape.inputs, shape.height, shape.width)
    policy, wdl = network(x.contiguous(memory_format=torch.channels_last))
    return policy.gather(1, actions.long()).half(), torch.softmax(wdl.float(), dim=1).half()


class _Session:
    """One captured graph, with pinned memory on the host's side and fixed memory on the card."""

    def __init__(self, network: Network, device: torch.device, rows: int, max_legal: int) -> None:
        shape = network.shape
        self.size = (rows, max_legal)
        self._network = network
        words = shape.planes * shape.words_per_plane
        self._inputs = (
            torch.zeros(rows, words, dtype=torch.int64).pin_memory(),
            torch.zeros(rows, shape.scalars).pin_memory(),
            torch.zeros(rows, max_legal, dtype=torch.int32).pin_memory(),
        )
        self._outputs = (
            torch.zeros(rows, max_legal, dtype=torch.float16).pin_memory(),
            torch.zeros(rows, 3, dtype=torch.float16).pin_memory(),
        )
        self._device_inputs = tuple(tensor.to(device) for tensor in self._inputs)
        self._stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graph = torch.cuda.CUDAGraph()
        self._device_outputs = self._capture()

    @torch.inference_mode()
    def _capture(self) -> tuple[Tensor, Tensor]:
        """Warm the libraries up on the stream, then capture one pass; return what it writes."""
        torch.cuda.synchronize(self._stream.device)  # weights and inputs are in place
        with torch.cuda.stream(self._stream):
            for _ in range(3):
                answer(self._network, *self._device_inputs)
        self._stream.synchronize()
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            return answer(self._network, *self._device_inputs)

    def replay(self, times: int) -> None:
        """Queue bare passes over what lies on the card."""
        with torch.cuda.stream(self._stream):
            for _ in range(times):
                self._graph.replay()

    def wait(self) -> None:
        """Wait until all that was queued is done."""
        self._stream.synchronize()

    @torch.inference_mode()
    def evaluate(self, batch: Batch, rows: slice) -> None:
        """Answer some rows of a batch; the GIL is free while the card works."""
        count = rows.stop - rows.start
        planes, scalars, actions = self._inputs
        packed = np.ascontiguousarray(batch.planes[rows]).view(np.int64)
        packed = packed.reshape(count, planes.shape[1])
        planes[:count] = torch.from_numpy(packed)
        if scalars.shape[1]:
            scalars[:count] = torch.from_numpy(batch.scalars[rows])
        # Rows of padding may name any action: the minimum keeps the index inside.
        last = self._network.shape.actions - 1
        actions[:count] = torch.from_numpy(np.minimum(batch.actions[rows], last, dtype=np.int64))
        with torch.cuda.stream(self._stream):
            for there, here in zip(self._device_inputs, self._inputs, strict=True):
                there.copy_(here, non_blocking=True)
            self._graph.replay()
            for here, there in zip(self._outputs, self._device_outputs, strict=True):
                here.copy_(there, non_blocking=True)
        self._stream.synchronize()
        batch.logits[rows] = self._outputs[0][:count].numpy()
        batch.wdl[rows] = self._outputs[1][:count].numpy()
