"""What a player inherits; and that nothing asks a player for its class."""

import ast
from pathlib import Path

import pytest

import games
from arena.players.limit import OWN, Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.specs import resolve
from arena.players.thinking import Decision
from games.errors import UserError

ROOT = Path(__file__).parents[3]
START = Position.of(games.make("tic_tac_toe").initial())


class Seeded(Player):
    """Plays the action that the seed says; counts how often it is asked."""

    name = "seeded"
    calls = 0

    def choose(self, positions, limit, seeds):
        self.calls += 1
        return [Decision(seed) for seed in seeds]


def test_name_and_choose_are_all_that_a_player_needs():
    player = Seeded()
    assert not player.searches
    thinking = player.think(START, Limit(simulations=9), 4)
    assert thinking.thought() is None and player.calls == 0
    assert not thinking.advance()
    assert thinking.decision() == Decision(4) and thinking.decision() == Decision(4)
    assert player.calls == 1, "one question is asked once"
    assert thinking.position is START and thinking.thought() is None
    with pytest.raises(UserError, match="'seeded' does not search"):
        player.limited(Limit(simulations=3), 1.0)
    player.close()


def test_the_default_of_thinking_decides_when_asked_at_once():
    thinking = Seeded().think(START, OWN, 7)
    thinking.stop()
    assert thinking.decision() == Decision(7)
    assert Seeded().think(START, OWN, 2).finish() == Decision(2)


def test_a_player_must_choose():
    class Nobody(Player):
        name = "nobody"

    with pytest.raises(TypeError, match="choose"):
        Nobody()


def test_those_who_search_say_so():
    game = games.make("tic_tac_toe")
    searching = [kind for kind in ("random", "one_ply", "mcts:9") if resolve(kind, game).searches]
    assert searching == ["mcts:9"]


def test_nothing_asks_a_player_for_its_class():
    wrong = []
    for path in [*(ROOT / "arena").rglob("*.py"), *(ROOT / "zero").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            asked = isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "type")
            if asked and any("Player" in ast.unparse(argument) for argument in node.args):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
