// Game records: what self-play leaves behind, and everything that training reads.
//
// A record keeps the ingredients of training targets (actions, search policies, root values), so
// targets can be computed in another way at any time. It never keeps encoded planes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "games/native/core/game.hpp"

namespace zero {

struct PlyRecord {
  Action action = 0;
  bool full = false;          // searched in full: the ply is a training position
  float value = 0.0F;         // root value of the search, mover's side, in [-1, 1]; NaN: no search
  std::vector<float> policy;  // over the legal actions in order, sums to 1; empty unless full
};

struct GameRecord {
  std::shared_ptr<const Game> game;
  std::uint64_t id = 0;
  bool finished = true;           // false: a game in flight, as the pool's snapshot keeps it
  std::int8_t returns = 0;        // of player 0, in {-1, 0, 1}; 0 while unfinished
  bool resigned = false;          // the player to move after the last ply gave up
  bool resign_off = false;        // resignation was switched off for this game, to measure it
  std::int8_t would_resign = -1;  // the player (0, 1) who first met the resign rule, or -1
  std::vector<PlyRecord> plies = {};

  // Number of training positions: plies with a full search.
  std::size_t positions() const;
};

// Throws GameError unless the record obeys ranges and rules: every action is legal, every policy is
// over exactly the legal actions, the result is that of the last position (unless resigned), and an
// unfinished game is not over. Clamps values to [-1, 1].
void validate(GameRecord& record);

// Throws the GameError of a record.
[[noreturn]] void record_error(const std::string& what);

}  // namespace zero
