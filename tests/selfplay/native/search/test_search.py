"""The native search equals the plain-Python reference node for node, on every game."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count

import pytest

import games
from selfplay.reference.arithmetic import float32
from selfplay.reference.rng import Rng, mix64
from selfplay.reference.rules import Settings
from selfplay.reference.search import best_edge, policy_target, sample_edge, search, value
from selfplay.reference.tree import Evaluate, Node, dump, keep
from zero_core import selfplay as core

# Every game, small enough for a search in plain Python.
GAMES = [
    "breakthrough?size=4",
    "chess?plies=12",
    "connect_four",
    "go?size=3&plies=14",
    "gomoku?size=4&line=3",
    "hex?size=3&swap=yes",
    "othello?size=6",
    "tic_tac_toe",
]
RULES = ["puct", "gumbel", "uct"]
BUDGETS = [0, 1, 2, 3, 7, 16, 50, 200]

# Settings away from their defaults, each made to tell the rules' terms apart.
VARIANTS = {
    "puct": [
        {},
        {"c_init": 2.5, "c_base": 300.0, "fpu_reduction": 0.33, "root_fpu_reduction": 0.1},
        {"noise_alpha": 0.5, "noise_fraction": 0.6},
        {"solver": True},
    ],
    "gumbel": [
        {},
        {"gumbel_considered": 3, "gumbel_scale": 0.5},
        {"gumbel_considered": 60, "value_scale": 1.0, "maxvisit_init": 16.0},
    ],
    "uct": [{}, {"uct_c": 0.4}, {"solver": True}],
}


def stub(levels: int, spread: float) -> Evaluate:
    """A deterministic evaluator: a hash of what the network would see, exact in float32.

    Few levels make many equal logits and values, which is where tie-breaks show; a wide spread
    makes priors that are denormal or vanish.
    """

    def evaluate(state: games.State) -> tuple[Sequence[float], Sequence[float]]:
        key = state.observation_key
        actions = state.legal_actions()
        logits = [((mix64(key ^ a) % levels) / levels - 0.5) * spread for a in actions]
        low, high = sorted(mix64(key + i) % (levels + 1) for i in (1 << 20, 1 << 21))
        return logits, (low / levels, (high - low) / levels, (levels - high) / levels)

    return evaluate


EVALUATORS = {"coarse": stub(4, 8.0), "fine": stub(1 << 20, 8.0), "steep": stub(1 << 12, 256.0)}


def answer(batch: core.Batch, evaluate: Evaluate) -> None:
    for row, state in enumerate(batch.states()):
        if state is None:
            continue
        logits, wdl = evaluate(state)
        batch.logits[row, : len(logits)] = logits
        batch.wdl[row] = wdl


def native_settings(settings: Settings) -> core.SearchSettings:
    native = core.SearchSettings()
    for name, setting in asdict(settings).items():
        setattr(native, name, setting)
    return native


def positions(name: str, count: int) -> list[games.State]:
    """The first position of a game and others along random games, some of them near the end."""
    found = [games.make(name).initial()]
    for seed in range(count - 1):
        rng = Rng(seed, 77)
        state, line = found[0], []
        while not state.is_terminal:
            line.append(state)
            actions = state.legal_actions()
            state = state.apply(actions[rng.next() % len(actions)])
        found.append(line[-1 - seed % 3] if seed % 2 else line[rng.next() % len(line)])
    return found


def native_searches(
    states: list[games.State], settings: Settings, seeds: list[int], noise: bool, evaluate: Evaluate
) -> core.SearchBatch:
    searches = core.SearchBatch(states[0].game, native_settings(settings), len(states))
    searches.start(states, seeds, noise)
    while searches.advance():
        answer(searches.batch, evaluate)
    return searches


def check(
    states: list[games.State], settings: Settings, seed: int, noise: bool, evaluate: Evaluate
) -> None:
    """Searches the states on both sides and compares everything that either can tell."""
    seeds = [seed + row for row in range(len(states))]
    searches = native_searches(states, settings, seeds, noise, evaluate)
    if not noise:
        settings = replace(settings, noise_fraction=0.0, gumbel_scale=0.0)
    for row, result in enumerate(searches.results()):
        root = search(states[row], settings, evaluate, Rng(seeds[row]))
        assert searches.dump(row) == dump(root), f"{states[row]} with seed {seeds[row]}"
        assert result.action == root.edges[best_edge(root, settings)].action
        assert result.policy == [float32(p) for p in policy_target(root, settings)]
        assert result.value == value(root)
        assert result.proven == (root.proof is not None)
        assert result.raw_value == root.value
        assert result.simulations == root.visits - 1
        assert result.proven or result.simulations == settings.simulations
        assert result.actions == [edge.action for edge in root.edges]
        assert result.visits == [edge.visits for edge in root.edges]
        assert result.priors == [edge.prior for edge in root.edges]


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", GAMES)
def test_trees_are_equal_for_every_budget(name, rule, evaluator):
    states = positions(name, 5)
    for i, simulations in enumerate(BUDGETS):
        check(states, Settings(rule, simulations), 100 + i, i % 3 > 0, EVALUATORS[evaluator])


@pytest.mark.parametrize(
    ("rule", "changed"), [(rule, changed) for rule in RULES for changed in VARIANTS[rule]]
)
@pytest.mark.parametrize("name", GAMES)
def test_trees_are_equal_for_every_setting(name, rule, changed):
    settings = Settings(rule, 40, **changed)
    for i, evaluate in enumerate(EVALUATORS.values()):
        check(positions(name, 4), settings, 2**63 + i, True, evaluate)


@pytest.mark.parametrize("rule", RULES)
def test_trees_are_equal_when_they_are_large(rule):
    # The native side keeps c(N), sqrt N and ln N in tables for N < 2048 only.
    check(positions("tic_tac_toe", 1), Settings(rule, 3000), 1, False, EVALUATORS["fine"])


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_proofs_are_equal_near_the_end(rule):
    settings = Settings(rule, 300, solver=True)
    states = [s for s in positions("tic_tac_toe", 30) if len(s.legal_actions()) <= 6]
    assert states
    check(states, settings, 3, False, EVALUATORS["fine"])


@pytest.mark.parametrize("solver", [False, True])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", GAMES)
def test_a_position_searched_for_play_keeps_the_same_subtrees(name, rule, solver):
    # One leaf at a time. The coarse values are quarters, so that adding the virtual loss and taking
    # it away again is exact.
    settings = Settings(rule, 60, noise_fraction=0.0, gumbel_scale=0.0, solver=solver)
    state, kept = games.make(name).initial(), None
    thinker = core.Thinker(state.game, native_settings(settings), 1)
    thinker.start(state, 5)
    while not state.is_terminal:
        while thinker.advance():
            answer(thinker.batch, EVALUATORS["coarse"])
        root = search(state, settings, EVALUATORS["coarse"], Rng(5), kept)
        assert thinker.dump() == dump(root), str(state)
        action = root.edges[best_edge(root, settings)].action
        assert thinker.result().action == action
        kept = None if rule == "gumbel" else keep(root, action)
        state = state.apply(action)
        if not state.is_terminal:
            thinker.apply(action)


def test_no_game_is_left_out():
    assert {name.split("?")[0] for name in GAMES} == set(games.names())


def test_the_stub_answers_differ_and_are_probabilities():
    state = games.make("connect_four").initial()
    for evaluate in EVALUATORS.values():
        logits, wdl = evaluate(state)
        assert len(set(logits)) > 1 and sum(wdl) == 1.0
        assert [float32(x) for x in (*logits, *wdl)] == [*logits, *wdl]


# --------------------------------------------------------------------------------------- self-play


@dataclass(frozen=True)
class Play:
    """The settings of a pool that decide what it plays."""

    full_search_share: float = 1.0
    cheap_simulations: int = 6
    temperature: float = 1.0
    temperature_final: float = 0.3
    temperature_half_life: float = 5.0


def reference_game(name: str, settings: Settings, play: Play, seed: int, game_id: int) -> dict:
    """One game of self-play by the plain-Python search, as the properties of its record."""
    state, evaluate = games.make(name).initial(), EVALUATORS["coarse"]
    out: dict[str, list] = {"actions": [], "full": [], "values": [], "policies": []}
    kept: Node | None = None
    for ply in count():
        rng = Rng(seed, game_id, ply)
        full = play.full_search_share >= 1.0 or rng.uniform() < play.full_search_share
        now = settings if full else replace(settings, simulations=play.cheap_simulations)
        if not full:
            now = replace(now, noise_fraction=0.0)
        noise = now.rule == "puct" and now.noise_fraction > 0.0
        root = search(state, now, evaluate, rng, None if noise else kept)
        falling = math.exp2(-ply / play.temperature_half_life)
        warmth = play.temperature - play.temperature_final
        temperature = play.temperature_final + warmth * falling
        gumbel = settings.rule == "gumbel"
        chosen = best_edge(root, now) if gumbel else sample_edge(root, now, temperature, rng)
        action = root.edges[chosen].action
        out["actions"].append(action)
        out["full"].append(full)
        out["values"].append(float32(value(root)))
        policy = tuple(float32(p) for p in policy_target(root, now))
        out["policies"].append(policy if full else None)
        kept = None if gumbel else keep(root, action)
        state = state.apply(action)
        if state.is_terminal:
            columns = {key: tuple(column) for key, column in out.items()}
            return {**columns, "id": game_id, "returns": state.returns()[0]}
    raise AssertionError("unreachable")


def native_games(
    name: str, settings: Settings, play: Play, seed: int, number: int
) -> list[core.GameRecord]:
    pool_settings = core.PoolSettings()
    for field, setting in asdict(play).items():
        setattr(pool_settings, field, setting)
    pool_settings.search = native_settings(settings)
    pool_settings.seed, pool_settings.slots, pool_settings.groups = seed, 4, 2
    game = games.make(name)
    pool = core.Pool(game, pool_settings)
    pool.set_limit(number)
    while [g for g in range(pool.groups) if pool.advance(g)]:
        for group in range(pool.groups):
            answer(pool.batch(group), EVALUATORS["coarse"])
    return pool.take_records()


@pytest.mark.parametrize("share", [1.0, 0.4])
@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("puct", {}),
        ("puct", {"noise_fraction": 0.0}),  # keeps its subtrees
        ("gumbel", {}),
        ("uct", {}),
        ("puct", {"solver": True}),
        ("puct", {"solver": True, "noise_fraction": 0.0}),
        ("uct", {"solver": True}),
    ],
)
@pytest.mark.parametrize("name", GAMES)
def test_self_play_games_are_equal(name, rule, changed, share):
    settings, play = Settings(rule, 20, **changed), Play(full_search_share=share)
    number = 2 if name.startswith(("othello", "chess")) else 6
    played = native_games(name, settings, play, 11, number)
    assert [record.id for record in played] == list(range(number))
    for record in played:
        expected = reference_game(name, settings, play, 11, record.id)
        assert {key: getattr(record, key) for key in expected} == expected
