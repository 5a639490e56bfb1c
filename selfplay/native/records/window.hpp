// The window: the newest games, from which the learner draws its training positions.
//
// Games are held as their actions and policies, a few dozen bytes a position. When a position is
// sampled, it is replayed, turned by a random symmetry and encoded. So the window costs little
// memory, and every symmetry of every position can be drawn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <span>
#include <vector>

#include "games/native/core/state.hpp"
#include "selfplay/native/records/record.hpp"

namespace zero {

// The destination of a batch of `rows` samples: dense arrays in row order. The game fixes their
// shapes.
struct SampleArrays {
  std::uint64_t* planes = nullptr;  // [rows, P, words per plane]
  float* scalars = nullptr;         // [rows, S]
  float* policy = nullptr;          // [rows, A], 0 where illegal
  bool* legal = nullptr;            // [rows, A]
  float* wdl = nullptr;             // [rows, 3]: win, draw, loss of the player to move
};

struct SampleSettings {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;  // learner step: with the seed and the row it fixes the draw
  int threads = 1;         // has no influence on the result
  float value_mix = 0.0F;  // share of the search's value in the wdl target, in [0, 1]
};

struct WindowStatistics {
  std::size_t games = 0;
  std::size_t positions = 0;
  std::size_t plies = 0;
  std::size_t wins = 0;  // of player 0
  std::size_t draws = 0;
  std::size_t losses = 0;
  std::size_t resigned = 0;
  std::uint64_t first_id = 0;  // of the oldest and the newest game; 0 in an empty window
  std::uint64_t last_id = 0;
};

// The target for win, draw and loss: (1 - mix) * outcome + mix * value, both as distributions and
// both from the mover's side. A value v does not say how likely a draw is; the outcome decides
// that. After a decided game, v means a win with probability (1 + v) / 2 and a loss otherwise.
// After a drawn game, it means a draw with probability 1 - |v|. Either way its expectation is v.
// Without a value (NaN) the target is the outcome alone.
void wdl_target(int outcome, float value, float mix, float* wdl);

// One thread may sample while another adds and trims.
class Window {
 public:
  explicit Window(std::shared_ptr<const Game> game) : game_(std::move(game)) {}

  const Game& game() const { return *game_; }

  // Adds a record as the newest game. Returns its number of training positions; a game without any
  // is not kept. Throws GameError if the record is not finished or is of another game.
  std::size_t add(const GameRecord& record);

  // Drops the oldest whole games until at most `positions` are left, but never the newest game.
  void trim(std::size_t positions);

  std::size_t positions() const;
  WindowStatistics statistics() const;

  // Fills `rows` rows, each drawn uniformly (with replacement) from all positions. A row depends
  // only on the games in the window, the seed, the step and its row number. Throws GameError if the
  // window is empty or a setting is out of range.
  void sample(const SampleSettings& settings, std::size_t rows, const SampleArrays& out) const;

 private:
  struct StoredGame {
    std::uint64_t id = 0;
    std::int8_t returns = 0;
    bool resigned = false;
    std::size_t positions = 0;
    std::vector<Action> actions;
    std::vector<float> policies;  // of the positions, one after the other
  };
  struct Position {
    std::uint64_t game = 0;  // counted from the first game ever added
    std::uint32_t ply = 0;
    std::uint32_t policy = 0;  // offset in the game's policies
    float value = 0.0F;
  };
  class Sampler;

  std::shared_ptr<const Game> game_;
  mutable std::shared_mutex mutex_;
  std::deque<StoredGame> games_;    // oldest first
  std::deque<Position> positions_;  // of all games, in their order
  std::uint64_t dropped_ = 0;       // games trimmed so far
};

}  // namespace zero
