// The search tree of one position.
// Most nodes are leaves. A legal action that no simulation has followed is an unexpanded edge: the
// tree keeps only its prior and its action. The first simulation that follows it expands it into an
// Edge with statistics. The expanded edges of a node are stored together, in the order of their
// expansion, in a block that doubles when it is full: first what PUCT reads of each edge, then the
// statistics. Two edges fill a cache line. Nodes are stored in the order of their creation, so a
// parent precedes its children.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "selfplay/native/search/edge_blocks.hpp"
#include "selfplay/native/support/arithmetic.hpp"
#include "selfplay/native/support/memory.hpp"

namespace zero {

// Half a cache line.
struct alignas(32) Node {
  double total;              // its own value and all that came through its edges, in that order
  std::int32_t visits;       // N: its own evaluation and all visits of its edges
  std::uint32_t first_word;  // of its evaluation (value, priors, actions), in words of 8 bytes
  std::uint32_t first_line;  // of the block of its edges
  float next_prior;          // of the unexpanded edge that comes next; kNone: not yet chosen
  Action next_action;
  std::uint16_t num_legal;     // legal actions; 0 = terminal
  std::uint16_t expanded;      // edges that simulations have followed
  std::uint8_t log2_capacity;  // of that block
  std::int8_t player;

  static constexpr float kNone = -1.0F;

  bool terminal() const { return num_legal == 0; }
  EdgeBlock block() const { return {first_line, log2_capacity}; }
  void set_block(EdgeBlock block) {
    first_line = block.first;
    log2_capacity = block.log2;
  }
  double mean_value() const { return total / visits; }
  bool has_next() const { return next_prior >= 0.0F; }
};
static_assert(sizeof(Node) == 32);

class Tree {
 public:
  void clear() {
    nodes_.shrink(0);
    evaluations_.shrink(0);
    edges_.clear();
  }
  bool empty() const { return nodes_.size() == 0; }
  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  Node& node(std::int32_t index) { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& node(std::int32_t index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const Node& root() const { return nodes_[0]; }
  // Bytes of memory held by the tree, and how many of them are in use.
  std::size_t bytes_held() const {
    return nodes_.bytes_held() + evaluations_.bytes_held() + edges_.bytes_held();
  }
  std::size_t bytes_used() const {
    return nodes_.size() * sizeof(Node) + evaluations_.size() * sizeof(Word) + edges_.bytes_used();
  }

  std::span<Edge> edges(const Node& node) { return {edges_.edges(node.block()), node.expanded}; }
  std::span<const Edge> edges(const Node& node) const {
    return {edges_.edges(node.block()), node.expanded};
  }
  EdgeBlocks& blocks() { return edges_; }
  // The evaluation of the node itself (or its return), seen by its player to move.
  double value(const Node& node) const {
    return node.terminal() ? node.total : *at<const double>(node, 0);
  }
  // Priors and actions of the legal actions, ascending. For expanded edges and the next one, the
  // prior here is negative: the edge, or the node, holds it.
  std::span<float> priors(const Node& node) { return {at<float>(node, kPriors), node.num_legal}; }
  std::span<const float> priors(const Node& node) const {
    return {at<const float>(node, kPriors), node.num_legal};
  }
  std::span<const Action> actions(const Node& node) const {
    return {at<const Action>(node, kPriors + sizeof(float) * padded(node.num_legal)),
            node.num_legal};
  }

  // Adds a node with an unexpanded edge for each legal action; without any, the node is terminal.
  // The caller writes the priors, followed by Node::kNone up to padded(legal).
  std::int32_t add(double value, int player, std::span<const Action> legal) {
    const std::size_t words = words_of(legal.size());
    evaluations_.extend(words);
    Node& node = *nodes_.extend(1);
    node = {.total = value,
            .visits = 1,
            .first_word = static_cast<std::uint32_t>(evaluations_.size() - words),
            .first_line = 0,
            .next_prior = Node::kNone,
            .next_action = 0,
            .num_legal = static_cast<std::uint16_t>(legal.size()),
            .expanded = 0,
            .log2_capacity = 0,
            .player = static_cast<std::int8_t>(player)};
    if (words > 0) {
      *at<double>(node, 0) = value;
      std::copy(legal.begin(), legal.end(),
                at<Action>(node, kPriors + sizeof(float) * padded(legal.size())));
    }
    return size() - 1;
  }

  // Chooses the unexpanded edge with the largest prior as the next one; ties go to the lowest
  // action. There must be one.
  void find_next(Node& node) {
    const float* const priors = at<float>(node, kPriors);
    float largest = Node::kNone;
    std::size_t best = 0;
    for (std::size_t row = 0; row < node.num_legal; row += kColumns) {
      const Floats columns = load<Floats>(priors + row);
      const float prior = highest(columns);
      if (prior > largest) {
        largest = prior;
        best = row + first_equal(columns, prior);
      }
    }
    set_next(node, best);
  }
  // Chooses the unexpanded edge at this place as the next one.
  void set_next(Node& node, std::size_t place) {
    float& prior = at<float>(node, kPriors)[place];
    node.next_prior = std::exchange(prior, Node::kNone);
    node.next_action = actions(node)[place];
  }
  // Expands the next edge, which becomes the last of the node's expanded edges.
  void expand_next(Node& node) {
    if (node.expanded == node.block().capacity()) grow(node, node.expanded + 1U);
    edges_.edges(node.block())[node.expanded++] = {.prior = node.next_prior,
                                                   .action = node.next_action};
    node.next_prior = Node::kNone;
  }
  // Expands all edges, by ascending action. None may be expanded yet.
  void expand_all(Node& node) {
    grow(node, node.num_legal);
    node.expanded = node.num_legal;
    for (std::size_t i = 0; i < node.num_legal; ++i) {
      float& prior = at<float>(node, kPriors)[i];
      edges(node)[i] = {.prior = std::exchange(prior, Node::kNone), .action = actions(node)[i]};
    }
  }
  // Undoes the expansion of an edge without visits. The edges behind it move up.
  void unexpand(Node& node, std::size_t place) {
    if (node.has_next()) restore(node, node.next_prior, node.next_action);
    node.next_prior = Node::kNone;
    restore(node, edges(node)[place].prior, edges(node)[place].action);
    for (std::size_t i = place + 1; i < node.expanded; ++i) {
      edges(node)[i - 1] = edges(node)[i];
      edges_.refresh(node.block(), i - 1);
    }
    --node.expanded;
  }

  // All edges of a node, expanded or not, by ascending action.
  std::vector<Edge> edges_by_action(const Node& node) const {
    std::vector<Edge> all(edges(node).begin(), edges(node).end());
    if (node.has_next()) all.push_back({.prior = node.next_prior, .action = node.next_action});
    for (std::size_t i = 0; i < node.num_legal; ++i) {
      const float prior = priors(node)[i];
      if (prior >= 0.0F) all.push_back({.prior = prior, .action = actions(node)[i]});
    }
    std::sort(all.begin(), all.end(),
              [](const Edge& a, const Edge& b) { return a.action < b.action; });
    return all;
  }

  // Prefetches what the next simulation reads first, and where it will write a node.
  void prefetch_ends() const {
    __builtin_prefetch(nodes_.data());
    __builtin_prefetch(nodes_.data() + nodes_.size());
    __builtin_prefetch(evaluations_.data() + evaluations_.size());
    __builtin_prefetch(evaluations_.data() + evaluations_.size() + 8);
  }
  void prefetch_node(std::int32_t index) const { __builtin_prefetch(&node(index)); }
  void prefetch_edges(std::int32_t index) const { edges_.prefetch(node(index).block()); }

  // The value of a node to its player if its edges prove it: a win if any edge wins, else the best
  // edge once all are proven (Winands, Bjornsson & Saito 2008).
  std::int8_t proof(const Node& node) const {
    std::int8_t best = -1;
    bool all = !node.terminal() && node.expanded == node.num_legal;
    for (const Edge& edge : edges(node)) {
      if (edge.proof == 1) return 1;
      all = all && edge.proven();
      if (edge.proven()) best = std::max(best, edge.proof);
    }
    return all ? best : kUnproven;
  }

  // Makes `new_root` the root and drops everything that is not below it. Nodes and evaluations move
  // to the front of their arrays, edges to new blocks.
  void keep_subtree(std::int32_t new_root);

 private:
  using Word = std::uint64_t;
  static constexpr std::size_t kPriors = sizeof(double);  // the value comes before them

  // What lies `offset` bytes into a node's evaluation.
  template <typename T>
  T* at(const Node& node, std::size_t offset) {
    return reinterpret_cast<T*>(
        reinterpret_cast<std::byte*>(evaluations_.data() + node.first_word) + offset);
  }
  template <typename T>
  const T* at(const Node& node, std::size_t offset) const {
    return const_cast<Tree&>(*this).at<T>(node, offset);
  }
  static std::size_t words_of(std::size_t legal) {
    constexpr std::size_t kRow = kColumns * (sizeof(float) + sizeof(Action)) / sizeof(Word);
    return legal == 0 ? 0 : 1 + padded(legal) / kColumns * kRow;
  }

  void restore(Node& node, float prior, Action action) {
    const std::span<const Action> all = actions(node);
    at<float>(node, kPriors)[std::lower_bound(all.begin(), all.end(), action) - all.begin()] =
        prior;
  }
  // Moves the edges of a node to a block with room for `count`.
  void grow(Node& node, std::uint32_t count) {
    const auto log2 =
        static_cast<std::uint8_t>(std::max(1, static_cast<int>(std::bit_width(count - 1U))));
    const EdgeBlock block = edges_.take(log2);
    if (node.expanded > 0) {
      edges_.copy(block, edges_, node.block(), node.expanded);
      edges_.give_back(node.block());
    }
    node.set_block(block);
  }

  Buffer<Node> nodes_;
  Buffer<Word> evaluations_;
  EdgeBlocks edges_;
};

inline void Tree::keep_subtree(std::int32_t new_root) {
  constexpr std::int32_t kWanted = -2;
  Buffer<std::int32_t> renamed;
  std::fill_n(renamed.extend(nodes_.size()), nodes_.size(), kUnvisited);
  renamed[static_cast<std::size_t>(new_root)] = kWanted;
  EdgeBlocks all_edges = std::exchange(edges_, {});
  std::size_t nodes = 0;
  std::size_t words = 0;
  for (auto i = static_cast<std::size_t>(new_root); i < nodes_.size(); ++i) {
    if (renamed[i] != kWanted) continue;
    renamed[i] = static_cast<std::int32_t>(nodes);
    Node& node = nodes_[nodes++] = nodes_[i];
    const std::size_t length = words_of(node.num_legal);
    std::copy_n(evaluations_.data() + node.first_word, length, evaluations_.data() + words);
    node.first_word = static_cast<std::uint32_t>(words);
    words += length;
    if (const EdgeBlock from = node.block(); from.capacity() > 0) {
      node.set_block(edges_.take(from.log2));
      edges_.copy(node.block(), all_edges, from, node.expanded);
    }
    for (const Edge& edge : edges(node)) {
      if (edge.child >= 0) renamed[static_cast<std::size_t>(edge.child)] = kWanted;
    }
  }
  nodes_.shrink(nodes);
  evaluations_.shrink(words);
  for (std::size_t i = 0; i < nodes; ++i) {
    for (Edge& edge : edges(nodes_[i])) {
      if (edge.child >= 0) edge.child = renamed[static_cast<std::size_t>(edge.child)];
    }
  }
}

}  // namespace zero
