// A slot of the self-play pool: plays one game after another, with a search for each move.
#pragma once

#include <mutex>
#include <optional>

#include "selfplay/native/pool/counters.hpp"
#include "selfplay/native/pool/evaluation_cache.hpp"
#include "selfplay/native/pool/plan.hpp"
#include "selfplay/native/records/record.hpp"
#include "selfplay/native/search/canonical.hpp"
#include "selfplay/native/search/search.hpp"

namespace zero {

class Slot {
 public:
  // `plan` is the pool's and outlives the slot.
  Slot(const PoolPlan& plan, std::uint64_t first_id);

  // Most simulations that a slot makes in a turn without an evaluation, because their leaves are
  // terminal or in the cache. Then it ends its turn, so that the other slots need not wait.
  static constexpr int kWithoutEvaluation = 16;
  // Searches and plays until a leaf waits for an answer, `allowance` is used up, or no game is left
  // to play. Returns whether a leaf waits. Each terminal leaf uses up one of `allowance`.
  bool advance(std::optional<std::uint64_t> limit, int& allowance);
  // Of the leaf that waits: its key in the cache, and its row for the evaluator.
  const CacheKey& cache_key();
  void write(const Row& row);
  // Takes the answer for that leaf.
  enum class Source : std::uint8_t { kOwnRow, kRowOfAnother, kCache };
  void expand_and_back_up(const Answer& answer, Source source);
  // Drops the current search; the next advance() searches the ply again from the start.
  void drop_search();
  // Drops the current search and adopts the pool's current plan.
  void configure();
  // Prefetches the memory that advance() will use, in steps 0 to kPrefetchSteps - 1. Do other work
  // between the steps.
  static constexpr int kPrefetchSteps = 4;
  void prefetch(int step) const;
  // Whether no game is left to play.
  bool idle() const { return stage_ == Stage::kIdle; }
  bool waiting() const { return stage_ == Stage::kWaiting; }
  const StateBytes* leaf_state() const { return leaf_.state.get(); }

  const GameRecord& game_in_flight() const { return record_; }
  void restore(GameRecord record);
  // Returns the games finished since the last call. This and add_counters_to() may be called while
  // another thread advances the slot.
  std::vector<GameRecord> take_finished();
  void add_counters_to(PoolCounters& total) const;

  // Randomness of the rollout from the current leaf: a function of the game, its ply and the number
  // of nodes in the tree.
  Rng rollout_rng(std::uint64_t seed) const;

 private:
  enum class Stage : std::uint8_t { kNewSearch, kSearching, kWaiting, kIdle };

  void begin_search();
  void begin_game(std::uint64_t id);
  void play();
  void finish_game(int first_player_return, bool resigned);
  bool wants_to_resign(int player) const;
  const PoolSettings& settings() const { return plan_.settings; }
  double temperature() const;
  bool resign_off() const;

  // Everything that a simulation needs is kept together: see prefetch().
  Stage stage_ = Stage::kNewSearch;
  Counter simulations_;
  Counter evaluations_;
  Search search_;
  Leaf leaf_;
  std::optional<CacheKey> cache_key_;  // of the leaf, if it was needed
  std::optional<Canonical> canonical_;
  const PoolPlan& plan_;
  StateBox state_;
  Rng rng_{0};
  GameRecord record_;
  std::mutex finished_mutex_;
  std::vector<GameRecord> finished_;
  Counter merged_;
  Counter cache_hits_;
  Counter terminal_leaves_;
  Counter plies_;
  Counter games_;
  bool full_ = true;
  bool subtree_kept_ = false;
};

}  // namespace zero
