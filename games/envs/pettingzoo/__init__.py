"""Every game as an environment of PettingZoo, in our own encoding.

>>> from games.envs.pettingzoo import make
>>> env = make("othello?size=6")
>>> env.reset()
>>> for agent in env.agent_iter():
...     observation, reward, terminated, truncated, info = env.last()
...     over = terminated or truncated
...     mask = observation["action_mask"]
...     env.step(None if over else env.action_space(agent).sample(mask))

For environments that take the place of PettingZoo's own (connect_four_v3 and others), with their
encodings, see `games.envs.pettingzoo.classic`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import games
from games.envs.pettingzoo.environment import TwoPlayerEnv, spaces


class GameEnv(TwoPlayerEnv):
    """A game of ours as an AEC environment. Agents: player_0 (moves first) and player_1.

    An observation is {"observation": float32[P + S, H, W], "action_mask": int8[A]}, the encoding
    of `State.observation()`. It is always from the side of the player to move, whoever asks (at the
    end: of the player who would move); only the mask differs, which is all 0 for the agent who is
    not to move. So a policy that is asked in its agent's turn always sees its own side, and a
    learner that looks at the position after its move sees the opponent's.

    Actions are those of the game. The rewards are the returns, -1, 0 or 1, given to both agents at
    once when the game ends. Nothing is ever truncated, and infos are empty.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "zero",
        "render_modes": ["human", "ansi", "rgb_array"],
        "is_parallelizable": False,
        "render_fps": 2,
    }

    def __init__(
        self, game: games.Game, render_mode: str | None = None, pixels: int | None = None
    ) -> None:
        """`pixels` is the longer side of a picture. Raises GameError for another render mode."""
        shape = game.observation
        size = (shape.planes + shape.scalars, shape.height, shape.width)
        low, high = np.zeros(size, np.float32), np.ones(size, np.float32)
        low[shape.planes :], high[shape.planes :] = -np.inf, np.inf
        modes = ["human", "ansi"] if game.board.style == "none" else self.metadata["render_modes"]
        self.metadata = {  # type: ignore[misc]
            **self.metadata,
            "name": game.name,
            "render_modes": modes,
        }
        super().__init__(
            game, ("player_0", "player_1"), lambda: spaces.Box(low, high), render_mode, pixels
        )

    def _planes(self, agent: str) -> NDArray[np.float32]:
        return self._state.observation()


def make(
    game: games.Game | games.Rules[Any] | str,
    render_mode: str | None = None,
    pixels: int | None = None,
) -> GameEnv:
    """The game, or that of the name, such as "othello?size=6", as an AEC environment.

    The modes are "ansi" (text), "rgb_array" (uint8[H, W, 3], the longer side `pixels` long) and
    "human" (the text is printed after each turn). Raises GameError for an unknown game, parameter
    or mode.
    """
    made = game if isinstance(game, games.Game) else games.make(game)
    return GameEnv(made, render_mode, pixels)
