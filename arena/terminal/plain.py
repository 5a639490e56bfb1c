"""A person against a player, in a plain terminal: typed moves and commands, lines of text.

It needs only text, so it works in any terminal, through pipes, and in tests. If the output is a
terminal, it adds colour (unless NO_COLOR is set) and counts simulations during a search.
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
from arena.players.player import Player
from arena.players.thinking import Decision, Thinking
from arena.session import Refusal, Session, Tally, adviser_for
from arena.terminal import explain
from arena.terminal.board import draw, player_names
from games import Game, State
from games.errors import ContractError, GameError
from games.notation.moves import notation_of, read_move, write_move

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


@dataclass(frozen=True)
class _Thought:
    """A thought, who had it, and in which position."""

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
    session = Session(
        game,
        _seats(held, human_side),
        adviser or adviser_for(opponent),
        secrets.randbits(63) if seed is None else seed,
    )
    return _Face(session, held, _Terminal(input or sys.stdin, output or sys.stdout)).run()


def _seats(opponent: Player, human_side: int) -> tuple[Player | None, Player | None]:
    return (None, opponent) if human_side == 0 else (opponent, None)


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


class _Face:
    """A session as lines of text, and its commands."""

    def __init__(self, session: Session, opponent: Player, terminal: _Terminal) -> None:
        self._session = session
        self._opponent = opponent
        self._terminal = terminal
        self._marks = player_names(session.game)
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

    def run(self) -> Tally:
        """Plays until the person leaves; returns the finished games."""
        try:
            self._welcome()
            while self._turn():
                pass
        except KeyboardInterrupt:
            self._terminal.say()
        tally = self._session.tally
        if tally.games:
            self._terminal.say(f"You won {tally.wins}, drew {tally.draws}, lost {tally.losses}.")
        self._terminal.say("Bye.")
        return tally

    @property
    def _state(self) -> State:
        return self._session.state

    @property
    def _mark(self) -> str:
        return self._marks[self._session.person]

    def _welcome(self) -> None:
        """The words at the start of a game, and the opponent's first move."""
        self._thought: _Thought | None = None
        game, order = self._session.game, ("first", "second")[self._session.person]
        self._terminal.say(
            f"{game.name}: you are {self._mark} and move {order}; against {self._opponent.name}."
        )
        if game.goal:
            self._terminal.say(game.goal)
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
        try:
            self._obey(word, rest.strip(), text)
        except Refusal as refusal:
            self._terminal.say(str(refusal))
        return True

    def _obey(self, word: str, rest: str, text: str) -> None:
        """A command, or else a move."""
        if word in self._commands:
            self._commands[word](rest)
        elif self._session.is_over:
            self._terminal.say(f"The game is over, and '{text}' is no command; type help.")
        else:
            try:
                action = read_move(self._state, text)
            except ContractError:
                raise  # the game itself is at fault, not what was typed
            except GameError as error:
                self._terminal.say(f"{error} (or type help)")
            else:
                self._play(action)

    def _prompt(self) -> str:
        if self._session.is_over:
            return "new, undo or quit> "
        if self._must_pass():
            return f"{self._mark}, no move but to pass (press Enter)> "
        return f"{self._mark}> "

    def _legal(self) -> list[int]:
        return [] if self._session.is_over else self._state.legal_actions()

    def _must_pass(self) -> bool:
        legal = self._legal()
        return len(legal) == 1 and self._state.action_to_string(legal[0]) == "pass"

    def _play(self, action: int) -> None:
        self._session.play(action)
        self._answer()
        self._show()

    def _answer(self) -> None:
        """The opponent's moves, until the person is to move or the game is over."""
        while self._session.to_move is not None:
            state = self._state
            mark = self._marks[state.to_play]
            thinking = self._session.think()
            self._watch(thinking, f"{mark} thinks")
            decision = self._session.answer(thinking)
            self._thought = _Thought(f"{mark} ({self._opponent.name})", state, decision)
            thought = decision.thought
            effort = f" ({thought.simulations} simulations)" if thought is not None else ""
            self._terminal.say(f"{mark} plays {write_move(state, decision.action)}{effort}")

    def _watch(self, thinking: Thinking, doing: str) -> None:
        """Lets it think to its end, and shows how far it is."""
        try:
            while thinking.advance():
                self._terminal.status(lambda: f"{doing}: {_count(thinking)} simulations")
        finally:
            self._terminal.clear_status()

    def _show(self) -> None:
        line = self._session.line
        last = line[-2].state.square_of(line[-1].actions[-1]) if len(line) > 1 else None
        legal = not self._session.is_over and self._session.to_move is None
        self._terminal.say()
        self._terminal.say(draw(self._state, last, legal=legal, colour=self._terminal.colour))
        self._terminal.say()
        if self._session.is_over:
            self._terminal.say(self._verdict())

    def _verdict(self) -> str:
        returns = self._session.returns
        assert returns is not None
        outcome = returns[self._session.person]
        if self._session.resigned is not None:
            return f"You resigned; {self._opponent.name} wins."
        if outcome == 0:
            return "The game is drawn."
        return "You win!" if outcome > 0 else f"{self._opponent.name} wins."

    def _hint(self, _: str) -> None:
        thinking = self._session.hint()
        self._watch(thinking, "looking for a hint")
        decision = thinking.decision()
        who = f"the hint of {self._session.adviser.name}"
        self._thought = _Thought(who, self._state, decision)
        name = write_move(self._state, decision.action)
        self._terminal.say(f"Hint: {name}" + ("" if decision.thought is None else "  (why?)"))

    def _why(self, _: str) -> None:
        last = self._thought
        if last is None:
            self._terminal.say("Nothing was thought yet; ask for a hint, or make a move.")
            return
        chosen = write_move(last.state, last.decision.action)
        thought = last.decision.thought
        if thought is None:
            self._terminal.say(f"{last.who} chose {chosen} without a search.")
            return
        mark = self._marks[last.state.to_play]
        value = explain.win_percent(thought.value)
        self._terminal.say(f"{last.who}: {chosen}, as {mark} sees it ({value:.0f} % for {mark})")
        self._terminal.say(explain.table(last.state, thought, last.decision.action))

    def _moves(self, _: str) -> None:
        names = [write_move(self._state, action) for action in self._legal()] or ["none"]
        self._terminal.say(textwrap.fill("Legal moves: " + " ".join(names), _WIDTH))

    def _board(self, _: str) -> None:
        self._show()

    def _undo(self, _: str) -> None:
        resigned = self._session.resigned is not None
        self._session.take_back()
        if not resigned:
            self._thought = None
        self._show()

    def _resign(self, _: str) -> None:
        self._session.resign()
        self._terminal.say(self._verdict())

    def _new(self, who: str) -> None:
        sides = {"": self._session.person, "first": 0, "1": 0, "second": 1, "2": 1}
        if who not in sides:
            self._terminal.say(f"'new {who}' is not possible; type new, new first or new second.")
            return
        self._session.begin(seats=_seats(self._opponent, sides[who]))
        self._terminal.say()
        self._welcome()

    def _help(self, _: str) -> None:
        self._terminal.say(_HELP.format(notation=notation_of(self._session.game)))


def _count(thinking: Thinking) -> str:
    """The simulations made, and how many there will be where that is known."""
    thought, whole = thinking.thought(), thinking.limit.simulations
    made = 0 if thought is None else thought.simulations
    return str(made) if whole is None else f"{made} of {whole}"
