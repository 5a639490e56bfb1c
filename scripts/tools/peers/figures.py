"""From what each round measured to medians, ranges and ratios."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

# What a stretch says; a rate is None where a program does not say it.
Stretch = dict[str, float | None]


@dataclass(frozen=True)
class Spread:
    """Median, least and largest of the rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)}-{short(self.high)})"


def short(value: float) -> str:
    """The number with no more digits than it is worth."""
    if value >= 1e6:
        return f"{value / 1e6:.2f}M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(values: Iterable[float | None]) -> Spread | None:
    """Spread of the rounds that have the figure; None if none has."""
    known = [value for value in values if value is not None]
    return Spread(statistics.median(known), min(known), max(known)) if known else None


def together(stretches: Iterable[Stretch]) -> Stretch:
    """Processes that played at the same time, as one: their rates add up.

    "simulations_per_processor_s", simulations a second of processor time, comes from the sums.
    """
    total: Stretch = {}
    for stretch in stretches:
        for key, value in stretch.items():
            before = total.get(key, 0.0)
            total[key] = None if before is None or value is None else before + value
    simulations, cores = total["simulations_per_s"], total["cores_used"]
    total["simulations_per_processor_s"] = simulations / cores if simulations and cores else None
    return total


def quotients(ours: Iterable[float | None], theirs: Iterable[float | None]) -> list[float | None]:
    """Ours over theirs, round by round; None where either is not known."""
    return [a / b if a is not None and b else None for a, b in zip(ours, theirs, strict=False)]
