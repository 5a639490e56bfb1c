"""bench_peers without its peers: its arithmetic, its turns, and what it says of failures.

No figure is compared with a clock: zero plays both sides for a moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from peers import contestant
from peers.contestant import Contestant, last_line
from peers.figures import Spread, quotients, spread, together
from peers.rounds import Contest, Rounds

PROGRAM = Path(__file__).parents[3] / "scripts/tools/bench_peers.py"


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Logs and environments are in a folder of the test."""
    monkeypatch.setattr(contestant, "BUILD", tmp_path)


def test_help_answers() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--rounds" in done.stdout


@pytest.mark.parametrize("arguments", [["--cores", "0"], ["--only", "nobody"], ["--rounds", "0"]])
def test_a_wrong_argument_is_refused_before_anything_is_set_up(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert arguments[0] in done.stderr.splitlines()[-1]


def test_a_spread_is_of_the_rounds_that_have_the_figure() -> None:
    assert spread([5.0, None, 1.0, 2.0]) == Spread(2.0, 1.0, 5.0)
    assert spread([None]) is None
    assert str(spread([1234.4, 99.94, 2e6])) == "1,234 (99.9-2.00M)"


def test_processes_of_the_same_time_add_up() -> None:
    both = together(
        [
            {"simulations_per_s": 100.0, "evaluations_per_s": None, "cores_used": 1.0},
            {"simulations_per_s": 50.0, "evaluations_per_s": 7.0, "cores_used": 0.5},
        ]
    )
    assert both == {
        "simulations_per_s": 150.0,
        "evaluations_per_s": None,
        "cores_used": 1.5,
        "simulations_per_processor_s": 100.0,
    }


def test_a_ratio_is_of_the_same_round() -> None:
    assert quotients([10.0, 40.0, None, 8.0], [5.0, 10.0, 1.0]) == [2.0, 4.0, None]
    assert quotients([1.0], [0.0]) == [None]


def test_the_last_line_of_an_output_says_what_went_wrong() -> None:
    assert last_line("Traceback:\n  File\nKeyError: 'slots'\n\n") == "KeyError: 'slots'"
    assert last_line("ERROR: no such package\nsee the log") == "ERROR: no such package"
    assert last_line("") == "it ended without a word"


def test_zero_and_peers_alternate() -> None:
    a, b, c, d = (Contestant(name, "", "") for name in "abcd")
    contest = Contest("", False, ours=(a,), theirs=(b, c, d))
    assert [one.who for one in contest.in_turns] == ["a", "b", "c", "d"]
    contest = Contest("", False, ours=(a, b), theirs=(c, d))
    assert [one.who for one in contest.in_turns] == ["a", "c", "b", "d"]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen here")
def test_who_fails_is_named_and_the_others_play_on() -> None:
    def with_options(who: str, **options: int) -> Contestant:
        return Contestant(who, "", "zero_rollouts.py", options=options)

    ours, theirs, broken = with_options("a", slots=4), with_options("b", slots=2), with_options("c")
    contest = Contest("", True, ours=(ours,), theirs=(theirs, broken))
    rounds = Rounds(lambda text: None)
    try:
        for one in contest.in_turns:
            rounds.start(one, sorted(os.sched_getaffinity(0))[:1], simulations=10)
        for _ in range(2):
            rounds.play(contest, 0.01)
    finally:
        rounds.end()
    assert rounds.failures == {broken: "KeyError: 'slots'"}
    assert rounds.ratio(ours, theirs, "simulations_per_s").median > 0
    assert rounds.ratio(ours, theirs, "evaluations_per_s") is None
    assert rounds.ratio(ours, broken, "simulations_per_s") is None
