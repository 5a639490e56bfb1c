"""The settings of search and pool: declared once, and checked on both sides."""

from __future__ import annotations

import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import games
from selfplay import Pool, PoolSettings, SearchBatch, SearchSettings, UniformEvaluator
from selfplay.section import Section

ROOT = Path(__file__).parents[2]
GAME = games.make("tic_tac_toe")


def pool(search: Any = None, settings: Any = None) -> Pool:
    search, settings = search or SearchSettings(), settings or PoolSettings(slots=4)
    return Pool(GAME, search, settings, seed=1)


@pytest.mark.parametrize(("section", "table"), [(SearchSettings, "search"), (PoolSettings, "pool")])
def test_the_native_table_has_the_same_settings(section: type[Section], table: str) -> None:
    text = (ROOT / f"selfplay/native/{table}/settings.hpp").read_text()
    assert re.findall(r'Setting\{"(\w+)"', text) == list(section.model_fields)


@pytest.mark.parametrize("section", [SearchSettings, PoolSettings])
def test_every_setting_says_what_it_is(section: type[Section]) -> None:
    assert all(field.description for field in section.model_fields.values())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"simulations": -1}, "simulations=-1: expected at least 0 (0 <= simulations <= 10000000)"),
        ({"noise_fraction": 1.5}, "noise_fraction=1.5: expected at most 1 (0.0 <= noise"),
        ({"noise_concentration": 0}, "noise_concentration=0: expected above 0 (0.0 < noise"),
        ({"c_init": math.nan}, "c_init=nan: expected a finite number"),
        ({"rule": "pukt"}, "rule='pukt': expected 'puct', 'gumbel' or 'uct'"),
        ({"simulatons": 3}, "unknown setting simulatons; did you mean 'simulations'?"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(values: dict[str, Any], message: str) -> None:
    for make in (SearchSettings, SearchSettings().replace):
        with pytest.raises(games.UserError) as caught:
            make(**values)
        assert str(caught.value).startswith(message)
        assert "\n" not in str(caught.value)


def test_settings_are_frozen_and_change_in_copies() -> None:
    settings = SearchSettings(c_init=2.0)
    with pytest.raises(ValueError, match="frozen"):
        settings.c_init = 3.0  # type: ignore[misc]
    changed = settings.replace(simulations=7)
    assert (changed.c_init, changed.simulations, settings.simulations) == (2.0, 7, 100)


def test_of_takes_what_a_section_has_from_a_larger_one() -> None:
    class Strict(SearchSettings):
        simulations: int = 50
        more: int = 3

    settings = SearchSettings.of(Strict(c_init=2.0), solver=True)
    assert settings == SearchSettings(c_init=2.0, simulations=50, solver=True)
    assert type(settings) is SearchSettings


def test_any_object_with_the_attributes_will_do() -> None:
    class Subclass(SearchSettings):
        more: int = 3

    values = SearchSettings(simulations=5).model_dump()
    for settings in (Subclass(**values), SimpleNamespace(**values, more="")):
        batch = SearchBatch(GAME, settings, 1)  # type: ignore[arg-type]
        batch.start([GAME.initial()], [1])
        batch.finish_uniformly()
        assert batch.results()[0].simulations == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "pukt"}, "rule='pukt': expected 'puct', 'gumbel' or 'uct'"),
        ({"rule": 1}, "rule=1: expected 'puct'"),
        ({"simulations": -1}, "simulations=-1: expected a whole number from 0 to 2147483647"),
        ({"simulations": 2**31}, "simulations=2147483648: expected a whole"),
        ({"simulations": 2**70}, "simulations=1180591620717411303424: expected a whole"),
        ({"simulations": 1.0}, "simulations=1.0: expected a whole"),
        ({"simulations": True}, "simulations=True: expected a whole"),
        ({"c_init": math.inf}, "c_init=inf: expected a finite number"),
        ({"c_init": 10**400}, "c_init=10+: expected a finite number"),
        ({"c_init": "1"}, "c_init='1': expected a finite number"),
        ({"c_init": False}, "c_init=False: expected a finite number"),
        ({"solver": 1}, "solver=1: expected True or False"),
        ({"noise_fraction": 1.5}, "noise_fraction=1.5.*: give 0 to 1"),
        ({"noise_concentration": 0.0}, "noise_concentration=0.0.*: give above 0"),
    ],
)
def test_the_native_side_takes_nothing_that_would_break_it(
    changes: dict[str, Any], message: str
) -> None:
    """A copy that was not checked, or an object of another class."""
    search = SearchSettings().model_copy(update=changes)
    for make in (lambda: SearchBatch(GAME, search, 1), lambda: pool(search)):
        with pytest.raises(games.GameError, match=message) as caught:
            make()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"slots": 0}, {"groups": 0}, {"groups": 5}, {"batch": 3}])
def test_slots_groups_and_batch_have_to_fit(changes: dict[str, int]) -> None:
    (name, value), *_ = changes.items()
    with pytest.raises(games.GameError, match=f"{name}={value}: "):
        pool(settings=PoolSettings(slots=4).model_copy(update=changes))


def test_a_setting_that_is_missing_is_named() -> None:
    for wrong in (None, 3, PoolSettings()):
        with pytest.raises(games.GameError, match="settings without 'rule' were given"):
            pool(wrong if wrong is not None else SimpleNamespace())
    with pytest.raises(games.GameError, match="settings without 'slots' were given"):
        pool(settings=SearchSettings())


def test_an_exception_of_the_object_itself_goes_on() -> None:
    class Broken:
        @property
        def rule(self) -> str:
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        pool(Broken())


def test_a_pool_without_simulations_plays_the_network_alone() -> None:
    for rule in ("puct", "gumbel", "uct"):
        search = SearchSettings(rule=rule, simulations=0, noise_fraction=0.0)
        playing = pool(search, PoolSettings(slots=4, groups=1))
        playing.set_limit(4)
        while playing.advance(0):
            UniformEvaluator().evaluate(playing.batch(0))
        assert playing.counters()["games"] == 4 and playing.counters()["simulations"] == 0
