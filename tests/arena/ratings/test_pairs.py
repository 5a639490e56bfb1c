import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.ratings.pairs import elo_of_score, rate

counts_of_pairs = st.lists(st.integers(0, 200), min_size=5, max_size=5)


@pytest.mark.parametrize(
    ("counts", "normalised", "error"),
    # A Stockfish test whose pair counts and figures are published.
    [((379, 10170, 21828, 10640, 343), 3.05, 2.31)],
)
def test_a_published_pentanomial_result(counts, normalised, error):
    rating = rate(counts)
    pairs = sum(counts)
    deviation = (rating.score_high - rating.score) / 1.95996 * math.sqrt(pairs)
    per_game = math.sqrt(2) * deviation
    scale = 800 / math.log(10)
    assert (rating.score - 0.5) / per_game * scale == pytest.approx(normalised, abs=0.006)
    assert (rating.score_high - rating.score) / per_game * scale == pytest.approx(error, abs=0.006)


@pytest.mark.parametrize(("pairs", "bound"), [(10, 317), (50, 607)])
def test_a_shut_out_is_a_bound(pairs, bound):
    rating = rate((0, 0, 0, 0, pairs))
    assert rating.bound == ">="
    assert rating.elo == pytest.approx(bound, abs=0.5)
    assert rating.elo_high == math.inf
    assert str(rating) == f"Elo ≥ +{bound}"
    lost = rate((pairs, 0, 0, 0, 0))
    assert lost.bound == "<=" and lost.elo == pytest.approx(-bound, abs=0.5)
    assert lost.elo_low == -math.inf


@pytest.mark.parametrize(
    ("games", "reach"), [(46, 100), (185, 50), (1159, 20), (4637, 10), (18549, 5)]
)
def test_games_needed_for_a_given_precision(games, reach):
    """Without draws and with pairs that are two independent games, near equality."""
    pairs = 100_000
    rating = rate((pairs // 4, 0, pairs // 2, 0, pairs // 4))
    half_width = (rating.score_high - rating.score) * math.sqrt(2 * pairs / games)
    assert half_width * 1600 / math.log(10) == pytest.approx(reach, rel=0.02)


def test_pairs_remove_the_luck_of_the_opening():
    """Every pair is one win each: as games a coin toss, as pairs no variance at all."""
    even = rate((0, 0, 100, 0, 0))
    coin = rate((25, 0, 50, 0, 25))
    assert even.elo == coin.elo == 0.0
    assert even.elo_high < coin.elo_high / 2
    assert even.elo_high > 5  # and yet 100 pairs prove no equality


def test_few_pairs_say_little():
    nothing = rate((0, 0, 0, 0, 0))
    assert (nothing.score_low, nothing.score_high, nothing.pairs) == (0.0, 1.0, 0)
    assert str(nothing) == "Elo unknown (no pairs)"
    one = rate((0, 0, 0, 1, 0))
    assert one.score_low < 0.1 and one.score_high > 0.95
    two = rate((0, 0, 1, 1, 0))
    assert two.elo_low == -math.inf and two.elo_high == math.inf  # t with one degree of freedom
    assert rate((0, 0, 0, 0, 1)).elo < 0  # two wins do not even prove equality


def test_repeated_pairs_prove_nothing_new():
    forty_games = rate((0, 0, 0, 0, 20))
    really_two = rate((0, 0, 0, 0, 20), distinct_pairs=1)
    assert forty_games.elo > 400 and really_two.elo < 0
    narrow = rate((2, 3, 10, 4, 3))
    wide = rate((2, 3, 10, 4, 3), distinct_pairs=5)
    assert wide.score == narrow.score
    assert wide.score_low < narrow.score_low and wide.score_high > narrow.score_high


@given(counts_of_pairs)
def test_the_interval_holds_the_estimate(counts):
    rating = rate(counts)
    assert 0.0 <= rating.score_low <= rating.score <= rating.score_high <= 1.0
    assert rating.elo_low <= rating.elo <= rating.elo_high
    assert 0.0 <= rating.los <= 1.0
    json.dumps(rating.to_dict(), allow_nan=False)


@given(counts_of_pairs)
def test_swapping_the_players_mirrors_everything(counts):
    one, other = rate(counts), rate(counts[::-1])
    assert other.score == pytest.approx(1 - one.score)
    assert other.los == pytest.approx(1 - one.los, abs=1e-9)
    assert (other.score_low, other.score_high) == pytest.approx(
        (1 - one.score_high, 1 - one.score_low), abs=1e-9
    )
    if math.isfinite(one.elo):
        assert other.elo == pytest.approx(-one.elo, abs=1e-6)


@given(counts_of_pairs.filter(lambda c: sum(n > 0 for n in c) > 1), st.integers(2, 20))
def test_more_of_the_same_pairs_narrow_the_interval(counts, times):
    one, many = rate(counts), rate([n * times for n in counts])
    assert many.score == pytest.approx(one.score)
    assert many.score_high - many.score_low < one.score_high - one.score_low


@given(counts_of_pairs, st.integers(0, 3))
def test_turning_a_pair_into_a_better_one_raises_the_score(counts, index):
    if counts[index] == 0:
        counts[index] = 1
    better = list(counts)
    better[index] -= 1
    better[index + 1] += 1
    assert rate(better).score > rate(counts).score


@given(st.floats(-1190, 1190))
def test_elo_of_the_score_that_a_difference_expects_is_the_difference(difference):
    odds = 10 ** (-abs(difference) / 400)
    weaker = odds / (1 + odds)
    score = weaker if difference < 0 else 1 - weaker
    assert elo_of_score(score) == pytest.approx(difference, abs=1e-6)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Of 400 matches of 20 pairs, about 380 intervals hold the true score."""
    generator = random.Random(7)
    win, draw = 0.55, 0.18
    truth = win + draw / 2
    hits = 0
    for _ in range(400):
        counts = [0] * 5
        for _ in range(20):
            draws = [generator.random() for _ in range(2)]
            counts[sum(2 if x < win else 1 if x < win + draw else 0 for x in draws)] += 1
        rating = rate(counts)
        hits += rating.score_low <= truth <= rating.score_high
    assert 368 <= hits <= 392


def test_impossible_counts_are_refused():
    for counts, distinct in (((1, 2, 3), None), ((1, 0, 0, 0, -1), None), ((1, 0, 0, 0, 1), 3)):
        with pytest.raises(ValueError, match=r"pair"):
            rate(counts, distinct)
