import json
import sqlite3
import subprocess
import sys

import pytest

import games
from arena.matches.match import play_match
from arena.players.player import RandomPlayer
from arena.store import ArenaStore, CurvePoint
from games.errors import UserError

GAME = games.make("tic_tac_toe")


@pytest.fixture(scope="module")
def result():
    return play_match(GAME, RandomPlayer("a"), RandomPlayer("b"), 6, seed=2**63 + 5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "arena.sqlite3"


def test_a_match_comes_back_as_it_was(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        match = store.add_match(result, step=4, points=[CurvePoint(4, "score", 0.5)])
    with ArenaStore(path, "tic_tac_toe") as store:
        (stored,) = store.matches()
        assert (stored.id, stored.step, stored.a, stored.b) == (match, 4, "a", "b")
        assert stored.summary == json.loads(json.dumps(result.to_dict()))
        assert tuple(store.games(match)) == result.games
        assert store.points() == [CurvePoint(4, "score", 0.5)]


def test_rating_a_checkpoint_again_replaces(path, result):
    other = play_match(GAME, RandomPlayer("a"), RandomPlayer("b"), 4, seed=9)
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_match(result, step=1, points=[CurvePoint(1, "score", 0.1)])
        store.add_match(result, step=2)
        again = store.add_match(other, step=1, points=[CurvePoint(1, "score", 0.2)])
        assert sorted(m.step for m in store.matches()) == [1, 2]
        assert tuple(store.games(again)) == other.games
        assert store.points("score") == [CurvePoint(1, "score", 0.2)]
        rows = sqlite3.connect(path).execute("SELECT count(*) FROM games").fetchone()
        assert rows == (6 + 4,)


def test_matches_outside_a_run_are_all_kept(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        ids = [store.add_match(result) for _ in range(3)]
        assert [m.id for m in store.matches()] == ids


def test_curves_are_ordered_and_cut(path, result):
    points = [
        CurvePoint(step, curve, step / 10, 0.0, None, {"games": step})
        for step in (3, 1, 2)
        for curve in ("b", "a")
    ]
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_points(points)
        store.add_match(result, step=3)
        assert store.curves() == ["a", "b"]
        assert [p.step for p in store.points("a")] == [1, 2, 3]
        assert store.points() == sorted(points, key=lambda p: (p.step, p.curve))
        store.drop_after(2)
        assert {p.step for p in store.points()} == {1, 2}
        assert store.matches() == []


def test_a_failed_match_leaves_nothing(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_points([CurvePoint(1, "score", 0.5)])
        with pytest.raises(ValueError, match="JSON"):
            store.add_match(result, step=1, points=[CurvePoint(1, "x", 0.5, detail={"a": 1e999})])
        assert store.matches() == []
        assert store.points() == [CurvePoint(1, "score", 0.5)]
        assert store.add_match(result) > 0


def test_one_writer_any_readers(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_match(result)
        with pytest.raises(UserError, match="another process"):
            ArenaStore(path, "tic_tac_toe", writer=True)
        with ArenaStore(path, "tic_tac_toe") as one, ArenaStore(path, "tic_tac_toe") as two:
            assert len(one.matches()) == len(two.matches()) == 1
            store.add_match(result)
            assert len(one.matches()) == 2
            with pytest.raises(UserError, match="not open for writing"):
                one.add_match(result)
    ArenaStore(path, "tic_tac_toe", writer=True).close()


def test_a_killed_writer_loses_nothing_committed(path):
    code = """
import os, signal, sys, games
from arena.matches.match import play_match
from arena.players.player import RandomPlayer
from arena.store import ArenaStore
game = games.make("tic_tac_toe")
store = ArenaStore(sys.argv[1], "tic_tac_toe", writer=True)
store.add_match(play_match(game, RandomPlayer(), RandomPlayer(), 4))
store._db.execute("BEGIN IMMEDIATE")
store._db.execute("DELETE FROM matches")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=120)
    assert done.returncode == -9
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        (match,) = store.matches()
        assert len(store.games(match.id)) == 4


def test_wrong_files_are_refused_in_one_line(path, tmp_path, result):
    with pytest.raises(UserError, match="does not exist"):
        ArenaStore(path, "tic_tac_toe")
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_match(result)
        with pytest.raises(UserError, match="there is no match 77"):
            store.games(77)
    for writer in (False, True):
        with pytest.raises(UserError, match="holds matches of tic_tac_toe, not of othello"):
            ArenaStore(path, "othello", writer=writer)
    text = tmp_path / "text"
    text.write_text("not a database, but long enough to look at" * 100)
    foreign = tmp_path / "foreign.sqlite3"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (x)")
    for wrong in (text, foreign):
        before = wrong.read_bytes()
        for writer in (False, True):
            with pytest.raises(UserError, match="no database of matches") as error:
                ArenaStore(wrong, "tic_tac_toe", writer=writer)
            assert "\n" not in str(error.value)
        assert wrong.read_bytes() == before


def test_damage_is_named(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        match = store.add_match(result)
        store._db.execute("UPDATE games SET actions = x'010203'")
        with pytest.raises(UserError, match="damaged"):
            store.games(match)
        store._db.execute("UPDATE matches SET summary = '{'")
        with pytest.raises(UserError, match="damaged"):
            store.matches()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="cannot be"), ArenaStore(path, "tic_tac_toe") as store:
        store.matches()


def test_a_newer_format_is_refused(path):
    ArenaStore(path, "tic_tac_toe", writer=True).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(UserError, match="has format 9, this program reads 1"):
        ArenaStore(path, "tic_tac_toe")
