"""Every registered game keeps the contract, and the checks notice games that do not."""

from collections.abc import Callable
from typing import Any

import pytest

import games
from games.testing import ContractError, check
from games.testing.keys import Keys
from games.testing.states import check_state, check_step
from games.testing.symmetries import Turns

VARIANTS = [
    "breakthrough?size=6",
    "chess?history=8&plies=60",
    "chess?history=2&plies=200",
    "go?size=3&komi=0",
    "go?size=4&superko=yes",
    "go?size=5",
    "go?size=9",
    "gomoku?size=7&line=4",
    "gomoku?size=9&exact=yes",
    "hex?size=5",
    "hex?size=4&swap=yes",
    "othello?size=6",
    "othello?size=4",
]
# Here a state is more than its position: it remembers what has gone before, as far as that matters.
WITH_A_PAST = ("chess", "go")


def _plays(name: str, most: int) -> int:
    """Fewer plays of long games, so that about as many states are met in all of them."""
    return max(1, min(most, 100 * most // games.make(name).max_plies))


@pytest.mark.parametrize("name", [*games.names(), *VARIANTS])
def test_game_keeps_the_contract(name: str) -> None:
    check(name, plays=_plays(name, 60), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*games.names(), *VARIANTS])
def test_game_keeps_the_contract_for_long(name: str) -> None:
    check(name, plays=_plays(name, 1000), seed=2)


@pytest.mark.parametrize(
    "name",
    [name for name in [*games.names(), *VARIANTS] if name.split("?")[0] not in WITH_A_PAST],
)
def test_different_positions_have_different_keys(name: str) -> None:
    """In these games a position has no past, so its key stands for the whole state."""
    state_of: dict[int, games.State] = {}
    game = games.make(name)
    for seed in range(60):
        state, ply = game.initial(), 0
        while not state.is_terminal:
            assert state_of.setdefault(state.position_key, state) == state
            legal = state.legal_actions()
            state, ply = state.apply(legal[(seed * 7919 + ply * 104729) % len(legal)]), ply + 1
    assert len(state_of) == len(set(map(str, state_of.values())))
    assert len(state_of) > 100


class Broken:
    """A game or state whose answers are replaced by those given; the rest is the real one's."""

    def __init__(self, real: Any, **answers: Any) -> None:
        self._real = real
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return self._answers[name] if name in self._answers else getattr(self._real, name)

    def __str__(self) -> str:
        return str(self._answers.get("text", self._real))

    def __hash__(self) -> int:
        return int(self._answers.get("hash", hash(self._real)))

    def __eq__(self, other: object) -> bool:
        return bool(self._real == getattr(other, "_real", other))


REAL = games.make("tic_tac_toe")
MIDDLE = REAL.parse("x../.o./...")
END = REAL.parse("xxx/oo./...")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"num_actions": 8}, "layout 'points' has 9 actions, num_actions is 8"),
        ({"max_plies": 4}, "goes on after max_plies = 4"),
        ({"max_legal_actions": 10}, "max_legal_actions is 10"),
        ({"num_symmetries": 0}, "counts the identity"),
        ({"board": games.make("connect_four").board}, "6 rows of 7 characters"),
        ({"initial": lambda: REAL.parse("ooo/xx./x..")}, "initial state is terminal"),
        ({"initial": lambda: REAL.parse("x../.../...")}, "player 0 must move first"),
        ({"transform_action": lambda action, k: (action + 1) % 9}, "symmetry 0 is the identity"),
    ],
)
def test_broken_games_are_noticed(answers: dict[str, Any], message: str) -> None:
    game: Any = Broken(REAL, **answers)
    if "initial" not in answers:
        game._answers["initial"] = lambda: Broken(REAL.initial(), game=game)
    with pytest.raises(ContractError, match=message):
        check(game, plays=1)


@pytest.mark.parametrize(
    ("state", "answers", "message"),
    [
        (MIDDLE, {"to_play": 2}, "to_play is 2"),
        (MIDDLE, {"legal_actions": lambda: [2, 1]}, "not in ascending order"),
        (MIDDLE, {"legal_actions": lambda: [1, 1]}, "not in ascending order, or names one twice"),
        (MIDDLE, {"legal_actions": lambda: [1, 9]}, "an action outside 0 to 8"),
        (MIDDLE, {"legal_actions": lambda: list(range(8))}, "disagree"),
        (MIDDLE, {"legal_actions": lambda: []}, "none exactly at the end"),
        (END, {"legal_actions": lambda: [8]}, "none exactly at the end"),
        (MIDDLE, {"legal_mask": lambda: END.legal_mask()}, "disagree"),
        (MIDDLE, {"legal_mask": lambda: MIDDLE.legal_mask()[:8]}, r"it is bool\[9\]"),
        (MIDDLE, {"returns": lambda: (0, 0)}, "an answer before the end"),
        (END, {"returns": lambda: (2, -2)}, "two of -1, 0, 1"),
        (END, {"returns": lambda: (1, 1)}, "the sum must be 0"),
        (MIDDLE, {"observation": lambda: MIDDLE.observation()[:1]}, "it is float32"),
        (MIDDLE, {"observation": lambda: MIDDLE.observation() * 2}, "neither 0 nor 1"),
        (MIDDLE, {"board": lambda: ["x..", ".o."]}, "3 rows of 3 characters"),
        (MIDDLE, {"square_of": lambda action: 9}, "which is not on the board"),
        (MIDDLE, {"text": "two\nlines"}, "not one printable line"),
        (MIDDLE, {"text": "x../.o"}, "parse refuses"),
        (MIDDLE, {"text": "x../..o/..."}, "another state is written"),
        (MIDDLE, {"hash": 1}, "parse\\(str\\(state\\)\\) is another state"),
        (MIDDLE, {"action_to_string": lambda action: "a1"}, "the same name"),
        (MIDDLE, {"action_to_string": lambda action: f"<{action}>"}, "does not read '<1>'"),
        (MIDDLE, {"parse_action": lambda text: 1}, "does not read 'c1'"),
        (MIDDLE, {"apply": lambda action: END}, "raises no GameError"),
    ],
)
def test_broken_states_are_noticed(
    state: games.State, answers: dict[str, Callable[..., Any]], message: str
) -> None:
    broken: Any = Broken(state, **answers)
    with pytest.raises(ContractError, match=message):
        check_state(REAL, broken, NotRandom())


class NotRandom:
    """Chooses the first of what there is."""

    def sample(self, population: list[int], count: int) -> list[int]:
        return population[:count]


def test_a_step_that_leads_elsewhere_is_noticed() -> None:
    with pytest.raises(ContractError, match="leads to"):
        check_step(MIDDLE, 1, MIDDLE.apply(2))
    unmoved: Any = Broken(MIDDLE, apply=lambda action: MIDDLE)
    with pytest.raises(ContractError, match="leads to the same state"):
        check_step(unmoved, 1, MIDDLE)


def test_a_square_on_which_nothing_happens_is_noticed() -> None:
    elsewhere: Any = Broken(MIDDLE, square_of=lambda action: 8)
    with pytest.raises(ContractError, match="nothing changes there"):
        check_step(elsewhere, 1, MIDDLE.apply(1))


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"position_key": MIDDLE.position_key}, "where the other player moves"),
        ({"observation_key": MIDDLE.observation_key}, "whose observations differ"),
        (
            {
                "observation_key": MIDDLE.observation_key,
                "observation": MIDDLE.observation,
            },
            "whose legal actions differ",
        ),
        (
            {"observation": MIDDLE.observation, "legal_actions": MIDDLE.legal_actions},
            "whose observations and legal actions are the same",
        ),
    ],
)
def test_keys_that_disagree_with_equality_are_noticed(
    answers: dict[str, Any], message: str
) -> None:
    keys = Keys()
    keys.check(MIDDLE)
    other: Any = Broken(MIDDLE.apply(1), **answers)
    with pytest.raises(ContractError, match=message):
        keys.check(other)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"transform": lambda k: MIDDLE.transform(1)}, "transform\\(0\\) must be the identity"),
        ({"legal_actions": lambda: [1]}, "do not turn with the board"),
        ({"to_play": 1}, "the player to move"),
        ({"observation": END.observation}, "planes of the observation do not turn"),
    ],
)
def test_symmetries_that_do_not_commute_are_noticed(answers: dict[str, Any], message: str) -> None:
    broken: Any = Broken(MIDDLE, **answers)
    with pytest.raises(ContractError, match=message):
        Turns(REAL).check(broken, None, None)


def test_a_turned_move_that_leads_elsewhere_is_noticed() -> None:
    with pytest.raises(ContractError, match="to turn and then play"):
        Turns(REAL).check(MIDDLE, 1, MIDDLE.apply(2))
