#include "selfplay/native/pool/group.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <span>
#include <utility>

#include "selfplay/native/search/evaluators.hpp"

namespace zero {
namespace {

constexpr int kPerChunk = 32;  // slots or rows: the unit of work of a thread
constexpr int kNoRow = -1;
constexpr int kAsks = -2;               // it waits, and rows are still to be given out
constexpr int kTogether = 16;           // slots that take turns: 4 and 8 were slower
constexpr std::size_t kRowsAhead = 16;  // whose places in the cache are asked for ahead of use
// So often all slots go on without an evaluation before one of what is in the cache is asked for.
constexpr int kTurnsWithoutEvaluation = 2;

int chunks_of(int count) { return (count + kPerChunk - 1) / kPerChunk; }

int actions_at_first(const std::shared_ptr<const Game>& game) {
  std::vector<Action> actions(static_cast<std::size_t>(game->spec().max_legal_actions));
  return game->legal_actions(StateBox(game).get(), actions.data());
}

void play_slot(Slot& slot, int batches, std::uint64_t seed, std::optional<std::uint64_t> limit,
               const std::vector<float>& logits, Rollout& rollout) {
  for (int batch = 0; batch < batches; ++batch) {
    int allowance = Slot::kWithoutEvaluation;
    if (!slot.advance(limit, allowance)) {
      if (slot.idle()) return;
      continue;
    }
    Rng rng = slot.rollout_rng(seed);
    const std::array<float, 3> wdl = rollout.play(slot.leaf_state(), rng);
    slot.receive({.logits = logits.data(), .wdl = wdl.data()}, Slot::Source::kOwnRow);
  }
}

}  // namespace

Group::Group(const PoolPlan& plan, int first, int end)
    : plan_(plan),
      batch_(plan.game, plan.settings.batch > 0 ? plan.settings.batch : end - first),
      team_(std::min(plan.threads, chunks_of(end - first))),
      row_of_(static_cast<std::size_t>(end - first), kNoRow) {
  for (int id = first; id < end; ++id) slots_.emplace_back(plan_, static_cast<std::uint64_t>(id));
  apply_settings();
}

void Group::apply_settings() {
  cache_.reset();
  const auto cache_bytes = static_cast<std::int64_t>(plan_.settings.cache_mib * (1 << 20));
  if (cache_bytes > 0) {
    const auto bytes = static_cast<std::size_t>(cache_bytes / plan_.settings.groups);
    cache_.emplace(bytes, actions_at_first(plan_.game));
  }
  const auto rows = static_cast<std::size_t>(batch_.rows);
  own_rows_ = !cache_ && rows == slots_.size();
  by_key_.assign(cache_ ? std::bit_ceil(2 * rows) : 0, kNoRow);
  asked_.clear();
  asked_.reserve(rows);
  for (int i = 0; own_rows_ && i < batch_.rows; ++i) asked_.push_back({i});
  questions_.resize(cache_ ? slots_.size() : 0);
}

void Group::configure() {
  drop_searches();
  apply_settings();
  for (Slot& slot : slots_) slot.configure();
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

// Calls task(begin, end) for all chunks of what is below `count`, on different threads.
void Group::for_chunks(int count, const std::function<void(int, int)>& task) {
  team_.run(chunks_of(count),
            [&](int chunk) { task(chunk * kPerChunk, std::min(count, (chunk + 1) * kPerChunk)); });
}

// Puts the answers of the batch into the cache. Each thread has a part of its index, so that what
// stands in a bucket does not depend on the threads.
void Group::remember() {
  if (!std::exchange(answered_, false)) return;
  for (Asked& asked : asked_) asked.place = cache_->reserve(asked.question);
  const auto parts = static_cast<std::size_t>(team_.size());
  team_.run(team_.size(), [&](int part) {
    const std::size_t begin = cache_->buckets() * static_cast<std::size_t>(part) / parts;
    const std::size_t end = cache_->buckets() * static_cast<std::size_t>(part + 1) / parts;
    const auto is_here = [&](const Asked& asked) {
      const std::size_t bucket = cache_->bucket_of(asked.question);
      return bucket >= begin && bucket < end;
    };
    for (std::size_t row = 0; row < asked_.size(); ++row) {
      const std::size_t later = row + kRowsAhead;
      if (later < asked_.size() && is_here(asked_[later])) cache_->prefetch(asked_[later].question);
      const Asked& asked = asked_[row];
      if (!is_here(asked)) continue;
      cache_->store(asked.question, batch_.answer(static_cast<int>(row)), asked.place);
    }
  });
}

// Gives a slot the answer that it waits for, if its leaf was in the batch.
void Group::deliver(int index) {
  const int row = std::exchange(row_of_[static_cast<std::size_t>(index)], kNoRow);
  if (row < 0) return;  // none, or a round that ended in an exception before rows were given out
  const bool own = asked_[static_cast<std::size_t>(row)].slot == index;
  slot(index).receive(batch_.answer(row),
                      own ? Slot::Source::kOwnRow : Slot::Source::kRowOfAnother);
}

// Since their last turn, other slots have filled the cache of the processor.
void Group::prefetch_after(int index) {
  // What follows the chunk may be another thread's at this moment.
  const int end = std::min(static_cast<int>(slots_.size()), (index / kPerChunk + 1) * kPerChunk);
  for (int step = 0; step < Slot::kPrefetchSteps; ++step) {
    const int next = index + Slot::kPrefetchSteps - step;
    if (next < end) slot(next).prefetch(step);
  }
}

// Takes slots to where they need an evaluation. With a cache, they take a simulation each in turn:
// while one's answer comes from a memory far larger than the processor's own, the others go on.
void Group::advance_slots(int begin, int end, std::optional<std::uint64_t> limit) {
  struct Turn {
    int slot;
    int allowance;
    const float* place;
  };
  std::array<Turn, kTogether> turns;
  std::size_t count = 0;
  const auto asks = [&](Turn& turn) {
    if (!slot(turn.slot).advance(limit, turn.allowance) || !cache_) return false;
    cache_->prefetch(slot(turn.slot).question());
    return true;
  };
  for (int i = begin; i < end; ++i) {
    prefetch_after(i);
    deliver(i);
    // Equal leaves share a row: what the cache has learnt since is no answer to one without a row.
    if (slot(i).waiting()) continue;
    turns[count] = {i, Slot::kWithoutEvaluation, nullptr};
    if (asks(turns[count])) ++count;
  }
  while (count > 0) {
    for (Turn& turn : std::span(turns).first(count)) {
      turn.place = cache_->locate(slot(turn.slot).question());
    }
    std::size_t left = 0;
    for (Turn& turn : std::span(turns).first(count)) {
      const std::optional<Answer> known = cache_->read(turn.place, slot(turn.slot).question());
      if (!known) continue;
      slot(turn.slot).receive(*known, Slot::Source::kCache);
      --turn.allowance;
      if (asks(turn)) turns[left++] = turn;
    }
    count = left;
  }
}

int Group::advance(std::optional<std::uint64_t> limit) {
  remember();
  batch_.clear();
  std::atomic<int> waiting = 0;
  std::atomic<int> playing = 0;
  // A group whose every slot met only terminal leaves has nothing to evaluate, but goes on.
  int turns = 0;
  do {
    playing = 0;
    for_chunks(static_cast<int>(slots_.size()), [&](int begin, int end) {
      for (int i = begin; i < end; i += kTogether) {
        advance_slots(i, std::min(i + kTogether, end), limit);
      }
      int asking = 0;
      int others = 0;
      for (int i = begin; i < end; ++i) {
        if (take_stock(i)) {
          ++asking;
        } else if (!slot(i).idle()) {
          ++others;
        }
      }
      waiting += asking;
      playing += others;
    });
    ++turns;
    if (waiting == 0 && cache_ && turns >= kTurnsWithoutEvaluation) waiting = ask_anyway(limit);
  } while (waiting == 0 && playing > 0);
  if (own_rows_) return waiting;
  choose_rows();
  for_chunks(static_cast<int>(asked_.size()), [&](int begin, int end) {
    for (int row = begin; row < end; ++row) {
      slot(asked_[static_cast<std::size_t>(row)].slot).write(batch_.row(row));
    }
  });
  answered_ = cache_.has_value();
  return static_cast<int>(asked_.size());
}

// Notes what a slot asks for, while it is at hand. Returns whether it waits.
bool Group::take_stock(int index) {
  if (!slot(index).waiting()) return false;
  const auto i = static_cast<std::size_t>(index);
  row_of_[i] = own_rows_ ? index : kAsks;
  if (own_rows_) slot(index).write(batch_.row(index));
  if (cache_) questions_[i] = slot(index).question();
  return true;
}

// Has one slot ask for what may be in the cache. Where that knows everything (the boards of
// tic-tac-toe soon are few), a round would else have no end. Returns whether there is one.
bool Group::ask_anyway(std::optional<std::uint64_t> limit) {
  for (int i = 0; i < static_cast<int>(slots_.size()); ++i) {
    int allowance = Slot::kWithoutEvaluation;
    if (slot(i).advance(limit, allowance)) return take_stock(i);
  }
  return false;
}

// Gives the leaves that wait rows of the batch, until it is full; with a cache, equal leaves one.
void Group::choose_rows() {
  const std::size_t slots = slots_.size();
  const auto begin = static_cast<std::size_t>(first_);
  bool full = false;
  asked_.clear();
  std::fill(by_key_.begin(), by_key_.end(), kNoRow);
  for (std::size_t k = begin; k < begin + slots; ++k) {
    const std::size_t index = k < slots ? k : k - slots;
    if (std::exchange(row_of_[index], kNoRow) != kAsks) continue;
    int own_row = kNoRow;
    const Question question = cache_ ? questions_[index] : Question{};
    int& row = cache_ ? row_for(question) : own_row;
    if (row == kNoRow) {
      if (static_cast<int>(asked_.size()) == batch_.rows) {
        if (!std::exchange(full, true)) first_ = static_cast<int>(index);
        continue;
      }
      row = static_cast<int>(asked_.size());
      asked_.push_back({static_cast<int>(index), question});
    }
    row_of_[index] = row;
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

int Group::play_rollouts(int batches, std::uint64_t seed, std::optional<std::uint64_t> limit) {
  remember();
  const std::vector<float> logits(batch_.max_legal, 0.0F);
  std::atomic<int> playing = 0;
  for_chunks(static_cast<int>(slots_.size()), [&](int begin, int end) {
    Rollout rollout(plan_.game);
    for (int i = begin; i < end; ++i) {
      deliver(i);
      play_slot(slot(i), batches, seed, limit, logits, rollout);
      if (!slot(i).idle()) playing.fetch_add(1, std::memory_order_relaxed);
    }
  });
  return playing;
}

}  // namespace zero
