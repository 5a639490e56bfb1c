"""Figures as people read them."""

from __future__ import annotations

import math
from typing import Any


def clock(seconds: float) -> str:
    """Write a duration as h:mm:ss or m:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: Any, digits: int = 3) -> str:
    """Write a figure in few characters; a dash where there is none."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "-"
    if abs(value) >= 999_500:
        return f"{value / 1e6:.3g} M"
    if abs(value) >= 1e4:
        return f"{value / 1e3:.3g} k"
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def percent(value: Any) -> str:
    """Write a share as a percentage."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "-"
    return f"{100 * value:.0f} %"
