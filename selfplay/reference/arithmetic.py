"""Arithmetic with its order stated: the native search rounds in the same places."""

import math
import struct
from collections.abc import Iterable, Sequence


def float32(x: float) -> float:
    """Rounds to the nearest float32."""
    return float(struct.unpack("f", struct.pack("f", x))[0])


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


def softmax(logits: Sequence[float]) -> list[float]:
    """Probabilities exp(x - max) / sum."""
    highest = max(logits)
    exps = [math.exp(x - highest) for x in logits]
    norm = total(exps)
    return [x / norm for x in exps]
