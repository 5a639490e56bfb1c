"""The plain-Python search against hand-worked numbers, its invariants, and the known mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

import games
from selfplay.reference.arithmetic import total
from selfplay.reference.rng import Rng
from selfplay.reference.rules import (
    gumbel_interior_scores,
    gumbel_root_scores,
    improved_policy,
    mixed_value,
    puct_scores,
    puct_select,
    sigma,
    uct_select,
)
from selfplay.reference.search import best_edge, policy_target, sample_edge, search
from selfplay.reference.tree import Edge, Node, State, dump, keep, nodes
from selfplay.settings import SearchSettings

RULES = ["puct", "gumbel", "uct"]
QUIET = {"noise_fraction": 0.0, "gumbel_scale": 0.0}
DEFAULT, UCT = SearchSettings(), SearchSettings(rule="uct")


def gumbel(simulations: int, **others: Any) -> SearchSettings:
    return SearchSettings(rule="gumbel", simulations=simulations, **others)


@dataclass(frozen=True)
class Position:
    """A game written out as a tree, with the answers of its evaluator. No moves: it is over."""

    to_play: int
    moves: dict[int, Position] = field(default_factory=dict)
    result: int = 0  # return of player 0, if over
    priors: tuple[float, ...] = ()
    value: float = 0.0  # to the player to move

    @property
    def is_terminal(self) -> bool:
        return not self.moves

    def legal_actions(self) -> Sequence[int]:
        return sorted(self.moves)

    def apply(self, action: int) -> Position:
        return self.moves[action]

    def returns(self) -> Sequence[int]:
        return (self.result, -self.result)


def answers(state: State) -> tuple[Sequence[float], Sequence[float]]:
    assert isinstance(state, Position)
    priors = state.priors or (1.0,) * len(state.moves)
    win = (1.0 + state.value) / 2.0
    return [math.log(p) for p in priors], (win, 0.0, 1.0 - win)


def uniform(state: State) -> tuple[Sequence[float], Sequence[float]]:
    return [0.0] * len(state.legal_actions()), (0.0, 1.0, 0.0)


def node(value: float, *edges: tuple[float, int, float], index: int = 0) -> Node:
    """A node with edges of (prior, visits, total); action i is 10 i."""
    made = [Edge(10 * i, p, n, w) for i, (p, n, w) in enumerate(edges)]
    result = Node(index, 0, False, value, made, [edge for edge in made if edge.visits > 0])
    result.total += total(edge.total for edge in made)
    return result


def scores(root: Node, settings: SearchSettings) -> list[float]:
    return puct_scores(root, settings, root.edges)


def visits(root: Node) -> list[int]:
    return [edge.visits for edge in root.edges]


def chain(to_play: int, length: int) -> Position:
    """A position that goes on for `length` more plies without a choice, and is drawn."""
    return Position(to_play, {0: chain(1 - to_play, length - 1)} if length else {})


def test_puct_on_a_tree_worked_by_hand():
    # c = 1.25 + ln(19654 / 19652) = 1.2501; priors 1/4 and 3/4; urgency = 0.2 for both.
    # Simulation 1: 0.2 + 1.2501 / 4 = 0.5125 against 0.2 + 1.2501 * 3 / 4 = 1.1376: the second.
    # Its mover (player 1) has value 0.6 there, so W = -0.6 and V(root) = (0.2 - 0.6) / 2 = -0.2.
    # Simulation 2: -0.2 + 1.2502 / 4 * 1.4142 = 0.2420 against -0.6 + 0.6630 = 0.0630: the first.
    first = Position(1, {0: chain(0, 9)}, value=-0.5)
    second = Position(1, {0: chain(0, 9)}, value=0.6)
    start = Position(0, {4: first, 7: second}, priors=(0.25, 0.75), value=0.2)
    settings = SearchSettings(simulations=1, **QUIET)
    root = search(start, settings, answers, Rng(0))
    assert visits(root) == [0, 1]
    assert root.edges[1].total == pytest.approx(-0.6)
    assert scores(root, settings) == pytest.approx([0.2420, 0.0630], abs=1e-4)
    root = search(start, SearchSettings(simulations=2, **QUIET), answers, Rng(0))
    assert visits(root) == [1, 1]
    assert [edge.total for edge in root.edges] == pytest.approx([0.5, -0.6])
    assert root.mean_value == pytest.approx((0.2 - 0.6 + 0.5) / 3)


def test_first_play_urgency_has_a_setting_of_its_own_at_the_root():
    # V = (0.2 - 0.6) / 2 = -0.2, visited prior 0.64, so Q = -0.2 - reduction * 0.8.
    # Exploration of the unvisited edge: 1.25015 * 0.36 * sqrt(2) = 0.63648.
    settings = SearchSettings(fpu_reduction=0.5, root_fpu_reduction=0.25)
    root = node(0.2, (0.36, 0, 0.0), (0.64, 1, -0.6))
    inner = node(0.2, (0.36, 0, 0.0), (0.64, 1, -0.6), index=3)
    assert scores(root, settings)[0] == pytest.approx(-0.4 + 0.63648, abs=1e-4)
    assert scores(inner, settings)[0] == pytest.approx(-0.6 + 0.63648, abs=1e-4)


def test_exploration_grows_with_the_logarithm_of_the_visits():
    # c(20001) = ln((20002 + 19652) / 19652) + 1.25 = 0.70204 + 1.25.
    big = node(0.0, (1.0, 20_000, 0.0))
    expected = 1.95204 * math.sqrt(20_001) / 20_001
    assert scores(big, DEFAULT)[0] == pytest.approx(expected, rel=1e-4)


def test_of_equal_scores_the_edge_visited_first_is_followed():
    settings = SearchSettings(**QUIET)
    # Equal everywhere: the visited edge, though an unvisited one has the lower action.
    tied = node(0.0, (0.25, 0, 0.0), (0.5, 1, 0.0))
    assert scores(tied, settings)[0] == scores(tied, settings)[1]
    assert puct_select(tied, settings).action == 10
    tied = node(0.0, (0.5, 1, 0.0), (0.5, 1, 0.0))
    tied.visited.reverse()
    assert puct_select(tied, settings).action == 10
    # None is visited: the largest prior, and of equal priors the lowest action.
    fresh = node(0.0, (0.25, 0, 0.0), (0.375, 0, 0.0), (0.375, 0, 0.0))
    assert puct_select(fresh, settings).action == 10


def test_the_first_simulation_follows_the_prior():
    start = Position(0, {a: chain(1, 9) for a in range(3)}, priors=(0.2, 0.3, 0.5))
    root = search(start, SearchSettings(simulations=1, **QUIET), answers, Rng(0))
    assert visits(root) == [0, 0, 1]


def test_root_noise_is_mixed_once_and_afresh_in_each_search():
    start = Position(0, {a: chain(1, 30) for a in range(3)}, priors=(0.2, 0.3, 0.5))
    rng = Rng(5)
    few = search(start, SearchSettings(simulations=1), answers, rng)
    after_few = rng.state
    again = search(start, SearchSettings(simulations=1), answers, rng)
    rng = Rng(5)
    many = search(start, SearchSettings(simulations=20), answers, rng)
    assert rng.state == after_few
    priors = [[edge.prior for edge in root.edges] for root in (few, many, again)]
    assert priors[0] == priors[1] != priors[2]
    noise = Rng(5).dirichlet(10.83 / 3, 3)
    mixed = [0.75 * p + 0.25 * d for p, d in zip((0.2, 0.3, 0.5), noise, strict=True)]
    assert priors[0] == pytest.approx(mixed, abs=1e-6)
    assert total(priors[0]) == pytest.approx(1.0, abs=1e-6)
    assert few.edges[0].child is None and many.edges[2].child is not None
    assert many.edges[2].child.edges[0].prior == 1.0  # noise at the root only


# p = (.5, .3, .2), q = (.5, -.2, not visited), value .1:
# v_mix = (.1 + 3 (.5 * .5 - .3 * .2) / .8) / 4 = .203125; rescaled q = (1, 0, .403125 / .7).
WORKED = ((0.5, 2, 1.0), (0.3, 1, -0.2), (0.2, 0, 0.0))


def test_completed_q_on_a_worked_example():
    example = node(0.1, *WORKED)
    assert mixed_value(example) == pytest.approx(0.203125)
    assert sigma(example, DEFAULT) == pytest.approx([5.2, 0.0, 5.2 * 0.403125 / 0.7])
    # Weights .5 e^5.2 = 90.6361, .3, .2 e^2.99464 = 3.9956; their sum is 94.9317.
    policy = improved_policy(example, DEFAULT)
    assert policy == pytest.approx([0.954750, 0.003160, 0.042089], abs=1e-5)
    scores = gumbel_interior_scores(example, DEFAULT)
    assert scores == pytest.approx([p - n / 4 for p, n in zip(policy, (2, 1, 0), strict=True)])


def test_values_that_hardly_differ_are_not_blown_up():
    # Rescaled by 1e-8, not by their own range of 4e-9: q = 0 and 0.4, times (50 + 1) * 0.1.
    close = node(0.0, (0.5, 1, 0.0), (0.5, 1, 4e-9))
    assert sigma(close, DEFAULT) == pytest.approx([0.0, 5.1 * 0.4])


def test_root_scores_add_noise_logit_and_q_among_the_scheduled():
    example = node(0.1, *WORKED)
    for edge, g in zip(example.edges, (0.3, -0.7, 1.1), strict=True):
        edge.gumbel = g
    scores = gumbel_root_scores(example, DEFAULT, 1)
    assert scores == [-math.inf, pytest.approx(-0.7 + math.log(0.3 / 0.5) + 0.0), -math.inf]
    assert gumbel_root_scores(example, DEFAULT, 0)[2] == pytest.approx(
        1.1 + math.log(0.2 / 0.5) + 5.2 * 0.403125 / 0.7
    )


def test_without_visits_the_improved_policy_is_the_prior():
    assert improved_policy(node(0.3, (0.6, 0, 0.0), (0.4, 0, 0.0)), DEFAULT) == pytest.approx(
        [0.6, 0.4]
    )


def test_a_prior_of_zero_does_no_harm():
    policy = improved_policy(node(0.0, (1.0, 0, 0.0), (0.0, 1, 1.0)), DEFAULT)
    assert total(policy) == pytest.approx(1.0) and min(policy) >= 0.0


def test_mistake_children_by_action_number():
    moves = {3: chain(1, 9), 7: Position(1, result=1), 90: chain(1, 9)}
    start = Position(0, moves, priors=(0.4, 0.2, 0.4))
    root = search(start, gumbel(12, gumbel_scale=0.0), answers, Rng(0))
    assert root.edges[best_edge(root, gumbel(12))].action == 7


def test_mistake_noise_frozen_at_construction():
    start = Position(0, {a: chain(1, 9) for a in range(3)})
    rng, settings = Rng(1), gumbel(4)
    first, second = (search(start, settings, answers, rng) for _ in range(2))
    noise = [[edge.gumbel for edge in root.edges] for root in (first, second)]
    assert noise[0] != noise[1]
    again = Rng(1)
    assert noise[0] == [again.gumbel() for _ in range(3)]


def test_mistake_dirichlet_on_top_of_gumbel():
    start = Position(0, {a: chain(1, 9) for a in range(2)}, priors=(0.3, 0.7))
    root = search(start, gumbel(4, noise_fraction=0.25), answers, Rng(1))
    clean = search(
        start, SearchSettings(rule="puct", simulations=4, noise_fraction=0.0), answers, Rng(1)
    )
    assert [edge.prior for edge in root.edges] == [edge.prior for edge in clean.edges]


def test_mistake_exclusion_weaker_than_a_low_logit():
    example = node(0.0, (0.5, 1, 0.5), (0.5, 0, 0.0))
    example.edges[1].gumbel = -1e12
    assert gumbel_root_scores(example, DEFAULT, 0) == [-math.inf, -1e9]


def test_mistake_more_actions_considered_than_legal():
    start = Position(0, {a: chain(1, 30) for a in range(2)})
    root = search(start, gumbel(8, gumbel_considered=16), answers, Rng(1))
    assert visits(root) == [4, 4]


def test_mistake_acting_on_flat_visit_counts():
    # The last two survivors share their visits; the better one is played, not the first.
    moves = {a: Position(1, {0: chain(0, 30)}, value=-0.2 * a) for a in range(4)}
    settings = gumbel(8, gumbel_scale=0.0)
    root = search(Position(0, moves), settings, answers, Rng(0))
    assert visits(root) == [1, 1, 3, 3]
    assert best_edge(root, settings) == 3


@pytest.mark.parametrize("rule", RULES)
def test_mistake_values_seen_by_the_wrong_player(rule):
    # Action 0 leaves the opponent at +0.9, action 1 at -0.9; after action 2 we move once more.
    moves = {
        0: Position(1, {0: chain(0, 30)}, value=0.9),
        1: Position(1, {0: chain(0, 30)}, value=-0.9),
        2: Position(0, {0: chain(1, 30)}, value=-0.5),
    }
    settings = SearchSettings(
        rule=rule, simulations=3, gumbel_scale=0.0, noise_fraction=0.0, c_init=30.0
    )
    root = search(Position(0, moves), settings, answers, Rng(0))
    assert [edge.total for edge in root.edges] == pytest.approx([-0.9, 0.9, -0.5])


def test_the_target_knows_nothing_of_the_noise_and_a_quiet_search_draws_none():
    moves = {a: chain(1, 30) for a in range(3)}
    rng = Rng(4)
    before = rng.state
    settings = gumbel(9, gumbel_scale=0.0)
    root = search(Position(0, moves), settings, answers, rng)
    assert rng.state == before
    target = policy_target(root, settings)
    for edge in root.edges:
        edge.gumbel = 5.0 * edge.action
    assert policy_target(root, settings) == target


def test_uct_visits_every_edge_once_and_then_follows_ucb1():
    start = Position(0, {a: chain(1, 30) for a in range(5)})
    orders = set()
    for seed in range(10):
        root = search(start, SearchSettings(rule="uct", simulations=5), answers, Rng(seed))
        assert visits(root) == [1] * 5
        orders.add(tuple(edge.child.index for edge in root.edges if edge.child))
    assert len(orders) > 5
    # N = 8: .5 + 1.4 sqrt(ln 8 / 4) = 1.5094 against .2 + 1.4 sqrt(ln 8 / 3) = 1.3656.
    assert uct_select(node(0.0, (0.5, 4, 2.0), (0.5, 3, 0.6)), UCT, 0).action == 0
    assert uct_select(node(0.0, (0.5, 4, 1.2), (0.5, 3, 0.6)), UCT, 0).action == 10
    # N = 6: -.5 + 1.4 sqrt(ln 6 / 1) = 1.3740 against .41 + 1.4 sqrt(ln 6 / 4) = 1.3470.
    assert uct_select(node(0.0, (0.5, 1, -0.5), (0.5, 4, 1.64)), UCT, 0).action == 0


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four"])
@pytest.mark.parametrize("simulations", [0, 1, 2, 150])
def test_invariants_of_a_tree(rule, name, simulations):
    settings = SearchSettings(rule=rule, simulations=simulations)
    root = search(games.make(name).initial(), settings, uniform, Rng(7))
    assert root.visits == simulations + 1
    assert total(policy_target(root, settings)) == pytest.approx(1.0)
    made = list(nodes(root))
    assert [n.index for n in made] == list(range(len(made)))
    assert len(made) <= simulations + 1
    for parent in made:
        assert parent.terminal == (not parent.edges)
        for edge in parent.edges:
            assert (edge.visits == 0) == (edge.child is None)
            if edge.child is None:
                continue
            assert abs(edge.q) <= 1.0
            assert parent.index < edge.child.index
            assert edge.child.terminal or edge.visits == edge.child.visits
            sign = 1.0 if edge.child.player == parent.player else -1.0
            assert edge.q == pytest.approx(sign * edge.child.mean_value)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("name", "played", "win", "simulations"),
    [("tic_tac_toe", [0, 3, 1, 4], 2, 60), ("connect_four", [6, 0, 6, 0, 6, 1], 6, 60)],
)
def test_a_win_in_one_is_found(rule, name, played, win, simulations):
    state = games.make(name).initial()
    for action in played:
        state = state.apply(action)
    settings = SearchSettings(rule=rule, simulations=simulations, gumbel_scale=0.0)
    root = search(state, settings, uniform, Rng(1))
    assert root.edges[best_edge(root, settings)].action == win


def test_a_terminal_node_backs_its_return_up_at_every_visit():
    start = Position(0, {0: Position(1, result=1), 1: chain(1, 30)}, priors=(0.9, 0.1))
    root = search(start, SearchSettings(simulations=10, **QUIET), answers, Rng(0))
    assert root.edges[0].visits > 1
    assert root.edges[0].total == root.edges[0].visits
    assert root.edges[0].child == Node(root.edges[0].child.index, 1, True, -1.0)


def test_a_terminal_root_is_refused():
    with pytest.raises(ValueError, match="terminal"):
        search(Position(0), DEFAULT, answers, Rng(0))


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_a_kept_subtree_counts_towards_the_budget(rule):
    settings = SearchSettings(rule=rule, simulations=60, noise_fraction=0.0)
    state = games.make("connect_four").initial()
    root = search(state, settings, uniform, Rng(1))
    edge = root.edges[best_edge(root, settings)]
    kept = keep(root, edge.action)
    assert kept is not None and kept.visits == edge.visits > 1
    before = dump(kept)
    assert [n.index for n in nodes(kept)] == list(range(len(before)))
    after = search(state.apply(edge.action), settings, uniform, Rng(1, 0, 1), kept)
    assert after.visits == 61
    assert [row[:3] for row in dump(after)[: len(before)]] == [row[:3] for row in before]
    assert keep(Node(0, 0, False, 0.0, [Edge(5, 1.0)]), 5) is None


def test_a_gumbel_search_refuses_a_kept_tree():
    start = chain(0, 9)
    root = search(start, SearchSettings(rule="puct", simulations=3), answers, Rng(0))
    with pytest.raises(ValueError, match="Gumbel"):
        search(start, gumbel(3), answers, Rng(0), root)


def test_the_best_edge_has_most_visits_then_the_higher_prior():
    example = node(0.0, (0.5, 1, 0.0), (0.1, 4, 0.0), (0.2, 4, 0.0), (0.2, 4, 0.0))
    assert best_edge(example, DEFAULT) == 2


def test_sampled_edges_follow_the_visits_to_the_power_of_the_temperature():
    example = node(0.0, (0.2, 1, 0.0), (0.2, 0, 0.0), (0.6, 3, 0.0))
    rng, n = Rng(9), 4000
    drawn = [sample_edge(example, DEFAULT, 0.5, rng) for _ in range(n)]
    assert drawn.count(1) == 0
    assert drawn.count(2) / n == pytest.approx(0.9, abs=0.03)  # 9 : 1
    before = rng.state
    assert sample_edge(example, DEFAULT, 1e-4, rng) == 2
    assert rng.state == before


def test_an_edge_without_visits_is_never_sampled():
    class Zero(Rng):
        def uniform(self) -> float:
            return 0.0

    example = node(0.0, (0.9, 0, 0.0), (0.1, 2, 0.0))
    assert sample_edge(example, DEFAULT, 1.0, Zero(0)) == 1
