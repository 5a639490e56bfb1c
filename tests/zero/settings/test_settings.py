"""Settings: what is accepted, what is refused and how it is said, what is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import games
from games.errors import UserError
from selfplay import PoolSettings, SearchSettings
from zero.settings.resolve import (
    PRESETS,
    STORE_PHASES,
    has_preset,
    parse_override,
    resolve,
    resume_settings,
)
from zero.settings.schema import RunSearchSettings, SelfplaySettings, Settings, known_keys
from zero.settings.toml import sections_to_toml, value_to_toml


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "game", [*games.names(), "othello?size=6", "mine:Game", "game_without_presets"]
)
def test_every_preset_is_sound_and_survives_toml(game: str, preset: str) -> None:
    if preset == "gpu" and game in ("tic_tac_toe", "mine:Game"):
        with pytest.raises(UserError, match=r"has no preset 'gpu': .* use 'standard'"):
            resolve(game, preset)
        return
    settings = resolve(game, preset)
    assert settings.game.name == game
    assert settings.run.minutes is not None
    assert Settings.from_toml(settings.to_toml(), "run.toml") == settings


def test_a_parameter_of_the_game_uses_the_presets_of_the_game() -> None:
    small, large = resolve("othello?size=6"), resolve("othello")
    assert small.selfplay == large.selfplay != resolve("connect_four").selfplay


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.simulatons=3", "unknown setting search.simulatons; did you mean 'search.simul"),
        ("simulations=3", "did you mean 'search.simulations'?"),
        ("training.simulations=3", "did you mean 'search.simulations'?"),
        ("search.simulations=0", "search.simulations=0: expected at least 2"),
        ("search.simulations=many", "search.simulations='many'"),
        ("search.simulations", "expected section.key=value"),
        ("search.rule=pukt", "search.rule='pukt': expected 'puct' or 'gumbel'"),
        ("search.c_init=nan", "search.c_init=nan: expected a finite number"),
        ("training.momentum=1.0", "expected below 1"),
        ("training.window_min=999999999", "training.window_min <= window_start"),
        ("selfplay.groups=7", "selfplay.slots=512 must be a multiple of selfplay.groups=7"),
        ("run.device=gpu", "run.device='gpu': expected 'auto', 'cpu' or 'cuda'"),
    ],
)
def test_a_bad_override_is_one_line_that_says_what_to_do(override: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve("connect_four", "quick", [override])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_preset_gpu_is_the_standard_one_with_what_a_gpu_changes() -> None:
    gpu, standard = resolve("chess", "gpu"), resolve("chess", "standard")
    assert (gpu.selfplay.slots, gpu.training.batch, gpu.run.device) == (3840, 1024, "cuda")
    assert (standard.selfplay.slots, standard.run.device) == (512, "auto")
    assert (gpu.network, gpu.search) == (standard.network, standard.search)
    assert gpu.training.learning_rate == standard.training.learning_rate
    assert has_preset("othello?size=6", "gpu") and not has_preset("tic_tac_toe", "gpu")


def test_every_setting_says_what_it_is() -> None:
    sections = {name: getattr(Settings(), name) for name in Settings.model_fields}
    silent = [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, field in type(section).model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_a_run_tells_how_its_search_and_pool_differ_from_any() -> None:
    """Only these are declared a second time, for another default or range."""
    for own, base in ((RunSearchSettings, SearchSettings), (SelfplaySettings, PoolSettings)):
        declared = set(own.__annotations__) & base.model_fields.keys()
        assert declared <= {"rule", "simulations", "solver", "groups", "cache_mib"}
    assert RunSearchSettings() == RunSearchSettings.of(SearchSettings(), solver=True)


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'standard'"):
        resolve("connect_four", "standart")


def test_order_preset_file_override_option(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[search]\nsimulations = 11\nc_init = 2.0\n[run]\nseed = 5\n")
    settings = resolve("connect_four", "quick", ["search.simulations=12"], file, seed=6)
    assert settings.search.simulations == 12
    assert settings.search.c_init == 2.0
    assert settings.run.seed == 6
    assert settings.selfplay == resolve("connect_four").selfplay


@pytest.mark.parametrize("text", ["[search", "search = 3", "[serach]\nsimulations = 3"])
def test_a_bad_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(UserError):
        resolve("connect_four", "quick", (), file)


def test_a_limit_that_is_given_replaces_the_limit_of_the_preset(tmp_path: Path) -> None:
    assert resolve("tic_tac_toe").run.minutes == 2.0
    assert resolve("tic_tac_toe", phases=3).run.minutes is None
    assert resolve("tic_tac_toe", "quick", ["run.phases=3"]).run.minutes is None
    both_settings = resolve("tic_tac_toe", phases=3, minutes=1.0)
    assert (both_settings.run.phases, both_settings.run.minutes) == (3, 1.0)
    assert resolve("tic_tac_toe", store="games.sqlite3").run.phases == STORE_PHASES
    file = tmp_path / "run.toml"
    for settings in (resolve("tic_tac_toe", phases=3), both_settings, resolve("tic_tac_toe")):
        file.write_text(settings.to_toml())
        assert resolve("tic_tac_toe", "standard", (), file) == settings
    assert resolve("tic_tac_toe", "quick", (), file, phases=4).run.minutes is None


def test_settings_of_another_game_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(resolve("othello").to_toml())
    with pytest.raises(UserError, match=r"game\.name='othello', not for connect_four"):
        resolve("connect_four", "quick", (), file)
    with pytest.raises(UserError, match=r"game\.name='othello', not for connect_four"):
        resolve("connect_four", "quick", ["game.name=othello"])


def test_only_limits_change_when_a_run_is_resumed() -> None:
    settings = resolve("tic_tac_toe", phases=3)
    assert resume_settings(settings, (), phases=9).run.phases == 9
    assert resume_settings(settings, ["run.minutes=7"]).run.minutes == 7
    assert resume_settings(settings, (), seed=None) == settings
    for change in (["search.simulations=7"], ["run.seed=2"]):
        with pytest.raises(UserError, match="cannot change when a run is resumed"):
            resume_settings(settings, change)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        resolve("tic_tac_toe").run.seed = 3  # type: ignore[misc]


@given(st.sampled_from(known_keys()), st.text(max_size=20))
def test_no_override_crashes(key: str, value: str) -> None:
    try:
        settings = resolve("connect_four", "quick", [f"{key}={value}"])
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert Settings.from_toml(settings.to_toml(), "again") == settings


def test_overrides_are_read_as_toml_and_else_as_text() -> None:
    assert parse_override("run.seed=7") == ("run", "seed", 7)
    assert parse_override("search.rule=gumbel") == ("search", "rule", "gumbel")
    assert parse_override('rating.opponents=["random"]') == ("rating", "opponents", ["random"])
    assert parse_override("game.name=a=b") == ("game", "name", "a=b")


scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), scalars | st.lists(scalars)))
def test_what_is_written_as_toml_reads_back_equal(section: dict[str, object]) -> None:
    assert tomllib.loads(sections_to_toml({"s": section})) == {"s": section}


def test_toml_knows_what_it_cannot_write() -> None:
    with pytest.raises(TypeError, match="object cannot be written"):
        value_to_toml(object())
