#include "selfplay/native/search/search_batch.hpp"

#include <algorithm>

#include "selfplay/native/search/evaluators.hpp"

namespace zero {
namespace {

void check_searchable(const Game& game, const StateBox& state) {
  if (&state.game() != &game) {
    throw GameError("a state of " + state.game().spec().name + " was given to a search of " +
                    game.spec().name);
  }
  if (state.game().is_terminal(state.get())) {
    throw GameError("the game is over at '" + state.game().to_string(state.get()) +
                    "'; there is nothing to search");
  }
}

int checked_rows(int rows) {
  if (rows < 1) throw GameError(std::to_string(rows) + " rows were asked for: give at least 1");
  return rows;
}

}  // namespace

SearchBatch::SearchBatch(std::shared_ptr<const Game> game, const SearchSettings& settings, int rows)
    : game_(std::move(game)),
      simulations_(settings.simulations),
      batch_(std::make_unique<Batch>(game_, checked_rows(rows))) {
  const auto prepared = std::make_shared<const PreparedSettings>(settings);
  entries_.reserve(static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) {
    entries_.push_back({Search(game_, prepared), Leaf(game_), Rng(0), false});
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
    entry.search.start(states[i].get(), &entry.rng, simulations_, noise);
  }
}

bool SearchBatch::advance_row(int index) {
  Entry& entry = entries_[static_cast<std::size_t>(index)];
  const Row row = batch_->row(index);
  if (entry.waiting) entry.search.receive(entry.leaf, batch_->answer(index), false);
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

Thinker::Thinker(std::shared_ptr<const Game> game, const SearchSettings& settings, int leaves)
    : batch_(std::make_unique<Batch>(game, checked_rows(leaves))),
      search_(game, std::make_shared<const PreparedSettings>(settings)) {
  if (settings.rule == Rule::kGumbel && leaves > 1) {
    throw GameError(
        "the rule 'gumbel' searches one leaf at a time; use 'puct' with several leaves");
  }
  leaves_.reserve(static_cast<std::size_t>(leaves));
  for (int i = 0; i < leaves; ++i) leaves_.emplace_back(game);
}

void Thinker::start(const StateBox& state, std::uint64_t seed) {
  check_searchable(search_.root_state().game(), state);
  waiting_ = 0;
  rng_ = Rng(seed, 0, 0);
  search_.start(state.get(), &rng_, search_.settings().simulations, false);
}

void Thinker::apply(Action action) {
  StateBox next = search_.root_state();
  std::vector<Action> legal(static_cast<std::size_t>(next.game().spec().max_legal_actions));
  legal.resize(static_cast<std::size_t>(next.game().legal_actions(next.get(), legal.data())));
  if (std::find(legal.begin(), legal.end(), action) == legal.end()) {
    throw GameError("action " + std::to_string(action) + " is not legal at '" +
                    next.game().to_string(next.get()) + "'");
  }
  next.game().apply(next.get(), action);
  check_searchable(next.game(), next);
  search_ = settled();
  waiting_ = 0;
  search_.restart_below(action, &rng_, search_.settings().simulations);
}

// A pending edge and its virtual loss must neither be shown nor survive the tree it stands in.
Search Thinker::settled() const {
  Search search = search_;
  for (int i = waiting_; i > 0; --i) search.retract(leaves_[static_cast<std::size_t>(i - 1)]);
  return search;
}

SearchResult Thinker::result() const {
  if (search_.tree().empty()) throw GameError("nothing was searched yet");
  return settled().result();
}

void Thinker::receive() {
  for (int i = 0; i < waiting_; ++i) {
    search_.receive(leaves_[static_cast<std::size_t>(i)], batch_->answer(i), true);
  }
  waiting_ = 0;
}

int Thinker::advance() {
  receive();
  batch_->clear();
  while (!search_.done() && waiting_ < batch_->rows) {
    Leaf& leaf = leaves_[static_cast<std::size_t>(waiting_)];
    const auto outcome = search_.next_leaf(leaf, true);
    if (outcome == Search::Outcome::kCollision) break;
    if (outcome == Search::Outcome::kBackedUp) continue;
    try {
      leaf.write(batch_->row(waiting_));
    } catch (...) {
      search_.retract(leaf);
      throw;
    }
    ++waiting_;
    if (search_.tree().empty()) break;  // the root comes alone
  }
  return waiting_;
}

}  // namespace zero
