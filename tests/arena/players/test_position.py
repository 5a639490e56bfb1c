import dataclasses

import pytest

import games
from arena.players.position import Position
from games.errors import GameError

GAME = games.make("connect_four")


def test_a_position_knows_its_line_and_its_state():
    start = GAME.initial()
    position = Position.of(start, 3, 0).apply(3)
    assert (position.start, position.actions, position.plies) == (start, (3, 0, 3), 3)
    assert position.state == start.apply(3).apply(0).apply(3)
    assert position.game.name == "connect_four"
    assert Position.of(start).actions == () and Position.of(start).state == start


def test_extending_leaves_the_one_before_as_it_was():
    position = Position.of(GAME.initial(), 1)
    children = [position.apply(action) for action in range(7)]
    assert position.actions == (1,) and position.state == GAME.initial().apply(1)
    assert [child.actions for child in children] == [(1, action) for action in range(7)]
    with pytest.raises(dataclasses.FrozenInstanceError):
        position.actions = ()


def test_equal_lines_are_equal_and_other_lines_to_one_state_are_not():
    start = GAME.initial()
    assert Position.of(start, 0, 1, 2) == Position.of(start).apply(0).apply(1).apply(2)
    assert hash(Position.of(start, 0)) == hash(Position.of(start, 0))
    one, other = Position.of(start, 0, 1, 2), Position.of(start, 2, 1, 0)
    assert one.state == other.state and one != other


def test_what_is_not_legal_is_refused():
    with pytest.raises(GameError):
        Position.of(GAME.initial(), *[0] * 7)
    with pytest.raises(GameError):
        Position.of(GAME.initial()).apply(7)
