"""The command with games in Python and with OpenSpiel's."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zero import cli

SNORT = "games.examples.snort:Snort"
TINY = (
    "network.blocks=1",
    "network.channels=8",
    "inference.backend=torch",
    "search.simulations=4",
    "selfplay.slots=8",
    "selfplay.groups=2",
    "selfplay.batches_per_phase=150",
    "selfplay.rollout_simulations=4",
    "training.batch=8",
    "training.window_min=10",
    "rating.every=0",
    "rating.games=2",
    "rating.simulations=2",
    'rating.opponents=["random"]',
    "run.threads=2",
)

Zero = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zero(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Zero:
    """Run `zero` in this process: (exit code, stdout, stderr)."""
    monkeypatch.setattr("zero.inference.in_play._LIMIT_SECONDS", 0.02)

    def run(*words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("name", [f"{SNORT}?size=3", "openspiel:nim", "openspiel:y(board_size=3)"])
def test_a_run_is_made_and_played_against(
    name: str, zero: Zero, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [word for text in TINY for word in ("--set", text)]
    code, out, err = zero("train", name, "--phases", 2, "--json", *options)
    assert code == 0, err
    outcome = json.loads(out)
    assert (outcome["game"], outcome["state"]) == (name, "finished")
    assert outcome["steps"] > 0
    assert f"zero play '{name}' --vs run:{outcome['run']}" in err or "nim" in name
    monkeypatch.setattr("sys.stdin", io.StringIO("board\nquit\n"))
    code, out, _ = zero("play", name)
    assert code == 0
    assert f"against run:{outcome['run']}" in out
    code, out, _ = zero("match", name, f"run:{outcome['run']}", "random", "--games", 2, "--json")
    assert code == 0
    assert json.loads(out)["game"] == name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "nosuch:Game"), "there is no module 'nosuch'"),
        (("train", "games.examples.snort:Snorf"), "did you mean 'Snort'?"),
        (("train", "mygame.py:MyGame"), "write the module without .py, mygame:MyGame"),
        (("train", "bisect:Game"), "bisect.py is a games.Rules"),  # a file of one's own is shadowed
        (("train", f"{SNORT}?sise=5"), "did you mean 'size'?"),
        (("train", f"{SNORT}?size=1"), "give 2 to 12"),
        (("play", "openspiel:kuhn_poker"), "openspiel:kuhn_poker has hidden information"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], message: str, zero: Zero) -> None:
    code, out, err = zero(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("zero: ")
    assert err.count("\n") == 1
    assert not Path("runs").exists()


def test_bench_says_what_rules_in_python_cost(zero: Zero) -> None:
    words = ("--blocks", 1, "--channels", 8, "--slots", 16, "--simulations", 8, "--seconds", 1)
    code, out, _ = zero("bench", f"{SNORT}?size=3", *words, "--json")
    assert code == 0
    cost = json.loads(out)["python"]
    assert cost["native_rules_positions_per_s"] > 10 * cost["rules_positions_per_s"] > 0
    assert cost["native_tree_simulations_per_s"] > cost["tree_simulations_per_s"] > 0


def test_the_list_says_how_to_name_others(zero: Zero) -> None:
    code, out, _ = zero("games")
    assert code == 0
    assert SNORT in out
    assert "openspiel:" in out
