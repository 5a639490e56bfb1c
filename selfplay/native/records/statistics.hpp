// Statistics of a set of games: length, who wins, how certain and how right the search was.
#pragma once

#include <cstddef>
#include <span>

#include "selfplay/native/records/record.hpp"

namespace zero {

// NaN if there was nothing to measure.
struct RecordStatistics {
  std::size_t games;
  double game_length;              // mean number of plies
  double first_player_score;       // mean points of player 0: 1, 1/2 or 0 a game
  double draw_share;               // of the games
  double resigned_share;           // of the games
  double resign_wrong_share;       // of those that games with resignation off would have had
  double search_entropy;           // mean over the policies, in nats
  double value_calibration_error;  // mean distance of predicted value and result, ten bins of value
};

RecordStatistics record_statistics(std::span<const GameRecord* const> records);

}  // namespace zero
