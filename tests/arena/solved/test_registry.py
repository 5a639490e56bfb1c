import games
from arena.solved import (
    all_positions,
    has_solved_positions,
    register,
    registry,
    solved_positions,
)


def test_which_games_have_positions():
    assert has_solved_positions(games.make("tic_tac_toe"))
    assert has_solved_positions(games.make("othello?size=4"))
    assert not has_solved_positions(games.make("othello"))
    assert len(solved_positions(games.make("connect_four"))) == 1200
    assert len(solved_positions(games.make("tic_tac_toe"))) == 4520


def test_every_entry_names_a_game():
    assert all(games.make(name).name == name for name in registry._providers)


def test_an_author_registers_a_game(monkeypatch):
    monkeypatch.setattr(registry, "_providers", dict(registry._providers))
    game = games.make("games.examples.tic_tac_toe:TicTacToe")
    assert not has_solved_positions(game)
    register(game.name, lambda given: all_positions(given)[:10])
    assert has_solved_positions(game)
    assert [position.state.game.name for position in solved_positions(game)] == [game.name] * 10


def test_a_game_without_any_is_solved_if_it_is_small(monkeypatch):
    monkeypatch.setattr(registry, "_providers", {})
    assert len(solved_positions(games.make("tic_tac_toe"))) == 4520
