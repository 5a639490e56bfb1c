#include "selfplay/native/search/search_batch.hpp"

#include "selfplay/native/search/arguments.hpp"
#include "selfplay/native/search/evaluators.hpp"

namespace zero {

SearchBatch::SearchBatch(std::shared_ptr<const Game> game, const SearchSettings& settings, int rows)
    : game_(std::move(game)),
      settings_(checked(settings)),
      batch_(std::make_unique<Batch>(game_, checked_rows(rows))) {
  const auto tables = std::make_shared<const VisitTables>(settings_);
  entries_.reserve(static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) {
    entries_.push_back({Search(game_, tables), Leaf(game_), Rng(0), false});
  }
}

void SearchBatch::start(const std::vector<StateBox>& states,
                        const std::vector<std::uint64_t>& seeds, bool noise) {
  if (states.size() > entries_.size() || states.size() != seeds.size()) {
    throw GameError(std::to_string(states.size()) + " states with " + std::to_string(seeds.size()) +
                    " seeds do not fit a batch of " + std::to_string(entries_.size()) + " rows");
  }
  for (const StateBox& state : states) check_searchable(*game_, state);
  size_ = static_cast<int>(states.size());
  batch_->clear();
  for (std::size_t i = 0; i < states.size(); ++i) {
    Entry& entry = entries_[i];
    entry.rng = Rng(seeds[i], 0, 0);
    entry.waiting = false;
    entry.search.start(states[i].get(), &entry.rng, settings_.simulations, noise);
  }
}

bool SearchBatch::advance_row(int index) {
  Entry& entry = entries_[static_cast<std::size_t>(index)];
  const Row row = batch_->row(index);
  if (entry.waiting) entry.search.expand_and_back_up(entry.leaf, batch_->answer(index), false);
  entry.waiting = false;
  *row.count = 0;
  *row.state = nullptr;
  while (!entry.search.done()) {
    if (entry.search.next_leaf(entry.leaf, false) == Search::Outcome::kEvaluate) {
      entry.leaf.write(row);
      entry.waiting = true;
      return true;
    }
  }
  return false;
}

int SearchBatch::advance() {
  int waiting = 0;
  for (int i = 0; i < size_; ++i) waiting += advance_row(i);
  return waiting;
}

void SearchBatch::finish_uniformly() {
  while (advance() > 0) uniform_evaluate(*batch_);
}

const Search& SearchBatch::search(int row) const {
  if (row < 0 || row >= size_) throw GameError("row " + std::to_string(row) + " has no search");
  const Search& search = entries_[static_cast<std::size_t>(row)].search;
  if (search.tree().empty())
    throw GameError("row " + std::to_string(row) + " was not searched yet");
  return search;
}

}  // namespace zero
