"""The window that a learner samples from: the newest positions, in a number set by KataGo's law."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from games import Game
from selfplay import GameRecord
from selfplay.window import Window, window_size
from zero.settings.schema import TrainingSettings

T = TypeVar("T")


class TrainingWindow:
    """The newest games of a run, and how old their positions are.

    `games` is the native window; `total` is the number of positions ever added.
    """

    def __init__(self, game: Game, settings: TrainingSettings) -> None:
        self._settings = settings
        self.games = Window(game)
        self.total = 0
        self._ages: deque[tuple[int, int]] = deque()  # (phase, positions), oldest first

    @property
    def positions(self) -> int:
        """Positions held."""
        return self.games.positions

    @property
    def ages(self) -> list[list[int]]:
        """(phase, positions) of what is held, the oldest first, as JSON values."""
        return [list(pair) for pair in self._ages]

    def size(self) -> int:
        """Return how many positions the window holds at most."""
        s = self._settings
        law = window_size(self.total, s.window_start, s.window_exponent, s.window_slope)
        return min(s.window_max, law)

    def add(self, records: Iterable[GameRecord], phase: int, *, trim: bool = True) -> int:
        """Take in the games of a phase; return how many positions they brought.

        `trim`: let the oldest games go, as the law says.
        """
        new = sum(self.games.add(record) for record in records)
        self.total += new
        if trim:
            self.games.trim(self.size())
        self._ages.append((phase, new))
        held = sum(count for _, count in self._ages)
        while held - self._ages[0][1] >= self.positions and len(self._ages) > 1:
            held -= self._ages.popleft()[1]
        return new

    def reload(
        self,
        newest: Callable[[int], Iterable[GameRecord]],
        total: int,
        ages: Sequence[Sequence[int]],
    ) -> None:
        """Fill the window again as it was; `newest(n)` gives the newest games of n positions."""
        self.total = total
        for record in newest(self.size()):
            self.games.add(record)
        self._ages = deque((phase, count) for phase, count in ages)

    def mean_age(self, phase: int) -> float:
        """Return the mean age of the window's positions in phases."""
        held = sum(count for _, count in self._ages)
        if not held:
            return math.nan
        return sum((phase - made) * count for made, count in self._ages) / held


def drawn_ahead(draw: Callable[[int], T], steps: Iterable[int], ahead: bool) -> Generator[T]:
    """Yield `draw(step)` for each step; `ahead`: on a thread, while the step before is made.

    Close the generator if it is left early.
    """
    if not ahead:
        yield from map(draw, steps)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="sampler") as sampler:
        drawn: deque[Future[T]] = deque()
        for step in steps:
            drawn.append(sampler.submit(draw, step))
            if len(drawn) == 2:
                yield drawn.popleft().result()
        while drawn:
            yield drawn.popleft().result()
