"""The playthroughs beside this file are what the rules say today."""

import pytest

import games
from playthroughs import FOLDER, PLAYTHROUGHS, file_name, playthrough


@pytest.mark.parametrize("name", PLAYTHROUGHS)
def test_playthrough_is_up_to_date(name: str) -> None:
    written = (FOLDER / file_name(name)).read_text()
    assert playthrough(name, PLAYTHROUGHS[name]) == written, (
        "if it is meant: scripts/dev playthroughs"
    )


def test_each_game_has_a_playthrough_and_no_file_is_left_over() -> None:
    assert {name.split("?")[0] for name in PLAYTHROUGHS} == set(games.names())
    assert {path.name for path in FOLDER.iterdir()} == set(map(file_name, PLAYTHROUGHS))
