"""A person against a player, in a plain terminal: typed moves and commands, lines of text.

Nothing but text is needed: it works in any terminal, through pipes, and in tests. Where the output
is a terminal there is colour (unless NO_COLOR is set) and the count of a search that is under way.
"""

import os
import secrets
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from arena.players.levels import at_level
from arena.players.player import Decision, Player, RolloutPlayer, SearchPlayer
from arena.terminal import explain
from arena.terminal.board import draw, player_names
from games import Game, State
from games.errors import ContractError, GameError
from games.notation.moves import notation_of, read_move, write_move
from selfplay.seeds import mix

_ADVISER_SIMULATIONS = 1000
_WIDTH = 78  # of long lists
_HELP = """A move is typed as {notation}.
Commands (the letter alone will do):
  hint   (h)  what a strong player would do here
  why    (w)  the last hint or answer: moves, visits, priors, win-%, line of play
  moves  (m)  the legal moves
  board  (b)  the board again
  undo   (u)  take back your last move and the answer
  resign      give up this game
  new    (n)  a new game; "new first" or "new second" chooses who begins
  help   (?)  this list
  quit   (q)  leave
Win-% is the expected score: a draw counts half."""
# What a board does not show of itself.
_GOALS = {
    "hex": "x joins the top with the bottom, o the left side with the right one.",
    "breakthrough": "x moves up the board and o down; the first to get across wins.",
}


@dataclass
class Tally:
    """The finished games of a session, from the person's side."""

    wins: int = 0
    draws: int = 0
    losses: int = 0


@dataclass(frozen=True)
class _Thought:
    """What was thought, by whom, in which position."""

    who: str
    state: State
    decision: Decision


def play(
    game: Game,
    opponent: Player,
    human_side: int = 0,
    level: int | None = None,
    *,
    adviser: Player | None = None,
    seed: int | None = None,
    input: TextIO | None = None,
    output: TextIO | None = None,
) -> Tally:
    """Plays until the person quits, the input ends, or Ctrl-C; returns the finished games.

    `human_side`: 0 moves first, 1 second. `level`: 1 to 10, see arena.players.levels; None = the
    opponent as it is. `adviser` gives hints: by default the opponent at its own limits if it
    searches, else rollouts. `seed` fixes the opponent's random choices. Raises UserError for an
    impossible level.
    """
    held = opponent if level is None else at_level(opponent, level)
    name = opponent.name if level is None else f"{opponent.name} at level {level}"
    if adviser is None:
        searches = isinstance(opponent, SearchPlayer)
        adviser = opponent if searches else RolloutPlayer("rollouts", _ADVISER_SIMULATIONS)
    terminal = _Terminal(input or sys.stdin, output or sys.stdout)
    session = _Session(game, held, name, adviser, secrets.randbits(63) if seed is None else seed)
    session.run(terminal, human_side)
    return session.tally


class _Terminal:
    """Lines in, lines out."""

    def __init__(self, source: TextIO, sink: TextIO) -> None:
        self._source = source
        self._sink = sink
        self._echo = not source.isatty()
        self._live = sink.isatty() and os.environ.get("TERM") != "dumb"
        self.colour = self._live and not os.environ.get("NO_COLOR")
        self._drawn = 0.0

    def say(self, text: str = "") -> None:
        self._sink.write(text + "\n")
        self._sink.flush()

    def ask(self, prompt: str) -> str | None:
        """The next line, stripped; None at the end of the input."""
        self._sink.write(prompt)
        self._sink.flush()
        line = self._source.readline()
        if self._echo or not line:
            self._sink.write(line.rstrip("\n") + "\n")
        return line.strip() if line else None

    def status(self, text: Callable[[], str]) -> None:
        """A passing line on a terminal, at most ten a second; nothing elsewhere."""
        if self._live and time.monotonic() - self._drawn >= 0.1:
            self._drawn = time.monotonic()
            self._sink.write("\r\x1b[K" + text())
            self._sink.flush()

    def clear_status(self) -> None:
        if self._live:
            self._sink.write("\r\x1b[K")
            self._drawn = 0.0


class _Session:
    """The games of one sitting, and the commands."""

    def __init__(
        self, game: Game, opponent: Player, opponent_name: str, adviser: Player, seed: int
    ) -> None:
        self.tally = Tally()
        self._game = game
        self._marks = player_names(game)
        self._opponent = opponent
        self._name = opponent_name
        self._adviser = adviser
        self._seed = seed
        self._number = 0
        self._commands: dict[str, Callable[[str], None]] = {
            "hint": self._hint,
            "why": self._why,
            "moves": self._moves,
            "board": self._board,
            "undo": self._undo,
            "resign": self._resign,
            "new": self._new,
            "help": self._help,
        }
        self._letters = {"h": "hint", "w": "why", "m": "moves", "b": "board", "u": "undo"}
        self._letters |= {"n": "new", "?": "help", "q": "quit"}

    def run(self, terminal: _Terminal, human_side: int) -> None:
        self._terminal = terminal
        try:
            self._begin(human_side)
            while self._turn():
                pass
        except KeyboardInterrupt:
            terminal.say()
        self._count()
        tally = self.tally
        if tally.wins + tally.draws + tally.losses:
            terminal.say(f"You won {tally.wins}, drew {tally.draws}, lost {tally.losses}.")
        terminal.say("Bye.")

    @property
    def _state(self) -> State:
        return self._line[-1]

    @property
    def _over(self) -> bool:
        return self._resigned or self._state.is_terminal

    def _begin(self, human_side: int) -> None:
        self._human = human_side
        self._line = [self._game.initial()]  # all states of the game
        self._squares: list[int] = []  # where each move ended on the drawn board
        self._resigned = False
        self._thought: _Thought | None = None
        self._number += 1
        mark, order = self._marks[human_side], ("first", "second")[human_side]
        self._terminal.say(
            f"{self._game.name}: you are {mark} and move {order}; against {self._name}."
        )
        if goal := _GOALS.get(self._game.name.partition("?")[0]):
            self._terminal.say(goal)
        self._terminal.say("Type a move, or a command: hint why moves undo resign new help quit")
        self._answer()
        self._show()

    def _turn(self) -> bool:
        """Asks for one line and obeys it; False to leave."""
        text = self._terminal.ask(self._prompt())
        if text is None:
            return False
        if not text:
            if self._must_pass():
                self._play(self._state.legal_actions()[0])
            return True
        word, _, rest = text.lower().partition(" ")
        word = self._letters.get(word, word)
        if word in ("quit", "exit"):
            return False
        if word in self._commands:
            self._commands[word](rest.strip())
        elif self._over:
            self._terminal.say(f"The game is over, and '{text}' is no command; type help.")
        else:
            try:
                self._play(read_move(self._state, text))
            except ContractError:
                raise  # the game itself is at fault, not what was typed
            except GameError as error:
                self._terminal.say(f"{error} (or type help)")
        return True

    def _prompt(self) -> str:
        if self._over:
            return "new, undo or quit> "
        if self._must_pass():
            return f"{self._marks[self._human]}, no move but to pass (press Enter)> "
        return f"{self._marks[self._human]}> "

    def _must_pass(self) -> bool:
        legal = [] if self._over else self._state.legal_actions()
        return len(legal) == 1 and self._state.action_to_string(legal[0]) == "pass"

    def _play(self, action: int) -> None:
        self._push(action)
        self._answer()
        self._show()

    def _push(self, action: int) -> None:
        self._squares.append(self._state.square_of(action))
        self._line.append(self._state.apply(action))

    def _answer(self) -> None:
        """The opponent's moves, until the person is to move or the game is over."""
        while not self._over and self._state.to_play != self._human:
            mark = self._marks[self._state.to_play]
            seed = mix(self._seed, self._number, len(self._squares))
            decision = self._think(self._opponent, seed, f"{mark} thinks")
            self._thought = _Thought(f"{mark} ({self._name})", self._state, decision)
            name = write_move(self._state, decision.action)
            result = decision.result
            effort = f" ({result.simulations} simulations)" if result is not None else ""
            self._terminal.say(f"{mark} plays {name}{effort}")
            self._push(decision.action)

    def _think(self, player: Player, seed: int, doing: str) -> Decision:
        if not isinstance(player, SearchPlayer):
            return player.choose([self._state], [seed])[0]
        thinking = player.think(self._state, seed)
        whole = player.settings.simulations
        try:
            while thinking.advance():
                self._terminal.status(
                    lambda: f"{doing}: {thinking.result().simulations} of {whole} simulations"
                )
        finally:
            self._terminal.clear_status()
        return player.decide(thinking.result(), seed)

    def _show(self) -> None:
        last = self._squares[-1] if self._squares else None
        legal = not self._over and self._state.to_play == self._human
        self._terminal.say()
        self._terminal.say(draw(self._state, last, legal=legal, colour=self._terminal.colour))
        self._terminal.say()
        if self._over:
            self._terminal.say(self._verdict())

    def _verdict(self) -> str:
        if self._resigned:
            return f"You resigned; {self._name} wins."
        outcome = self._state.returns()[self._human]
        if outcome == 0:
            return "The game is drawn."
        return "You win!" if outcome > 0 else f"{self._name} wins."

    def _count(self) -> None:
        """Enters the game into the tally if it is over."""
        if not self._over:
            return
        outcome = -1 if self._resigned else self._state.returns()[self._human]
        self.tally.wins += outcome > 0
        self.tally.draws += outcome == 0
        self.tally.losses += outcome < 0

    def _hint(self, _: str) -> None:
        if self._over:
            self._terminal.say("The game is over: there is no move to find.")
            return
        seed = mix(self._seed, self._number, len(self._squares), 1)
        decision = self._think(self._adviser, seed, "looking for a hint")
        who = f"the hint of {self._adviser.name}"
        self._thought = _Thought(who, self._state, decision)
        name = write_move(self._state, decision.action)
        self._terminal.say(f"Hint: {name}" + ("" if decision.result is None else "  (why?)"))

    def _why(self, _: str) -> None:
        thought = self._thought
        if thought is None:
            self._terminal.say("Nothing was thought yet; ask for a hint, or make a move.")
            return
        chosen = write_move(thought.state, thought.decision.action)
        result = thought.decision.result
        if result is None:
            self._terminal.say(f"{thought.who} chose {chosen} without a search.")
            return
        mark = self._marks[thought.state.to_play]
        value = explain.win_percent(result.value)
        self._terminal.say(f"{thought.who}: {chosen}, as {mark} sees it ({value:.0f} % for {mark})")
        self._terminal.say(explain.table(thought.state, result, thought.decision.action))

    def _moves(self, _: str) -> None:
        legal = [] if self._over else self._state.legal_actions()
        names = [write_move(self._state, action) for action in legal] or ["none"]
        self._terminal.say(textwrap.fill("Legal moves: " + " ".join(names), _WIDTH))

    def _board(self, _: str) -> None:
        self._show()

    def _undo(self, _: str) -> None:
        """Back to the person's last move: their move and the answer go."""
        if self._resigned:
            self._resigned = False
            self._show()
            return
        mine = [n for n in range(len(self._squares)) if self._line[n].to_play == self._human]
        if not mine:
            self._terminal.say("You have not moved yet: there is nothing to take back.")
            return
        del self._line[mine[-1] + 1 :]
        del self._squares[mine[-1] :]
        self._thought = None
        self._show()

    def _resign(self, _: str) -> None:
        if self._over:
            self._terminal.say("The game is over already.")
            return
        self._resigned = True
        self._terminal.say(self._verdict())

    def _new(self, who: str) -> None:
        sides = {"": self._human, "first": 0, "1": 0, "second": 1, "2": 1}
        if who not in sides:
            self._terminal.say(f"'new {who}' is not possible; type new, new first or new second.")
            return
        self._count()
        self._terminal.say()
        self._begin(sides[who])

    def _help(self, _: str) -> None:
        self._terminal.say(_HELP.format(notation=notation_of(self._game)))
