from collections import Counter

import pytest

import games
from arena.solved.connect_four import connect_four_positions, read_positions
from games.errors import UserError

GAME = games.make("connect_four")


@pytest.fixture(scope="module")
def connect_four():
    return connect_four_positions(GAME)


def test_the_shipped_positions(connect_four):
    assert Counter(p.label for p in connect_four) == {
        f"{stage} {difficulty}": 150
        for stage, difficulties in (
            ("opening", ("easy", "medium", "hard")),
            ("middle", ("easy", "medium", "hard")),
            ("late", ("easy", "medium")),
        )
        for difficulty in difficulties
    }
    for position in connect_four:
        assert len(set(position.values)) > 1, "the outcome hangs on the move"
        for action, value in zip(position.state.legal_actions(), position.values, strict=True):
            after = position.state.apply(action)
            if after.is_terminal:
                assert after.returns()[position.state.to_play] == value


def test_late_positions_agree_with_plain_minimax(connect_four):
    def value(state, known):
        if state not in known:
            if state.is_terminal:
                known[state] = state.returns()[state.to_play]
            else:
                known[state] = max(-value(state.apply(a), known) for a in state.legal_actions())
        return known[state]

    checked = 0
    for position in connect_four:
        if str(position.state).count(".") > 8:
            continue
        known = {}
        after = [position.state.apply(a) for a in position.state.legal_actions()]
        assert tuple(-value(child, known) for child in after) == position.values
        checked += 1
    assert checked > 30


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("late\teasy\t1", "line 1"),
        ("late\teasy\t18\t1 1 1 1 1 1 1", "line 1"),
        ("late\teasy\t1\t1 1 1 1 1 1", "do not fit"),
        ("late\teasy\t1\tx 1 1 1 1 1 1", "do not fit"),
        ("late\teasy\t1111111\t1 1 1 1 1 1 1", "not legal"),
        ("late\teasy\t1\t1 1 ? 1 1 1 1", "line 1"),
    ],
)
def test_malformed_lines_are_named(line, message):
    with pytest.raises(UserError, match=message):
        read_positions(GAME, line + "\n")
