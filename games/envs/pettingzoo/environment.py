"""What all our PettingZoo environments share: turns, legality, rewards, the end, pictures.

PettingZoo builds an environment from a bare one and three wrappers (order of calls, bounds of
actions, illegal actions). Here the three are part of the environment and behave the same. A turn
then costs microseconds instead of tens of microseconds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from games import Game, State, make
from games.errors import GameError, UserError
from games.picture import PIXELS, rgb

try:
    import gymnasium
    from gymnasium import spaces
    from pettingzoo import AECEnv
    from pettingzoo.utils.env_logger import EnvLogger
except ImportError as error:
    raise UserError(f"PettingZoo is not installed ({error}): pip install pettingzoo") from None

__all__ = ["Observation", "TwoPlayerEnv", "spaces"]

Observation = dict[str, NDArray[Any]]

# What is there only between reset() and the end of the game.
_OF_A_GAME = ("agents", "agent_selection", "rewards", "terminations", "truncations", "infos")


class TwoPlayerEnv(AECEnv):  # type: ignore[misc]
    """A two-player game as an AEC environment; a subclass gives the encoding.

    An illegal action ends the game with -1 for its player and 0 for the other, both terminated and
    truncated. Actions outside the action space, and calls out of order, raise AssertionError.
    `render_mode` is None, "ansi" (text), "rgb_array" (uint8[H, W, 3]) or "human" (the text is
    printed after each turn). Environments can be deep-copied and sent to other processes; the copy
    continues where the original was.
    """

    metadata: ClassVar[dict[str, Any]]

    def __init__(
        self,
        game: Game,
        agents: tuple[str, str],
        observation: Callable[[], spaces.Space[Any]],
        render_mode: str | None = None,
        pixels: int | None = None,
    ) -> None:
        """`observation` makes the space of the board's part of an observation, for one agent.

        `pixels` is the longer side of a picture. Raises GameError if there is no such render mode.
        """
        super().__init__()
        modes = self.metadata["render_modes"]
        if render_mode is not None and render_mode not in modes:
            raise GameError(f"no render mode {render_mode!r}; give one of: {', '.join(modes)}")
        self.render_mode = render_mode
        self._pixels = PIXELS if pixels is None else pixels
        self.possible_agents = list(agents)
        self.observation_spaces = {
            agent: spaces.Dict(
                {
                    "observation": observation(),
                    "action_mask": spaces.Box(0, 1, (game.num_actions,), np.int8),
                }
            )
            for agent in agents
        }
        self.action_spaces = {agent: spaces.Discrete(game.num_actions) for agent in agents}
        self._game = game
        self._moved = False

    # ---- what a subclass may change ----------------------------------------------------------

    def _planes(self, agent: str) -> NDArray[Any]:
        """The board as the agent sees it, a new array."""
        raise NotImplementedError

    def _mask(self) -> NDArray[np.int8]:
        """int8[A]: 1 where the action of the selected agent is legal, a new array."""
        return self._state.legal_mask().view(np.int8)

    def _begin(self, options: dict[str, Any]) -> State:
        """The first state; what is kept beside it starts anew."""
        if "position" not in options:
            return self._game.initial()
        state = self._game.parse(options["position"])
        if state.is_terminal:
            raise GameError(f"{self._game.name}: in {str(state)!r} the game is over")
        return state

    def _native(self, action: int) -> int:
        """The number that our rules give to an action of the environment, or -1."""
        return action

    def _advanced(self, before: State) -> None:
        """The state `before` was followed by the present one."""

    def _outcome(self) -> tuple[int, int] | None:
        """The rewards of both players if the game is over now."""
        return self._state.returns() if self._state.is_terminal else None

    # ---- the interface of AECEnv -------------------------------------------------------------

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The space of the agent's observations, always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The space of the agent's actions, always the same object."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts a new game, or from `options["position"]`, a text as `str(state)` writes it.

        Nothing is random, so the seed changes nothing. Raises GameError for a position that is not
        one of the game, or in which the game is over.
        """
        state = self._begin(options or {})
        self._state = state
        self._square = -1  # where the last move went, for the picture
        self._moved = True
        self.agents = self.possible_agents[:]
        self.agent_selection = self.agents[state.to_play]
        self.rewards: dict[str, float] = dict.fromkeys(self.agents, 0)
        self._cumulative_rewards: dict[str, float] = dict.fromkeys(self.agents, 0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        if self.render_mode == "human":
            self.render()

    def observe(self, agent: str) -> Observation:
        """The board as the agent sees it, and its legal actions: none unless it is selected."""
        if not hasattr(self, "_state"):
            EnvLogger.error_observe_before_reset()
        if agent == self.agent_selection:
            mask = self._mask()
        else:
            mask = np.zeros(self._game.num_actions, np.int8)
        return {"observation": self._planes(agent), "action_mask": mask}

    def step(self, action: int | None) -> None:
        """Plays the action of the selected agent; an agent whose game is over gives None.

        Raises AssertionError before reset() and for an action that is not in the action space.
        """
        if not hasattr(self, "_state"):
            EnvLogger.error_step_before_reset()
        self._moved = True
        if not self.agents:
            EnvLogger.warn_step_after_terminated_truncated()
            return
        agent = self.agent_selection
        over = self.terminations[agent] or self.truncations[agent]
        inside = action is not None and self.action_spaces[agent].contains(action)
        assert inside or (over and action is None), "action is not in action space"
        if over:
            self._was_dead_step(action)
            return
        assert action is not None
        before = self._state
        number = self._native(int(action))
        try:
            self._state = before.apply(number)
        except GameError:
            if number in before.legal_actions():
                raise  # a fault of rules written in Python
            self._end_by_illegal_action(agent)
            return
        if self.render_mode == "rgb_array":
            self._square = before.square_of(number)
        self._advanced(before)
        self._finish_turn()

    def _finish_turn(self) -> None:
        outcome = self._outcome()
        if outcome is not None:
            self.rewards = dict(zip(self.agents, outcome, strict=True))
            self.terminations = dict.fromkeys(self.agents, True)
        self._accumulate_rewards()
        self.agent_selection = self.possible_agents[self._state.to_play]
        if self.render_mode == "human":
            self.render()

    def _end_by_illegal_action(self, agent: str) -> None:
        """As PettingZoo's TerminateIllegalWrapper with a reward of -1."""
        EnvLogger.warn_on_illegal_move()
        self._cumulative_rewards[agent] = 0
        self.terminations = dict.fromkeys(self.agents, True)
        self.truncations = dict.fromkeys(self.agents, True)
        self.rewards = dict.fromkeys(self.agents, 0)
        self.rewards[agent] = -1.0
        self._accumulate_rewards()
        self._deads_step_first()

    def agent_iter(self, max_iter: int = 2**63) -> Iterator[str]:
        """The selected agent, again and again, until the game is over or `max_iter` turns are.

        Raises AssertionError before reset(), and if a turn of the loop calls neither step() nor
        reset().
        """
        if not hasattr(self, "_state"):
            EnvLogger.error_agent_iter_before_reset()
        return self._turns(max_iter)

    def _turns(self, left: int) -> Iterator[str]:
        while self.agents and left > 0:
            left -= 1
            agent = self.agent_selection
            assert self._moved, "need to call step() or reset() in a loop over `agent_iter`"
            self._moved = False
            yield agent

    def render(self) -> str | NDArray[np.uint8] | None:
        """The position as the mode says: text, uint8[H, W, 3], or None after printing the text."""
        if not hasattr(self, "_state"):
            EnvLogger.error_render_before_reset()
        if self.render_mode == "rgb_array":
            return rgb(self._state, self._square, self._pixels)
        if self.render_mode is None:
            gymnasium.logger.warn("render() does nothing: no render_mode was given")
            return None
        drawn = self._game.board.style != "none"
        text = "\n".join(map(" ".join, self._state.board())) if drawn else str(self._state)
        if self.render_mode == "ansi":
            return text
        print(text, end="\n\n")
        return None

    def close(self) -> None:
        """Nothing is to be released."""

    # ---- before reset(), and copies ----------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name in _OF_A_GAME:
            raise AttributeError(f"{name} cannot be accessed before reset")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __deepcopy__(self, memo: dict[int, Any]) -> TwoPlayerEnv:
        """Game and states never change, and are shared: so the game needs no name to be made by."""
        made = type(self).__new__(type(self))
        shared = {name: self.__dict__[name] for name in ("_game", "_state") if name in vars(self)}
        rest = {name: value for name, value in vars(self).items() if name not in shared}
        memo[id(self)] = made
        made.__dict__.update(shared, **copy.deepcopy(rest, memo))
        return made

    def __getstate__(self) -> dict[str, Any]:
        kept = dict(self.__dict__, _game=self._game.name)
        if "_state" in kept:
            kept["_state"] = str(self._state)
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        game = make(kept["_game"])
        self.__dict__.update(kept, _game=game)
        if "_state" in kept:
            self._state = game.parse(kept["_state"])
