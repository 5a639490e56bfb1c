"""The network: a residual tower with a policy head and a win/draw/loss head.

AlphaGo Zero's tower (Silver et al. 2017, "Neural Network Architecture"), with squeeze-excitation
(Hu et al. 2018) or KataGo's global pooling (Wu 2019, section 3.3) where the settings ask for it.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from games import Game
from zero.settings.schema import NetworkSettings


@dataclass(frozen=True)
class NetworkShape:
    """The inputs and outputs of a network; they follow from the game."""

    planes: int
    scalars: int
    height: int
    width: int
    actions: int
    layout: str  # kind of the game's action layout
    action_planes: int  # actions of a square, where the layout lies on the board; else 0

    @classmethod
    def of(cls, game: Game) -> NetworkShape:
        seen, layout = game.observation, game.layout
        on_board = layout.kind in ("points", "points_and_pass", "planes")
        fits = (layout.height, layout.width) == (seen.height, seen.width)
        return cls(
            planes=seen.planes,
            scalars=seen.scalars,
            height=seen.height,
            width=seen.width,
            actions=game.num_actions,
            layout=layout.kind,
            action_planes=layout.planes if on_board and fits else 0,
        )

    @property
    def inputs(self) -> int:
        """Channels of the input: planes and broadcast scalars."""
        return self.planes + self.scalars

    @property
    def squares(self) -> int:
        return self.height * self.width

    @property
    def words_per_plane(self) -> int:
        """64-bit words of a packed plane."""
        return (self.squares + 63) // 64

    def expand(self, planes: Tensor, scalars: Tensor, dtype: torch.dtype) -> Tensor:
        """Unpack positions on the device that holds them: the input of the network.

        planes: the packed words as int64 [B, P * W]; scalars: float32 [B, S]. Returns
        [B, P + S, H, W] in channels_last.
        """
        # Byte by byte, an eighth of the traffic; the lowest comes first on little-endian machines.
        places = torch.arange(8, dtype=torch.uint8, device=planes.device)
        bits = (planes.view(torch.uint8)[:, :, None] >> places) & 1
        x = bits.view(planes.shape[0], self.planes, 64 * self.words_per_plane)
        x = x[..., : self.squares].to(dtype)
        if self.scalars:
            whole = scalars.to(dtype)[:, :, None].expand(-1, -1, self.squares)
            x = torch.cat([x, whole], dim=1)
        x = x.reshape(-1, self.inputs, self.height, self.width)
        return x.contiguous(memory_format=torch.channels_last)

    def to_dict(self) -> dict[str, Any]:
        """Return the shape as plain values, for the header of a checkpoint."""
        return asdict(self)


class ConvNorm(nn.Module):
    """Convolution and batch norm; `fold` turns the two into one convolution with a bias."""

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)
        self.norm: nn.BatchNorm2d | nn.Identity = nn.BatchNorm2d(outputs)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_in", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] -> [B, outputs, H, W]."""
        out: Tensor = self.norm(self.conv(x))
        return out

    def activated(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        """Return the ReLU of forward(x), to which `shortcut` has been added."""
        out = self(x)
        return functional.relu(out if shortcut is None else shortcut + out)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the one convolution that does the same in evaluation mode."""
        weight = self.conv.weight.detach()
        if not isinstance(self.norm, nn.BatchNorm2d):
            assert self.conv.bias is not None
            return weight, self.conv.bias.detach()
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None and variance is not None
        scale = self.norm.weight.detach() * torch.rsqrt(variance + self.norm.eps)
        return weight * scale[:, None, None, None], self.norm.bias.detach() - mean * scale


class Block(nn.Module):
    """Residual block of two 3x3 convolutions, with or without a view of the whole board.

    context "squeeze": the second convolution's channels are scaled by a gate computed from their
    means. "pool": a quarter of the first convolution's channels are pooled (mean and maximum) and
    become biases of the others.
    """

    def __init__(self, channels: int, context: str) -> None:
        super().__init__()
        self.context = context
        self.pooled = max(1, channels // 4) if context == "pool" else 0
        self.first = ConvNorm(channels, channels, 3)
        self.second = ConvNorm(channels - self.pooled, channels, 3)
        assert isinstance(self.second.norm, nn.BatchNorm2d)
        nn.init.zeros_(self.second.norm.weight)  # a block begins as the identity
        if context == "squeeze":
            hidden = max(4, channels // 4)
            self.squeeze = nn.Linear(channels, hidden)
            self.excite = nn.Linear(hidden, channels)
        elif context == "pool":
            self.spread = nn.Linear(2 * self.pooled, channels - self.pooled)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        if self.context == "pool":
            hidden = self.first(x)
            own, pooled = hidden.split([hidden.shape[1] - self.pooled, self.pooled], dim=1)
            pooled = functional.relu(pooled)
            whole = torch.cat([pooled.mean((2, 3)), pooled.amax((2, 3))], dim=1)
            hidden = functional.relu(own + self.spread(whole)[:, :, None, None])
        else:
            hidden = self.first.activated(x)
        if self.context != "squeeze":
            return self.second.activated(hidden, x)
        out = self.second(hidden)
        gate = self.excite(functional.relu(self.squeeze(out.mean((2, 3)))))
        return functional.relu(x + out * torch.sigmoid(gate)[:, :, None, None])


class PolicyHead(nn.Module):
    """Logits of all actions: 1x1 convolutions if actions lie on squares, otherwise a linear map."""

    def __init__(self, channels: int, hidden: int, shape: NetworkShape) -> None:
        super().__init__()
        self.reduce = ConvNorm(channels, hidden, 1)
        self.on_board = shape.action_planes > 0
        if self.on_board:
            self.points = nn.Conv2d(hidden, shape.action_planes, 1)
            others = shape.actions - shape.squares * shape.action_planes
            self.others = nn.Linear(2 * hidden, others) if others else None  # the pass
            _shrink(self.points)
        else:
            self.linear = nn.Linear(hidden * shape.squares, shape.actions)
            _shrink(self.linear)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, A]."""
        hidden = self.reduce.activated(x)
        if not self.on_board:
            out: Tensor = self.linear(hidden.flatten(1))
            return out
        logits: Tensor = self.points(hidden).permute(0, 2, 3, 1).flatten(1)
        if self.others is None:
            return logits
        whole = torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1)
        return torch.cat([logits, self.others(whole)], dim=1)


class ValueHead(nn.Module):
    """Logits of win, draw and loss of the player to move."""

    def __init__(self, channels: int, settings: NetworkSettings, squares: int) -> None:
        super().__init__()
        self.reduce = ConvNorm(channels, settings.value_channels, 1)
        self.hidden = nn.Linear(settings.value_channels * squares, settings.value_hidden)
        self.out = nn.Linear(settings.value_hidden, 3)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        _shrink(self.out)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, 3]."""
        hidden = self.reduce.activated(x).flatten(1)
        out: Tensor = self.out(functional.relu(self.hidden(hidden)))
        return out


class Network(nn.Module):
    """Policy and value of a position, from the mover's side."""

    def __init__(self, shape: NetworkShape, settings: NetworkSettings) -> None:
        super().__init__()
        self.shape, self.settings = shape, settings
        channels = settings.channels
        self.stem = ConvNorm(shape.inputs, channels, 3)
        self.blocks = nn.ModuleList(
            Block(channels, settings.context) for _ in range(settings.blocks)
        )
        self.policy = PolicyHead(channels, settings.policy_channels, shape)
        self.value = ValueHead(channels, settings, shape.squares)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, P + S, H, W] -> logits of the actions [B, A] and of win, draw, loss [B, 3]."""
        x = self.stem.activated(x)
        for block in self.blocks:
            x = block(x)
        return self.policy(x), self.value(x)


def _shrink(layer: nn.Linear | nn.Conv2d) -> None:
    """Begin a last layer small: an untrained network is nearly neutral, but not symmetric."""
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.mul_(0.1)
        layer.bias.zero_()


def build(shape: NetworkShape, settings: NetworkSettings, seed: int) -> Network:
    """Return a new network; its weights are a function of the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(shape, settings)


def fold(network: Network) -> Network:
    """Return an inference copy without batch norm: same answers as `network` in eval mode."""
    folded = copy.deepcopy(network).eval().requires_grad_(False)
    for module in folded.modules():
        if isinstance(module, ConvNorm):
            weight, bias = module.folded()
            module.conv.weight.copy_(weight)
            module.conv.bias = nn.Parameter(bias.clone(), requires_grad=False)
            module.norm = nn.Identity()
    return folded


@torch.no_grad()
def refold(folded: Network, network: Network) -> None:
    """Bring the weights of `network` into `fold(network)`'s result, in place, on any device."""
    sources, targets = dict(network.named_modules()), dict(folded.named_modules())
    inside: set[str] = set()
    for name, target in targets.items():
        if isinstance(target, ConvNorm):
            source = sources[name]
            assert isinstance(source, ConvNorm) and target.conv.bias is not None
            weight, bias = source.folded()
            target.conv.weight.copy_(weight)
            target.conv.bias.copy_(bias)
            inside |= {f"{name}.conv.weight", f"{name}.conv.bias"}
    plain = dict(network.named_parameters())
    for name, parameter in folded.named_parameters():
        if name not in inside:
            parameter.copy_(plain[name])
