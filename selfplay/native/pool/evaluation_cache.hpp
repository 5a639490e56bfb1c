// The evaluator's answers by position: a bounded cache for one group of self-play games.
//
// Answers are stored in a ring of floats, where a new answer overwrites the oldest. An index of
// small buckets leads from a key to its newest answer. Places in the ring are counted from the
// first answer ever, so a place alone tells whether its answer has been overwritten or cleared.
// There are no locks: one thread may reserve, several may store if no two store in the same bucket,
// and any number may look up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "selfplay/native/search/batch.hpp"
#include "selfplay/native/support/memory.hpp"

namespace zero {

// A position as the evaluator sees it. Two positions with the same 64-bit key and number of legal
// actions would be confused. With n answers in the cache the odds are n / 2^64 per lookup: one in
// 10^13 for a million answers.
struct CacheKey {
  std::uint64_t hash = 0;  // Game::observation_key, or the smallest over the game's symmetries
  std::int32_t num_legal = 0;
  bool operator==(const CacheKey&) const = default;
};

class EvaluationCache {
 public:
  // Room for `bytes`, including the index, allocated at the first reserve(). The sizes of index and
  // ring suit answers with `usual_count` logits.
  EvaluationCache(std::size_t bytes, int usual_count);

  // The answer as it was inserted; valid until the next reserve().
  std::optional<Answer> find(const CacheKey& key) const { return read(locate(key), key); }
  // The same in three steps; each of the first two prefetches the memory that the next step reads.
  void prefetch(const CacheKey& key) const {
    if (index_.size() > 0) __builtin_prefetch(&index_[bucket_of(key)]);
  }
  const float* locate(const CacheKey& key) const {
    if (index_.size() == 0) return nullptr;
    for (const Entry& entry : index_[bucket_of(key)].entries) {
      if (entry.hash != key.hash || entry.place < oldest()) continue;
      const float* const place = ring_.data() + entry.place % ring_floats_;
      __builtin_prefetch(place);
      return place;
    }
    return nullptr;
  }
  std::optional<Answer> read(const float* place, const CacheKey& key) const {
    if (place == nullptr || *place != static_cast<float>(key.num_legal)) return std::nullopt;
    return Answer{.logits = place + kHeader, .wdl = place + 1};
  }
  // An answer is inserted in two steps; the second may run for many answers at once. The first step
  // gives the answer a place in the ring, or kNowhere if it is too large. Throws GameError if there
  // is no memory.
  static constexpr std::uint64_t kNowhere = 0;
  std::uint64_t reserve(const CacheKey& key);
  // Does nothing if there is no place, or if the place no longer belongs to the answer: after
  // clear(), or because many others have been reserved since.
  void store(const CacheKey& key, const Answer& answer, std::uint64_t place);
  void insert(const CacheKey& key, const Answer& answer) { store(key, answer, reserve(key)); }
  std::size_t buckets() const { return buckets_; }
  // Uses the low half of the key: the smallest of several keys has a small high half.
  std::size_t bucket_of(const CacheKey& key) const {
    return ((key.hash & 0xffffffff) * buckets_) >> 32;
  }
  // Drops all answers at once and keeps the memory.
  void clear() { cleared_ = next_; }

 private:
  static constexpr std::size_t kHeader = 4;  // the number of logits, and win, draw, loss
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t place = 0;  // of the answer, counted in floats
  };
  struct alignas(64) Bucket {  // a cache line
    std::array<Entry, 4> entries;
  };

  // The first place that is neither overwritten nor cleared.
  std::uint64_t oldest() const { return std::max(cleared_, next_ - ring_floats_); }
  void allocate();

  std::size_t buckets_;
  std::size_t ring_floats_;
  std::uint64_t next_;     // where the next answer goes; always above ring_floats_
  std::uint64_t cleared_;  // answers before it are dropped
  Buffer<Bucket> index_;
  Buffer<float> ring_;
};

}  // namespace zero
