#include "selfplay/native/records/record.hpp"

#include <algorithm>
#include <cmath>

#include "games/native/core/state.hpp"

namespace zero {
namespace {

// Tolerance for policies to sum to 1 and values to lie in [-1, 1]: it covers only float32 rounding.
constexpr float kTolerance = 1e-3F;

std::string at_ply(std::size_t ply) { return " at ply " + std::to_string(ply); }

void check_header(const GameRecord& record) {
  if (record.returns < -1 || record.returns > 1) record_error("returns outside -1, 0, 1");
  if (record.would_resign < -1 || record.would_resign > 1)
    record_error("a resigner who is no player");
  if (record.resigned && (!record.finished || record.resign_off || record.returns == 0)) {
    record_error("a resignation that cannot be");
  }
  if (!record.finished && record.returns != 0) record_error("an unfinished game with a result");
}

void check_policy(const std::vector<float>& policy, std::size_t ply) {
  double sum = 0.0;
  for (const float share : policy) {
    if (!(share >= 0.0F))
      record_error("a policy share below 0" + at_ply(ply));  // NaN fails as well
    sum += static_cast<double>(share);
  }
  if (!(std::abs(sum - 1.0) <= static_cast<double>(kTolerance))) {
    record_error("a policy that sums to " + std::to_string(sum) + at_ply(ply));
  }
}

void check_ply(PlyRecord& ply, std::size_t index) {
  if (std::abs(ply.value) > 1.0F + kTolerance) {
    record_error("the value " + std::to_string(ply.value) + at_ply(index));
  }
  if (!std::isnan(ply.value)) ply.value = std::clamp(ply.value, -1.0F, 1.0F);
  if (ply.full) check_policy(ply.policy, index);
}

void check_end(const Game& game, const StateBytes* last, const GameRecord& record) {
  const bool over = game.is_terminal(last);
  if (record.finished && !record.resigned) {
    if (!over) record_error("the game is not over after its last ply");
    if (game.returns(last) != record.returns)
      record_error("the result is not that of the last position");
  } else if (over) {
    record_error(record.resigned ? "a resignation after the end"
                                 : "an unfinished game that is over");
  } else if (record.resigned && record.returns != (game.to_play(last) == 0 ? -1 : 1)) {
    record_error("a resignation by a player who was not to move");
  }
}

// Replays the game: every action legal, every policy over exactly the legal actions.
void check_against_rules(const GameRecord& record) {
  const Game& game = *record.game;
  if (record.plies.size() > static_cast<std::size_t>(game.spec().max_plies)) {
    record_error(std::to_string(record.plies.size()) + " plies, more than a game can have");
  }
  std::vector<Action> legal(static_cast<std::size_t>(game.spec().max_legal_actions));
  StateBox state(record.game);
  for (std::size_t i = 0; i < record.plies.size(); ++i) {
    const PlyRecord& ply = record.plies[i];
    const auto count = static_cast<std::size_t>(game.legal_actions(state.get(), legal.data()));
    const auto end = legal.begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find(legal.begin(), end, ply.action) == end) {
      record_error("the illegal action " + std::to_string(ply.action) + at_ply(i));
    }
    if (ply.full && ply.policy.size() != count) {
      record_error("a policy over " + std::to_string(ply.policy.size()) + " actions, where " +
                   std::to_string(count) + " are legal," + at_ply(i));
    }
    game.apply(state.get(), ply.action);
  }
  check_end(game, state.get(), record);
}

}  // namespace

void record_error(const std::string& what) {
  throw GameError("game record: " + what + "; it is damaged or of another game");
}

std::size_t GameRecord::positions() const {
  return static_cast<std::size_t>(std::ranges::count(plies, true, &PlyRecord::full));
}

void validate(GameRecord& record) {
  check_header(record);
  for (std::size_t i = 0; i < record.plies.size(); ++i) check_ply(record.plies[i], i);
  check_against_rules(record);
}

}  // namespace zero
