"""The forward pass on a processor: the table of backends.

A backend computes the same network in its own way. `torch` is always there; the others need a
package or a certain processor. Quantised backends are used only as long as they agree with float32
(quantization.py).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from games.errors import UserError, did_you_mean
from zero.inference.session import CpuNetwork, Maxima
from zero.networks.network import Network
from zero.settings.schema import NetworkSettings


@dataclass(frozen=True)
class Backend:
    """A way to compute the forward pass. `missing` says why it cannot be used here, if so."""

    name: str
    quantised: bool
    missing: Callable[[NetworkSettings], str]
    load: Callable[[Network, Maxima | None], CpuNetwork]


def _load_winograd(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.backends.torch import WinogradNetwork

    return WinogradNetwork(network)


def _no_openvino(settings: NetworkSettings) -> str:
    installed = importlib.util.find_spec("openvino") is not None
    return "" if installed else "OpenVINO is not installed (pip install openvino)"


def _load_openvino(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.backends.openvino import OpenVinoNetwork

    return OpenVinoNetwork(network, maxima)


def _no_int8(settings: NetworkSettings) -> str:
    from zero.inference.backends.int8 import available

    return "" if available() else "the processor or the build has no int8 instructions (VNNI)"


def _load_int8(network: Network, maxima: Maxima | None) -> CpuNetwork:
    from zero.inference.backends.int8 import Int8Network

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
