import pytest

import games
from arena.solved import all_positions, solve
from games.errors import UserError


@pytest.fixture(scope="module")
def tic_tac_toe():
    return all_positions(games.make("tic_tac_toe"))


def test_tic_tac_toe_is_solved(tic_tac_toe):
    values = solve(games.make("tic_tac_toe"))
    assert len(values) == 5478
    assert len(tic_tac_toe) == sum(not state.is_terminal for state in values) == 4520
    assert values[games.make("tic_tac_toe").initial()] == 0
    empty = next(p for p in tic_tac_toe if p.label == "ply 0")
    assert empty.values == (0,) * 9
    # After a corner, only the centre holds.
    corner = next(p for p in tic_tac_toe if str(p.state) == "x../.../...")
    assert [
        a for a, v in zip(corner.state.legal_actions(), corner.values, strict=True) if v == 0
    ] == [4]


def test_symmetric_positions_have_equal_values():
    values = solve(games.make("tic_tac_toe"))
    for state, value in values.items():
        for symmetry in (1, 4, 7):
            assert values[state.transform(symmetry)] == value


def test_small_othello_is_won_by_the_second_player():
    """A known result; passes give the move back, so values must not be turned by plies."""
    game = games.make("othello?size=4")
    values = solve(game)
    assert values[game.initial()] == -1
    passes = [s for s in values if s.legal_actions() == [game.num_actions - 1]]
    assert len(passes) > 100
    assert all(values[s] == -values[s.apply(game.num_actions - 1)] for s in passes)


def test_a_large_game_is_refused():
    with pytest.raises(UserError, match="othello has more than 500 positions"):
        all_positions(games.make("othello"), limit=500)
