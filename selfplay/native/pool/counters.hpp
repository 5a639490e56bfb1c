// What a pool counts.
#pragma once

#include <atomic>
#include <cstdint>

namespace zero {

// A counter with one writer and any number of readers.
class Counter {
 public:
  void add(std::int64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  std::int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// Each leaf that is not terminal is evaluated, merged with an equal leaf of the batch, or found in
// the cache.
struct PoolCounters {
  std::int64_t simulations = 0;
  std::int64_t evaluations = 0;
  std::int64_t merged = 0;
  std::int64_t cache_hits = 0;
  std::int64_t terminal_leaves = 0;
  std::int64_t plies = 0;
  std::int64_t games = 0;
};

}  // namespace zero
