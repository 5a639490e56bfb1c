"""Features of a CUDA GPU: work captured as one launch, and host memory that it reads by itself."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Tensor

_WARM_UPS = 3  # passes in which the libraries choose their kernels and take their memory

# One capture at a time in the whole process, for the GPU's memory is shared.
_CAPTURING = threading.Lock()

# Graphs that nobody holds any more, and streams that are free. torch deals out the same 32 streams
# again and again, and what a graph needs of cuBLAS goes with its stream: with two graphs on one,
# the end of the first would pull the ground from under the second (pytorch issue 193402). So a
# stream belongs to one graph at a time, and a graph ends when no other is being captured.
_ENDED: deque[tuple[torch.cuda.CUDAGraph, torch.cuda.Stream]] = deque()
_FREE: list[torch.cuda.Stream] = []
_MOST_STREAMS = 32


class Captured:
    """Work on tensors at fixed addresses: captured once, then replayed with one launch.

    Each has its own stream, so that several can run on the GPU at the same time. `outputs` are the
    tensors that the work returned. Each replay writes them again, and everything else that the work
    writes, such as gradients. The work must not ask the GPU for an answer.
    """

    _made = 0  # streams

    def __init__(self, work: Callable[[], tuple[Tensor, ...]], device: torch.device) -> None:
        """Run `work` a few times, then capture it. Raises RuntimeError if it cannot be captured."""
        self._graph = torch.cuda.CUDAGraph()
        with _CAPTURING:
            self._stream = self._take_stream(device)
            weakref.finalize(self, _ENDED.append, (self._graph, self._stream)).atexit = False
            torch.cuda.synchronize(device)  # what the work reads is in place
            try:
                with self.stream():
                    for _ in range(_WARM_UPS):
                        work()
            finally:
                self._stream.synchronize()  # so that a failure leaves nothing running
            # Only this thread is forbidden what would disturb the capture: others replay meanwhile.
            capture = torch.cuda.graph(
                self._graph, stream=self._stream, capture_error_mode="thread_local"
            )
            with self.stream(), capture:  # so that a failure too leaves the stream
                self.outputs = work()

    @classmethod
    def _take_stream(cls, device: torch.device) -> torch.cuda.Stream:
        while _ENDED:
            graph, stream = _ENDED.popleft()
            stream.synchronize()
            graph.reset()
            _FREE.append(stream)
        if _FREE:
            return _FREE.pop()
        if cls._made == _MOST_STREAMS:
            raise RuntimeError(f"more than {_MOST_STREAMS} captured graphs are in use")
        cls._made += 1
        new: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        return new

    def stream(self) -> AbstractContextManager[object]:
        """Put what is called within on the stream, in order with the replays."""
        return torch.cuda.stream(self._stream)

    def replay(self) -> None:
        """Queue the work once more; only within `stream()`."""
        self._graph.replay()

    def done(self) -> bool:
        """Tell whether all that was put on the stream has been carried out."""
        return self._stream.query()

    def wait(self) -> None:
        """Wait until it has; other Python threads run meanwhile."""
        self._stream.synchronize()


def synchronize(device: torch.device) -> None:
    """Wait for all that was given to the GPU, by whichever thread; nobody may be capturing."""
    torch.cuda.synchronize(device)


def pinned(tensor: Tensor) -> Tensor:
    """Return a copy in page-locked memory, to and from which the GPU copies by itself."""
    return tensor.pin_memory()
