"""The network: shapes, folding of batch norm, and the fast forward pass on a CPU."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import games
from zero.inference.backends.torch import WinogradNetwork, WinogradSession
from zero.inference.backends.winograd import MAX_TILE, axis_transform, tile_transform
from zero.networks.network import Network, NetworkShape, build, fold, refold
from zero.settings.schema import NetworkSettings

CONTEXTS = ("none", "squeeze", "pool")
BOARDS = [
    (6, 7, "columns", 0),
    (3, 3, "points", 1),
    (8, 8, "points_and_pass", 0),
    (5, 9, "planes", 2),
    (1, 11, "points", 0),
    (19, 19, "points_and_pass", 0),
]

Shapes = Callable[..., NetworkShape]
Trained = Callable[..., Network]


def positions(shape: NetworkShape, rows: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    size = (rows, shape.inputs, shape.height, shape.width)
    return torch.rand(size, generator=generator).round()


def fast(network: WinogradNetwork, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    session = WinogradSession(network, x.shape[0])
    session.input.copy_(x.flatten(2).permute(2, 0, 1))
    policy, wdl = session.forward()
    return torch.from_numpy(policy), torch.from_numpy(wdl)


def close(a: torch.Tensor, b: torch.Tensor, tolerance: float) -> None:
    assert a.shape == b.shape
    assert (a.double() - b.double()).abs().max() <= tolerance * max(1.0, float(b.abs().max()))


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello", "othello?size=6"])
def test_every_game_has_a_network(name: str) -> None:
    game = games.make(name)
    shape = NetworkShape.of(game)
    network = build(shape, NetworkSettings(blocks=1, channels=8), seed=1).eval()
    policy, wdl = network(positions(shape, 4))
    assert policy.shape == (4, game.num_actions)
    assert wdl.shape == (4, 3)


def test_points_and_planes_logits_lie_where_the_layout_says(make_shape: Shapes) -> None:
    """The logit of action (row, column, plane) sees what happens on its own square first of all."""
    shape = make_shape(5, 9, "planes")
    network = build(shape, NetworkSettings(blocks=1, channels=8), seed=1).eval()
    x = torch.zeros(1, 2, 5, 9)
    before = network(x)[0].view(5, 9, 3)
    x[0, 0, 4, 8] = 1.0
    moved = (network(x)[0].view(5, 9, 3) - before).abs().amax(2)
    assert moved[4, 8] > 0
    assert moved[0, 0] == 0  # out of reach of one block


def test_the_seed_alone_makes_the_weights(make_shape: Shapes) -> None:
    settings = NetworkSettings(blocks=1, channels=8)
    torch.manual_seed(5)
    first = build(make_shape(6, 7), settings, seed=3).state_dict()
    after = torch.rand(1)
    torch.manual_seed(6)
    again = build(make_shape(6, 7), settings, seed=3).state_dict()
    other = build(make_shape(6, 7), settings, seed=4).state_dict()
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1)), "building a network must not move torch's generator"


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("board", BOARDS, ids=str)
def test_folded_and_fast_networks_answer_alike(
    make_shape: Shapes, make_trained: Trained, board: tuple[int, int, str, int], context: str
) -> None:
    shape = make_shape(*board)
    settings = NetworkSettings(blocks=2, channels=16, context=context, policy_channels=8)  # type: ignore[arg-type]
    network = make_trained(shape, settings)
    x = positions(shape, 5)
    with torch.inference_mode():
        truth = network.double()(x.double())
        network.float()
        for answer in (fold(network)(x), fast(WinogradNetwork(network), x)):
            for a, b in zip(answer, truth, strict=True):
                close(a, b, 3e-5)


@pytest.mark.parametrize("context", CONTEXTS)
def test_weights_are_refreshed_in_place(
    make_shape: Shapes, make_trained: Trained, context: str
) -> None:
    shape = make_shape(8, 8, "points_and_pass")
    settings = NetworkSettings(blocks=2, channels=16, context=context)  # type: ignore[arg-type]
    old, new = make_trained(shape, settings, 1), make_trained(shape, settings, 2)
    x = positions(shape, 3)
    folded, quick = fold(old), WinogradNetwork(old)
    addresses = [p.data_ptr() for p in folded.parameters()]
    refold(folded, new)
    quick.refresh(new)
    assert addresses == [p.data_ptr() for p in folded.parameters()]
    for a, b in zip(folded(x), fold(new)(x), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(fast(quick, x), fast(WinogradNetwork(new), x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("m", range(1, MAX_TILE + 1))
def test_a_winograd_tile_is_a_correlation(m: int) -> None:
    rng = np.random.default_rng(m)
    taps, inputs = rng.standard_normal(3), rng.standard_normal(m + 2)
    a, g, c = tile_transform(m)
    direct = np.array([inputs[i : i + 3] @ taps for i in range(m)])
    assert a.shape == (m, m + 2)
    np.testing.assert_allclose(a @ ((g @ taps) * (c @ inputs)), direct, atol=1e-10)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 16, 17, 19, 25])
def test_an_axis_is_a_padded_correlation(size: int) -> None:
    rng = np.random.default_rng(size)
    taps, squares = rng.standard_normal(3), rng.standard_normal(size)
    axis = axis_transform(size)
    padded = np.pad(squares, 1)
    direct = np.array([padded[i : i + 3] @ taps for i in range(size)])
    result = axis.output @ ((axis.kernel @ taps) * (axis.input @ squares))
    np.testing.assert_allclose(result, direct, atol=1e-10)
    assert axis.products == size + 2 * -(-size // MAX_TILE)
