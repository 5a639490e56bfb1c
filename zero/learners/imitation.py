"""Imitation: the network learns the moves of stored games (behaviour cloning, Pomerleau 1989).

The targets of a position are the move that was played there and the result of the game as win, draw
and loss of the player to move. The loss is the cross-entropy of both. It needs games of players
that are worth imitating. It is the smallest complete example of a learner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from games import Game, StateBatch
from zero.devices.cores import torch_threads
from zero.experience.source import Games
from zero.learners.common.losses import masked_log_softmax
from zero.learners.common.optimizer import (
    make_optimizer,
    optimizer_tensors,
    restore_optimizer,
    set_rate,
)
from zero.learners.common.parts import join_parts, take_part
from zero.learners.learner import Diverged, Figures
from zero.networks.network import Network
from zero.settings.schema import TrainingSettings


class Imitation:
    """A network, its optimizer, and the games whose moves it learns (see Learner)."""

    method = "imitation"
    plays = "network"

    def __init__(
        self,
        game: Game,
        network: Network,
        settings: TrainingSettings,
        device: str = "cpu",
        *,
        threads: int = 1,
        sampler_threads: int = 1,
    ) -> None:
        self.settings = settings
        self.game = game
        self.device = torch.device(device)
        self.threads = threads
        self.network = network.to(self.device).train()
        self.networks = {"network": self.network}
        self.optimizer = make_optimizer(self.network, settings)
        self.steps = 0
        self.credit = 0.0  # samples that are due
        self.moves: list[tuple[int, ...]] = []  # of each game
        self.returns: list[int] = []  # of player 0
        self.ends: list[int] = []  # positions of the games so far: where each ends

    def take_in(self, experience: Games, phase: int) -> None:
        """Take in games. Every position is to be sampled `training.reuse` times."""
        before = self.total
        for record in experience.records:
            self.moves.append(record.actions)
            self.returns.append(record.returns)
            self.ends.append(self.total + record.plies)
        new: float = self.total - before
        if experience.share is not None:
            new = experience.share * self.total
        self.credit += self.settings.reuse * new

    @property
    def total(self) -> int:
        """Positions taken in."""
        return self.ends[-1] if self.ends else 0

    def learn(self, rate_scale: float, seed: int) -> Figures:
        """Make the steps that are due."""
        steps = max(1, int(self.credit // self.settings.batch)) if self.total else 0
        seen = [self.step(seed, rate_scale) for _ in range(steps)]
        self.credit -= steps * self.settings.batch
        means = np.mean(seen, axis=0) if seen else []
        names = ("loss_policy", "loss_value", "gradient_norm", "move_accuracy")
        return {"steps_done": steps} | dict(zip(names, map(float, means), strict=False))

    def step(self, seed: int, rate_scale: float = 1.0) -> tuple[float, float, float, float]:
        """Take one step on a batch of its own drawing.

        Returns the losses of policy and value, the norm of the gradient before clipping, and the
        share of the moves that the policy foresaw. Raises Diverged if one of them is not finite.
        """
        x, legal, move, result = (part.to(self.device) for part in self.draw(seed, self.steps))
        with torch_threads(self.threads):
            policy, wdl = self.network(x)
            log_policy = masked_log_softmax(policy, legal)
            policy_loss = functional.nll_loss(log_policy, move)
            value_loss = functional.cross_entropy(wdl, result)
            loss = policy_loss + self.settings.value_weight * value_loss
            self.optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.max_grad_norm)
            if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
                raise Diverged(f"learner step {self.steps + 1} was not finite")
            warm_up = min(1.0, (self.steps + 1) / max(1, self.settings.warmup_steps))
            set_rate(self.optimizer, self.settings.learning_rate * warm_up * rate_scale)
            self.optimizer.step()
        self.steps += 1
        foreseen = log_policy.masked_fill(~legal, -math.inf).argmax(1) == move
        accuracy = foreseen.float().mean().item()
        return policy_loss.item(), value_loss.item(), norm.item(), accuracy

    def draw(self, seed: int, step: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draw positions uniformly, as a function of the games, seed and step.

        Returns observations [B, P + S, H, W], legal [B, A], the moves played [B], and the results
        [B]: 0, 1 or 2 for win, draw or loss of the player to move.
        """
        rng = np.random.default_rng([seed, step])
        places = rng.integers(self.total, size=self.settings.batch)
        chosen = np.searchsorted(self.ends, places, side="right")
        states, moves, results = [], [], []
        for place, number in zip(places.tolist(), chosen.tolist(), strict=True):
            played = self.moves[number]
            ply = place - (self.ends[number] - len(played))
            state = self.game.initial()
            for action in played[:ply]:
                state = state.apply(action)
            states.append(state)
            moves.append(played[ply])
            outcome = self.returns[number] if state.to_play == 0 else -self.returns[number]
            results.append(1 - outcome)
        batch = StateBatch.from_states(states)
        x, legal = torch.from_numpy(batch.observe()), torch.from_numpy(batch.legal_mask())
        return x, legal, torch.tensor(moves), torch.tensor(results)

    def figures(self, phase: int) -> Figures:
        """Return the steps made and the positions held."""
        return {"steps": self.steps, "total_positions": self.total}

    def positions(self, count: int, seed: int) -> Mapping[str, npt.NDArray[np.generic]] | None:
        """None are kept as packed planes: a rounded network is scaled on random play."""
        return None

    def tensors(self) -> dict[str, Tensor]:
        """Return the network and the state of its optimizer."""
        state = optimizer_tensors(self.network, self.optimizer)
        return join_parts({"network": self.network.state_dict(), "optimizer": state})

    def counters(self) -> dict[str, Any]:
        """Return the steps made, and the samples due."""
        return {"steps": self.steps, "credit": self.credit}

    def restore(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Take over what `tensors` and `counters` gave."""
        self.roll_back(tensors, counters)
        self.credit = counters["credit"]

    def recall(self, past: Callable[[int], Games]) -> None:
        """Take in the games again."""
        credit = self.credit
        self.take_in(past(self.settings.window_max), 0)
        self.credit = credit

    def roll_back(self, tensors: Mapping[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Put network and optimizer back."""
        self.network.load_state_dict(take_part(tensors, "network"))
        self.optimizer = make_optimizer(self.network, self.settings)
        restore_optimizer(self.network, self.optimizer, take_part(tensors, "optimizer"))
        self.steps = counters["steps"]
