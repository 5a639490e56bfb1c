"""`games.envs.batch` as a vector environment of Gymnasium, for learners that need one.

>>> from games.envs.gymnasium import GameVectorEnv
>>> env = GameVectorEnv("connect_four", 256)
>>> observations, info = env.reset(seed=1)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from games import Game, Rules
from games.envs.batch import BatchEnv
from games.errors import UserError

try:
    from gymnasium import spaces
    from gymnasium.vector import AutoresetMode, VectorEnv
    from gymnasium.vector.utils import batch_space
except ImportError as error:
    raise UserError(f"Gymnasium is not installed ({error}): pip install gymnasium") from None


class GameVectorEnv(
    VectorEnv[NDArray[np.float32], NDArray[np.integer], NDArray[Any]],
):
    """B games as a VectorEnv that resets in the same step. Rewards and info are as in BatchEnv.

    The learner must use `info["action_mask"]`, since an illegal action raises GameError, and
    `info["discount"]`, since the next observation is the opponent's. `info["final_obs"]` has
    Gymnasium's form: an object array of B, with an array in the rows of `info["_final_obs"]`.
    """

    def __init__(self, game: Game | Rules[Any] | str, num_envs: int) -> None:
        """Raises GameError for an unknown game or a number of games that is not possible."""
        self.batch = BatchEnv(game, num_envs)
        self.num_envs = num_envs
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}
        shape = self.batch.observation_shape
        planes = self.batch.game.observation.planes
        low, high = np.zeros(shape, np.float32), np.ones(shape, np.float32)
        low[planes:], high[planes:] = -np.inf, np.inf
        self.single_observation_space = spaces.Box(low, high)
        self.single_action_space = spaces.Discrete(self.batch.game.num_actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Starts a new game in every row. Nothing is random, so the seed changes nothing."""
        super().reset(seed=seed)
        observations, info = self.batch.reset()
        return observations, dict(info)

    def step(
        self, actions: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Plays actions[B]. Raises GameError, with nothing changed, if one is not legal."""
        observations, rewards, terminated, truncated, info = self.batch.step(actions)
        last: NDArray[np.object_] = np.full(self.num_envs, None, dtype=object)
        for row, observation in zip(np.flatnonzero(terminated), info["final_obs"], strict=True):
            last[row] = observation
        infos: dict[str, Any] = {**info, "final_obs": last, "_final_obs": terminated}
        if not terminated.any():
            del infos["final_obs"], infos["_final_obs"]
        return observations, rewards, terminated, truncated, infos
