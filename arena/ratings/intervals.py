"""Intervals: the Student t distribution, and Wilson's interval of a proportion.

This needs only the standard library. The t distribution comes from the regularised incomplete beta
function, by its continued fraction (Numerical Recipes, 3rd edition, section 6.4).
"""

import math

NORMAL_95 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


def student_t_cdf(t: float, freedom: int) -> float:
    """P(T <= t) for Student's T with `freedom` >= 1 degrees of freedom."""
    if math.isinf(t):
        return 0.0 if t < 0 else 1.0
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return tail if t < 0 else 1.0 - tail


def student_t_quantile(probability: float, freedom: int) -> float:
    """The t with P(T <= t) = probability, for probability in (0, 1), `freedom` >= 1."""
    if not 0.0 < probability < 1.0 or freedom < 1:
        raise ValueError(f"no t quantile for probability={probability}, freedom={freedom}")
    if probability < 0.5:
        return -student_t_quantile(1.0 - probability, freedom)
    low, high = 0.0, 1.0
    while student_t_cdf(high, freedom) < probability:
        low, high = high, 2.0 * high
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if student_t_cdf(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a proportion, `hits` of `count`; (0, 1) when nothing was counted.

    Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} of {count} is not a proportion")
    if count == 0:
        return 0.0, 1.0
    square = NORMAL_95 * NORMAL_95
    share = hits / count
    centre = share + square / (2 * count)
    spread = NORMAL_95 * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    scale = 1 + square / count
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == count else min(1.0, (centre + spread) / scale)
    return low, high


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 <= x <= 1."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges fast on one side of the mean; the other side is its mirror image.
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _beta_fraction(a, b, x) / a
    return 1.0 - math.exp(log_front) * _beta_fraction(b, a, 1.0 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + term / c
            c = c if abs(c) > tiny else tiny
            step = c * d
            fraction *= step
        if abs(step - 1.0) < 1e-15:
            break
    return fraction
