// The self-play pool: many game slots in a few groups, each group with its batch and its cache.
//
// Slot s of all S slots plays the games s, s + S, s + 2S, ...; with randomness by (seed, game id,
// ply) no game depends on threads or timing. Groups are advanced independently, each by one caller
// at a time, so that one is evaluated while another is advanced.
#pragma once

#include <deque>
#include <memory>

#include "selfplay/native/pool/group.hpp"

namespace zero {

class Pool {
 public:
  // `threads` advance one group together. Throws GameError if the slots do not fit the groups.
  Pool(std::shared_ptr<const Game> game, const SearchSettings& search, const PoolSettings& settings,
       std::uint64_t seed, int threads);
  Pool(const Pool&) = delete;  // the slots refer to its plan
  Pool& operator=(const Pool&) = delete;

  int groups() const { return static_cast<int>(groups_.size()); }
  Batch& batch(int group);
  // As Group says.
  int advance(int group);
  int play_rollouts(int group, int batches, std::uint64_t seed);

  // Only the games with ids below `games` are played; nothing = no end. This and what follows, but
  // take_records() and counters(), must not be called while a group is advanced.
  void set_limit(std::optional<std::uint64_t> games) { limit_ = games; }
  // Drops the searches under way, and all answers. The moves made stay.
  void end_phase();
  // Forgets the answers so far, as must be when the evaluator changes; the searches go on.
  void clear_cache();
  // Searches with other settings from now on; drops the searches under way. Slots, groups and batch
  // are fixed for the life of the pool, and so are threads and seed. Throws GameError.
  void configure(const SearchSettings& search, const PoolSettings& settings);
  // Records of the games finished since the last call, by game id.
  std::vector<std::string> take_records();
  PoolCounters counters() const;

  // The games in flight; their searches are not kept (call end_phase() first).
  std::string snapshot() const;
  // Throws GameError if the snapshot is not one of a pool with the same game and slots.
  void restore(std::string_view snapshot);

 private:
  Group& group_at(int group);

  PoolPlan plan_;
  std::deque<Group> groups_;  // which never move
  std::optional<std::uint64_t> limit_;
};

}  // namespace zero
