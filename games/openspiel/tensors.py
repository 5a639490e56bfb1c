"""Turns the observation tensors of OpenSpiel into bit planes and scalars.

OpenSpiel does not say what its tensors contain. So when a game is loaded, a fixed set of random
games is examined.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

_PROBE_GAMES, _PROBE_STATES = 20, 500


@dataclass(frozen=True)
class Form:
    """How to read an observation tensor: which channels are planes, and which are scalars.

    A channel of zeros and ones is a plane; one with the same value on all squares is a scalar. A
    channel that may be either is given both ways, and the other one is 0. If some channel is
    neither, all numbers are scalars of a board of one square.
    """

    shape: tuple[int, ...]
    planes: tuple[int, ...] = ()
    scalars: tuple[int, ...] = ()
    flat: bool = False

    @property
    def board(self) -> tuple[int, int]:
        """Height and width."""
        return (1, 1) if self.flat else (self.shape[1], self.shape[2])

    def split(self, tensor: Any) -> tuple[list[int], list[float]] | None:
        """The planes, each as an int, and the scalars; None for a tensor of another form."""
        import numpy as np

        if self.flat:
            return [], tensor.ravel().tolist()
        rows = tensor.reshape(self.shape[0], -1)
        binary = ((rows == 0) | (rows == 1)).all(axis=1)
        constant = (rows == rows[:, :1]).all(axis=1)
        planes, scalars = list(self.planes), list(self.scalars)
        as_plane = np.isin(np.arange(len(rows)), planes) & binary
        as_scalar = np.isin(np.arange(len(rows)), scalars) & constant & ~as_plane
        if not (as_plane | as_scalar).all():
            return None
        bits = (rows * as_plane[:, None])[planes].astype(np.uint8)
        packed = np.packbits(bits, axis=1, bitorder="little")
        return (
            [int.from_bytes(row.tobytes(), "little") for row in packed],
            (rows[:, 0] * as_scalar)[scalars].tolist(),
        )


def tensor_of(spiel: Any, player: int, shape: tuple[int, ...]) -> Any:
    """float32 of that shape: the observation of a player."""
    import numpy as np

    return np.asarray(spiel.observation_tensor(player), dtype=np.float32).reshape(shape)


class Probe:
    """What a fixed set of random games shows about the tensors and the actions."""

    def __init__(self, game: Any) -> None:
        rng = random.Random(0)
        self._shape = tuple(game.observation_tensor_shape())
        self._binary: Any = True  # bool[C], for each channel
        self._constant: Any = True
        # Actions that lie on squares change the tensor there; all of them, but perhaps the last.
        self._on_squares = self._last_too = True
        self._states = 0
        for _ in range(_PROBE_GAMES):
            spiel = game.new_initial_state()
            self._look(tensor_of(spiel, 0, self._shape))
            while not spiel.is_terminal() and self._states < _PROBE_STATES:
                action = rng.choice(spiel.legal_actions())
                before = tensor_of(spiel, 0, self._shape)
                spiel.apply_action(action)
                after = tensor_of(spiel, 0, self._shape)
                self._look(after)
                self._compare(before, after, action, game.num_distinct_actions())

    def _look(self, tensor: Any) -> None:
        """Notes which channels hold only zeros and ones, and which one value everywhere."""
        self._states += 1
        if len(self._shape) == 3:
            rows = tensor.reshape(self._shape[0], -1)
            self._binary = self._binary & ((rows == 0) | (rows == 1)).all(axis=1)
            self._constant = self._constant & (rows == rows[:, :1]).all(axis=1)

    def _compare(self, before: Any, after: Any, action: int, actions: int) -> None:
        if len(self._shape) != 3:
            return
        channels, height, width = self._shape
        changed = (before != after).reshape(channels, -1).any(axis=0)
        there = action < height * width and bool(changed[action])
        if action == actions - 1:
            self._last_too &= there
        else:
            self._on_squares &= there

    def form(self) -> Form:
        """The form that fits all that was seen."""
        if len(self._shape) != 3 or not (self._binary | self._constant).all():
            return Form((math.prod(self._shape),), flat=True)
        planes, scalars = (
            tuple(int(i) for i in fits.nonzero()[0]) for fits in (self._binary, self._constant)
        )
        return Form(self._shape, planes, scalars)

    def layout(self, form: Form, actions: int) -> str:
        """How the actions lie on the board."""
        squares = form.board[0] * form.board[1]
        if not form.flat and self._on_squares:
            if actions == squares and self._last_too:
                return "points"
            if actions == squares + 1:
                return "points_and_pass"
        return "other"
