import pytest

import games
from arena.matches.openings import canonical_actions, canonical_key, make_openings
from games.errors import UserError


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello?size=6"])
def test_openings_are_distinct_unfinished_and_repeatable(name):
    game = games.make(name)
    book = make_openings(game, 12, seed=3)
    assert book.openings == make_openings(game, 12, seed=3).openings
    assert book.reused == 0 and book.warning() == ""
    assert len({canonical_key(opening.state) for opening in book.openings}) == 12
    for opening in book.openings:
        state = game.initial()
        for action in opening.actions:
            state = state.apply(action)
        assert state == opening.state and not state.is_terminal
        assert len(opening.actions) == book.plies


def test_another_seed_gives_other_openings():
    game = games.make("connect_four")
    one, other = (make_openings(game, 10, seed, plies=6).openings for seed in (1, 2))
    assert one != other


def test_more_openings_are_longer():
    game = games.make("connect_four")
    assert make_openings(game, 5, 1).plies == 2
    assert make_openings(game, 60, 1).plies == 3


def test_a_small_game_reuses_its_openings():
    game = games.make("tic_tac_toe")
    # Nine first moves are three up to symmetry: corner, edge and centre.
    book = make_openings(game, 8, seed=1, plies=1)
    assert book.reused == 5
    assert [o.actions for o in book.openings[3:6]] == [o.actions for o in book.openings[:3]]
    assert book.warning() == "only 3 different openings of 1 plies: 5 of 8 pairs repeat one"


def test_all_positions_of_two_plies_are_found():
    game = games.make("tic_tac_toe")
    first, second = game.initial().legal_actions(), range(9)
    keys = {
        canonical_key(game.initial().apply(a).apply(b)) for a in first for b in second if a != b
    }
    assert len(make_openings(game, 1000, 0, plies=2).openings) == 1000
    assert 1000 - make_openings(game, 1000, 0, plies=2).reused == len(keys) == 12


@pytest.mark.parametrize(("plies", "message"), [(9, "0 to 8"), (-1, "0 to 8")])
def test_impossible_lengths_are_refused(plies, message):
    with pytest.raises(UserError, match=message):
        make_openings(games.make("tic_tac_toe"), 4, 1, plies)


def test_no_plies_is_the_initial_position():
    game = games.make("connect_four")
    book = make_openings(game, 3, 1, plies=0)
    assert [o.actions for o in book.openings] == [()] * 3 and book.reused == 2


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello?size=6"])
def test_canonical_forms_ignore_symmetry(name):
    game = games.make(name)
    opening = make_openings(game, 1, 5, plies=4).openings[0]
    for symmetry in range(game.num_symmetries):
        turned = [game.transform_action(a, symmetry) for a in opening.actions]
        assert canonical_actions(game, turned) == canonical_actions(game, opening.actions)
        state = opening.state.transform(symmetry)
        assert canonical_key(state) == canonical_key(opening.state)
    other = (*opening.actions[:-1], *(a for a in range(3) if a != opening.actions[-1]))[:4]
    assert canonical_actions(game, other) != canonical_actions(game, opening.actions)
