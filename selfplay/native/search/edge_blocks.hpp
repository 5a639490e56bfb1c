// The edges of a tree's nodes, in blocks of 2, 4, 8, ... edges.
//
// A block begins with two columns: the values that PUCT reads of every edge. The edges themselves
// follow. Two edges fill a cache line, so a block of two is one line.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "games/native/core/game.hpp"
#include "selfplay/native/support/memory.hpp"

namespace zero {

inline constexpr std::int32_t kUnvisited = -1;
inline constexpr std::int32_t kPending =
    -2;  // followed by a simulation that waits for its evaluation
inline constexpr std::int8_t kUnproven = 2;  // no proof; else the exact value: -1, 0 or 1

struct Edge {
  double total = 0.0;  // W: sum of backed-up values, seen by the player to move at the parent
  float prior = 0.0F;  // P
  std::int32_t visits = 0;
  std::int32_t child = kUnvisited;
  Action action = 0;
  std::int8_t proof = kUnproven;  // with the solver: the action's value under perfect play

  bool proven() const { return proof != kUnproven; }
  bool proven_lost() const { return proof == -1; }
  double q() const { return proven() ? proof : total / visits; }
};

// A node's reference to its block.
struct EdgeBlock {
  std::uint32_t first = 0;  // in lines
  std::uint8_t log2 = 0;    // of the number of edges it has room for; 0 = no block

  std::uint32_t capacity() const { return log2 == 0 ? 0 : std::uint32_t{1} << log2; }
};

class EdgeBlocks {
 public:
  EdgeBlocks() { free_.fill(kNone); }

  void clear() {
    lines_.shrink(0);
    free_.fill(kNone);
  }
  std::size_t bytes_held() const { return lines_.bytes_held(); }
  std::size_t bytes_used() const { return lines_.size() * sizeof(Line); }

  // Invalidates pointers into the blocks.
  EdgeBlock take(std::uint8_t log2) {
    std::uint32_t& first = free_[log2];
    if (first == kNone) {
      lines_.extend(std::size_t{1} << (log2 - 1));
      return {static_cast<std::uint32_t>(lines_.size() - (std::size_t{1} << (log2 - 1))), log2};
    }
    const EdgeBlock block{first, log2};
    first = lines_[block.first].next_free;
    return block;
  }
  void give_back(EdgeBlock block) {
    lines_[block.first].next_free = free_[block.log2];
    free_[block.log2] = block.first;
  }

  // First column: q, or -infinity if the edge is proven lost. Second column: prior / (1 + visits).
  float* q(EdgeBlock block) { return reinterpret_cast<float*>(lines_.data() + block.first); }
  float* explore(EdgeBlock block) { return q(block) + block.capacity(); }
  Edge* edges(EdgeBlock block) { return reinterpret_cast<Edge*>(q(block) + 2 * block.capacity()); }
  const Edge* edges(EdgeBlock block) const { return const_cast<EdgeBlocks&>(*this).edges(block); }

  // Only the beginning, because few edges of a wide node are read.
  void prefetch(EdgeBlock block) const {
    const Line* const first = lines_.data() + block.first;
    for (std::uint32_t i = 0; i < std::min(block.capacity() / 2, 4U); ++i) {
      __builtin_prefetch(first + i);
    }
  }

  // Must be called after each change of an edge's statistics.
  void refresh(EdgeBlock block, std::size_t place) {
    constexpr float kLost = -std::numeric_limits<float>::infinity();
    const Edge& edge = edges(block)[place];
    q(block)[place] = edge.proven_lost() ? kLost : static_cast<float>(edge.q());
    explore(block)[place] = edge.prior / static_cast<float>(1 + edge.visits);
  }
  // Copies the first `count` edges with their columns.
  void copy(EdgeBlock to, EdgeBlocks& other, EdgeBlock from, std::size_t count) {
    std::copy_n(other.q(from), count, q(to));
    std::copy_n(other.explore(from), count, explore(to));
    std::copy_n(other.edges(from), count, edges(to));
  }

 private:
  union alignas(64) Line {
    std::uint32_t next_free;  // the first line of a block that is free
    std::byte bytes[64];
  };
  static_assert(sizeof(Line) == 2 * (sizeof(Edge) + 2 * sizeof(float)));
  static constexpr std::uint32_t kNone = 0xffffffff;

  Buffer<Line> lines_;
  std::array<std::uint32_t, 17> free_;  // the first free block of 2^i edges
};

}  // namespace zero
