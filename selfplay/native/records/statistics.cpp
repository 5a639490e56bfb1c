#include "selfplay/native/records/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace zero {
namespace {

class Mean {
 public:
  void add(double value) {
    sum_ += value;
    ++count_;
  }
  double get() const {
    return count_ > 0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  double sum_ = 0.0;
  double count_ = 0.0;
};

double entropy(const std::vector<float>& policy) {
  double sum = 0.0;
  for (const float share : policy) {
    if (share > 0.0F) sum -= static_cast<double>(share) * std::log(static_cast<double>(share));
  }
  return sum;
}

// Sums the errors of values in bins of equal width, so that errors of one bin cancel out.
class Calibration {
 public:
  void add(double value, int result) {
    const auto bin = static_cast<std::size_t>((value + 1.0) / 2.0 * kBins);
    errors_[std::min(bin, kBins - 1)] += value - result;
    ++count_;
  }
  double error() const {
    if (count_ == 0.0) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0.0;
    for (const double error : errors_) sum += std::abs(error);
    return sum / count_;
  }

 private:
  static constexpr std::size_t kBins = 10;
  std::array<double, kBins> errors_{};
  double count_ = 0.0;
};

}  // namespace

RecordStatistics record_statistics(std::span<const GameRecord* const> records) {
  Mean length;
  Mean score;
  Mean draws;
  Mean resigned;
  Mean wrong;
  Mean entropies;
  Calibration calibration;
  for (const GameRecord* const record : records) {
    length.add(static_cast<double>(record->plies.size()));
    score.add((record->returns + 1) / 2.0);
    draws.add(record->returns == 0 ? 1.0 : 0.0);
    resigned.add(record->resigned ? 1.0 : 0.0);
    if (record->resign_off && record->would_resign >= 0) {
      const int own = record->would_resign == 0 ? record->returns : -record->returns;
      wrong.add(own >= 0 ? 1.0 : 0.0);
    }
    int result = record->returns;  // of the player to move: plies alternate
    for (const PlyRecord& ply : record->plies) {
      if (ply.full) entropies.add(entropy(ply.policy));
      if (!std::isnan(ply.value)) calibration.add(static_cast<double>(ply.value), result);
      result = -result;
    }
  }
  return {.games = records.size(),
          .game_length = length.get(),
          .first_player_score = score.get(),
          .draw_share = draws.get(),
          .resigned_share = resigned.get(),
          .resign_wrong_share = wrong.get(),
          .search_entropy = entropies.get(),
          .value_calibration_error = calibration.error()};
}

}  // namespace zero
