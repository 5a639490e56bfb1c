#include "selfplay/native/records/window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "selfplay/native/support/rng.hpp"
#include "selfplay/native/support/thread_team.hpp"

namespace zero {
namespace {

// Keeps the draws of the sampler apart from those of self-play under the same run seed.
constexpr std::uint64_t kStream = 0x77696e646f77ULL;

// Starting a thread is not worth it for fewer rows.
constexpr std::size_t kMinRowsPerThread = 16;

}  // namespace

void wdl_target(int outcome, float value, float mix, float* wdl) {
  const float exact[3] = {outcome > 0 ? 1.0F : 0.0F, outcome == 0 ? 1.0F : 0.0F,
                          outcome < 0 ? 1.0F : 0.0F};
  float searched[3] = {exact[0], exact[1], exact[2]};
  if (!std::isnan(value)) {
    const float draw = outcome == 0 ? 1.0F - std::abs(value) : 0.0F;
    searched[0] = 0.5F * (1.0F - draw + value);
    searched[1] = draw;
    searched[2] = 0.5F * (1.0F - draw - value);
  }
  for (int i = 0; i < 3; ++i) wdl[i] = (1.0F - mix) * exact[i] + mix * searched[i];
}

std::size_t Window::add(const GameRecord& record) {
  if (const std::string& name = record.game->spec().name; name != game_->spec().name) {
    throw GameError("a game of " + name + " was given to a window of " + game_->spec().name);
  }
  if (!record.finished) throw GameError("game record: the game is not finished");
  const std::size_t count = record.positions();
  if (count == 0) return 0;

  StoredGame stored{.id = record.id,
                    .returns = record.returns,
                    .resigned = record.resigned,
                    .positions = count,
                    .actions = {},
                    .policies = {}};
  std::vector<Position> positions;
  positions.reserve(count);
  stored.actions.reserve(record.plies.size());
  for (const PlyRecord& ply : record.plies) {
    if (ply.full) {
      positions.push_back({.ply = static_cast<std::uint32_t>(stored.actions.size()),
                           .policy = static_cast<std::uint32_t>(stored.policies.size()),
                           .value = ply.value});
      stored.policies.insert(stored.policies.end(), ply.policy.begin(), ply.policy.end());
    }
    stored.actions.push_back(ply.action);
  }
  stored.policies.shrink_to_fit();

  const std::unique_lock lock(mutex_);
  for (Position& position : positions) position.game = dropped_ + games_.size();
  games_.push_back(std::move(stored));
  positions_.insert(positions_.end(), positions.begin(), positions.end());
  return count;
}

void Window::trim(std::size_t positions) {
  const std::unique_lock lock(mutex_);
  while (games_.size() > 1 && positions_.size() > positions) {
    const auto gone = static_cast<std::ptrdiff_t>(games_.front().positions);
    positions_.erase(positions_.begin(), positions_.begin() + gone);
    games_.pop_front();
    ++dropped_;
  }
}

std::size_t Window::positions() const {
  const std::shared_lock lock(mutex_);
  return positions_.size();
}

WindowStatistics Window::statistics() const {
  const std::shared_lock lock(mutex_);
  WindowStatistics out;
  out.games = games_.size();
  out.positions = positions_.size();
  for (const StoredGame& game : games_) {
    out.plies += game.actions.size();
    out.wins += game.returns > 0;
    out.draws += game.returns == 0;
    out.losses += game.returns < 0;
    out.resigned += game.resigned;
  }
  if (!games_.empty()) {
    out.first_id = games_.front().id;
    out.last_id = games_.back().id;
  }
  return out;
}

// What one thread needs to make samples. The window must stay locked while it exists.
class Window::Sampler {
 public:
  Sampler(const Window& window, const SampleSettings& settings, const SampleArrays& out)
      : window_(window),
        game_(window.game()),
        settings_(settings),
        out_(out),
        initial_(window.game_),
        reached_(window.game_),
        turned_(window.game_),
        legal_(static_cast<std::size_t>(game_.spec().max_legal_actions)) {}

  void fill(std::size_t row) {
    const GameSpec& spec = game_.spec();
    Rng rng(mix64(settings_.seed ^ kStream), settings_.step, row);
    const Position& position =
        window_.positions_[rng.index(static_cast<std::uint32_t>(window_.positions_.size()))];
    const int symmetry =
        static_cast<int>(rng.index(static_cast<std::uint32_t>(spec.num_symmetries)));
    const StoredGame& stored = window_.games_[position.game - window_.dropped_];

    game_.replay(reached_.get(), initial_.get(), std::span(stored.actions).first(position.ply));
    game_.transform(turned_.get(), reached_.get(), symmetry);
    game_.observe(turned_.get(),
                  out_.planes + row * static_cast<std::size_t>(spec.observation.words()),
                  out_.scalars + row * static_cast<std::size_t>(spec.observation.scalars));
    fill_policy(row, symmetry, stored.policies.data() + position.policy);
    const int outcome = game_.to_play(reached_.get()) == 0 ? stored.returns : -stored.returns;
    wdl_target(outcome, position.value, settings_.value_mix, out_.wdl + 3 * row);
  }

 private:
  void fill_policy(std::size_t row, int symmetry, const float* shares) {
    const auto num_actions = static_cast<std::size_t>(game_.spec().num_actions);
    float* policy = out_.policy + row * num_actions;
    bool* legal = out_.legal + row * num_actions;
    std::fill_n(policy, num_actions, 0.0F);
    std::fill_n(legal, num_actions, false);
    const int count = game_.legal_actions(reached_.get(), legal_.data());
    for (int i = 0; i < count; ++i) {
      const Action action = game_.transform_action(legal_[static_cast<std::size_t>(i)], symmetry);
      policy[action] = shares[i];
      legal[action] = true;
    }
  }

  const Window& window_;
  const Game& game_;
  const SampleSettings& settings_;
  const SampleArrays& out_;
  StateBox initial_;
  StateBox reached_;
  StateBox turned_;
  std::vector<Action> legal_;
};

void Window::sample(const SampleSettings& settings, std::size_t rows,
                    const SampleArrays& out) const {
  if (settings.threads < 1) {
    throw GameError("sample: threads=" + std::to_string(settings.threads) + "; give 1 or more");
  }
  if (!(settings.value_mix >= 0.0F && settings.value_mix <= 1.0F)) {
    throw GameError("sample: value_mix=" + std::to_string(settings.value_mix) +
                    " is outside 0 to 1");
  }
  const std::shared_lock lock(mutex_);
  if (positions_.empty()) throw GameError("sample: the window holds no training positions yet");
  if (positions_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw GameError("sample: the window holds more than 2^32 positions; trim it");
  }

  const std::size_t chunks = std::clamp<std::size_t>(rows / kMinRowsPerThread, 1,
                                                     static_cast<std::size_t>(settings.threads));
  ThreadTeam team(static_cast<int>(chunks));
  team.run(static_cast<int>(chunks), [&](int index) {
    const auto chunk = static_cast<std::size_t>(index);
    Sampler sampler(*this, settings, out);
    for (std::size_t row = rows * chunk / chunks; row < rows * (chunk + 1) / chunks; ++row) {
      sampler.fill(row);
    }
  });
}

}  // namespace zero
