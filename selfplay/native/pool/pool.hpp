// The self-play pool: many game slots in a few groups, each group with its own batch and cache.
//
// Slot s of S slots plays the games s, s + S, s + 2S, ... Randomness is a function of (seed, game
// id, ply), so no game depends on threads or timing. Groups are advanced independently, each by one
// caller at a time, so that one can be evaluated while another is advanced.
#pragma once

#include <deque>
#include <memory>

#include "selfplay/native/pool/group.hpp"

namespace zero {

class Pool {
 public:
  // Throws GameError if a setting is out of range.
  Pool(std::shared_ptr<const Game> game, const PoolSettings& settings);
  Pool(const Pool&) = delete;  // the slots refer to its settings
  Pool& operator=(const Pool&) = delete;

  int groups() const { return static_cast<int>(groups_.size()); }
  Batch& batch(int group);
  // As Group says.
  int advance(int group);
  int play_rollouts(int group, int rounds, std::uint64_t seed);

  // Only games with ids below `games` are played; nullopt = no limit. Neither this nor the
  // functions below, except take_records() and counters(), may be called while a group is advanced.
  void set_limit(std::optional<std::uint64_t> games) { limit_ = games; }
  // Drops the current searches and all answers; the moves made stay.
  void end_phase();
  // Drops all cached answers, which is needed when the evaluator changes; the searches go on.
  void clear_cache();
  // Changes the settings and drops the current searches. Slots, groups, threads, batch and seed are
  // fixed for the life of the pool. Throws GameError if a setting is out of range.
  void configure(const PoolSettings& settings);
  // Records of the games finished since the last call, by game id.
  std::vector<GameRecord> take_records();
  PoolCounters counters() const;

  // The games in flight; their searches are not kept (call end_phase() first).
  std::string snapshot() const;
  // Throws GameError if the snapshot is not one of a pool with the same game and slots.
  void restore(std::string_view snapshot);

 private:
  Group& group_at(int group);

  std::shared_ptr<const Game> game_;
  PoolSettings settings_;
  std::deque<Group> groups_;  // a deque, so that they never move
  std::optional<std::uint64_t> limit_;
};

}  // namespace zero
