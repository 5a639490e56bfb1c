"""Many games of one kind stepped together, for learners: numpy in, numpy out, no loop over rows.

>>> import numpy as np
>>> from games.envs.batch import BatchEnv, sample
>>> env, rng = BatchEnv("connect_four", 256), np.random.default_rng(1)
>>> observations, info = env.reset()
>>> for _ in range(100):
...     actions = sample(info["action_mask"], rng)
...     observations, rewards, terminated, truncated, info = env.step(actions)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import games

Info = dict[str, NDArray[Any]]


class BatchEnv:
    """B games in the step-wise form of Gymnasium. Each step is one ply in every row.

    Two players, one view: an observation is from the side of the player to move, and the reward of
    a step belongs to the player who made it. The other's reward is the negative. After a step, the
    next observation is usually the opponent's, so the sign of its value has to be flipped:

        target = reward + gamma * info["discount"] * value(next observation)

    with a discount of -1 if the opponent moves next, +1 if the same player does, and 0 if the game
    has ended. (To forget the sign is a common error in two-player learners.)

    A row whose game has ended starts the next game in the same step (Gymnasium's
    AutoresetMode.SAME_STEP). The observation, mask and player returned for it are those of the new
    game; the last observation of the old game is in `info["final_obs"]`. No row ever idles, and no
    transition is lost. The games have no random part: equal actions give equal games.

    Entries of info:

    - "action_mask": bool[B, A], the legal actions of the next step
    - "to_play": int8[B], whose step it is, 0 or 1
    - "discount": float32[B], as above (not after reset)
    - "returns": int8[B, 2], the results of both players if a game ended, otherwise 0 (not after
      reset)
    - "final_obs": float32[K, P + S, H, W], the last observations of the K rows where `terminated`,
      in their order (not after reset)
    """

    def __init__(self, game: games.Game | games.Rules[Any] | str, size: int) -> None:
        """B = size games. Raises GameError for an unknown game or a size that is not possible."""
        self.game = game if isinstance(game, games.Game) else games.make(game)
        self.size = size
        self._batch = games.StateBatch(self.game, size)
        self._to_play = self._batch.to_play()

    @property
    def observation_shape(self) -> tuple[int, int, int]:
        """(P + S, H, W), the shape of one observation."""
        shape = self.game.observation
        return shape.planes + shape.scalars, shape.height, shape.width

    def reset(self) -> tuple[NDArray[np.float32], Info]:
        """Starts a new game in every row: observations float32[B, P + S, H, W], and info."""
        self._batch.reset()
        self._to_play = self._batch.to_play()
        return self._batch.observe(), self._next()

    def step(
        self, actions: NDArray[np.integer]
    ) -> tuple[
        NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], Info
    ]:
        """Plays actions[B], a legal one in each row.

        Returns observations float32[B, P + S, H, W]; rewards float32[B] of the player who has just
        moved, -1, 0 or 1, and 0 while the game goes on; terminated bool[B]; truncated bool[B],
        which is False; and info. Raises GameError, with nothing changed, that names the first row
        whose action is not legal.
        """
        batch, mover = self._batch, self._to_play
        actions = np.asarray(actions)
        if actions.shape != (self.size,) or actions.dtype.kind not in "iu":
            raise games.GameError(
                f"step: actions of the type {actions.dtype} and shape {actions.shape}; give a "
                f"whole number for each of {self.size} games"
            )
        if np.any(actions == -1):
            raise games.GameError("step: action -1 in a row; every row plays a legal action")
        batch.apply(actions)
        terminated = batch.is_terminal()
        returns = batch.returns()
        final = batch.observe(terminated)
        batch.reset(terminated)
        self._to_play = batch.to_play()
        rewards = returns[np.arange(self.size), mover].astype(np.float32)
        discount = np.where(self._to_play == mover, np.float32(1), np.float32(-1))
        discount[terminated] = 0
        info = self._next() | {"discount": discount, "returns": returns, "final_obs": final}
        return batch.observe(), rewards, terminated, np.zeros(self.size, np.bool_), info

    def _next(self) -> Info:
        return {"action_mask": self._batch.legal_mask(), "to_play": self._to_play}


def sample(masks: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """A legal action of each row of masks[B, A], all equally likely: int64[B].

    Raises GameError if a row has none.
    """
    size, width = masks.shape
    rows, actions = np.divmod(np.flatnonzero(masks), width)
    counts = np.bincount(rows, minlength=size)
    if not counts.all():
        raise games.GameError(f"sample: row {counts.argmin()} has no legal action")
    firsts = counts.cumsum() - counts  # where the actions of each row begin
    chosen: NDArray[np.int64] = actions[firsts + rng.integers(0, counts)]
    return chosen
