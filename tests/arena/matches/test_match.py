import json

import pytest

import games
from arena.matches.match import play_match
from arena.matches.openings import make_openings
from arena.players.limit import Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.random import RandomPlayer
from arena.players.specs import resolve
from arena.players.thinking import Decision
from games.errors import UserError


class FirstLegal(Player):
    """Plays the first legal action; deterministic."""

    name = "first"

    def choose(self, positions, limit, seeds):
        return [Decision(position.state.legal_actions()[0]) for position in positions]


class Cheat(Player):
    """Answers with the same action everywhere, legal or not."""

    name = "cheat"

    def __init__(self, action):
        self.action = action

    def choose(self, positions, limit, seeds):
        return [Decision(self.action) for _ in positions]


class Logged(Player):
    """Another player, with a log of what it was asked."""

    def __init__(self, player):
        self.player = player
        self.name = player.name
        self.calls = []

    def choose(self, positions, limit, seeds):
        self.calls.append((list(positions), list(seeds)))
        self.limit = limit
        return self.player.choose(positions, limit, seeds)


@pytest.mark.parametrize(("name", "plies"), [("tic_tac_toe", 2), ("connect_four", 4)])
def test_search_beats_random_play(name, plies):
    game = games.make(name)
    result = play_match(
        game, resolve("mcts:50", game), resolve("random", game), 40, seed=1, plies=plies
    )
    assert result.wins + result.draws + result.losses == 40
    assert result.score > 0.85
    assert result.rating.elo_low > 200 and result.rating.los > 0.999


def test_the_same_seed_plays_the_same_match():
    game = games.make("connect_four")

    def play(seed):
        return play_match(game, resolve("mcts:20", game), resolve("random", game), 8, seed).games

    assert play(4) == play(4)
    assert play(4) != play(5)


def test_each_opening_is_played_by_both_sides():
    game = games.make("connect_four")
    result = play_match(game, RandomPlayer(), FirstLegal(), 12, seed=2)
    assert [one.first for one in result.games] == [0, 1] * 6
    openings = [one.actions[: one.opening_plies] for one in result.games]
    assert openings[::2] == openings[1::2]
    assert len(set(openings)) == 6


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello?size=6"])
def test_equal_deterministic_players_share_every_pair(name):
    game = games.make(name)
    result = play_match(game, FirstLegal(), FirstLegal(), 12, seed=2)
    assert result.pairs == (0, 0, 6, 0, 0)
    assert result.score == 0.5
    for one, other in zip(result.games[::2], result.games[1::2], strict=True):
        assert one.actions == other.actions and one.points + other.points == 1


def test_every_game_is_played_by_the_rules():
    game = games.make("othello?size=6")
    result = play_match(game, RandomPlayer(), FirstLegal(), 10, seed=2)
    for one in result.games:
        state = game.initial()
        for action in one.actions:
            state = state.apply(action)
        assert state.is_terminal and state.returns()[0] == one.returns
        assert one.points == (1 + state.returns()[one.first]) / 2
    assert result.mean_plies == sum(len(g.actions) for g in result.games) / 10
    first = sum(1 + g.returns for g in result.games) / 20
    assert result.first_player_score == pytest.approx(first)


def test_all_games_advance_together():
    """A player gets every position in which it is to move in one call, with a seed of its own."""
    game = games.make("connect_four")
    a, b = Logged(RandomPlayer()), Logged(RandomPlayer("other"))
    result = play_match(game, a, b, 20, seed=1, plies=2)
    assert [len(positions) for positions, _ in a.calls[:2]] == [10, 10]
    assert len(a.calls) + len(b.calls) <= 2 * (42 - 2)
    seeds = [seed for player in (a, b) for _, some in player.calls for seed in some]
    assert len(set(seeds)) == len(seeds) == sum(len(g.actions) - 2 for g in result.games)


def test_repeated_games_are_counted():
    game = games.make("tic_tac_toe")
    result = play_match(game, FirstLegal(), FirstLegal(), 40, seed=1, plies=1)
    # Three openings up to symmetry, each played from both sides.
    assert result.unique == 6
    assert result.distinct_pairs == result.rating.pairs == 3
    assert result.reused_openings == 17
    assert result.notes == ("only 3 different openings of 1 plies: 17 of 20 pairs repeat one",)


def test_games_that_are_mirror_images_are_the_same_game():
    game = games.make("connect_four")
    opening = make_openings(game, 1, 0, plies=1).openings[0]
    mirrored = Position.of(game.initial(), *(game.transform_action(a, 1) for a in opening.actions))
    line = _line_of(game, opening.actions)

    class Mirrored(Player):
        """Plays the left-most column after one opening, the right-most after its mirror image."""

        name = "mirrored"

        def choose(self, positions, limit, seeds):
            states = [position.state for position in positions]
            return [Decision(s.legal_actions()[0 if str(s) in line else -1]) for s in states]

    result = play_match(game, Mirrored(), Mirrored(), 4, openings=[opening, mirrored])
    assert len({one.actions for one in result.games}) == 2
    assert result.unique == 2 and result.distinct_pairs == 1


def _line_of(game, actions):
    """The texts of all positions met by playing the first legal action after `actions`."""
    state = game.initial()
    for action in actions:
        state = state.apply(action)
    texts = set()
    while not state.is_terminal:
        texts.add(str(state))
        state = state.apply(state.legal_actions()[0])
    return texts


@pytest.mark.parametrize("action", [10_000, -1, 0])
def test_an_illegal_answer_loses_the_game(action):
    game = games.make("connect_four")
    result = play_match(game, Cheat(action), RandomPlayer(), 10, seed=3)
    assert result.forfeits[0] == sum(one.reason == "illegal" for one in result.games) > 0
    assert result.forfeits[1] == 0
    for one in result.games:
        if one.reason == "illegal":
            assert one.points == 0
    if action == 10_000:
        assert result.losses == 10 and result.pairs == (5, 0, 0, 0, 0)
    swapped = play_match(game, RandomPlayer(), Cheat(action), 10, seed=3)
    assert swapped.forfeits[0] == 0 and swapped.forfeits[1] > 0


def test_given_openings_are_used_in_turn():
    game = games.make("connect_four")
    book = make_openings(game, 2, 1, plies=5).openings
    result = play_match(game, RandomPlayer(), RandomPlayer("b"), 6, openings=book)
    assert [g.actions[:5] for g in result.games[::2]] == [
        book[0].actions,
        book[1].actions,
        book[0].actions,
    ]
    assert result.reused_openings == 1


def test_progress_ends_with_all_games():
    game = games.make("tic_tac_toe")
    seen = []
    result = play_match(game, RandomPlayer(), FirstLegal(), 10, progress=seen.append)
    assert [p.finished for p in seen] == sorted(p.finished for p in seen)
    last = seen[-1]
    assert (last.finished, last.total) == (10, 10)
    assert last.points == result.score * 10
    assert last.plies == sum(len(g.actions) for g in result.games)


@pytest.mark.parametrize("count", [0, 1, 7, -2])
def test_games_come_in_pairs(count):
    with pytest.raises(UserError, match="even number"):
        play_match(games.make("tic_tac_toe"), RandomPlayer(), FirstLegal(), count)


def test_a_book_without_playable_openings_is_refused():
    game = games.make("tic_tac_toe")
    over = Position.of(game.initial(), 0, 3, 1, 4, 2)
    late = Position.of(game.initial().apply(4), 0)
    for book in ([], [over], [late]):
        with pytest.raises(UserError, match="opening"):
            play_match(game, RandomPlayer(), FirstLegal(), 2, openings=book)


def test_a_player_that_answers_too_little_is_a_defect():
    class Mute(Player):
        name = "mute"

        def choose(self, positions, limit, seeds):
            return []

    with pytest.raises(RuntimeError, match="mute gave 0 answers"):
        play_match(games.make("tic_tac_toe"), Mute(), FirstLegal(), 2)


def test_the_result_as_json():
    game = games.make("tic_tac_toe")
    result = play_match(game, RandomPlayer(), FirstLegal(), 10, seed=1)
    figures = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert figures["wins"] + figures["draws"] + figures["losses"] == figures["games"] == 10
    assert sum(figures["pairs"]) == 5
    assert figures["rating"]["score"] == pytest.approx(result.score)


def test_players_are_given_the_line_and_the_limit():
    game = games.make("connect_four")
    a, limit = Logged(RandomPlayer()), Limit(simulations=3)
    result = play_match(game, a, FirstLegal(), 4, limit=limit, plies=2)
    assert a.limit == limit
    assert all(one.start == game.initial() for positions, _ in a.calls for one in positions)
    lines = [one.actions for one in result.games]
    assert all(
        any(line[: position.plies] == position.actions for line in lines)
        for positions, _ in a.calls
        for position in positions
    )


def test_the_limit_of_a_match_holds_for_both():
    game = games.make("tic_tac_toe")
    a, b = Logged(resolve("mcts:500", game)), Logged(resolve("mcts:400", game))
    play_match(game, a, b, 2, limit=Limit(simulations=3))
    with pytest.raises(UserError, match="'mcts:500' cannot be limited by depth"):
        play_match(game, a, b, 2, limit=Limit(depth=3))
