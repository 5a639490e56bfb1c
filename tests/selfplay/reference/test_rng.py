"""The random numbers of the plain-Python search, and its arithmetic."""

import math

import pytest

from selfplay.reference.arithmetic import argmax, float32, total
from selfplay.reference.rng import Rng


def test_splitmix64_gives_its_published_sequence():
    rng = Rng(0)
    rng.state = 1234567
    assert [rng.next() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_generators_differ_by_seed_game_and_ply():
    states = {Rng(s, g, p).state for s in range(5) for g in range(5) for p in range(5)}
    assert len(states) == 125


@pytest.mark.parametrize("alpha", [0.03, 0.5, 1.0, 7.5])
def test_gamma_has_its_mean_and_variance(alpha):
    rng, n = Rng(1), 20_000
    draws = [rng.gamma(alpha) for _ in range(n)]
    mean = total(draws) / n
    variance = total((x - mean) ** 2 for x in draws) / n
    assert mean == pytest.approx(alpha, abs=5 * math.sqrt(alpha / n))
    assert variance == pytest.approx(alpha, rel=0.25)


def test_gumbel_and_normal_have_their_means():
    rng, n = Rng(2), 20_000
    assert total(rng.gumbel() for _ in range(n)) / n == pytest.approx(0.5772, abs=0.05)
    draws = [rng.normal() for _ in range(n)]
    assert total(draws) / n == pytest.approx(0.0, abs=0.04)
    assert total(x * x for x in draws) / n == pytest.approx(1.0, abs=0.06)


def test_dirichlet_sums_to_one_and_is_uniform_when_all_gammas_vanish():
    rng = Rng(3)
    assert total(rng.dirichlet(0.3, 9)) == pytest.approx(1.0, abs=1e-12)
    assert rng.dirichlet(1e-9, 4) == [0.25] * 4


def test_argmax_takes_the_lowest_of_equals():
    assert argmax([1.0, 2.0, 2.0]) == 1


def test_sums_run_from_left_to_right():
    assert total([1e16, 1.0, 1.0]) == 1e16  # a compensated sum would give 1e16 + 2


def test_float32_rounds_to_the_nearest():
    assert float32(0.1) == 0.100000001490116119384765625
    assert float32(1e-50) == 0.0
