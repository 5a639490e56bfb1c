"""Games written in Python: subclass `Rules`, and the game works wherever a native one does.

games/examples/snort.py is a complete game, and `games.testing.check(MyGame())` says what is wrong
with yours. The command line names a game as `module:Class`, with the keyword arguments of its
`__init__` as parameters: `zero train mygame:MyGame?size=5`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, Generic, Self, TypeVar

from games.python.parameters import signature

S = TypeVar("S", bound=Hashable)

Planes = Sequence[Any]  # P planes; `Rules.observe` says what a plane may be

_POINTS = ("points", "points_and_pass")
LAYOUTS = ("points", "points_and_pass", "columns", "planes", "other")
STYLES = ("squares", "points", "hexagons", "none")


class Rules(ABC, Generic[S]):
    """The rules of a game of two players, 0 (moves first) and 1, with perfect information.

    The methods are those of the C++ concept in games/native/core/rules.hpp, with the same defaults.
    Only keys are missing. They are hashes of the text, and of what a network sees together with the
    legal actions; C++ computes them faster than Python could.

    S is the type of a state: any immutable, hashable value, such as a tuple, a str or a frozen
    dataclass. No method may change the state it is given. Methods are called from several threads,
    one at a time. The parameters of `__init__`, each with a default (int, float, bool or str), are
    those of the game. Everything else is in attributes of the class or of the object; they are
    whole numbers unless stated otherwise.
    """

    height: int  # of the board on which planes lie, and actions unless layout is "other"
    width: int
    planes: int  # P: bit planes of an observation
    scalars: int = 0  # S: numbers that hold for the whole board
    max_plies: int  # no game is longer
    # How actions lie on the board: "points" (action = row * width + column), "points_and_pass" (and
    # the last action is the pass), "columns" (action = column), "planes" (action =
    # (row * width + column) * action_planes + plane), or "other", where num_actions says how many.
    layout: str = "points"
    action_planes: int = 1
    num_actions: int | None = None  # A: actions are 0 to A - 1; follows from the layout
    max_legal_actions: int | None = None  # L: no position has more; None = A
    num_symmetries: int = 1  # counting the identity, which is symmetry 0
    goal: str | None = None  # how the game is won, in one line; None = the class's docstring
    # How the terminal draws what `draw` gives: "squares", "points" (stones on crossings),
    # "hexagons", or "none" to show `picture`. None = "squares" if `draw` is defined, else "none".
    style: str | None = None
    column_names: Sequence[str] | None = None  # from the left; None = a, b, c, ...
    row_names: Sequence[str] | None = None  # from the top; None = 1, 2, 3, ...

    parameters: dict[str, Any]  # of this object, by name; set when it is made

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Makes the object, and remembers its parameters, which are part of the game's name."""
        made = super().__new__(cls)
        bound = signature(cls).bind(*args, **kwargs)
        bound.apply_defaults()
        object.__setattr__(made, "parameters", dict(bound.arguments))
        return made

    @abstractmethod
    def initial(self) -> S:
        """The state before the first ply; player 0 is to move."""

    @abstractmethod
    def to_play(self, state: S) -> int:
        """The player to move, 0 or 1; at the end of a game, the one who would move."""

    @abstractmethod
    def legal_actions(self, state: S) -> Sequence[int]:
        """The legal actions in ascending order, none exactly at the end of the game.

        A player who cannot move while the game goes on has an action to pass.
        """

    @abstractmethod
    def apply(self, state: S, action: int) -> S:
        """The state after a legal action: a new value."""

    @abstractmethod
    def returns(self, state: S) -> tuple[int, int]:
        """What player 0 and player 1 get at the end: (1, -1), (-1, 1) or (0, 0)."""

    @abstractmethod
    def observe(self, state: S) -> Planes | tuple[Planes, Sequence[float]]:
        """What a network sees, best from the side of the player to move.

        P planes, each an int whose bit row * width + column is that square (row 0 is the top), or
        height * width numbers 0 and 1, or rows of them; a numpy array [P, H, W] will do. With
        scalars: a pair of the planes and S finite numbers, best between -1 and 1.
        """

    @abstractmethod
    def to_string(self, state: S) -> str:
        """One printable line that says all of the state, the player to move included.

        The keys of states come from it.
        """

    @abstractmethod
    def from_string(self, text: str) -> S:
        """The state that `to_string` wrote. Raises ValueError (or GameError) for anything else."""

    def is_terminal(self, state: S) -> bool:
        """Whether the game is over: by default, if there is no legal action."""
        return not self.legal_actions(state)

    def ending(self, state: S) -> str:
        """Why the game is over, in a few words such as "stalemate"; by default "".

        It is "" before the end, and where the end explains itself.
        """
        return ""

    def action_to_string(self, state: S, action: int) -> str:
        """The action as people write it.

        By default a point is "b3" (column b, row 3 from the top), a column "3", a pass "pass", and
        any other action its number.
        """
        if self.layout == "columns":
            return str(action + 1)
        if self.layout in _POINTS and self.width <= 26:
            if action == self.height * self.width:
                return "pass"
            row, column = divmod(action, self.width)
            return f"{chr(ord('a') + column)}{row + 1}"
        return str(action)

    def parse_action(self, state: S, text: str) -> int | None:
        """The action that the text names, legal or not; None if it names none.

        By default a legal action by its name, in capitals or not; where actions are points or
        columns, any other too.
        """
        wanted = text.lower()
        others = default_num_actions(self) if self.layout in ("columns", *_POINTS) else None
        candidates = [*self.legal_actions(state), *range(others or 0)]
        named = (a for a in candidates if self.action_to_string(state, a).lower() == wanted)
        return next(named, None)

    def draw(self, state: S) -> Sequence[str]:
        """The rows of the board from the top, a character a square, always the same way up.

        "." is empty, "x" and "o" are stones of player 0 and 1; pieces have letters of their own.
        By default the rows with which the text begins, joined by "/", as in ".x./.../..o x".
        """
        return self.to_string(state).split(" ")[0].split("/")

    def square_of(self, state: S, action: int) -> int:
        """The square (row * width + column) where an action puts its stone or piece; -1 for a pass.

        By default what the layout says; in a column, the lowest empty square of the drawn board.
        """
        if self.layout == "columns":
            rows = self.draw(state)
            empty = [row for row in range(self.height) if rows[row][action] == "."]
            return empty[-1] * self.width + action if empty else -1
        square = action // (self.action_planes if self.layout == "planes" else 1)
        on_board = self.layout != "other" and square < self.height * self.width
        return square if on_board else -1

    def picture(self, state: S) -> str:
        """What is shown of a state whose board is not drawn; may have several lines."""
        return self.to_string(state)

    def transform(self, state: S, symmetry: int) -> S:
        """The state turned by a symmetry from 1 to num_symmetries - 1."""
        raise NotImplementedError("num_symmetries is above 1, so transform must be defined")

    def transform_action(self, action: int, symmetry: int) -> int:
        """The action turned likewise: to turn and then play it is to play and then turn."""
        raise NotImplementedError("num_symmetries is above 1, so transform_action must be defined")


def default_num_actions(rules: Rules[Any]) -> int | None:
    """The number of actions that a layout implies; None for "other"."""
    squares = rules.height * rules.width
    return {
        "points": squares,
        "points_and_pass": squares + 1,
        "columns": rules.width,
        "planes": squares * rules.action_planes,
    }.get(rules.layout)


def summary(cls: type[Rules[Any]]) -> str:
    """The first line of the docstring of a class; "" if it has none of its own."""
    return (cls.__doc__ or "").strip().partition("\n")[0]
