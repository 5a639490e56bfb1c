import pytest
from hypothesis import given
from hypothesis import strategies as st

import games
from arena.players import specs
from arena.players.random import RandomPlayer
from arena.players.rollouts import RolloutPlayer
from arena.players.specs import Spec, choice, parse, real, register, resolve, whole
from games.errors import UserError

GAME = games.make("tic_tac_toe")


@pytest.fixture(autouse=True)
def arena_alone(monkeypatch):
    """The kinds that arena knows by itself, whatever else was registered in this process."""
    own = {kind: specs._resolvers[kind] for kind in ("mcts", "random")}
    monkeypatch.setattr(specs, "_resolvers", own)


@pytest.fixture
def run_kind(arena_alone):
    """A kind `run`, registered for one test; it gives back the spec and the context."""
    register("run", lambda spec, game, context: (spec, game, context), "run:NAME[@PHASE]")


@pytest.mark.parametrize(
    ("text", "kind", "argument", "phase", "options"),
    [
        ("random", "random", "", None, {}),
        ("mcts:200", "mcts", "200", None, {}),
        (" mcts:200 ", "mcts", "200", None, {}),
        ("mcts:200?uct_c=2", "mcts", "200", None, {"uct_c": "2"}),
        ("run:a@40?x=1&y=z", "run", "a", 40, {"x": "1", "y": "z"}),
        ("run:a", "run", "a", None, {}),
        ("run:a@b@7", "run", "a@b", 7, {}),
        ("best@3", "best", "", 3, {}),
        ("uci:/usr/bin/engine", "uci", "/usr/bin/engine", None, {}),
        ("./a/b@3.safetensors", "checkpoint", "./a/b@3.safetensors", None, {}),
        ("a.safetensors?simulations=3", "checkpoint", "a.safetensors", None, {"simulations": "3"}),
        ("runs/x/checkpoints/1", "checkpoint", "runs/x/checkpoints/1", None, {}),
        ("checkpoint:a@1", "checkpoint", "a@1", None, {}),
    ],
)
def test_the_grammar(text, kind, argument, phase, options):
    spec = parse(text)
    assert (spec.kind, spec.argument, spec.phase, dict(spec.options)) == (
        kind,
        argument,
        phase,
        options,
    )
    assert spec.text == text.strip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no player; write mcts:N or random"),
        ("mcts:", "nothing follows the ':'"),
        ("9lives", "names no player"),
        ("run:a@x", "'x' after @ is not a phase"),
        ("run:a@-1", "'-1' after @ is not a phase"),
        ("run:a@", "'' after @ is not a phase"),
        ("mcts:9?", "'' after ? is not of the form key=value"),
        ("mcts:9?uct_c", "'uct_c' after ? is not of the form"),
        ("mcts:9?uct_c=", "is not of the form"),
        ("mcts:9?uct_c=1&uct_c=2", "uct_c is given twice"),
    ],
)
def test_bad_grammar(text, message):
    with pytest.raises(UserError) as error:
        parse(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mtcs:9", "there is no kind 'mtcs'; did you mean 'mcts'? (mcts:N or random)"),
        ("Random", "did you mean 'random'?"),
        ("runs/a/1", "there is no kind 'checkpoint'"),
        ("random:3", "'random' takes no argument"),
        ("random@3", "'random' has no phases"),
        ("random?a=1", "there is no option 'a', nor any other option"),
        ("mcts", "say how many simulations, as in mcts:200"),
        ("mcts:0", "expected a whole number from 1 to"),
        ("mcts:many", "expected a whole number"),
        ("mcts:9@2", "'mcts' has no phases"),
        ("mcts:9?uct=1", "there is no option 'uct'; did you mean 'uct_c'?"),
        ("mcts:9?uct_c=nan", "uct_c=nan: expected a number from 0 to 100"),
        ("mcts:9?temperature=-1", "expected a number from 0 to 100"),
    ],
)
def test_players_that_cannot_be_made(text, message):
    with pytest.raises(UserError) as error:
        resolve(text, GAME)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_the_players_of_this_package():
    assert isinstance(resolve("random", GAME), RandomPlayer)
    player = resolve("mcts:30?uct_c=0.5&temperature=0.25", GAME)
    assert isinstance(player, RolloutPlayer)
    assert player.name == "mcts:30?uct_c=0.5&temperature=0.25"
    assert (player.settings.rule, player.settings.simulations) == ("uct", 30)
    assert (player.settings.uct_c, player.temperature) == (0.5, 0.25)
    assert resolve("mcts:30", GAME).settings.uct_c == pytest.approx(1.4)


def test_a_registered_kind_gets_spec_game_and_context(run_kind):
    context = {"folder": "x"}
    spec, game, given_context = resolve("run:a@3", GAME, context)
    assert spec == Spec("run:a@3", "run", "a", 3, {})
    assert game is GAME and given_context is context
    assert "run:NAME[@PHASE]" in specs.usages()
    with pytest.raises(UserError, match="did you mean 'run'"):
        resolve("rum:a", GAME)


def test_readers():
    assert whole(0, 9)("7") == 7 and real(0, 1)("0.5") == 0.5 and choice("a", "b")("b") == "b"
    for reader, text in (
        (whole(0, 9), "10"),
        (whole(0, 9), "1.0"),
        (whole(0, 9), "9" * 50),
        (whole(0, 9), ""),
        (real(0, 1), "inf"),
        (real(0, 1), "x"),
        (choice("a"), "A"),
    ):
        with pytest.raises(ValueError, match="expected"):
            reader(text)


@given(st.text(max_size=40))
def test_any_text_is_a_spec_or_one_clear_line(text):
    try:
        spec = parse(text)
    except UserError as error:
        assert str(error)
    else:
        assert spec.kind
