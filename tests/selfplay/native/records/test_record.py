"""Game records: nothing damaged and nothing against the rules gets through."""

import contextlib
import io
import json
import math
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import games
from games.errors import GameError, UserError
from selfplay.storage.games import GameStore
from selfplay.storage.records import GameRecord, export_jsonl, to_json
from zero_core.selfplay import decode_record, record_summary

NAMES = ["tic_tac_toe", "connect_four", "othello?size=6"]
CONNECT_FOUR = games.make("connect_four")
# The first player stacks column 0 and wins with the seventh ply.
WIN = GameRecord(
    id=7,
    actions=(0, 1, 0, 1, 0, 1, 0),
    values=(0.5, math.nan, 0.25, -0.75, 1.0, -1.0, 0.0),
    policies=((0.25, 0.25, 0.5, 0.0, 0.0, 0.0, 0.0), None, None, None, None, None, (1 / 7,) * 7),
    returns=1,
)


def with_crc(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def as_float32(record: GameRecord) -> GameRecord:
    def rounded(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(float(np.float32(value)) for value in values)

    policies = tuple(None if p is None else rounded(p) for p in record.policies)
    return replace(record, values=rounded(record.values), policies=policies)


@pytest.mark.parametrize("full_share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str, full_share: float, make_record: Callable[..., GameRecord]) -> None:
    game = games.make(name)
    for id in range(30):
        record = make_record(game, id, full_share)
        blob = record.encode()
        back = GameRecord.decode(game, blob)
        assert back == as_float32(record)
        assert back.encode() == blob
        assert record_summary(blob) == {
            "id": id,
            "finished": True,
            "plies": len(record.actions),
            "positions": sum(policy is not None for policy in record.policies),
            "returns": record.returns,
            "resigned": False,
        }


def test_decoded_fields() -> None:
    fields = decode_record(CONNECT_FOUR, WIN.encode())
    assert fields["full"] == [True, False, False, False, False, False, True]
    assert math.isnan(fields["values"][1])
    assert fields["policies"][0] == list(WIN.policies[0] or ())
    assert fields["policies"][1] is None


def test_flags_and_large_ids_survive() -> None:
    for record in (
        replace(WIN, id=2**64 - 1, values=(0.5,) * 7, resign_off=True, would_resign=1),
        replace(WIN, actions=WIN.actions[:5], values=(0.0,) * 5, policies=(None,) * 5,
                resigned=True, would_resign=1),
        replace(WIN, actions=(3,), values=(0.0,), policies=(None,), returns=0, finished=False),
        GameRecord(id=0, actions=(), values=(), policies=(), returns=0, finished=False),
    ):  # fmt: skip
        assert GameRecord.decode(CONNECT_FOUR, record.encode()) == as_float32(record)


def test_crc_is_that_of_zlib() -> None:
    blob = WIN.encode()
    assert with_crc(blob[:-4]) == blob


def test_every_flipped_bit_is_found() -> None:
    blob = WIN.encode()
    for bit in range(8 * len(blob)):
        damaged = bytearray(blob)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(GameError):
            decode_record(CONNECT_FOUR, bytes(damaged))
        with pytest.raises(GameError):
            record_summary(bytes(damaged))


def test_every_cut_and_every_addition_is_found() -> None:
    blob = WIN.encode()
    for size in range(len(blob)):
        with pytest.raises(GameError):
            decode_record(CONNECT_FOUR, blob[:size])
    with pytest.raises(GameError):
        decode_record(CONNECT_FOUR, blob + b"\0")


def test_a_forged_crc_brings_nothing_invalid_through(
    make_record: Callable[..., GameRecord],
) -> None:
    """Whatever is let through after a change of bytes is still a game by the rules."""
    draw = random.Random(5)
    passed = 0
    for trial in range(4000):
        body = bytearray(make_record(CONNECT_FOUR, trial % 20, 0.5).encode()[:-4])
        for _ in range(draw.randint(1, 3)):
            body[draw.randrange(len(body))] = draw.randrange(256)
        if draw.random() < 0.2:
            del body[draw.randrange(len(body)) :]
        try:
            record = GameRecord.decode(CONNECT_FOUR, with_crc(bytes(body)))
        except GameError as error:
            assert "\n" not in str(error)
            continue
        passed += 1
        state = CONNECT_FOUR.initial()
        for action, value, policy in zip(
            record.actions, record.values, record.policies, strict=True
        ):
            assert action in state.legal_actions()
            assert math.isnan(value) or -1 <= value <= 1
            assert policy is None or len(policy) == len(state.legal_actions())
            assert policy is None or (min(policy) >= 0 and abs(sum(policy) - 1) < 2e-3)
            state = state.apply(action)
        if record.finished and not record.resigned:
            assert state.returns() == (record.returns, -record.returns)
    assert passed > 50  # changes of the id, of a value, of low bits of a policy


def test_a_huge_number_of_plies_is_refused_before_memory_is_taken() -> None:
    header = b"ZGR\x01" + bytes(8) + bytes([1, 1, 255]) + (2**32 - 1).to_bytes(4, "little")
    with pytest.raises(GameError, match="ends too early"):
        decode_record(CONNECT_FOUR, with_crc(header))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actions": (0, 1, 0, 1, 0, 1, 7)}, "illegal action 7 at ply 6"),
        ({"returns": -1}, "result is not that of the last position"),
        ({"returns": 0}, "result is not that of the last position"),
        ({"returns": 2}, "returns outside"),
        ({"would_resign": 2}, "resigner who is no player"),
        ({"finished": False}, "unfinished game with a result"),
        ({"finished": False, "returns": 0}, "unfinished game that is over"),
        ({"resigned": True}, "resignation after the end"),
        ({"resigned": True, "resign_off": True}, "resignation that cannot be"),
        ({"resigned": True, "returns": 0}, "resignation that cannot be"),
        ({"values": (1.5, *WIN.values[1:])}, "the value 1.5"),
        ({"values": (-math.inf, *WIN.values[1:])}, "the value -inf"),
        ({"policies": ((0.5, 0.5), *WIN.policies[1:])}, "over 2 actions, where 7 are legal"),
        ({"policies": ((0.5,) * 7, *WIN.policies[1:])}, "sums to 3.5"),
        ({"policies": ((2.0, -1.0, 0, 0, 0, 0, 0), *WIN.policies[1:])}, "below 0 at ply 0"),
        ({"policies": ((math.nan,) * 7, *WIN.policies[1:])}, "below 0 at ply 0"),
        ({"policies": ((math.inf,) * 7, *WIN.policies[1:])}, "sums to inf"),
    ],
)
def test_what_the_rules_forbid_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(GameError, match=message):
        GameRecord.decode(CONNECT_FOUR, replace(WIN, **change).encode())  # type: ignore[arg-type]


def test_a_game_that_stops_early_is_refused_unless_the_loser_was_to_move() -> None:
    short = replace(WIN, actions=WIN.actions[:5], values=WIN.values[:5], policies=WIN.policies[:5])
    with pytest.raises(GameError, match="not over after its last ply"):
        GameRecord.decode(CONNECT_FOUR, short.encode())
    GameRecord.decode(CONNECT_FOUR, replace(short, resigned=True).encode())
    with pytest.raises(GameError, match="not to move"):
        GameRecord.decode(CONNECT_FOUR, replace(short, resigned=True, returns=-1).encode())


def test_a_game_longer_than_any_is_refused() -> None:
    endless = GameRecord(
        id=0, actions=(0,) * 43, values=(0.0,) * 43, policies=(None,) * 43, returns=0
    )
    with pytest.raises(GameError, match="43 plies, more than a game can have"):
        GameRecord.decode(CONNECT_FOUR, endless.encode())


def test_a_record_of_another_game_is_refused(make_record: Callable[..., GameRecord]) -> None:
    blob = make_record(games.make("othello?size=6"), 1).encode()
    with pytest.raises(GameError, match="of another game"):
        decode_record(CONNECT_FOUR, blob)


def test_another_format_is_named() -> None:
    body = bytearray(WIN.encode()[:-4])
    body[3] = 9
    with pytest.raises(GameError, match="format is 9, this program reads 1"):
        decode_record(CONNECT_FOUR, with_crc(bytes(body)))


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(GameError, match="7 actions, 6 values and 7 policies"):
        replace(WIN, values=WIN.values[:6]).encode()


def test_json() -> None:
    fields = to_json(CONNECT_FOUR, GameRecord.decode(CONNECT_FOUR, WIN.encode()))
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
    name: str, tmp_path: Path, make_record: Callable[..., GameRecord]
) -> None:
    game = games.make(name)
    records = [make_record(game, id, 0.5) for id in range(20)]
    with GameStore(tmp_path / "games", game.name, writer=True) as store:
        store.append([record.encode() for record in records], phase=1)
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
        store.append([WIN.encode()], phase=0)
        with pytest.raises(UserError, match="holds games of 'connect_four', not of 'tic_tac_toe'"):
            export_jsonl(store, games.make("tic_tac_toe"), io.StringIO())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_export_to_a_full_disk(tmp_path: Path) -> None:
    with GameStore(tmp_path / "games", CONNECT_FOUR.name, writer=True) as store:
        store.append([WIN.encode()], phase=0)
        out = Path("/dev/full").open("w")  # noqa: SIM115 (closing it fails too)
        with pytest.raises(UserError, match="No space left"):
            export_jsonl(store, CONNECT_FOUR, out)
        with contextlib.suppress(OSError):
            out.close()
