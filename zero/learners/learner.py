"""What the training loop knows about a learning method: the protocol of every learner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from zero.networks.network import Network

E = TypeVar("E")
E_contra = TypeVar("E_contra", contravariant=True)

Figures = dict[str, Any]  # by name, for the metrics


class Diverged(Exception):
    """Learning diverged, as the message says: go back to the last checkpoint."""


class Learner(Protocol[E_contra]):
    """Turns experience into a better network.

    It is made for a network and the settings of a run. A phase at a time, it learns from what a
    source gathered. It can be saved and restored: on a processor it then continues bit for bit.
    """

    method: str  # its name in zero.learners.METHODS, and in the header of its checkpoints
    networks: Mapping[str, Network]  # what it trains and keeps, by name
    plays: str  # the name of the one to play with
    steps: int  # learner steps attempted

    def take_in(self, experience: E_contra, phase: int) -> None:
        """Take in what was gathered in a phase."""

    def learn(self, rate_scale: float, seed: int) -> Figures:
        """Make the steps that are due, and return what they saw; this may be none.

        `rate_scale` multiplies the learning rate (the schedule of the run). Random choices depend
        on `seed` and the number of the step alone. May run while a source gathers. Raises Diverged;
        the steps are then still due.
        """

    def figures(self, phase: int) -> Figures:
        """Return what it holds at the end of a phase: "steps", "total_positions" and others."""

    def positions(self, count: int, seed: int) -> Mapping[str, npt.NDArray[np.generic]] | None:
        """Return typical positions, to scale a rounded network on; None if it holds none.

        planes: packed words uint64 [N, P, W]; scalars: float32 [N, S]; legal: bool [N, A].
        """

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors of a checkpoint: `NETWORK.*`, and `optimizer.*` of the trained one."""

    def counters(self) -> dict[str, Any]:
        """Return what a checkpoint holds beside the tensors, as JSON values; "steps" is one."""

    def restore(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Take over what `tensors` and `counters` gave; the next step is then the same.

        Names, shapes and types of the tensors must have been checked (zero/run/checkpoint.py does).
        """

    def recall(self, past: Callable[[int], E_contra]) -> None:
        """Take in again what it held when its checkpoint was written.

        `past(n)` gives the newest experience of n positions that the source had gathered by then.
        """

    def roll_back(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Put networks and optimizer back to a checkpoint's; what was taken in stays."""
