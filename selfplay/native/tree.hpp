// The search tree of one position: two flat arrays, children by index. Nodes stand in the order of
// their creation, so a parent always precedes its children.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "game.hpp"

namespace zero {

inline constexpr std::int32_t kUnvisited = -1;
inline constexpr std::int32_t kPending = -2;  // chosen by a simulation not yet evaluated
inline constexpr std::int8_t kUnproven = 2;   // no proof; else the exact value: -1, 0 or 1

struct Edge {
  double total = 0.0;  // W: sum of backed-up values, seen by the player to move at the parent
  float prior = 0.0F;  // P
  std::int32_t visits = 0;
  std::int32_t child = kUnvisited;
  Action action = 0;
  std::int8_t proof = kUnproven;  // with the solver: what the action is worth under perfect play

  bool proven() const { return proof != kUnproven; }
  bool proven_lost() const { return proof == -1; }
  double q() const { return proven() ? proof : total / visits; }
};

struct Node {
  double value = 0.0;       // its own evaluation (or its return), seen by its player to move
  std::int32_t visits = 1;  // N: its own evaluation and all visits of its edges
  std::int32_t first_edge = 0;
  std::uint16_t num_edges = 0;
  std::int8_t player = 0;
  bool terminal = false;
};

struct Tree {
  std::vector<Node> nodes;
  std::vector<Edge> edges;

  void clear() {
    nodes.clear();
    edges.clear();
  }
  bool empty() const { return nodes.empty(); }
  std::span<Edge> edges_of(const Node& node) {
    return {edges.data() + node.first_edge, node.num_edges};
  }
  std::span<const Edge> edges_of(const Node& node) const {
    return {edges.data() + node.first_edge, node.num_edges};
  }

  std::int32_t add(Node node) {
    node.first_edge = static_cast<std::int32_t>(edges.size());
    edges.resize(edges.size() + node.num_edges);
    nodes.push_back(node);
    return static_cast<std::int32_t>(nodes.size()) - 1;
  }

  // Mean value of a node over all its visits, seen by its player to move.
  double mean_value(const Node& node) const {
    double sum = node.value;
    for (const Edge& edge : edges_of(node)) sum += edge.total;
    return sum / node.visits;
  }

  // What a node is worth to its player if the proofs of its edges settle it: won by any winning
  // edge, else the best of the edges once all are proven (Winands, Bjornsson & Saito 2008).
  std::int8_t proof(const Node& node) const {
    std::int8_t best = -1;
    bool all = node.num_edges > 0;
    for (const Edge& edge : edges_of(node)) {
      if (edge.proof == 1) return 1;
      all = all && edge.proven();
      if (edge.proven()) best = std::max(best, edge.proof);
    }
    return all ? best : kUnproven;
  }

  // Makes `new_root` the root and forgets all that is not below it.
  void keep_subtree(std::int32_t new_root) {
    Tree kept;
    std::vector<std::int32_t> renamed(nodes.size(), kUnvisited);
    std::vector<bool> wanted(nodes.size(), false);
    wanted[static_cast<std::size_t>(new_root)] = true;
    for (std::size_t i = static_cast<std::size_t>(new_root); i < nodes.size(); ++i) {
      if (!wanted[i]) continue;
      renamed[i] = kept.add(nodes[i]);
      const std::span<const Edge> from = edges_of(nodes[i]);
      std::copy(from.begin(), from.end(), kept.edges_of(kept.nodes.back()).begin());
      for (const Edge& edge : from) {
        if (edge.child >= 0) wanted[static_cast<std::size_t>(edge.child)] = true;
      }
    }
    for (Edge& edge : kept.edges) {
      if (edge.child >= 0) edge.child = renamed[static_cast<std::size_t>(edge.child)];
    }
    *this = std::move(kept);
  }
};

}  // namespace zero
