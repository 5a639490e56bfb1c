"""Our classic environments and PettingZoo's own, in lock-step.

`scripts/dev compare_pettingzoo` plays 1,000 games of each and prints the table.
"""

from __future__ import annotations

import importlib
import logging
import random
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import chess
import numpy as np
import pettingzoo
import pytest
from pettingzoo.classic.chess import chess_utils
from pettingzoo.test import api_test, seed_test
from pettingzoo.test.render_test import render_test

from compare_pettingzoo import CLASSIC, Difference, both, lockstep, same
from games.envs.pettingzoo.classic import NAMES, register
from games.errors import GameError

# Name, arguments, random games in the short test and their share with illegal actions.
CASES: list[tuple[str, dict[str, Any], int, float]] = [
    ("connect_four_v3", {}, 200, 0.2),
    ("tictactoe_v3", {}, 500, 0.2),
    ("chess_v6", {}, 3, 0.3),
    ("go_v5", {"board_size": 3, "komi": 3}, 100, 0.1),  # draws
    ("go_v5", {"board_size": 5, "komi": -1.3}, 50, 0.1),
    ("go_v5", {"board_size": 9}, 12, 0.1),
    ("go_v5", {}, 1, 0.0),
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without the warnings of each illegal action, and of imports that pettingzoo deprecates."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def modules(name: str) -> tuple[ModuleType, ModuleType]:
    ours = importlib.import_module(f"games.envs.pettingzoo.classic.{name}")
    return ours, importlib.import_module(f"pettingzoo.classic.{name}")


@pytest.mark.parametrize(("name", "arguments", "games", "illegal"), CASES)
def test_random_games_agree(
    name: str, arguments: dict[str, Any], games: int, illegal: float
) -> None:
    turns = lockstep(*both(name, arguments), games, seed=1, illegal=illegal)
    assert turns > 5 * games


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "arguments"), CLASSIC)
def test_thousand_random_games_agree(name: str, arguments: dict[str, Any]) -> None:
    turns = lockstep(*both(name, arguments), 1000, seed=2, illegal=0.1)
    print(f"{name} {arguments}: 1,000 games, {turns:,} turns, no difference")


def chess_position(ours: Any, theirs: Any, rng: random.Random) -> None:
    """A random position of three to six pieces, a few plies before fifty moves are complete."""
    while True:
        board = chess.Board(None)
        pieces = ["K", "k", *rng.choices("PpPpQqRrBbNn", k=rng.randint(1, 4))]
        for square, piece in zip(rng.sample(range(64), len(pieces)), pieces, strict=True):
            board.set_piece_at(square, chess.Piece.from_symbol(piece))
        board.halfmove_clock = rng.randint(90, 98)
        if board.is_valid() and not board.is_game_over():
            break
    theirs.unwrapped.board = board
    ours.reset(options={"position": board.fen()})


def test_chess_endgames_agree() -> None:
    """Random games seldom meet the fifty moves, bare kings or stalemates."""
    assert {"FIFTY_MOVES", "INSUFFICIENT_MATERIAL"} <= play_chess_endgames(25)


@pytest.mark.slow
def test_many_chess_endgames_agree() -> None:
    assert {"CHECKMATE", "STALEMATE", "THREEFOLD_REPETITION"} <= play_chess_endgames(400)


def play_chess_endgames(number: int) -> set[str]:
    """The ways in which they ended."""
    ends = set()
    for seed in range(number):
        ours, theirs = both("chess_v6", {})
        lockstep(ours, theirs, 1, seed, begin=chess_position)
        ends.add(theirs.unwrapped.board.outcome(claim_draw=True).termination.name)
    return ends


def quiet_move(theirs: Any, rng: random.Random) -> int:
    """A move that neither captures, moves a pawn, nor repeats a position, if there is one."""
    board = theirs.unwrapped.board
    mover = board if board.turn else board.mirror()
    fallback = None
    for move in rng.sample(list(mover.legal_moves), mover.legal_moves.count()):
        fallback = chess_utils.moves_to_actions[move.uci()]
        if mover.is_zeroing(move):
            continue
        board.push(move if board.turn else chess_utils.mirror_move(move))
        new = not board.is_repetition(2)
        board.pop()
        if new:
            return fallback
    return fallback


def test_chess_is_drawn_before_the_fiftieth_quiet_move() -> None:
    ours, theirs = both("chess_v6", {})
    lockstep(ours, theirs, 1, seed=3, choose=quiet_move)
    assert theirs.unwrapped.board.halfmove_clock == 99
    assert theirs.unwrapped.board.outcome(claim_draw=True).termination.name == "FIFTY_MOVES"


def play_chess(env: Any, moves: str) -> None:
    """Plays moves such as 'g1f3 g8f6' from the beginning."""
    env.reset()
    for ply, uci in enumerate(moves.split()):
        move = chess.Move.from_uci(uci)
        seen = chess_utils.mirror_move(move).uci() if ply % 2 else uci
        chess_utils.make_move_mapping(seen)
        env.step(chess_utils.moves_to_actions[seen])


def test_chess_threefold_repetition_is_claimed_a_ply_early() -> None:
    """Knights out and back: the eighth ply would bring the first position for the third time."""
    for env in both("chess_v6", {}):
        play_chess(env, "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6")
        assert not any(env.terminations.values())
        play_chess(env, "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1")
        assert env.terminations == {"player_0": True, "player_1": True}
        assert env.rewards == {"player_0": 0, "player_1": 0}


@pytest.mark.parametrize(
    "moves",
    [
        "e2e4 e7e5 g1f3 b8c6 f1c4 g8f6 e1g1 f6e4 d2d4 e5d4",  # castling, double steps
        "e2e4 a7a6 e4e5 d7d5 e5d6 e8d7",  # en passant, and a king that gives up castling
        "a2a4 b7b5 a4b5 a7a6 b5a6 c7c5 a6a7 d7d6 a7b8n d8d7 b8d7",  # underpromotion
        "a2a4 b7b5 a4b5 a7a6 b5a6 c7c5 a6a7 d7d6 a7b8q d8d7 b8b7",
        "f2f3 e7e5 g2g4 d8h4",  # mate
    ],
)
def test_chess_lines_agree(moves: str) -> None:
    ours, theirs = both("chess_v6", {})
    for length in range(len(moves.split()) + 1):
        line = " ".join(moves.split()[:length])
        for env in (ours, theirs):
            play_chess(env, line)
        for agent in theirs.possible_agents:
            assert same(ours.observe(agent), theirs.observe(agent)), (line, agent)
        assert same(ours.last(), theirs.last())
        assert same(ours.infos, theirs.infos)


@pytest.mark.parametrize("name", ["go_v5", "chess_v6"])
def test_games_may_be_longer_than_our_rules_allow(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our longest game has 10,000 plies; before that, counting starts anew."""
    module = importlib.import_module(f"games.envs.pettingzoo.classic.{name}")
    monkeypatch.setattr(module, "RENUMBERED", 3)
    arguments = {"board_size": 5} if name == "go_v5" else {}
    ours, theirs = both(name, arguments)
    turns = lockstep(ours, theirs, 1, seed=5)
    assert ours._plies < turns / 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"komi": float("nan")}, "komi=nan is no number"),
        ({"board_size": 1}, "size"),
        ({"board_size": 20}, "size"),
        ({"render_mode": "svg"}, "no render mode 'svg'"),
    ],
)
def test_arguments_of_go_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError, match=message):
        modules("go_v5")[0].env(**arguments)


@pytest.mark.parametrize("name", NAMES)
def test_a_reset_that_is_refused_changes_nothing(name: str) -> None:
    env = modules(name)[0].env()
    env.reset()
    env.step(int(env.observe(env.agent_selection)["action_mask"].argmax()))
    before = {agent: env.observe(agent) for agent in env.possible_agents}
    with pytest.raises(GameError):
        env.reset(options={"position": "nonsense"})
    assert same({agent: env.observe(agent) for agent in env.possible_agents}, before)


def test_any_other_komi_is_possible() -> None:
    for komi in (1000, -1000, float("inf"), 2.25, 361):
        lockstep(*both("go_v5", {"board_size": 3, "komi": komi}), games=5, seed=6)


def test_a_difference_is_found() -> None:
    """Masks, boards or rewards that differ in one place stop the comparison."""
    ours, theirs = modules("connect_four_v3")

    class Wrong(ours.env):
        def observe(self, agent: str) -> dict[str, np.ndarray]:
            seen = super().observe(agent)
            if seen["observation"].sum() == 12 and agent == "player_1":
                seen["observation"][0, 0, 1] ^= 1
            return seen

    with pytest.raises(Difference, match=r"observe\('player_1'\)"):
        lockstep(Wrong(), theirs.env(), 100, seed=1)


@pytest.mark.parametrize("name", NAMES)
def test_spaces_names_and_metadata(name: str) -> None:
    ours, theirs = (module.env() for module in modules(name))
    assert str(ours) == str(theirs) == name
    assert ours.possible_agents == theirs.possible_agents
    for agent in theirs.possible_agents:
        assert ours.observation_space(agent) == theirs.observation_space(agent)
        assert ours.action_space(agent) == theirs.action_space(agent)
    for key in ("name", "is_parallelizable", "render_fps"):
        assert ours.metadata[key] == theirs.metadata[key]


def message(env: Any, *actions: Any) -> str:
    """What happens if the actions are played in a new game: the kind of error, or 'fine'."""
    env.reset()
    try:
        for action in actions:
            env.step(action)
    except Exception as error:
        return type(error).__name__
    return "fine"


def until_illegal(env: Any) -> list[int]:
    """The first legal action, played again and again until it is not legal."""
    env.reset()
    action = int(env.observe(env.agent_selection)["action_mask"].argmax())
    played = []
    while not any(env.truncations.values()):
        env.step(action)
        played.append(action)
    return played


@pytest.mark.parametrize("name", NAMES)
def test_wrong_actions_are_treated_alike(name: str) -> None:
    ours, theirs = (module.env() for module in modules(name))
    space = theirs.action_space(theirs.possible_agents[0]).n
    for action in (space, -1, None, 1.5, "a", np.float32(1)):
        assert message(ours, action) == message(theirs, action) == "AssertionError"
    over = until_illegal(theirs)
    for last in ([None], [over[0]], [space], [None, None], [None, None, None], [None, None, 0]):
        assert message(ours, *over, *last) == message(theirs, *over, *last), last


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [int, np.int8, np.int32, np.int64, np.array])
def test_actions_of_any_integer_type(name: str, kind: Callable[[int], Any]) -> None:
    ours, theirs = (module.env() for module in modules(name))
    for env in (ours, theirs):
        env.reset()
    legal = np.flatnonzero(theirs.observe(theirs.agent_selection)["action_mask"])
    if kind is np.int8 and legal[0] > 127:
        pytest.skip("no legal action is that small")
    for env in (ours, theirs):
        env.step(kind(int(legal[0])))
    assert same(ours.last(), theirs.last())


@pytest.mark.parametrize("name", NAMES)
def test_pettingzoo_tests_it(name: str) -> None:
    ours, _ = modules(name)
    api_test(ours.env(), num_cycles=200)
    seed_test(ours.env, num_cycles=200)
    render_test(ours.env)


@pytest.mark.parametrize("name", NAMES)
def test_ours_in_the_registry(name: str) -> None:
    from pettingzoo.env_registry.registration import aec_registry

    kept = dict(aec_registry)
    register()
    try:
        env = pettingzoo.make("aec", f"classic/{name}")
    finally:
        aec_registry.update(kept)
    assert type(env).__module__ == f"games.envs.pettingzoo.classic.{name}"
