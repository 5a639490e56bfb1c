"""What a phase's games say, against the same figures in plain Python."""

import math
from collections.abc import Callable, Sequence

import pytest

import games
from selfplay import GameRecord, record_statistics

MakeRecord = Callable[..., GameRecord]
TIC_TAC_TOE = games.make("tic_tac_toe")
NAMES = {
    "games", "game_length", "first_player_score", "draw_share", "resigned_share",
    "resign_wrong_share", "search_entropy", "value_calibration_error",
}  # fmt: skip


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def in_plain_python(records: Sequence[GameRecord]) -> dict[str, float]:
    wrong, entropies = [], []
    bins: list[list[float]] = [[] for _ in range(10)]
    for record in records:
        if record.resign_off and record.would_resign >= 0:
            wrong.append((record.returns if record.would_resign == 0 else -record.returns) >= 0)
        for policy in record.policies:
            if policy is not None:
                entropies.append(-sum(share * math.log(share) for share in policy if share > 0))
        for ply, value in enumerate(record.values):
            if not math.isnan(value):
                result = record.returns if ply % 2 == 0 else -record.returns
                bins[min(9, int((value + 1) / 2 * 10))].append(value - result)
    return {
        "games": len(records),
        "game_length": mean([record.plies for record in records]),
        "first_player_score": mean([(record.returns + 1) / 2 for record in records]),
        "draw_share": mean([record.returns == 0 for record in records]),
        "resigned_share": mean([record.resigned for record in records]),
        "resign_wrong_share": mean(wrong),
        "search_entropy": mean(entropies),
        "value_calibration_error": sum(abs(sum(errors)) for errors in bins) / sum(map(len, bins)),
    }


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello?size=6"])
def test_the_figures_are_those_of_plain_python(name: str, make_record: MakeRecord) -> None:
    game = games.make(name)
    records = [
        make_record(game, id, 0.6, resign_off=id % 3 == 0, would_resign=id % 4 % 3 - 1)
        for id in range(60)
    ]
    found = record_statistics(records)
    assert found.keys() == NAMES
    assert found == pytest.approx(in_plain_python(records), rel=1e-12)
    assert isinstance(found["games"], int)


def short_game(returns: int, values: list[float]) -> GameRecord:
    """A game won or lost by resignation, or an unfinished one."""
    plies = len(values)
    actions = [0, 1, 3, 4][:plies]
    policies = [[1 / (9 - ply)] * (9 - ply) for ply in range(plies)]
    ended = returns != 0
    return GameRecord(
        TIC_TAC_TOE, plies, actions, values, policies, returns, finished=ended, resigned=ended
    )


def test_values_in_one_bin_cancel_out() -> None:
    found = record_statistics(
        [short_game(1, [0.9, -0.9, 1.0]), short_game(0, [0.1, 0.1, math.nan, 0.1])]
    )
    assert found["games"] == 2
    assert found["game_length"] == 3.5
    assert found["first_player_score"] == 0.75
    assert found["draw_share"] == found["resigned_share"] == 0.5
    # Values of 0.9, 1.0 and -0.9 for results of 1, 1 and -1; 0.1 three times for 0.
    assert found["value_calibration_error"] == pytest.approx((0.1 + 0.1 + 0.3) / 6, rel=1e-6)


def test_resignations_that_would_have_been_wrong_are_counted(make_record: MakeRecord) -> None:
    ids = {result: [] for result in (1, 0, -1)}
    for id in range(60):
        ids[make_record(TIC_TAC_TOE, id).returns].append(id)

    def one(returns: int, **changes: object) -> GameRecord:
        return make_record(TIC_TAC_TOE, ids[returns][0], **changes)

    found = record_statistics(
        [
            one(1, resign_off=True, would_resign=0),  # it won after all
            one(1, resign_off=True, would_resign=1),
            one(0, resign_off=True, would_resign=1),
            one(-1, resign_off=True),
            one(1, would_resign=0),
        ]
    )
    assert found["resign_wrong_share"] == pytest.approx(2 / 3)


def test_no_games_give_no_figures() -> None:
    found = record_statistics([])
    assert found.pop("games") == 0
    assert all(math.isnan(value) for value in found.values())


def test_only_records_have_figures() -> None:
    for wrong in ([None], ["a record"]):
        with pytest.raises(TypeError):
            record_statistics(wrong)  # type: ignore[list-item]
