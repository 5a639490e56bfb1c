# Written by scripts/dev stubs from the module as built. Do not edit.
"""The rules of the games."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy
from numpy.typing import NDArray


class ActionLayout:
    """How the actions of a game lie on its board."""

    @property
    def kind(self) -> str:
        """
        'columns' (action = column), 'points' (row * width + column), 'points_and_pass' (the last action is the pass), 'planes' ((row * width + column) * planes + plane) or 'other' (they do not lie on a board).
        """

    @property
    def height(self) -> int:
        """Rows of the board."""

    @property
    def width(self) -> int:
        """Columns of the board."""

    @property
    def planes(self) -> int:
        """Actions per square; 1 unless kind is 'planes'."""

class ObservationShape:
    """The shape of what a network sees of a state."""

    @property
    def planes(self) -> int:
        """P: bit planes of the board."""

    @property
    def scalars(self) -> int:
        """S: floats that hold for the whole board."""

    @property
    def height(self) -> int:
        """H: rows of the board."""

    @property
    def width(self) -> int:
        """W: columns of the board."""

    @property
    def words_per_plane(self) -> int:
        """
        64-bit words of one packed plane; bit row * width + column is that square.
        """

class BoardSpec:
    """How the board of a game is drawn, always the same way up."""

    @property
    def style(self) -> str:
        """
        'squares', 'points' (stones on crossings), 'hexagons' or 'none' (it is not drawn).
        """

    @property
    def height(self) -> int:
        """Rows of the board; row 0 is the top row."""

    @property
    def width(self) -> int:
        """Columns of the board."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns, from the left."""

    @property
    def rows(self) -> list[str]:
        """
        Names of the rows, from the top; empty where a move names only a column.
        """

class Game:
    """
    The rules of one game with its parameters; make it with games.make(name).
    """

    @property
    def name(self) -> str:
        """Canonical name with its parameters, such as 'othello?size=6'."""

    @property
    def goal(self) -> str:
        """
        How the game is won, in one line; may be empty in a game that does not say.
        """

    @property
    def num_actions(self) -> int:
        """A: actions are 0 to A - 1."""

    @property
    def layout(self) -> ActionLayout:
        """How the actions lie on the board."""

    @property
    def observation(self) -> ObservationShape:
        """The shape of an observation."""

    @property
    def max_plies(self) -> int:
        """No game is longer, in plies."""

    @property
    def max_legal_actions(self) -> int:
        """L: no position has more legal actions."""

    @property
    def num_symmetries(self) -> int:
        """Symmetries of the board, from 1; symmetry 0 is the identity."""

    @property
    def board(self) -> BoardSpec:
        """How the board is drawn; State.board() gives what stands on it."""

    def initial(self) -> State:
        """The state before the first ply."""

    def parse(self, text: str) -> State:
        """The state that str(state) wrote. Raises GameError for anything else."""

    def transform_action(self, action: int, symmetry: int) -> int:
        """
        The action in a board turned by the symmetry. Raises GameError out of range.
        """

    def __repr__(self) -> str: ...

    @property
    def rules(self) -> object | None:
        """The games.Rules of a game in Python; None for a native one."""

def python_game(rules: object, name: str, numbers: dict[str, Any]) -> Game:
    """
    The game of a games.Rules; `numbers` are its checked numbers. games.wrap calls it.
    """

class State:
    """A position of a game: an immutable value, hashable and comparable."""

    @property
    def game(self) -> Game:
        """The game it is of."""

    @property
    def to_play(self) -> int:
        """
        The player to move, 0 or 1; at a terminal state, the one who would move.
        """

    @property
    def is_terminal(self) -> bool:
        """Whether the game is over."""

    def legal_actions(self) -> list[int]:
        """
        The legal actions in ascending order; empty exactly at a terminal state.
        """

    def legal_mask(self) -> Annotated[NDArray[numpy.bool_], dict(shape=(None,))]:
        """bool[A]: True where the action is legal."""

    def apply(self, action: int) -> State:
        """
        The state after the action; this one stays as it is. Raises GameError if it is not legal.
        """

    def returns(self) -> tuple[int, int]:
        """
        The returns of player 0 and of player 1, each -1, 0 or 1. Raises GameError unless the state is terminal.
        """

    @property
    def ending(self) -> str:
        """
        Why the game is over, in a few words such as 'stalemate'; empty before the end, and in games whose end explains itself.
        """

    def transform(self, symmetry: int) -> State:
        """
        The state with its board turned by the symmetry. Raises GameError out of range.
        """

    def observation(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None, None))]:
        """
        float32[P + S, H, W] from the side of the player to move: planes of 0 and 1, then each scalar over a whole board.
        """

    @property
    def position_key(self) -> int:
        """64-bit key, equal for equal positions."""

    @property
    def observation_key(self) -> int:
        """64-bit key, equal for equal observations."""

    def action_to_string(self, action: int) -> str:
        """
        The action in the game's notation. Raises GameError if there is no such action.
        """

    def board(self) -> list[str]:
        """
        The rows of the drawn board from the top, a character a square: '.' is empty, 'x' and 'o' are stones of player 0 and 1; pieces have letters. Empty if it is not drawn.
        """

    def picture(self) -> str:
        """
        What is shown of a position whose board is not drawn: text of one or more lines.
        """

    def square_of(self, action: int) -> int:
        """
        The square (row * width + column of the drawn board) where the action, played here, puts its stone or piece; -1 if there is none. Raises GameError if there is no such action.
        """

    def parse_action(self, text: str) -> int:
        """
        The legal action that the text names. Raises GameError that lists the legal ones.
        """

    def __eq__(self, other: object, /) -> bool: ...

    def __hash__(self) -> int: ...

    def __str__(self) -> str: ...

    def __repr__(self) -> str: ...

class StateBatch:
    """
    B states of one game, stepped together through numpy arrays. Not for use by several threads at once.
    """

    def __init__(self, game: Game, size: int) -> None:
        """B = size initial states. Raises GameError if size is not positive."""

    @staticmethod
    def from_states(states: Sequence[State]) -> StateBatch:
        """
        A batch of copies of the states. Raises GameError if there are none, or if they are of different games.
        """

    @property
    def game(self) -> Game:
        """The game that the states are of."""

    def __len__(self) -> int: ...

    def apply(self, actions: NDArray[numpy.integer]) -> None:
        """
        Plays actions[B], an integer array, one in each row; -1 leaves a row as it is. All rows are checked before any is changed. Raises GameError that names the first row whose action is not legal (in a terminal row none is).
        """

    def to_play(self) -> Annotated[NDArray[numpy.int8], dict(shape=(None,))]:
        """int8[B]: the player to move, 0 or 1."""

    def is_terminal(self) -> Annotated[NDArray[numpy.bool_], dict(shape=(None,))]:
        """bool[B]: whether the game is over."""

    def legal_mask(self) -> Annotated[NDArray[numpy.bool_], dict(shape=(None, None))]:
        """bool[B, A]: True where the action is legal."""

    def observe(self, mask: Annotated[NDArray[numpy.bool_], dict(shape=(None,), device='cpu', writable=False)] | None = None) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None, None, None))]:
        """
        float32[B, P + S, H, W]: each row as State.observation() writes it. With a mask, bool[B], only the rows of the mask, in their order.
        """

    def returns(self) -> Annotated[NDArray[numpy.int8], dict(shape=(None, None))]:
        """
        int8[B, 2]: the returns of both players, each -1, 0 or 1; 0 where the game goes on.
        """

    def reset(self, mask: Annotated[NDArray[numpy.bool_], dict(shape=(None,), device='cpu', writable=False)] | None = None) -> None:
        """
        Sets the rows of mask, bool[B], to the initial state; without a mask, all rows.
        """

    def states(self) -> list[State]:
        """Copies of the B states."""

def make_game(name: str) -> Game:
    """
    The game of that name, such as 'connect_four' or 'othello?size=6'. Raises GameError that names the nearest known game or parameter.
    """

def entries() -> list[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """
    Name, one-line summary and parameters of each native game, in alphabetical order. Of each parameter: its name, its default, what it means, what is allowed.
    """

def random_games(game: Game, games: int, seed: int) -> dict[str, int]:
    """
    Plays games of uniformly random actions on one thread, the GIL released; counts of 'games', 'plies', 'first_wins' and 'draws'. The same seed gives the same games.
    """

def perft(state: State, depth: int) -> int:
    """
    The number of sequences of `depth` legal actions from the state, on one thread, the GIL released. Those that end earlier do not count. Raises GameError out of range.
    """

def build_info() -> dict[str, str]:
    """
    How the core was built: 'compiler', 'kind' ('optimised' or 'debug') and 'instructions', the sets that it may use of 'popcnt bmi2 avx2 avx512f', named as in /proc/cpuinfo.
    """
