"""kill -9 at random instants of training: nothing committed is lost, and the end is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import games
from selfplay import GameRecord
from selfplay.storage.games import GameStore
from zero.run.directory import RunDirectory

ROOT = Path(__file__).parents[2]


def _command(runs: Path, name: str, tiny: tuple[str, ...], phases: int) -> list[str]:
    settings = [word for text in tiny for word in ("--set", text)]
    where = ["--runs-dir", str(runs), "--run", name, "--phases", str(phases)]
    return [sys.executable, "-m", "zero", "train", "tic_tac_toe", *where, *settings]


def _start(command: list[str]) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def _wait_for_a_phase(process: subprocess.Popen[str]) -> bool:
    """Wait until the process has reported a phase; False if it has ended before."""
    assert process.stderr is not None
    return any(line.startswith("phase ") for line in process.stderr)


def _committed(run: RunDirectory) -> tuple[set[GameRecord], set[tuple[int, str]]]:
    """All games, and the (phase, SHA-256) of all checkpoints, that a reader sees."""
    with GameStore(run.games_file, "tic_tac_toe") as store:
        found = set(store.games(games.make("tic_tac_toe")))
    database = run.database()
    checkpoints = {(row.phase, row.sha256) for row in database.checkpoints()}
    database.close()
    return found, checkpoints


def _kill_and_resume(
    runs: Path, tiny: tuple[str, ...], phases: int, kills: int, rng: random.Random
) -> None:
    """Train `killed`, killing it `kills` times; after each kill all that was committed is there."""
    command = _command(runs, "killed", tiny, phases)
    run = RunDirectory(runs / "killed")
    played: set[GameRecord] = set()
    checkpoints: set[tuple[int, str]] = set()
    for _ in range(kills):
        process = _start(command)
        assert _wait_for_a_phase(process), "the run ended before it could be killed"
        time.sleep(rng.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        now_played, now_checkpoints = _committed(run)
        assert played <= now_played
        assert checkpoints <= now_checkpoints
        played, checkpoints = now_played, now_checkpoints
        command = _resume(command)
    process = _start(command)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def _resume(command: list[str]) -> list[str]:
    """The same command without settings, and with --resume."""
    words = iter(command)
    kept = []
    for word in words:
        if word == "--set":
            next(words)
        elif word != "--resume":
            kept.append(word)
    return [*kept, "--resume"]


def _check(
    tmp_path: Path,
    tiny: tuple[str, ...],
    fingerprint: Callable[[Path], dict[str, object]],
    phases: int,
    kills: int,
) -> None:
    whole = _start(_command(tmp_path, "whole", tiny, phases))
    _, errors = whole.communicate()
    assert whole.returncode == 0, errors
    _kill_and_resume(tmp_path, tiny, phases, kills, random.Random(kills))
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")


def test_three_kills(
    tmp_path: Path, tiny: tuple[str, ...], fingerprint: Callable[[Path], dict[str, object]]
) -> None:
    _check(tmp_path, (*tiny, "rating.every=0"), fingerprint, phases=40, kills=3)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_twenty_kills(
    tmp_path: Path, tiny: tuple[str, ...], fingerprint: Callable[[Path], dict[str, object]]
) -> None:
    slower = (*tiny, "rating.every=7", "selfplay.batches_per_phase=200")
    _check(tmp_path, slower, fingerprint, phases=200, kills=20)


def test_ctrl_c_finishes_the_phase_and_commits(tmp_path: Path, tiny: tuple[str, ...]) -> None:
    process = _start(_command(tmp_path, "stopped", tiny, 100_000))
    assert _wait_for_a_phase(process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "continue with: zero train tic_tac_toe --run stopped" in errors
    run = RunDirectory(tmp_path / "stopped")
    database = run.database()
    last = database.checkpoints()[-1]
    database.close()
    with GameStore(run.games_file, "tic_tac_toe") as store:
        assert store.count() == last.games


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path, tiny: tuple[str, ...]) -> None:
    long_phase = (*tiny, "selfplay.batches_per_phase=10000000", "selfplay.rollout_simulations=0")
    process = _start(_command(tmp_path, "stopped", long_phase, 5))
    while not (tmp_path / "stopped" / "metrics.jsonl").exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert any("finishing this phase" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 10
