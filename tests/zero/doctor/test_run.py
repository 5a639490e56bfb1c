"""The checks of a run: each finds its fault in a made-up run, and none in a sound one.

One file, because each fault is a small change of the one sound run that is made up here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

import games
from zero.doctor.finding import Finding
from zero.doctor.run import CHECKS, examine
from zero.doctor.run.evidence import Evidence
from zero.doctor.run.judgement import Judgement
from zero.doctor.run.sample import GameSample, SampledPosition
from zero.run.metrics import Line
from zero.settings.schema import Settings

PHASES, FIRST_LESSON = 60, 5


def _phase(phase: int) -> Line:
    taught = phase >= FIRST_LESSON
    line = {
        "kind": "phase",
        "phase": phase,
        "games": 50,
        "steps_done": 40 if taught else 0,
        "steps_skipped": 0,
        "steps": 40 * max(0, phase - FIRST_LESSON + 1),
        "total_positions": 1000 * phase,
        "window_positions": min(40_000, 1000 * phase),
        "window_age": min(20.0, phase / 2),
        "elapsed": 10.0 * phase,
        "value_calibration_error": 0.1,
        "inference_backend": "torch",
        "evaluating_share": 0.95 if taught else 0.0,
        "fraction_of_limit": 0.9 if taught else None,
    }
    if taught:
        line |= {"loss_value": 0.6, "loss_policy": 1.4, "target_entropy": 1.2, "gradient_norm": 0.4}
    return line


def _rating(phase: int, score: float, opponent: str = "mcts:200") -> Line:
    low, high = max(0.0, score - 0.1), min(1.0, score + 0.1)
    line = {"kind": "rating", "phase": phase, "opponent": opponent, "games": 40}
    return line | {"score": score, "score_low": low, "score_high": high}


def _ratings(*scores: float, opponent: str = "mcts:200") -> list[Line]:
    return [_rating(10 * (i + 1), score, opponent) for i, score in enumerate(scores)]


def _sample() -> GameSample:
    draw = random.Random(1)
    lines = [tuple(draw.randrange(7) for _ in range(draw.randrange(20, 40))) for _ in range(200)]
    returns = [draw.choice((1, 0, -1)) for _ in lines]
    values = [(0.6 * r + draw.uniform(-0.4, 0.4), r) for r in returns for _ in range(20)]
    state = games.make("connect_four").initial()
    positions = [
        SampledPosition(state, (0.5, 0.5), v, r, i) for i, (v, r) in enumerate(values[::20])
    ]
    return GameSample(
        by_network=True,
        longest=42,
        lines=lines,
        returns=returns,
        distinct={2: 30, 4: 150},
        early_entropy=0.6,
        values=values,
        positions=positions,
    )


SAMPLE = _sample()
NETWORK = Judgement(
    values=[value for value, _ in SAMPLE.values[::20]],
    results=[result for _, result in SAMPLE.values[::20]],
    agreement=0.7,
    chance=0.15,
    divergence=0.2,
    uniform_divergence=1.0,
)
SETTINGS = Settings.from_tables({"game": {"name": "connect_four"}, "run": {"minutes": 30.0}})
SOUND = Evidence(
    name="friday",
    runs_dir="runs",
    settings=SETTINGS,
    phases=[_phase(p) for p in range(1, PHASES + 1)],
    ratings=_ratings(0.2, 0.5, 0.7, 0.8) + _ratings(1.0, 1.0, opponent="random"),
    ages=[[phase, 1000] for phase in range(21, 61)],
    games=SAMPLE,
    network=NETWORK,
)


def finding(evidence: Evidence, check: str) -> Finding:
    (found,) = (f for f in examine(evidence) if f.check == check)
    return found


def with_settings(**tables: Mapping[str, Any]) -> Evidence:
    given = SETTINGS.model_dump(exclude_none=True)
    for section, values in tables.items():
        given[section] |= values
    return replace(SOUND, settings=Settings.from_tables(given))


def with_metrics(change: Callable[[Line], Line]) -> Evidence:
    return replace(SOUND, phases=[line | change(line) for line in SOUND.phases])


def with_games(**changes: Any) -> Evidence:
    return replace(SOUND, games=replace(SAMPLE, **changes))


def with_network(**changes: Any) -> Evidence:
    return replace(SOUND, network=replace(NETWORK, **changes))


def never_learnt(total: int, held: int, phases: int = 900) -> Evidence:
    """A run whose first 20 phases had no learner step, of `phases` that are planned."""
    line = {"steps_done": 0, "steps": 0, "total_positions": total, "window_positions": held}
    lines = [_phase(p) | line for p in range(1, 21)]
    return replace(with_settings(run={"phases": phases}), phases=lines, network=None)


def test_nothing_is_found_in_a_sound_run() -> None:
    assert [f for f in examine(SOUND) if f.mark != "ok" or f.advice] == []


INT8 = {"inference_kl": 0.0012, "inference_value_error": 0.004, "inference_agreement": 0.99}
ALL_ALIKE = [tuple(range(30))] * 200
FAULTS: dict[str, tuple[Evidence, str, str, str]] = {  # evidence, check, mark, what is said
    "left lying": (
        replace(SOUND, state="unfinished"),
        "state",
        "look",
        "zero train connect_four --run friday --resume",
    ),
    "elsewhere": (
        replace(SOUND, state="unfinished", runs_dir="/a b"),
        "state",
        "look",
        "--runs-dir '/a b' --resume",
    ),
    "damaged": (replace(SOUND, damage=["x is damaged"]), "files", "wrong", "x is damaged"),
    "struck off": (
        replace(SOUND, events=[(3, "damaged checkpoint", "went back to phase 3")]),
        "files",
        "look",
        "went back to phase 3",
    ),
    "full disk": (replace(SOUND, disk_free=1000), "disk", "wrong", "free some space"),
    "no chance": (
        with_settings(search={"noise_fraction": 0.0}, selfplay={"temperature": 0.0}),
        "exploration set",
        "wrong",
        "noise_fraction (usual: 0.25) and selfplay.temperature",
    ),
    "no noise": (
        with_settings(search={"noise_fraction": 0.0}),
        "exploration set",
        "look",
        "noise_fraction",
    ),
    "quiet Gumbel": (
        with_settings(search={"rule": "gumbel", "gumbel_scale": 0.0}),
        "exploration set",
        "wrong",
        "gumbel_scale",
    ),
    "decided early": (with_games(early_entropy=0.01), "exploration", "wrong", "1 % as open"),
    "one opening": (
        with_games(lines=[(3, 3, 3, 3, *line[4:]) for line in SAMPLE.lines]),
        "exploration",
        "wrong",
        "100 % of 200 games begin",
    ),
    "duplicates": (
        with_games(lines=SAMPLE.lines[:20] * 10),
        "duplicate games",
        "wrong",
        "20 of the newest 200",
    ),
    "one side": (with_games(returns=[1] * 200), "results", "look", "wins 100 %"),
    "all drawn": (with_games(returns=[0] * 200), "results", "look", "draws 100 %"),
    "one length": (with_games(lines=ALL_ALIKE), "game length", "look", "100 % have 30"),
    "cut off": (
        with_games(lines=[tuple(range(42))] * 190 + SAMPLE.lines[:10]),
        "game length",
        "look",
        "of at most 42",
    ),
    "wrong resignations": (
        replace(
            with_settings(selfplay={"resign_threshold": 0.9}),
            games=replace(SAMPLE, unresigned=100, unresigned_wrongly=20),
        ),
        "resignation",
        "wrong",
        "20 of 100",
    ),
    "resignation unwatched": (
        with_settings(selfplay={"resign_threshold": 0.9, "resign_off_share": 0.0}),
        "resignation",
        "look",
        "resign_off_share",
    ),
    "search turned": (
        with_games(values=[(-value, result) for value, result in SAMPLE.values]),
        "search value",
        "wrong",
        "AGAINST",
    ),
    "network turned": (
        with_network(values=[-value for value in NETWORK.values]),
        "network value",
        "wrong",
        "AGAINST",
    ),
    "network ignorant": (
        with_network(values=[0.3, -0.3] * 99, results=[1, 1, 0, 0, -1, -1] * 33),
        "network value",
        "look",
        "knows nothing yet",
    ),
    "value constant": (
        with_network(values=[0.2 + 1e-6 * i for i in range(200)]),
        "value spread",
        "wrong",
        "all near +0.20",
    ),
    "value saturated": (
        with_network(values=[math.copysign(1.0, r or 1) for r in NETWORK.results]),
        "value spread",
        "wrong",
        "100 % beyond 0.99",
    ),
    "badly calibrated": (
        with_metrics(lambda _: {"value_calibration_error": 0.7}),
        "calibration",
        "wrong",
        "0.70",
    ),
    "window below its least": (
        never_learnt(total=90_000, held=9_990),
        "learning",
        "wrong",
        "window_start well above",
    ),
    "too short to learn": (
        never_learnt(total=1_000, held=1_000, phases=30),
        "learning",
        "wrong",
        "phase 200 would reach that, but 30 are planned",
    ),
    "no game ends": (
        never_learnt(total=0, held=0),
        "learning",
        "look",
        "no game has ended",
    ),
    "stale window": (
        replace(SOUND, ages=[[1, 40_000], [60, 1000]]),
        "window",
        "look",
        "98 % from before",
    ),
    "skipped steps": (
        with_metrics(lambda line: {"steps_skipped": line["steps_done"] // 20}),
        "finite",
        "wrong",
        "were not finite",
    ),
    "one rollback": (
        replace(SOUND, events=[(9, "rollback", "five steps")]),
        "finite",
        "look",
        "1 times it went back",
    ),
    "diverged": (
        replace(SOUND, events=[(9, "rollback", "")] * 3 + [(9, "diverged", "")]),
        "finite",
        "wrong",
        "training.learning_rate",
    ),
    "always cut": (
        with_metrics(lambda _: {"gradient_norm": 12.0}),
        "gradient",
        "look",
        "training.max_grad_norm",
    ),
    "value forgets": (
        with_metrics(lambda line: {"loss_value": 0.4 + 0.01 * line["phase"]}),
        "loss",
        "wrong",
        "gets worse",
    ),
    "policy unlearnt": (
        with_network(agreement=0.16, divergence=0.99),
        "policy",
        "wrong",
        "1 % of the way",
    ),
    "search undecided": (
        with_network(divergence=0.0, uniform_divergence=0.0),
        "policy",
        "look",
        "all moves alike",
    ),
    "starved by small batches": (
        replace(
            with_settings(selfplay={"slots": 8, "groups": 4}),
            phases=[line | {"fraction_of_limit": 0.05} for line in SOUND.phases],
        ),
        "evaluator",
        "wrong",
        "a batch has 2 rows",
    ),
    "a GPU starved by small batches": (
        replace(
            with_settings(selfplay={"slots": 513, "groups": 3}),
            phases=[
                line | {"fraction_of_limit": 0.04, "inference_backend": "cuda"}
                for line in SOUND.phases
            ],
        ),
        "evaluator",
        "wrong",
        "selfplay.slots=3072 or more",
    ),
    "starved by the search": (
        with_metrics(lambda _: {"fraction_of_limit": 0.3, "evaluating_share": 0.3}),
        "evaluator",
        "look",
        "the search takes the time",
    ),
    "starved by others": (
        with_metrics(lambda _: {"fraction_of_limit": 0.3}),
        "evaluator",
        "look",
        "other programs share the cores",
    ),
    "starved by the learner": (
        replace(
            with_settings(run={"overlap": True}),
            phases=[line | {"fraction_of_limit": 0.3} for line in SOUND.phases],
        ),
        "evaluator",
        "look",
        "run.overlap",
    ),
    "starved by Python": (
        replace(
            with_settings(game={"name": "games.examples.snort:Snort"}),
            phases=[line | {"fraction_of_limit": 0.3} for line in SOUND.phases],
        ),
        "evaluator",
        "look",
        "rules in Python",
    ),
    "int8 refused": (
        replace(
            with_settings(inference={"backend": "openvino-int8"}),
            phases=[line | INT8 | {"inference_backend": "torch"} for line in SOUND.phases],
        ),
        "backend",
        "look",
        "too far in 100 % of the newest phases, which used torch",
    ),
    "loses to random": (
        replace(SOUND, ratings=_ratings(0.4, opponent="random")),
        "against random",
        "wrong",
        "40 % of 40 games",
    ),
    "fell": (
        replace(SOUND, ratings=_ratings(0.2, 0.8, 0.7, 0.3)),
        "ratings",
        "wrong",
        "run:friday@20",
    ),
    "flat": (
        replace(SOUND, ratings=_ratings(0.3, 0.32, 0.28, 0.31, 0.3)),
        "ratings",
        "look",
        "over 5 ratings",
    ),
    "more mistakes": (
        replace(
            SOUND,
            ratings=[
                {"kind": "rating", "phase": p, "opponent": "solved", "error": e, "positions": 300}
                for p, e in ((10, 0.1), (20, 0.4))
            ],
        ),
        "ratings",
        "wrong",
        "solved positions: it fell from 90 % (phase 10) to 60 %",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_what_to_do(fault: str) -> None:
    evidence, check, mark, said = FAULTS[fault]
    found = finding(evidence, check)
    assert (found.mark, bool(found.advice)) == (mark, True), found
    assert said in f"{found.found}; {found.advice}"


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {f.check for f in examine(SOUND)} == {check for _, check, _, _ in FAULTS.values()}
    assert len(CHECKS) == len({f.check for f in examine(SOUND)})


# ---- what is no fault --------------------------------------------------------------------------


@pytest.mark.parametrize("phases", [[], [_phase(1)]], ids=["no phase", "one phase"])
def test_a_run_that_has_just_begun_is_too_young_to_judge(phases: list[Line]) -> None:
    found = examine(Evidence("new", "runs", SETTINGS, phases=phases, running=True))
    assert {f.mark for f in found} == {"ok", "early"}
    assert not any(f.advice for f in found)
    early = {f.check for f in found if f.mark == "early"}
    assert {"exploration", "search value", "policy", "window", "ratings", "learning"} <= early


def test_few_games_prove_no_wrong_sign() -> None:
    few = replace(
        SAMPLE, lines=SAMPLE.lines[:40], values=[(0.1, -1), (-0.1, 0)] * 100 + [(0.0, 1)] * 150
    )
    assert finding(replace(SOUND, games=few), "search value").mark == "early"


def test_a_strong_run_may_stay_where_it_is() -> None:
    ratings = _ratings(0.95, 0.97, 0.95, 0.96)
    assert finding(replace(SOUND, ratings=ratings), "ratings").mark == "ok"


def test_a_run_that_beats_its_older_self_rises() -> None:
    flat = [*_ratings(0.3, 0.32, 0.28, 0.31, 0.3), _rating(50, 0.75, "friday@20")]
    assert finding(replace(SOUND, ratings=flat), "ratings").mark == "ok"


def test_what_the_cache_answers_starves_nobody() -> None:
    cached = with_metrics(lambda _: {"fraction_of_limit": 0.35, "cache_hit_rate": 0.6})
    assert finding(cached, "evaluator").mark == "ok"


def test_int8_that_agrees_is_well() -> None:
    int8 = with_settings(inference={"backend": "openvino-int8"})
    lines = [line | INT8 | {"inference_backend": "openvino-int8"} for line in SOUND.phases]
    found = finding(replace(int8, phases=lines), "backend")
    assert (found.mark, "0.0012 nats" in found.found) == ("ok", True)


def test_a_rating_without_its_figures_is_passed_over() -> None:
    odd = replace(SOUND, ratings=[{"kind": "rating", "phase": 1}, *SOUND.ratings])
    assert finding(odd, "ratings").mark == "ok"
