# Written by scripts/dev stubs from the module as built. Do not edit.
"""The network's forward pass in int8."""

from collections.abc import Mapping
from typing import Annotated

import numpy
from numpy.typing import NDArray


def int8_kernels() -> list[str]:
    """
    Names of the int8 kernels that this build and this processor can run, the fastest first; the last is 'scalar', plain C++ for tests.
    """

class Int8Values:
    """
    A layer of a network: int8 weights with a scale an output, or float32.

    M matrices (taps of a convolution, or squares), I inputs, O outputs.
    """

    @staticmethod
    def codes(weights: Annotated[NDArray[numpy.int8], dict(shape=(None, None, None), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], carry: float = 0.0) -> Int8Values:
        """
        From weights int8[M, I, O], scale and bias float32[O]: scale * (codes @ weights)
        + bias, plus `carry` times the codes of the residual input.
        """

    @staticmethod
    def floats(weights: Annotated[NDArray[numpy.float32], dict(shape=(None, None, None), order='C', device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> Int8Values:
        """From weights float32[M, I, O] and bias float32[O]."""

class Int8Weights:
    """The weights of an int8 network, which never change."""

    def __init__(self, sizes: Mapping[str, int], layers: Mapping[str, Int8Values], kernel: str) -> None:
        """
        Takes layers by the names of their modules. Raises GameError if one is missing or does not fit, or if the kernel does not run here.
        """

class Int8Forward:
    """
    Forward passes of a fixed number of rows, B, by one thread at a time, in memory allocated once.
    """

    def __init__(self, network: Int8Weights, rows: int) -> None: ...

    def forward(self, network: Int8Weights) -> None:
        """
        Answers `planes` and `scalars` in `logits` and `wdl`; a row's answer depends on that row alone. Raises GameError if the network has another shape.
        """

    @property
    def planes(self) -> Annotated[NDArray[numpy.uint64], dict(shape=(None, None, None))]:
        """
        Bit planes, uint64[B, P, W], to be filled; bit row * width + column is that square.
        """

    @property
    def scalars(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """Scalars, float32[B, S], to be filled."""

    @property
    def logits(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """Logits of all actions, float32[B, A]."""

    @property
    def wdl(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """Logits of win, draw and loss of the player to move, float32[B, 3]."""
