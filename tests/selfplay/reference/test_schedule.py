"""Sequential halving: which visit count a Gumbel search looks for at its root."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfplay.reference.rng import Rng
from selfplay.reference.rules import considered_visits


@pytest.mark.parametrize(
    ("considered", "simulations", "expected"),
    [
        (0, 3, [0, 1, 2]),
        (1, 3, [0, 1, 2]),
        (2, 5, [0, 0, 1, 1, 2]),  # one round: 5 // 2 = 2 visits each, then two survivors again
        (3, 6, [0, 0, 0, 1, 1, 2]),  # two rounds: 6 // 6, then 6 // 4
        (4, 8, [0] * 4 + [1, 1, 2, 2]),  # two rounds: 8 // 8 = 1, then 8 // 4 = 2
        (8, 2, [0, 0]),
        (8, 13, [0] * 8 + [1] * 4 + [2]),
        (8, 24, [0] * 8 + [1] * 4 + [2] * 4 + [3, 3, 4, 4, 5, 5, 6, 6]),
        (7, 24, [0] * 7 + [1] * 3 + [2] * 3 + [3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8]),
        (16, 16, [0] * 16),
    ],
)
def test_sequential_halving(considered, simulations, expected):
    assert list(considered_visits(considered, simulations)) == expected


@given(st.integers(1, 40), st.integers(0, 300), st.integers(0, 2**32))
def test_the_schedule_always_finds_an_edge(considered, simulations, seed):
    counts, rng = [0] * considered, Rng(seed)
    for wanted in considered_visits(considered, simulations):
        matching = [i for i, n in enumerate(counts) if n == wanted]
        counts[matching[rng.next() % len(matching)]] += 1
    assert sum(counts) == simulations
