"""Checks of the values of search and network: are their sign, spread and size right?"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from zero.doctor import limits
from zero.doctor.finding import Finding, Mark, judged
from zero.doctor.run.evidence import Evidence
from zero.doctor.run.judgement import correlation

_SURE = 3.0  # standard errors


def _sign(r: float, count: int) -> Mark:
    """Return the mark of a correlation over this many games (Fisher's transformation).

    What chance explains is no more than worth a look; with few games, not even that.
    """
    mark = limits.VALUE_CORRELATION.mark(r)
    errors = math.atanh(max(-0.999999, min(0.999999, r))) * math.sqrt(max(1, count - 3))
    if mark == "ok" or abs(errors) >= _SURE:
        return mark
    return "look" if count >= 100 else "early"


def _sign_finding(
    check: str, values: Sequence[float], results: Sequence[int], games: int, whose: str
) -> Finding:
    r = correlation(values, results)
    if math.isnan(r):
        return Finding(check, "early", f"{whose} values, or the results of the games, never vary")
    found = f"{whose} values agree with the results: correlation {r:+.2f} over {games} games"
    advice = (
        "the sign of a value is wrong: check that returns() of the game is for player 0 "
        "first, that to_play and observe() agree on who moves (games.testing.check), and how "
        "values were stored"
    )
    mark = _sign(r, games)
    if mark == "look":
        advice = (
            "the value knows nothing yet: train longer; if it stays, give it more weight "
            "(training.value_weight) or a larger network, and check what observe() shows"
        )
    if r < 0.0:
        found = f"{whose} values go AGAINST the results: correlation {r:+.2f} over {games} games"
    return judged(check, mark, found, advice)


def check_search_sign(evidence: Evidence) -> Finding:
    """Do the values that the search found go with the results?"""
    sample = evidence.games
    if early := evidence.unplayed("search value"):
        return early
    values, results = [v for v, _ in sample.values], [r for _, r in sample.values]
    return _sign_finding("search value", values, results, len(sample.lines), "the search's")


def check_network_sign(evidence: Evidence) -> Finding:
    """Do the values of the network alone go with the results?"""
    network = evidence.network
    if early := evidence.untaught("network value") or evidence.unplayed("network value"):
        return early
    assert network is not None
    games = len({position.game for position in evidence.games.positions})
    return _sign_finding("network value", network.values, network.results, games, "the network's")


def check_spread(evidence: Evidence) -> Finding:
    """Does the network tell positions apart, without being sure of everything?"""
    network = evidence.network
    if early := evidence.untaught("value spread"):
        return early
    assert network is not None
    spread = statistics.pstdev(network.values)
    sure = sum(abs(value) > 0.99 for value in network.values) / len(network.values)
    mean = statistics.fmean(network.values)
    if (mark := limits.VALUE_SPREAD.mark(spread)) != "ok":
        advice = (
            "the value is the same everywhere: look at the results of the games (all alike?), and "
            "raise training.value_weight or lower training.learning_rate"
        )
        found = f"the network's values are all near {mean:+.2f} (spread {spread:.3f})"
        return Finding("value spread", mark, found, advice)
    found = f"spread {spread:.2f}, {100 * sure:.0f} % beyond 0.99"
    advice = (
        "the network is sure of nearly everything: lower training.learning_rate or training.reuse, "
        "or mix in the search's values (training.value_mix)"
    )
    return judged("value spread", limits.SATURATED.mark(sure), found, advice)


def check_calibration(evidence: Evidence) -> Finding:
    """Is the search as often right as its values say?"""
    error = evidence.median("value_calibration_error")
    if error is None:
        return Finding("calibration", "early", "no games with values yet")
    found = f"the search's values are off by {error:.2f} on average, from -1 to 1"
    advice = (
        "it expects results that do not come: see the signs above; otherwise the network fits "
        "games that are no longer played (window) or too few (training.reuse)"
    )
    return judged("calibration", limits.CALIBRATION.mark(error), found, advice)
