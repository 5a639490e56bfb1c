// One game slot of the self-play pool: plays one game after the other, a search a move.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "selfplay/native/pool/evaluation_cache.hpp"
#include "selfplay/native/pool/plan.hpp"
#include "selfplay/native/records/record.hpp"
#include "selfplay/native/search/canonical.hpp"
#include "selfplay/native/search/search.hpp"

namespace zero {

// A leaf that was not terminal has been evaluated, or shared the row of another, or was in the
// cache.
struct PoolCounters {
  std::int64_t simulations = 0;
  std::int64_t evaluations = 0;
  std::int64_t merged = 0;
  std::int64_t cache_hits = 0;
  std::int64_t terminal_leaves = 0;
  std::int64_t plies = 0;
  std::int64_t games = 0;
};

// A counter with one writer, which others may look at meanwhile.
class Tally {
 public:
  void add(std::int64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  std::int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

class Slot {
 public:
  // `plan`: that of the pool, which outlives the slot.
  Slot(const PoolPlan& plan, std::uint64_t first_id);

  // So many simulations a slot makes in a turn whose leaves are terminal or in the cache; then it
  // goes without an evaluation, so that the others need not wait for it.
  static constexpr int kWithoutEvaluation = 16;
  // Goes on until a leaf waits for an answer, or nothing is left of `allowance`, or the slot has no
  // more games to play. Returns whether a leaf waits. Terminal leaves are taken off `allowance`.
  bool advance(std::optional<std::uint64_t> limit, int& allowance);
  // The leaf that waits: what is asked of the evaluator, and its row.
  const Question& question();
  void write(const Row& row);
  // The answer to it.
  enum class Source : std::uint8_t { kOwnRow, kRowOfAnother, kCache };
  void receive(const Answer& answer, Source source);
  // Forgets the search under way; the ply begins anew at the next advance().
  void drop_search();
  // Drops the search under way and takes over the plan of the pool as it now is.
  void configure();
  // Asks for the memory that advance() will use, in the steps 0 to kPrefetchSteps - 1, between
  // which something else should be done.
  static constexpr int kPrefetchSteps = 4;
  void prefetch(int step) const;
  // Whether no game is left to play.
  bool idle() const { return stage_ == Stage::kIdle; }
  bool waiting() const { return stage_ == Stage::kWaiting; }
  const StateBytes* leaf_state() const { return leaf_.state.get(); }

  const GameRecord& game_in_flight() const { return record_; }
  void restore(GameRecord record);
  // Hands over the records of the games finished since the last call. May be called while another
  // thread advances the slot, and so may add_counters_to().
  std::vector<GameRecord> take_finished();
  void add_counters_to(PoolCounters& total) const;

  // Randomness of the rollout from the leaf under way: a function of the game, its ply and the
  // number of nodes in the tree.
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

  // What every simulation needs stands together: see prefetch().
  Stage stage_ = Stage::kNewSearch;
  Tally simulations_;
  Tally evaluations_;
  Search search_;
  Leaf leaf_;
  std::optional<Question> question_;  // of the leaf, where it was needed
  std::optional<Canonical> canonical_;
  const PoolPlan& plan_;
  StateBox state_;
  Rng rng_{0};
  GameRecord record_;
  std::mutex finished_mutex_;
  std::vector<GameRecord> finished_;
  Tally merged_;
  Tally cache_hits_;
  Tally terminal_leaves_;
  Tally plies_;
  Tally games_;
  bool full_ = true;
  bool subtree_kept_ = false;
};

}  // namespace zero
