// A group of game slots that advance together, with one batch and one evaluation cache.
//
// Several threads may advance the slots of a group, but they must not influence which leaf is
// evaluated when. So during a round threads only read the cache. The answers of a batch are
// inserted before the next round, in row order. After a round, the waiting leaves get rows of the
// batch in turn; equal leaves share a row. A slot that gets no row keeps its leaf and comes first
// next time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "selfplay/native/pool/evaluation_cache.hpp"
#include "selfplay/native/pool/slot.hpp"
#include "selfplay/native/support/thread_team.hpp"

namespace zero {

class Group {
 public:
  // The slots `first` to `end` - 1 of the pool. The plan must outlive the group.
  Group(const PoolPlan& plan, int first, int end);

  // Takes the answers of the batch and advances all slots until they wait for an evaluation.
  // Returns the number of rows to evaluate; 0 means that no slot has anything left to play.
  int advance(std::optional<std::uint64_t> limit);
  // The same with rollouts as the evaluator, and at most `batches` evaluations per slot. Runs one
  // slot at a time, so that its tree stays in the processor's cache. The games are a function of
  // the pool's seed and `seed`. Returns the number of slots with something left to play.
  int play_rollouts(int batches, std::uint64_t seed, std::optional<std::uint64_t> limit);

  // Drops the current searches and all answers.
  void drop_searches();
  void clear_cache();
  // Calls drop_searches(), then adopts the pool's current plan.
  void configure();

  Batch& batch() { return batch_; }
  std::deque<Slot>& slots() { return slots_; }
  const std::deque<Slot>& slots() const { return slots_; }

 private:
  // A row of the batch: the slot it evaluates, its key, and the place of its answer in the cache.
  struct Request {
    int slot;
    CacheKey key = {};
    std::uint64_t place = EvaluationCache::kNowhere;
  };

  void for_chunks(int count, const std::function<void(int, int)>& task);
  Slot& slot(int index) { return slots_[static_cast<std::size_t>(index)]; }
  void apply_settings();
  void insert_answers();
  void prefetch_after(int index);
  void hand_out_answer(int index);
  void advance_slots(int begin, int end, std::optional<std::uint64_t> limit);
  bool collect_request(int index);
  bool force_request(std::optional<std::uint64_t> limit);
  void assign_rows();
  int& row_of_key(const CacheKey& key);

  const PoolPlan& plan_;
  std::deque<Slot> slots_;  // a deque, so that they never move
  Batch batch_;
  ThreadTeam team_;
  std::optional<EvaluationCache> cache_;
  bool own_rows_ = false;             // no cache, and slot i has row i
  std::vector<Request> requests_;     // by row of the batch
  std::vector<int> row_of_;           // by slot: the row of its leaf, or kNoRow or kUnassigned
  std::vector<CacheKey> cache_keys_;  // by slot, if there is a cache
  std::vector<int> by_key_;           // hash table of rows (open addressing), or kNoRow
  int first_ = 0;                     // the first slot to be assigned a row of the next batch
  bool answered_ = false;             // whether the batch has answers to be inserted
};

}  // namespace zero
