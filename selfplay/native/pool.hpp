// The self-play pool: many game slots in a few groups, each group with its batch.
//
// Slot s of all S slots plays the games s, s + S, s + 2S, ...; with randomness by (seed, game id,
// ply) no game depends on threads or timing. Groups are advanced independently, each by one caller
// at a time, so that one is evaluated while another is advanced.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "slot.hpp"
#include "threads.hpp"

namespace zero {

class Pool {
 public:
  // Throws GameError if a setting is out of range.
  Pool(std::shared_ptr<const Game> game, const PoolSettings& settings);
  Pool(const Pool&) = delete;  // the slots refer to its settings
  Pool& operator=(const Pool&) = delete;

  int groups() const { return static_cast<int>(groups_.size()); }
  Batch& batch(int group);
  // Takes the answers of the group's batch and advances all its slots to their next evaluation.
  // Returns the number of rows to evaluate; 0 means that no slot has anything left to play.
  int advance(int group);
  // The same with rollouts for an evaluator, at most `rounds` evaluations a slot. One slot at a
  // time, so that its tree stays in the cache. The games are a function of the pool's seed and
  // `seed`. Returns the number of slots that have something left to play.
  int play_rollouts(int group, int rounds, std::uint64_t seed);

  // Only the games with ids below `games` are played; nothing = no end. This and what follows, but
  // take_records() and counters(), must not be called while a group is advanced.
  void set_limit(std::optional<std::uint64_t> games) { limit_ = games; }
  // Drops the searches under way. The moves made stay.
  void end_phase();
  // Searches with other settings from now on; drops the searches under way. Slots, groups, threads
  // and seed are fixed for the life of the pool. Throws GameError if a setting is out of range.
  void configure(const PoolSettings& settings);
  // Records of the games finished since the last call, by game id.
  std::vector<std::string> take_records();
  PoolCounters counters() const;

  // The games in flight; their searches are not kept (call end_phase() first).
  std::string snapshot() const;
  // Throws GameError if the snapshot is not one of a pool with the same game and slots.
  void restore(std::string_view snapshot);

 private:
  struct Group {
    std::deque<Slot> slots;  // which never move
    std::unique_ptr<Batch> batch;
    std::unique_ptr<ThreadTeam> team;
  };
  Group& group_at(int group);
  void for_chunks(Group& group, const std::function<void(int, Slot&)>& task);

  std::shared_ptr<const Game> game_;
  PoolSettings settings_;
  std::vector<Group> groups_;
  std::optional<std::uint64_t> limit_;
};

}  // namespace zero
