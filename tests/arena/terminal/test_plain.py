import io
import random
import re

import pytest

import games
from arena.matches.match import play_match
from arena.players.limit import OWN
from arena.players.player import Player
from arena.players.position import Position
from arena.players.random import RandomPlayer
from arena.players.search import SearchPlayer
from arena.players.specs import resolve
from arena.players.thinking import Decision
from arena.session import Tally
from arena.terminal import play
from arena.terminal.board import player_names
from arena.terminal.explain import line_of_play, table
from games.errors import UserError
from selfplay import SearchSettings, UniformEvaluator

CONNECT_FOUR = games.make("connect_four")
TIC_TAC_TOE = games.make("tic_tac_toe")
OTHELLO = games.make("othello?size=6")


class Scripted(Player):
    """Plays given moves in turn, whatever the position."""

    name = "scripted"

    def __init__(self, *actions):
        self.actions = list(actions)

    def choose(self, positions, limit, seeds):
        return [Decision(self.actions.pop(0)) for _ in positions]


class Interrupting(io.StringIO):
    """Input that ends with Ctrl-C."""

    def readline(self, *args):
        line = super().readline(*args)
        if not line:
            raise KeyboardInterrupt
        return line


def session(game, opponent, typed, side=0, level=None, source=io.StringIO, **options):
    """Plays the typed lines; returns the tally and all that was shown."""
    output = io.StringIO()
    lines = "".join(line + "\n" for line in typed)
    tally = play(game, opponent, side, level, seed=1, input=source(lines), output=output, **options)
    return tally, output.getvalue()


def test_chess_is_played_in_san_and_in_uci():
    _, text = session(games.make("chess"), RandomPlayer(), ["e4", "moves", "g1f3", "Ke7", "?"])
    assert "you are white and move first" in text
    assert "white> e4" in text and "black plays " in text
    assert re.search(r"^Legal moves: [^>]*\bNf3\b", text, re.MULTILINE)
    assert "chess: 'Ke7' is not a move here; legal: " in text
    assert "A move is typed as Nf3 or as g1f3." in text


def test_long_lists_of_moves_are_wrapped():
    for name in ("go", "gomoku", "hex?swap=yes", "breakthrough"):
        game = games.make(name)
        _, text = session(game, RandomPlayer(), ["moves", "zz", "?"])
        assert all(len(line) <= 100 for line in text.splitlines() if "zz" not in line)
        shown = text.partition("Legal moves: ")[2].partition("\n" + player_names(game)[0] + ">")[0]
        assert len(shown.split()) == len(game.initial().legal_actions())


def test_help_names_passes_and_swaps():
    for name, words in (("go", "like A19, or pass."), ("hex?swap=yes", "like a1, or swap to take")):
        assert words in session(games.make(name), RandomPlayer(), ["?"])[1]
    assert "swap" not in session(games.make("hex"), RandomPlayer(), ["?"])[1]


def test_a_game_is_played_and_won():
    tally, text = session(CONNECT_FOUR, Scripted(0, 0, 0), ["4", "4", "4", "4"])
    assert tally == Tally(wins=1)
    assert "you are x and move first" in text
    assert "You win!" in text and "You won 1, drew 0, lost 0." in text
    assert text.endswith("Bye.\n")
    assert text.count("o plays 1") == 3
    assert "x> 4\n" in text, "typed lines are echoed where nobody sees them typed"


def test_the_second_side_and_a_loss():
    tally, text = session(CONNECT_FOUR, Scripted(3, 3, 3, 3), ["1", "1", "1"], side=1)
    assert tally == Tally(losses=1)
    assert "you are o and move second" in text
    assert text.index("x plays 4") < text.index("o> 1")
    assert "scripted wins." in text


def test_a_draw():
    moves, answers = ["b2", "b1", "c1", "a2", "c3"], (0, 7, 6, 5)
    tally, text = session(TIC_TAC_TOE, Scripted(*answers), moves)
    assert tally == Tally(draws=1)
    assert "The game is drawn." in text


def test_bad_lines_are_explained_and_change_nothing():
    _, text = session(CONNECT_FOUR, Scripted(0), ["9", "foo", "", "4"])
    assert "'9' is not a move" in text and "'foo' is not a move" in text
    assert text.count("legal: 1 2 3 4 5 6 7") == 2
    assert "o plays 1" in text


def test_moves_and_help_and_board():
    _, text = session(TIC_TAC_TOE, Scripted(0), ["moves", "help", "?", "board", "b"])
    assert "Legal moves: a1 b1 c1 a2 b2 c2 a3 b3 c3" in text
    assert text.count("undo   (u)") == 2
    assert text.count(" 1  .  .  .") == 3


def test_undo_takes_both_moves_back():
    _, text = session(CONNECT_FOUR, Scripted(0, 6, 1), ["4", "5", "undo", "3", "undo", "u", "u"])
    boards = re.findall(r"((?:^[ .xo\[\]]+\n){6}) 1  2", text, re.MULTILINE)
    bottom = [
        board.splitlines()[-1].replace("[", " ").replace("]", " ").split() for board in boards
    ]
    assert ["".join(row) for row in bottom] == [
        ".......",
        "o..x...",
        "o..xx.o",
        "o..x...",
        "oox" + "x...",
        "o..x...",
        ".......",
    ]
    assert text.count("there is nothing to take back") == 1


def test_undo_as_second_player_keeps_the_first_move():
    _, text = session(TIC_TAC_TOE, Scripted(4, 0), ["undo", "c1", "undo"], side=1)
    assert "there is nothing to take back" in text
    assert text.rstrip().splitlines()[-6:-3] == [" 1  .  .  .", " 2  . [x] .", " 3  .  .  ."]


def test_a_finished_game_can_be_taken_back():
    typed = ["4", "4", "4", "4", "undo", "5", "quit"]
    tally, text = session(CONNECT_FOUR, Scripted(0, 0, 0, 1), typed)
    assert "You win!" in text
    assert tally == Tally()


def test_resigning_and_starting_again():
    typed = ["resign", "resign", "4", "hint", "new second", "new third", "new", "new first", "q"]
    tally, text = session(CONNECT_FOUR, Scripted(3, 3), typed)
    assert tally == Tally(losses=1)
    assert "You resigned; scripted wins." in text
    assert "The game is already over." in text
    assert "'4' is no command" in text
    assert "'new third' is not possible" in text
    sides = re.findall("you are (x|o) and move (first|second)", text)
    assert sides == [("x", "first"), ("o", "second"), ("o", "second"), ("x", "first")]


def test_a_resignation_can_be_taken_back():
    tally, text = session(TIC_TAC_TOE, Scripted(0), ["resign", "undo", "b2"])
    assert tally == Tally() and "o plays a1" in text


@pytest.mark.parametrize("typed", [[], ["4"], ["4", "hint"]])
@pytest.mark.parametrize("source", [io.StringIO, Interrupting])
def test_the_end_of_input_and_ctrl_c_leave_cleanly(typed, source):
    tally, text = session(CONNECT_FOUR, Scripted(0), typed, source=source)
    assert tally == Tally()
    assert text.endswith("\nBye.\n")


def test_ctrl_c_while_the_opponent_thinks():
    class Stuck(Player):
        name = "stuck"

        def choose(self, positions, limit, seeds):
            raise KeyboardInterrupt

    _, text = session(CONNECT_FOUR, Stuck(), ["4"])
    assert text.endswith("\nBye.\n")


def test_why_explains_the_answer_and_the_hint():
    opponent = resolve("mcts:80", CONNECT_FOUR)
    _, text = session(CONNECT_FOUR, opponent, ["why", "4", "why", "hint", "w"])
    assert "Nothing was thought yet" in text
    assert "(80 simulations)" in text
    answer, hint = (part for part in text.split("   move   visits   prior   win %\n")[1:])
    visits = [int(v) for v in re.findall(r"^ [> ] \d +(\d+)", answer, re.MULTILINE)]
    assert sum(visits) == 80 and visits == sorted(visits, reverse=True)
    assert "line of play: " in answer and "line of play: " in hint
    assert re.search(r"o \(mcts:80\): \d, as o sees it \(\d+ % for o\)", text)
    assert re.search(r"the hint of mcts:80: \d, as x sees it \(\d+ % for x\)", text)
    hinted = re.search(r"Hint: (\d)", text).group(1)
    assert f" > {hinted} " in hint


def test_hints_come_even_against_a_player_without_search():
    _, text = session(CONNECT_FOUR, Scripted(1, 1, 1), ["1", "1", "hint", "why", "1", "why"])
    assert "Hint: " in text and "the hint of rollouts" in text
    assert "o (scripted) chose 2 without a search." in text


def test_the_adviser_can_be_given():
    _, text = session(CONNECT_FOUR, Scripted(), ["hint"], adviser=Scripted(5))
    assert "Hint: 6\n" in text


def test_a_forced_pass_is_played_by_enter():
    game = games.make("othello?size=4")
    line = _line_to_a_pass(game)
    assert line is not None
    side = (len(line)) % 2
    mine, theirs = line[side::2], line[1 - side :: 2]
    state = game.initial()
    for action in line:
        state = state.apply(action)
    assert state.to_play == side
    typed = [game.initial().action_to_string(a) for a in mine]
    _, text = session(game, Scripted(*theirs, *_rest(state)), [*typed, ""], side=side)
    assert "no move but to pass (press Enter)>" in text
    assert text.count(f"{'ox'[side]} plays") == len(theirs) + 1


def _line_to_a_pass(game):
    """A line without passes to a position where the only move is to pass, the game going on."""
    frontier = [((), game.initial())]
    while frontier:
        line, state = frontier.pop(0)
        if state.legal_actions() == [game.num_actions - 1]:
            return line
        frontier += [((*line, a), state.apply(a)) for a in state.legal_actions()]
    return None


def _rest(state):
    """The answer to the pass."""
    return [state.apply(state.legal_actions()[0]).legal_actions()[0]]


def test_levels_hold_the_opponent_back_but_not_the_hints():
    opponent = resolve("mcts:500", TIC_TAC_TOE)
    _, text = session(TIC_TAC_TOE, opponent, ["b2", "hint", "why"], level=1)
    assert "against mcts:500 at level 1." in text
    assert "(16 simulations)" in text
    assert "the hint of mcts:500:" in text
    with pytest.raises(UserError, match="has no levels"):
        session(TIC_TAC_TOE, RandomPlayer(), [], level=3)


def test_the_raw_policy_can_be_played():
    settings = SearchSettings(simulations=0)
    raw = SearchPlayer("policy", UniformEvaluator(), settings)
    _, text = session(TIC_TAC_TOE, raw, ["b2", "why"])
    assert "o plays a1 (0 simulations)" in text
    assert re.search(r"> a1 +0 +12 % +-", text)


def test_the_table_and_the_line():
    player = resolve("mcts:400", OTHELLO)
    state = OTHELLO.initial()
    decision = player.choose([Position.of(state)], OWN, [1])[0]
    text = table(state, decision.thought, decision.action)
    assert len(text.splitlines()) == 1 + 4 + 1
    assert sum(line.startswith(" >") for line in text.splitlines()) == 1
    long_line = play_match(OTHELLO, RandomPlayer(), RandomPlayer(), 2, plies=0).games[0].actions
    assert line_of_play(state, long_line).endswith(" ...")
    assert len(line_of_play(state, long_line).split()) == 13


def test_a_long_table_is_cut():
    game = games.make("othello")
    state = game.initial()
    while len(state.legal_actions()) < 14:
        state = state.apply(state.legal_actions()[len(state.legal_actions()) // 2])
    result = resolve("mcts:50", game).search([state], [1])[0]
    worst = min(zip(result.visits, result.actions, strict=True))[1]
    text = table(state, result, worst)
    assert "and " in text.splitlines()[-2] + text.splitlines()[-1]
    assert any(line.startswith(f" > {state.action_to_string(worst)}") for line in text.splitlines())


def test_whole_sessions_of_random_lines_never_fail():
    """Any mixture of moves, commands and nonsense, in every game, from both sides."""
    words = ["hint", "why", "undo", "resign", "new", "new second", "m", "b", "", "zz", "pass", "h"]
    others = [games.make(name) for name in ("go?size=5", "hex?size=4&swap=yes", "chess")]
    for number, game in enumerate((CONNECT_FOUR, TIC_TAC_TOE, OTHELLO, *others)):
        generator = random.Random(number)
        names = _names_in_a_game(game)
        typed = [generator.choice(words if generator.random() < 0.3 else names) for _ in range(300)]
        _, text = session(game, resolve("mcts:5", game), typed, side=number % 2)
        assert text.endswith("Bye.\n") and "\x1b" not in text


def _names_in_a_game(game):
    """The names of all moves that can be made in a random game."""
    generator, state, names = random.Random(1), game.initial(), set()
    while not state.is_terminal:
        names |= {state.action_to_string(action) for action in state.legal_actions()}
        state = state.apply(generator.choice(state.legal_actions()))
    return sorted(names)


class Screen(io.StringIO):
    """Output that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_in_a_terminal_there_is_colour_and_a_running_count(monkeypatch, no_colour):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_colour)
    screen = Screen()
    opponent = resolve("mcts:200", CONNECT_FOUR)
    play(CONNECT_FOUR, opponent, seed=1, input=io.StringIO("4\nquit\n"), output=screen)
    shown = screen.getvalue()
    assert ("\x1b[1;34mx\x1b[0m" in shown) == (not no_colour)
    assert "\r\x1b[Ko thinks: " in shown
    assert shown.rindex("\r\x1b[K") < shown.index("o plays")


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen()
    opponent = resolve("mcts:200", CONNECT_FOUR)
    play(CONNECT_FOUR, opponent, seed=1, input=io.StringIO("4\nquit\n"), output=screen)
    assert "\x1b" not in screen.getvalue() and "\r" not in screen.getvalue()
