"""Speed of the rules beside OpenSpiel's C++, python-chess and Stockfish, on one thread.

Random games: positions a second, as in `zero bench`, in turns with OpenSpiel's own rollout
evaluator, whose loop is also C++. The table shows medians, and the median of the ratios of
neighbouring turns. A rollout does not report its length. So OpenSpiel's positions are its rollouts
times the mean length of our random games; the tests check that the rules are the same.

Chess: nodes a second of perft from the initial position, all three in one run. Stockfish takes part
if it is installed (Debian: apt-get install stockfish).

    scripts/dev bench_rules [--seconds 1] [--turns 5] [--game NAME ...] [--json]
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import chess
import pyspiel

import games
from zero.bench.selfplay import rules_rate

# Our game, the same rules in OpenSpiel, and how many times as fast ours has to be.
PAIRS = [
    ("tic_tac_toe", "tic_tac_toe", 5),
    ("connect_four", "connect_four", 5),
    ("othello", "othello", 5),
    ("breakthrough", "breakthrough", 5),
    ("hex", "hex", 2),
    ("gomoku", "gomoku", 2),
    ("go?size=9", "go(board_size=9)", 5),
    ("go", "go", 5),
    ("chess?plies=10000", "chess", 5),
]


@dataclass(frozen=True)
class Speed:
    """Positions/s (or nodes/s) of one thing, and how many times another's that is."""

    what: str
    rate: float
    other: str
    other_rate: float
    ratio: float
    aim: float


def rollout_rate(game: pyspiel.Game, seconds: float, seed: int) -> float:
    """Rollouts/s of OpenSpiel from the initial state for about `seconds`.

    Python reaches the rollout evaluator through a search only: one of a single simulation does
    nothing but `count` rollouts from its root.
    """
    state = game.new_initial_state()
    rollouts, start, count = 0, time.perf_counter(), 1
    while (elapsed := time.perf_counter() - start) < seconds:
        evaluator = pyspiel.RandomRolloutEvaluator(count, seed + rollouts)
        pyspiel.MCTSBot(game, evaluator, 2.0, 1, 1000, False, seed, False).step(state)
        rollouts += count
        count = min(256, 2 * count)
    return rollouts / elapsed


def compare(name: str, their_name: str, aim: float, seconds: float, turns: int) -> Speed:
    """Ours and OpenSpiel's in turns."""
    theirs = pyspiel.load_game(their_name)
    sample = games.random_games(games.make(name), 300, seed=1)
    length = sample["plies"] / sample["games"]
    pairs = [
        (rules_rate(name, seconds), length * rollout_rate(theirs, seconds, turn))
        for turn in range(turns)
    ]
    return _median(name, "OpenSpiel", pairs, aim)


def _median(what: str, other: str, pairs: list[tuple[float, float]], aim: float) -> Speed:
    return Speed(
        what,
        statistics.median(ours for ours, _ in pairs),
        other,
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(ours / theirs for ours, theirs in pairs),
        aim,
    )


def our_perft(depth: int) -> float:
    """Nodes/s of games.perft, bulk counting at the last ply."""
    state, start = games.make("chess").initial(), time.perf_counter()
    return games.perft(state, depth) / (time.perf_counter() - start)


def python_chess_perft(depth: int) -> float:
    """Nodes/s of python-chess, bulk counting at the last ply, which is its faster way."""

    def count(board: chess.Board, left: int) -> int:
        if left == 1:
            return board.legal_moves.count()
        nodes = 0
        for move in board.legal_moves:
            board.push(move)
            nodes += count(board, left - 1)
            board.pop()
        return nodes

    start = time.perf_counter()
    return count(chess.Board(), depth) / (time.perf_counter() - start)


def stockfish_perft(program: str, depth: int) -> float:
    """Nodes/s of Stockfish's `go perft`, from the command to its answer, without its start."""
    with subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def ask(command: str, answer: str) -> re.Match[str]:
            process.stdin.write(command + "\n")
            for line in process.stdout:
                if match := re.match(answer, line):
                    return match
            raise SystemExit(f"{program} ended without an answer to {command!r}")

        ask("setoption name Threads value 1\nisready", "readyok")
        ask("go perft 3", r"Nodes searched: (\d+)")  # warm
        start = time.perf_counter()
        nodes = int(ask(f"go perft {depth}", r"Nodes searched: (\d+)")[1])
        seconds = time.perf_counter() - start
        process.stdin.write("quit\n")
    return nodes / seconds


def compare_perft(turns: int) -> list[Speed]:
    """Perft beside python-chess and, if it is there, Stockfish."""
    pairs = [(our_perft(5), python_chess_perft(3)) for _ in range(turns)]
    speeds = [_median("chess perft", "python-chess", pairs, 100)]
    program = shutil.which("stockfish") or shutil.which("/usr/games/stockfish")
    if program is None:
        print("Stockfish is not installed: not compared", file=sys.stderr)
        return speeds
    pairs = [(our_perft(6), stockfish_perft(program, 6)) for _ in range(turns)]
    return [*speeds, _median("chess perft", "Stockfish", pairs, 0.3)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the rules beside other programs.")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--game", action="append", help="only these; 'perft' for chess's perft")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = options.game or [*(name for name, _, _ in PAIRS), "perft"]
    known = {name: (theirs, aim) for name, theirs, aim in PAIRS}
    if unknown := set(wanted) - {*known, "perft"}:
        parser.error(f"unknown {', '.join(sorted(unknown))}; known: {', '.join(known)}, perft")
    speeds = [
        compare(name, *known[name], options.seconds, options.turns)
        for name in wanted
        if name != "perft"
    ]
    if "perft" in wanted:
        speeds += compare_perft(options.turns)
    if options.json:
        print(json.dumps([asdict(speed) for speed in speeds], indent=2))
        return
    print(f"{'':<18}{'zero':>14}  {'beside':<13}{'':>13}{'ratio':>9}{'aim':>7}")
    for speed in speeds:
        print(
            f"{speed.what:<18}{speed.rate:>12,.0f}/s  {speed.other:<13}"
            f"{speed.other_rate:>11,.0f}/s{speed.ratio:>9.2f}{speed.aim:>7g}"
        )


if __name__ == "__main__":
    main()
