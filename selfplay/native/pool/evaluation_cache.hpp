// What an evaluator has answered, by position: the bounded memory of one group of self-play games.
//
// Answers stand one after the other in a ring of floats, where a new one overwrites the oldest; an
// index of small buckets leads from a key to the newest answer under it. All places are counted
// from the first answer ever, so that what is overwritten, or was there before clear(), is known by
// its number alone. Nothing is locked: who reserves must be alone; several may store, if no
// two of them do in the same bucket; lookups may be many.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "selfplay/native/search/batch.hpp"
#include "selfplay/native/support/memory.hpp"

namespace zero {

// A position as an evaluator sees it. Two different ones with the same 64-bit key and number of
// legal actions would be taken for one: for n answers in the cache the odds are n / 2^64 a lookup,
// one in 10^13 for a million answers.
struct Question {
  std::uint64_t key = 0;   // Game::observation_key, or the smallest over the game's symmetries
  std::int32_t count = 0;  // legal actions
  bool operator==(const Question&) const = default;
};

class EvaluationCache {
 public:
  // Room for `bytes`, index included, taken from the system at the first reserve(). How it is
  // shared out is best for answers with `usual_count` logits.
  EvaluationCache(std::size_t bytes, int usual_count);

  // The answer as it was inserted; valid until the next reserve().
  std::optional<Answer> find(const Question& question) const {
    return read(locate(question), question);
  }
  // The same in three steps; the first two ask for the memory that the next one reads.
  void prefetch(const Question& question) const {
    if (index_.size() > 0) __builtin_prefetch(&index_[bucket_of(question)]);
  }
  const float* locate(const Question& question) const {
    if (index_.size() == 0) return nullptr;
    for (const Entry& entry : index_[bucket_of(question)].entries) {
      if (entry.key != question.key || entry.place < oldest()) continue;
      const float* const place = ring_.data() + entry.place % ring_floats_;
      __builtin_prefetch(place);
      return place;
    }
    return nullptr;
  }
  std::optional<Answer> read(const float* place, const Question& question) const {
    if (place == nullptr || *place != static_cast<float>(question.count)) return std::nullopt;
    return Answer{.logits = place + kHeader, .wdl = place + 1};
  }
  // An answer is inserted in two steps, of which the second may be taken for many at once. The
  // first one gives it a place in the ring, or kNowhere if it is too large. Throws GameError if
  // there is no memory to be had.
  static constexpr std::uint64_t kNowhere = 0;
  std::uint64_t reserve(const Question& question);
  // Does nothing if there is no place, or it is no longer the answer's own: after clear(), or
  // because so many others have been reserved since.
  void store(const Question& question, const Answer& answer, std::uint64_t place);
  void insert(const Question& question, const Answer& answer) {
    store(question, answer, reserve(question));
  }
  std::size_t buckets() const { return buckets_; }
  // From the low half of the key: the high half of a smallest key is small.
  std::size_t bucket_of(const Question& question) const {
    return ((question.key & 0xffffffff) * buckets_) >> 32;
  }
  // Forgets everything at once, and keeps the memory.
  void clear() { cleared_ = next_; }

 private:
  static constexpr std::size_t kHeader = 4;  // the number of logits, and win, draw, loss
  struct Entry {
    std::uint64_t key = 0;
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
  std::uint64_t next_;     // where the next answer goes; never below ring_floats_
  std::uint64_t cleared_;  // what stands before it is forgotten
  Arena<Bucket> index_;
  Arena<float> ring_;
};

}  // namespace zero
