"""`zero export` writes a whole file or leaves the one before."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from zero import cli


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "games.sqlite3"
    words = ["selfplay", "tic_tac_toe", "--games", "4", "--simulations", "4", "--out", str(path)]
    assert cli.run(words) == 0
    return path


def test_an_export_that_fails_leaves_the_file_before(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(store)) as database, database:
        database.execute("UPDATE games SET record = zeroblob(40) WHERE id = 3")
    out = tmp_path / "games.jsonl"
    out.write_text("precious")
    assert cli.run(["export", str(store), "--out", str(out)]) == 2
    assert "game 3" in capsys.readouterr().err
    assert out.read_text() == "precious"
    assert [path.name for path in tmp_path.glob("games.jsonl*")] == ["games.jsonl"]


def test_a_file_does_not_decide_which_module_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, name = tmp_path / "games.sqlite3", "games.examples.tic_tac_toe:TicTacToe"
    words = ["selfplay", name, "--games", "2", "--simulations", "4", "--out", str(path)]
    assert cli.run(words) == 0
    capsys.readouterr()
    assert cli.run(["export", str(path)]) == 2
    assert f"add --game '{name}'" in capsys.readouterr().err
    assert cli.run(["export", str(path), "--game", name]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert cli.run(["export", str(path), "--game", "tic_tac_toe"]) == 2


def test_an_export_does_not_replace_a_device(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["export", str(store), "--out", "/dev/null"]) == 2
    assert "not a plain file" in capsys.readouterr().err
    assert Path("/dev/null").is_char_device()
