"""A game in progress, without any output. Boards, full-screen or plain, and engine protocols are
faces of it.

A seat holds a player, or nobody; then the face says what is played there. The session never waits:
when a player is to move, `think` gives the face a handle, which the face may work on wherever it
likes. `answer` then plays the outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass

from arena.players.limit import OWN, Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.rollouts import RolloutPlayer
from arena.players.thinking import Decision, Thinking
from games import Game, State
from games.errors import UserError
from selfplay.seeds import mix

_ADVISER_SIMULATIONS = 1000

Seats = tuple[Player | None, Player | None]  # the first to move, the second
Autosave = Callable[[Position], None]


class Refusal(UserError):
    """Something is not possible now. The face shows the text; nothing has changed."""


@dataclass
class Tally:
    """The finished games of a session, from the person's side."""

    wins: int = 0
    draws: int = 0
    losses: int = 0

    @property
    def games(self) -> int:
        """How many there are."""
        return self.wins + self.draws + self.losses


class _Ply:
    """A node of the game's tree: a position, how it was reached, and what was tried from it."""

    def __init__(self, position: Position, before: "_Ply | None", decision: Decision | None):
        self.position = position
        self.before = before
        self.decision = decision  # of the player that moved here; None for a person's move
        self.after: dict[int, _Ply] = {}  # by action, in the order of first play
        self.latest: _Ply | None = None  # where redo goes


def adviser_for(*seats: Player | None) -> Player:
    """Who gives hints: the first of these players that searches, else rollouts."""
    searching = [player for player in seats if player is not None and player.searches]
    return searching[0] if searching else RolloutPlayer("rollouts", _ADVISER_SIMULATIONS)


class Session:
    """The games of one sitting, one after another.

    `adviser` gives hints; see adviser_for. `seed` fixes all random choices of players: they depend
    only on it, the number of the game and the ply. `limit` applies to the players; by default each
    uses its own. `autosave` is called with the line after each change to it. `start` is where the
    first game begins (see `begin`). Only one thread may use a session; another thread may work on a
    handle of `think` or `hint`.
    """

    def __init__(
        self,
        game: Game,
        seats: Seats,
        adviser: Player | None = None,
        seed: int = 0,
        *,
        limit: Limit = OWN,
        autosave: Autosave | None = None,
        start: Position | None = None,
    ) -> None:
        self.game = game
        self.seats = seats
        self.adviser = adviser or adviser_for(*seats)
        self.limit = limit
        self._seed = seed
        self._autosave = autosave
        self._finished = Tally()
        self._number = 0
        self._resigned: int | None = None
        self._begin(start or Position.of(game.initial()))

    # ---- what is so ------------------------------------------------------------------------------

    @property
    def position(self) -> Position:
        """The position on the board, with its line."""
        return self._ply.position

    @property
    def state(self) -> State:
        """The state on the board."""
        return self._ply.position.state

    @property
    def line(self) -> list[Position]:
        """All positions of the game, from the start to the one on the board."""
        return [ply.position for ply in self._line()]

    @property
    def decisions(self) -> list[Decision | None]:
        """What players decided, a ply of the line; None where a person moved."""
        return [ply.decision for ply in self._line()[1:]]

    @property
    def branches(self) -> list[int]:
        """The actions that were tried from this position, in the order of first play."""
        return list(self._ply.after)

    @property
    def person(self) -> int:
        """The side whose game it is: that of the first empty seat, or 0 if two players meet."""
        return self.seats.index(None) if None in self.seats else 0

    @property
    def to_move(self) -> Player | None:
        """The player who is to move; None for a person, and when the game is over."""
        return None if self.is_over else self.seats[self.state.to_play]

    @property
    def resigned(self) -> int | None:
        """The side that resigned."""
        return self._resigned

    @property
    def is_over(self) -> bool:
        """Whether the game is over, by the rules or by resignation."""
        return self._resigned is not None or self.state.is_terminal

    @property
    def returns(self) -> tuple[int, int] | None:
        """The returns of side 0 and 1, each -1, 0 or 1; None while the game goes on."""
        if self._resigned is not None:
            return (-1, 1) if self._resigned == 0 else (1, -1)
        return self.state.returns() if self.state.is_terminal else None

    @property
    def tally(self) -> Tally:
        """All games that are over, the one on the board included."""
        mine = [] if self.returns is None else [self.returns[self.person]]
        past = self._finished
        return Tally(
            past.wins + mine.count(1), past.draws + mine.count(0), past.losses + mine.count(-1)
        )

    # ---- what can be done ------------------------------------------------------------------------

    def play(self, action: int) -> None:
        """Plays an action for whoever is to move; one of `branches` goes on along that branch.

        Raises GameError if it is not legal, and Refusal when the game is over.
        """
        self._push(action, None)

    def think(self, player: Player | None = None, limit: Limit | None = None) -> Thinking:
        """Begins to think about the next move: by default the player who is to move does.

        Another can be asked to move in a person's place. Raises Refusal when the game is over, or
        if nobody is asked.
        """
        self._refuse_when_over()
        chosen = player or self.to_move
        if chosen is None:
            raise Refusal("It is your move; no player sits there.")
        seed = mix(self._seed, self._number, self.position.plies)
        return chosen.think(self.position, limit or self.limit, seed)

    def answer(self, thinking: Thinking) -> Decision:
        """Plays what was thought, as far as it has come; returns the decision.

        Raises Refusal if the position on the board is another by now, and GameError if the move is
        not legal.
        """
        if thinking.position != self.position or self.is_over:
            raise Refusal("The position has changed: the answer comes too late.")
        decision = thinking.decision()
        self._push(decision.action, decision)
        return decision

    def hint(self, limit: Limit = OWN) -> Thinking:
        """Begins to look for a good move, for the face to show. Raises Refusal at a game's end."""
        if self.is_over:
            raise Refusal("The game is over: there is no move to find.")
        seed = mix(self._seed, self._number, self.position.plies, 1)
        return self.adviser.think(self.position, limit, seed)

    def take_back(self, ply: int | None = None) -> None:
        """Takes back the person's last move with the answer to it, or a resignation.

        Where nobody or everybody is a person, it is the last move alone. `ply`: go back to so many
        plies instead. What was taken back stays as a branch. Raises Refusal if there is none.
        """
        if ply is not None:
            self._ply = self._at(ply)
        elif self._resigned is None:
            self._ply = self._before(self._ply)
        self._resigned = None
        self._save()

    def redo(self) -> None:
        """Brings back what was taken back, up to the person's next turn.

        Raises Refusal if nothing was.
        """
        ply = self._ply.latest
        if ply is None:
            raise Refusal("Nothing was taken back: there is nothing to bring again.")
        while not self._is_stop(ply) and ply.latest is not None:
            ply = ply.latest
        self._ply = ply
        self._save()

    def resign(self, side: int | None = None) -> None:
        """Gives up the game for a side: by default for the person, of two the one to move.

        Raises Refusal when it is over.
        """
        self._refuse_when_over()
        if side is None:
            mover = self.state.to_play
            side = mover if self.seats[mover] is None else self.person
        self._resigned = side
        self._save()

    def change_sides(self) -> None:
        """Swaps the seats, and the game goes on. Raises Refusal when it is over."""
        self._refuse_when_over()
        self.seats = self.seats[1], self.seats[0]

    def begin(self, start: Position | None = None, seats: Seats | None = None) -> None:
        """Begins a new game, which counts the one before if it was over.

        `start`: the position to go on from, by default the initial one; its moves can be taken
        back. `seats`: as before unless given. Raises Refusal if the position is of another game.
        """
        if start is not None and start.game.name != self.game.name:
            raise Refusal(f"That is a position of {start.game.name}, not of {self.game.name}.")
        self._finished = self.tally
        self.seats = seats or self.seats
        self._begin(start or Position.of(self.game.initial()))
        self._save()

    # ---- inside ----------------------------------------------------------------------------------

    def _begin(self, start: Position) -> None:
        self._number += 1
        self._resigned = None
        self._ply = _Ply(Position.of(start.start), None, None)
        for action in start.actions:
            self._step(action, None)

    def _push(self, action: int, decision: Decision | None) -> None:
        self._refuse_when_over()
        self._step(action, decision)
        self._save()

    def _step(self, action: int, decision: Decision | None) -> None:
        """One ply on: along a branch that is known, or a new one."""
        ply = self._ply.after.get(action)
        if ply is None:
            ply = _Ply(self.position.apply(action), self._ply, decision)
            self._ply.after[action] = ply
        ply.decision = decision or ply.decision
        self._ply.latest = ply
        self._ply = ply

    def _line(self) -> list[_Ply]:
        line = [self._ply]
        while (before := line[-1].before) is not None:
            line.append(before)
        return line[::-1]

    def _at(self, ply: int) -> _Ply:
        """The node of the line after this many plies."""
        line = self._line()
        if not 0 <= ply < len(line):
            raise Refusal(f"There is no ply {ply} to go back to; give 0 to {len(line) - 1}.")
        return line[ply]

    def _before(self, ply: _Ply) -> _Ply:
        """The last ply before this one at which a person was to move."""
        before = ply.before
        while before is not None and not self._is_stop(before):
            before = before.before
        if before is None:
            raise Refusal("You have not moved yet: there is nothing to take back.")
        return before

    def _is_stop(self, ply: _Ply) -> bool:
        """Whether taking back stops here: a person is to move, or there is no person at all."""
        return None not in self.seats or self.seats[ply.position.state.to_play] is None

    def _refuse_when_over(self) -> None:
        if self.is_over:
            raise Refusal("The game is over already.")

    def _save(self) -> None:
        if self._autosave is not None:
            self._autosave(self.position)
