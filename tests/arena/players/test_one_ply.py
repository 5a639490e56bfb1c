from collections import Counter

import pytest

import games
from arena.matches.match import play_match
from arena.players.limit import OWN, Limit
from arena.players.one_ply import OnePlyPlayer
from arena.players.position import Position
from arena.players.specs import resolve
from games.errors import UserError

GAME = games.make("connect_four")
PLAYER = OnePlyPlayer()


def chosen(*actions, count=60, game=GAME):
    """How often each move is played after these, over different seeds."""
    asked = [Position.of(game.initial(), *actions)] * count
    return Counter(decision.action for decision in PLAYER.choose(asked, OWN, range(count)))


def test_it_wins_if_it_can():
    assert set(chosen(3, 0, 3, 0, 3, 0)) == {3}, "rather than block column 1"
    assert set(chosen(1, 1, 2, 2, 3, 3)) == {0, 4}, "both ends of three in a row"


def test_it_blocks_a_win():
    assert set(chosen(3, 0, 3, 0, 3)) == {3}


def test_it_does_not_make_the_other_sides_win_possible():
    # o has three in the second row, whose fourth square is free as soon as column 4 has a stone.
    assert set(chosen(0, 1, 2, 0, 6, 1, 6, 2, count=200)) == set(range(7)) - {3}


def test_where_nothing_helps_or_hurts_it_plays_anything():
    assert set(chosen(count=200)) == set(range(7))
    both_ends = (1, 1, 2, 2, 3)  # x wins in column 1 or 5, whatever o does
    assert set(chosen(*both_ends, count=200)) == set(range(7))


def test_the_seed_decides_and_no_limit_matters():
    asked, seeds = [Position.of(GAME.initial())] * 30, list(range(30))
    one = PLAYER.choose(asked, Limit(depth=1), seeds)
    assert one == PLAYER.choose(asked, Limit(simulations=5), seeds)


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "breakthrough", "hex?size=4"])
def test_it_beats_random_play(name):
    game = games.make(name)
    result = play_match(game, resolve("one_ply", game), resolve("random", game), 60, seed=1)
    assert result.forfeits == (0, 0)
    assert result.rating.elo_low > 0


@pytest.mark.parametrize("text", ["one_ply:3", "one_ply@3", "one_ply?depth=2"])
def test_it_takes_no_options(text):
    with pytest.raises(UserError, match="one_ply"):
        resolve(text, GAME)
