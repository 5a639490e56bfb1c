"""A run that dies at the worst moments goes on, and ends bit for bit like one that never died."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from games.errors import UserError
from selfplay.storage.games import GameStore
from zero.run import checkpoints as checkpoints_module
from zero.run.database import RunDatabase
from zero.run.directory import RunDirectory
from zero.run.metrics import Metrics, read_metrics


class Died(BaseException):
    """What a kill is to the code: nothing is caught, nothing is cleaned up on the way."""


def _die(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int, after: bool
) -> Callable[[], bool]:
    """Let the `call`-th call of owner.name die, before or after it has done its work."""
    original = getattr(owner, name)
    calls = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            raise Died
        result = original(*args, **kwargs)
        if calls == call:
            raise Died
        return result

    monkeypatch.setattr(owner, name, dying)
    return lambda: calls >= call


POINTS = [
    pytest.param(GameStore, "append", 4, False, id="games played, none committed"),
    pytest.param(GameStore, "append", 4, True, id="games committed, nothing learnt"),
    pytest.param(Metrics, "write", 4, False, id="learnt, no metrics"),
    pytest.param(Metrics, "write", 4, True, id="metrics, no checkpoint"),
    pytest.param(checkpoints_module, "save_checkpoint", 4, True, id="file, no entry"),
    pytest.param(RunDatabase, "add_checkpoint", 4, True, id="entry, old files not removed"),
    pytest.param(RunDatabase, "forget_files", 2, True, id="forgotten, not deleted"),
    pytest.param(RunDatabase, "mark_rated", 1, False, id="rated, not marked"),
    pytest.param(RunDatabase, "add_checkpoint", 1, False, id="nothing committed at all"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was never interrupted (made by the first test that asks)."""
    return tmp_path_factory.mktemp("whole") / "run"


@pytest.mark.parametrize(("owner", "name", "call", "after"), POINTS)
def test_a_run_that_died_ends_like_one_that_did_not(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., None],
    fingerprint: Callable[[Path], dict[str, object]],
    whole: Path,
    owner: Any,
    name: str,
    call: int,
    after: bool,
) -> None:
    if not whole.exists():
        train(whole)
    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        reached = _die(patch, owner, name, call, after)
        with pytest.raises(Died):
            train(run)
        assert reached()
    train(run, resume=True)
    assert fingerprint(run) == fingerprint(whole)
    lines = [(line["kind"], line["phase"], line.get("opponent")) for line in _metrics(run)]
    assert len(lines) == len(set(lines)), "a phase or rating was reported twice"
    assert [phase for kind, phase, _ in lines if kind == "phase"] == [1, 2, 3, 4, 5]
    assert not list((run / "checkpoints").glob("*.tmp-*"))


def _die_and_go_on(
    run: Path, more: list[str], train: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Train, die when the games of the fourth phase are played, and go on."""
    with monkeypatch.context() as patch:
        _die(patch, GameStore, "append", 4, False)
        with pytest.raises(Died):
            train(run, more=more)
    train(run, resume=True, more=more)


def test_a_run_in_int8_goes_on_as_if_it_had_not_died(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., None],
    fingerprint: Callable[[Path], dict[str, object]],
) -> None:
    """The scales come from the window, which is filled again as it was."""
    pytest.importorskip("openvino")
    more = ["inference.backend=openvino-int8"]
    whole, run = tmp_path / "whole", tmp_path / "run"
    train(whole, more=more)
    _die_and_go_on(run, more, train, monkeypatch)
    assert fingerprint(run) == fingerprint(whole)
    for folder in (whole, run):
        phases = [line for line in _metrics(folder) if line["kind"] == "phase"]
        assert {line["inference_backend"] for line in phases} == {"openvino-int8"}
        assert all(line["inference_kl"] < 0.01 for line in phases)


def test_a_run_says_when_int8_is_set_aside(tmp_path: Path, train: Callable[..., None]) -> None:
    pytest.importorskip("openvino")
    run = tmp_path / "run"
    # No rounding is that small; the untrained network, whose values are all alike, may pass.
    train(run, more=["inference.backend=openvino-int8", "inference.value_error=1e-7"], phases=3)
    lines = [line for line in _metrics(run) if line["kind"] == "phase"]
    assert lines[-1]["inference_backend"] == "torch"
    assert lines[-1]["inference_value_error"] > 1e-7
    assert "openvino-int8 is too far from float32 (policy KL 0." in (tmp_path / "log").read_text()
    database = RunDirectory(run).database()
    assert {kind for _, kind, _ in database.events()} == {"inference"}
    database.close()


def test_a_run_that_learns_while_it_plays_goes_on_as_if_it_had_not_died(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., None],
    fingerprint: Callable[[Path], dict[str, object]],
    whole: Path,
) -> None:
    """Its games come from weights one phase older, so they are others, but no less repeatable."""
    more = ["run.overlap=true"]
    unbroken, run = tmp_path / "unbroken", tmp_path / "run"
    train(unbroken, more=more)
    _die_and_go_on(run, more, train, monkeypatch)
    assert fingerprint(run) == fingerprint(unbroken)
    if not whole.exists():
        train(whole)
    assert fingerprint(unbroken) != fingerprint(whole)
    steps = [line["steps_done"] for line in _metrics(run) if line["kind"] == "phase"]
    assert steps[0] == 0
    assert min(steps[2:]) > 0


def _metrics(run: Path) -> list[dict[str, Any]]:
    return list(read_metrics(RunDirectory(run).metrics_file))


@pytest.fixture
def finished(train: Callable[..., None], whole: Path, tmp_path: Path) -> Path:
    """A copy of a finished run, to be damaged."""
    if not whole.exists():
        train(whole)
    shutil.copytree(whole, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "pickle"])
def test_a_damaged_checkpoint_sends_the_run_back_to_the_one_before(
    damage: str,
    finished: Path,
    train: Callable[..., None],
    fingerprint: Callable[[Path], dict[str, object]],
    whole: Path,
) -> None:
    newest = finished / "checkpoints" / "000005.safetensors"
    data = newest.read_bytes()
    match damage:
        case "flipped":
            newest.write_bytes(data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
        case "truncated":
            newest.write_bytes(data[: len(data) // 2])
        case "missing":
            newest.unlink()
        case "pickle":
            newest.write_bytes(b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.")
    train(finished, resume=True)
    assert fingerprint(finished) == fingerprint(whole)
    database = RunDirectory(finished).database()
    assert [kind for _, kind, _ in database.events()] == ["damaged checkpoint"]
    database.close()


def test_a_checkpoint_that_cannot_be_read_now_is_not_struck_off(
    finished: Path, train: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    before = RunDirectory(finished).database()
    rows = before.checkpoints()
    before.close()
    with monkeypatch.context() as patch:
        patch.setattr("selfplay.storage.files.sha256_of", refuse)
        with pytest.raises(PermissionError):
            train(finished, resume=True, phases=9)
    after = RunDirectory(finished).database()
    assert (after.checkpoints(), after.events()) == (rows, [])
    after.close()


def test_no_usable_checkpoint_is_one_clear_error(
    finished: Path, train: Callable[..., None]
) -> None:
    for path in (finished / "checkpoints").iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserError, match="no checkpoint of run 'copy' can be used"):
        train(finished, resume=True)


@pytest.mark.parametrize("file", ["run.sqlite3", "games.sqlite3", "arena.sqlite3"])
def test_a_damaged_database_is_one_clear_error(
    file: str, finished: Path, train: Callable[..., None]
) -> None:
    for path in finished.glob(f"{file}-*"):
        path.unlink()
    (finished / file).write_bytes(b"this is no database at all" * 200)
    with pytest.raises(UserError, match=file) as caught:
        train(finished, resume=True)
    assert "\n" not in str(caught.value)


def test_a_finished_run_wants_larger_limits_and_goes_on_with_them(
    finished: Path, train: Callable[..., None]
) -> None:
    with pytest.raises(UserError, match="has finished"):
        train(finished, resume=True)
    train(finished, resume=True, phases=6)
    assert [line["phase"] for line in _metrics(finished) if line["kind"] == "phase"][-1] == 6


def test_two_processes_cannot_train_one_run(finished: Path, train: Callable[..., None]) -> None:
    from selfplay.storage.lock import WriterLock

    with WriterLock(finished / "run"), pytest.raises(UserError, match="another process"):
        train(finished, resume=True, phases=6)


def test_a_run_toml_that_was_changed_is_refused(finished: Path, train: Callable[..., None]) -> None:
    file = finished / "run.toml"
    file.unlink()
    with pytest.raises(UserError, match=r"run\.toml is not the one"):
        train(finished, phases=6)
    assert not file.exists()


def test_a_store_that_lost_games_is_refused(finished: Path, train: Callable[..., None]) -> None:
    for path in finished.glob("games.sqlite3*"):
        path.unlink()
    with pytest.raises(UserError, match=r"games\.sqlite3 holds 0 games"):
        train(finished, resume=True, phases=6)


def test_a_run_that_learns_from_a_store_resumes_bit_for_bit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    finished: Path,
    train: Callable[..., None],
    fingerprint: Callable[[Path], dict[str, object]],
) -> None:
    store = str(finished / "games.sqlite3")
    train(tmp_path / "one", phases=4, store=store)
    with monkeypatch.context() as patch:
        _die(patch, checkpoints_module, "save_checkpoint", 3, True)
        with pytest.raises(Died):
            train(tmp_path / "other", phases=4, store=store)
    train(tmp_path / "other", resume=True, phases=4, store=store)
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "other")
