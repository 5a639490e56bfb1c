"""The checks of a run, ordered so that a fault in one explains those after it."""

from __future__ import annotations

from collections.abc import Callable

from zero.doctor.finding import Finding
from zero.doctor.run.evidence import Evidence
from zero.doctor.run.games import (
    check_duplicates,
    check_exploration,
    check_lengths,
    check_noise,
    check_resignation,
    check_results,
)
from zero.doctor.run.learning import (
    check_finite,
    check_gradient,
    check_lessons,
    check_loss,
    check_policy,
    check_window,
)
from zero.doctor.run.speed import check_evaluator, check_inference
from zero.doctor.run.strength import (
    check_damage,
    check_random,
    check_ratings,
    check_room,
    check_state,
)
from zero.doctor.run.values import (
    check_calibration,
    check_network_sign,
    check_search_sign,
    check_spread,
)

CHECKS: tuple[Callable[[Evidence], Finding], ...] = (
    check_state,
    check_damage,
    check_room,
    check_noise,
    check_exploration,
    check_duplicates,
    check_results,
    check_lengths,
    check_resignation,
    check_search_sign,
    check_network_sign,
    check_spread,
    check_calibration,
    check_lessons,
    check_window,
    check_finite,
    check_gradient,
    check_loss,
    check_policy,
    check_evaluator,
    check_inference,
    check_random,
    check_ratings,
)


def examine(evidence: Evidence) -> list[Finding]:
    """Return what every check says, in order."""
    return [check(evidence) for check in CHECKS]
