"""Games in Python by name, as objects, and their errors on the way through native code."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import games
from games import GameError
from games.errors import blamed, describe_blamed
from games.examples.snort import Snort
from games.examples.tic_tac_toe import TicTacToe
from games.python import loading

NAME = "games.examples.snort:Snort"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Write a module that can be imported, and return its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names: list[str] = []

    def write(text: str) -> str:
        name = f"own_game_{tmp_path.name}_{len(names)}".replace("-", "_").replace("[", "")
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        names.append(name)
        return name

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Pretend that packages register games."""

    def entries(**targets: str) -> None:
        points = [EntryPoint(name, target, loading.GROUP) for name, target in targets.items()]
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
        loading.registered.cache_clear()

    yield entries
    monkeypatch.undo()
    loading.registered.cache_clear()


def test_the_same_rules_are_one_object() -> None:
    game = games.make(f"{NAME}?size=5")
    assert games.make(f"{NAME}?size=5") is game
    assert games.make(f"{NAME}?size=4") is not game
    assert isinstance(game.rules, Snort)
    assert game.rules.size == 5
    assert games.make("othello").rules is None
    assert game.initial() == games.make(f"{NAME}?size=5").initial()


def test_a_parameter_at_its_default_is_left_out() -> None:
    assert games.make(f"{NAME}?size=6") is games.make(NAME)
    assert games.make(NAME).name == NAME
    assert games.wrap(Snort(4)).name == f"{NAME}?size=4"
    assert games.make(Snort()).name == NAME


PARAMETERS = """
    import games
    from games.examples.tic_tac_toe import TicTacToe

    class Game(TicTacToe):
        "With parameters."
        def __init__(self, a: int = 1, b: float = 0.5, c: bool = False, d: str = "x"):
            self.values = (a, b, c, d)

    class Bare(TicTacToe):
        def __init__(self, size):
            pass
"""


def test_parameters_have_the_types_of_their_defaults(module: Callable[[str], str]) -> None:
    name = module(PARAMETERS)
    game = games.make(f"{name}:Game?d=word&c=yes&b=2&a=-3")
    rules: Any = game.rules
    assert rules.values == (-3, 2.0, True, "word")
    assert game.name == f"{name}:Game?a=-3&b=2&c=yes&d=word"
    assert games.make(game.name) is game
    assert games.parameters(f"{name}:Game") == {
        "a": "1 (a whole number)",
        "b": "0.5 (a number)",
        "c": "no (yes or no)",
        "d": "x (a text)",
    }
    assert games.summary(f"{name}:Game") == "With parameters"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Game?a=x", "a='x' is not possible; give a whole number"),
        ("Game?b=nan", "b='nan' is not possible; give a number"),
        ("Game?c=maybe", "c='maybe' is not possible; give yes or no"),
        ("Game?aa=1", "has no parameter 'aa'; did you mean 'a'"),
        ("Game?a", "'a' is not a parameter; write name=value"),
        ("Game?a=1&a=2", "a is given twice"),
        ("Bare", "the parameter 'size' of __init__ needs a default"),
        ("Gane", "there is no 'Gane' in own_game.*; did you mean 'Game'"),
        ("games", "is no game: give a subclass of games.Rules"),
        ("", "names no class; write module:Class"),
    ],
)
def test_wrong_names_and_parameters(text: str, message: str, module: Callable[[str], str]) -> None:
    with pytest.raises(GameError, match=message) as caught:
        games.make(f"{module(PARAMETERS)}:{text}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["Game?a={}", "Game?{}=1", "Game?{}", "Plain?{}=1"])
def test_a_long_parameter_is_cut_short(text: str, module: Callable[[str], str]) -> None:
    name = module(PARAMETERS + "\n    class Plain(TicTacToe): pass\n")
    with pytest.raises(GameError) as caught:
        games.make(f"{name}:{text.format('9' * 5000)}")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["no.such.one:Game", "nosuchmodule:Game", "/etc/x:Y", ":", "a:"])
def test_modules_that_do_not_exist(name: str) -> None:
    with pytest.raises(GameError, match=r"there is no module|names no class"):
        games.make(name)


def test_an_incomplete_class_says_what_it_lacks(module: Callable[[str], str]) -> None:
    name = module("from games import Rules\nclass Half(Rules):\n    def initial(self): return ()\n")
    with pytest.raises(GameError, match="is not complete: it has no apply, from_string"):
        games.make(f"{name}:Half")


@pytest.mark.parametrize(
    ("text", "kind", "operation"),
    [
        ("import nosuchmodule", ModuleNotFoundError, "import"),
        ("x = 1 / 0", ZeroDivisionError, "import"),
        ("def f(:", SyntaxError, "import"),
        (
            "from games.examples.snort import Snort\nclass Game(Snort):\n"
            "    def __init__(self): self.size = {}[0]",
            KeyError,
            "__init__",
        ),
    ],
)
def test_a_module_that_fails_shows_its_own_traceback(
    text: str, kind: type[Exception], operation: str, module: Callable[[str], str]
) -> None:
    name = module(text)
    with pytest.raises(kind) as caught:
        games.make(f"{name}:Game")
    found = blamed(caught.value)
    assert found is not None
    assert found.operation == operation
    shown, line = describe_blamed(caught.value)
    assert f"{name}.py" in shown
    assert "catalogue.py" not in shown
    assert "importlib" not in shown
    assert line.startswith(f"the game {name}:Game failed in {operation}: {kind.__name__}")


def test_registered_games_have_bare_names(
    register: Callable[..., None], module: Callable[[str], str]
) -> None:
    register(snort=NAME, gone="no.such:Game", bad=f"{module('1/0')}:Game")
    assert games.make("snort?size=4").name == "snort?size=4"
    assert games.make("snort?size=6") is games.make("snort")
    assert {"snort", "gone", "bad", "othello"} <= set(games.names())
    assert games.summary("snort").startswith("Snort: rent fields")
    assert games.parameters("snort") == {"size": "6 (a whole number)"}
    assert "no module 'no'" in games.summary("gone")
    assert games.summary("bad") == "cannot be loaded: ZeroDivisionError: division by zero"
    assert games.parameters("gone") == games.parameters("bad") == {}
    with pytest.raises(GameError, match="did you mean 'snort'"):
        games.make("snorf")


def test_a_native_name_is_never_overruled(register: Callable[..., None]) -> None:
    register(othello=NAME)
    assert games.make("othello").rules is None


def test_a_game_can_be_reached_from_its_states() -> None:
    state = games.wrap(TicTacToe()).initial().apply(4)
    gc.collect()
    assert str(state) == ".../.x./..."
    assert isinstance(state.game.rules, TicTacToe)


def test_nothing_is_kept_when_the_last_state_goes() -> None:
    rules = TicTacToe()
    watched = weakref.ref(rules)
    state = games.wrap(rules).initial().apply(0)
    del rules
    assert watched() is not None
    del state
    gc.collect()
    assert watched() is None


def test_states_do_not_leak() -> None:
    class Counted(TicTacToe):
        def apply(self, state: Any, action: int) -> Any:
            made.append(1)
            return Stones(super().apply(state, action))

    class Stones(tuple[int, int]):
        def __del__(self) -> None:
            made.pop()

    made: list[int] = []
    game = games.wrap(Counted())
    games.random_games(game, 50, seed=1)
    batch = games.StateBatch(game, 3)
    batch.apply(np.array([0, 1, 2]))
    assert len(made) == 3
    del batch
    gc.collect()
    assert made == []


def failing(error: Exception, base: type[games.Rules[Any]] = TicTacToe) -> games.Game:
    """A game that raises the error once three stones stand."""

    class Failing(base):  # type: ignore[valid-type,misc]
        def legal_actions(self, state: Any) -> Any:
            if (state[0] | state[1]).bit_count() == 3:
                raise error
            return super().legal_actions(state)

    return games.wrap(Failing())


def test_an_exception_arrives_once_as_it_is() -> None:
    error = KeyError("gone")
    with pytest.raises(KeyError) as caught:
        games.random_games(failing(error), 1, seed=1)
    assert caught.value is error
    assert blamed(error) is not None
    assert len(error.__notes__) == 1
    assert error.__notes__[0].startswith("(raised by legal_actions of the game ")
    own = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert own.count("legal_actions") == 1


def test_an_exception_without_room_for_attributes_arrives_too() -> None:
    @dataclass(frozen=True)
    class Closed(Exception):
        why: str = "full"

    with pytest.raises(Closed) as caught:
        games.random_games(failing(Closed()), 1, seed=1)
    assert blamed(caught.value) is not None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GameError("not today"), SystemExit(3)])
def test_what_is_no_failure_is_not_blamed(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        games.random_games(failing(error), 1, seed=1)  # type: ignore[arg-type]
    assert caught.value is error
    assert blamed(error) is None


def test_states_are_used_from_many_threads() -> None:
    game, found = games.make("games.examples.tic_tac_toe:TicTacToe"), []

    def work(seed: int) -> None:
        found.append(games.random_games(game, 200, seed)["plies"])

    threads = [threading.Thread(target=work, args=(1,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


@pytest.mark.parametrize("daemon", [False, True])
def test_the_interpreter_ends_in_peace(daemon: bool) -> None:
    """With states that nobody has let go of, and with a thread that is still playing."""
    program = f"""
import threading, time, games
from games.examples.snort import Snort
game = games.wrap(Snort())
kept = [game.initial(), games.StateBatch(game, 3)]
kept.append(kept)
if {daemon}:
    threading.Thread(target=games.random_games, args=(game, 10**9, 1), daemon=True).start()
    time.sleep(0.2)
print("end")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_what_runs_at_exit_may_still_play() -> None:
    program = """
import atexit
atexit.register(lambda: print(games.random_games(games.wrap(Snort(3)), 1, 1)["games"]))
import games
from games.examples.snort import Snort
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
