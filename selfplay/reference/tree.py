"""The tree of a search: nodes, edges, evaluation and backup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from selfplay.reference.arithmetic import float32, softmax


class State(Protocol):
    """What the search needs from a position; `games.State` provides it."""

    @property
    def to_play(self) -> int:
        """The player to move, 0 or 1; at a terminal state, the player who would move."""

    @property
    def is_terminal(self) -> bool:
        """Whether the game is over."""

    def legal_actions(self) -> Sequence[int]:
        """The legal actions, ascending."""

    def apply(self, action: int) -> State:
        """The position after a legal action."""

    def returns(self) -> Sequence[int]:
        """The return of each player at a terminal state, in {-1, 0, 1}."""


# A state in; float32 logits of its legal actions, and float32 probabilities that its mover wins,
# draws and loses, out.
Evaluate = Callable[[State], tuple[Sequence[float], Sequence[float]]]


@dataclass
class Edge:
    """A legal action of a node, and what the simulations through it found."""

    action: int
    prior: float  # a float32
    visits: int = 0
    total: float = 0.0  # sum of the values backed up, to the player who moves at the edge's node
    child: Node | None = None
    gumbel: float = 0.0  # Gumbel noise; drawn for the edges of a root only
    proof: int | None = None  # with the solver: its exact value to the player who chooses it

    @property
    def q(self) -> float:
        """Value to the player who chooses this edge: proven, or the mean of at least one visit."""
        return self.total / self.visits if self.proof is None else float(self.proof)


@dataclass
class Node:
    """An evaluated position. Values are those of `player`, who moves there."""

    index: int  # order of creation: the root is 0
    player: int
    terminal: bool
    value: float  # its own evaluation; the exact return if terminal
    edges: list[Edge] = field(default_factory=list)  # by ascending action; none if terminal
    visited: list[Edge] = field(default_factory=list)  # those with visits, by their first visit
    total: float = 0.0  # its value and all that was backed up through its edges, in that order

    def __post_init__(self) -> None:
        self.total = self.value

    @property
    def unvisited(self) -> list[Edge]:
        """The edges without visits, by ascending action."""
        return [edge for edge in self.edges if edge.visits == 0]

    @property
    def visits(self) -> int:
        """N = 1 + sum of n: its own evaluation counts, so no prior is multiplied by sqrt(0)."""
        return 1 + sum(edge.visits for edge in self.edges)

    @property
    def mean_value(self) -> float:
        """V = (value + sum of W) / N; of the root, the value of the search."""
        return self.total / self.visits

    @property
    def proof(self) -> int | None:
        """Exact value if the edges settle it: 1 if any edge wins, else the best if all are proven.

        MCTS-Solver: Winands, Bjornsson & Saito 2008.
        """
        proofs = [edge.proof for edge in self.edges]
        if 1 in proofs:
            return 1
        known = [proof for proof in proofs if proof is not None]
        return max(known) if known and len(known) == len(proofs) else None


def evaluated(state: State, evaluate: Evaluate, index: int) -> Node:
    """Makes the node of a state: exact if terminal, else its value and priors are evaluated."""
    if state.is_terminal:
        return Node(index, state.to_play, True, float(state.returns()[state.to_play]))
    logits, (win, _, loss) = evaluate(state)
    priors = softmax([float32(x) for x in logits])
    actions = state.legal_actions()
    edges = [Edge(a, float32(p)) for a, p in zip(actions, priors, strict=True)]
    return Node(index, state.to_play, False, float32(win) - float32(loss), edges)


def backup(path: Sequence[tuple[Node, Edge]], player: int, value: float, exact: bool) -> None:
    """Adds a leaf's value to each edge of the path, turned to the player who chose the edge.

    `value` is that of `player`. An exact value proves the edge that it comes through; where that
    proves the edge's node, the proof is what goes on upwards.
    """
    for node, edge in reversed(path):
        if edge.visits == 0:
            node.visited.append(edge)
        own_value = value if node.player == player else -value
        edge.visits += 1
        edge.total += own_value
        node.total += own_value
        if exact:
            edge.proof = int(own_value)
            proof = node.proof
            exact = proof is not None
            if proof is not None:
                player, value = node.player, float(proof)


def keep(root: Node, action: int) -> Node | None:
    """The subtree below an action, renumbered in order of creation; None if it was not visited."""
    child = next((edge.child for edge in root.edges if edge.action == action), None)
    if child is not None:
        for index, node in enumerate(nodes(child)):
            node.index = index
    return child


def nodes(root: Node) -> Iterator[Node]:
    """All nodes of a tree, in order of creation."""
    found = [root]
    for node in found:
        found += [edge.child for edge in node.edges if edge.child is not None]
    return iter(sorted(found, key=lambda node: node.index))


# Player, terminal, value, and of each edge: action, prior, visits, total, index of the child or -1.
DumpedNode = tuple[int, bool, float, list[tuple[int, float, int, float, int]]]


def dump(root: Node) -> list[DumpedNode]:
    """The whole tree as plain tuples, in order of creation."""

    def child(edge: Edge) -> int:
        return -1 if edge.child is None else edge.child.index

    return [
        (n.player, n.terminal, n.value,
         [(e.action, e.prior, e.visits, e.total, child(e)) for e in n.edges])
        for n in nodes(root)
    ]  # fmt: skip
