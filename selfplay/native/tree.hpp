// The search tree of one position.
//
// Most nodes are leaves whose actions no simulation has followed. Of an action that was not followed
// there are only its prior and its number: a choice. It becomes an edge, with statistics, when it is
// opened. The edges of a node stand together, in the order in which they were opened, in a block that
// doubles as it fills. Nodes stand in the order of their creation: a parent precedes its children.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "arena.hpp"
#include "arithmetic.hpp"
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

// Half a cache line.
struct alignas(32) Node {
  double total;         // its own value and all that came through its edges, in that order
  std::int32_t visits;  // N: its own evaluation and all visits of its edges
  std::uint32_t first_edge;
  std::uint32_t first_choice;  // where its value and its choices stand, in words of 8 bytes
  float next_prior;            // of the choice to be opened next; kNone: it was not looked for
  Action next_action;
  std::uint16_t num_choices;  // legal actions
  std::uint16_t opened;       // edges
  std::int8_t player;
  bool terminal;

  static constexpr float kNone = -1.0F;

  double mean_value() const { return total / visits; }
  bool has_next() const { return next_prior >= 0.0F; }
};
static_assert(sizeof(Node) == 32);

class Tree {
 public:
  Tree() { free_blocks_.fill(kNoBlock); }

  void clear() {
    nodes_.shrink(0);
    choices_.shrink(0);
    drop_edges();
  }
  bool empty() const { return nodes_.size() == 0; }
  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  Node& node(std::int32_t index) { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& node(std::int32_t index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& root() const { return nodes_[0]; }
  // Bytes of memory that hold the tree, and those of them that are in use.
  std::size_t bytes_held() const {
    return nodes_.bytes_held() + choices_.bytes_held() + edges_.bytes_held() +
           other_edges_.bytes_held();
  }
  std::size_t bytes_used() const {
    return nodes_.size() * sizeof(Node) + choices_.size() * sizeof(Word) +
           edges_.size() * sizeof(Edge);
  }

  std::span<Edge> edges(const Node& node) { return {edges_.data() + node.first_edge, node.opened}; }
  std::span<const Edge> edges(const Node& node) const {
    return {edges_.data() + node.first_edge, node.opened};
  }
  // The evaluation of a node alone (or its return), seen by its player to move.
  double value(const Node& node) const {
    return node.terminal ? node.total : *at<const double>(node, 0);
  }
  // Priors and actions of the choices, by ascending action. The prior of one that was opened, or that
  // is to be opened next, is negative here: it stands in the edge, or in the node.
  std::span<float> priors(const Node& node) { return {at<float>(node, kPriors), node.num_choices}; }
  std::span<const float> priors(const Node& node) const {
    return {at<const float>(node, kPriors), node.num_choices};
  }
  std::span<const Action> actions(const Node& node) const {
    return {at<const Action>(node, kPriors + sizeof(float) * padded(node.num_choices)),
            node.num_choices};
  }

  std::int32_t add_terminal(double value, int player) { return add(value, player, {}, true); }
  // A node with a choice for each of the actions; their priors are for the caller to write.
  std::int32_t add(double value, int player, std::span<const Action> legal) {
    return add(value, player, legal, false);
  }

  // Makes the choice with the largest prior (of equals, that of the lowest action) the next to be
  // opened. One must be left.
  void find_next(Node& node) {
    const float* const priors = at<float>(node, kPriors);
    // As the bits of numbers that are not negative compare as they do, and integers in columns.
    std::int32_t highest = -1;
    std::size_t row = 0;
    for (std::size_t i = 0; i < node.num_choices; i += kColumns) {
      std::int32_t high = -1;
      for (std::size_t j = 0; j < kColumns; ++j) {
        high = std::max(high, std::bit_cast<std::int32_t>(priors[i + j]));
      }
      if (high > highest) {
        highest = high;
        row = i;
      }
    }
    unsigned found = 0;
    for (std::size_t j = 0; j < kColumns; ++j) {
      found |= static_cast<unsigned>(std::bit_cast<std::int32_t>(priors[row + j]) == highest) << j;
    }
    set_next(node, row + static_cast<std::size_t>(std::countr_zero(found)));
  }
  // Makes the choice in this place, which must be left, the next to be opened.
  void set_next(Node& node, std::size_t place) {
    float& prior = at<float>(node, kPriors)[place];
    node.next_prior = std::exchange(prior, Node::kNone);
    node.next_action = actions(node)[place];
  }
  // Makes an edge of the next choice, the last of the node's edges.
  void open_next(Node& node) {
    if (node.opened == capacity(node, node.opened)) grow(node, node.opened + 1U);
    append(node, node.next_prior, node.next_action);
    node.next_prior = Node::kNone;
  }
  // Makes an edge of every choice, by ascending action. None must have been opened.
  void open_all(Node& node) {
    grow(node, node.num_choices);
    for (std::size_t i = 0; i < node.num_choices; ++i) {
      append(node, std::exchange(at<float>(node, kPriors)[i], Node::kNone), actions(node)[i]);
    }
  }

  // All choices of a node as edges, opened or not, by ascending action.
  std::vector<Edge> edges_by_action(const Node& node) const {
    std::vector<Edge> all(edges(node).begin(), edges(node).end());
    if (node.has_next()) all.push_back({.prior = node.next_prior, .action = node.next_action});
    for (std::size_t i = 0; i < node.num_choices; ++i) {
      const float prior = priors(node)[i];
      if (prior >= 0.0F) all.push_back({.prior = prior, .action = actions(node)[i]});
    }
    std::sort(all.begin(), all.end(),
              [](const Edge& a, const Edge& b) { return a.action < b.action; });
    return all;
  }

  // What a node is worth to its player if the proofs of its edges settle it: won by any winning
  // edge, else the best of the edges once all are proven (Winands, Bjornsson & Saito 2008).
  std::int8_t proof(const Node& node) const {
    std::int8_t best = -1;
    bool all = !node.terminal && node.opened == node.num_choices;
    for (const Edge& edge : edges(node)) {
      if (edge.proof == 1) return 1;
      all = all && edge.proven();
      if (edge.proven()) best = std::max(best, edge.proof);
    }
    return all ? best : kUnproven;
  }

  // Makes `new_root` the root and forgets all that is not below it. Nodes and choices move towards
  // the front of their arrays, edges to a second array, which takes turns with the first.
  void keep_subtree(std::int32_t new_root);

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t kPriors = sizeof(double);  // before them stands the value
  static constexpr std::uint32_t kFirstBlock = 2;
  static constexpr std::int32_t kNoBlock = -1;

  // What begins so many bytes behind a node's first choice.
  template <typename T>
  T* at(const Node& node, std::size_t offset) {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(choices_.data() + node.first_choice) +
                                offset);
  }
  template <typename T>
  const T* at(const Node& node, std::size_t offset) const {
    return const_cast<Tree&>(*this).at<T>(node, offset);
  }
  static std::size_t words_of(std::size_t choices) {
    constexpr std::size_t kRow = kColumns * (sizeof(float) + sizeof(Action)) / sizeof(Word);
    return choices == 0 ? 0 : 1 + padded(choices) / kColumns * kRow;
  }

  std::int32_t add(double value, int player, std::span<const Action> legal, bool terminal) {
    const std::size_t words = words_of(legal.size());
    choices_.extend(words);
    Node& node = *nodes_.extend(1);
    node = {.total = value,
            .visits = 1,
            .first_edge = 0,
            .first_choice = static_cast<std::uint32_t>(choices_.size() - words),
            .next_prior = Node::kNone,
            .next_action = 0,
            .num_choices = static_cast<std::uint16_t>(legal.size()),
            .opened = 0,
            .player = static_cast<std::int8_t>(player),
            .terminal = terminal};
    if (!terminal) {
      *at<double>(node, 0) = value;
      float* const priors = at<float>(node, kPriors);
      std::fill(priors + legal.size(), priors + padded(legal.size()), Node::kNone);
      std::copy(legal.begin(), legal.end(),
                at<Action>(node, kPriors + sizeof(float) * padded(legal.size())));
    }
    return size() - 1;
  }
  void append(Node& node, float prior, Action action) {
    edges_[node.first_edge + node.opened++] = {.prior = prior, .action = action};
  }

  // Room in the block of a node with so many edges.
  static std::uint32_t capacity(const Node& node, std::uint32_t opened) {
    if (opened == 0) return 0;
    return std::min<std::uint32_t>(node.num_choices, std::max(kFirstBlock, std::bit_ceil(opened)));
  }
  // Moves the edges of a node to a block with room for `opened`, and leaves the old one, whose size is
  // a power of two, for another node.
  void grow(Node& node, std::uint32_t opened) {
    const std::uint32_t block = new_block(capacity(node, opened));
    if (node.opened > 0) {
      std::copy_n(edges_.data() + node.first_edge, node.opened, edges_.data() + block);
      std::int32_t& first = free_block(capacity(node, node.opened));
      edges_[node.first_edge].child = first;
      first = static_cast<std::int32_t>(node.first_edge);
    }
    node.first_edge = block;
  }
  std::uint32_t new_block(std::uint32_t size) {
    if (std::has_single_bit(size) && free_block(size) != kNoBlock) {
      const auto block = static_cast<std::uint32_t>(free_block(size));
      free_block(size) = edges_[block].child;
      return block;
    }
    edges_.extend(size);
    return static_cast<std::uint32_t>(edges_.size()) - size;
  }
  std::int32_t& free_block(std::uint32_t size) {
    return free_blocks_[static_cast<std::size_t>(std::bit_width(size))];
  }
  void drop_edges() {
    edges_.shrink(0);
    free_blocks_.fill(kNoBlock);
  }

  Arena<Node> nodes_;
  Arena<Word> choices_;
  Arena<Edge> edges_;
  Arena<Edge> other_edges_;  // for keep_subtree
  // The first free block of 2^(i - 1) edges; `child` of its first edge is the next.
  std::array<std::int32_t, 18> free_blocks_;
};

inline void Tree::keep_subtree(std::int32_t new_root) {
  constexpr std::int32_t kWanted = -2;
  Arena<std::int32_t> renamed;
  std::fill_n(renamed.extend(nodes_.size()), nodes_.size(), kUnvisited);
  renamed[static_cast<std::size_t>(new_root)] = kWanted;
  edges_.swap(other_edges_);
  drop_edges();
  std::size_t nodes = 0;
  std::size_t words = 0;
  for (auto i = static_cast<std::size_t>(new_root); i < nodes_.size(); ++i) {
    if (renamed[i] != kWanted) continue;
    renamed[i] = static_cast<std::int32_t>(nodes);
    Node& node = nodes_[nodes++] = nodes_[i];
    const std::size_t length = words_of(node.num_choices);
    std::copy_n(choices_.data() + node.first_choice, length, choices_.data() + words);
    node.first_choice = static_cast<std::uint32_t>(words);
    words += length;
    const Edge* const from = other_edges_.data() + node.first_edge;
    if (node.opened > 0) node.first_edge = new_block(capacity(node, node.opened));
    std::copy_n(from, node.opened, edges(node).begin());
    for (const Edge& edge : edges(node)) {
      if (edge.child >= 0) renamed[static_cast<std::size_t>(edge.child)] = kWanted;
    }
  }
  nodes_.shrink(nodes);
  choices_.shrink(words);
  for (std::size_t i = 0; i < nodes; ++i) {
    for (Edge& edge : edges(nodes_[i])) {
      if (edge.child >= 0) edge.child = renamed[static_cast<std::size_t>(edge.child)];
    }
  }
}

}  // namespace zero
