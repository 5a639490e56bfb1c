"""The window of games that training samples from, and how large it should be."""

from __future__ import annotations

from games.errors import UserError
from zero_core.selfplay import Window

__all__ = ["Window", "window_size"]


def window_size(total_positions: int, minimum: int, exponent: float, scale: float) -> int:
    """Return how many of the newest positions to train on, when `total_positions` were ever made.

    Everything up to `minimum` (M >= 1) positions; from there the power law of KataGo (Wu 2019,
    arXiv:1902.10565, and its shuffle.py), W(N) = M + scale * (N^e - M^e) / (e * M^(e - 1)), whose
    slope is `scale` at N = M and falls with N. With e = `exponent` in (0, 1] and `scale` in [0, 1]
    no game that has left the window comes back. Raises UserError for values outside these ranges.
    """
    if minimum < 1 or not 0.0 < exponent <= 1.0 or not 0.0 <= scale <= 1.0:
        raise UserError(
            f"window: minimum={minimum}, exponent={exponent}, scale={scale} is not possible; give "
            "minimum >= 1, 0 < exponent <= 1, 0 <= scale <= 1"
        )
    if total_positions <= minimum:
        return minimum
    # In units of M, so that no power overflows.
    ratio: float = (total_positions / minimum) ** exponent
    return minimum + int(scale * minimum * (ratio - 1.0) / exponent)
