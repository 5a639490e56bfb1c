"""The pieces of a run: plan, window and budget, figures of games, metrics, files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from games.errors import UserError
from zero.run.database import CheckpointRow, RunDatabase
from zero.run.directory import RunDirectory, check_name, find_run, fresh_name, runs_of
from zero.run.metrics import Metrics, cut_back, read_metrics
from zero.run.plan import Plan, initial_plan, is_over, review
from zero.run.state import RunState
from zero.settings.resolve import resolve
from zero.settings.schema import Settings


def test_a_plan_in_phases_falls_in_its_last_share() -> None:
    settings = resolve("tic_tac_toe", "quick", ["training.cooldown=0.3"], phases=10)
    plan = initial_plan(settings)
    scales = [plan.rate_scale(phase, 0.0) for phase in range(1, 11)]
    assert scales[:7] == [1.0] * 7
    assert scales[7:] == pytest.approx([5 / 6, 3 / 6, 1 / 6])
    assert [is_over(settings, p, math.inf, 1.0) for p in (9, 10)] == [False, True]


def test_a_plan_in_minutes_falls_when_the_clock_says_so_and_ends_in_time() -> None:
    settings = resolve("tic_tac_toe", "quick", ["training.cooldown=0.25"], minutes=10.0)
    plan, pace, phase = initial_plan(settings), 20.0, 0
    while not is_over(settings, phase, 600.0 - phase * pace, pace):
        phase += 1
        plan = review(plan, settings, phase, 600.0 - phase * pace, pace)
    assert plan.start == 24  # 23 phases of 20 s leave less than a quarter of the time
    assert phase * pace == pytest.approx(600.0, abs=pace)
    assert plan.rate_scale(phase, 0.1) < 0.25


def test_one_long_phase_does_not_end_a_run_early() -> None:
    """The first lessons may take ten times as long as any phase before or after."""
    settings = resolve("tic_tac_toe", "quick", ["training.cooldown=0.3"], minutes=13.5)
    state, times = RunState(), [3.0] * 12 + [390.0] + [40.0] * 99
    remaining = 810.0
    while not is_over(settings, state.phase, remaining, state.pace):
        remaining -= times[state.phase]
        state.recent = [*state.recent[-2:], times[state.phase]]
        state.phase += 1
        state.plan = review(state.plan, settings, state.phase, remaining, state.pace)
    assert abs(remaining) <= 20.0
    assert state.phase == 13 + round((810 - 36 - 390) / 40)
    assert state.plan.rate_scale(state.phase, 0.05) < 0.2


def test_with_both_limits_the_first_one_counts() -> None:
    settings = resolve("tic_tac_toe", phases=5, minutes=100.0)
    assert initial_plan(settings) == Plan()
    assert not is_over(settings, 4, 5000.0, 1.0)
    assert is_over(settings, 5, 5000.0, 1.0)
    assert review(Plan(), settings, 4, 5000.0, 1.0) == Plan(start=5, phases=1)


def test_the_state_survives_its_counters() -> None:
    state = RunState(phase=3, elapsed=0.1 + 0.2, plan=Plan(4, 2), limits=[None, 9])
    assert RunState.from_counters(json.loads(json.dumps(state.to_counters()))) == state


def test_metrics_are_cut_back_and_torn_lines_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path, None)
    for phase in range(1, 5):
        metrics.write({"kind": "phase", "phase": phase, "loss": math.nan})
    metrics.close()
    with path.open("a") as file:
        file.write('{"kind": "phase", "pha')
    cut_back(path, lambda line: line["phase"] <= 2)
    assert [line["phase"] for line in read_metrics(path)] == [1, 2]
    assert all(json.loads(text)["loss"] is None for text in path.read_text().splitlines())


def test_tensorboard_gets_the_figures(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    metrics = Metrics(tmp_path / "metrics.jsonl", tmp_path / "board")
    metrics.write({"kind": "phase", "phase": 3, "loss": 0.5, "limit": None})
    metrics.write({"kind": "rating", "phase": 3, "opponent": "random", "score": 0.75})
    metrics.close()
    events = EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("phase/loss")] == [(3, 0.5)]
    assert [(e.step, e.value) for e in events.Scalars("rating/random/score")] == [(3, 0.75)]


def _run(tmp_path: Path, name: str = "friday", game: str = "tic_tac_toe") -> RunDirectory:
    run = RunDirectory(tmp_path / name)
    run.make_folders()
    run.write_settings(resolve(game))
    run.database(writer=True).close()
    return run


def test_runs_are_found_by_name_and_by_game(tmp_path: Path) -> None:
    _run(tmp_path, "friday")
    _run(tmp_path, "othello-1", "othello")
    assert find_run(tmp_path, "friday").name == "friday"
    with pytest.raises(UserError, match="did you mean 'friday'"):
        find_run(tmp_path, "fridai")
    with pytest.raises(UserError, match="zero train GAME makes one"):
        find_run(tmp_path / "nowhere", "friday")
    assert [run.name for run in runs_of(tmp_path, "othello")] == ["othello-1"]
    assert fresh_name(tmp_path, "othello") == "othello-2"
    assert fresh_name(tmp_path, "othello?size=6") == "othello-size-6-1"


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "a b", "a\nb", "x" * 65])
def test_names_that_could_escape_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a run"):
        check_name(name)


def _row(phase: int) -> CheckpointRow:
    return CheckpointRow(phase, 7, 9, "f", "0" * 64, {"credit": 0.1}, 1.5, True, False)


def test_the_database_keeps_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    writer = RunDatabase(path, writer=True)
    for phase in (0, 1, 2):
        writer.add_checkpoint(_row(phase))
    writer.mark_rated(1, {"games": 7}, 2.5)
    writer.forget_files([0])
    writer.cut(1)
    reader = RunDatabase(path)
    rows = reader.checkpoints()
    assert [(row.phase, row.kept, row.rated) for row in rows] == [
        (0, False, False),
        (1, True, True),
    ]
    assert (rows[1].counters, rows[1].elapsed) == ({"credit": 0.1, "games": 7}, 2.5)
    reader.close()
    writer.close()


@pytest.mark.parametrize(
    "damage", [lambda data: b"no database" * 99, lambda data: data[: len(data) // 2]]
)
def test_a_damaged_database_is_one_line(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "run.sqlite3"
    writer = RunDatabase(path, writer=True)
    for phase in range(200):
        writer.add_checkpoint(_row(phase))
    writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.close()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=r"run\.sqlite3"):
        RunDatabase(path).checkpoints()


def test_a_missing_database_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        RunDatabase(tmp_path / "run.sqlite3")


def test_settings_of_a_run_that_were_damaged(tmp_path: Path) -> None:
    run = _run(tmp_path)
    run.settings_file.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"run\.toml cannot be read"):
        run.settings()
    assert isinstance(resolve("tic_tac_toe"), Settings)
