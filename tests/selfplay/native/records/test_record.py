"""Game records: nothing damaged and nothing against the rules gets through."""

import math
import random
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import games
from games.errors import GameError
from selfplay import GameRecord

MakeRecord = Callable[..., GameRecord]
NAMES = ["tic_tac_toe", "connect_four", "othello?size=6"]
CONNECT_FOUR = games.make("connect_four")
# The first player stacks column 0 and wins with the seventh ply.
WIN: dict[str, Any] = {
    "id": 7,
    "actions": (0, 1, 0, 1, 0, 1, 0),
    "values": (0.5, math.nan, 0.25, -0.75, 1.0, -1.0, 0.0),
    "policies": ((0.25, 0.25, 0.5, 0.0, 0.0, 0.0, 0.0), *(None,) * 5, (1 / 7,) * 7),
    "returns": 1,
    "finished": True,
    "resigned": False,
    "resign_off": False,
    "would_resign": -1,
}
FIVE_PLIES = {key: WIN[key][:5] for key in ("actions", "values", "policies")}


def win(**changes: object) -> GameRecord:
    return GameRecord(CONNECT_FOUR, **(WIN | changes))


def with_crc(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def encoded(fields: Mapping[str, Any]) -> bytes:
    """The binary form as selfplay/native/records/encoding.hpp describes it, without any check."""
    flags = fields["finished"] + 2 * fields["resigned"] + 4 * fields["resign_off"]
    ends = (fields["returns"], fields["would_resign"], len(fields["actions"]))
    out = b"ZGR\x01" + struct.pack("<QBbbI", fields["id"], flags, *ends)
    columns = (fields["actions"], fields["values"], fields["policies"])
    for action, value, policy in zip(*columns, strict=True):
        out += struct.pack("<HBf", action, policy is not None, value)
        if policy is not None:
            out += struct.pack(f"<H{len(policy)}f", len(policy), *policy)
    return with_crc(out)


def fields_of(record: GameRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in WIN}


def as_float32(fields: Mapping[str, Any]) -> dict[str, Any]:
    def rounded(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(float(np.float32(value)) for value in values)

    policies = tuple(None if p is None else rounded(p) for p in fields["policies"])
    return {**fields, "values": rounded(fields["values"]), "policies": policies}


@pytest.mark.parametrize("full_share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str, full_share: float, make_record: MakeRecord) -> None:
    game = games.make(name)
    for id in range(30):
        record = make_record(game, id, full_share)
        blob = record.encode()
        assert blob == encoded(fields_of(record))
        back = GameRecord.decode(game, blob)
        assert back == record
        assert hash(back) == hash(record)
        assert fields_of(back) == fields_of(record)
        assert back != make_record(game, id + 1, full_share)


def test_properties() -> None:
    for record in (win(), GameRecord.decode(CONNECT_FOUR, encoded(WIN))):
        assert record.game is CONNECT_FOUR
        assert (record.plies, record.positions) == (7, 2)
        assert record.full == (True, False, False, False, False, False, True)
        found, expected = fields_of(record), as_float32(WIN)
        assert math.isnan(found["values"][1])
        for key in WIN.keys() - {"values"}:
            assert found[key] == expected[key]
        assert found["values"][2:] == expected["values"][2:]
    assert win() == win()  # although NaN differs from itself
    assert win() != win(id=8)
    assert win() != "a record"


def test_flags_and_large_ids_survive() -> None:
    nothing: dict[str, object] = {"actions": (), "values": (), "policies": ()}
    for changes in (
        {"id": 2**64 - 1, "values": (0.5,) * 7, "resign_off": True, "would_resign": 1},
        FIVE_PLIES | {"values": (0.0,) * 5, "resigned": True, "would_resign": 1},
        {"actions": (3,), "values": (0.0,), "policies": (None,), "returns": 0, "finished": False},
        nothing | {"id": 0, "returns": 0, "finished": False},
    ):
        record = win(**changes)
        assert fields_of(record) == as_float32(WIN | changes)
        assert record.encode() == encoded(WIN | changes)
        assert GameRecord.decode(CONNECT_FOUR, record.encode()) == record


def test_every_flipped_bit_is_found() -> None:
    blob = encoded(WIN)
    for bit in range(8 * len(blob)):
        damaged = bytearray(blob)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(GameError):
            GameRecord.decode(CONNECT_FOUR, bytes(damaged))


def test_every_cut_and_every_addition_is_found() -> None:
    blob = encoded(WIN)
    for size in range(len(blob)):
        with pytest.raises(GameError):
            GameRecord.decode(CONNECT_FOUR, blob[:size])
    with pytest.raises(GameError):
        GameRecord.decode(CONNECT_FOUR, blob + b"\0")


def test_a_forged_crc_brings_nothing_invalid_through(make_record: MakeRecord) -> None:
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
        GameRecord.decode(CONNECT_FOUR, with_crc(header))


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
        ({"values": (1.5, *WIN["values"][1:])}, "the value 1.5"),
        ({"values": (-math.inf, *WIN["values"][1:])}, "the value -inf"),
        ({"policies": ((0.5, 0.5), *WIN["policies"][1:])}, "over 2 actions, where 7 are legal"),
        ({"policies": ((0.5,) * 7, *WIN["policies"][1:])}, "sums to 3.5"),
        ({"policies": ((2.0, -1.0, 0, 0, 0, 0, 0), *WIN["policies"][1:])}, "below 0 at ply 0"),
        ({"policies": ((math.nan,) * 7, *WIN["policies"][1:])}, "below 0 at ply 0"),
        ({"policies": ((math.inf,) * 7, *WIN["policies"][1:])}, "sums to inf"),
    ],
)
def test_what_the_rules_forbid_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(GameError, match=message):
        GameRecord.decode(CONNECT_FOUR, encoded(WIN | change))
    with pytest.raises(GameError, match=message):
        win(**change)


def test_a_game_that_stops_early_is_refused_unless_the_loser_was_to_move() -> None:
    with pytest.raises(GameError, match="not over after its last ply"):
        GameRecord.decode(CONNECT_FOUR, encoded(WIN | FIVE_PLIES))
    GameRecord.decode(CONNECT_FOUR, encoded(WIN | FIVE_PLIES | {"resigned": True}))
    with pytest.raises(GameError, match="not to move"):
        GameRecord.decode(
            CONNECT_FOUR, encoded(WIN | FIVE_PLIES | {"resigned": True, "returns": -1})
        )


def test_a_game_longer_than_any_is_refused() -> None:
    endless = {"actions": (0,) * 43, "values": (0.0,) * 43, "policies": (None,) * 43}
    with pytest.raises(GameError, match="43 plies, more than a game can have"):
        GameRecord.decode(CONNECT_FOUR, encoded(WIN | endless))


def test_a_record_of_another_game_is_refused(make_record: MakeRecord) -> None:
    blob = make_record(games.make("othello?size=6"), 1).encode()
    with pytest.raises(GameError, match="of another game"):
        GameRecord.decode(CONNECT_FOUR, blob)


def test_another_format_is_named() -> None:
    body = bytearray(encoded(WIN)[:-4])
    body[3] = 9
    with pytest.raises(GameError, match="format is 9, this program reads 1"):
        GameRecord.decode(CONNECT_FOUR, with_crc(bytes(body)))


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(GameError, match="7 actions, 6 values and 7 policies"):
        win(values=WIN["values"][:6])
