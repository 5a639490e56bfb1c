// Reads the results from a search tree: the value, the action to play, the training target.
#include "selfplay/native/search/result.hpp"

#include <algorithm>
#include <cmath>

#include "selfplay/native/search/search.hpp"

namespace zero {

double Search::value() const {
  return root_proof_ != kUnproven ? root_proof_ : tree_.root().mean_value();
}

bool Search::playable(const Edge& edge) const {
  if (root_proof_ == 1) return edge.proof == 1;
  return root_proof_ == -1 || !edge.proven_lost();
}

std::vector<float> Search::policy_target() const {
  const std::vector<Edge> edges = tree_.edges_by_action(tree_.root());
  std::vector<float> policy(edges.size());
  if (settings().rule == Rule::kGumbel) {
    std::vector<double> improved(padded(edges.size()));
    Gumbel::improved_policy(settings(), tree_.value(tree_.root()), edges, improved.data());
    std::transform(improved.begin(), improved.begin() + static_cast<std::ptrdiff_t>(edges.size()),
                   policy.begin(), [](double p) { return static_cast<float>(p); });
    return policy;
  }
  int visits = 0;
  double priors = 0.0;
  for (const Edge& edge : edges) {
    if (!playable(edge)) continue;
    visits += edge.visits;
    priors += static_cast<double>(edge.prior);
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!playable(edges[i])) continue;
    policy[i] = static_cast<float>(visits > 0 ? static_cast<double>(edges[i].visits) / visits
                                              : static_cast<double>(edges[i].prior) / priors);
  }
  return policy;
}

Action Search::best_action() const {
  const std::vector<Edge> edges = tree_.edges_by_action(tree_.root());
  const int most = most_visits();
  if (settings().rule == Rule::kGumbel) {
    const int best = Gumbel::best_root_edge(context(), tree_, most);
    return edges[static_cast<std::size_t>(best)].action;
  }
  const Edge* best = nullptr;
  for (const Edge& edge : edges) {
    if (edge.visits != most || !playable(edge)) continue;
    if (best == nullptr || edge.prior > best->prior) best = &edge;
  }
  return best->action;
}

int Search::most_visits() const {
  int most = 0;
  for (const Edge& edge : tree_.edges(tree_.root())) {
    if (playable(edge)) most = std::max(most, edge.visits);
  }
  return most;
}

Action Search::sample_action(double temperature, Rng& rng) const {
  const int most = most_visits();
  if (temperature < 1e-3 || most == 0) return best_action();
  const std::vector<Edge> edges = tree_.edges_by_action(tree_.root());
  std::vector<double> weights(edges.size(), 0.0);
  double total = 0.0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!playable(edges[i])) continue;
    weights[i] = std::pow(static_cast<double>(edges[i].visits) / most, 1.0 / temperature);
    total += weights[i];
  }
  const double target = rng.uniform() * total;
  double cumulative = 0.0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    cumulative += weights[i];
    if (cumulative > target) return edges[i].action;
  }
  return best_action();
}

SearchResult Search::result() const {
  SearchResult out;
  const Node& root = tree_.root();
  const std::vector<Edge> edges = tree_.edges_by_action(root);
  out.value = value();
  out.proven = root_proof_ != kUnproven;
  out.raw_value = tree_.value(root);
  out.simulations = root.visits - 1;
  for (const Edge& edge : edges) {
    out.actions.push_back(edge.action);
    out.visits.push_back(edge.visits);
    out.priors.push_back(edge.prior);
    out.q.push_back(static_cast<float>(edge.visits > 0 ? edge.q() : out.value));
  }
  out.policy = policy_target();
  out.action = best_action();
  out.principal_variation = principal_variation(static_cast<Action>(out.action));
  return out;
}

// Follows the most visited edge of every node below the root's `first`; ties go to the lowest
// action.
std::vector<int> Search::principal_variation(Action first) const {
  std::vector<int> line;
  const Node* node = &tree_.root();
  while (true) {
    const Edge* best = nullptr;
    for (const Edge& edge : tree_.edges(*node)) {
      if (line.empty() ? edge.action != first : edge.visits == 0) continue;
      const bool better = best == nullptr || edge.visits > best->visits ||
                          (edge.visits == best->visits && edge.action < best->action);
      if (better) best = &edge;
    }
    if (best == nullptr || best->visits == 0) return line;
    line.push_back(best->action);
    if (best->child < 0) return line;
    node = &tree_.node(best->child);
  }
}

}  // namespace zero
