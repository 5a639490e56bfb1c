"""Chooses the backend of the forward pass on this machine: measured once, then remembered.

The user's cache folder keeps the choice for each kind of network on each kind of machine, so that a
second run with the same settings computes as the first did.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from games import Game
from games.errors import UserError
from selfplay.storage.files import write_atomically
from zero.devices.cores import available_cores
from zero.inference.backends import BACKENDS, find_backend, usable_backends
from zero.inference.limit import raw_limit
from zero.inference.quantization import largest_inputs, positions_of_play
from zero.networks.network import Network, fold
from zero.settings.schema import InferenceSettings

AUTO = "auto"
_BATCH = 256  # the size of batch for which the backends are compared
_SECONDS = 0.6  # for each backend
# What is rounded costs a little strength, so it has to be worth it.
_WORTH_ROUNDING = 1.2
_NOISE = 1.1  # rates that differ by less are equal


@dataclass(frozen=True)
class Choice:
    """The chosen backend, and the evaluations/s of each that was tried, on all cores."""

    backend: str
    evaluations_per_s: Mapping[str, float]
    remembered: bool  # from an earlier measurement, not from one just made

    def __str__(self) -> str:
        others = ", ".join(f"{name} {rate:,.0f}" for name, rate in self.evaluations_per_s.items())
        when = "measured earlier" if self.remembered else "measured now"
        return f"{self.backend} ({others} evaluations/s, {when})"


def choose(network: Network, game: Game, threads: int) -> Choice:
    """Return the fastest backend for such a network with `threads` actors."""
    key, file = _key(network, threads), cache_file()
    rates = _read(file).get(key, {})
    remembered = set(rates) == set(usable_backends(network.settings))
    if not remembered:
        rates = measure(network, game, threads, _SECONDS)
        with suppress(OSError, UserError):  # a home that is read-only costs seconds at each start
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, json.dumps(_read(file) | {key: rates}, indent=1).encode())
    return Choice(fastest(rates), rates, remembered)


def resolved(
    settings: InferenceSettings, network: Network, game: Game, threads: int
) -> tuple[InferenceSettings, Choice | None]:
    """Return the settings with "auto" replaced by the fastest backend, and how it was chosen.

    Raises UserError if a backend is named that cannot be used here.
    """
    if settings.backend != AUTO:
        find_backend(settings.backend, network.settings)
        return settings, None
    choice = choose(network, game, threads)
    return settings.model_copy(update={"backend": choice.backend}), choice


def measure(network: Network, game: Game, threads: int, seconds: float) -> dict[str, float]:
    """Return the evaluations/s of all usable backends, each `seconds` long, in two turns."""
    folded = fold(network).cpu()
    calibration = positions_of_play(game)
    maxima = largest_inputs(folded, calibration.observations(folded))
    loaded = {
        name: BACKENDS[name].load(network, maxima if BACKENDS[name].quantised else None)
        for name in usable_backends(network.settings)
    }
    rates = dict.fromkeys(loaded, 0.0)
    for _ in range(2):
        for name, candidate in loaded.items():
            rows = [candidate.session_rows(_BATCH)]
            limit = raw_limit(candidate, seconds / 2, threads, rows)
            rates[name] = max(rates[name], limit.evaluations_per_s)
    return rates


def fastest(rates: Mapping[str, float]) -> str:
    """Return the fastest backend; a quantised one has to be faster by a margin.

    Of those that are equally fast, as far as can be told, it is the first in the table.
    """
    worth = {
        name: rates[name] / (_WORTH_ROUNDING if BACKENDS[name].quantised else 1.0)
        for name in BACKENDS
        if name in rates
    }
    return next(name for name in worth if worth[name] >= max(worth.values()) / _NOISE)


def cache_file() -> Path:
    """Return the file in which choices are remembered."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "zero" / "backends.json"


def _read(file: Path) -> dict[str, dict[str, float]]:
    """Read the speeds that are remembered; a file that cannot be read is as good as none."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {
            str(key): {str(name): float(rate) for name, rate in rates.items()}
            for key, rates in known.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _key(network: Network, threads: int) -> str:
    """Name all that the speeds depend on."""
    try:
        openvino = importlib.metadata.version("openvino")
    except importlib.metadata.PackageNotFoundError:
        openvino = "none"
    parts = {
        "processor": processor_name(),
        "cores": available_cores(),
        "threads": threads,
        "torch": torch.__version__,
        "openvino": openvino,
        **asdict(network.shape),
        **network.settings.model_dump(),
    }
    return json.dumps(parts, sort_keys=True)


def processor_name() -> str:
    """Return the processor's name, as far as the system tells."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
