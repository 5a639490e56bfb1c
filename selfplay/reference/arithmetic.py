"""Arithmetic in a stated order, so that the native search rounds at the same points."""

import ctypes
import math
from collections.abc import Iterable, Sequence


def float32(x: float) -> float:
    """Rounds to the nearest float32."""
    return ctypes.c_float(x).value


def total(values: Iterable[float]) -> float:
    """Sums from left to right. (The built-in `sum` compensates rounding errors since 3.12.)"""
    result = 0.0
    for value in values:
        result += value
    return result


def argmax(scores: Iterable[float]) -> int:
    """Index of the greatest score; the lowest one of equals."""
    best, best_score = 0, -math.inf
    for i, score in enumerate(scores):
        if score > best_score:
            best, best_score = i, score
    return best


LOG2_E = float.fromhex("0x1.71547652b82fep0")
LN_2, REST_OF_LN_2 = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
SHIFT = 1.5 * 2.0**52  # adding and subtracting it rounds to a whole number
# Of the even and the odd terms, in pairs, from the highest.
COEFFICIENTS = [
    (1.0 / math.factorial(n), 1.0 / math.factorial(n + 1)) for n in (12, 10, 8, 6, 4, 2, 0)
]


def exp(x: float) -> float:
    """e^x for -700 <= x <= 0, within two units in the last place.

    By IEEE operations alone, so that it is the same number on every machine: x = k ln 2 + r with
    |r| <= ln(2) / 2, and e^r = cosh r + sinh r by their Taylor series.
    """
    k = (x * LOG2_E + SHIFT) - SHIFT
    r = (x - k * LN_2) - k * REST_OF_LN_2
    s = r * r
    even = odd = 0.0
    for of_cosh, of_sinh in COEFFICIENTS:
        even = even * s + of_cosh
        odd = odd * s + of_sinh
    return math.ldexp(even + r * odd, int(k))


def softmax(logits: Sequence[float]) -> list[float]:
    """Probabilities exp(x - max) / sum; differences beyond 700 count as 700.

    The sums run down eight columns, as the native search computes eight at a time; then the right
    half of the columns is added to the left one, until one is left.
    """
    highest = max(logits)
    exps = [exp(max(x - highest, -700.0)) for x in logits]
    sums = [total(exps[column::8]) for column in range(8)]
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [left + right for left, right in zip(sums[:half], sums[half:], strict=True)]
    return [x / sums[0] for x in exps]
