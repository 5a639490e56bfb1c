#include "selfplay/native/search/search.hpp"

#include <algorithm>
#include <cmath>

#include "selfplay/native/search/gumbel_schedule.hpp"

namespace zero {

namespace {

// Checks win, draw and loss from an evaluator. The negated form catches NaN.
void check_probabilities(const float* wdl) {
  const float sum = wdl[0] + wdl[1] + wdl[2];
  const float least = std::min({wdl[0], wdl[1], wdl[2]});
  if (!(std::abs(sum - 1.0F) <= 1e-2F) || !(least >= -1e-3F)) {
    throw GameError("the evaluator answered win, draw, loss = " + std::to_string(wdl[0]) + ", " +
                    std::to_string(wdl[1]) + ", " + std::to_string(wdl[2]) +
                    ", which are no probabilities");
  }
}

}  // namespace

Search::Search(std::shared_ptr<const Game> game, std::shared_ptr<const PreparedSettings> prepared)
    : prepared_(std::move(prepared)), root_state_(std::move(game)) {}

void Search::start(const StateBytes* root, Rng* rng, int simulations, bool noise) {
  game().assign(root_state_.get(), root);
  tree_.clear();
  rng_ = rng;
  tie_break_seed_ = rng->state();
  simulations_ = simulations;
  noise_ = noise;
  root_proof_ = kUnproven;
}

void Search::restart_below(Action action, Rng* rng, int simulations) {
  game().apply(root_state_.get(), action);
  rng_ = rng;
  tie_break_seed_ = rng->state();
  simulations_ = simulations;
  noise_ = false;
  root_proof_ = kUnproven;
  std::int32_t child = kUnvisited;
  if (!tree_.empty()) {
    for (const Edge& edge : tree_.edges(tree_.root())) {
      if (edge.action == action) child = edge.child;
    }
  }
  // The schedule of a Gumbel search starts from a root without visits.
  if (child >= 0 && settings().rule != Rule::kGumbel) {
    tree_.keep_subtree(child);
    root_proof_ = tree_.proof(tree_.root());
    prepare_root();
  } else {
    tree_.clear();
  }
}

SelectionContext Search::context() const {
  return {settings(), prepared_->tables, tie_break_seed_, gumbel_, considered_visits_};
}

void Search::prefetch(const Leaf& leaf, int step) const {
  if (step == 0) {
    tree_.prefetch_ends();
    for (const void* buffer :
         {static_cast<const void*>(leaf.path.data()), static_cast<const void*>(leaf.actions.data()),
          static_cast<const void*>(leaf.legal.data()), static_cast<const void*>(leaf.state.get()),
          static_cast<const void*>(root_state_.get())}) {
      __builtin_prefetch(buffer);
    }
    return;
  }
  for (const Leaf::Step at : leaf.path) {
    if (at.node >= tree_.size()) return;  // after clear(), or in a new tree
    step == 1 ? tree_.prefetch_node(at.node) : tree_.prefetch_edges(at.node);
  }
}

Search::Outcome Search::next_leaf(Leaf& leaf, bool virtual_loss) {
  leaf.path.clear();
  leaf.actions.clear();
  if (tree_.empty()) {
    game().assign(leaf.state.get(), root_state_.get());
    return reach_leaf(leaf, virtual_loss);
  }
  switch (settings().rule) {
    case Rule::kPuct:
      return descend<Puct>(leaf, virtual_loss);
    case Rule::kGumbel:
      return descend<Gumbel>(leaf, virtual_loss);
    default:
      return descend<Uct>(leaf, virtual_loss);
  }
}

template <typename Selection>
Search::Outcome Search::descend(Leaf& leaf, bool virtual_loss) {
  const SelectionContext selection = context();
  std::int32_t index = 0;
  while (true) {
    leaf.path.push_back({index, Selection::select(selection, tree_, index)});
    const Edge& edge = edge_of(leaf.path.back());
    leaf.actions.push_back(edge.action);
    if (edge.child == kPending) return Outcome::kCollision;
    if (edge.proven()) {
      back_up_exact(leaf, edge.proof, tree_.node(index).player);
      return Outcome::kBackedUp;
    }
    if (edge.child == kUnvisited) break;
    index = edge.child;
    const Node& child = tree_.node(index);
    if (child.terminal()) {
      back_up(leaf, child.total, child.player, false);
      return Outcome::kBackedUp;
    }
  }
  game().replay(leaf.state.get(), root_state_.get(), leaf.actions);
  return reach_leaf(leaf, virtual_loss);
}

Search::Outcome Search::reach_leaf(Leaf& leaf, bool virtual_loss) {
  const Game& rules = game();
  const StateBytes* state = leaf.state.get();
  leaf.num_legal = rules.legal_actions(state, leaf.legal.data());
  if (leaf.num_legal == 0) {
    const int player = rules.to_play(state);
    const int first_player_return = rules.returns(state);
    const double value = player == 0 ? first_player_return : -first_player_return;
    edge_of(leaf.path.back()).child = tree_.add(value, player, {});
    if (settings().solver && settings().rule != Rule::kGumbel) {
      back_up_exact(leaf, value, player);
    } else {
      back_up(leaf, value, player, false);
    }
    return Outcome::kBackedUp;
  }
  if (virtual_loss) {
    if (!leaf.path.empty()) edge_of(leaf.path.back()).child = kPending;
    add_virtual_loss(leaf, 1.0);
  }
  return Outcome::kEvaluate;
}

void Search::expand_and_back_up(const Leaf& leaf, const Answer& answer, bool virtual_loss) {
  const auto count = static_cast<std::size_t>(leaf.num_legal);
  check_probabilities(answer.wdl);
  if (!can_be_logits(answer.logits, count)) {
    throw GameError("the evaluator answered with logits that are no finite numbers");
  }
  const int player = game().to_play(leaf.state.get());
  const double value = static_cast<double>(answer.wdl[0]) - static_cast<double>(answer.wdl[2]);
  // Before the node is added: the next simulation first reads what is written here.
  if (!leaf.path.empty()) {
    edge_of(leaf.path.back()).child = tree_.size();
    if (virtual_loss) add_virtual_loss(leaf, -1.0);
    back_up(leaf, value, player, virtual_loss);
  }
  const std::int32_t index = tree_.add(value, player, std::span(leaf.legal).first(count));
  Scratch priors(padded(count));
  widen(answer.logits, count, priors.data());
  softmax(priors.data(), count);
  narrow(priors.data(), count, Node::kNone, tree_.priors(tree_.node(index)).data());
  if (leaf.path.empty()) {
    prepare_root();
  } else if (settings().rule == Rule::kPuct) {
    tree_.find_next(tree_.node(index));  // while its priors are in the cache
  }
}

// With virtual loss the visits were counted on the way down.
void Search::back_up(const Leaf& leaf, double value, int player, bool virtual_loss) {
  for (const Leaf::Step step : leaf.path) {
    Node& node = tree_.node(step.node);
    Edge& edge = edge_of(step);
    const double own_value = node.player == player ? value : -value;
    edge.total += own_value;
    node.total += own_value;
    if (!virtual_loss) {
      ++edge.visits;
      ++node.visits;
    }
    refresh(step);
  }
}

// Goes up the path. An exact value proves the edge above it. Once the edges of a node prove it, the
// proof is backed up instead of the value.
void Search::back_up_exact(const Leaf& leaf, double value, int player) {
  double first_player_value = player == 0 ? value : -value;
  bool exact = true;
  for (auto step = leaf.path.rbegin(); step != leaf.path.rend(); ++step) {
    Node& node = tree_.node(step->node);
    Edge& edge = edge_of(*step);
    const double own_value = node.player == 0 ? first_player_value : -first_player_value;
    edge.total += own_value;
    node.total += own_value;
    ++edge.visits;
    ++node.visits;
    if (exact) edge.proof = static_cast<std::int8_t>(own_value);
    refresh(*step);
    if (!exact) continue;
    const std::int8_t proof = tree_.proof(node);
    exact = proof != kUnproven;
    if (exact) first_player_value = node.player == 0 ? proof : -proof;
  }
  if (exact) root_proof_ = tree_.proof(tree_.root());
}

void Search::retract(const Leaf& leaf) {
  add_virtual_loss(leaf, -1.0);
  for (const Leaf::Step step : leaf.path) {
    Node& node = tree_.node(step.node);
    Edge& edge = edge_of(step);
    --node.visits;
    --edge.visits;
    if (edge.visits > 0) {
      refresh(step);
    } else if (settings().rule == Rule::kGumbel) {
      edge.child = kUnvisited;  // Gumbel expands all edges of a node together
    } else {
      tree_.unexpand(node, static_cast<std::size_t>(step.edge));
    }
  }
}

void Search::add_virtual_loss(const Leaf& leaf, double sign) {
  for (const Leaf::Step step : leaf.path) {
    Node& node = tree_.node(step.node);
    Edge& edge = edge_of(step);
    edge.total -= sign * settings().virtual_loss;
    node.total -= sign * settings().virtual_loss;
    if (sign > 0) {
      ++edge.visits;
      ++node.visits;
    }
    refresh(step);
  }
}

// Noise is drawn once per search, when the root's legal actions are known.
void Search::prepare_root() {
  const std::size_t count = tree_.root().num_legal;
  if (settings().rule == Rule::kGumbel) {
    tree_.expand_all(tree_.node(0));
    gumbel_.assign(count, 0.0);
    if (noise_) {
      for (double& g : gumbel_) g = settings().gumbel_scale * rng_->gumbel();
    }
    const int considered = std::min(settings().gumbel_considered, static_cast<int>(count));
    considered_visits_ = considered_visit_schedule(considered, simulations_);
  } else if (noise_ && settings().rule == Rule::kPuct && settings().noise_fraction > 0.0) {
    mix_noise();
  }
}

void Search::mix_noise() {
  const std::span<float> priors = tree_.priors(tree_.root());
  std::vector<double> noise(priors.size());
  rng_->dirichlet(settings().noise_concentration / static_cast<double>(priors.size()), noise);
  const double fraction = settings().noise_fraction;
  for (std::size_t i = 0; i < priors.size(); ++i) {
    const double mixed = (1.0 - fraction) * static_cast<double>(priors[i]) + fraction * noise[i];
    priors[i] = static_cast<float>(mixed);
  }
}

}  // namespace zero
