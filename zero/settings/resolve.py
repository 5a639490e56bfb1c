"""Where the settings of a run come from: a preset, a TOML file, `--set`, options, an older run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import games
from games.errors import UserError, did_you_mean
from zero.settings.renamed import with_new_names
from zero.settings.schema import Settings, known_keys, unknown_key

PRESETS = ("quick", "standard", "gpu")
STORE_PHASES = 20  # of a run that learns from stored games, if nothing else is said


def parse_override(text: str) -> tuple[str, str, Any]:
    """Split `section.key=value`; the value is read as TOML, or as plain text if it is none.

    Raises UserError if it is not of that form or names no setting.
    """
    key, equals, raw = text.partition("=")
    key = key.strip()
    if not equals:
        raise UserError(f"--set {text}: expected section.key=value, such as search.simulations=200")
    if key not in known_keys():
        raise UserError(unknown_key(key))
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    section, name = key.split(".")
    return section, name, value


def preset_tables(game: str, preset: str) -> dict[str, dict[str, Any]]:
    """Read a preset of a game; a game without a preset file of its own has the default ones.

    For a game in Python these are others, since its rules are a hundred times slower. "gpu" is
    "standard" with what a CUDA GPU changes, for the games that can make use of one. Raises
    UserError for a preset that is unknown, or not there for this game.
    """
    if preset not in PRESETS:
        raise UserError(f"unknown preset {preset!r}; {did_you_mean(preset, PRESETS)}")
    presets = _presets(game)
    if preset not in presets:
        raise UserError(f"{game} has no preset {preset!r}: a GPU does not help it; use 'standard'")
    if preset != "gpu":
        return presets[preset]
    tables = presets["standard"]
    for name, changes in presets["gpu"].items():
        tables.setdefault(name, {}).update(changes)
    return tables


def has_preset(game: str, preset: str) -> bool:
    """Tell whether there is such a preset for a game."""
    return preset in _presets(game)


def _presets(game: str) -> dict[str, dict[str, dict[str, Any]]]:
    folder = resources.files("zero.settings") / "presets"
    path = folder / f"{game.partition('?')[0]}.toml"
    if not path.is_file():
        path = folder / ("python.toml" if games.is_python(game) else "default.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def resolve(
    game: str,
    preset: str = "quick",
    overrides: Iterable[str] = (),
    file: Path | None = None,
    **run: Any,
) -> Settings:
    """Build the settings of a new run: preset, then a TOML file, then `--set`, then options.

    `run` holds options of the command line that belong to [run]; None means not given.
    Raises UserError.
    """
    tables = {name: dict(table) for name, table in preset_tables(game, preset).items()}
    if file is not None:
        try:
            read = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
            raise UserError(f"{file} cannot be read as settings: {error}") from None
        read = with_new_names(read, str(file))
        for name, table in read.items():
            if not isinstance(table, dict):
                raise UserError(f"{file}: expected [section] tables, found {name} = {table!r}")
            tables.setdefault(name, {}).update(table)
        _replace_limits(tables.setdefault("run", {}), set(read.get("run", {})))
    given = _merge(tables, overrides, run)
    _replace_limits(tables["run"], given)
    named = tables.setdefault("game", {}).setdefault("name", game)
    if named != game:
        raise UserError(f"the settings are for game.name={named!r}, not for {game}; change one")
    return Settings.from_tables(tables)


def _replace_limits(limits: dict[str, Any], given: set[str]) -> None:
    """Let a limit that was asked for replace the one from before; it does not join it."""
    if {"phases", "store"} & given and "minutes" not in given:
        limits.pop("minutes", None)
    if "store" in given and not {"phases", "minutes"} & given:
        limits["phases"] = STORE_PHASES


def _merge(
    tables: dict[str, dict[str, Any]], overrides: Iterable[str], run: Mapping[str, Any]
) -> set[str]:
    """Apply `--set` and the options of [run]; return which keys of [run] were given."""
    given = {key: value for key, value in run.items() if value is not None}
    for text in overrides:
        section, key, value = parse_override(text)
        tables.setdefault(section, {})[key] = value
        if section == "run":
            given.setdefault(key, value)
    tables.setdefault("run", {}).update(given)
    return set(given)


_RESUMABLE = ("minutes", "phases", "threads", "tensorboard")


def resume_settings(settings: Settings, overrides: Iterable[str], **run: Any) -> Settings:
    """Return the settings of a run that goes on; only its limits may differ from what it had.

    Raises UserError.
    """
    tables = settings.model_dump()
    overrides = list(overrides)
    asked = [text.partition("=")[0].strip() for text in overrides]
    asked += [f"run.{key}" for key, value in run.items() if value is not None]
    for key in asked:
        if key not in {f"run.{name}" for name in _RESUMABLE}:
            raise UserError(
                f"{key} cannot change when a run is resumed (only "
                f"{', '.join('run.' + name for name in _RESUMABLE)}); start a new run for that"
            )
    given = _merge(tables, overrides, run)
    if "phases" in given and "minutes" not in given:
        tables["run"]["minutes"] = None
    return Settings.from_tables(tables)
