// A slot of the self-play pool: plays one game after the other, with a search for each move.
#pragma once

#include <mutex>
#include <optional>

#include "selfplay/native/pool/counters.hpp"
#include "selfplay/native/pool/evaluation_cache.hpp"
#include "selfplay/native/records/record.hpp"
#include "selfplay/native/search/canonical.hpp"
#include "selfplay/native/search/search.hpp"

namespace zero {

struct PoolSettings {
  SearchSettings search;
  std::uint64_t seed = 0;
  int slots = 128;
  int groups = 2;
  int threads = 1;  // native threads that advance one group together
  // Rows that a group has evaluated at a time; 0 = one for each of its slots. With fewer rows than
  // slots the batch stays full although some leaves need no evaluation.
  int batch = 0;
  // Memory of the evaluation caches, all groups together. A leaf whose observation was answered
  // before in this phase, or is in the batch already, is not evaluated again: only for evaluators
  // whose answer is a function of the observation. 0 = every leaf is evaluated by itself.
  std::int64_t cache_bytes = 0;
  // Leaves are evaluated in the orientation that canonical.hpp says, so that positions that are
  // equal up to a symmetry have one answer.
  bool canonical = false;
  // Playout-cap randomisation (Wu 2019, section 3.1): this share of the searches is full and
  // recorded; the others spend `cheap_simulations`, without root noise, and are only played.
  double full_search_share = 1.0;
  int cheap_simulations = 20;
  // PUCT and UCT: actions are drawn from visits^(1/T), T falling from `temperature` to
  // `temperature_final` with this half-life in plies.
  double temperature = 1.0;
  double temperature_final = 0.2;
  double temperature_half_life = 10.0;
  // Resignation: value below -threshold at `resign_plies` of one's own plies in a row; 0 = off. In
  // a share of the games nobody resigns, so that wrong resignations are counted.
  double resign_threshold = 0.0;
  int resign_plies = 3;
  double resign_off_share = 0.1;
};

class Slot {
 public:
  Slot(std::shared_ptr<const Game> game, const PoolSettings& settings,
       std::shared_ptr<const VisitTables> tables, std::uint64_t first_id);

  // Most simulations that a slot makes in a turn without an evaluation, because their leaves are
  // terminal or in the cache. Then it gives up its turn, so that the others need not wait.
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
  // Drops the current search and adopts the pool's search settings as they now are.
  void configure(std::shared_ptr<const VisitTables> tables);
  // Prefetches the memory that advance() will use, in steps 0 to kPrefetchSteps - 1. Other work
  // should be done between them.
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
  double temperature() const;
  bool resign_off() const;

  // What every simulation needs is kept together: see prefetch().
  Stage stage_ = Stage::kNewSearch;
  Counter simulations_;
  Counter evaluations_;
  Search search_;
  Leaf leaf_;
  std::optional<CacheKey> cache_key_;  // of the leaf, if it was needed
  std::optional<Canonical> canonical_;
  const PoolSettings& settings_;
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
