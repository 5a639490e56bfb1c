"""The export: one line of JSON a game, which can be replayed."""

import contextlib
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import games
from games.errors import UserError
from selfplay import GameRecord
from selfplay.storage.export import export_jsonl, to_json
from selfplay.storage.games import GameStore

MakeRecord = Callable[..., GameRecord]
NAMES = ["tic_tac_toe", "connect_four", "othello?size=6"]
CONNECT_FOUR = games.make("connect_four")
# The first player stacks column 0 and wins with the seventh ply.
WIN = GameRecord(
    CONNECT_FOUR,
    id=7,
    actions=[0, 1, 0, 1, 0, 1, 0],
    values=[0.5, math.nan, 0.25, -0.75, 1.0, -1.0, 0.0],
    policies=[[0.25, 0.25, 0.5, 0.0, 0.0, 0.0, 0.0], *[None] * 5, [1 / 7] * 7],
    returns=1,
)


def test_json() -> None:
    fields = to_json(WIN)
    assert fields["game"] == "connect_four"
    assert fields["actions"] == ["1", "2", "1", "2", "1", "2", "1"]
    assert fields["returns"] == [1, -1]
    assert fields["would_resign"] is None
    assert fields["values"] == [0.5, None, 0.25, -0.75, 1.0, -1.0, 0.0]
    assert fields["policies"][0] == {
        "1": 0.25, "2": 0.25, "3": 0.5, "4": 0.0, "5": 0.0, "6": 0.0, "7": 0.0
    }  # fmt: skip
    assert fields["policies"][1] is None
    assert np.float32(fields["policies"][6]["3"]) == np.float32(1 / 7)
    assert len(str(fields["policies"][6]["3"])) <= 11


@pytest.mark.parametrize("name", NAMES)
def test_export_writes_what_can_be_replayed(
    name: str, tmp_path: Path, make_record: MakeRecord
) -> None:
    game = games.make(name)
    records = [make_record(game, id, 0.5) for id in range(20)]
    with GameStore(tmp_path / "games", game.name, writer=True) as store:
        store.append(records, phase=1)
        out = io.StringIO()
        assert export_jsonl(store, game, out) == 20
    lines = out.getvalue().splitlines()
    assert len(lines) == 20
    for line, record in zip(map(json.loads, lines), records, strict=True):
        assert line["id"] == record.id
        state = game.initial()
        for text, policy in zip(line["actions"], line["policies"], strict=True):
            if policy is not None:
                assert [state.parse_action(key) for key in policy] == state.legal_actions()
            state = state.apply(state.parse_action(text))
        assert tuple(line["returns"]) == state.returns()


def test_export_says_what_is_wrong(tmp_path: Path) -> None:
    with GameStore(tmp_path / "games", CONNECT_FOUR.name, writer=True) as store:
        store.append([WIN], phase=0)
        with pytest.raises(UserError, match="holds games of 'connect_four', not of 'tic_tac_toe'"):
            export_jsonl(store, games.make("tic_tac_toe"), io.StringIO())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_export_to_a_full_disk(tmp_path: Path) -> None:
    with GameStore(tmp_path / "games", CONNECT_FOUR.name, writer=True) as store:
        store.append([WIN], phase=0)
        out = Path("/dev/full").open("w")  # noqa: SIM115 (closing it fails too)
        with pytest.raises(UserError, match="No space left"):
            export_jsonl(store, CONNECT_FOUR, out)
        with contextlib.suppress(OSError):
            out.close()
