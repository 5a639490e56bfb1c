import json
import sqlite3
import subprocess
import sys

import pytest

import games
from arena.matches.match import play_match
from arena.players.random import RandomPlayer
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
        match = store.add_match(result, phase=4, points=[CurvePoint(4, "score", 0.5)])
    with ArenaStore(path, "tic_tac_toe") as store:
        (stored,) = store.matches()
        assert (stored.id, stored.phase, stored.a, stored.b) == (match, 4, "a", "b")
        assert stored.summary == json.loads(json.dumps(result.to_dict()))
        assert tuple(store.games(match)) == result.games
        assert store.points() == [CurvePoint(4, "score", 0.5)]


def test_rating_a_checkpoint_again_replaces(path, result):
    other = play_match(GAME, RandomPlayer("a"), RandomPlayer("b"), 4, seed=9)
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_match(result, phase=1, points=[CurvePoint(1, "score", 0.1)])
        store.add_match(result, phase=2)
        again = store.add_match(other, phase=1, points=[CurvePoint(1, "score", 0.2)])
        assert sorted(m.phase for m in store.matches()) == [1, 2]
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
        CurvePoint(phase, curve, phase / 10, 0.0, None, {"games": phase})
        for phase in (3, 1, 2)
        for curve in ("b", "a")
    ]
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_points(points)
        store.add_match(result, phase=3)
        assert store.curves() == ["a", "b"]
        assert [p.phase for p in store.points("a")] == [1, 2, 3]
        assert store.points() == sorted(points, key=lambda p: (p.phase, p.curve))
        store.drop_after(2)
        assert {p.phase for p in store.points()} == {1, 2}
        assert store.matches() == []


def test_a_failed_match_leaves_nothing(path, result):
    with ArenaStore(path, "tic_tac_toe", writer=True) as store:
        store.add_points([CurvePoint(1, "score", 0.5)])
        with pytest.raises(ValueError, match="JSON"):
            store.add_match(result, phase=1, points=[CurvePoint(1, "x", 0.5, detail={"a": 1e999})])
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
from arena.players.random import RandomPlayer
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
    with pytest.raises(UserError, match="has format 9, this program reads 2"):
        ArenaStore(path, "tic_tac_toe")


FORMAT_1 = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE matches (
  id INTEGER PRIMARY KEY, step INTEGER, a TEXT NOT NULL, b TEXT NOT NULL, seed TEXT NOT NULL,
  summary TEXT NOT NULL, created REAL NOT NULL
);
CREATE UNIQUE INDEX match_of_step ON matches (step, a, b) WHERE step IS NOT NULL;
CREATE TABLE games (
  match INTEGER NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, first INTEGER NOT NULL, opening_plies INTEGER NOT NULL,
  actions BLOB NOT NULL, returns INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (match, number)
) WITHOUT ROWID;
CREATE TABLE points (
  step INTEGER NOT NULL, curve TEXT NOT NULL, value REAL NOT NULL, low REAL, high REAL,
  detail TEXT NOT NULL, PRIMARY KEY (step, curve)
) WITHOUT ROWID;
INSERT INTO about VALUES ('game', 'tic_tac_toe');
INSERT INTO matches VALUES (1, 4, 'a', 'b', '7', '{"wins": 1}', 1.5);
INSERT INTO games VALUES (1, 0, 0, 1, x'04000000', 1, 'rules');
INSERT INTO points VALUES (4, 'score', 0.5, NULL, NULL, 'null');
PRAGMA application_id = 2051101262;
PRAGMA user_version = 1;
"""


@pytest.fixture
def old_file(tmp_path):
    """A database as the version before wrote it, in which a phase was called a step."""
    path = tmp_path / "arena.sqlite3"
    with sqlite3.connect(path) as database:
        database.executescript(FORMAT_1)
    return path


def check_old_content(store):
    (stored,) = store.matches()
    assert (stored.id, stored.phase, stored.a, stored.summary) == (1, 4, "a", {"wins": 1})
    assert store.games(1)[0].actions == (4, 0)
    assert store.points() == store.points("score") == [CurvePoint(4, "score", 0.5)]
    assert store.curves() == ["score"]


def test_a_file_of_the_version_before_is_read_as_it_is(old_file):
    before = old_file.read_bytes()
    with ArenaStore(old_file, "tic_tac_toe") as one, ArenaStore(old_file, "tic_tac_toe") as two:
        check_old_content(one)
        check_old_content(two)
    assert old_file.read_bytes() == before


def test_a_writer_goes_on_with_a_file_of_the_version_before(old_file, result):
    with pytest.raises(UserError, match="holds matches of tic_tac_toe"):
        ArenaStore(old_file, "othello", writer=True)
    with ArenaStore(old_file, "tic_tac_toe", writer=True) as store:
        check_old_content(store)
        store.add_match(result, phase=4, points=[CurvePoint(5, "score", 0.25)])
        store.add_match(result, phase=5)
    with ArenaStore(old_file, "tic_tac_toe", writer=True) as store:
        assert [match.phase for match in store.matches()] == [4, 5]
        assert [point.phase for point in store.points()] == [4, 5]
        store.drop_after(4)
        assert [point.phase for point in store.points()] == [4]


def test_both_ways_give_the_same_tables(old_file, path):
    ArenaStore(old_file, "tic_tac_toe", writer=True).close()
    ArenaStore(path, "tic_tac_toe", writer=True).close()
    columns = (
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2"
    )
    indices = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1"
    for query in (columns, indices):
        one, other = (sqlite3.connect(p).execute(query).fetchall() for p in (old_file, path))
        assert one == other
