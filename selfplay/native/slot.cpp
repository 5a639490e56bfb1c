#include "slot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace zero {
namespace {

// A slot that meets only terminal leaves leaves its row as padding after so many simulations, so
// that the others need not wait for it.
constexpr int kSimulationsWithoutEvaluation = 64;

}  // namespace

Slot::Slot(std::shared_ptr<const Game> game, const PoolSettings& settings,
           std::shared_ptr<const VisitTables> tables, std::uint64_t first_id)
    : settings_(settings),
      state_(game),
      search_(game, settings.search, std::move(tables)),
      leaf_(game) {
  begin_game(first_id);
}

bool Slot::advance(const Row& row, std::optional<std::uint64_t> limit) {
  if (stage_ == Stage::kWaiting) {
    simulations_.add(search_.tree().empty() ? 0 : 1);
    evaluations_.add(1);
    search_.receive(leaf_, row, false);
    stage_ = Stage::kSearching;
  }
  *row.count = 0;
  *row.state = nullptr;
  for (int simulation = 0; simulation < kSimulationsWithoutEvaluation;) {
    if (stage_ == Stage::kNewSearch || stage_ == Stage::kIdle) {
      stage_ = limit && record_.id >= *limit ? Stage::kIdle : Stage::kNewSearch;
      if (stage_ == Stage::kIdle) return false;
      begin_search();
    }
    if (search_.done()) {
      play();
      continue;
    }
    if (search_.next_leaf(leaf_, row, false) == Search::Outcome::kEvaluate) {
      stage_ = Stage::kWaiting;
      return true;
    }
    simulations_.add(1);
    terminal_leaves_.add(1);
    ++simulation;
  }
  return false;
}

void Slot::drop_search() {
  search_.clear();
  subtree_kept_ = false;
  if (stage_ != Stage::kIdle) stage_ = Stage::kNewSearch;
}

void Slot::configure(std::shared_ptr<const VisitTables> tables) {
  drop_search();
  search_ = Search(state_.shared_game(), settings_.search, std::move(tables));
}

void Slot::begin_game(std::uint64_t id) {
  record_ = GameRecord{};
  record_.id = id;
  record_.finished = false;
  record_.resign_off = resign_off();
  state_ = StateBox(state_.shared_game());
  subtree_kept_ = false;
  stage_ = Stage::kNewSearch;
}

// Drawn apart from the plies: ply numbers never reach 2^32.
bool Slot::resign_off() const {
  if (settings_.resign_threshold <= 0.0) return false;
  return Rng(settings_.seed, record_.id, std::uint64_t{1} << 32).uniform() <
         settings_.resign_off_share;
}

void Slot::begin_search() {
  rng_ = Rng(settings_.seed, record_.id, record_.plies.size());
  full_ = settings_.full_search_share >= 1.0 || rng_.uniform() < settings_.full_search_share;
  const int simulations = full_ ? settings_.search.simulations : settings_.cheap_simulations;
  // Gumbel noise is how Gumbel AlphaZero samples its move, so a cheap search needs it too.
  const Rule rule = settings_.search.rule;
  const bool noise = rule == Rule::kGumbel ||
                     (rule == Rule::kPuct && full_ && settings_.search.noise_fraction > 0.0);
  if (subtree_kept_ && !noise) {
    search_.restart_below(record_.plies.back().action, &rng_, simulations);
  } else {
    search_.start(state_.get(), &rng_, simulations, noise);
  }
  stage_ = Stage::kSearching;
}

double Slot::temperature() const {
  const double decay =
      std::exp2(-static_cast<double>(record_.plies.size()) / settings_.temperature_half_life);
  return settings_.temperature_final +
         (settings_.temperature - settings_.temperature_final) * decay;
}

void Slot::play() {
  const Game& game = state_.game();
  const int player = game.to_play(state_.get());
  PlyRecord ply;
  ply.action = settings_.search.rule == Rule::kGumbel
                   ? search_.best_action()
                   : search_.sample_action(temperature(), rng_);
  ply.full = full_;
  ply.value = static_cast<float>(search_.value());
  if (full_) ply.policy = search_.policy_target();
  record_.plies.push_back(std::move(ply));
  plies_.add(1);
  if (record_.would_resign < 0 && wants_to_resign(player)) {
    record_.would_resign = static_cast<std::int8_t>(player);
    if (!record_.resign_off) {
      record_.plies.pop_back();  // a player who resigns makes no move
      plies_.add(-1);
      finish_game(player == 0 ? -1 : 1, true);
      return;
    }
  }
  check_length(game, static_cast<std::int64_t>(record_.plies.size()));
  game.apply(state_.get(), record_.plies.back().action);
  if (game.is_terminal(state_.get())) {
    finish_game(game.returns(state_.get()), false);
    return;
  }
  subtree_kept_ = settings_.search.rule != Rule::kGumbel;
  stage_ = Stage::kNewSearch;
}

// Whether the last `resign_plies` values that this player's searches found were all hopeless.
bool Slot::wants_to_resign(int player) const {
  if (settings_.resign_threshold <= 0.0) return false;
  StateBox state(state_.shared_game());
  std::vector<float> values;
  for (const PlyRecord& ply : record_.plies) {
    if (state.game().to_play(state.get()) == player) values.push_back(ply.value);
    state.game().apply(state.get(), ply.action);
  }
  const auto needed = static_cast<std::size_t>(settings_.resign_plies);
  if (values.size() < needed) return false;
  return std::all_of(values.end() - settings_.resign_plies, values.end(), [&](float value) {
    return static_cast<double>(value) < -settings_.resign_threshold;
  });
}

void Slot::finish_game(int first_player_return, bool resigned) {
  record_.finished = true;
  record_.returns = static_cast<std::int8_t>(first_player_return);
  record_.resigned = resigned;
  games_.add(1);
  const std::uint64_t next = record_.id + static_cast<std::uint64_t>(settings_.slots);
  {
    const std::lock_guard lock(finished_mutex_);
    finished_.push_back(std::move(record_));
  }
  search_.clear();
  begin_game(next);
}

void Slot::restore(GameRecord record) {
  begin_game(record.id);
  record_ = std::move(record);
  for (const PlyRecord& ply : record_.plies) state_.game().apply(state_.get(), ply.action);
  search_.clear();
  const std::lock_guard lock(finished_mutex_);
  finished_.clear();
}

std::vector<GameRecord> Slot::take_finished() {
  const std::lock_guard lock(finished_mutex_);
  return std::exchange(finished_, {});
}

void Slot::add_counters_to(PoolCounters& total) const {
  total.simulations += simulations_.get();
  total.evaluations += evaluations_.get();
  total.terminal_leaves += terminal_leaves_.get();
  total.plies += plies_.get();
  total.games += games_.get();
}

Rng Slot::rollout_rng(std::uint64_t seed) const {
  return {mix64(seed) ^ record_.plies.size(), record_.id, static_cast<std::uint64_t>(search_.tree().size())};
}

}  // namespace zero
