"""The network as an evaluator on a CUDA GPU.

It uses bfloat16, channels_last, folded batch norm, fused convolutions, and one captured graph per
batch size. Positions are sent as packed bits and expanded on the GPU. The logits of the legal
actions are gathered there, so a row costs a few dozen bytes each way. New weights are written over
the old ones, so the graphs stay valid. Batches are sent without waiting for the GPU, so one thread
can keep all groups of games busy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from selfplay import Batch
from zero.devices.cuda_graph import Captured, pinned, synchronize
from zero.inference.cuda.fused import fuse
from zero.inference.limit import InferenceLimit
from zero.inference.quantization import Positions
from zero.networks.network import Network, fold, refold

# Graphs are captured for these numbers of rows; a batch takes the smallest that holds it.
TIERS = (64, 256, 1024, 2048, 4096)
_ENOUGH = 3  # passes at once that leave no GPU idle
_ALONE = 1  # legal actions of a row, when the network is measured by itself
_QUEUED = 8  # passes that wait in each stream while the limit is measured: the GPU never does


class CudaEvaluator:
    """Evaluates on one GPU: each batch in flight has its own stream, memory and graph.

    Sessions go back to a shelf after use. So threads may come and go, and the limit can be measured
    again, without a new capture. Rows without legal actions are padding. The weights are shared;
    refresh them only while no batch is in flight.
    """

    def __init__(self, network: Network, device: str = "cuda") -> None:
        self._device = torch.device(device)
        folded = fold(network).to(self._device, torch.bfloat16)
        for parameter in folded.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        if self._device.type == "cuda" and torch.version.hip is None:
            fuse(folded)
        self._network = folded
        self._shelf: dict[tuple[int, int], list[_Session]] = {}
        self._lock = threading.Lock()  # of the shelf
        self._large = list(TIERS[-3:])  # the sizes of batch to find the limit with

    on_cpu = False
    rounds = False
    backend = "cuda"

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Replay captured graphs over data on the GPU (see RefreshableEvaluator)."""
        sizes = list(rows or self._large)
        sessions = min(sessions, _ENOUGH)
        rates: dict[int, float] = {}
        for n in sizes:
            try:
                rates[n] = self._replay_rate(n, sessions, seconds / len(sizes))
            except torch.OutOfMemoryError:  # a small GPU does with smaller sizes
                if not rates:
                    raise
                self._large = [size for size in self._large if size < n]
                break
        best = max(rates, key=lambda n: rates[n])
        return InferenceLimit(rates[best], best, sessions)

    def _replay_rate(self, rows: int, sessions: int, seconds: float) -> float:
        taken = [self._take(rows, _ALONE) for _ in range(sessions)]
        for session in taken:
            session.replay(1)
        for session in taken:
            session.wait()
        passes, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            for session in taken:
                session.replay(_QUEUED)
            for session in taken:
                session.wait()
            passes += sessions * _QUEUED
        for session in taken:
            self.put_back(session)
        return passes * rows / spent

    def refresh(self, network: Network, positions: Positions | None = None) -> None:
        """Take over the weights of `network`, which may lie on any device."""
        refold(self._network, network)
        synchronize(self._device)

    def evaluate(self, batch: Batch) -> None:
        """Fill batch.logits [R, L] and batch.wdl [R, 3] in place, for the player to move."""
        self.submit(batch).wait()

    def submit(self, batch: Batch) -> Sent:
        """Send a batch to the GPU; it must stay as it is until its answers have been taken."""
        total = batch.counts.shape[0]
        under_way = []
        for start in range(0, total, TIERS[-1]):
            rows = slice(start, min(start + TIERS[-1], total))
            if batch.counts[rows].any():
                tier = next(size for size in TIERS if size >= rows.stop - rows.start)
                session = self._take(tier, batch.actions.shape[1])
                session.send(batch, rows)
                under_way.append((session, rows))
        return Sent(self, batch, under_way)

    def _take(self, tier: int, max_legal: int) -> _Session:
        with self._lock:
            idle = self._shelf.setdefault((tier, max_legal), [])
            if idle:
                return idle.pop()
        return _Session(self._network, self._device, tier, max_legal)

    def put_back(self, session: _Session) -> None:
        """Let a session that nobody waits for serve other batches."""
        with self._lock:
            self._shelf[session.size].append(session)


class Sent:
    """A batch on the GPU (see selfplay.Answers)."""

    def __init__(
        self, evaluator: CudaEvaluator, batch: Batch, under_way: list[tuple[_Session, slice]]
    ) -> None:
        self._evaluator = evaluator
        self._batch = batch
        self._under_way = under_way

    def done(self) -> bool:
        return all(session.done() for session, _ in self._under_way)

    def wait(self) -> None:
        """Fill the batch's answers in; other Python threads run while the GPU works."""
        for session, rows in self._under_way:
            session.receive(self._batch, rows)
            self._evaluator.put_back(session)


@torch.inference_mode()
def answer(
    network: Network, planes: Tensor, scalars: Tensor, actions: Tensor
) -> tuple[Tensor, Tensor]:
    """Evaluate packed positions on the device that holds them, in the network's precision.

    planes: the packed words as int64 [B, P * W]; scalars: float32 [B, S]; actions: the bits of
    uint16 as int16 [B, L]. Actions that the network does not know, in rows of padding, count as the
    last one. Returns float16 logits of these actions [B, L] and win/draw/loss probabilities [B, 3]:
    the network itself computes with fewer bits, and half as many bytes come down.
    """
    shape, dtype = network.shape, network.stem.conv.weight.dtype
    policy, wdl = network(shape.expand(planes, scalars, dtype))
    known = (actions.long() & 0xFFFF).clamp(max=shape.actions - 1)
    return policy.gather(1, known).half(), torch.softmax(wdl.float(), dim=1).half()


class _Session:
    """One captured graph, with pinned memory on the host's side and fixed memory on the GPU."""

    def __init__(self, network: Network, device: torch.device, rows: int, max_legal: int) -> None:
        shape = network.shape
        self.size = (rows, max_legal)
        self._inputs = (
            pinned(torch.zeros(rows, shape.planes * shape.words_per_plane, dtype=torch.int64)),
            pinned(torch.zeros(rows, shape.scalars)),
            pinned(torch.zeros(rows, max_legal, dtype=torch.int16)),
        )
        self._outputs = (
            pinned(torch.zeros(rows, max_legal, dtype=torch.float16)),
            pinned(torch.zeros(rows, 3, dtype=torch.float16)),
        )
        self._views = tuple(tensor.numpy() for tensor in self._inputs)
        on_gpu = tuple(torch.zeros_like(tensor, device=device) for tensor in self._inputs)
        self._on_gpu = on_gpu
        self._graph = Captured(lambda: answer(network, *on_gpu), device)
        self.done = self._graph.done
        self.wait = self._graph.wait

    def replay(self, times: int) -> None:
        """Queue bare passes over what lies on the GPU."""
        with self._graph.stream():
            for _ in range(times):
                self._graph.replay()

    def send(self, batch: Batch, rows: slice) -> None:
        """Queue the way up, the pass and the way down for some rows of a batch."""
        count = rows.stop - rows.start
        planes, scalars, actions = self._views  # torch would wake a team of threads for large ones
        packed = np.ascontiguousarray(batch.planes[rows]).view(np.int64)
        planes[:count] = packed.reshape(count, planes.shape[1])
        scalars[:count] = batch.scalars[rows]
        actions[:count] = batch.actions[rows].view(np.int16)
        with self._graph.stream():
            for there, here in zip(self._on_gpu, self._inputs, strict=True):
                there.copy_(here, non_blocking=True)
            self._graph.replay()
            for here, there in zip(self._outputs, self._graph.outputs, strict=True):
                here.copy_(there, non_blocking=True)

    def receive(self, batch: Batch, rows: slice) -> None:
        """Wait for the answers and put them where they belong."""
        self.wait()
        count, widest = rows.stop - rows.start, batch.counts[rows].max()
        batch.logits[rows, :widest] = self._outputs[0][:count, :widest].numpy()
        batch.wdl[rows] = self._outputs[1][:count].numpy()
