"""The network as an evaluator on a CUDA card.

bfloat16, channels_last, batch norm folded, one captured graph per size of batch. Positions go up
as packed bits and are expanded on the card; the logits of the legal actions are gathered there,
so that a row costs a few dozen bytes each way. New weights are written where the old ones stood,
and the graphs stay valid.
"""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

from selfplay import Batch
from zero.network import Network, fold, refold

# Graphs are captured for these numbers of rows; a batch takes the smallest that holds it.
TIERS = (64, 256, 1024, 4096)


class CudaEvaluator:
    """Evaluates on one card: each thread that calls has its own stream, memory and graphs.

    Rows with no legal actions are padding. The weights are shared; refresh them only while no
    batch is under way.
    """

    def __init__(self, network: Network, device: str = "cuda") -> None:
        self._device = torch.device(device)
        folded = fold(network).to(self._device, torch.bfloat16)
        for parameter in folded.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        self._network = folded
        self._local = threading.local()
        self._capture = threading.Lock()  # one capture at a time: memory pools are global

    def refresh(self, network: Network) -> None:
        """Take over the weights of `network`, which may lie on any device."""
        refold(self._network, network)
        torch.cuda.synchronize(self._device)

    def evaluate(self, batch: Batch) -> None:
        """Fill batch.logits [R, L] and batch.wdl [R, 3] in place, for the player to move."""
        total = batch.counts.shape[0]
        for start in range(0, total, TIERS[-1]):
            rows = slice(start, min(start + TIERS[-1], total))
            tier = next(size for size in TIERS if size >= rows.stop - rows.start)
            self._session(tier, batch.actions.shape[1]).evaluate(batch, rows)

    def _session(self, tier: int, max_legal: int) -> _Session:
        sessions: dict[int, _Session] = self._local.__dict__.setdefault("sessions", {})
        if tier not in sessions:
            with self._capture:
                sessions[tier] = _Session(self._network, self._device, tier, max_legal)
        return sessions[tier]


class _Session:
    """One captured graph: from pinned memory, through the network, to pinned memory."""

    def __init__(self, network: Network, device: torch.device, rows: int, max_legal: int) -> None:
        shape = network.shape
        self._network, self._device = network, device
        words = shape.planes * shape.words_per_plane
        self._planes = torch.zeros(rows, words, dtype=torch.int64).pin_memory()
        self._scalars = torch.zeros(rows, shape.scalars).pin_memory()
        self._actions = torch.zeros(rows, max_legal, dtype=torch.int32).pin_memory()
        self._logits = torch.zeros(rows, max_legal).pin_memory()
        self._wdl = torch.zeros(rows, 3).pin_memory()
        self._shifts = torch.arange(64, device=device)
        self._stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graph = torch.cuda.CUDAGraph()
        self._record()

    @torch.inference_mode()
    def _record(self) -> None:
        """Warm the libraries up on the stream, then capture one pass."""
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            for _ in range(3):
                self._forward()
        self._stream.synchronize()
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            self._forward()

    def _forward(self) -> None:
        """Copy up, expand, evaluate, gather, copy down; all of it on the current stream."""
        shape, device = self._network.shape, self._device
        words = self._planes.to(device, non_blocking=True)
        bits = (words[:, :, None] >> self._shifts) & 1
        bits = bits.view(words.shape[0], shape.planes, -1)[..., : shape.squares]
        x = bits.to(torch.bfloat16)
        if shape.scalars:
            scalars = self._scalars.to(device, non_blocking=True).to(torch.bfloat16)
            x = torch.cat([x, scalars[:, :, None].expand(-1, -1, shape.squares)], dim=1)
        x = x.view(-1, shape.inputs, shape.height, shape.width)
        policy, wdl = self._network(x.contiguous(memory_format=torch.channels_last))
        actions = self._actions.to(device, non_blocking=True).long()
        legal: Tensor = policy.gather(1, actions).float()
        self._logits.copy_(legal, non_blocking=True)
        self._wdl.copy_(torch.softmax(wdl.float(), dim=1), non_blocking=True)

    def evaluate(self, batch: Batch, rows: slice) -> None:
        """Answer some rows of a batch; the GIL is free while the card works."""
        count = rows.stop - rows.start
        planes = np.ascontiguousarray(batch.planes[rows]).view(np.int64).reshape(count, -1)
        self._planes[:count] = torch.from_numpy(planes)
        if self._scalars.shape[1]:
            self._scalars[:count] = torch.from_numpy(batch.scalars[rows])
        # Rows of padding may name any action: the minimum keeps the index inside.
        last = self._network.shape.actions - 1
        actions = np.minimum(batch.actions[rows], last, dtype=np.int32, casting="unsafe")
        self._actions[:count] = torch.from_numpy(actions)
        with torch.cuda.stream(self._stream):
            self._graph.replay()
        self._stream.synchronize()
        batch.logits[rows] = self._logits[:count].numpy()
        batch.wdl[rows] = self._wdl[:count].numpy()
