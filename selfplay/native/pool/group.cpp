#include "selfplay/native/pool/group.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <span>
#include <utility>

#include "selfplay/native/search/evaluators.hpp"

namespace zero {
namespace {

constexpr int kPerChunk = 32;  // slots or rows: the unit of work of a thread
constexpr int kNoRow = -1;
constexpr int kUnassigned = -2;         // its leaf waits for a row
constexpr int kTogether = 16;           // slots that take turns; 4 and 8 were slower
constexpr std::size_t kRowsAhead = 16;  // how far ahead the cache is prefetched
// Turns of all slots without an evaluation, before one is requested even though the cache has it.
constexpr int kTurnsWithoutEvaluation = 2;

int chunks_of(int count) { return (count + kPerChunk - 1) / kPerChunk; }

int actions_at_first(const std::shared_ptr<const Game>& game) {
  std::vector<Action> actions(static_cast<std::size_t>(game->spec().max_legal_actions));
  return game->legal_actions(StateBox(game).get(), actions.data());
}

void play_slot(Slot& slot, int batches, std::uint64_t seed, std::optional<std::uint64_t> limit,
               const std::vector<float>& logits, Rollout& rollout) {
  for (int batch = 0; batch < batches; ++batch) {
    int allowance = Slot::kWithoutEvaluation;
    if (!slot.advance(limit, allowance)) {
      if (slot.idle()) return;
      continue;
    }
    Rng rng = slot.rollout_rng(seed);
    const std::array<float, 3> wdl = rollout.play(slot.leaf_state(), rng);
    slot.expand_and_back_up({.logits = logits.data(), .wdl = wdl.data()}, Slot::Source::kOwnRow);
  }
}

}  // namespace

Group::Group(const PoolPlan& plan, int first, int end)
    : plan_(plan),
      batch_(plan.game, plan.settings.batch > 0 ? plan.settings.batch : end - first),
      team_(std::min(plan.threads, chunks_of(end - first))),
      row_of_(static_cast<std::size_t>(end - first), kNoRow) {
  for (int id = first; id < end; ++id) slots_.emplace_back(plan_, static_cast<std::uint64_t>(id));
  apply_settings();
}

void Group::apply_settings() {
  cache_.reset();
  const auto cache_bytes = static_cast<std::int64_t>(plan_.settings.cache_mib * (1 << 20));
  if (cache_bytes > 0) {
    const auto bytes = static_cast<std::size_t>(cache_bytes / plan_.settings.groups);
    cache_.emplace(bytes, actions_at_first(plan_.game));
  }
  const auto rows = static_cast<std::size_t>(batch_.rows);
  own_rows_ = !cache_ && rows == slots_.size();
  by_key_.assign(cache_ ? std::bit_ceil(2 * rows) : 0, kNoRow);
  requests_.clear();
  requests_.reserve(rows);
  for (int i = 0; own_rows_ && i < batch_.rows; ++i) requests_.push_back({i});
  cache_keys_.resize(cache_ ? slots_.size() : 0);
}

void Group::configure() {
  drop_searches();
  apply_settings();
  for (Slot& slot : slots_) slot.configure();
}

void Group::drop_searches() {
  for (Slot& slot : slots_) slot.drop_search();
  std::fill(row_of_.begin(), row_of_.end(), kNoRow);
  first_ = 0;  // what comes now is a function of the games in flight alone
  clear_cache();
}

void Group::clear_cache() {
  if (cache_) cache_->clear();
  answered_ = false;
}

// Calls task(begin, end) for all chunks of the numbers below `count`, on several threads.
void Group::for_chunks(int count, const std::function<void(int, int)>& task) {
  team_.run(chunks_of(count),
            [&](int chunk) { task(chunk * kPerChunk, std::min(count, (chunk + 1) * kPerChunk)); });
}

// Inserts the answers of the batch into the cache. Each thread fills its own part of the index, so
// the content of a bucket does not depend on the threads.
void Group::insert_answers() {
  if (!std::exchange(answered_, false)) return;
  for (Request& request : requests_) request.place = cache_->reserve(request.key);
  const auto parts = static_cast<std::size_t>(team_.size());
  team_.run(team_.size(), [&](int part) {
    const std::size_t begin = cache_->buckets() * static_cast<std::size_t>(part) / parts;
    const std::size_t end = cache_->buckets() * static_cast<std::size_t>(part + 1) / parts;
    const auto is_here = [&](const Request& request) {
      const std::size_t bucket = cache_->bucket_of(request.key);
      return bucket >= begin && bucket < end;
    };
    for (std::size_t row = 0; row < requests_.size(); ++row) {
      const std::size_t later = row + kRowsAhead;
      if (later < requests_.size() && is_here(requests_[later]))
        cache_->prefetch(requests_[later].key);
      const Request& request = requests_[row];
      if (!is_here(request)) continue;
      cache_->store(request.key, batch_.answer(static_cast<int>(row)), request.place);
    }
  });
}

// Gives a slot the answer for its leaf, if its leaf was in the batch.
void Group::hand_out_answer(int index) {
  const int row = std::exchange(row_of_[static_cast<std::size_t>(index)], kNoRow);
  if (row < 0) return;  // none, or an exception ended the round before rows were assigned
  const bool own = requests_[static_cast<std::size_t>(row)].slot == index;
  slot(index).expand_and_back_up(batch_.answer(row),
                                 own ? Slot::Source::kOwnRow : Slot::Source::kRowOfAnother);
}

// Prefetches the next slots: others have filled the processor's cache since their last turn.
void Group::prefetch_after(int index) {
  // Not beyond the chunk: the next one may belong to another thread.
  const int end = std::min(static_cast<int>(slots_.size()), (index / kPerChunk + 1) * kPerChunk);
  for (int step = 0; step < Slot::kPrefetchSteps; ++step) {
    const int next = index + Slot::kPrefetchSteps - step;
    if (next < end) slot(next).prefetch(step);
  }
}

// Advances slots until each needs an evaluation. With an evaluation cache the slots take turns of
// one simulation: while one answer is fetched from memory, the others continue.
void Group::advance_slots(int begin, int end, std::optional<std::uint64_t> limit) {
  struct Turn {
    int slot;
    int allowance;
    const float* place;
  };
  std::array<Turn, kTogether> turns;
  std::size_t count = 0;
  const auto advance_one = [&](Turn& turn) {
    if (!slot(turn.slot).advance(limit, turn.allowance) || !cache_) return false;
    cache_->prefetch(slot(turn.slot).cache_key());
    return true;
  };
  for (int i = begin; i < end; ++i) {
    prefetch_after(i);
    hand_out_answer(i);
    // A leaf that still waits for a row does not look in the cache again: equal leaves share a row.
    if (slot(i).waiting()) continue;
    turns[count] = {i, Slot::kWithoutEvaluation, nullptr};
    if (advance_one(turns[count])) ++count;
  }
  while (count > 0) {
    for (Turn& turn : std::span(turns).first(count)) {
      turn.place = cache_->locate(slot(turn.slot).cache_key());
    }
    std::size_t left = 0;
    for (Turn& turn : std::span(turns).first(count)) {
      const std::optional<Answer> known = cache_->read(turn.place, slot(turn.slot).cache_key());
      if (!known) continue;
      slot(turn.slot).expand_and_back_up(*known, Slot::Source::kCache);
      --turn.allowance;
      if (advance_one(turn)) turns[left++] = turn;
    }
    count = left;
  }
}

int Group::advance(std::optional<std::uint64_t> limit) {
  insert_answers();
  batch_.clear();
  std::atomic<int> waiting = 0;
  std::atomic<int> playing = 0;
  // If all slots met only terminal leaves, there is nothing to evaluate, but the group is not done.
  int turns = 0;
  do {
    playing = 0;
    for_chunks(static_cast<int>(slots_.size()), [&](int begin, int end) {
      for (int i = begin; i < end; i += kTogether) {
        advance_slots(i, std::min(i + kTogether, end), limit);
      }
      int with_request = 0;
      int without = 0;
      for (int i = begin; i < end; ++i) {
        if (collect_request(i)) {
          ++with_request;
        } else if (!slot(i).idle()) {
          ++without;
        }
      }
      waiting += with_request;
      playing += without;
    });
    ++turns;
    if (waiting == 0 && cache_ && turns >= kTurnsWithoutEvaluation) waiting = force_request(limit);
  } while (waiting == 0 && playing > 0);
  if (own_rows_) return waiting;
  assign_rows();
  for_chunks(static_cast<int>(requests_.size()), [&](int begin, int end) {
    for (int row = begin; row < end; ++row) {
      slot(requests_[static_cast<std::size_t>(row)].slot).write(batch_.row(row));
    }
  });
  answered_ = cache_.has_value();
  return static_cast<int>(requests_.size());
}

// Collects the request of a slot while the slot is in the processor's cache. Returns whether there
// is one.
bool Group::collect_request(int index) {
  if (!slot(index).waiting()) return false;
  const auto i = static_cast<std::size_t>(index);
  row_of_[i] = own_rows_ ? index : kUnassigned;
  if (own_rows_) slot(index).write(batch_.row(index));
  if (cache_) cache_keys_[i] = slot(index).cache_key();
  return true;
}

// Requests an evaluation for one slot without looking in the cache. Otherwise the round would never
// end once the cache has all positions (tic-tac-toe has few). Returns whether a slot had a request.
bool Group::force_request(std::optional<std::uint64_t> limit) {
  for (int i = 0; i < static_cast<int>(slots_.size()); ++i) {
    int allowance = Slot::kWithoutEvaluation;
    if (slot(i).advance(limit, allowance)) return collect_request(i);
  }
  return false;
}

// Assigns rows of the batch to the waiting leaves until it is full; with a cache, equal leaves
// share a row.
void Group::assign_rows() {
  const std::size_t slots = slots_.size();
  const auto begin = static_cast<std::size_t>(first_);
  bool full = false;
  requests_.clear();
  std::fill(by_key_.begin(), by_key_.end(), kNoRow);
  for (std::size_t k = begin; k < begin + slots; ++k) {
    const std::size_t index = k < slots ? k : k - slots;
    if (std::exchange(row_of_[index], kNoRow) != kUnassigned) continue;
    int own_row = kNoRow;
    const CacheKey key = cache_ ? cache_keys_[index] : CacheKey{};
    int& row = cache_ ? row_of_key(key) : own_row;
    if (row == kNoRow) {
      if (static_cast<int>(requests_.size()) == batch_.rows) {
        if (!std::exchange(full, true)) first_ = static_cast<int>(index);
        continue;
      }
      row = static_cast<int>(requests_.size());
      requests_.push_back({static_cast<int>(index), key});
    }
    row_of_[index] = row;
  }
}

// The entry of the hash table for this key: its row, or kNoRow where one can be entered.
int& Group::row_of_key(const CacheKey& key) {
  const std::size_t mask = by_key_.size() - 1;
  std::size_t at = key.hash & mask;
  while (by_key_[at] != kNoRow && requests_[static_cast<std::size_t>(by_key_[at])].key != key) {
    at = (at + 1) & mask;
  }
  return by_key_[at];
}

int Group::play_rollouts(int batches, std::uint64_t seed, std::optional<std::uint64_t> limit) {
  insert_answers();
  const std::vector<float> logits(batch_.max_legal, 0.0F);
  std::atomic<int> playing = 0;
  for_chunks(static_cast<int>(slots_.size()), [&](int begin, int end) {
    Rollout rollout(plan_.game);
    for (int i = begin; i < end; ++i) {
      hand_out_answer(i);
      play_slot(slot(i), batches, seed, limit, logits, rollout);
      if (!slot(i).idle()) playing.fetch_add(1, std::memory_order_relaxed);
    }
  });
  return playing;
}

}  // namespace zero
