"""The store of games: order, idempotence, counting, and clear refusals."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import games
from games.errors import UserError
from selfplay import GameRecord
from selfplay.storage.games import Appended, GameStore
from selfplay.window import Window

MakeRecord = Callable[..., GameRecord]
GAME = games.make("connect_four")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "games.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[GameStore]:
    with GameStore(path, GAME.name, writer=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def records() -> list[GameRecord]:
    """Six hundred small games (more than the store reads at once), one to seven plies searched."""
    return [small_game(id) for id in range(600)]


def small_game(id: int, value: float | None = None) -> GameRecord:
    searched = id % 7 + 1
    policies: list[list[float] | None] = [[1 / 7] * 7] * searched + [None] * (7 - searched)
    values = [id % 64 / 64 if value is None else value] * 7
    return GameRecord(GAME, id, [0, 1, 0, 1, 0, 1, 0], values, policies, returns=1)


def test_what_was_appended_comes_back(store: GameStore, records: list[GameRecord]) -> None:
    assert (store.count(), store.positions()) == (0, 0)
    assert list(store.games(GAME)) == []
    assert store.append(records[:300], phase=1) == Appended(300, 0, 0)
    assert store.append(records[300:], phase=2) == Appended(300, 0, 0)
    assert store.append([], phase=2) == Appended(0, 0, 0)
    assert list(store.games(GAME)) == records
    assert list(store.since(GAME)) == list(enumerate(records, start=1))
    assert store.count() == 600
    assert store.positions() == sum(id % 7 + 1 for id in range(600))
    store.verify(GAME)


def test_the_first_game_of_an_id_stays(store: GameStore, records: list[GameRecord]) -> None:
    store.append(records[:10], phase=1)
    other = small_game(5, value=-0.5)
    assert store.append([*records[8:12], other], phase=2) == Appended(2, 2, 1)
    assert list(store.games(GAME)) == records[:12]
    assert list(store.games(GAME, (2, 0))) == records[10:12]
    assert store.append([records[20], records[20]], phase=2) == Appended(1, 1, 0)


def test_order_is_by_phase_and_id_whenever_they_were_committed(
    store: GameStore, records: list[GameRecord]
) -> None:
    draw = random.Random(1)
    plan = [(phase, id) for id, phase in enumerate(draw.choices(range(4), k=600))]
    for start in range(0, 600, 60):
        part = plan[start : start + 60]
        draw.shuffle(part)
        for phase in range(4):
            store.append([records[id] for p, id in part if p == phase], phase)
    in_order = [records[id] for _, id in sorted(plan)]
    assert list(store.games(GAME)) == in_order
    assert list(store.games(GAME, last_phase=1)) == [
        records[id] for phase, id in sorted(plan) if phase < 2
    ]
    assert list(store.games(GAME, (2, 30), 2)) == [
        records[id] for phase, id in sorted(plan) if phase == 2 and id >= 30
    ]
    rows = list(store.since(GAME, 200))
    assert [row for row, _ in rows] == list(range(201, 601))


def test_newest_is_what_a_trimmed_window_holds(path: Path, make_record: MakeRecord) -> None:
    records = [make_record(GAME, id, 0.3) for id in range(80)]
    with GameStore(path, GAME.name, writer=True) as store:
        for record in records:
            store.append([record], phase=record.id // 10)
        for last_phase in (0, 3, 7, 99):
            for limit in (0, 1, 17, 100, 10**9):
                window = Window(GAME)
                for record in records:
                    if record.id // 10 <= last_phase:
                        window.add(record)
                window.trim(limit)
                again = Window(GAME)
                for record in store.newest(GAME, limit, last_phase):
                    again.add(record)
                assert again.statistics() == window.statistics()
    with GameStore(path) as reader:
        assert list(reader.newest(GAME, 50, last_phase=-1)) == []


def test_counting_and_finding_the_newest_read_no_record(
    store: GameStore, path: Path, records: list[GameRecord]
) -> None:
    """Every statement behind them is answered from an index alone."""
    store.append(records, phase=1)
    statements: list[str] = []
    store._db.set_trace_callback(statements.append)
    store.count()
    store.positions()
    store._oldest_of_newest(100, 5)
    store._db.set_trace_callback(None)
    assert len(statements) == 3
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            plan = db.execute("EXPLAIN QUERY PLAN " + statement).fetchall()
            assert all("COVERING INDEX" in step[3] for step in plan), plan


def test_readers_see_each_commit_while_the_writer_writes(
    store: GameStore, path: Path, records: list[GameRecord]
) -> None:
    with GameStore(path) as one, GameStore(path, GAME.name) as two:
        assert one.game_name == GAME.name
        row = 0
        for start in range(0, 600, 100):
            following = one.since(GAME, row)
            store.append(records[start : start + 100], phase=0)
            found = list(following)
            assert [record for _, record in found] == records[start : start + 100]
            row = found[-1][0]
            assert two.count() == start + 100
        # A reader half way through is not disturbed by the writer, nor the writer by it.
        half = two.games(GAME)
        next(half)
        store.append([small_game(1000)], phase=9)
        assert len(list(half)) == 600


def test_a_bad_record_commits_nothing_of_its_batch(
    store: GameStore, records: list[GameRecord], make_record: MakeRecord
) -> None:
    unfinished = GameRecord(GAME, 3, [0], [0.0], [None], returns=0, finished=False)
    for bad, message in [
        (unfinished, "game 3 is not finished"),
        (small_game(2**63), "is too large"),
        (make_record(games.make("tic_tac_toe"), 1), "holds games of 'connect_four', not of 'tic_"),
    ]:
        with pytest.raises(UserError, match=message):
            store.append([records[0], bad], phase=0)
    assert store.count() == 0
    assert store.append(records[:2], phase=0).added == 2


def test_an_interrupted_append_commits_nothing(store: GameStore, records: list[GameRecord]) -> None:
    insert = store._insert
    done = 0

    def interrupted(row: tuple[object, ...]) -> int:
        nonlocal done
        done += 1
        if done == 5:
            raise KeyboardInterrupt
        return insert(row)

    store._insert = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        store.append(records[:10], phase=0)
    store._insert = insert  # type: ignore[method-assign]
    assert store.count() == 0
    assert store.append(records[:10], phase=0).added == 10


def test_a_reader_does_not_write(path: Path, store: GameStore, records: list[GameRecord]) -> None:
    with GameStore(path) as reader, pytest.raises(UserError, match="not open for writing"):
        reader.append(records[:1], phase=0)
    with pytest.raises(ValueError, match="must name its game"):
        GameStore(path, writer=True)


def test_another_game_is_refused(path: Path, store: GameStore) -> None:
    store.close()
    for writer in (False, True):
        with pytest.raises(UserError, match="holds games of 'connect_four', not of 'othello'"):
            GameStore(path, "othello", writer=writer)
    GameStore(path, GAME.name, writer=True).close()  # the refusal gave the lock back


@pytest.mark.parametrize("writer", [False, True])
def test_what_is_no_store_is_refused_and_left_alone(path: Path, writer: bool) -> None:
    def refused(match: str) -> None:
        with pytest.raises(UserError, match=match) as caught:
            GameStore(path, GAME.name, writer)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)

    path.write_text("these are the notes of the day, and long enough to be a file of its own")
    refused("no store of games")
    assert path.read_text().startswith("these are the notes")
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE games (row, id, phase, plies, positions, returns, record)")
        db.commit()
    before = path.read_bytes()
    refused("no store of games")
    assert path.read_bytes() == before
    path.unlink()
    path.mkdir()
    refused("is a folder")
    path.rmdir()
    path = path.parent / "no" / "folder" / "games"
    refused("does not exist|cannot be written")


def test_an_empty_file_is_a_new_store_to_a_writer_only(path: Path) -> None:
    path.touch()
    with pytest.raises(UserError, match="no store of games"):
        GameStore(path)
    with GameStore(path, GAME.name, writer=True) as store:
        assert store.count() == 0


def test_another_format_is_refused(path: Path, store: GameStore) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
        db.commit()
    with pytest.raises(UserError, match="has format '2', this program reads '1'"):
        GameStore(path)


def test_a_full_disk_is_named_and_the_store_reopens(path: Path, records: list[GameRecord]) -> None:
    with GameStore(path, GAME.name, writer=True) as store:
        store.append(records[:5], phase=0)
        store._db.execute("PRAGMA max_page_count=12")
        with pytest.raises(UserError, match="the disk is full; free some space"):
            store.append(records[5:], phase=0)
        assert list(store.games(GAME)) == records[:5]
        with pytest.raises(UserError, match="open it again"):
            store.append(records[5:6], phase=0)
    with GameStore(path, GAME.name, writer=True) as store:
        assert store.append(records, phase=0) == Appended(595, 5, 0)


def test_a_link_has_the_lock_of_its_target(path: Path, store: GameStore) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(UserError, match="being written by another process"):
        GameStore(link, GAME.name, writer=True)
