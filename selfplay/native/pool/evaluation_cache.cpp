#include "selfplay/native/pool/evaluation_cache.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace zero {
namespace {

// One and a half index entries per answer in the ring, so that full buckets lose few answers.
constexpr std::size_t kIndexBytesPerAnswer = 24;

}  // namespace

EvaluationCache::EvaluationCache(std::size_t bytes, int usual_count) {
  const std::size_t answer_bytes =
      sizeof(float) * (kHeader + static_cast<std::size_t>(usual_count)) + kIndexBytesPerAnswer;
  buckets_ = bytes / answer_bytes * kIndexBytesPerAnswer / sizeof(Bucket);
  ring_floats_ = (bytes - buckets_ * sizeof(Bucket)) / sizeof(float);
  next_ = cleared_ = ring_floats_ + 1;  // place 0, of an empty entry, is before it
}

void EvaluationCache::allocate() {
  try {
    std::fill_n(index_.extend(buckets_), buckets_, Bucket{});
    ring_.extend(ring_floats_);  // the system provides its pages as it fills up
  } catch (const std::bad_alloc&) {
    index_.shrink(0);
    throw GameError("there is no memory for an evaluation cache of " +
                    std::to_string(buckets_ * sizeof(Bucket) + ring_floats_ * sizeof(float)) +
                    " bytes a group: lower cache_mib");
  }
}

std::uint64_t EvaluationCache::reserve(const CacheKey& key) {
  const std::size_t size = kHeader + static_cast<std::size_t>(key.num_legal);
  if (buckets_ == 0 || size > ring_floats_) return kNowhere;
  if (index_.size() == 0) allocate();
  if (next_ % ring_floats_ + size > ring_floats_) next_ += ring_floats_ - next_ % ring_floats_;
  return std::exchange(next_, next_ + size);
}

void EvaluationCache::store(const CacheKey& key, const Answer& answer, std::uint64_t place) {
  if (place < oldest()) return;
  const auto count = static_cast<std::size_t>(key.num_legal);
  float* const out = ring_.data() + place % ring_floats_;
  out[0] = static_cast<float>(count);
  std::copy_n(answer.wdl, 3, out + 1);
  std::copy_n(answer.logits, count, out + kHeader);
  std::array<Entry, 4>& entries = index_[bucket_of(key)].entries;
  Entry* chosen = entries.data();  // the same key's, else the oldest
  for (Entry& entry : entries) {
    if (entry.hash == key.hash && entry.place != 0) {
      chosen = &entry;
      break;
    }
    if (entry.place < chosen->place) chosen = &entry;
  }
  *chosen = {key.hash, place};
}

}  // namespace zero
