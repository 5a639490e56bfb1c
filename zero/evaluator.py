"""The network as an evaluator of search leaves: packed positions in, logits and WDL out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from games.errors import UserError
from selfplay import Batch, Evaluator
from zero.cpu_network import CpuNetwork, CpuSession
from zero.inference_limit import InferenceLimit, raw_limit
from zero.network import Network
from zero.torch_threads import torch_threads


class RefreshableEvaluator(Evaluator, Protocol):
    """An evaluator whose weights can be replaced while it stays in use, from several threads."""

    on_cpu: bool

    def refresh(self, network: Network) -> None:
        """Take over the weights of `network`, which has the same shape."""

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Measure the network alone, its data ready, with `sessions` passes under way at once.

        `rows`: the sizes of batch to try, by default the usual ones of the device.
        """


def unpack_planes(planes: npt.NDArray[np.uint64], squares: int) -> npt.NDArray[np.uint8]:
    """Turn packed bit planes [B, P, W] into bytes 0 and 1, [B, P, squares]."""
    packed = np.ascontiguousarray(planes).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(packed, axis=-1, count=squares, bitorder="little")


class NetworkEvaluator:
    """Evaluates on CPU cores: each thread that calls has its own single-threaded session.

    The same rows in a batch of the same size have the same answers bit for bit, whatever the other
    rows hold and whichever thread asks. Rows with no legal actions are padding.
    """

    def __init__(self, network: Network) -> None:
        self._network = CpuNetwork(network)
        self._local = threading.local()

    @property
    def network(self) -> CpuNetwork:
        """The weights in use."""
        return self._network

    on_cpu = True

    def refresh(self, network: Network) -> None:
        """Take over the weights of `network`; batches under way end with the old ones."""
        self._network.refresh(network)

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Measure the network alone, a session a thread (see RefreshableEvaluator)."""
        return raw_limit(self._network, seconds, sessions, rows)

    def evaluate(self, batch: Batch) -> None:
        """Fill batch.logits [R, L] and batch.wdl [R, 3] in place, for the player to move."""
        counts = batch.counts
        total = counts.shape[0]
        step = chunk_rows(self._network, total)
        with torch_threads(1):
            for start in range(0, total, step):
                rows = slice(start, min(start + step, total))
                if counts[rows].any():
                    self._evaluate_rows(batch, rows)

    def _session(self, rows: int) -> CpuSession:
        sessions: dict[int, CpuSession] = self._local.__dict__.setdefault("sessions", {})
        if rows not in sessions:
            sessions[rows] = CpuSession(self._network, rows)
        return sessions[rows]

    @torch.inference_mode()
    def _evaluate_rows(self, batch: Batch, rows: slice) -> None:
        shape = self._network.shape
        session = self._session(rows.stop - rows.start)
        planes = unpack_planes(batch.planes[rows], shape.squares)
        session.input[..., : shape.planes] = torch.from_numpy(planes).permute(2, 0, 1)
        if shape.scalars:
            session.input[..., shape.planes :] = torch.from_numpy(batch.scalars[rows])
        logits, wdl = session.forward()
        # Rows of padding may name any action: the minimum keeps the index inside.
        actions = np.minimum(batch.actions[rows], shape.actions - 1, dtype=np.int64)
        batch.logits[rows] = logits.gather(1, torch.from_numpy(actions)).numpy()
        batch.wdl[rows] = torch.softmax(wdl, dim=1).numpy()


def chunk_rows(network: CpuNetwork, total: int) -> int:
    """Return how many rows go through the network at a time.

    A batch is cut into even chunks whose transformed boards are about 2 MB, so that they stay near
    the core; below 32 rows the matrix products would be too narrow.
    """
    largest = min(128, max(32, 600_000 // (network.board.products * network.channels)))
    chunks = -(-total // largest)
    return -(-total // chunks)


def make_evaluator(network: Network, device: str) -> RefreshableEvaluator:
    """Return the evaluator of a device: "cpu", "cuda", or "auto" for the card if there is one.

    Raises UserError if "cuda" is asked for and there is none.
    """
    if device != "cpu" and torch.cuda.is_available():
        from zero.evaluator_cuda import CudaEvaluator

        return CudaEvaluator(network)
    if device == "cuda":
        raise UserError("run.device=cuda: torch sees no GPU here; use run.device=cpu")
    return NetworkEvaluator(network)
