"""What older versions wrote, under other names, is read: run.toml, settings files, checkpoints.

tests/golden/settings holds the run.toml and the header of a checkpoint as the version before the
first names changed wrote them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch

import games
from arena.players.search import SearchPlayer
from arena.players.specs import resolve as resolve_player
from games.errors import UserError
from zero.evaluation.players import register
from zero.networks.network import NetworkShape, build
from zero.run.directory import RunDirectory
from zero.settings.renamed import RENAMED, with_new_names
from zero.settings.resolve import resolve
from zero.settings.schema import NetworkSettings, Settings, known_keys

OLD = Path(__file__).parents[2] / "golden/settings"
GAME = games.make("tic_tac_toe")


def test_the_new_names_are_settings_and_the_old_ones_are_not() -> None:
    assert set(RENAMED.values()) <= set(known_keys())
    assert not set(RENAMED) & set(known_keys())


def test_a_run_made_before_has_its_settings(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text((OLD / "run.toml").read_text())
    settings = RunDirectory(tmp_path).settings()
    assert settings.training.max_grad_norm == 2.5
    assert settings.training.ema_decay == 0.97
    assert settings.search.noise_concentration == 7.5
    assert settings.selfplay.batches_per_phase == 377
    assert (settings.selfplay.slots, settings.search.solver, settings.run.seed) == (16, True, 7)
    assert Settings.from_toml(settings.to_toml(), "again") == settings


def test_a_file_with_old_names_serves_for_a_new_run() -> None:
    settings = resolve("tic_tac_toe", "standard", ["search.simulations=9"], OLD / "run.toml")
    assert (settings.training.max_grad_norm, settings.training.ema_decay) == (2.5, 0.97)
    assert (settings.selfplay.batches_per_phase, settings.search.simulations) == (377, 9)


def test_a_checkpoint_made_before_plays_with_its_search(tmp_path: Path) -> None:
    header: dict[str, Any] = json.loads((OLD / "header.json").read_text())
    assert header["extra"]["search"]["noise_alpha"] == 7.5
    network = build(NetworkShape.of(GAME), NetworkSettings(**header["network"]), seed=1)
    tensors = {
        f"{part}.{name}": tensor.clone()
        for part in ("network", "average")
        for name, tensor in network.state_dict().items()
    }
    file = tmp_path / "000002.safetensors"
    file.write_bytes(safetensors.torch.save(tensors, {"zero": json.dumps(header)}))
    register()
    player = resolve_player(f"{file}?simulations=3", GAME, {"device": "cpu"})
    assert isinstance(player, SearchPlayer)
    assert player.settings.noise_concentration == 7.5
    assert (player.settings.simulations, player.settings.solver) == (3, True)


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_old_name_is_refused_where_it_is_typed(old: str, new: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve("tic_tac_toe", "quick", [f"{old}=1"])
    assert str(caught.value) == f"{old} is now called {new}; use that name"


def test_a_setting_under_both_names_is_refused() -> None:
    tables = {"training": {"clip": 1.0, "max_grad_norm": 2.0}}
    with pytest.raises(UserError, match=r"^mine\.toml: training\.clip is .* keep training\.max_gr"):
        with_new_names(tables, "mine.toml")


def test_what_is_no_table_is_left_to_others() -> None:
    tables = {"search": 3, "training": {"batch": 4}}
    assert with_new_names(tables, "x") == tables
