"""How much stronger one player is than another, with honest uncertainty.

The unit of evidence is the *pair*: one opening played twice with the sides swapped. A pair scores
0, 1/2, 1, 3/2 or 2 points: a win is a point, a draw is half a point. Counting these five outcomes
(the pentanomial model of fishtest) removes the luck of opening and first move from the variance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from arena.ratings.intervals import student_t_cdf, student_t_quantile

# Scores beyond these are not told apart from 0 and 1; they are +-1,200 Elo.
_SCORE_FLOOR = 1e-3


@dataclass(frozen=True)
class Rating:
    """The strength of the first player of a match, seen from the second.

    `score` is in [0, 1]; `score_low` and `score_high` bound it with 95 % confidence. The Elo
    figures are these three, converted; a bound that the games do not give is infinite. If `bound`
    is set, the player won (">=") or lost ("<=") every game, and `elo` is the one-sided 95 % bound
    of its strength. `los` is the likelihood, in [0, 1], that the first player is the stronger one.
    `pairs` is the number of distinct pairs: repeated ones count once.
    """

    score: float
    score_low: float
    score_high: float
    elo: float
    elo_low: float
    elo_high: float
    los: float
    pairs: int
    bound: str = ""

    def __str__(self) -> str:
        if self.pairs == 0:
            return "Elo unknown (no pairs)"
        if self.bound:
            sign = "≥" if self.bound == ">=" else "≤"
            return f"Elo {sign} {self.elo:+.0f}"
        return f"Elo {self.elo:+.0f} [{_signed(self.elo_low)}, {_signed(self.elo_high)}]"

    def to_dict(self) -> dict[str, float | int | str | None]:
        """The fields by name; an infinite bound is None, so that JSON can hold it."""
        return {
            name: None if isinstance(value, float) and math.isinf(value) else value
            for name, value in vars(self).items()
        }


def elo_of_score(score: float) -> float:
    """The Elo difference at which `score` in [0, 1] is expected; infinite at 0 and 1."""
    if score <= 0.0:
        return -math.inf
    if score >= 1.0:
        return math.inf
    clamped = min(max(score, _SCORE_FLOOR), 1.0 - _SCORE_FLOOR)
    return 400.0 * math.log10(clamped / (1.0 - clamped))


def rate(counts: Sequence[int], distinct_pairs: int | None = None) -> Rating:
    """The rating from the five pair counts.

    `counts`: pairs in which the first player made 0, 1/2, 1, 3/2 and 2 points. `distinct_pairs`:
    how many of them differ. Players that repeat themselves prove nothing new, so only distinct
    pairs narrow the interval. It is mu +- t * sqrt(v / P), v the unbiased variance of a pair's
    score and t the 97.5 % quantile of Student's t with P - 1 degrees of freedom; its bounds are
    converted to Elo one by one, so it is not symmetric around the estimate. Raises ValueError for
    impossible counts.
    """
    if len(counts) != 5 or min(counts) < 0:
        raise ValueError(f"expected five pair counts >= 0, got {list(counts)}")
    total = sum(counts)
    pairs = total if distinct_pairs is None else distinct_pairs
    if not min(total, 1) <= pairs <= total:
        raise ValueError(f"{pairs} distinct pairs of {total} is impossible")
    if total == 0:
        return Rating(0.5, 0.0, 1.0, 0.0, -math.inf, math.inf, 0.5, 0)
    points = [0.0, 0.25, 0.5, 0.75, 1.0]
    score = sum(n * x for n, x in zip(counts, points, strict=True)) / total
    if counts[0] == total or counts[4] == total:
        return _shut_out(won=counts[4] == total, pairs=pairs)
    if max(counts) == total or pairs == 1:
        return _constant(score, pairs)
    square = sum(n * (x - score) ** 2 for n, x in zip(counts, points, strict=True)) / total
    error = math.sqrt(square / (pairs - 1))
    reach = student_t_quantile(0.975, pairs - 1) * error
    los = student_t_cdf((score - 0.5) / error, pairs - 1)
    return _rating(score, max(0.0, score - reach), min(1.0, score + reach), los, pairs)


def _rating(score: float, low: float, high: float, los: float, pairs: int) -> Rating:
    return Rating(
        score, low, high, elo_of_score(score), elo_of_score(low), elo_of_score(high), los, pairs
    )


def _shut_out(won: bool, pairs: int) -> Rating:
    """Every game won, or every game lost: a one-sided 95 % bound, from P(all of n games) = 0.05."""
    low = 0.05 ** (1.0 / (2 * pairs))
    los = 1.0 - 0.5 ** (pairs + 1)
    if won:
        return Rating(
            1.0, low, 1.0, elo_of_score(low), elo_of_score(low), math.inf, los, pairs, ">="
        )
    high = 1.0 - low
    return Rating(
        0.0, 0.0, high, elo_of_score(high), -math.inf, elo_of_score(high), 1.0 - los, pairs, "<="
    )


def _constant(score: float, pairs: int) -> Rating:
    """All pairs scored the same, or only one counts: no variance to estimate.

    With 97.5 % confidence on each side, the share of pairs that would score otherwise is at most
    e = 1 - 0.025^(1/P); had those been lost or won outright, the score would lie between
    (1 - e) score and (1 - e) score + e.
    """
    other = 1.0 - 0.025 ** (1.0 / pairs)
    low = (1.0 - other) * score
    doubt = 0.5 ** (pairs + 1)
    los = 0.5 if score == 0.5 else 1.0 - doubt if score > 0.5 else doubt
    return _rating(score, low, low + other, los, pairs)


def _signed(elo: float) -> str:
    if math.isinf(elo):
        return "∞" if elo > 0 else "-∞"
    return f"{elo:+.0f}"
