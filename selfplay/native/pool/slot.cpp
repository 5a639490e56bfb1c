#include "selfplay/native/pool/slot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace zero {

Slot::Slot(const PoolPlan& plan, std::uint64_t first_id)
    : search_(plan.game, plan.search), leaf_(plan.game), plan_(plan), state_(plan.game) {
  if (settings().canonical) canonical_.emplace(plan_.game);
  begin_game(first_id);
}

bool Slot::advance(std::optional<std::uint64_t> limit, int& allowance) {
  if (stage_ == Stage::kWaiting) return true;
  while (allowance > 0) {
    if (stage_ == Stage::kNewSearch || stage_ == Stage::kIdle) {
      stage_ = limit && record_.id >= *limit ? Stage::kIdle : Stage::kNewSearch;
      if (stage_ == Stage::kIdle) return false;
      begin_search();
    }
    if (search_.done()) {
      play();
      continue;
    }
    if (search_.next_leaf(leaf_, false) == Search::Outcome::kEvaluate) {
      cache_key_.reset();
      stage_ = Stage::kWaiting;
      return true;
    }
    simulations_.add(1);
    terminal_leaves_.add(1);
    --allowance;
  }
  return false;
}

void Slot::prefetch(int step) const {
  if (step > 0) return search_.prefetch(leaf_, step - 1);
  const auto* const end = reinterpret_cast<const std::byte*>(&canonical_);
  for (auto* line = reinterpret_cast<const std::byte*>(this); line < end; line += 64) {
    __builtin_prefetch(line);
  }
}

const CacheKey& Slot::cache_key() {
  if (!cache_key_) {
    const std::uint64_t key =
        canonical_ ? canonical_->orient(leaf_) : state_.game().observation_key(leaf_.state.get());
    cache_key_ = {key, leaf_.num_legal};
  }
  return *cache_key_;
}

void Slot::write(const Row& row) {
  if (!canonical_) return leaf_.write(row);
  cache_key();  // chooses the orientation
  canonical_->write(leaf_, row);
}

void Slot::expand_and_back_up(const Answer& answer, Source source) {
  simulations_.add(search_.tree().empty() ? 0 : 1);
  Counter& counter = source == Source::kOwnRow  ? evaluations_
                     : source == Source::kCache ? cache_hits_
                                                : merged_;
  counter.add(1);
  // A leaf without a key was not turned: rollouts answered it.
  const bool turned = canonical_ && cache_key_;
  search_.expand_and_back_up(leaf_, turned ? canonical_->turned_back(leaf_, answer) : answer,
                             false);
  stage_ = Stage::kSearching;
}

void Slot::drop_search() {
  search_.clear();
  subtree_kept_ = false;
  if (stage_ != Stage::kIdle) stage_ = Stage::kNewSearch;
}

void Slot::configure() {
  drop_search();
  search_ = Search(plan_.game, plan_.search);
  canonical_.reset();
  if (settings().canonical) canonical_.emplace(plan_.game);
}

void Slot::begin_game(std::uint64_t id) {
  record_ = GameRecord{.game = state_.shared_game(), .id = id, .finished = false};
  record_.resign_off = resign_off();
  state_ = StateBox(state_.shared_game());
  subtree_kept_ = false;
  stage_ = Stage::kNewSearch;
}

// Drawn separately from the plies, whose numbers never reach 2^32.
bool Slot::resign_off() const {
  if (settings().resign_threshold <= 0.0) return false;
  return Rng(plan_.seed, record_.id, std::uint64_t{1} << 32).uniform() <
         settings().resign_off_share;
}

void Slot::begin_search() {
  rng_ = Rng(plan_.seed, record_.id, record_.plies.size());
  full_ = settings().full_search_share >= 1.0 || rng_.uniform() < settings().full_search_share;
  const int simulations = full_ ? search_.settings().simulations : settings().cheap_simulations;
  // Gumbel AlphaZero samples its move through the noise, so a cheap search needs it too.
  const Rule rule = search_.settings().rule;
  const bool noise = rule == Rule::kGumbel ||
                     (rule == Rule::kPuct && full_ && search_.settings().noise_fraction > 0.0);
  if (subtree_kept_ && !noise) {
    search_.restart_below(record_.plies.back().action, &rng_, simulations);
  } else {
    search_.start(state_.get(), &rng_, simulations, noise);
  }
  stage_ = Stage::kSearching;
}

double Slot::temperature() const {
  const double decay =
      std::exp2(-static_cast<double>(record_.plies.size()) / settings().temperature_half_life);
  return settings().temperature_final +
         (settings().temperature - settings().temperature_final) * decay;
}

void Slot::play() {
  const Game& game = state_.game();
  const int player = game.to_play(state_.get());
  PlyRecord ply;
  ply.action = search_.settings().rule == Rule::kGumbel
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
  subtree_kept_ = search_.settings().rule != Rule::kGumbel;
  stage_ = Stage::kNewSearch;
}

// Whether the last `resign_plies` search values of this player are all below the threshold.
bool Slot::wants_to_resign(int player) const {
  if (settings().resign_threshold <= 0.0) return false;
  StateBox state(state_.shared_game());
  std::vector<float> values;
  for (const PlyRecord& ply : record_.plies) {
    if (state.game().to_play(state.get()) == player) values.push_back(ply.value);
    state.game().apply(state.get(), ply.action);
  }
  const auto needed = static_cast<std::size_t>(settings().resign_plies);
  if (values.size() < needed) return false;
  return std::all_of(values.end() - settings().resign_plies, values.end(), [&](float value) {
    return static_cast<double>(value) < -settings().resign_threshold;
  });
}

void Slot::finish_game(int first_player_return, bool resigned) {
  record_.finished = true;
  record_.returns = static_cast<std::int8_t>(first_player_return);
  record_.resigned = resigned;
  games_.add(1);
  const std::uint64_t next = record_.id + static_cast<std::uint64_t>(settings().slots);
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
  total.merged += merged_.get();
  total.cache_hits += cache_hits_.get();
  total.terminal_leaves += terminal_leaves_.get();
  total.plies += plies_.get();
  total.games += games_.get();
}

Rng Slot::rollout_rng(std::uint64_t seed) const {
  return {mix64(seed) ^ record_.plies.size(), record_.id,
          static_cast<std::uint64_t>(search_.tree().size())};
}

}  // namespace zero
