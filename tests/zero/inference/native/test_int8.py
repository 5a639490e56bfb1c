"""The int8 forward pass: its rounding beside torch, all kernels bit for bit, row by row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from games.errors import GameError
from zero.devices.cores import torch_threads
from zero.inference.backends.int8 import Int8Network
from zero.inference.quantization import Positions, largest_inputs
from zero.inference.session import Floats, Maxima
from zero.networks.network import Block, ConvNorm, Network, NetworkShape, fold
from zero.settings.schema import NetworkSettings
from zero_core.inference import Int8Values, Int8Weights, int8_kernels

Shapes = Callable[..., NetworkShape]
Trained = Callable[..., Network]
Answers = tuple[Floats, Floats]
KERNELS = int8_kernels()
VECTORS = [kernel for kernel in KERNELS if kernel != "scalar"]

# Widths below, at and between the kernels' vectors; boards of one square, one line, one word, more;
# convolutions square by square, and for pairs of squares along either axis, with a last one left.
CASES = {
    "narrow": ((6, 7, "columns"), NetworkSettings(blocks=2, channels=4, policy_channels=3)),
    "vectors": ((6, 7, "columns", 2), NetworkSettings(blocks=2, channels=64, value_channels=5)),
    "between": ((5, 6, "points_and_pass", 1), NetworkSettings(blocks=1, channels=84)),
    "squeeze": ((8, 5, "points"), NetworkSettings(blocks=2, channels=48, context="squeeze")),
    "pool": ((9, 9, "points_and_pass", 3), NetworkSettings(blocks=2, channels=36, context="pool")),
    "planes": ((8, 8, "planes", 3), NetworkSettings(blocks=1, channels=16, value_hidden=8)),
    "line": ((1, 9, "columns"), NetworkSettings(blocks=1, channels=20, policy_channels=17)),
    "square": ((1, 1, "columns", 4), NetworkSettings(blocks=1, channels=8)),
    "plain": ((4, 3, "columns"), NetworkSettings(blocks=2, channels=64)),
    "plain squeeze": ((3, 3, "points"), NetworkSettings(blocks=1, channels=12, context="squeeze")),
    "plain pool": ((3, 3, "points"), NetworkSettings(blocks=1, channels=70, context="pool")),
}
PAIRED = {"narrow": 1, "vectors": 1, "between": 2, "squeeze": 1, "pool": 1, "planes": 1, "line": 2}


class Case:
    """A network, random positions, and the largest values on them."""

    def __init__(self, network: Network, rows: int = 128) -> None:
        self.network, shape = network, network.shape
        rng = np.random.default_rng(1)
        bits = rng.random((rows, shape.planes, 64 * shape.words_per_plane)) < 0.3
        packed = np.packbits(bits, axis=-1, bitorder="little")  # also beyond the board
        scalars = rng.normal(0, 1, (rows, shape.scalars)).astype(np.float32)
        legal = np.ones((rows, shape.actions), np.bool_)
        self.positions = Positions(packed.view(np.uint64), scalars, legal)
        self.x = self.positions.observations(network)
        self.maxima: Maxima = largest_inputs(fold(network), self.x)

    def answers(self, kernel: str, rows: slice, maxima: Maxima | None = None) -> Answers:
        planes, scalars = self.positions.planes[rows], self.positions.scalars[rows]
        session = Int8Network(self.network, maxima or self.maxima, kernel).session(len(planes))
        session.load(planes, scalars)
        policy, wdl = session.forward()
        return policy.copy(), wdl.copy()


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    with torch_threads(1):
        yield


_made: dict[str, Case] = {}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, make_shape: Shapes, make_trained: Trained) -> Case:
    name: str = request.param
    if name not in _made:
        size, settings = CASES[name]
        _made[name] = Case(make_trained(make_shape(*size), settings))
    return _made[name]


def same(a: Answers, b: Answers) -> bool:
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


class Reference:
    """What the kernels compute, with torch's convolutions in float64."""

    def __init__(self, network: Network, maxima: Maxima, paired: int) -> None:
        self.network, self.maxima, self.paired = fold(network).double(), maxima, paired

    def stepped(self, x: Tensor, entered: str) -> Tensor:
        step = self.maxima[entered] / 255
        return (x / step).round().clamp(0, 255) * step

    def weights(self, weight: Tensor) -> Tensor:
        weight = weight.float()  # in which what lies between two codes is decided
        step = weight.abs().amax(tuple(range(1, weight.dim())), keepdim=True) / 127
        return (weight / step).round().double() * step.double()

    def convolve(self, x: Tensor, layer: ConvNorm) -> Tensor:
        weight, bias = layer.folded()
        return functional.conv2d(x, self.weights(weight), bias, padding=layer.conv.padding)

    def convolve_block(self, x: Tensor, layer: ConvNorm, entered: str) -> Tensor:
        """In pairs, the rounded factors of first and second squares amount to two kernels."""
        if not self.paired:
            return self.convolve(self.stepped(x, entered), layer)
        step = self.maxima[entered] / 255
        codes = (x / step).round().clamp(0, 255)
        halved = (codes / 2).round().clamp(0, 127) * (2 * step)
        axis = 1 + self.paired  # of the weights and of the board
        weight, bias = layer.folded()
        g0, g1, g2 = weight.float().unbind(axis)
        factors = [g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2]
        q0, q1, q2, q3 = self.weights(torch.stack(factors, axis)).unbind(axis)
        first = torch.stack([q0, q1 - q2, q1 + q2 - q0], axis)
        second = torch.stack([q1 + q2 - q3, q1 - q2, q3], axis)
        out, other = (
            functional.conv2d(halved, kernel, bias, padding=1) for kernel in (first, second)
        )
        odd = torch.arange(1, x.shape[axis], 2)
        return out.index_copy(axis, odd, other.index_select(axis, odd))

    def stem(self, x: Tensor) -> Tensor:
        planes, (weight, bias) = self.network.shape.planes, self.network.stem.folded()
        weight[:, :planes] = self.weights(weight[:, :planes])
        return functional.conv2d(x, weight, bias, padding=1)

    def block(self, x: Tensor, block: Block, name: str) -> Tensor:
        hidden = self.convolve_block(x, block.first, f"{name}.first.conv")
        if block.context == "pool":
            own = hidden[:, : -block.pooled]
            pooled = hidden[:, -block.pooled :].relu()
            whole = torch.cat([pooled.mean((2, 3)), pooled.amax((2, 3))], dim=1)
            hidden = own + block.spread(whole)[:, :, None, None]
        out = self.convolve_block(hidden, block.second, f"{name}.second.conv")
        if block.context == "squeeze":
            gate = block.excite(block.squeeze(out.mean((2, 3))).relu()).sigmoid()
            out = out * gate[:, :, None, None]
        return x + out

    @torch.no_grad()
    def answers(self, x: Tensor) -> tuple[npt.NDArray[np.float64], ...]:
        policy, value = self.network.policy, self.network.value
        x = self.stem(x.double())
        for i, block in enumerate(self.network.blocks):
            assert isinstance(block, Block)
            x = self.block(self.stepped(x, f"blocks.{i}.first.conv"), block, f"blocks.{i}")
        x = self.stepped(x, "policy.reduce.conv")
        hidden = self.convolve(x, policy.reduce).relu()
        if policy.on_board:
            logits = policy.points(hidden).permute(0, 2, 3, 1).flatten(1)
            if policy.others is not None:
                whole = torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1)
                logits = torch.cat([logits, policy.others(whole)], dim=1)
        else:
            logits = policy.linear(hidden.flatten(1))
        reduced = self.stepped(self.convolve(x, value.reduce), "value.hidden").flatten(1)
        units = functional.linear(reduced, self.weights(value.hidden.weight), value.hidden.bias)
        return logits.numpy(), value.out(units.relu()).numpy()


def test_squares_are_paired_where_that_saves_products(case: Case) -> None:
    name = next(name for name, made in _made.items() if made is case)
    assert Int8Network(case.network, case.maxima).sizes["paired"] == PAIRED.get(name, 0)


def test_the_plain_kernel_computes_the_rounded_network(case: Case) -> None:
    """A sum that lies between two codes may be rounded either way, so a few rows may differ."""
    paired = Int8Network(case.network, case.maxima).sizes["paired"]
    reference = Reference(case.network, case.maxima, paired)
    found = case.answers("scalar", slice(64))
    for a, b in zip(found, reference.answers(case.x[:64]), strict=True):
        off = np.abs(a - b).max(axis=1) / b.std()
        assert np.median(off) < 1e-5
        assert off.max() < 0.05


@pytest.mark.parametrize("rows", [1, 3, 5, 7, 33, 128])
@pytest.mark.parametrize("kernel", VECTORS)
def test_a_vector_kernel_gives_the_same_bits(case: Case, kernel: str, rows: int) -> None:
    assert same(case.answers(kernel, slice(rows)), case.answers("scalar", slice(rows)))


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_row_does_not_depend_on_the_number_of_rows(case: Case, kernel: str) -> None:
    whole = case.answers(kernel, slice(34))
    for first, last in [(0, 1), (1, 4), (4, 9), (9, 16), (16, 34)]:
        part = case.answers(kernel, slice(first, last))
        assert same(part, (whole[0][first:last], whole[1][first:last]))


@pytest.mark.parametrize("kernel", KERNELS)
def test_activations_beyond_the_maxima_are_cut_off(case: Case, kernel: str) -> None:
    """However small the maxima: each code is 255 at most, and no sum is beyond 32 bits."""
    exact = case.answers(kernel, slice(8))
    for factor in (0.5, 1e-3, 1e-30, 0.0):
        maxima = {name: factor * largest for name, largest in case.maxima.items()}
        found = case.answers(kernel, slice(8), maxima)
        assert all(np.isfinite(part).all() for part in found)
        assert not same(found, exact)
        assert same(found, case.answers("scalar", slice(8), maxima))


@pytest.mark.parametrize("kernel", KERNELS)
def test_sums_of_enormous_layers_fit(
    make_shape: Shapes, make_trained: Trained, kernel: str
) -> None:
    """Equal weights on full codes: the sum of 51,984 products would be 1.7 times 2^31."""
    settings = NetworkSettings(blocks=1, channels=4, value_channels=144, value_hidden=4)
    network = make_trained(make_shape(19, 19, "points"), settings)
    with torch.no_grad():
        network.value.hidden.weight.fill_(1e-3)
        network.value.reduce.norm.bias.fill_(1.0)
        network.value.reduce.norm.weight.fill_(1e-9)
    case = Case(network, rows=2)
    expected = network(case.x)[1].detach().numpy()
    np.testing.assert_allclose(case.answers(kernel, slice(2))[1], expected, rtol=0.01)


@pytest.mark.parametrize("kernel", KERNELS)
def test_weights_change_between_passes_and_not_within_one(
    make_shape: Shapes, make_trained: Trained, kernel: str
) -> None:
    size, settings = CASES["narrow"]
    old, new = (Case(make_trained(make_shape(*size), settings, seed)) for seed in (1, 2))
    expected = [case.answers(kernel, slice(9)) for case in (old, new)]
    loaded = Int8Network(old.network, old.maxima, kernel)
    done = threading.Event()
    strange: list[str] = []

    def compute() -> None:
        session = loaded.session(9)
        session.load(old.positions.planes[:9], old.positions.scalars[:9])
        while not done.is_set():
            answers = session.forward()
            if not any(same(answers, each) for each in expected):
                strange.append("neither the old network's answers nor the new one's")

    thread = threading.Thread(target=compute)
    thread.start()
    for i in range(20):
        case = (new, old)[i % 2]
        loaded.refresh(case.network, case.maxima)
    done.set()
    thread.join()
    assert strange == []


def test_what_does_not_fit_is_refused(make_shape: Shapes, make_trained: Trained) -> None:
    shape = make_shape(3, 3)
    small, wide = (
        Case(make_trained(shape, NetworkSettings(blocks=1, channels=channels)))
        for channels in (8, 16)
    )
    with pytest.raises(GameError, match=r"kernel 'abacus' does not run here.*scalar"):
        small.answers("abacus", slice(1))
    loaded = Int8Network(small.network, small.maxima)
    session = loaded.session(2)
    loaded.weights = Int8Network(wide.network, wide.maxima).weights
    with pytest.raises(GameError, match="another shape"):
        session.forward()
    with pytest.raises(GameError, match="rows must be at least 1"):
        loaded.session(0)
    sizes = {
        "height": 3, "width": 3, "planes": 2, "scalars": 0, "actions": 3, "action_planes": 0,
        "channels": 8, "policy_channels": 2, "value_channels": 2, "value_hidden": 2, "pooled": 0,
        "paired": 0,
    }  # fmt: skip
    with pytest.raises(GameError, match="'squeezed' must be given"):
        Int8Weights(sizes, {}, "scalar")
    with pytest.raises(GameError, match="'stem' is missing"):
        Int8Weights(sizes | {"squeezed": 0}, {}, "scalar")
    weights, bias = np.zeros((9, 2, 8), np.int8), np.zeros(8, np.float32)
    for wrong in (
        Int8Values.codes(weights[:8], bias, bias),
        Int8Values.codes(weights, bias[:7], bias),
        Int8Values.codes(weights, bias, bias[:7]),
        Int8Values.floats(weights.astype(np.float32), bias),
    ):
        with pytest.raises(GameError, match=r"'stem' must have weights \[9, 2, 8\] of int8"):
            Int8Weights(sizes | {"squeezed": 0}, {"stem": wrong}, "scalar")
