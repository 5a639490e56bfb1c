"""PettingZoo's connect_four_v3."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from games import make
from games.envs.pettingzoo.environment import TwoPlayerEnv, spaces


class env(TwoPlayerEnv):
    """Connect Four: 7 columns; int8[6, 7, 2], row 0 on top, plane 0 the asking agent's discs.

    After the end the mask still shows the columns that are not full.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["human", "ansi", "rgb_array"],
        "name": "connect_four_v3",
        "is_parallelizable": False,
        "render_fps": 2,
    }

    def __init__(self, render_mode: str | None = None, screen_scaling: int = 9) -> None:
        """A picture is 99 * `screen_scaling` pixels wide. Raises GameError."""
        super().__init__(
            make("connect_four"),
            ("player_0", "player_1"),
            lambda: spaces.Box(0, 1, (6, 7, 2), np.int8),
            render_mode,
            99 * screen_scaling,
        )

    def _planes(self, agent: str) -> NDArray[np.int8]:
        planes = self._state.observation()
        if self.possible_agents[self._state.to_play] != agent:
            planes = planes[::-1]
        return np.ascontiguousarray(planes.transpose(1, 2, 0), np.int8)

    def _mask(self) -> NDArray[np.int8]:
        if not self._state.is_terminal:
            return super()._mask()
        return np.array([square == "." for square in self._state.board()[0]], np.int8)


raw_env = env
