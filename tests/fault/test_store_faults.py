"""The store under kill -9, damage, a full disk and rival writers: nothing committed is lost."""

import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import games
from games.errors import UserError
from selfplay import GameRecord
from selfplay.storage.games import GameStore

GAME = games.make("connect_four")
BATCH = 25

# Every process makes the same game for an id, so that it can be checked without being sent.
RECORDS = """
import games
from selfplay import GameRecord

GAME = games.make("connect_four")

def record(id):
    policies = [[1 / 7] * 7] * (id % 7 + 1) + [None] * (6 - id % 7)
    return GameRecord(GAME, id, [0, 1, 0, 1, 0, 1, 0], [id % 64 / 64] * 7, policies, returns=1)
"""

# Commits batches for ever, and says so only when `append` has returned.
WRITER = (
    RECORDS
    + """
import sys
from games.errors import UserError
from selfplay.storage.games import GameStore

path, batch = sys.argv[1], int(sys.argv[2])
print("started", flush=True)
try:
    with GameStore(path, "connect_four", writer=True) as store:
        first = store.count()
        while True:
            store.append([record(first + i) for i in range(batch)], phase=first // 100)
            first += batch
            print(first, flush=True)
except UserError as error:
    print("refused:", error, flush=True)
"""
)

HOLDER = """
import os, sys, time
from games.errors import UserError
from selfplay.storage.games import GameStore

print("ready", flush=True)
sys.stdin.readline()
try:
    store = GameStore(sys.argv[1], "connect_four", writer=True)
except UserError as error:
    print("lost", error, flush=True)
else:
    print("won", flush=True)
    if "fork" in sys.argv:
        if os.fork() == 0:
            print(os.getpid(), flush=True)  # once it runs, what fork copied has been dropped
            time.sleep(100)
    sys.stdin.readline()
"""


def record(id: int) -> GameRecord:
    policies: list[list[float] | None] = [[1 / 7] * 7] * (id % 7 + 1)
    policies += [None] * (6 - id % 7)
    return GameRecord(GAME, id, [0, 1, 0, 1, 0, 1, 0], [id % 64 / 64] * 7, policies, returns=1)


@contextmanager
def process(
    script: str, *arguments: str | Path, before: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that is gone at the end, whatever happens."""
    child = subprocess.Popen(
        [sys.executable, "-c", before + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,  # what is buffered here, select would not see
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def read_line(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    assert select.select([child.stdout], [], [], 60)[0], "no answer in a minute"
    return child.stdout.readline().decode().strip()


def send_line(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    child.stdin.write(b"\n")
    child.stdin.flush()


def built(path: Path, count: int) -> None:
    with GameStore(path, GAME.name, writer=True) as store:
        store.append([record(id) for id in range(count)], phase=0)


def test_kill_9_loses_no_committed_game(tmp_path: Path) -> None:
    """Ten kills at random instants, the first four soon after a new store is begun."""
    draw = random.Random(0)
    acknowledged = 0
    for kill in range(10):
        path = tmp_path / (f"games-{kill}" if kill < 4 else "games")
        if kill <= 4:
            acknowledged = 0
        with process(WRITER, path, str(BATCH)) as child:
            assert read_line(child) == "started"
            time.sleep(draw.uniform(0, 0.01 if kill < 4 else 0.15))
            child.send_signal(signal.SIGKILL)
            lines = child.communicate()[0].split()
            acknowledged = max([acknowledged, *map(int, lines)])
        # The next writer may come at once, and finds whole batches: all that were acknowledged.
        with GameStore(path, GAME.name, writer=True) as store:
            count = store.count()
            assert count >= acknowledged
            assert count % BATCH == 0
            assert list(store.games(GAME)) == [record(id) for id in range(count)]
            store.verify(GAME)
    assert acknowledged > 0


def test_a_reader_survives_the_death_of_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "games"
    with process(WRITER, path, str(BATCH)) as child:
        assert read_line(child) == "started"
        assert int(read_line(child)) == BATCH
        with GameStore(path) as reader:
            following = reader.since(GAME)
            assert next(following) == (1, record(0))
            child.kill()
            child.wait()
            rest = [found for _, found in following]
            assert rest == [record(id) for id in range(1, len(rest) + 1)]
            assert len(rest) + 1 >= BATCH
    with GameStore(path) as late:  # the log of the dead writer is still to be read
        assert list(late.games(GAME)) == [record(id) for id in range(late.count())]
        assert late.count() >= len(rest) + 1  # the reader saw what was there when it began


def test_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
    """A limit on the size of files makes writes fail, in the log or in the file."""
    path = tmp_path / "games"
    for kilobytes in (4, 60, 200, 300):
        size = kilobytes * 1024
        limit = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({size}, {size}))\n"
        with process(WRITER, path, str(BATCH), before=limit) as child:
            lines = child.communicate(timeout=60)[0].decode().splitlines()
        assert lines[-1].startswith(f"refused: {path} cannot be"), lines
        assert "check its space" in lines[-1] or "full" in lines[-1], lines
        committed = [int(line) for line in lines[1:-1]]
        with GameStore(path, GAME.name, writer=True) as store:
            count = store.count()
            assert count >= max(committed, default=0)
            assert count % BATCH == 0
            assert list(store.games(GAME)) == [record(id) for id in range(count)]
            store.verify(GAME)
    assert count > BATCH


def test_of_many_writers_one_wins_and_its_death_lets_the_next_in(tmp_path: Path) -> None:
    path = tmp_path / "games"
    built(path, 3)
    with (
        process(HOLDER, path) as a,
        process(HOLDER, path) as b,
        process(HOLDER, path) as c,
        process(HOLDER, path) as d,
    ):
        rivals = [a, b, c, d]
        for child in rivals:
            assert read_line(child) == "ready"
        for child in rivals:
            send_line(child)
        answers = {child: read_line(child) for child in rivals}
        winners = [child for child in rivals if answers[child] == "won"]
        assert len(winners) == 1
        with pytest.raises(UserError) as caught:
            GameStore(path, GAME.name, writer=True)
        assert f"(process {winners[0].pid})" in str(caught.value)
        assert str(path) in str(caught.value)
        with GameStore(path) as reader:
            assert reader.count() == 3
        winners[0].kill()
        winners[0].wait()
        GameStore(path, GAME.name, writer=True).close()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "games"
    with process(HOLDER, path, "fork") as child:
        assert read_line(child) == "ready"
        send_line(child)
        assert read_line(child) == "won"
        survivor = int(read_line(child))
        try:
            child.kill()
            child.wait()
            GameStore(path, GAME.name, writer=True).close()
        finally:
            os.kill(survivor, signal.SIGKILL)


def read_all(path: Path, writer: bool = False) -> tuple[int, int, list[GameRecord]]:
    with GameStore(path, GAME.name, writer) as store:
        store.verify(GAME)
        return store.count(), store.positions(), list(store.newest(GAME, 10**9))


def refused_or(path: Path, intact: tuple[int, int, list[GameRecord]]) -> bool:
    """Read a damaged store; True if that was refused in one line, else all must be intact."""
    try:
        assert read_all(path) == intact
    except UserError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error)
        return True
    return False


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "games"
    built(path, 300)
    intact = read_all(path)
    whole = path.read_bytes()
    sizes = [0, 1, 15, 16, 99, 100, 511, 4095, 4096, 4097, 8192, len(whole) // 2]
    for size in [*sizes, len(whole) - 4096, len(whole) - 1]:
        path.write_bytes(whole[:size])
        assert refused_or(path, intact), f"cut to {size} of {len(whole)} bytes"
    path.write_bytes(whole)
    assert not refused_or(path, intact)


def test_flipped_bits_are_found_or_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "games"
    built(path, 200)
    intact = read_all(path)
    whole = path.read_bytes()
    draw = random.Random(2)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        # A quarter of the flips goes to the first pages, which hold the schema and the roots.
        place = draw.randrange(4096 * 4 if draw.random() < 0.25 else len(whole))
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        refused += refused_or(path, intact)
    assert refused > 150  # the rest hit unused space


def test_a_record_changed_behind_the_store_is_found(tmp_path: Path) -> None:
    """Damage that SQLite cannot see: a record replaced by another sound one, or a count changed."""
    path = tmp_path / "games"
    for change, values in [
        ("UPDATE games SET record = ? WHERE id = 3", (record(10).encode(),)),
        ("UPDATE games SET positions = 6 WHERE id = ?", (3,)),
        ("UPDATE games SET record = ? WHERE id = 3", (record(3).encode()[:-1],)),
        ("UPDATE games SET record = 'text' WHERE id = ?", (3,)),
        ("UPDATE games SET positions = 'many' WHERE id = ?", (3,)),
    ]:
        path.unlink(missing_ok=True)
        built(path, 20)
        with closing(sqlite3.connect(path)) as db:
            db.execute(change, values)
            db.commit()
        with GameStore(path) as store, pytest.raises(UserError, match=r"game 3|is damaged"):
            list(store.newest(GAME, 10**9))
