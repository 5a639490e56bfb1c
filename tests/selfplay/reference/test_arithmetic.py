"""The exponential function and the softmax of the reference, beside the mathematics library."""

import math

import pytest

from selfplay.reference.arithmetic import exp, softmax
from selfplay.reference.rng import Rng


def test_exp_is_that_of_the_mathematics_library_but_for_two_units_in_the_last_place():
    for x in [0.0, -1e-300, -1e-9, -0.3465735, -0.3465736, -1.0, -88.5, -103.97, -699.99, -700.0]:
        assert exp(x) == pytest.approx(math.exp(x), rel=2 * 2.0**-52, abs=0.0)
    rng = Rng(3)
    for scale in (0.35, 10.0, 700.0):
        for _ in range(2000):
            x = -scale * rng.uniform()
            assert exp(x) == pytest.approx(math.exp(x), rel=2 * 2.0**-52, abs=0.0)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 35])
def test_softmax_is_that_of_the_mathematics_library(count):
    rng = Rng(count)
    logits = [30.0 * rng.normal() for _ in range(count)]
    exps = [math.exp(x - max(logits)) for x in logits]
    assert softmax(logits) == pytest.approx([x / math.fsum(exps) for x in exps], rel=1e-14)
    assert softmax([0.0, -800.0]) == [1.0, exp(-700.0)]


def test_softmax_does_not_overflow():
    assert softmax([1000.0, 1000.0, -1000.0]) == [0.5, 0.5, exp(-700.0) / 2]
    assert exp(-700.0) < 1e-300
