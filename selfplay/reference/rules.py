"""The selection rules: which edge of a node a simulation follows."""

import math
from collections.abc import Sequence
from functools import cache

from selfplay.reference.arithmetic import argmax, float32, softmax, total
from selfplay.reference.rng import Rng, mix64
from selfplay.reference.tree import Edge, Node
from selfplay.settings import SearchSettings

FLT_MIN = 2.0**-126  # the smallest normal float32: keeps log(prior) finite


def add_dirichlet(root: Node, settings: SearchSettings, rng: Rng) -> None:
    """P' = (1 - fraction) P + fraction d, with d ~ Dirichlet(concentration / number of actions).

    AlphaZero, Methods, with the total concentration of KataGo (Wu 2019).
    """
    noise = rng.dirichlet(settings.noise_concentration / len(root.edges), len(root.edges))
    fraction = settings.noise_fraction
    for edge, d in zip(root.edges, noise, strict=True):
        edge.prior = float32((1.0 - fraction) * edge.prior + fraction * d)


def puct_scores(node: Node, settings: SearchSettings, edges: Sequence[Edge]) -> list[float]:
    """Q + c(N) sqrt(N) P / (1 + n), where c(N) = ln((1 + N + c_base) / c_base) + c_init.

    AlphaZero, Methods, "Search". An unvisited edge has Q = V - reduction * sqrt(visited prior). Q,
    c(N) sqrt(N), P / (1 + n), their product and the score are float32.
    """
    n_node = node.visits
    c = math.log((1 + n_node + settings.c_base) / settings.c_base) + settings.c_init
    exploration = float32(c * math.sqrt(n_node))
    reduction = settings.root_fpu_reduction if node.index == 0 else settings.fpu_reduction
    visited_prior = total(edge.prior for edge in node.visited)
    urgency = node.mean_value - reduction * math.sqrt(visited_prior)

    def score(edge: Edge) -> float:
        if edge.proof == -1:
            return -math.inf
        q = float32(edge.q if edge.visits > 0 else urgency)
        return float32(q + float32(exploration * float32(edge.prior / (1 + edge.visits))))

    return [score(edge) for edge in edges]


def puct_select(node: Node, settings: SearchSettings) -> Edge:
    """The edge with the greatest score.

    All unvisited edges have the same Q, so that of them only the one with the largest prior counts.
    Of equal scores the edge that was visited first has it, and an unvisited one last.
    """
    candidates = list(node.visited)
    if unvisited := node.unvisited:
        candidates.append(max(unvisited, key=lambda edge: edge.prior))
    return candidates[argmax(puct_scores(node, settings, candidates))]


@cache
def considered_visits(considered: int, simulations: int) -> tuple[int, ...]:
    """The visit count that each simulation looks for at the root: sequential halving.

    Gumbel, Algorithm 2. Every survivor gets `extra` visits, then the better half of them survives,
    never fewer than two, until the budget is spent.
    """
    if considered <= 1:
        return tuple(range(simulations))
    rounds = (considered - 1).bit_length()  # ceil(log2(considered))
    visits = [0] * considered
    sequence: list[int] = []
    while len(sequence) < simulations:
        extra = max(1, simulations // (rounds * considered))
        for _ in range(extra):
            sequence += visits[:considered]
            visits = [n + 1 for n in visits[:considered]]
        considered = max(2, considered // 2)
    return tuple(sequence[:simulations])


def mixed_value(node: Node) -> float:
    """v_mix = (value + sum N * sum_visited(p q) / sum_visited(p)) / (1 + sum N).

    Gumbel, Appendix D, Eq. 33: the value that unvisited edges are given.
    """
    visited = [(max(e.prior, FLT_MIN), e.q) for e in node.edges if e.visits > 0]
    norm = total(p for p, _ in visited)
    weighted_q = total(p * q / norm for p, q in visited)
    sum_n = node.visits - 1
    return (node.value + sum_n * weighted_q) / (sum_n + 1)


def sigma(node: Node, settings: SearchSettings) -> list[float]:
    """Completed Q of each edge, rescaled to [0, 1] at this node, times the weight of the visits.

    Gumbel, Eq. 8: (maxvisit_init + max n) * value_scale * q.
    """
    mixed = mixed_value(node)
    qs = [edge.q if edge.visits > 0 else mixed for edge in node.edges]
    low, high = min(qs), max(qs)
    span = max(high - low, 1e-8)
    scale = (settings.maxvisit_init + max(e.visits for e in node.edges)) * settings.value_scale
    return [scale * ((q - low) / span) for q in qs]


def log_priors(node: Node) -> list[float]:
    """The logit of each edge: the logarithm of its prior."""
    return [math.log(max(edge.prior, FLT_MIN)) for edge in node.edges]


def improved_policy(node: Node, settings: SearchSettings) -> list[float]:
    """pi' = softmax(logits + sigma(completed Q)): Gumbel, Eq. 11. The noise has no part in it."""
    pairs = zip(log_priors(node), sigma(node, settings), strict=True)
    return softmax([logit + s for logit, s in pairs])


def gumbel_interior_scores(node: Node, settings: SearchSettings) -> list[float]:
    """pi' - n / (1 + sum N): Gumbel, Eq. 14. The visit counts follow pi'."""
    n_node = node.visits
    policy = improved_policy(node, settings)
    return [p - edge.visits / n_node for p, edge in zip(policy, node.edges, strict=True)]


def gumbel_root_scores(root: Node, settings: SearchSettings, visits: int) -> list[float]:
    """g + logit + sigma(completed Q) of the edges that have `visits` visits, -inf of the others."""
    logits = log_priors(root)
    highest = max(logits)

    def score(edge: Edge, logit: float, s: float) -> float:
        if edge.visits != visits:
            return -math.inf
        return max(-1e9, edge.gumbel + (logit - highest) + s)

    return list(map(score, root.edges, logits, sigma(root, settings)))


def uct_select(node: Node, settings: SearchSettings, tie_break_seed: int) -> Edge:
    """Every edge once, in an order hashed from the search and the node; then UCB1.

    Kocsis & Szepesvari 2006: Q + c sqrt(ln N / n).
    """
    if unvisited := node.unvisited:
        salt = node.index * 1000003
        return max(unvisited, key=lambda edge: mix64(tie_break_seed ^ (salt + edge.action)))
    log_n = math.log(node.visits)
    scores = [
        -math.inf if e.proof == -1 else e.q + settings.uct_c * math.sqrt(log_n / e.visits)
        for e in node.visited
    ]
    return node.visited[argmax(scores)]


def select(node: Node, settings: SearchSettings, tie_break_seed: int) -> Edge:
    """The edge that a simulation follows at a node."""
    if settings.rule == "puct":
        return puct_select(node, settings)
    if settings.rule == "uct":
        return uct_select(node, settings, tie_break_seed)
    if node.index > 0:
        return node.edges[argmax(gumbel_interior_scores(node, settings))]
    considered = min(settings.gumbel_considered, len(node.edges))
    schedule = considered_visits(considered, settings.simulations)
    scores = gumbel_root_scores(node, settings, schedule[node.visits - 1])
    return node.edges[argmax(scores)]
