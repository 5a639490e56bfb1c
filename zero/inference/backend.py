"""The forward pass on a processor: what every backend offers, and the table of backends.

A backend computes the same network with other means. `torch` is always there; the others need a
package or a kind of processor, and those that are quantised are only used as long as they agree
with float32 (quantisation.py).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from games.errors import UserError, did_you_mean
from zero.network import Network, NetworkShape
from zero.settings import NetworkSettings

Floats = npt.NDArray[np.float32]
# The largest value that enters each layer, by the layer's name in the folded network.
Maxima = Mapping[str, float]
STEM = "stem.conv"  # the name of the layer that the observation enters


class Session(Protocol):
    """Forward passes of a fixed number of rows on one core, in memory allocated once.

    The answer for a position does not depend on the other rows; torch's products may differ in the
    last bits from row to row, the other backends' do not.
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
    """A network's weights as a backend wants them; its sessions share them."""

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

    def session(self, rows: int) -> Session:
        """Return a session, which follows each refresh; for one thread at a time."""


@dataclass(frozen=True)
class Backend:
    """A way to compute the forward pass. `missing` says why it cannot be used here, or nothing."""

    name: str
    quantised: bool
    missing: Callable[[NetworkSettings], str]
    load: Callable[[Network, Maxima | None], CpuNetwork]


def _load_winograd(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.winograd_network import WinogradNetwork

    return WinogradNetwork(network)


def _no_openvino(settings: NetworkSettings) -> str:
    installed = importlib.util.find_spec("openvino") is not None
    return "" if installed else "OpenVINO is not installed (pip install openvino)"


def _load_openvino(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.openvino_network import OpenVinoNetwork

    return OpenVinoNetwork(network, maxima)


def _no_int8(settings: NetworkSettings) -> str:
    from zero.inference.int8_network import available

    return "" if available() else "the processor or the build has no int8 instructions (VNNI)"


def _load_int8(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.int8_network import Int8Network

    assert maxima is not None
    return Int8Network(network, maxima)


DEFAULT_BACKEND = "torch"
# Of two that are equally fast, the first is taken.
BACKENDS = {
    backend.name: backend
    for backend in (
        Backend(DEFAULT_BACKEND, False, lambda settings: "", _load_winograd),
        Backend("int8", True, _no_int8, _load_int8),
        Backend("openvino", False, _no_openvino, _load_openvino),
        Backend("openvino-int8", True, _no_openvino, _load_openvino),
    )
}


def find_backend(name: str, settings: NetworkSettings) -> Backend:
    """Return the backend of a name. Raises UserError if it is unknown or cannot be used here."""
    if name not in BACKENDS:
        raise UserError(f"unknown backend {name!r}; {did_you_mean(name, BACKENDS)}")
    backend = BACKENDS[name]
    if why := backend.missing(settings):
        raise UserError(f"the backend {name!r} cannot be used here: {why}; use {DEFAULT_BACKEND}")
    return backend


def usable_backends(settings: NetworkSettings) -> list[str]:
    """Return the names of the backends that can compute such a network on this machine."""
    return [name for name, backend in BACKENDS.items() if not backend.missing(settings)]


def unpack_planes(planes: npt.NDArray[np.uint64], squares: int) -> npt.NDArray[np.uint8]:
    """Turn packed bit planes [B, P, W] into bytes 0 and 1, [B, P, squares]."""
    packed = np.ascontiguousarray(planes).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(packed, axis=-1, count=squares, bitorder="little")
