"""Each promise of rules in Python, broken: games.testing.check says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import games
from games import ContractError, GameError, Rules
from games.examples.snort import Snort
from games.examples.tic_tac_toe import TicTacToe
from games.testing import check


@pytest.mark.parametrize("rules", [TicTacToe(), Snort(), Snort(size=4), Snort(3)])
def test_the_examples_keep_the_contract(rules: Rules[Any]) -> None:
    check(rules, plays=5 if rules.height > 4 else 20)


def broken(base: type[Rules[Any]] = TicTacToe, **members: Any) -> Rules[Any]:
    """A game whose members are replaced."""
    return type("Broken", (base,), members)()


def late(answer: Any, normal: str) -> Callable[..., Any]:
    """A method that answers wrongly once three stones stand."""

    def method(self: Any, state: Any, *rest: Any) -> Any:
        if (state[0] | state[1]).bit_count() == 3:
            return answer(state, *rest) if callable(answer) else answer
        return getattr(TicTacToe, normal)(self, state, *rest)

    return method


RIGHT = TicTacToe()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"height": None}, "height is missing; give a whole number"),
        ({"height": 2.5}, "height is 2.5; it is a whole number from 1 to"),
        ({"width": 0}, "width is 0; it is a whole number from 1 to"),
        ({"height": 100, "width": 100}, "a board of 100 x 100 is too large"),
        ({"planes": 0}, "planes and scalars are both 0, so a network would see nothing"),
        ({"planes": True}, "planes is True; it is a whole number"),
        ({"scalars": -1}, "scalars is -1"),
        ({"num_actions": 8}, "num_actions is 8, but the layout 'points' has 9"),
        ({"num_actions": None, "layout": "other"}, "num_actions is missing"),
        ({"layout": "dots"}, "layout is 'dots'; it is one of points, points_and_pass"),
        ({"max_legal_actions": 10}, "max_legal_actions is 10; it is a whole number from 1 to 9"),
        ({"max_legal_actions": 5}, "returned 9 actions; max_legal_actions is 5"),
        ({"max_plies": 0}, "max_plies is 0"),
        ({"max_plies": 4}, "a game goes on after max_plies = 4"),
        ({"num_symmetries": 0}, "num_symmetries is 0"),
        ({"style": "dots"}, "style is 'dots'; it is one of squares, points"),
        ({"column_names": ["a"]}, "column_names is .'a'.; it is 3 texts"),
    ],
)
def test_wrong_numbers(members: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check(broken(**members), plays=3)


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("initial", lambda self: None, "initial.. returned None; it returns a state"),
        ("initial", lambda self: [0, 0], "returned .0, 0., which can change or has no hash"),
        ("initial", lambda self: (7, 56), "the initial state is terminal"),
        ("initial", lambda self: (0, 1), "player 0 must move first"),
        ("to_play", late(2, "to_play"), "to_play returned 2; it returns the player to move, 0 or"),
        ("to_play", late("x", "to_play"), "to_play returned 'x'"),
        ("legal_actions", late(None, "legal_actions"), "legal_actions returned None; it returns"),
        ("legal_actions", late("012", "legal_actions"), "legal_actions returned '012'"),
        ("legal_actions", late([2, 1], "legal_actions"), "which is not in ascending order"),
        ("legal_actions", late([1, 1], "legal_actions"), "or has 1 twice"),
        ("legal_actions", late([1, 9], "legal_actions"), "where 9 is outside 0 to 8"),
        ("legal_actions", late([-1, 1], "legal_actions"), "where -1 is outside 0 to 8"),
        ("legal_actions", late([1.0], "legal_actions"), "where 1.0 is no int"),
        ("legal_actions", late([], "legal_actions"), "returned none, but is_terminal says"),
        ("is_terminal", late(None, "is_terminal"), "is_terminal returned None; it returns True or"),
        ("is_terminal", late(True, "is_terminal"), "there are none exactly at the end"),
        ("apply", late(None, "apply"), "apply returned None; it returns a state"),
        ("apply", late(lambda s, a: s, "apply"), "returned the object that it was given"),
        ("apply", late(lambda s, a: (s[0], s[1], a), "apply"), "too many values to unpack"),
        ("returns", lambda self, s: None, "returns returned None; it returns what each player"),
        ("returns", lambda self, s: 1, "returns returned 1; it returns what each player gets"),
        ("returns", lambda self, s: (1, 1), "the sum is 0"),
        ("returns", lambda self, s: (0.5, -0.5), "a player gets -1, 0 or 1"),
        ("returns", lambda self, s: (None, None), "a player gets -1, 0 or 1"),
        ("returns", lambda self, s: (1j, 1), "a player gets -1, 0 or 1"),
        ("returns", lambda self, s: (np.zeros(2), 1), "a player gets -1, 0 or 1"),
        ("observe", late(None, "observe"), "observe returned None; it returns a sequence of 2"),
        ("observe", late([0], "observe"), "observe returned 1 planes; planes is 2"),
        ("observe", late([0, 512], "observe"), "plane 1 is 512; as an int it has one bit a square"),
        ("observe", late([-1, 0], "observe"), "plane 0 is -1; as an int"),
        ("observe", late([[0] * 8, 0], "observe"), "plane 0 has 8 squares; it is 3 rows of 3"),
        ("observe", late([[[0] * 3] * 2, 0], "observe"), "plane 0 has 2 rows; it is 3 rows of 3"),
        ("observe", late([[[0] * 3, [0] * 2, [0] * 3], 0], "observe"), "row 1 of plane 0 has not"),
        ("observe", late([[2] * 9, 0], "observe"), "plane 0 has 2 in it; a square is 0 or 1"),
        ("observe", late([["x"] * 9, 0], "observe"), "plane 0 has 'x' in it"),
        ("observe", late(np.zeros((2, 3, 4)), "observe"), "row 0 of plane 0 has not 3 squares"),
        ("observe", late([None, 0], "observe"), "plane 0 is None"),
        ("to_string", late(None, "to_string"), "to_string returned None; it returns a str"),
        ("to_string", late("\ud800", "to_string"), "to_string returned '.ud800'; it returns a str"),
        ("to_string", late("a\nb", "to_string"), "is not one printable line"),
        ("to_string", late(".../.../...", "to_string"), "the text must say all of a state"),
        ("from_string", lambda self, text: None, "from_string returned None"),
        ("from_string", lambda self, text: (0, 0), "is another state|raises no GameError"),
        ("action_to_string", late(3, "action_to_string"), "action_to_string returned 3; it"),
        ("action_to_string", late("a", "action_to_string"), "two legal actions have the same name"),
        ("parse_action", late(None, "parse_action"), "parse_action does not read"),
        ("parse_action", late(9, "parse_action"), "parse_action returned 9 for"),
        ("draw", late(["..."] * 2, "draw"), "it returns 3 rows of 3 characters"),
        ("draw", late(["..é"] * 3, "draw"), "each a visible ASCII one"),
        ("square_of", late(9, "square_of"), "square_of returned 9 for action"),
        ("square_of", late(0, "square_of"), "but nothing changes there"),
        ("transform", late(None, "transform"), "transform returned None; it returns a state"),
        ("transform", late(lambda s, k: s, "transform"), "do not turn with the board|turn"),
        ("transform_action", lambda self, a, k: 9, "transform_action turned action 0 into 9"),
        ("transform_action", lambda self, a, k: a, "do not turn with the board|turn"),
    ],
)
def test_wrong_answers(name: str, answer: Any, message: str) -> None:
    with pytest.raises((ContractError, ValueError), match=message) as caught:
        check(broken(**{name: answer}), plays=3)
    assert "Broken" in str(caught.value) or "unpack" in str(caught.value)
    assert "\n" not in str(caught.value)


class Scaled(TicTacToe):
    """With a scalar."""

    scalars = 1
    answer: Any = (0.5,)

    def observe(self, state: Any) -> Any:
        return state, self.answer


def test_scalars_are_seen() -> None:
    check(Scaled(), plays=2)
    assert games.wrap(Scaled()).initial().observation()[2].tolist() == [[0.5] * 3] * 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((), r"returned the scalars \(\); it returns 1 of them"),
        (0.5, "returned the scalars 0.5"),
        ((float("nan"),), "the scalar nan; a scalar is a finite number"),
        ((1e300,), "the scalar 1e.300"),
        (("x",), "the scalar 'x'"),
        ((1j,), "the scalar 1j"),
        ((np.zeros(2),), r"the scalar array\(.0., 0..\)"),
        ((10**400,), "the scalar 1000"),
        ((None,), "the scalar None"),
    ],
)
def test_wrong_scalars(answer: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check(broken(Scaled, answer=answer), plays=1)


def test_a_plane_may_be_an_int_with_methods_of_its_own() -> None:
    class Stones(int):
        def bit_length(self) -> int:
            raise RuntimeError("not this one")

        __lt__ = __rshift__ = bit_length  # type: ignore[assignment]

    game = games.wrap(broken(observe=lambda self, state: [Stones(0b101), 0]))
    assert game.initial().observation()[0].ravel().tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0]


def test_planes_without_the_scalars() -> None:
    wrong = broken(Scaled, observe=lambda self, state: [0, 0])
    with pytest.raises(ContractError, match=r"with scalars it returns \(planes, scalars\)"):
        check(wrong, plays=1)


@dataclass(unsafe_hash=True)
class Board:
    """A state that can be changed, though it has a hash."""

    stones: tuple[int, int]


class Changing(Rules[Board]):
    """Tic-tac-toe that changes the state that it is given, and hides it behind a copy."""

    height = width = 3
    planes = 2
    max_plies = 9

    def initial(self) -> Board:
        return Board((0, 0))

    def to_play(self, state: Board) -> int:
        return RIGHT.to_play(state.stones)

    def legal_actions(self, state: Board) -> list[int]:
        return RIGHT.legal_actions(state.stones)

    def apply(self, state: Board, action: int) -> Board:
        state.stones = RIGHT.apply(state.stones, action)
        return Board(state.stones)

    def returns(self, state: Board) -> tuple[int, int]:
        return RIGHT.returns(state.stones)

    def observe(self, state: Board) -> Any:
        return state.stones

    def to_string(self, state: Board) -> str:
        return RIGHT.to_string(state.stones)

    def from_string(self, text: str) -> Board:
        return Board(RIGHT.from_string(text))


def test_changing_the_argument_is_noticed() -> None:
    with pytest.raises(ContractError, match=r"apply\(\d\) changes the state"):
        check(Changing(), plays=1)


def test_a_board_that_is_none() -> None:
    game = games.wrap(broken(draw=lambda self, state: None, to_string=lambda self, state: "x"))
    with pytest.raises(ContractError, match="draw returned None; it returns 3 rows of 3"):
        game.initial().board()


def test_refusals_must_be_value_errors() -> None:
    def from_string(self: Any, text: str) -> Any:
        return {".../.../...": (0, 0)}[text]

    with pytest.raises(ContractError, match="from_string raised KeyError") as caught:
        check(broken(from_string=from_string), plays=1)
    assert isinstance(caught.value.__cause__, KeyError)

    def by_number(self: Any, text: str) -> Any:
        return RIGHT.from_string(text) if "/" in text else int(text)

    game = games.wrap(broken(from_string=by_number))
    with pytest.raises(GameError, match=r"'q' is not a position \(invalid literal for int"):
        game.parse("q")


@pytest.mark.parametrize(
    ("reason", "shown"), [("a\nb", "(a b)"), ("\ud800", "(?)"), ("x" * 999, "xxx...)")]
)
def test_the_reason_of_a_refusal_is_one_short_line(reason: str, shown: str) -> None:
    def from_string(self: Any, text: str) -> Any:
        raise ValueError(reason)

    with pytest.raises(GameError, match="'q' is not a position") as caught:
        games.wrap(broken(from_string=from_string)).parse("q")
    assert str(caught.value).endswith(shown)
    assert len(str(caught.value)) < 300


def test_what_is_no_game() -> None:
    with pytest.raises(ContractError, match="is no game: give an object"):
        games.wrap("chess")  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"Snort is a class; give an object of it: Snort\(\)"):
        check(Snort)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="abstract"):
        type("Empty", (Rules,), {})()
