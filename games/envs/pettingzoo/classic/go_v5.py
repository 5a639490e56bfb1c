"""PettingZoo's go_v5."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import games
from games.envs.pettingzoo.environment import TwoPlayerEnv, spaces

HISTORY = 16  # planes: two for each of the last eight boards
LONGEST = 10_000  # plies of our rules; PettingZoo's have no such end
RENUMBERED = 5000  # plies after which the text of a position starts to count anew


class env(TwoPlayerEnv):
    """Go with simple ko and area scoring: N * N points and the pass; bool[N, N, 17].

    Plane 0 has the stones of the agent who moved last, plane 1 those of the other, and planes 2 to
    15 the same of the seven boards before, each from the side of the agent who had moved then. All
    are 0 before the first move, and both agents see the same. Plane 16 is 0 for black_0 and 1 for
    white_0. A drawn score counts as a win of white_0. After the end the mask shows the pass.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["human", "ansi", "rgb_array"],
        "name": "go_v5",
        "is_parallelizable": False,
        "render_fps": 2,
    }

    def __init__(
        self,
        board_size: int = 19,
        komi: float = 7.5,
        render_mode: str | None = None,
        screen_height: int | None = 800,
    ) -> None:
        """A board of 2 to 19 lines; a picture has `screen_height` pixels a side.

        Raises GameError for other boards, a komi that is no number, or an unknown render mode.
        """
        super().__init__(
            games.make(f"go?size={board_size}&komi={_halves(komi)}&plies={LONGEST}"),
            ("black_0", "white_0"),
            lambda: spaces.Box(0, 1, (board_size, board_size, HISTORY + 1), bool),
            render_mode,
            screen_height,
        )

    def _begin(self, options: dict[str, Any]) -> games.State:
        state = super()._begin(options)
        size = self._game.observation.height
        self._planes_now = np.zeros((HISTORY + 1, size, size), bool)
        self._plies = 0
        return state

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts a new game, as TwoPlayerEnv.reset does."""
        super().reset(seed, options)
        # PettingZoo's numbers are of this type until the game ends.
        self.rewards = dict.fromkeys(self.agents, np.float64(0))
        self._cumulative_rewards = dict.fromkeys(self.agents, np.float64(0))

    def _advanced(self, before: games.State) -> None:
        now, old = np.empty_like(self._planes_now), self._planes_now
        now[2:HISTORY] = old[: HISTORY - 2]
        # Our planes are from the side of the player who moves next.
        theirs, mine = self._state.observation()[:2]
        now[0], now[1] = mine, theirs
        self._planes_now = now
        self._plies += 1
        if self._plies >= RENUMBERED and not self._state.is_terminal:
            self._renumber()

    def _renumber(self) -> None:
        """Counts plies anew (from 2, since one may be a pass): our longest game never comes."""
        position = str(self._state).rpartition(" ")[0]
        self._state = self._game.parse(f"{position} {2 + self._state.to_play}")
        self._plies = 0

    def _planes(self, agent: str) -> NDArray[np.bool_]:
        self._planes_now[HISTORY] = agent == self.possible_agents[1]
        return np.ascontiguousarray(self._planes_now.transpose(1, 2, 0))

    def _mask(self) -> NDArray[np.int8]:
        mask = super()._mask()
        if self._state.is_terminal:
            mask[-1] = 1
        return mask

    def _outcome(self) -> tuple[int, int] | None:
        if not self._state.is_terminal:
            return None
        return (1, -1) if self._state.returns()[0] == 1 else (-1, 1)


def _halves(komi: float) -> float:
    """The komi of our rules, a multiple of 0.5, with which the same scores win."""
    if math.isnan(komi):
        raise games.GameError(f"go_v5: komi={komi} is no number")
    komi = min(max(komi, -400.0), 400.0)  # no board has as many points
    return komi if komi == round(komi) else math.floor(komi) + 0.5


raw_env = env
