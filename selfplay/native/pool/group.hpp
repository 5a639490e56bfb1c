// A group of game slots: advanced together, with one batch and one cache of answers.
//
// Slots of a group may be advanced by several threads, and which leaf is evaluated when must not
// depend on them. So they only read the cache; what a batch was answered goes in before the next
// round, in the order of its rows. The leaves that wait after a round take the rows of the batch in
// turn, equal ones the same row; those that find none keep their leaf and come first next time.
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
  // The slots `first` to `end` - 1 of the pool, whose plan outlives the group.
  Group(const PoolPlan& plan, int first, int end);

  // Takes the answers of the batch and advances all slots until they wait for an evaluation.
  // Returns the number of rows to evaluate; 0 means that no slot has anything left to play.
  int advance(std::optional<std::uint64_t> limit);
  // The same with rollouts for an evaluator, at most `batches` evaluations a slot. One slot at a
  // time, so that its tree stays in the cache. The games are a function of the pool's seed and
  // `seed`. Returns the number of slots that have something left to play.
  int play_rollouts(int batches, std::uint64_t seed, std::optional<std::uint64_t> limit);

  // Drops the searches under way and all answers.
  void drop_searches();
  void clear_cache();
  // The same as drop_searches(); then takes over the plan of the pool as it now is.
  void configure();

  Batch& batch() { return batch_; }
  std::deque<Slot>& slots() { return slots_; }
  const std::deque<Slot>& slots() const { return slots_; }

 private:
  // A row that is being evaluated: for which slot, what it asked, and where in the cache its answer
  // will be.
  struct Asked {
    int slot;
    Question question = {};
    std::uint64_t place = EvaluationCache::kNowhere;
  };

  void for_chunks(int count, const std::function<void(int, int)>& task);
  Slot& slot(int index) { return slots_[static_cast<std::size_t>(index)]; }
  void apply_settings();
  void remember();
  void prefetch_after(int index);
  void deliver(int index);
  void advance_slots(int begin, int end, std::optional<std::uint64_t> limit);
  bool take_stock(int index);
  bool ask_anyway(std::optional<std::uint64_t> limit);
  void choose_rows();
  int& row_for(const Question& question);

  const PoolPlan& plan_;
  std::deque<Slot> slots_;  // which never move
  Batch batch_;
  ThreadTeam team_;
  std::optional<EvaluationCache> cache_;
  bool own_rows_ = false;     // nothing is shared, and slot i has row i
  std::vector<Asked> asked_;  // by row of the batch
  std::vector<int> row_of_;   // by slot: the row that its leaf has in the batch, kNoRow or kAsks
  std::vector<Question> questions_;  // by slot: what it asks (with a cache)
  std::vector<int> by_key_;  // hash table with open addressing of the rows in `asked_`, or kNoRow
  int first_ = 0;            // the slot that gets the first row of the next batch
  bool answered_ = false;    // whether the batch has answers that are not in the cache
};

}  // namespace zero
