# Written by scripts/dev stubs from the module as built. Do not edit.
"""Tree search, the pool of self-play, game records."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy
import numpy.typing
from numpy.typing import NDArray

import zero_core.games


class SearchSettings:
    """
    Settings of one search; selfplay/native/search/selection.hpp says what each means.
    """

    def __init__(self) -> None: ...

    @property
    def rule(self) -> str:
        """puct, gumbel or uct."""

    @rule.setter
    def rule(self, arg: str, /) -> None: ...

    @property
    def simulations(self) -> int:
        """Passes below the root in one search."""

    @simulations.setter
    def simulations(self, arg: int, /) -> None: ...

    @property
    def c_init(self) -> float: ...

    @c_init.setter
    def c_init(self, arg: float, /) -> None: ...

    @property
    def c_base(self) -> float: ...

    @c_base.setter
    def c_base(self, arg: float, /) -> None: ...

    @property
    def fpu_reduction(self) -> float: ...

    @fpu_reduction.setter
    def fpu_reduction(self, arg: float, /) -> None: ...

    @property
    def root_fpu_reduction(self) -> float: ...

    @root_fpu_reduction.setter
    def root_fpu_reduction(self, arg: float, /) -> None: ...

    @property
    def noise_alpha(self) -> float: ...

    @noise_alpha.setter
    def noise_alpha(self, arg: float, /) -> None: ...

    @property
    def noise_fraction(self) -> float: ...

    @noise_fraction.setter
    def noise_fraction(self, arg: float, /) -> None: ...

    @property
    def gumbel_considered(self) -> int: ...

    @gumbel_considered.setter
    def gumbel_considered(self, arg: int, /) -> None: ...

    @property
    def gumbel_scale(self) -> float: ...

    @gumbel_scale.setter
    def gumbel_scale(self, arg: float, /) -> None: ...

    @property
    def value_scale(self) -> float: ...

    @value_scale.setter
    def value_scale(self, arg: float, /) -> None: ...

    @property
    def maxvisit_init(self) -> float: ...

    @maxvisit_init.setter
    def maxvisit_init(self, arg: float, /) -> None: ...

    @property
    def uct_c(self) -> float: ...

    @uct_c.setter
    def uct_c(self, arg: float, /) -> None: ...

    @property
    def solver(self) -> bool: ...

    @solver.setter
    def solver(self, arg: bool, /) -> None: ...

    @property
    def virtual_loss(self) -> float: ...

    @virtual_loss.setter
    def virtual_loss(self, arg: float, /) -> None: ...

class PoolSettings:
    """
    Settings of a self-play pool; selfplay/native/pool/slot.hpp says what each means.
    """

    def __init__(self) -> None: ...

    @property
    def search(self) -> SearchSettings: ...

    @search.setter
    def search(self, arg: SearchSettings, /) -> None: ...

    @property
    def seed(self) -> int: ...

    @seed.setter
    def seed(self, arg: int, /) -> None: ...

    @property
    def slots(self) -> int: ...

    @slots.setter
    def slots(self, arg: int, /) -> None: ...

    @property
    def groups(self) -> int: ...

    @groups.setter
    def groups(self, arg: int, /) -> None: ...

    @property
    def threads(self) -> int: ...

    @threads.setter
    def threads(self, arg: int, /) -> None: ...

    @property
    def batch(self) -> int: ...

    @batch.setter
    def batch(self, arg: int, /) -> None: ...

    @property
    def cache_bytes(self) -> int: ...

    @cache_bytes.setter
    def cache_bytes(self, arg: int, /) -> None: ...

    @property
    def canonical(self) -> bool: ...

    @canonical.setter
    def canonical(self, arg: bool, /) -> None: ...

    @property
    def full_search_share(self) -> float: ...

    @full_search_share.setter
    def full_search_share(self, arg: float, /) -> None: ...

    @property
    def cheap_simulations(self) -> int: ...

    @cheap_simulations.setter
    def cheap_simulations(self, arg: int, /) -> None: ...

    @property
    def temperature(self) -> float: ...

    @temperature.setter
    def temperature(self, arg: float, /) -> None: ...

    @property
    def temperature_final(self) -> float: ...

    @temperature_final.setter
    def temperature_final(self, arg: float, /) -> None: ...

    @property
    def temperature_half_life(self) -> float: ...

    @temperature_half_life.setter
    def temperature_half_life(self, arg: float, /) -> None: ...

    @property
    def resign_threshold(self) -> float: ...

    @resign_threshold.setter
    def resign_threshold(self, arg: float, /) -> None: ...

    @property
    def resign_plies(self) -> int: ...

    @resign_plies.setter
    def resign_plies(self, arg: int, /) -> None: ...

    @property
    def resign_off_share(self) -> float: ...

    @resign_off_share.setter
    def resign_off_share(self, arg: float, /) -> None: ...

class Batch:
    """
    Positions that wait for an evaluator, a row each; numpy views into native memory.

    B rows, P planes, W 64-bit words a plane, S scalars, L most legal actions. A row with count 0 is padding.
    """

    @property
    def rows(self) -> int:
        """Number of rows, B."""

    @property
    def planes(self) -> Annotated[NDArray[numpy.uint64], dict(shape=(None, None, None))]:
        """
        Bit planes, uint64[B, P, W]; bit row * width + column of a plane is that square.
        """

    @property
    def scalars(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """Scalar inputs, float32[B, S]."""

    @property
    def actions(self) -> Annotated[NDArray[numpy.uint16], dict(shape=(None, None))]:
        """Legal actions, uint16[B, L]; the first counts[i] of row i are meant."""

    @property
    def counts(self) -> Annotated[NDArray[numpy.int32], dict(shape=(None,))]:
        """Number of legal actions, int32[B]; 0 = padding."""

    @property
    def logits(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """Answer: logits of the legal actions, float32[B, L]."""

    @property
    def wdl(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """
        Answer: win, draw and loss probabilities of the player to move, float32[B, 3].
        """

    def states(self) -> list[State | None]:
        """The positions of the rows; None for padding. Copies."""

def uniform_evaluate(batch: Batch) -> None:
    """Equal logits, value 0."""

def rollout_evaluate(batch: Batch, seed: int) -> None:
    """Equal logits, and the result of one random game from each position."""

class EvaluationCache:
    """
    The bounded memory of answers that each group of a pool has; selfplay/native/pool/evaluation_cache.hpp says how it works.
    """

    def __init__(self, bytes: int, usual_count: int) -> None: ...

    def find(self, key: int, count: int) -> tuple[list[float], list[float]] | None:
        """
        Logits and win, draw, loss of a position with this key and number of legal actions.
        """

    def insert(self, key: int, logits: Sequence[float], wdl: Sequence[float]) -> None: ...

    def clear(self) -> None:
        """Forgets everything."""

class SearchResult:
    """What a search found; values are those of the player to move."""

    @property
    def action(self) -> int:
        """The action to play."""

    @property
    def actions(self) -> list[int]:
        """Legal actions, ascending."""

    @property
    def visits(self) -> list[int]:
        """Visits of each legal action."""

    @property
    def priors(self) -> list[float]:
        """Prior of each legal action."""

    @property
    def q(self) -> list[float]:
        """Mean value of each legal action, in [-1, 1]."""

    @property
    def policy(self) -> list[float]:
        """Training target over the legal actions."""

    @property
    def value(self) -> float:
        """Mean value of the position, in [-1, 1], or what is proven."""

    @property
    def proven(self) -> bool:
        """Whether the value is exact."""

    @property
    def raw_value(self) -> float:
        """The evaluator's value without search."""

    @property
    def principal_variation(self) -> list[int]:
        """Best line found."""

    @property
    def simulations(self) -> int: ...

class SearchBatch:
    """Searches of many positions at once, one leaf each, in one batch."""

    def __init__(self, game: zero_core.games.Game, settings: SearchSettings, rows: int) -> None: ...

    def start(self, states: Sequence[zero_core.games.State], seeds: Sequence[int], noise: bool = False) -> None:
        """Begins the searches of at most `rows` positions, none of them over."""

    def advance(self) -> int:
        """
        Takes the answers, advances every search to its next evaluation and returns the number of rows to evaluate (0: all searches are done).
        """

    @property
    def batch(self) -> Batch: ...

    def finish_uniformly(self) -> None:
        """
        Brings all searches to their end with equal logits and value 0, natively.
        """

    def tree_sizes(self, row: int) -> tuple[int, int, int]:
        """Of one tree: nodes, bytes in use, bytes of memory held."""

    def results(self) -> list[SearchResult]:
        """One result a position."""

    def dump(self, row: int) -> list[tuple[int, bool, float, list[tuple[int, float, int, float, int]]]]:
        """
        The whole tree: (player, terminal, value, [(action, prior, visits, total, child)]) a node in order of creation; child -1 = not visited.
        """

class Thinker:
    """
    The search of one position, several leaves a batch; it can be looked at while it grows.
    """

    def __init__(self, game: zero_core.games.Game, settings: SearchSettings, leaves: int) -> None: ...

    def start(self, state: zero_core.games.State, seed: int) -> None: ...

    def apply(self, action: int) -> None:
        """Goes on after `action`, keeping what was found below it."""

    def advance(self) -> int:
        """
        Takes the answers and fills the batch again; returns the rows to evaluate.
        """

    @property
    def batch(self) -> Batch: ...

    def result(self) -> SearchResult:
        """
        What is known so far, without the simulations under way; between calls of advance() only. Raises GameError if the root has not been evaluated.
        """

    def dump(self) -> list[tuple[int, bool, float, list[tuple[int, float, int, float, int]]]]:
        """The whole tree, as SearchBatch.dump gives it."""

def considered_visit_schedule(considered: int, simulations: int) -> list[int]:
    """Sequential halving: the visit count each simulation looks for."""

class GameRecord:
    """
    One game of self-play: immutable, and valid by the rules.

    A property with one entry a ply builds its tuple at each access.
    """

    def __init__(self, game: zero_core.games.Game, id: int, actions: Sequence[int], values: Sequence[float], policies: Sequence[Sequence[float] | None], returns: int, finished: bool = True, resigned: bool = False, resign_off: bool = False, would_resign: int = -1) -> None:
        """
        Make a record from its properties. Raises GameError if it is against the rules.
        """

    @staticmethod
    def decode(game: zero_core.games.Game, blob: bytes) -> GameRecord:
        """
        Read the binary form and replay it through the rules. Raises GameError.
        """

    def encode(self) -> bytes:
        """The binary form, which selfplay/native/records/encoding.hpp describes."""

    def __eq__(self, arg: GameRecord, /) -> bool:
        """Whether the binary forms are equal."""

    def __hash__(self) -> int: ...

    @property
    def game(self) -> zero_core.games.Game:
        """The rules."""

    @property
    def id(self) -> int: ...

    @property
    def finished(self) -> bool:
        """False for a game in flight."""

    @property
    def returns(self) -> int:
        """Of player 0: -1, 0 or 1; 0 while unfinished."""

    @property
    def resigned(self) -> bool:
        """Whether the player to move after the last ply gave up."""

    @property
    def resign_off(self) -> bool:
        """Whether resignation was switched off, to measure it."""

    @property
    def would_resign(self) -> int:
        """The player who first met the resign rule, or -1."""

    @property
    def plies(self) -> int:
        """Number of plies."""

    @property
    def positions(self) -> int:
        """Number of training positions: plies with a full search."""

    @property
    def actions(self) -> tuple[int, ...]:
        """The actions played, one a ply."""

    @property
    def full(self) -> tuple[bool, ...]:
        """Whether the search was full, so that the ply is a training position."""

    @property
    def values(self) -> tuple[float, ...]:
        """
        Root values of the searches, mover's side, in [-1, 1]; NaN where nothing was searched.
        """

    @property
    def policies(self) -> tuple[tuple[float, ...] | None, ...]:
        """
        Policies over the legal actions in order, each of sum 1; None unless the search was full.
        """

def record_statistics(records: Sequence[GameRecord]) -> dict[str, float]:
    """
    What finished games say; NaN where there was nothing to measure.

    games, game_length (mean plies), first_player_score (mean points of player 0: 1, 1/2
    or 0 a game), draw_share and resigned_share (of the games), resign_wrong_share (of
    the resignations that games with resignation off would have had), search_entropy (mean
    over the policies, in nats), value_calibration_error (mean distance of the searches'
    values from the results, over ten bins of value).
    """

class Window:
    """
    The newest games, from which the learner draws its training positions.

    One thread may sample while another adds and trims.
    """

    def __init__(self, game: zero_core.games.Game) -> None: ...

    def add(self, record: GameRecord) -> int:
        """
        Take a finished game in as the newest one.

        Returns its number of training positions (plies with a full search); a game without
        any is not kept. Raises GameError if the game is not finished or of other rules.
        """

    def trim(self, positions: int) -> None:
        """
        Drop the oldest whole games until at most `positions` are left, never the newest game.
        """

    @property
    def positions(self) -> int:
        """Training positions in the window."""

    @property
    def games(self) -> int:
        """Games in the window."""

    def statistics(self) -> dict[str, int]:
        """
        Counts over the games held: games, positions, plies, wins/draws/losses of player 0,
        resigned, first_id and last_id (of the oldest and the newest game).
        """

    def sample(self, batch_size: int, seed: int, step: int, threads: int = 1, value_mix: float = 0.0, out: dict[str, numpy.typing.NDArray[Any]] | None = None) -> dict[str, numpy.typing.NDArray[Any]]:
        """
        Draw training rows uniformly (with replacement) from all positions.

        Returns planes uint64[B,P,W] (W words a plane), scalars float32[B,S],
        policy float32[B,A] (0 where illegal), legal bool[B,A], and wdl float32[B,3]: win,
        draw and loss of the player to move, (1 - value_mix) * outcome + value_mix * the
        search's value. Each row is turned by a random symmetry. Row i depends on the games
        held, seed, step and i alone, not on the number of threads. `out`, if given, is a
        dict of arrays of these shapes, which are filled and returned. Raises GameError if
        the window is empty or an argument is out of range.
        """

class Pool:
    """
    Self-play: many games at once, in groups that are advanced independently.
    """

    def __init__(self, game: zero_core.games.Game, settings: PoolSettings) -> None: ...

    @property
    def groups(self) -> int: ...

    def batch(self, group: int) -> Batch:
        """The group's batch; the same object's memory for the life of the pool."""

    def advance(self, group: int) -> int:
        """
        Takes the answers in the group's batch, advances all its games to their next evaluation and returns the number of rows to evaluate (0: nothing left to play). One caller a group at a time.
        """

    def play_rollouts(self, group: int, rounds: int, seed: int) -> int:
        """
        As `rounds` times advance() and rollouts, but all of it natively, one game after the other; returns the number of games that are not over for good. The games made are a function of the pool's seed and this one.
        """

    def set_limit(self, games: int | None) -> None:
        """Play only the games with ids below `games`; None = no end."""

    def end_phase(self) -> None:
        """
        Drops the current searches and all cached answers; the moves made stay.
        """

    def clear_cache(self) -> None:
        """Drops all cached answers, which is needed when the evaluator changes."""

    def take_records(self) -> list[GameRecord]:
        """Records of the games finished since the last call, by game id."""

    def configure(self, settings: PoolSettings) -> None:
        """
        Searches with other settings from now on; slots, groups, threads, batch and seed stay.
        """

    def counters(self) -> dict[str, int]:
        """Totals since the pool was made."""

    def snapshot(self) -> bytes:
        """The games in flight, without their searches (call end_phase first)."""

    def restore(self, snapshot: bytes) -> None:
        """
        Puts the games of a snapshot back; raises GameError if they do not fit.
        """
