"""`zero bench --tune`: what it tries, what it takes over, and what it writes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from zero import cli
from zero.bench import tune as module
from zero.bench.selfplay import BenchPlan
from zero.bench.tune import Candidate, Trial, Tuner, tune
from zero.settings.resolve import resolve
from zero.settings.schema import Settings

PLAN = BenchPlan(game="tic_tac_toe", blocks=1, channels=8, simulations=4, slots=64, device="cpu")


def test_a_value_is_taken_over_if_it_is_clearly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that likes small groups, two of them a thread, and torch."""

    def speed(c: Candidate) -> float:
        return (
            100.0
            + 50 * (c.backend == "torch")
            + 30 * (c.groups == 2 * c.threads)
            - abs(c.batch - 64)
        )

    def compare(tuner: Tuner, best: Candidate, other: Candidate, seconds: float) -> Trial:
        old, new = speed(best), speed(other)
        return Trial(other, new, new, old, taken=new > module._BETTER * old)

    monkeypatch.setattr(Tuner, "compare", compare)
    said: list[str] = []
    report = tune(PLAN, said.append)
    best = report.best
    assert (best.backend, best.slots_in_group, best.groups) == ("torch", 64, 2 * best.threads)
    assert best.batch == 64
    assert len(said) == len(report.trials) == len({t.candidate for t in report.trials})
    written = tomllib.loads(report.settings)
    assert written["inference"] == {"backend": "torch"}
    assert written["selfplay"] == {"slots": 64 * best.groups, "groups": best.groups, "batch": 64}
    assert all(line in report.settings for line in said)
    Settings.from_tables(written)


def test_candidates_are_really_played() -> None:
    tuner = Tuner(PLAN)
    first = tuner.first()
    trial = tuner.compare(first, Candidate("torch", 1, 2, 32, 1.0), seconds=0.4)
    assert trial.evaluations_per_s > 100
    assert trial.simulations_per_s >= trial.evaluations_per_s
    assert trial.best_evaluations_per_s > 100


def test_the_command_writes_settings_that_a_run_takes(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "tuned.toml"
    words = ["--blocks", "1", "--channels", "8", "--simulations", "4", "--seconds", "1"]
    assert cli.run(["bench", "tic_tac_toe", "--tune", "--out", str(out), "--json", *words]) == 0
    report = json.loads(capfd.readouterr().out)
    settings = resolve("tic_tac_toe", file=out)
    assert settings.selfplay.batch == tomllib.loads(out.read_text())["selfplay"]["batch"]
    assert settings.inference.backend == report["best"]["backend"]
    assert cli.run(["bench", "--out", str(out)]) == 2
    assert "--out belongs to --tune" in capfd.readouterr().err
