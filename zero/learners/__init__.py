"""Learning methods. Each is one file here, to be read from top to bottom, and a line in METHODS."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from games import Game
from games.errors import UserError, did_you_mean
from zero.learners.learner import Learner
from zero.networks.network import Network
from zero.settings.schema import TrainingSettings


@dataclass(frozen=True)
class Method:
    """A learning method: `module:Class` of its learner, and the sources that it learns from."""

    learner: str
    sources: tuple[str, ...]


METHODS = {
    "alphazero": Method("zero.learners.alphazero:AlphaZero", ("selfplay", "stored")),
    "imitation": Method("zero.learners.imitation:Imitation", ("stored",)),
}

_SOURCES = {
    "selfplay": "it plays itself: leave out --from",
    "stored": "it learns from stored games: give --from STORE",
}


def find_method(name: str, source: str) -> Method:
    """Return a method that learns from such a source. Raises UserError if there is none."""
    if name not in METHODS:
        raise UserError(f"training.method={name!r} is unknown; {did_you_mean(name, METHODS)}")
    method = METHODS[name]
    if source not in method.sources:
        raise UserError(f"training.method={name}: {_SOURCES[method.sources[0]]}")
    return method


def make_learner(
    method: Method, game: Game, network: Network, settings: TrainingSettings, **device: Any
) -> Learner[Any]:
    """Make the learner of a method. `device`, `threads`, `sampler_threads`: what it works on."""
    module, _, name = method.learner.partition(":")
    cls = getattr(importlib.import_module(module), name)
    learner: Learner[Any] = cls(game, network, settings, **device)
    return learner
