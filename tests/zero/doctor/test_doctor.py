"""`zero doctor` on a run that was trained, and on the same run with a fault put into it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch

import games
from selfplay import GameRecord
from selfplay.storage.files import sha256_of
from selfplay.storage.games import GameStore
from zero import cli
from zero.doctor.machine import probe
from zero.doctor.machine.checks import Machine
from zero.doctor.run.evidence import gather
from zero.run.directory import RunDirectory

SMALL = (
    "network.blocks=1",
    "network.channels=16",
    "search.simulations=16",
    "selfplay.slots=64",
    "selfplay.groups=2",
    "selfplay.batches_per_phase=120",
    "selfplay.rollout_simulations=50",
    "training.batch=32",
    "training.reuse=6",
    "training.window_min=200",
    "training.window_start=2000",
    "training.warmup_steps=20",
    "rating.every=0",
    "rating.games=20",
    "rating.simulations=8",
    'rating.opponents=["random"]',
    "inference.backend=torch",
    "run.threads=1",
    "run.tensorboard=false",
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """This machine, read once: that takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "_MEASURE_SECONDS", 0.02)
        return probe.read_machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(autouse=True)
def _machine_read_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "read_machine", lambda _: machine)


Doctor = Callable[..., tuple[int, dict[str, Any]]]


def _train(runs: Path, name: str, phases: int, *settings: str) -> None:
    words = ["train", "tic_tac_toe", "--runs-dir", str(runs), "--run", name]
    for text in (*SMALL, *settings):
        words += ["--set", text]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zero.inference.in_play._LIMIT_SECONDS", 0.2)
        assert cli.run([*words, "--phases", str(phases)]) == 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sound run, `sound`, of 300 learner steps or more."""
    runs = tmp_path_factory.mktemp("runs")
    _train(runs, "sound", 4)
    return runs


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> RunDirectory:
    """A copy of the run, to be spoilt."""
    shutil.copytree(trained / "sound", tmp_path / "sound")
    return RunDirectory(tmp_path / "sound")


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Run `zero doctor NAME --json`: the exit code, and the findings of the run by check."""

    def run(runs: Path, name: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = cli.run(["doctor", name, "--runs-dir", str(runs), "--json"])
        report = json.loads(capsys.readouterr().out)
        return code, {f["check"]: f for f in report["findings"]}

    return run


def test_a_sound_run_has_nothing_wrong(trained: Path, doctor: Doctor) -> None:
    code, found = doctor(trained, "sound")
    # How fast it is depends on what else the machine does.
    assert [f for f in found.values() if f["mark"] in ("look", "wrong")] in (
        [],
        [found["evaluator"]],
    )
    judged = {check for check, f in found.items() if f["mark"] == "ok"}
    assert {"exploration", "duplicate games", "search value", "network value", "policy"} <= judged
    assert code == (found["evaluator"]["mark"] == "wrong")


def test_the_ages_of_the_window_are_those_of_the_newest_checkpoint(trained: Path) -> None:
    evidence = gather(RunDirectory(trained / "sound"))
    held = sum(count for _, count in evidence.ages)
    assert held >= evidence.phases[-1]["window_positions"] > 0
    assert evidence.ages[-1][0] == 4


def _with_turned_values(record: GameRecord) -> GameRecord:
    fields = ("id", "actions", "policies", "returns", "resigned", "resign_off", "would_resign")
    same = {name: getattr(record, name) for name in fields}
    return GameRecord(record.game, values=[-value for value in record.values], **same)


def test_values_of_the_wrong_sign_in_the_store(copied: RunDirectory, doctor: Doctor) -> None:
    game = games.make("tic_tac_toe")
    with GameStore(copied.games_file, game.name) as store:
        records = list(store.games(game))
    copied.games_file.unlink()
    with GameStore(copied.games_file, game.name, writer=True) as store:
        store.append([_with_turned_values(record) for record in records], phase=1)
    code, found = doctor(copied.path.parent, "sound")
    assert (code, found["search value"]["mark"]) == (1, "wrong")
    assert "AGAINST" in found["search value"]["found"]
    assert found["network value"]["mark"] == "ok"


def _rewrite_newest(run: RunDirectory, change: Callable[[dict[str, Any]], None]) -> None:
    """Change tensors of the newest checkpoint, so that it still verifies."""
    with closing(run.database(writer=True)) as database:
        row = database.checkpoints()[-1]
        path = run.checkpoints / row.file
        with safetensors.safe_open(path, "pt") as file:
            header = file.metadata()
        tensors = safetensors.torch.load_file(path)
        change(tensors)
        safetensors.torch.save_file(tensors, path, header)
        database.add_checkpoint(replace(row, sha256=sha256_of(path)))


def test_a_network_with_values_of_the_wrong_sign(copied: RunDirectory, doctor: Doctor) -> None:
    def swap_win_and_loss(tensors: dict[str, Any]) -> None:
        for name in ("average.value.out.weight", "average.value.out.bias"):
            tensors[name] = tensors[name][[2, 1, 0]].contiguous()

    _rewrite_newest(copied, swap_win_and_loss)
    code, found = doctor(copied.path.parent, "sound")
    assert (code, found["network value"]["mark"]) == (1, "wrong")
    assert "returns()" in found["network value"]["advice"]
    assert found["search value"]["mark"] == found["policy"]["mark"] == "ok"


def test_a_policy_that_has_forgotten(copied: RunDirectory, doctor: Doctor) -> None:
    def clear(tensors: dict[str, Any]) -> None:
        for name, tensor in tensors.items():
            if name.startswith("average.policy."):
                tensor.zero_()

    _rewrite_newest(copied, clear)
    code, found = doctor(copied.path.parent, "sound")
    assert (code, found["policy"]["mark"]) == (1, "wrong")
    assert found["network value"]["mark"] == "ok"


def test_a_value_that_is_the_same_everywhere(copied: RunDirectory, doctor: Doctor) -> None:
    _rewrite_newest(copied, lambda tensors: tensors["average.value.out.weight"].zero_())
    code, found = doctor(copied.path.parent, "sound")
    assert (code, found["value spread"]["mark"]) == (1, "wrong")


def test_games_without_chance_are_all_the_same(tmp_path: Path, doctor: Doctor) -> None:
    still = (
        "search.noise_fraction=0",
        "selfplay.temperature=0",
        "selfplay.temperature_final=0",
        "selfplay.rollout_simulations=0",
    )
    _train(tmp_path, "still", 2, *still)
    code, found = doctor(tmp_path, "still")
    assert code == 1
    assert found["exploration set"]["mark"] == found["duplicate games"]["mark"] == "wrong"


def test_one_slot_starves_the_evaluator(tmp_path: Path, doctor: Doctor) -> None:
    one = (
        "selfplay.slots=1",
        "selfplay.groups=1",
        "selfplay.batches_per_phase=400",
        "training.window_min=1",
    )
    _train(tmp_path, "starved", 3, *one, "training.batch=2")
    _, found = doctor(tmp_path, "starved")
    assert found["evaluator"]["mark"] in ("look", "wrong")
    assert "selfplay.slots=32" in found["evaluator"]["advice"]


def test_a_run_left_lying_and_one_that_is_damaged(copied: RunDirectory, doctor: Doctor) -> None:
    with closing(copied.database(writer=True)) as database:
        database.set_about({"state": "unfinished"})
    _, found = doctor(copied.path.parent, "sound")
    command = f"zero train tic_tac_toe --run sound --runs-dir {copied.path.parent} --resume"
    assert command in found["state"]["advice"]
    copied.games_file.write_bytes(b"no database")
    code, found = doctor(copied.path.parent, "sound")
    assert (code, found["files"]["mark"]) == (1, "wrong")
    assert str(copied.games_file) in found["files"]["found"]


def test_the_text_names_each_fault_with_what_to_do(
    copied: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    _rewrite_newest(copied, lambda tensors: tensors["average.value.out.weight"].zero_())
    capsys.readouterr()
    assert cli.run(["doctor", "sound", "--runs-dir", str(copied.path.parent)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run sound"
    at = next(i for i, line in enumerate(lines) if line.startswith("  wrong  value spread"))
    assert lines[at + 1].strip().startswith("-> the value is the same everywhere")
    assert lines[-1].startswith("wrong: value spread")


def test_the_machine_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = cli.run(["doctor", "--runs-dir", str(tmp_path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert code == report["wrong"] == any(f["mark"] == "wrong" for f in report["machine"])
    assert {"core", "torch", "disk", "clock"} <= {f["check"] for f in report["machine"]}
    assert report["findings"] == []
    cli.run(["doctor", "--runs-dir", str(tmp_path)])
    assert capsys.readouterr().out.startswith("this machine\n  ")


def test_an_unknown_run_is_bad_input(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor", "sond", "--runs-dir", str(trained)]) == 2
    assert "did you mean 'sound'?" in capsys.readouterr().err
