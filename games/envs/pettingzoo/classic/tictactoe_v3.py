"""PettingZoo's tictactoe_v3."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from games import make
from games.envs.pettingzoo.environment import TwoPlayerEnv, spaces


class env(TwoPlayerEnv):
    """Tic-tac-toe: int8[3, 3, 2], plane 0 the asking agent's marks. Squares run down the columns.

    The agents are player_1 and player_2. Action 1 lies below action 0, and the first axis of an
    observation counts columns. After the end the mask still shows the empty squares.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["human", "ansi", "rgb_array"],
        "name": "tictactoe_v3",
        "is_parallelizable": False,
        "render_fps": 1,
    }

    def __init__(self, render_mode: str | None = None, screen_height: int | None = 1000) -> None:
        """A picture has `screen_height` pixels a side. Raises GameError."""
        super().__init__(
            make("tic_tac_toe"),
            ("player_1", "player_2"),
            lambda: spaces.Box(0, 1, (3, 3, 2), np.int8),
            render_mode,
            screen_height,
        )

    def _native(self, action: int) -> int:
        return action % 3 * 3 + action // 3

    def _planes(self, agent: str) -> NDArray[np.int8]:
        planes = self._state.observation()
        if self.possible_agents[self._state.to_play] != agent:
            planes = planes[::-1]
        return np.ascontiguousarray(planes.transpose(2, 1, 0), np.int8)

    def _mask(self) -> NDArray[np.int8]:
        if self._state.is_terminal:
            empty = ~self._state.observation().any(0)
        else:
            empty = self._state.legal_mask().reshape(3, 3)
        return empty.T.ravel().view(np.int8)


raw_env = env
