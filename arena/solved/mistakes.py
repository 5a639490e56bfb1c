"""How often a player gives away the value of a solved position.

A *mistake* is a move whose value (win, draw or loss for the mover) is below that of the best move.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.players.limit import OWN
from arena.players.player import Player
from arena.players.position import Position
from arena.ratings.intervals import wilson
from arena.solved.positions import SolvedPosition
from selfplay.seeds import mix


@dataclass(frozen=True)
class Rate:
    """Mistakes among `count` positions, with Wilson's 95 % interval of the share."""

    mistakes: int
    count: int

    @property
    def share(self) -> float:
        """Mistakes a position, in [0, 1]; 0 if there are no positions."""
        return self.mistakes / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.mistakes, self.count)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{100 * self.share:.1f} % [{100 * low:.1f}, {100 * high:.1f}] "
            f"({self.mistakes} of {self.count})"
        )

    def to_dict(self) -> dict[str, float | int]:
        """Counts, share and interval, for JSON."""
        low, high = self.interval
        return {
            "mistakes": self.mistakes,
            "count": self.count,
            "share": self.share,
            "low": low,
            "high": high,
        }


@dataclass(frozen=True)
class MistakeReport:
    """A player's mistakes over all positions and by class, in the order of the positions."""

    player: str
    overall: Rate
    classes: dict[str, Rate]

    def to_dict(self) -> dict[str, object]:
        """All rates, for JSON."""
        return {
            "player": self.player,
            "overall": self.overall.to_dict(),
            "classes": {label: rate.to_dict() for label, rate in self.classes.items()},
        }


def mistakes(player: Player, positions: Sequence[SolvedPosition], seed: int = 0) -> MistakeReport:
    """Asks the player once for a move in every position, and counts the mistakes.

    An answer that is not legal counts as a mistake.
    """
    seeds = [mix(seed, index) for index in range(len(positions))]
    asked = [Position.of(position.state) for position in positions]
    decisions = player.choose(asked, OWN, seeds)
    counts: dict[str, list[int]] = {}
    for position, decision in zip(positions, decisions, strict=True):
        count = counts.setdefault(position.label, [0, 0])
        count[0] += is_mistake(position, decision.action)
        count[1] += 1
    classes = {label: Rate(wrong, count) for label, (wrong, count) in counts.items()}
    overall = Rate(sum(r.mistakes for r in classes.values()), len(positions))
    return MistakeReport(player.name, overall, classes)


def is_mistake(position: SolvedPosition, action: int) -> bool:
    """Whether the action gives away value."""
    value = dict(zip(position.state.legal_actions(), position.values, strict=True)).get(action)
    return value is None or value < max(position.values)
