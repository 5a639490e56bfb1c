import math

import pytest

from arena.players.limit import MAX_SIMULATIONS, OWN, UNTIL_STOPPED, Limit
from games.errors import UserError


def test_what_a_limit_limits():
    assert OWN.kinds == ()
    assert Limit(seconds=0.5, simulations=0).kinds == ("simulations", "seconds")
    assert Limit(depth=3).kinds == ("depth",)
    assert UNTIL_STOPPED.seconds == math.inf


def test_a_limit_that_asks_for_nothing_leaves_the_own_one():
    own = Limit(simulations=200)
    assert OWN.over(own) == own
    assert Limit(seconds=1.0).over(own) == Limit(seconds=1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"simulations": -1}, "simulations=-1 is not possible; give a whole number from 0 to 10,0"),
        ({"simulations": 1.5}, "simulations=1.5"),
        ({"simulations": MAX_SIMULATIONS + 1}, "a whole number from 0 to 10,000,000"),
        ({"depth": 0}, "depth=0 is not possible; give a whole number from 1 to 1,000"),
        ({"seconds": 0.0}, "seconds=0.0 is not possible; give more than 0"),
        ({"seconds": -1}, "seconds=-1"),
        ({"seconds": math.nan}, "seconds=nan"),
    ],
)
def test_impossible_limits(given, message):
    with pytest.raises(UserError) as error:
        Limit(**given)
    assert message in str(error.value)


def test_a_kind_that_a_player_cannot_keep_to_is_refused():
    both = Limit(simulations=3, depth=2)
    both.require("p", "simulations", "depth")
    OWN.require("p")
    with pytest.raises(UserError, match=r"'p' cannot be limited by depth; give simulations$"):
        both.require("p", "simulations")
