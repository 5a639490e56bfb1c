"""PettingZoo's chess_v6."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import games
from games.envs.pettingzoo.environment import TwoPlayerEnv, spaces

BOARD = 13  # planes of one board: six kinds of either side, and whether the position came before
HISTORY = 8 * BOARD
AUXILIARY = 7
FIFTY_MOVES = 100  # in plies
RENUMBERED = 5000  # plies after which the text of a position starts to count anew

# The steps (files to the right, ranks up) of the 73 planes, in PettingZoo's order and in ours. Both
# give the planes 64 to 72 to the same underpromotions.
KNIGHT = [(x, y) for x in range(-2, 3) for y in range(-2, 3) if abs(x) + abs(y) == 3]
KING = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
OUR_KING = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
OUR_KNIGHT = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]
STEPS = [(n * x, n * y) for n in range(1, 8) for x, y in KING] + KNIGHT
OUR_STEPS = [(n * x, n * y) for x, y in OUR_KING for n in range(1, 8)] + OUR_KNIGHT
DOUBLE_STEP = OUR_STEPS.index((0, 2))


def _our_numbers() -> NDArray[np.int64]:
    """int64[4672]: the number that our rules give to each action of PettingZoo's."""
    square, plane = np.divmod(np.arange(64 * 73), 73)
    file, rank = np.divmod(square, 8)
    our_plane = np.array([*map(OUR_STEPS.index, STEPS), *range(64, 73)])
    numbers: NDArray[np.int64] = ((7 - rank) * 8 + file) * 73 + our_plane[plane]
    return numbers


OURS = _our_numbers()
THEIRS = np.argsort(OURS)

# The planes of the eight boards with the two sides exchanged.
OTHER_SIDE = (
    np.arange(HISTORY).reshape(8, BOARD)[:, [*range(6, 12), *range(6), BOARD - 1]].reshape(-1)
)


class env(TwoPlayerEnv):
    """Chess: 8 * 8 * 73 actions of the mover, who plays up; bool[8, 8, 111], row 0 on top.

    player_1 sees the board mirrored top to bottom, with the colours exchanged. Channels 0 to 3: all
    1 where the agent may castle on the king's and the queen's side, and the other agent; 4: all 1
    for player_1; 5: one square, the number of plies without progress halved; 6: all 1; then the
    last eight boards, of 13 channels each: pawns, knights, bishops, rooks, queens, king of the
    agent, those of the other, and all 1 if the position came before. There is no board before the
    first move: white's first observation has no pieces. A pawn that has just made a double step
    stands on its own back rank, whether or not it can be taken.

    The game is a draw as soon as one could be claimed: also if some move would complete fifty moves
    or a threefold repetition. The mask still shows the moves then, and infos have an empty list of
    "legal_moves" after the end.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["human", "ansi", "rgb_array"],
        "name": "chess_v6",
        "is_parallelizable": False,
        "render_fps": 2,
    }

    def __init__(self, render_mode: str | None = None, screen_height: int | None = 800) -> None:
        """A picture has `screen_height` pixels a side. Raises GameError."""
        super().__init__(
            games.make("chess?plies=10000"),
            ("player_0", "player_1"),
            lambda: spaces.Box(0, 1, (8, 8, AUXILIARY + HISTORY), bool),
            render_mode,
            screen_height,
        )

    def _begin(self, options: dict[str, Any]) -> games.State:
        state = super()._begin(options)
        self._boards = np.zeros((8, 8, HISTORY), bool)  # as white sees them
        self._seen = Counter([state.position_key])  # since the last capture or pawn's move
        self._plies = 0
        self._double_step: int | None = None  # the file on which the last move was one
        self._read(state)
        return state

    def _read(self, state: games.State) -> NDArray[np.bool_]:
        """Reads clock and castling rights; returns the present board, bool[13, 8, 8]."""
        seen = state.observation()  # from the side of the agent who moves next
        planes, castling = seen[:BOARD].astype(bool), seen[-5:-1, 0, 0].astype(bool).tolist()
        self._clock = round(100 * float(seen[-1, 0, 0]))
        if state.to_play == 1:
            planes = planes[OTHER_SIDE[:BOARD], ::-1]
            castling = castling[2:] + castling[:2]
        self._castling = castling  # of white and of black, the king's side first
        return planes

    def _native(self, action: int) -> int:
        number = int(OURS[action])
        square, plane = divmod(number, 73)
        row, file = divmod(square, 8)
        self._double_step = None
        if plane == DOUBLE_STEP and row == 6:
            rank = row if self._state.to_play == 0 else 7 - row
            if self._state.board()[rank][file] in "Pp":
                self._double_step = file
        return number

    def _advanced(self, before: games.State) -> None:
        planes = self._read(self._state)
        if self._double_step is not None:
            self._hide(planes, white=before.to_play == 0, file=self._double_step)
        boards = np.empty_like(self._boards)
        boards[..., :BOARD] = planes.transpose(1, 2, 0)
        boards[..., BOARD:] = self._boards[..., :-BOARD]
        self._boards = boards
        self._plies += 1
        if self._clock == 0:
            self._seen.clear()
            if self._plies >= RENUMBERED:
                self._renumber()
        self._seen[self._state.position_key] += 1

    @staticmethod
    def _hide(planes: NDArray[np.bool_], white: bool, file: int) -> None:
        """Puts the pawn that made a double step on its own back rank."""
        pawns, rank, back = (planes[0], 4, 7) if white else (planes[6], 3, 0)
        pawns[rank, file] = False
        pawns[back, file] = True

    def _renumber(self) -> None:
        """Numbers the moves from 1 again, so that our longest game is never reached."""
        *position, _ = str(self._state).split(" ")
        self._state = self._game.parse(" ".join([*position, "1"]))
        self._plies = 0

    def _planes(self, agent: str) -> NDArray[np.bool_]:
        player = self.possible_agents.index(agent)
        out = np.zeros((8, 8, AUXILIARY + HISTORY), bool)
        out[..., 0:2] = self._castling[2 * player : 2 * player + 2]
        out[..., 2:4] = self._castling[2 - 2 * player : 4 - 2 * player]
        out[..., 4] = player == 1
        rank, file = divmod(self._clock // 2, 8)
        out[rank if player else 7 - rank, file, 5] = True
        out[..., 6] = True
        if player == 0:
            out[..., AUXILIARY:] = self._boards
        else:
            np.take(self._boards[::-1], OTHER_SIDE, axis=2, out=out[..., AUXILIARY:])
        return out

    def _mask(self) -> NDArray[np.int8]:
        mask = np.zeros(self._game.num_actions, np.int8)
        state = self._state
        if not state.is_terminal:
            mask[THEIRS[state.legal_actions()]] = 1
        elif state.ending == "insufficient material":
            mask[_moves_of_pieces(str(state))] = 1
        return mask

    def _outcome(self) -> tuple[int, int] | None:
        if self._state.is_terminal:
            return self._state.returns()
        return (0, 0) if self._may_claim() else None

    def _may_claim(self) -> bool:
        """Whether some move completes fifty moves or a threefold repetition."""
        fifty, threefold = self._clock >= FIFTY_MOVES - 1, max(self._seen.values()) >= 2
        if not (fifty or threefold):
            return False
        following = map(self._state.apply, self._state.legal_actions())
        return any(
            self._seen[state.position_key] >= 2 or state.ending.startswith("fifty")
            for state in following
        )

    def _finish_turn(self) -> None:
        super()._finish_turn()
        if any(self.terminations.values()):
            self.infos = {agent: {"legal_moves": []} for agent in self.agents}


def _moves_of_pieces(fen: str) -> list[int]:
    """PettingZoo's actions in a position without pawns; our rules allow none without material."""
    import chess

    board = chess.Board(fen)
    if board.turn == chess.BLACK:
        board = board.mirror()
    actions = []
    for move in board.legal_moves:
        rank, file = divmod(move.from_square, 8)
        to_rank, to_file = divmod(move.to_square, 8)
        actions.append((file * 8 + rank) * 73 + STEPS.index((to_file - file, to_rank - rank)))
    return actions


raw_env = env
