"""What only a CUDA card has: work captured as one launch, and memory that it reads by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Tensor

_WARM_UPS = 3  # passes in which the libraries choose their kernels and take their memory

# One capture at a time in the whole process, for the card's memory is shared.
_CAPTURING = threading.Lock()


class Captured:
    """Work on tensors that stay where they are: captured once, then replayed with one launch.

    Each has a stream to itself, so that several run on the card at the same time. `outputs` are
    the tensors that the work returned; each replay writes them anew, and also whatever else the
    work writes, gradients for example. The work must not ask the card for an answer.
    """

    def __init__(self, work: Callable[[], tuple[Tensor, ...]], device: torch.device) -> None:
        """Run `work` a few times, then capture it. Raises RuntimeError if it cannot be captured."""
        self._stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graph = torch.cuda.CUDAGraph()
        with _CAPTURING:
            torch.cuda.synchronize(device)  # what the work reads is in place
            with self.stream():
                for _ in range(_WARM_UPS):
                    work()
            self.wait()
            # Only this thread is forbidden what would disturb the capture: others replay meanwhile.
            capture = torch.cuda.graph(
                self._graph, stream=self._stream, capture_error_mode="thread_local"
            )
            with capture:
                self.outputs = work()

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


def pinned(tensor: Tensor) -> Tensor:
    """Return a copy in page-locked memory, to and from which the card copies by itself."""
    return tensor.pin_memory()
