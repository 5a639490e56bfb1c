"""A game in Python that fails stops what is under way cleanly, and shows its author where."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import games
from selfplay import GameRecord
from selfplay.storage.games import GameStore
from selfplay.storage.lock import WriterLock

ROOT = Path(__file__).parents[2]
GAME = """
import os
from games.examples.tic_tac_toe import TicTacToe

class Game(TicTacToe):
    calls = 0

    def observe(self, state):
        Game.calls += 1
        if Game.calls > int(os.environ.get("FAIL_AFTER", "1000000000")):
            self.helper()
        return state

    def helper(self):
        raise OSError("the author's own trouble")

class Broken(TicTacToe):
    def returns(self, state):
        return None
"""

Zero = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def zero(tmp_path: Path) -> Zero:
    """Run `zero` in a folder with a module `own`, whose game fails after so many observations."""
    (tmp_path / "own.py").write_text(GAME)

    def run(*words: str, fail_after: int | None = None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path[1:], str(ROOT)])}
        if fail_after is not None:
            environment["FAIL_AFTER"] = str(fail_after)
        program = "import sys; from zero.cli import main; main(sys.argv[1:])"
        return subprocess.run(
            [sys.executable, "-P", "-c", program, *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=120,
        )

    return run


def shows_the_failure(done: subprocess.CompletedProcess[str]) -> None:
    """One traceback, of the game's frames alone, then one line."""
    assert done.returncode == 1, done.stderr
    text = done.stderr
    assert text.count("Traceback (most recent call last)") == 1
    assert text.count('raise OSError("the author\'s own trouble")') == 1
    frames = [line for line in text.splitlines() if line.startswith('  File "')]
    assert len(frames) == 2
    assert all("own.py" in frame for frame in frames)
    last = text.rstrip().splitlines()[-1]
    assert last.startswith("zero: the game own:Game failed in observe: OSError: the author's own")


@pytest.mark.parametrize(
    "words",
    [
        "match own:Game mcts:20 random --games 4",
        "selfplay own:Game --games 50 --out games.sqlite3 --simulations 20 --threads 2",
        "play own:Game --vs mcts:50 --first them",
    ],
)
def test_every_verb_shows_the_game_s_own_traceback(words: str, zero: Zero) -> None:
    shows_the_failure(zero(*words.split(), fail_after=30))


def test_a_broken_promise_is_one_line(zero: Zero) -> None:
    done = zero("match", "own:Broken", "mcts:20", "random", "--games", "4")
    assert done.returncode == 2
    assert done.stderr.startswith("zero: own:Broken: returns returned None; it returns what each")
    assert done.stderr.count("\n") == 1


def test_a_run_stops_cleanly_and_goes_on_when_the_game_is_mended(
    zero: Zero, tiny: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [word for text in tiny for word in ("--set", text)]
    train = ["train", "own:Game", "--run", "a", "--phases", "3"]
    failed = zero(*train, *options, fail_after=4000)
    shows_the_failure(failed)

    monkeypatch.syspath_prepend(tmp_path)
    game = games.make("own:Game")
    run = tmp_path / "runs" / "a"
    with WriterLock(run / "run", "the run"), GameStore(run / "games.sqlite3") as store:
        store.verify(game)
        assert store.count() > 0
    assert not [path for path in run.rglob("*") if "tmp" in path.name]

    resumed = zero(*train, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    whole = zero("train", "own:Game", "--run", "b", "--phases", "3", *options)
    assert whole.returncode == 0, whole.stderr
    assert games_of(run, game) == games_of(tmp_path / "runs" / "b", game)


def games_of(run: Path, game: games.Game) -> list[GameRecord]:
    """All records of a run."""
    with GameStore(run / "games.sqlite3") as store:
        return list(store.games(game))
