"""Rounds a network to 8 bits, and measures how far its answers then are from float32.

The scale of each layer's input follows from its largest value on a sample of positions
(calibration). Other positions decide whether the result may be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from games import Game
from selfplay import Actors, Pool, PoolSettings, SearchSettings, UniformEvaluator
from zero.inference.session import CpuNetwork, Floats, unpack_planes
from zero.networks.network import Network
from zero.settings.schema import InferenceSettings

POSITIONS = 1024  # half for the scales, half for the comparison
_TIE = 0.02  # of probability: actions so close are equally good, and noise decides between them
_LOOKS, _BATCHES_BETWEEN = 32, 11  # games that began together are looked at in all their stages


@dataclass(frozen=True)
class Positions:
    """Observations with their legal actions.

    planes: packed words uint64 [N, P, W]; scalars: float32 [N, S]; legal: bool [N, A].
    """

    planes: npt.NDArray[np.uint64]
    scalars: Floats
    legal: npt.NDArray[np.bool_]

    @classmethod
    def of_sample(cls, sample: Mapping[str, npt.NDArray[Any]]) -> Positions:
        """Take them from a sample of a training window."""
        return cls(sample["planes"], sample["scalars"], sample["legal"])

    def halves(self) -> tuple[Positions, Positions]:
        """Split into every other position and the rest."""
        first, second = (
            Positions(self.planes[i::2], self.scalars[i::2], self.legal[i::2]) for i in (0, 1)
        )
        return first, second

    def observations(self, network: Network) -> Tensor:
        """Return what the network takes in, float32 [N, P + S, H, W]."""
        shape, count = network.shape, len(self.planes)
        planes = torch.from_numpy(unpack_planes(self.planes, shape.squares)).float()
        scalars = torch.from_numpy(self.scalars)[:, :, None].expand(-1, -1, shape.squares)
        whole = torch.cat([planes, scalars], dim=1)
        return whole.view(count, shape.inputs, shape.height, shape.width)


def positions_of_play(game: Game, seed: int = 1) -> Positions:
    """Return positions that nearly random play meets, a function of the game and the seed."""
    size = PoolSettings(slots=POSITIONS // _LOOKS, groups=1)
    pool = Pool(game, SearchSettings(simulations=2), size, seed=seed)
    actors, batch = Actors(pool, [UniformEvaluator()]), pool.batch(0)
    looks = []
    for _ in range(_LOOKS):
        actors.play(batches=_BATCHES_BETWEEN)
        rows = np.flatnonzero(batch.counts)
        legal = np.zeros((len(rows), game.num_actions), np.bool_)
        for row, index in enumerate(rows):
            legal[row, batch.actions[index, : batch.counts[index]]] = True
        looks.append(Positions(batch.planes[rows].copy(), batch.scalars[rows].copy(), legal))
    return Positions(
        np.concatenate([look.planes for look in looks]),
        np.concatenate([look.scalars for look in looks]),
        np.concatenate([look.legal for look in looks]),
    )


@torch.no_grad()
def largest_inputs(folded: Network, x: Tensor) -> dict[str, float]:
    """Return the largest value that enters each convolution and linear layer, by its name.

    `folded`: a network without batch norm; x: observations [N, P + S, H, W].
    """
    largest: dict[str, float] = {}
    hooks = []
    for name, module in folded.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):

            def note(_: nn.Module, inputs: tuple[Tensor], name: str = name) -> None:
                largest[name] = max(largest.get(name, 0.0), float(inputs[0].max()))

            hooks.append(module.register_forward_pre_hook(note))
    try:
        folded(x)
    finally:
        for hook in hooks:
            hook.remove()
    return largest


@dataclass(frozen=True)
class Agreement:
    """How far the answers of a quantised network are from float32, over a sample of positions.

    policy_kl: mean Kullback-Leibler divergence of the quantised policy from the exact one over the
    legal actions, in nats; value_error: mean distance of the values, which lie in [-1, 1];
    best_move: share of positions in which the action that the quantised policy prefers is the best
    in float32 too, or less than 0.02 of probability behind it.
    """

    policy_kl: float
    value_error: float
    best_move: float

    def within(self, limits: InferenceSettings) -> bool:
        """Tell whether the quantised network may be used."""
        return (
            self.policy_kl <= limits.policy_kl
            and self.value_error <= limits.value_error
            and self.best_move >= limits.best_move
        )

    def __str__(self) -> str:
        return (
            f"policy KL {self.policy_kl:.4f}, value error {self.value_error:.4f}, "
            f"same best move {100 * self.best_move:.1f} %"
        )


def answers_of(network: CpuNetwork, positions: Positions) -> tuple[Floats, Floats]:
    """Return a backend's logits [N, A] and [N, 3] of some positions."""
    total = len(positions.planes)
    rows = network.session_rows(total)
    session = network.session(rows)
    policies, wdls = [], []
    for start in range(0, total, rows):
        part = slice(start, min(start + rows, total))
        session.load(positions.planes[part], positions.scalars[part])
        policy, wdl = session.forward()
        policies.append(policy[: part.stop - start].copy())
        wdls.append(wdl[: part.stop - start].copy())
    return np.concatenate(policies), np.concatenate(wdls)


def compare(
    exact: tuple[Floats, Floats], rounded: tuple[Floats, Floats], legal: npt.NDArray[np.bool_]
) -> Agreement:
    """Compare logits of policy [N, A] and of win, draw, loss [N, 3]; legal: bool [N, A]."""
    masked = [
        torch.from_numpy(np.where(legal, policy, -np.inf).astype(np.float64)).log_softmax(1)
        for policy, _ in (exact, rounded)
    ]
    p, q = masked[0].exp(), masked[1].exp()
    terms = torch.where(p > 0, p * (masked[0] - masked[1]), torch.zeros(()).double())
    wdl = [torch.from_numpy(part[1].astype(np.float64)).softmax(1) for part in (exact, rounded)]
    preferred = p.gather(1, q.argmax(1, keepdim=True))[:, 0]
    values = [probabilities[:, 0] - probabilities[:, 2] for probabilities in wdl]
    return Agreement(
        policy_kl=float(terms.sum(1).mean()),
        value_error=float((values[0] - values[1]).abs().mean()),
        best_move=float((p.amax(1) - preferred < _TIE).double().mean()),
    )
