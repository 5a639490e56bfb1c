"""Where a run's experience comes from: the protocol of every source, and games as experience.

A source gathers a phase's experience for a learner: games from self-play, or games of a store. The
training loop passes it on and reads only its figures; source and learner agree on the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from selfplay import GameRecord


class Experience(Protocol):
    """What was gathered in a phase: the part that the loop reads."""

    @property
    def games(self) -> int:
        """Games that ended in it."""

    @property
    def figures(self) -> Mapping[str, Any]:
        """What to say of it, for the metrics."""


@dataclass(frozen=True)
class Games:
    """Finished games, oldest first: the experience of learners that sample positions.

    Each new position is to be sampled `training.reuse` times. `share`: the share of all positions
    held that counts as new; None means the positions of the records. `complete`: no more will come,
    so the learner need not wait for a full window, and keeps all games.
    """

    records: Iterable[GameRecord]
    games: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)
    share: float | None = None
    complete: bool = False


E_co = TypeVar("E_co", covariant=True, bound=Experience)


class Source(Protocol[E_co]):
    """Gathers experience, a phase at a time. What it returns is already committed."""

    doing: str  # what it does in a phase, for the panel

    def prepare(self) -> None:
        """Do what must have the machine to itself, before a learner works beside `gather`."""

    def gather(self, phase: int, trained: bool) -> E_co:
        """Return the experience of a phase. `trained`: whether the network has learnt anything."""

    def past(self, phase: int, positions: int) -> E_co:
        """Return the newest experience gathered up to `phase`, of this many positions."""

    def snapshot(self) -> dict[str, bytes]:
        """Return what goes into a checkpoint, such as games in flight; only between phases."""

    def restore(self, snapshot: Mapping[str, bytes]) -> None:
        """Go on from a snapshot. Raises UserError if it does not fit."""
