#include "selfplay/native/search/thinker.hpp"

#include <algorithm>

#include "selfplay/native/search/arguments.hpp"

namespace zero {

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

// Pending edges and their virtual loss must not be shown, and must not stay in a tree that is kept.
Search Thinker::settled() const {
  Search search = search_;
  for (int i = waiting_; i > 0; --i) search.retract(leaves_[static_cast<std::size_t>(i - 1)]);
  return search;
}

SearchResult Thinker::result() const {
  if (search_.tree().empty()) throw GameError("nothing was searched yet");
  return settled().result();
}

void Thinker::take_answers() {
  for (int i = 0; i < waiting_; ++i) {
    search_.expand_and_back_up(leaves_[static_cast<std::size_t>(i)], batch_->answer(i), true);
  }
  waiting_ = 0;
}

int Thinker::advance() {
  take_answers();
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
