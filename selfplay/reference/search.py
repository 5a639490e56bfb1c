"""The search itself, and the results that are read from its tree."""

import math

from selfplay.reference.arithmetic import argmax, total
from selfplay.reference.rng import Rng
from selfplay.reference.rules import (
    add_dirichlet,
    gumbel_root_scores,
    improved_policy,
    select,
)
from selfplay.reference.tree import Edge, Evaluate, Node, State, backup, evaluated, nodes
from selfplay.settings import SearchSettings


def simulate(
    root: Node, state: State, settings: SearchSettings, evaluate: Evaluate, seed: int, index: int
) -> bool:
    """One simulation: select, expand, evaluate, back up.

    Says whether it made a node, which then has `index`, or met a terminal one again.
    """
    solver = settings.solver and settings.rule != "gumbel"
    node, path, created = root, [], False
    while not node.terminal and not created:
        edge = select(node, settings, seed)
        path.append((node, edge))
        if edge.proof is not None:
            backup(path, node.player, float(edge.proof), exact=True)
            return False
        state = state.apply(edge.action)
        if edge.child is None:
            edge.child, created = evaluated(state, evaluate, index), True
        node = edge.child
    backup(path, node.player, node.value, exact=solver and node.terminal)
    return created


def search(
    state: State, settings: SearchSettings, evaluate: Evaluate, rng: Rng, kept: Node | None = None
) -> Node:
    """Searches a position until N(root) = simulations + 1, or it is proven; returns the root.

    `kept` is the subtree that an earlier search left (see `keep`): its visits count. A Gumbel
    search begins anew, because its schedule starts from no visits. Raises ValueError for a state
    that is terminal.
    """
    if state.is_terminal:
        raise ValueError("a terminal state cannot be searched")
    if kept is not None and settings.rule == "gumbel":
        raise ValueError("a Gumbel search cannot continue a kept tree")
    tie_break_seed = rng.state  # before any draw of this search
    root = evaluated(state, evaluate, 0) if kept is None else kept
    if settings.rule == "puct" and settings.noise_fraction > 0.0:
        add_dirichlet(root, settings, rng)
    if settings.rule == "gumbel" and settings.gumbel_scale > 0.0:
        for edge in root.edges:
            edge.gumbel = settings.gumbel_scale * rng.gumbel()
    index = len(list(nodes(root)))
    while root.visits < settings.simulations + 1 and root.proof is None:
        index += simulate(root, state, settings, evaluate, tie_break_seed, index)
    return root


def policy_target(root: Node, settings: SearchSettings) -> list[float]:
    """What the network learns: the visits' shares, or for Gumbel the improved policy."""
    if settings.rule == "gumbel":
        return improved_policy(root, settings)
    visits = sum(edge.visits for edge in root.edges if playable(root, edge))
    if visits == 0:
        norm = total(edge.prior for edge in root.edges if playable(root, edge))
        return [edge.prior / norm if playable(root, edge) else 0.0 for edge in root.edges]
    return [edge.visits / visits if playable(root, edge) else 0.0 for edge in root.edges]


def value(root: Node) -> float:
    """The value that the search found, to the player to move: proven, or the mean."""
    return root.mean_value if root.proof is None else float(root.proof)


def playable(root: Node, edge: Edge) -> bool:
    """Only winning edges if there are any, else none that is proven lost, unless all are."""
    if root.proof == 1:
        return edge.proof == 1
    return root.proof == -1 or edge.proof != -1


def most_visits(root: Node) -> int:
    """The most visits that a playable edge has."""
    return max(edge.visits for edge in root.edges if playable(root, edge))


def best_edge(root: Node, settings: SearchSettings) -> int:
    """The edge to play: the most visited; of equals, the highest Gumbel score or else prior."""
    most = most_visits(root)
    if settings.rule == "gumbel":
        return argmax(gumbel_root_scores(root, settings, most))
    return argmax(
        edge.prior if edge.visits == most and playable(root, edge) else -math.inf
        for edge in root.edges
    )


def sample_edge(root: Node, settings: SearchSettings, temperature: float, rng: Rng) -> int:
    """Draws an edge with probability ~ n^(1 / temperature): AlphaZero, Methods.

    Below a temperature of 0.001, and for a root without simulations, it is `best_edge`, and
    nothing is drawn.
    """
    most = most_visits(root)
    if temperature < 1e-3 or most == 0:
        return best_edge(root, settings)
    weights = [
        math.pow(edge.visits / most, 1.0 / temperature) if playable(root, edge) else 0.0
        for edge in root.edges
    ]
    threshold = rng.uniform() * total(weights)
    cumulative = 0.0
    for i, weight in enumerate(weights):
        cumulative += weight
        if cumulative > threshold:
            return i
    raise AssertionError("unreachable: uniform() < 1")
