"""The command line: what every verb prints, and how bad input ends."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from selfplay.storage.lock import WriterLock
from zero import cli
from zero.cli import VERBS
from zero.run.directory import RunDirectory

ROOT = Path(__file__).parents[3]
TINY = (
    "network.blocks=1",
    "network.channels=8",
    "inference.backend=torch",
    "search.simulations=8",
    "selfplay.slots=16",
    "selfplay.groups=2",
    "selfplay.batches_per_phase=60",
    "selfplay.rollout_simulations=16",
    "training.batch=16",
    "training.window_min=40",
    "training.window_start=100",
    "rating.every=0",
    "rating.games=2",
    "rating.simulations=2",
    'rating.opponents=["random"]',
    "run.threads=1",
)
TINY_OPTIONS = [word for text in TINY for word in ("--set", text)]

Result = tuple[int, str, str]
Zero = Callable[..., Result]


@pytest.fixture
def zero(capsys: pytest.CaptureFixture[str]) -> Zero:
    """Run `zero` in this process: (exit code, stdout, stderr)."""

    def run(*words: object) -> Result:
        try:
            code = cli.run([str(word) for word in words])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run, `tiny`, of tic_tac_toe."""
    runs = tmp_path_factory.mktemp("runs")
    where = ["--runs-dir", str(runs), "--run", "tiny", "--phases", "3"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zero.inference.in_play._LIMIT_SECONDS", 0.02)
        assert cli.run(["train", "tic_tac_toe", *where, *TINY_OPTIONS]) == 0
    return runs


def _python(code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "pydantic", "rich", "matplotlib", "safetensors", "sqlite3")
    code = (
        "import sys; from zero import cli; cli.run(['--help']);"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    times = []
    for _ in range(5):
        start = time.perf_counter()
        done = _python(code)
        times.append(time.perf_counter() - start)
    assert done.stderr.strip() == "[]"
    assert all(f"  {verb} " in done.stdout for verb in VERBS)
    assert min(times) < 0.4


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_without_torch(verb: str) -> None:
    done = _python(
        f"import sys; from zero import cli; cli.run([{verb!r}, '--help']);"
        "assert 'torch' not in sys.modules"
    )
    assert done.stdout.startswith(f"Usage: zero {verb}")


def test_games(zero: Zero) -> None:
    code, out, _ = zero("games")
    assert code == 0
    assert "connect_four" in out
    assert "othello?size=" in out
    code, out, _ = zero("games", "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert listed["othello"]["parameters"].keys() == {"size"}


def test_a_run_is_listed_reported_and_its_checkpoints_play(
    zero: Zero, trained: Path, tmp_path: Path
) -> None:
    code, out, _ = zero("runs", "--runs-dir", trained)
    assert code == 0
    assert "tiny  tic_tac_toe  finished  3" in out
    code, out, _ = zero("runs", "--runs-dir", trained, "list", "--json")
    (entry,) = json.loads(out)
    assert entry["strength"].keys() == {"random", "solved"}
    page = tmp_path / "page.html"
    code, out, _ = zero("runs", "--runs-dir", trained, "report", "tiny", "--out", page)
    assert code == 0
    assert page.read_text().startswith("<!doctype html>")
    checkpoint = next((trained / "tiny" / "checkpoints").glob("*3.safetensors"))
    options = ("--games", 4, "--runs-dir", trained, "--json")
    code, out, _ = zero(
        "match", "tic_tac_toe", "run:tiny@3?simulations=4", f"{checkpoint}?simulations=4", *options
    )
    assert code == 0
    result = json.loads(out)
    assert result["wins"] + result["draws"] + result["losses"] == result["games"] == 4
    assert result["a"] == "run:tiny@3?simulations=4"


def test_train_prints_its_outcome_as_json(zero: Zero, tmp_path: Path) -> None:
    options = ("--runs-dir", tmp_path, "--phases", 2, "--json", *TINY_OPTIONS)
    code, out, err = zero("train", "tic_tac_toe", *options)
    assert code == 0
    outcome = json.loads(out)
    assert outcome["run"] == "tic_tac_toe-1"
    assert (outcome["phase"], outcome["state"]) == (2, "finished")
    assert "phase 2 · " in err


def test_show_settings_prints_toml_that_train_reads(zero: Zero, tmp_path: Path) -> None:
    code, out, _ = zero("train", "connect_four", "--show-settings", "--set", "run.seed=9")
    assert code == 0
    file = tmp_path / "mine.toml"
    file.write_text(out)
    code, again, _ = zero("train", "connect_four", "--show-settings", "--settings", file)
    assert (code, again) == (0, out)


def test_show_settings_of_a_run_trains_nothing(zero: Zero, trained: Path) -> None:
    words = ("--runs-dir", trained, "--resume", "--phases", 9, "--show-settings")
    code, out, err = zero("train", "tic_tac_toe", *words)
    assert (code, err, "phases = 9" in out) == (0, "", True)


def test_selfplay_writes_every_game_once_and_export_reads_them(zero: Zero, tmp_path: Path) -> None:
    store = tmp_path / "games.sqlite3"
    words = ("selfplay", "tic_tac_toe", "--games", 30, "--simulations", 8, "--out", store, "--json")
    code, out, _ = zero(*words)
    assert code == 0
    report = json.loads(out)
    assert (report["games"], report["added"], report["store_games"]) == (30, 30, 30)
    code, out, _ = zero(*words)
    assert (code, json.loads(out)["added"]) == (0, 0)
    code, _, err = zero(*words, "--seed", 2)
    assert code == 2
    assert "give another --out" in err
    code, out, _ = zero("export", store)
    games = [json.loads(line) for line in out.splitlines()]
    assert (code, [game["id"] for game in games]) == (0, list(range(30)))
    code, out, err = zero("export", store, "--out", tmp_path / "games.jsonl")
    assert (code, out) == (0, "")
    assert len((tmp_path / "games.jsonl").read_text().splitlines()) == 30
    assert "is the store itself" in _refused(zero, "export", store, "--out", store)
    assert zero(*words)[0] == 0, "the store was overwritten"


def test_selfplay_with_a_network_of_a_run(zero: Zero, trained: Path, tmp_path: Path) -> None:
    words = ("--games", 5, "--simulations", 4, "--runs-dir", trained, "--json")
    code, out, _ = zero(
        "selfplay", "tic_tac_toe", "--network", "run:tiny", "--out", tmp_path / "a.sqlite3", *words
    )
    assert (code, json.loads(out)["games"]) == (0, 5)


def test_train_from_a_store_learns_without_playing(
    zero: Zero, trained: Path, tmp_path: Path
) -> None:
    words = ("--from", trained / "tiny", "--runs-dir", tmp_path, "--json", "--phases", 3)
    code, out, _ = zero("train", "tic_tac_toe", *words, *TINY_OPTIONS)
    assert code == 0
    outcome = json.loads(out)
    assert outcome["games"] == 0
    assert outcome["steps"] > 0
    code, _, err = zero("train", "connect_four", *words, *TINY_OPTIONS)
    assert code == 2
    assert "holds games of 'tic_tac_toe', not of 'connect_four'" in err


def test_play_against_a_run(
    zero: Zero, trained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("b2\nwhy\nquit\n"))
    code, out, err = zero("play", "tic_tac_toe", "--runs-dir", trained)
    assert code == 0
    assert "run:tiny" in out
    monkeypatch.setattr("sys.stdin", io.StringIO("quit\n"))
    code, _, err = zero("play", "tic_tac_toe", "--runs-dir", tmp_path)
    assert code == 0
    assert "you play mcts:1000" in err


def test_bench_has_the_promised_keys(zero: Zero) -> None:
    words = ("--blocks", 1, "--channels", 8, "--slots", 16, "--simulations", 8, "--seconds", 1)
    code, out, _ = zero("bench", *words, "--json")
    assert code == 0
    report = json.loads(out)
    assert report["tree_only_simulations_per_s"] > 0
    torch, *_, cached = report["selfplay"]
    assert torch["backend"] == "torch"
    assert torch["times_torch"] == 1.0
    assert cached["cache_hit_rate"] > 0.0
    assert torch["fraction_of_limit"] > 0.0


BAD = [
    (("gamse",), "did you mean 'games'?"),
    (("games", "--jsn"), "--jsn"),
    (("train", "conect_four"), "did you mean 'connect_four'"),
    (("train", "othello?size=7"), "size"),
    (("train", "tic_tac_toe", "--preset", "quik"), "did you mean 'quick'?"),
    (("train", "tic_tac_toe", "--set", "serch.rule=puct"), "did you mean 'search.rule'?"),
    (("train", "tic_tac_toe", "--set", "search.simulations=1"), "at least 2"),
    (("train", "tic_tac_toe", "--minutes", "-3"), "run.minutes=-3.0"),
    (("train", "tic_tac_toe", "--device", "tpu"), "run.device='tpu'"),
    (("train", "tic_tac_toe", "--run", "../up"), "cannot name a run"),
    (("train", "tic_tac_toe", "--run", "nope", "--resume"), "no run 'nope'"),
    (("train", "tic_tac_toe", "--from", "nowhere.sqlite3"), "nowhere.sqlite3 does not exist"),
    (("train", "tic_tac_toe", "--set", 'rating.opponents=["ranom"]'), "did you mean 'random'"),
    (("train", "tic_tac_toe", "--settings", "nowhere.toml"), "nowhere.toml cannot be read"),
    (("match", "tic_tac_toe", "random", "mtcs:10"), "did you mean 'mcts'"),
    (("match", "tic_tac_toe", "random", "mcts:-1"), "mcts:-1"),
    (("match", "tic_tac_toe", "random", "random", "--games", "3"), "even number"),
    (("match", "tic_tac_toe", "random", "run:nope"), "no run 'nope'"),
    (("match", "tic_tac_toe", "random", "x.safetensors"), "x.safetensors cannot be read"),
    (("play", "tic_tac_toe", "--level", "11"), "11 is not in the range"),
    (("play", "tic_tac_toe", "--vs", "nobody"), "nobody"),
    (("selfplay", "tic_tac_toe", "--games", "0", "--out", "o.sqlite3"), "0 is not in the range"),
    (("selfplay", "tic_tac_toe", "--games", "2", "--out", "no/o.sqlite3"), "no/o.sqlite3"),
    (
        ("selfplay", "tic_tac_toe", "--games", "2", "--out", "o.sqlite3", "--network", "mcts"),
        "expected uniform, rollouts",
    ),
    (("export", "nowhere.sqlite3"), "nowhere.sqlite3 does not exist"),
    (("runs", "report", "nope"), "no run 'nope'"),
    (("bench", "--blocks", "0"), "0 is not in the range"),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_one_line_and_exit_code_2(
    zero: Zero, words: tuple[str, ...], message: str
) -> None:
    code, out, err = zero(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("zero: ")
    assert err.count("\n") == 1
    assert not Path("runs").exists(), "a refused command left something behind"


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """A copy of the folder of runs, to be damaged."""
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


def _refused(zero: Zero, *words: object) -> str:
    code, _, err = zero(*words)
    assert code == 2
    assert err.startswith("zero: ")
    assert err.count("\n") == 1
    return err


def test_an_existing_run_is_never_overwritten(zero: Zero, copied: Path) -> None:
    words = ("train", "tic_tac_toe", "--run", "tiny", "--runs-dir", copied)
    assert "add --resume" in _refused(zero, *words)
    assert "has finished" in _refused(zero, *words, "--resume")
    change = ("--resume", "--set", "search.simulations=9")
    assert "cannot change when a run is resumed" in _refused(zero, *words, *change)
    assert "keeps its own" in _refused(zero, *words, "--resume", "--preset", "standard")
    other = ("train", "othello", "--run", "tiny", "--runs-dir", copied, "--resume")
    assert "plays tic_tac_toe, not othello" in _refused(zero, *other)


def test_a_run_in_use_is_refused_with_one_line(zero: Zero, copied: Path) -> None:
    words = ("train", "tic_tac_toe", "--run", "tiny", "--runs-dir", copied, "--resume")
    with WriterLock(copied / "tiny" / "run"):
        assert "another process" in _refused(zero, *words, "--phases", 9)
        code, out, _ = zero("runs", "--runs-dir", copied)  # readers are welcome
        assert (code, "tiny" in out) == (0, True)


def _pickle_bomb(target: Path) -> bytes:
    return b"\x80\x02cos\nsystem\n(S'touch " + str(target).encode() + b"'\ntR."


@pytest.mark.parametrize("damage", ["pickle", "truncated", "garbage", "other game"])
def test_a_bad_checkpoint_is_refused_and_nothing_in_it_runs(
    zero: Zero, copied: Path, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "given.safetensors"
    good = next((copied / "tiny" / "checkpoints").glob("*3.safetensors")).read_bytes()
    path.write_bytes(
        {
            "pickle": _pickle_bomb(tmp_path / "pwned"),
            "truncated": good[: len(good) // 2],
            "garbage": bytes(range(256)) * 20,
            "other game": good,
        }[damage]
    )
    game = "connect_four" if damage == "other game" else "tic_tac_toe"
    message = _refused(zero, "match", game, "random", path)
    assert str(path) in message
    assert ("pickle" in message) == (damage == "pickle")
    assert not (tmp_path / "pwned").exists()


def test_a_run_with_a_damaged_checkpoint_plays_with_the_one_before(
    zero: Zero, copied: Path
) -> None:
    newest = copied / "tiny" / "checkpoints" / "000003.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"\x7f")
    words = ("match", "tic_tac_toe", "random")
    options = ("--runs-dir", copied, "--games", 2)
    assert "damaged" in _refused(zero, *words, "run:tiny@3", *options)
    assert "keeps no checkpoint of phase 77" in _refused(zero, *words, "run:tiny@77", *options)
    assert zero(*words, "run:tiny?simulations=2", *options)[0] == 0


@pytest.mark.parametrize("file", ["run.sqlite3", "run.toml"])
def test_a_damaged_run_is_named_and_does_not_hide_the_others(
    zero: Zero, copied: Path, file: str
) -> None:
    shutil.copytree(copied / "tiny", copied / "other")
    for path in (copied / "tiny").glob(f"{file}-*"):
        path.unlink()
    (copied / "tiny" / file).write_bytes(b"\xffnonsense" * 100)
    code, out, _ = zero("runs", "--runs-dir", copied, "--json")
    states = {entry["name"]: entry["state"] for entry in json.loads(out)}
    assert (code, states) == (0, {"tiny": "damaged", "other": "finished"})
    assert file in _refused(
        zero, "match", "tic_tac_toe", "random", "run:tiny", "--runs-dir", copied
    )


def _no_memory(*_: Any) -> None:
    raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried")


def test_errors_of_the_system_are_one_line(
    zero: Zero, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import errno

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(RunDirectory, "make_folders", full)
    code, _, err = zero("train", "tic_tac_toe", "--runs-dir", tmp_path, *TINY_OPTIONS)
    assert code == 1
    assert err == (
        "zero: x: the disk is full; nothing committed is lost. "
        "Free some space, then continue with --resume\n"
    )
    monkeypatch.setattr(RunDirectory, "make_folders", _no_memory)
    code, _, err = zero("train", "tic_tac_toe", "--runs-dir", tmp_path, *TINY_OPTIONS)
    assert (code, err.count("\n"), "out of memory" in err) == (1, 1, True)
    monkeypatch.setattr(
        RunDirectory, "make_folders", lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    assert zero("train", "tic_tac_toe", "--runs-dir", tmp_path, *TINY_OPTIONS)[0] == 130


def test_a_file_where_the_runs_should_be(zero: Zero, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    code, _, err = zero("train", "tic_tac_toe", "--runs-dir", tmp_path / "runs", *TINY_OPTIONS)
    assert code == 2
    assert err.count("\n") == 1
