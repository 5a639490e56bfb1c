"""What several tests of networks and learners need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from zero.learners.common.gradients import Sample
from zero.networks.network import Network, NetworkShape, build
from zero.settings.schema import NetworkSettings


def _shape(height: int, width: int, layout: str = "columns", scalars: int = 0) -> NetworkShape:
    actions = {
        "columns": width,
        "points": height * width,
        "points_and_pass": height * width + 1,
        "planes": height * width * 3,
    }[layout]
    on_board = {"columns": 0, "planes": 3}.get(layout, 1)
    return NetworkShape(2, scalars, height, width, actions, layout, on_board)


@pytest.fixture
def make_shape() -> Callable[..., NetworkShape]:
    return _shape


def _trained(shape: NetworkShape, settings: NetworkSettings, seed: int = 1) -> Network:
    """A network as if trained: its batch norms and last layers are far from their beginnings."""
    network = build(shape, settings, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None and module.running_var is not None
                module.running_mean.normal_(0, 0.3, generator=generator)
                module.running_var.uniform_(0.5, 2, generator=generator)
                module.weight.uniform_(0.3, 1, generator=generator)
                module.bias.normal_(0, 0.3, generator=generator)
        network.value.out.weight.mul_(10)
        last = network.policy.points if network.policy.on_board else network.policy.linear
        last.weight.mul_(10)
    return network.eval()


@pytest.fixture
def make_trained() -> Callable[..., Network]:
    return _trained


def _sample(shape: NetworkShape, rows: int, seed: int) -> Sample:
    """A batch as the window gives it, of random positions."""
    rng = np.random.default_rng(seed)
    legal = rng.random((rows, shape.actions)) < 0.7
    legal[:, 0] = True
    policy = rng.random((rows, shape.actions)) ** 3 * legal
    mask = (1 << min(shape.squares, 64)) - 1
    planes = rng.integers(0, 1 << 63, (rows, shape.planes, shape.words_per_plane), np.uint64)
    return {
        "planes": planes & np.uint64(mask),
        "scalars": rng.random((rows, shape.scalars), np.float32),
        "policy": (policy / policy.sum(1, keepdims=True)).astype(np.float32),
        "legal": legal,
        "wdl": np.eye(3, dtype=np.float32)[rng.integers(0, 3, rows)],
    }


@pytest.fixture
def make_sample() -> Callable[..., Sample]:
    return _sample


@dataclass
class Rows:
    """A batch as the native search hands it over."""

    planes: npt.NDArray[np.uint64]
    scalars: npt.NDArray[np.float32]
    actions: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.int32]
    logits: npt.NDArray[np.float32]
    wdl: npt.NDArray[np.float32]


def _rows(shape: NetworkShape, rows: int, seed: int, max_legal: int = 7) -> Rows:
    rng = np.random.default_rng(seed)
    words = (rows, shape.planes, shape.words_per_plane)
    counts = rng.integers(1, max_legal + 1, rows).astype(np.int32)
    counts[::5] = 0
    actions = np.full((rows, max_legal), 65535, np.uint16)  # what padding holds is no concern
    for row, count in enumerate(counts):
        actions[row, :count] = np.sort(rng.choice(shape.actions, count, replace=False))
    return Rows(
        rng.integers(0, 1 << 63, words, np.uint64),
        rng.random((rows, shape.scalars), np.float32),
        actions,
        counts,
        np.zeros((rows, max_legal), np.float32),
        np.zeros((rows, 3), np.float32),
    )


@pytest.fixture
def make_rows() -> Callable[..., Rows]:
    return _rows
