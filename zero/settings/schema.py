"""The settings of a run: typed, frozen, checked.

An unknown key or a value out of range is a UserError that names the nearest known key, or the
range. Durations are in minutes, sizes in positions unless a name says otherwise.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from games.errors import UserError, did_you_mean
from selfplay.section import Section
from selfplay.settings import PoolSettings, SearchSettings, Share
from zero.settings.renamed import RENAMED, with_new_names
from zero.settings.toml import sections_to_toml


class GameSettings(Section):
    """The game to play."""

    name: str = Field(default="", description="game and parameters, such as othello?size=6")


class NetworkSettings(Section):
    """The shape of the network: a residual tower with a policy head and a win/draw/loss head."""

    blocks: int = Field(default=5, ge=1, le=60, description="residual blocks")
    channels: int = Field(default=64, ge=4, le=1024, description="channels of the tower")
    context: Literal["none", "squeeze", "pool"] = Field(
        default="none",
        description="how a block sees the whole board: not at all, by squeeze-excitation, or by "
        "global pooling",
    )
    policy_channels: int = Field(
        default=32, ge=1, le=256, description="channels of the policy head"
    )
    value_channels: int = Field(default=32, ge=1, le=256, description="channels of the value head")
    value_hidden: int = Field(
        default=128, ge=1, le=4096, description="hidden units of the value head"
    )


class RunSearchSettings(SearchSettings):
    """The settings of a search, for self-play: only the rules that a network can learn from."""

    rule: Literal["puct", "gumbel"] = Field(default="puct", description="selection rule")
    simulations: Annotated[int, SearchSettings.model_fields["simulations"], Field(ge=2)] = 100
    solver: Annotated[bool, SearchSettings.model_fields["solver"]] = True


class SelfplaySettings(PoolSettings):
    """The pool of self-play games, and the length of a phase."""

    groups: int = Field(
        default=0,
        ge=0,
        le=256,
        description="groups of slots, each with a batch; 0: one per core, or three for a GPU",
    )
    cache_mib: Annotated[int, PoolSettings.model_fields["cache_mib"]] = 128
    batches_per_phase: int = Field(
        default=1000, ge=1, le=10_000_000, description="batches that each group sends in a phase"
    )
    rollout_simulations: int = Field(
        default=800,
        ge=0,
        le=1_000_000,
        description="simulations a move while rollouts replace the network that has not learnt "
        "yet; 0: let the untrained network play",
    )

    @model_validator(mode="after")
    def _slots_fill_groups(self) -> SelfplaySettings:
        if self.groups and self.slots % self.groups:
            raise ValueError(
                f"selfplay.slots={self.slots} must be a multiple of selfplay.groups={self.groups}"
            )
        return self


class InferenceSettings(Section):
    """How the network is evaluated on a processor (on a GPU there is only one way)."""

    backend: str = Field(
        default="auto",
        description="what computes on a processor, such as torch or int8; auto: the fastest, once",
    )
    # A quantised network plays as long as it agrees with float32 on positions of the window.
    policy_kl: float = Field(
        default=0.01,
        ge=0.0,
        le=100.0,
        description="rounding: largest mean divergence of the policy, in nats",
    )
    value_error: float = Field(
        default=0.02, ge=0.0, le=2.0, description="rounding: largest mean error of the values"
    )
    best_move: Share = Field(
        default=0.9,
        description="rounding: smallest share of positions where it still prefers a best action",
    )


class TrainingSettings(Section):
    """The learner: its batches, optimizer and schedule, and the window that it samples from."""

    method: str = Field(
        default="alphazero", description="learning method, such as alphazero or imitation"
    )
    batch: int = Field(default=256, ge=1, le=65_536, description="positions in a learner step")
    reuse: float = Field(
        default=4.0, gt=0.0, le=1000.0, description="samples drawn per new position"
    )
    optimizer: Literal["adamw", "sgd"] = Field(default="adamw", description="optimizer")
    learning_rate: float = Field(
        default=1e-3, gt=0.0, le=10.0, description="learning rate between warm-up and cool-down"
    )
    weight_decay: float = Field(
        default=1e-4,
        ge=0.0,
        le=1.0,
        description="weight decay of convolutions and linear layers",
    )
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0, description="momentum of sgd")
    max_grad_norm: float = Field(
        default=5.0,
        gt=0.0,
        le=1e9,
        description="largest norm of a gradient; scale larger ones down",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="precision of a step's products; auto: bfloat16 if the machine supports it",
    )
    warmup_steps: int = Field(
        default=100, ge=0, le=1_000_000, description="first steps, while the learning rate rises"
    )
    cooldown: Share = Field(
        default=0.3, description="last share of the run, while the learning rate falls"
    )
    cooldown_floor: Share = Field(
        default=0.05, description="share of the learning rate left at the end"
    )
    value_weight: float = Field(
        default=1.0, ge=0.0, le=100.0, description="weight of the value loss"
    )
    value_mix: Share = Field(
        default=0.0, description="share of the search's value in the value target"
    )
    ema_decay: float = Field(
        default=0.999,
        ge=0.0,
        lt=1.0,
        description="decay per step of the exponential moving average of the weights, which plays",
    )
    window_min: int = Field(
        default=10_000,
        ge=1,
        le=1 << 31,
        description="positions in the window before learning begins",
    )
    window_start: int = Field(
        default=50_000,
        ge=1,
        le=1 << 31,
        description="positions at which the window starts to grow by a power law",
    )
    window_max: int = Field(
        default=2_000_000, ge=1, le=1 << 31, description="positions in the window at most"
    )
    window_exponent: float = Field(
        default=0.75, gt=0.0, le=1.0, description="alpha of the window's power law"
    )
    window_slope: float = Field(
        default=0.5, ge=0.0, le=1.0, description="beta of the window's power law"
    )
    checkpoint_every: int = Field(
        default=1, ge=1, le=100_000, description="phases between checkpoints"
    )
    checkpoints_kept: int = Field(
        default=3,
        ge=2,
        le=100_000,
        description="newest checkpoints kept; rated ones are always kept",
    )

    @model_validator(mode="after")
    def _window_in_order(self) -> TrainingSettings:
        if not self.window_min <= self.window_start <= self.window_max:
            raise ValueError(
                "training.window_min <= window_start <= window_max is expected, given "
                f"{self.window_min}, {self.window_start}, {self.window_max}"
            )
        return self


class RatingSettings(Section):
    """How checkpoints are rated during the run."""

    every: int = Field(
        default=10, ge=0, le=1_000_000, description="phases between ratings; 0: rate only the last"
    )
    games: int = Field(default=64, ge=2, le=100_000, description="games against each opponent")
    simulations: int = Field(default=100, ge=2, le=1_000_000, description="simulations a move")
    opponents: tuple[str, ...] = Field(
        default=("random", "mcts:200"), description="players to meet"
    )
    older: int = Field(
        default=3, ge=0, le=1000, description="meet the checkpoint this many ratings back; 0: none"
    )
    share: Share = Field(
        default=0.15, description="largest share of the run's time to spend on rating"
    )


class RunSettings(Section):
    """The run as a whole."""

    seed: int = Field(
        default=1, ge=0, le=(1 << 63) - 1, description="the same seed gives the same run on a CPU"
    )
    minutes: float | None = Field(
        default=None, gt=0.0, le=1e7, description="wall time, ratings included"
    )
    phases: int | None = Field(
        default=None, ge=1, le=1 << 31, description="stop after this many phases"
    )
    threads: int = Field(default=0, ge=0, le=1024, description="threads that play; 0: one per core")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="where the network runs; auto: a GPU if there is one"
    )
    overlap: bool | None = Field(
        default=None,
        description="learn while the next games are played; default: on a GPU only",
    )
    store: str | None = Field(
        default=None, description="learn from the games of this store, without playing"
    )
    tensorboard: bool = Field(default=True, description="write curves for TensorBoard")


class Settings(Section):
    """All settings of a run; `run.toml` holds them as resolved."""

    game: GameSettings = GameSettings()
    network: NetworkSettings = NetworkSettings()
    search: RunSearchSettings = RunSearchSettings()
    selfplay: SelfplaySettings = SelfplaySettings()
    inference: InferenceSettings = InferenceSettings()
    training: TrainingSettings = TrainingSettings()
    rating: RatingSettings = RatingSettings()
    run: RunSettings = RunSettings()

    def to_toml(self) -> str:
        """Write the settings as TOML; `from_toml` reads back an equal object."""
        return sections_to_toml(self.model_dump())

    @classmethod
    def from_toml(cls, text: str, source: str) -> Settings:
        """Read settings from TOML text; `source` names it in errors. Raises UserError.

        Names from older versions are accepted and replaced by today's.
        """
        try:
            tables = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, UnicodeError) as error:
            raise UserError(f"{source} is not valid TOML: {error}") from None
        return cls.from_tables(with_new_names(tables, source))

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Settings:
        """Check plain tables. Raises UserError: what was given, the range, the nearest name."""
        try:
            return cls.model_validate(tables)
        except ValidationError as error:
            raise UserError(cls.explain(error)) from None

    @classmethod
    def explain_unknown(cls, name: str) -> str:
        """Suggest the setting or section that may have been meant."""
        if "." in name:
            return unknown_key(name)
        return f"unknown section [{name}]; {did_you_mean(name, cls.model_fields)}"


@functools.cache
def known_keys() -> tuple[str, ...]:
    """Return every setting as `section.key`."""
    return tuple(
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        for key in _section_type(field.annotation).model_fields
    )


def _section_type(annotation: Any) -> type[Section]:
    assert isinstance(annotation, type)
    assert issubclass(annotation, Section)
    return annotation


_LISTED = "zero train GAME --show-settings lists them"


def unknown_key(key: str) -> str:
    """Explain an unknown setting; a key without a section is looked up in all sections."""
    if key in RENAMED:
        return f"{key} is now called {RENAMED[key]}; use that name"
    known = known_keys()
    section, _, name = key.rpartition(".")
    same = [k for k in known if k.split(".")[1] == (name or section)]
    if same:
        return f"unknown setting {key}; did you mean '{same[0]}'?"
    return f"unknown setting {key}; {did_you_mean(key, known, _LISTED)}"
