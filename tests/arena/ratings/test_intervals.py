import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.ratings.intervals import student_t_cdf, student_t_quantile, wilson

# Quantiles from printed tables of Student's t, and of the normal distribution for many degrees.
TABLE = [
    (0.975, 1, 12.7062),
    (0.975, 2, 4.3027),
    (0.95, 5, 2.0150),
    (0.975, 10, 2.2281),
    (0.995, 30, 2.7500),
    (0.975, 120, 1.9799),
    (0.975, 10**7, 1.9600),
]


@pytest.mark.parametrize(("probability", "freedom", "quantile"), TABLE)
def test_student_t_matches_printed_tables(probability, freedom, quantile):
    assert student_t_quantile(probability, freedom) == pytest.approx(quantile, abs=6e-5)
    assert student_t_quantile(1 - probability, freedom) == pytest.approx(-quantile, abs=6e-5)


@given(st.floats(0.001, 0.999), st.integers(1, 10_000))
def test_student_t_quantile_inverts_the_distribution(probability, freedom):
    t = student_t_quantile(probability, freedom)
    assert student_t_cdf(t, freedom) == pytest.approx(probability, abs=1e-9)


@given(st.floats(-50, 50), st.integers(1, 1000))
def test_student_t_is_symmetric(t, freedom):
    total = student_t_cdf(t, freedom) + student_t_cdf(-t, freedom)
    assert total == pytest.approx(1.0, abs=1e-12)


def test_one_degree_of_freedom_is_the_cauchy_distribution():
    for t in (-3.0, -0.5, 0.0, 0.1, 7.0):
        assert student_t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-13)


def test_student_t_refuses_what_has_no_quantile():
    for probability, freedom in ((0.0, 3), (1.0, 3), (0.5, 0)):
        with pytest.raises(ValueError, match="no t quantile"):
            student_t_quantile(probability, freedom)


def test_wilson_matches_published_values():
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits, count) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(case):
    hits, count = case
    low, high = wilson(hits, count)
    assert 0.0 <= low <= hits / count <= high <= 1.0
    assert wilson(count - hits, count) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_of_nothing_and_of_nonsense():
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(3, 2)
