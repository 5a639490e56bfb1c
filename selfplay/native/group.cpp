#include "group.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <utility>

#include "evaluators.hpp"

namespace zero {
namespace {

constexpr int kPerChunk = 32;  // slots or rows: the unit of work of a thread
constexpr int kNoRow = -1;
// So often all slots go on without an evaluation before one of what is in the cache is asked for.
constexpr int kTurnsWithoutEvaluation = 2;

int actions_at_first(const std::shared_ptr<const Game>& game) {
  std::vector<Action> actions(static_cast<std::size_t>(game->spec().max_legal_actions));
  return game->legal_actions(StateBox(game).get(), actions.data());
}

}  // namespace

Group::Group(std::shared_ptr<const Game> game, const PoolSettings& settings,
             std::shared_ptr<const VisitTables> tables, int first, int end)
    : game_(std::move(game)),
      settings_(settings),
      batch_(game_, settings.batch > 0 ? settings.batch : end - first),
      team_(settings.threads),
      row_of_(static_cast<std::size_t>(end - first), kNoRow) {
  for (int id = first; id < end; ++id) {
    slots_.emplace_back(game_, settings_, tables, static_cast<std::uint64_t>(id));
  }
  apply_settings();
}

void Group::apply_settings() {
  cache_.reset();
  if (settings_.cache_bytes > 0) {
    const auto bytes = static_cast<std::size_t>(settings_.cache_bytes / settings_.groups);
    cache_.emplace(bytes, actions_at_first(game_));
  }
  const auto rows = static_cast<std::size_t>(batch_.rows);
  own_rows_ = !cache_ && rows == slots_.size();
  by_key_.assign(cache_ ? std::bit_ceil(2 * rows) : 0, kNoRow);
  asked_.clear();
  asked_.reserve(rows);
  for (int i = 0; own_rows_ && i < batch_.rows; ++i) asked_.push_back({i, {}});
}

void Group::configure(const std::shared_ptr<const VisitTables>& tables) {
  drop_searches();
  apply_settings();
  for (Slot& slot : slots_) slot.configure(tables);
}

void Group::drop_searches() {
  for (Slot& slot : slots_) slot.drop_search();
  std::fill(row_of_.begin(), row_of_.end(), kNoRow);
  first_ = 0;  // what comes now is a function of the games in flight alone
  clear_cache();
}

void Group::clear_cache() {
  if (cache_) cache_->clear();
  answered_ = false;
}

// Calls task(i) for every i below `count`, chunks of them on different threads.
void Group::for_chunks(int count, const std::function<void(int)>& task) {
  team_.run((count + kPerChunk - 1) / kPerChunk, [&](int chunk) {
    const int end = std::min(count, (chunk + 1) * kPerChunk);
    for (int i = chunk * kPerChunk; i < end; ++i) task(i);
  });
}

// Puts the answers of the batch into the cache.
void Group::remember() {
  if (!std::exchange(answered_, false)) return;
  for (std::size_t row = 0; row < asked_.size(); ++row) {
    cache_->insert(asked_[row].question, batch_.answer(static_cast<int>(row)));
  }
}

// Gives a slot the answer that it waits for, if its leaf was in the batch.
void Group::deliver(int index) {
  const int row = std::exchange(row_of_[static_cast<std::size_t>(index)], kNoRow);
  if (row == kNoRow) return;
  slot(index).receive(batch_.answer(row), asked_[static_cast<std::size_t>(row)].slot != index);
}

// Since their last turn, other slots have filled the cache of the processor.
void Group::prefetch_after(int index) {
  const int end = static_cast<int>(slots_.size());
  for (int step = 0; step < Slot::kPrefetchSteps; ++step) {
    const int next = index + Slot::kPrefetchSteps - step;
    if (next < end) slot(next).prefetch(step);
  }
}

int Group::advance(std::optional<std::uint64_t> limit) {
  remember();
  batch_.clear();
  const EvaluationCache* const cache = cache_ ? &*cache_ : nullptr;
  std::atomic<int> waiting = 0;
  std::atomic<int> playing = 0;
  // A group whose every slot met only terminal leaves has nothing to evaluate, but goes on.
  int turns = 0;
  do {
    playing = 0;
    for_chunks(static_cast<int>(slots_.size()), [&](int i) {
      prefetch_after(i);
      deliver(i);
      if (slot(i).advance(limit, cache)) {
        waiting.fetch_add(1, std::memory_order_relaxed);
        if (!own_rows_) return;
        slot(i).write(batch_.row(i));
        row_of_[static_cast<std::size_t>(i)] = i;
      } else if (!slot(i).idle()) {
        playing.fetch_add(1, std::memory_order_relaxed);
      }
    });
    ++turns;
    if (waiting == 0 && cache != nullptr && turns >= kTurnsWithoutEvaluation) {
      waiting = ask_anyway(limit);
    }
  } while (waiting == 0 && playing > 0);
  if (own_rows_) return waiting;
  choose_rows();
  for_chunks(static_cast<int>(asked_.size()), [&](int row) {
    slot(asked_[static_cast<std::size_t>(row)].slot).write(batch_.row(row));
  });
  answered_ = cache != nullptr;
  return static_cast<int>(asked_.size());
}

// Has one slot ask for what may be in the cache. Where that knows everything (the boards of
// tic-tac-toe soon are few), a round would else have no end. Returns the number of slots that wait.
int Group::ask_anyway(std::optional<std::uint64_t> limit) {
  return std::any_of(slots_.begin(), slots_.end(),
                     [&](Slot& slot) { return slot.advance(limit, nullptr); });
}

// Gives the leaves that wait rows of the batch, until it is full; with a cache, equal leaves one.
void Group::choose_rows() {
  const int slots = static_cast<int>(slots_.size());
  const int begin = first_;
  bool full = false;
  asked_.clear();
  std::fill(by_key_.begin(), by_key_.end(), kNoRow);
  for (int k = 0; k < slots; ++k) {
    const int index = (begin + k) % slots;
    if (!slot(index).waiting()) continue;
    int own_row = kNoRow;
    const Question question = cache_ ? slot(index).question() : Question{};
    int& row = cache_ ? row_for(question) : own_row;
    if (row == kNoRow) {
      if (static_cast<int>(asked_.size()) == batch_.rows) {
        if (!std::exchange(full, true)) first_ = index;
        continue;
      }
      row = static_cast<int>(asked_.size());
      asked_.push_back({index, question});
    }
    row_of_[static_cast<std::size_t>(index)] = row;
  }
}

// Where the table has the row that asks the same, or has room for it.
int& Group::row_for(const Question& question) {
  const std::size_t mask = by_key_.size() - 1;
  std::size_t at = question.key & mask;
  while (by_key_[at] != kNoRow &&
         asked_[static_cast<std::size_t>(by_key_[at])].question != question) {
    at = (at + 1) & mask;
  }
  return by_key_[at];
}

int Group::play_rollouts(int rounds, std::uint64_t seed, std::optional<std::uint64_t> limit) {
  remember();
  const std::vector<float> logits(batch_.max_legal, 0.0F);
  std::atomic<int> playing = 0;
  for_chunks(static_cast<int>(slots_.size()), [&](int i) {
    deliver(i);
    Rollout rollout(game_);
    for (int round = 0; round < rounds; ++round) {
      if (!slot(i).advance(limit, nullptr)) {
        if (slot(i).idle()) break;
        continue;
      }
      Rng rng = slot(i).rollout_rng(seed);
      const std::array<float, 3> wdl = rollout.play(slot(i).leaf_state(), rng);
      slot(i).receive({.logits = logits.data(), .wdl = wdl.data()}, false);
    }
    if (!slot(i).idle()) playing.fetch_add(1, std::memory_order_relaxed);
  });
  return playing;
}

}  // namespace zero
