// The self-play pool: many game slots in a few groups, each group with its own batch and cache.
//
// Slot s of S slots plays the games s, s + S, s + 2S, ... Randomness is a function of (seed, game
// id, ply), so no game depends on threads or timing. Groups advance independently, each by one
// caller at a time, so that one can be evaluated while another advances.
#pragma once

#include <deque>
#include <memory>

#include "selfplay/native/pool/group.hpp"

namespace zero {

class Pool {
 public:
  // `threads` threads advance a group together. Throws GameError if the slots do not fit the
  // groups.
  Pool(std::shared_ptr<const Game> game, const SearchSettings& search, const PoolSettings& settings,
       std::uint64_t seed, int threads);
  Pool(const Pool&) = delete;  // the slots refer to its plan
  Pool& operator=(const Pool&) = delete;

  int groups() const { return static_cast<int>(groups_.size()); }
  Batch& batch(int group);
  // See Group.
  int advance(int group);
  int play_rollouts(int group, int batches, std::uint64_t seed);

  // Only games with ids below `games` are played; nullopt = no limit. While a group advances, of
  // this and the functions below only take_records() and counters() may be called.
  void set_limit(std::optional<std::uint64_t> games) { limit_ = games; }
  // Drops the current searches and all answers, but keeps the moves made so far.
  void end_phase();
  // Drops all cached answers, as needed when the evaluator changes; the searches continue.
  void clear_cache();
  // Changes the settings and drops the current searches. Slots, groups, batch, threads and seed are
  // fixed for the life of the pool. Throws GameError.
  void configure(const SearchSettings& search, const PoolSettings& settings);
  // Records of the games finished since the last call, by game id.
  std::vector<GameRecord> take_records();
  PoolCounters counters() const;

  // The games in flight, without their searches (call end_phase() first).
  std::string snapshot() const;
  // Throws GameError if the snapshot is not one of a pool with the same game and slots.
  void restore(std::string_view snapshot);

 private:
  Group& group_at(int group);

  PoolPlan plan_;
  std::deque<Group> groups_;  // a deque, so that they never move
  std::optional<std::uint64_t> limit_;
};

}  // namespace zero
