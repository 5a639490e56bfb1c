"""What every CPU backend provides: its form of a network, and sessions that compute it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zero.networks.network import Network, NetworkShape

Floats = npt.NDArray[np.float32]
# The largest value that enters each layer, by the layer's name in the folded network.
Maxima = Mapping[str, float]
STEM = "stem.conv"  # the name of the layer that the observation enters


class InferenceSession(Protocol):
    """Forward passes of a fixed number of rows on one core, in memory allocated once.

    The answer for a position does not depend on the other rows. The last bits of torch's products
    may differ from row to row; those of the other backends do not.
    """

    def load(self, planes: npt.NDArray[np.uint64], scalars: Floats) -> None:
        """Put positions into the first rows: packed planes [n, P, W] and scalars [n, S].

        The other rows keep what they hold.
        """

    def forward(self) -> tuple[Floats, Floats]:
        """Return logits of the actions [rows, A] and of win, draw and loss [rows, 3].

        The arrays may be overwritten by the next call. The GIL is free while it computes.
        """


class CpuNetwork(Protocol):
    """A network's weights in the form that a backend needs; its sessions share them."""

    @property
    def shape(self) -> NetworkShape:
        """What the network takes in and gives out."""

    def refresh(self, network: Network, maxima: Maxima | None = None) -> None:
        """Take over the weights of a network of the same shape.

        A forward pass that is under way in another thread ends with the old ones. `maxima` is
        needed by quantised backends.
        """

    def session_rows(self, total: int) -> int:
        """Return how many rows of a batch of `total` go through at a time; all sizes are alike."""

    def session(self, rows: int) -> InferenceSession:
        """Return a session, which follows each refresh; for one thread at a time."""


def unpack_planes(planes: npt.NDArray[np.uint64], squares: int) -> npt.NDArray[np.uint8]:
    """Turn packed bit planes [B, P, W] into bytes 0 and 1, [B, P, squares]."""
    packed = np.ascontiguousarray(planes).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(packed, axis=-1, count=squares, bitorder="little")
