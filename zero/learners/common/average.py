"""The average of a network's weights over its steps; it plays better than the weights do."""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from zero.networks.network import Network


class AveragedNetwork:
    """A copy of a network that follows it: an exponential moving average of weights and statistics.

    Counters (whole numbers) are copied.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay
        new = network.state_dict()
        pairs = [(old, new[name]) for name, old in self.network.state_dict().items()]
        self._pairs = [pair for pair in pairs if pair[0].is_floating_point()]
        self._counts = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """Move a little towards the network, which has taken this many steps by now.

        The first steps count for more, or the untrained start would be remembered for long.
        """
        decay = min(self._decay, steps / (steps + 10.0))
        averages: list[Tensor] = [old for old, _ in self._pairs]
        weights = [new for _, new in self._pairs]
        get_ema_multi_avg_fn(decay)(averages, weights, steps)  # type: ignore[no-untyped-call]
        for old, new in self._counts:
            old.copy_(new)
