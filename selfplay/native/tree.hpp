// The search tree of one position, in three arrays that keep their memory from search to search.
//
// Most nodes are leaves whose actions no simulation has followed. Of an action that was not followed
// there are only its prior and its number; statistics it has from the moment when it is opened. The
// opened edges of a node stand together, in the order in which they were opened, in a block that
// doubles as it fills. Nodes stand in the order of their creation: a parent precedes its children.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
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

// Half a cache line. What is needed at the opening of an edge only stands apart: see Tree::priors.
struct alignas(32) Node {
  double total = 0.0;       // its own value and all that came through its edges, in that order
  std::int32_t visits = 1;  // N: its own evaluation and all visits of its edges
  std::uint32_t first_edge = 0;
  std::uint32_t first_choice = 0;  // of its value, priors and actions, in words of 8 bytes
  float next_prior = -1.0F;        // of the choice to open next; negative: not looked for yet
  Action next_action = 0;
  std::uint16_t num_edges = 0;
  std::uint16_t opened = 0;
  std::int8_t player = 0;
  bool terminal = false;

  double mean_value() const { return total / visits; }
};

class Tree {
 public:
  Tree() { free_blocks_.fill(kNoBlock); }

  void clear() {
    nodes_.clear();
    choices_.clear();
    drop_blocks();
  }
  bool empty() const { return nodes_.empty(); }
  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  Node& node(std::int32_t index) { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& node(std::int32_t index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& root() const { return nodes_[0]; }
  // Memory that the tree holds, and how much of it is in use.
  std::size_t bytes_held() const {
    return nodes_.capacity() * sizeof(Node) + choices_.capacity() +
           (edges_.capacity() + spare_edges_.capacity()) * sizeof(Edge) +
           renamed_.capacity() * sizeof(std::int32_t);
  }
  std::size_t bytes_used() const {
    return nodes_.size() * sizeof(Node) + choices_.size() + edges_.size() * sizeof(Edge);
  }

  std::span<Edge> opened(const Node& node) { return {edges_.data() + node.first_edge, node.opened}; }
  std::span<const Edge> opened(const Node& node) const {
    return {edges_.data() + node.first_edge, node.opened};
  }
  // Priors and actions of a node, side by side: those of the opened edges in the order of opening,
  // then the others, by ascending action but for the first if next_prior is known.
  std::span<float> priors(const Node& node) {
    return {reinterpret_cast<float*>(choices_of(node) + kWord), node.num_edges};
  }
  std::span<Action> actions(const Node& node) {
    std::byte* end_of_priors = choices_of(node) + kWord + node.num_edges * sizeof(float);
    return {reinterpret_cast<Action*>(end_of_priors), node.num_edges};
  }
  // The evaluation of a node alone (or its return), seen by its player to move.
  double value(const Node& node) const {
    return node.terminal ? node.total : *reinterpret_cast<const double*>(choices_of(node));
  }

  // Asks the processor for the lines that the next simulation begins with, and for where a new node
  // will be written.
  void prefetch() const {
    __builtin_prefetch(nodes_.data());
    __builtin_prefetch(edges_.data());
    __builtin_prefetch(reinterpret_cast<const std::byte*>(edges_.data()) + 64);
    __builtin_prefetch(reinterpret_cast<const std::byte*>(edges_.data()) + 128);
    __builtin_prefetch(nodes_.data() + nodes_.size(), 1);
    __builtin_prefetch(choices_.data() + choices_.size(), 1);
    __builtin_prefetch(choices_.data() + choices_.size() + 64, 1);
  }
  void prefetch(std::int32_t index) const { __builtin_prefetch(&node(index)); }
  void prefetch_edges(std::int32_t index) const {
    const std::byte* edges = reinterpret_cast<const std::byte*>(edges_.data() + node(index).first_edge);
    __builtin_prefetch(edges);
    __builtin_prefetch(edges + 64);
    if (node(index).opened > 4) __builtin_prefetch(edges + 128);
  }

  std::int32_t add_terminal(double value, int player) {
    nodes_.push_back({.total = value,
                      .player = static_cast<std::int8_t>(player),
                      .terminal = true});
    return size() - 1;
  }
  // A node with these actions, none opened; its priors are for the caller to write.
  std::int32_t add(double value, int player, std::span<const Action> legal) {
    const std::size_t first = choices_.size();
    nodes_.push_back({.total = value,
                      .first_choice = static_cast<std::uint32_t>(first / kWord),
                      .num_edges = static_cast<std::uint16_t>(legal.size()),
                      .player = static_cast<std::int8_t>(player)});
    choices_.resize(first + bytes_of_choices(legal.size()));
    *reinterpret_cast<double*>(choices_of(nodes_.back())) = value;
    std::copy(legal.begin(), legal.end(), actions(nodes_.back()).begin());
    return size() - 1;
  }

  // Makes a choice that is not opened the next to be opened; the others keep their order.
  void bring_forward(Node& node, std::ptrdiff_t position) {
    const auto rotate = [&](auto values) {
      const auto first = values.begin() + node.opened;
      std::rotate(first, values.begin() + position, values.begin() + position + 1);
    };
    if (position != node.opened) {
      rotate(priors(node));
      rotate(actions(node));
    }
    node.next_prior = priors(node)[node.opened];
    node.next_action = actions(node)[node.opened];
  }
  // Finds the largest prior that is not opened (of equals, that of the lowest action) and brings it
  // forward. There must be one.
  void find_next(Node& node) {
    // Priors are not negative, so their bits compare as they do.
    const std::span<const float> rest = priors(node).subspan(node.opened);
    std::int32_t largest = 0;
    for (const float prior : rest) largest = std::max(largest, std::bit_cast<std::int32_t>(prior));
    const auto found = std::find(rest.begin(), rest.end(), std::bit_cast<float>(largest));
    bring_forward(node, node.opened + (found - rest.begin()));
  }
  // Makes an edge of the choice that was found.
  void open(Node& node) {
    if (node.opened == capacity(node, node.opened)) grow(node, node.opened + 1);
    open_in_place(node, node.next_prior, node.next_action);
    node.next_prior = -1.0F;
  }
  // Opens all edges that are not, in order.
  void open_all(Node& node) {
    if (capacity(node, node.opened) < node.num_edges) grow(node, node.num_edges);
    while (node.opened < node.num_edges) {
      open_in_place(node, priors(node)[node.opened], actions(node)[node.opened]);
    }
  }

  // All edges of a node, opened or not, by ascending action.
  std::vector<Edge> edges_by_action(const Node& node) const {
    const std::span<const Edge> known = opened(node);
    std::vector<Edge> edges(known.begin(), known.end());
    Tree& self = const_cast<Tree&>(*this);  // nothing is written
    for (std::size_t i = node.opened; i < node.num_edges; ++i) {
      edges.push_back({.prior = self.priors(node)[i], .action = self.actions(node)[i]});
    }
    std::sort(edges.begin(), edges.end(),
              [](const Edge& a, const Edge& b) { return a.action < b.action; });
    return edges;
  }

  // What a node is worth to its player if the proofs of its edges settle it: won by any winning
  // edge, else the best of the edges once all are proven (Winands, Bjornsson & Saito 2008).
  std::int8_t proof(const Node& node) const {
    std::int8_t best = -1;
    bool all = node.num_edges > 0 && node.opened == node.num_edges;
    for (const Edge& edge : opened(node)) {
      if (edge.proof == 1) return 1;
      all = all && edge.proven();
      if (edge.proven()) best = std::max(best, edge.proof);
    }
    return all ? best : kUnproven;
  }

  // Makes `new_root` the root and forgets all that is not below it. Nodes and choices move towards
  // the front of their arrays, opened edges to a second array, which takes turns with the first.
  void keep_subtree(std::int32_t new_root) {
    renamed_.assign(nodes_.size(), kUnvisited);
    renamed_[static_cast<std::size_t>(new_root)] = 0;
    std::swap(edges_, spare_edges_);
    drop_blocks();
    std::size_t nodes = 0;
    std::size_t choices = 0;
    for (auto i = static_cast<std::size_t>(new_root); i < nodes_.size(); ++i) {
      if (renamed_[i] == kUnvisited) continue;
      renamed_[i] = static_cast<std::int32_t>(nodes);
      Node& node = nodes_[nodes++] = nodes_[i];
      const std::size_t length = node.terminal ? 0 : bytes_of_choices(node.num_edges);
      const auto from = choices_.begin() + static_cast<std::ptrdiff_t>(kWord * node.first_choice);
      std::copy_n(from, length, choices_.begin() + static_cast<std::ptrdiff_t>(choices));
      node.first_choice = static_cast<std::uint32_t>(choices / kWord);
      choices += length;
      const auto edges = spare_edges_.begin() + node.first_edge;
      node.first_edge = node.opened == 0 ? 0 : new_block(capacity(node, node.opened));
      std::copy_n(edges, node.opened, opened(node).begin());
      for (const Edge& edge : opened(node)) {
        if (edge.child >= 0) renamed_[static_cast<std::size_t>(edge.child)] = kWanted;
      }
    }
    nodes_.resize(nodes);
    choices_.resize(choices);
    for (const Node& node : nodes_) {
      for (Edge& edge : opened(node)) {
        if (edge.child >= 0) edge.child = renamed_[static_cast<std::size_t>(edge.child)];
      }
    }
  }

 private:
  static constexpr std::size_t kWord = 8;
  static constexpr std::uint32_t kFirstBlock = 2;
  static constexpr std::int32_t kNoBlock = -1;
  static constexpr std::int32_t kWanted = -2;  // kept by keep_subtree, not yet renamed

  static std::size_t bytes_of_choices(std::size_t edges) {
    const std::size_t bytes = edges * (sizeof(float) + sizeof(Action));
    return kWord + (bytes + kWord - 1) / kWord * kWord;
  }
  std::byte* choices_of(const Node& node) { return choices_.data() + kWord * node.first_choice; }
  const std::byte* choices_of(const Node& node) const {
    return choices_.data() + kWord * node.first_choice;
  }
  // Room in the block of a node with so many opened edges.
  static std::uint32_t capacity(const Node& node, std::uint32_t opened) {
    if (opened == 0) return 0;
    return std::min<std::uint32_t>(node.num_edges, std::max(kFirstBlock, std::bit_ceil(opened)));
  }
  void open_in_place(Node& node, float prior, Action action) {
    edges_[node.first_edge + node.opened++] = {.prior = prior, .action = action};
  }

  // Moves the opened edges of a node to a block with room for `opened`. The old block, if it has a
  // power of two for a size, is there for another node.
  void grow(Node& node, std::uint32_t opened) {
    const std::uint32_t block = new_block(capacity(node, opened));
    if (node.opened > 0) {
      std::copy_n(edges_.begin() + node.first_edge, node.opened, edges_.begin() + block);
      std::int32_t& list = free_list(capacity(node, node.opened));
      edges_[node.first_edge].child = list;
      list = static_cast<std::int32_t>(node.first_edge);
    }
    node.first_edge = block;
  }
  std::uint32_t new_block(std::uint32_t size) {
    if (std::has_single_bit(size) && free_list(size) != kNoBlock) {
      const auto block = static_cast<std::uint32_t>(free_list(size));
      free_list(size) = edges_[block].child;
      return block;
    }
    edges_.resize(edges_.size() + size);
    return static_cast<std::uint32_t>(edges_.size()) - size;
  }
  std::int32_t& free_list(std::uint32_t size) {
    return free_blocks_[static_cast<std::size_t>(std::bit_width(size))];
  }
  void drop_blocks() {
    edges_.clear();
    free_blocks_.fill(kNoBlock);
  }

  std::vector<Node> nodes_;
  std::vector<std::byte> choices_;
  std::vector<Edge> edges_;
  std::vector<Edge> spare_edges_;      // for keep_subtree
  std::vector<std::int32_t> renamed_;  // for keep_subtree
  // First free block of 2^(i - 1) edges; `child` of its first edge is the next.
  std::array<std::int32_t, 18> free_blocks_;
};

}  // namespace zero
