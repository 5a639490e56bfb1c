"""What a run carries from phase to phase besides the learner and the pool."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from zero.run.plan import Plan


@dataclass
class RunState:
    """The counters of a run. A checkpoint keeps them all, so a resumed run continues exactly.

    `elapsed` and `rating_seconds` are wall time and decide only when to rate and when to stop.
    """

    phase: int = 0
    games: int = 0  # committed
    rollbacks: int = 0
    limits: list[float | None] = field(default_factory=list)  # the minutes and phases planned for
    plan: Plan = field(default_factory=Plan)
    elapsed: float = 0.0
    rating_seconds: float = 0.0
    rating_cost: float = 0.0  # seconds that the last rating took
    rating_reserve: float = 0.0  # seconds to leave for the last one, which is more thorough
    recent: list[float] = field(default_factory=list)  # seconds of the last phases, three at most

    @property
    def pace(self) -> float:
        """Seconds of a phase, lately; 0 before the first.

        One long phase, such as that of the first lessons, is forgotten with the next.
        """
        return max(self.recent[-1], statistics.median(self.recent)) if self.recent else 0.0

    def to_counters(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        counters = {key: value for key, value in vars(self).items() if key != "plan"}
        return counters | self.plan.to_counters()

    @classmethod
    def from_counters(cls, counters: dict[str, Any]) -> RunState:
        """Read back `to_counters`."""
        plain = {key: value for key, value in counters.items() if key in cls.__dataclass_fields__}
        return cls(**plain, plan=Plan.from_counters(counters))
