"""The promises of symmetries: they commute with everything."""

import numpy as np
from numpy.typing import NDArray

import games
from games.testing.failure import require

_Board = NDArray[np.float32]


def _turned_boards(board: _Board, turn: int) -> _Board:
    """Planes [..., H, W] under one of the eight symmetries of a square."""
    if turn & 1:
        board = board[..., ::-1]
    if turn & 2:
        board = board[..., ::-1, :]
    return board.swapaxes(-1, -2) if turn & 4 else board


class Turns:
    """Symmetries commute with everything, over all states met."""

    def __init__(self, game: games.Game) -> None:
        self._game = game
        # How each symmetry turns the planes is not said by the game: it must be one of the eight
        # ways to turn a board, the same in all states. These are those that fit so far.
        self._turns = [set(range(8)) for _ in range(game.num_symmetries)]
        for action in range(game.num_actions):
            require(
                game.transform_action(action, 0) == action,
                game,
                f"transform_action({action}, 0) is not {action}; symmetry 0 is the identity",
            )

    def check(self, state: games.State, action: int | None, after: games.State | None) -> None:
        """The state, and where it is not terminal the action to the state after it, turned."""
        game = self._game
        require(state.transform(0) == state, game, "transform(0) must be the identity")
        for symmetry in range(game.num_symmetries):
            where = f"under symmetry {symmetry} of {str(state)!r}"
            turned = state.transform(symmetry)
            self._check_facts(state, turned, symmetry, where)
            self._check_planes(state, turned, symmetry, where)
            if action is not None and after is not None:
                moved = game.transform_action(action, symmetry)
                require(
                    turned.apply(moved) == after.transform(symmetry),
                    game,
                    f"to turn and then play {moved} is not to play {action} and then turn, {where}",
                )

    def _check_facts(
        self, state: games.State, turned: games.State, symmetry: int, where: str
    ) -> None:
        legal = sorted(self._game.transform_action(a, symmetry) for a in state.legal_actions())
        require(
            turned.legal_actions() == legal,
            self._game,
            f"the legal actions do not turn with the board {where}",
        )
        require(
            turned.to_play == state.to_play and turned.is_terminal == state.is_terminal,
            self._game,
            f"the player to move, or the end of the game, changes {where}",
        )
        if state.is_terminal:
            require(turned.returns() == state.returns(), self._game, f"the returns change {where}")

    def _check_planes(
        self, state: games.State, turned: games.State, symmetry: int, where: str
    ) -> None:
        before, after = state.observation(), turned.observation()
        fitting = self._turns[symmetry]
        fitting &= {t for t in fitting if np.array_equal(_turned_boards(before, t), after)}
        require(
            bool(fitting),
            self._game,
            f"the planes of the observation do not turn as a board does {where}",
        )
