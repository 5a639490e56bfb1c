"""The settings of a search and of a pool of self-play games: name, default, range, meaning.

Each is declared only here. The native code takes them by name from an object of these classes
(selfplay/native/search/settings.hpp and pool/settings.hpp list the names). The reference search
reads the same object, and the settings of a run extend it (zero/settings/schema.py). To add a
setting, add a field here, a member with its line in the native table, and the code that uses it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from selfplay.section import Section

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class SearchSettings(Section):
    """One search. The evaluation of the root itself is not counted as a simulation."""

    rule: Literal["puct", "gumbel", "uct"] = Field(default="puct", description="selection rule")
    simulations: int = Field(
        default=100, ge=0, le=10_000_000, description="simulations of a full search"
    )
    c_init: float = Field(
        default=1.25,
        ge=0.0,
        le=100.0,
        description="PUCT: exploration c(N) = ln((1 + N + c_base) / c_base) + c_init",
    )
    c_base: float = Field(
        default=19652.0,
        ge=1.0,
        le=1e9,
        description="PUCT: number of visits at which c(N) begins to grow",
    )
    fpu_reduction: float = Field(
        default=0.0,
        ge=0.0,
        le=2.0,
        description="PUCT, first-play urgency: the value assumed for an unvisited action is the "
        "mean value of its node, minus this times the square root of the prior already visited",
    )
    root_fpu_reduction: float = Field(
        default=0.0, ge=0.0, le=2.0, description="PUCT: fpu_reduction at the root"
    )
    noise_concentration: float = Field(
        default=10.83,
        gt=0.0,
        le=1e4,
        description="PUCT: total concentration of the root's Dirichlet noise, divided equally "
        "among the legal actions; AlphaZero gives alpha per action, so its 0.3 in chess, with "
        "about 35 legal moves, is about 10.5 here",
    )
    noise_fraction: Share = Field(
        default=0.25, description="PUCT: share of noise in the root's prior; 0: no noise"
    )
    gumbel_considered: int = Field(
        default=16, ge=2, le=4096, description="Gumbel: actions considered at the root"
    )
    gumbel_scale: float = Field(
        default=1.0, ge=0.0, le=100.0, description="Gumbel: scale of the root's noise; 0: no noise"
    )
    value_scale: float = Field(
        default=0.1,
        ge=0.0,
        le=100.0,
        description="Gumbel: sigma(q) = (maxvisit_init + most visits) * value_scale * q",
    )
    maxvisit_init: float = Field(
        default=50.0, ge=0.0, le=1e6, description="Gumbel: visits added in sigma(q)"
    )
    uct_c: float = Field(
        default=1.4,
        ge=0.0,
        le=100.0,
        description="UCT (search with rollouts): exploration",
    )
    solver: bool = Field(default=False, description="prove endings inside the tree (not Gumbel)")
    virtual_loss: float = Field(
        default=1.0,
        ge=0.0,
        le=100.0,
        description="losses that a pending simulation counts as, when the search of one position "
        "sends several leaves at once; self-play sends one",
    )


class PoolSettings(Section):
    """A pool of self-play games, in groups that advance independently."""

    slots: int = Field(
        default=256, ge=1, le=1 << 20, description="games in flight, all groups together"
    )
    groups: int = Field(default=2, ge=1, le=256, description="groups of slots, each with a batch")
    batch: int = Field(
        default=0,
        ge=0,
        le=1 << 20,
        description="rows in the batch of a group; 0: as many as its slots can fill",
    )
    cache_mib: int = Field(
        default=0,
        ge=0,
        le=1 << 20,
        description="memory for the network's answers, so that equal positions of a phase are "
        "evaluated only once; 0: evaluate every position",
    )
    canonical: bool = Field(
        default=False, description="evaluate positions that are equal up to symmetry only once"
    )
    full_search_share: Share = Field(
        default=1.0,
        description="share of searches that are full; the learner learns only from these "
        "(playout-cap randomisation, Wu 2019)",
    )
    cheap_simulations: int = Field(
        default=20, ge=2, le=1_000_000, description="simulations of the other searches"
    )
    temperature: float = Field(
        default=1.0, ge=0.0, le=10.0, description="temperature at the first ply (not Gumbel)"
    )
    temperature_final: float = Field(
        default=0.2, ge=0.0, le=10.0, description="temperature that it decays to"
    )
    temperature_half_life: float = Field(
        default=10.0, gt=0.0, le=1e4, description="half-life of the decay, in plies"
    )
    resign_threshold: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="resign when the value is below minus this; 0: play to the end",
    )
    resign_plies: int = Field(
        default=3,
        ge=1,
        le=1000,
        description="own plies in a row below the threshold before resigning",
    )
    resign_off_share: Share = Field(
        default=0.1, description="share of games without resignation, to count wrong ones"
    )
