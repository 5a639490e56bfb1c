"""The limits of all checks in one place, each with its reason.

"Sound runs" are those of twenty minutes in the README: the presets of six games, on one core.
"""

from __future__ import annotations

import math

from zero.doctor.finding import Threshold

NEVER_LOW, NEVER_HIGH = -math.inf, math.inf

# ---- a machine -------------------------------------------------------------------------------

LOAD = Threshold(0.5, NEVER_HIGH, "half the cores busy with other work halve the speed of a run")
MEMORY_GIB = Threshold(2.0, 0.5, "a preset's run takes 0.5 to 1 GiB, torch's libraries the rest")
DISK_GIB = Threshold(
    5.0, 0.5, "an hour of training writes some 100 MB, a kept checkpoint up to 100"
)
SYNC_MS = Threshold(100.0, 2000.0, "a phase waits for about ten syncs and should last seconds")
CLOCK_DRIFT = Threshold(
    0.05, NEVER_HIGH, "a wall clock that is being slewed differs by under 0.1 %"
)

# ---- the games of a run ----------------------------------------------------------------------

SAMPLE_POSITIONS = 4000  # of the newest games: enough for shares to about 2 %
NETWORK_POSITIONS = 768  # of these, judged by the network: a second or two on one core
GAMES_TO_JUDGE = 30  # with fewer, chance explains nearly anything
OPENING_PLIES = 4
PHASES = 10  # the newest ones, over which figures of metrics.jsonl are taken

ENTROPY_EARLY = Threshold(
    0.12, 0.03, "entropy of the search over that of a uniform policy, first plies: sound runs 0.3+"
)
SAME_OPENING = Threshold(
    0.8, 0.95, "share of games with the commonest first 4 plies: sound runs < 0.3"
)
DIFFERENT_GAMES = Threshold(0.6, 0.3, "share of different games: sound runs 0.9+, tic-tac-toe 0.7")
ONE_SIDED = Threshold(0.97, NEVER_HIGH, "one result in nearly all games teaches the value nothing")
ONE_LENGTH = Threshold(0.98, NEVER_HIGH, "6x6 Othello, which fills its board, stays below 0.8")
CUT_OFF = Threshold(
    0.9, NEVER_HIGH, "share of games as long as the rules allow: no sound run has any"
)
RESIGN_WRONG = Threshold(0.05, 0.15, "AlphaGo Zero kept wrong resignations below 5 %")

# ---- its values ------------------------------------------------------------------------------

VALUE_CORRELATION = Threshold(
    0.05, -0.05, "value with result of the same game: sound runs 0.4 to 0.9"
)
CALIBRATION = Threshold(0.3, 0.6, "median over phases; sound runs stay below 0.2")
VALUE_SPREAD = Threshold(0.02, 0.002, "standard deviation of the network's values: sound runs 0.3+")
SATURATED = Threshold(0.8, 0.98, "share of values beyond 0.99; sound runs below 0.3")

# ---- its learning ----------------------------------------------------------------------------

STEPS_TO_JUDGE = 300  # learner steps; the warm-up takes a hundred
POLICY_LEARNT = Threshold(
    0.15, 0.03, "share of the way from a uniform policy to the search's: sound runs 0.5+"
)
POLICY_AGREEMENT = Threshold(
    1.3, 1.1, "best moves in common, over what chance gives: sound runs 3+"
)
SKIPPED = Threshold(
    0.001, 0.02, "share of learner steps that were not finite; there should be none"
)
CLIPPED = Threshold(
    1.0, 10.0, "norm of the gradient over training.max_grad_norm: sound runs below 0.2"
)
LOSS_RISE = Threshold(
    0.1, 0.3, "rise of the value's loss from its best, in nats: harder games give some"
)
OLD_SHARE = Threshold(0.5, NEVER_HIGH, "share of the window from before the first learner step")
PHASES_TO_TURN_OVER = 20  # after the first lesson, before old games are worth a word
PHASES_WITHOUT_LESSON = 5

# ---- its speed -------------------------------------------------------------------------------

FRACTION = Threshold(0.5, 0.1, "of the network's limit, measured when the run began; aim 0.9")
EVALUATING = Threshold(0.5, NEVER_LOW, "of the actors' time in the network; sound runs 0.95")
ROWS_OF_A_BATCH = 32  # below, a core's matrix products are too narrow
ROWS_ON_A_GPU = 1024  # below, a small network leaves most of a GPU idle
REFUSED = Threshold(0.3, NEVER_HIGH, "share of phases in which int8 was too far from float32")

# ---- its strength ----------------------------------------------------------------------------

AGAINST_RANDOM = Threshold(
    0.8, 0.6, "share of points; every sound run had 95 % after its first rating"
)
RATINGS_TO_JUDGE = 4
BEATEN = 0.9  # an opponent that loses more than this no longer shows progress
