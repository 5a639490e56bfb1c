"""Games by name: what there is, and how a wrong name or parameter is answered."""

from pathlib import Path

import pytest

import games
from games.errors import GameError, UserError, did_you_mean


def test_names_are_sorted_and_can_be_made() -> None:
    names = games.names()
    assert names == sorted(names)
    assert {"connect_four", "othello", "tic_tac_toe"} <= set(names)
    for name in names:
        assert games.make(name).name == name
        assert games.summary(name)


def test_parameters_are_described() -> None:
    assert games.parameters("connect_four") == {}
    assert games.parameters("othello") == {"size": "8 (rows and columns; 4, 6 or 8)"}


def test_the_page_of_the_games_names_all_parameters_with_their_defaults() -> None:
    page = (Path(games.__file__).parent / "README.md").read_text()
    for name in games.names():
        usual = {key: text.split(" (")[0] for key, text in games.parameters(name).items()}
        size = int(usual.get("size", 0))
        given = "&".join(f"{key}={text}" for key, text in usual.items())
        text = f"{name}?{given}" if given else name
        assert f"`{text.replace('2 * size * size', str(2 * size * size))}`" in page


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("go?komi=-0", "go?komi=0"),
        ("go?komi=7.50", "go"),
        ("go?size=09&komi=-0.5", "go?size=9&komi=-0.5"),
    ],
)
def test_a_number_has_one_way_to_be_written(name: str, canonical: str) -> None:
    assert games.make(name).name == canonical


@pytest.mark.parametrize("text", ["+7", "7.", ".5", "1e1", "0x7", " 7", "7,5", "--7", "-", "nan"])
def test_what_is_no_decimal_is_no_number(text: str) -> None:
    with pytest.raises(GameError, match=r"give a multiple of 0\.5 from -400 to 400"):
        games.make(f"go?komi={text}")


def test_the_same_rules_are_one_object() -> None:
    game = games.make("othello?size=6")
    assert games.make("othello?size=6") is game
    assert games.make("othello?size=4") is not game
    assert game.initial() == games.make("othello?size=6").initial()
    assert game.initial() != games.make("othello?size=4").initial()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("conect_four", "no game 'conect_four'; did you mean 'connect_four'"),
        ("", "no game ''"),
        ("\ud800", "no game ''"),
        ("chess\n", r"no game 'chess\?'"),
        ("connect_four?size=6", "connect_four has no parameters, but 'size' was given"),
        ("othello?sise=6", "othello has no parameter 'sise'; did you mean 'size'"),
        ("othello?size", "'size' is not a parameter; write name=value"),
        ("othello?=6", "'=6' is not a parameter; write name=value"),
        ("othello?size=", "size='' is not possible; give 4, 6 or 8"),
        ("othello?size=six", "size='six' is not possible"),
        ("othello?size=10", "size='10' is not possible; give 4, 6 or 8"),
        ("othello?size=5", "size='5' is not possible; give 4, 6 or 8"),
        ("othello?size=99999999999999999999", "is not possible"),
    ],
)
def test_wrong_names_say_what_to_do(name: str, message: str) -> None:
    with pytest.raises(GameError, match=message) as caught:
        games.make(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ask", [games.summary, games.parameters])
def test_asking_about_an_unknown_game(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(GameError, match="did you mean 'othello'"):
        ask("otelo")


def test_game_errors_are_user_errors_and_value_errors() -> None:
    with pytest.raises(UserError):
        games.make("x")
    with pytest.raises(ValueError):
        games.make("x")


def test_a_hint_names_the_nearest_word_or_all() -> None:
    known = ["seed", "simulations", "slots"]
    assert did_you_mean("simulatoins", known) == "did you mean 'simulations'?"
    assert did_you_mean("zzz", known) == "known: seed, simulations, slots"
    assert did_you_mean("zzz", known, "see the list") == "see the list"


def test_random_games_depend_on_the_seed_alone() -> None:
    game = games.make("connect_four")
    counts = games.random_games(game, 500, seed=1)
    assert counts == games.random_games(game, 500, seed=1)
    assert counts != games.random_games(game, 500, seed=2)
    assert counts["games"] == 500
    assert 7 * 500 <= counts["plies"] <= 42 * 500
    assert counts["first_wins"] + counts["draws"] < 500
