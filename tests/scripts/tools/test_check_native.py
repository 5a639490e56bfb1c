"""check_native notices what it is there for."""

from __future__ import annotations

import pytest

from check_native import wrong_imports, wrong_includes

GAME, SEARCH = "games/native/core/game.hpp", "selfplay/native/search/search.hpp"


@pytest.mark.parametrize(
    ("includes", "complaint"),
    [
        ({GAME: [SEARCH], SEARCH: []}, "lies above"),
        ({GAME: ["game.hpp"]}, "is no file"),
        ({GAME: [GAME]}, "circle"),
    ],
)
def test_a_wrong_include_is_found(includes: dict[str, list[str]], complaint: str) -> None:
    (found,) = wrong_includes(includes)
    assert complaint in found


def test_a_right_include_is_not() -> None:
    assert wrong_includes({GAME: [], SEARCH: [GAME]}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("arena/players/player.py", "from zero_core.selfplay import Thinker"),
        ("zero/networks/network.py", "import zero_core.inference"),
        ("selfplay/actors.py", "from zero_core import games"),
        ("games/catalogue.py", "    import zero_core"),
    ],
)
def test_an_import_of_what_is_not_its_own_is_found(path: str, text: str) -> None:
    assert len(wrong_imports(path, text)) == 1


def test_an_import_of_its_own_is_not() -> None:
    text = "from zero_core import selfplay as core\nfrom zero_core.selfplay import Pool\n"
    assert wrong_imports("selfplay/actors.py", text) == []
