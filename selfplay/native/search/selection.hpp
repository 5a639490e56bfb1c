// The three selection rules: which edge a simulation follows. One search loop serves all of them.
//
//   Puct    AlphaZero (Silver et al. 2018), with an exploration rate that grows with log N
//   Gumbel  Gumbel AlphaZero (Danihelka et al. 2022), in the conventions of DeepMind's mctx
//   Uct     UCB1 applied to trees (Kocsis & Szepesvari 2006), for search with rollouts
//
// Arithmetic is IEEE double in a fixed order, and ties go to the lowest index. So the trees equal
// those of the plain-Python reference (selfplay/reference) bit for bit.
#pragma once

#include <cfloat>
#include <cmath>
#include <limits>
#include <string>

#include "selfplay/native/search/settings.hpp"
#include "selfplay/native/search/tree.hpp"

namespace zero {

// Every node of every simulation needs ln(N) and c(N) sqrt(N), where
// c(N) = ln((1 + N + c_base) / c_base) + c_init. They are kept for small N.
class VisitTables {
 public:
  VisitTables(double c_init, double c_base) : c_init_(c_init), c_base_(c_base) {
    for (int n = 0; n < kSize; ++n) {
      exploration_[n] = compute_exploration(n);
      log_[n] = std::log(static_cast<double>(n));
    }
  }
  float exploration(int n) const { return n < kSize ? exploration_[n] : compute_exploration(n); }
  double log(int n) const { return n < kSize ? log_[n] : std::log(static_cast<double>(n)); }

 private:
  static constexpr int kSize = 2048;
  float compute_exploration(int n) const {
    const double rate = std::log((1.0 + n + c_base_) / c_base_) + c_init_;
    return static_cast<float>(rate * std::sqrt(static_cast<double>(n)));
  }
  double c_init_;
  double c_base_;
  float exploration_[kSize];
  double log_[kSize];
};

// The settings of a search and the tables computed from them. All searches of a pool or a batch
// share one.
struct PreparedSettings {
  // Throws GameError for noise that would make a prior negative or NaN: the tree would take the
  // action for one that was expanded.
  explicit PreparedSettings(const SearchSettings& of) : settings(of), tables(of.c_init, of.c_base) {
    if (!(of.noise_fraction >= 0.0 && of.noise_fraction <= 1.0)) {
      throw GameError("noise_fraction=" + std::to_string(of.noise_fraction) + ": give 0 to 1");
    }
    if (!(of.noise_concentration > 0.0 && of.noise_concentration <= 1e6)) {
      throw GameError("noise_concentration=" + std::to_string(of.noise_concentration) +
                      ": give above 0, to 1e6");
    }
  }

  SearchSettings settings;
  VisitTables tables;
};

// What selection needs besides the tree; the same for all nodes of a search.
struct SelectionContext {
  const SearchSettings& settings;
  const VisitTables& tables;
  std::uint64_t tie_break_seed;            // Uct
  std::span<const double> gumbel;          // Gumbel: noise of the root's edges
  std::span<const int> considered_visits;  // Gumbel: schedule of the root
};

// Index of the first largest score.
template <typename Score>
int argmax(int count, Score&& score) {
  int best = 0;
  double best_score = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < count; ++i) {
    const double s = score(i);
    if (s > best_score) {
      best_score = s;
      best = i;
    }
  }
  return best;
}

// A selection rule chooses the edge of a node that a simulation follows, and expands it if needed.
// It returns the edge's place among the expanded edges.

// In float32. The parts of a score that depend on the edge are stored with it. Unexpanded edges
// share one first-play value, so only the one with the largest prior is compared.
struct Puct {
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  static int select(const SelectionContext& context, Tree& tree, std::int32_t index) {
    Node& node = tree.node(index);
    if (node.expanded < node.num_legal && !node.has_next()) tree.find_next(node);
    const float exploration = context.tables.exploration(node.visits);
    const float* const q = tree.blocks().q(node.block());
    const float* const explore = tree.blocks().explore(node.block());
    std::size_t best = 0;
    float best_score = -kInfinity;
    for (std::size_t row = 0; row < node.expanded; row += kColumns) {
      // Columns behind the last edge belong to the same block and do not count.
      const Floats all = load<Floats>(q + row) + exploration * load<Floats>(explore + row);
      const auto rest = static_cast<std::int32_t>(node.expanded - row);
      const Floats scores = column_numbers() < rest ? all : Floats{} - kInfinity;
      const float score = highest(scores);
      if (score > best_score) {
        best_score = score;
        best = row + first_equal(scores, score);
      }
    }
    if (!node.has_next()) return static_cast<int>(best);
    const float bonus = exploration * node.next_prior;
    // It usually loses even without the reduction, which is slower to compute.
    if (static_cast<float>(node.mean_value()) + bonus <= best_score) return static_cast<int>(best);
    if (first_play_value(context, tree, index) + bonus <= best_score) return static_cast<int>(best);
    tree.expand_next(node);
    return node.expanded - 1;
  }

 private:
  static float first_play_value(const SelectionContext& context, const Tree& tree,
                                std::int32_t index) {
    const Node& node = tree.node(index);
    const double reduction =
        index == 0 ? context.settings.root_fpu_reduction : context.settings.fpu_reduction;
    if (reduction == 0.0) return static_cast<float>(node.mean_value());
    double visited = 0.0;
    for (const Edge& edge : tree.edges(node)) visited += static_cast<double>(edge.prior);
    return static_cast<float>(node.mean_value() - reduction * std::sqrt(visited));
  }
};

struct Uct {
  static int select(const SelectionContext& context, Tree& tree, std::int32_t index) {
    Node& node = tree.node(index);
    if (node.expanded < node.num_legal) {
      tree.set_next(node, random_unexpanded(context, tree, node, index));
      tree.expand_next(node);
      return node.expanded - 1;
    }
    const std::span<const Edge> edges = tree.edges(node);
    const double log_visits = context.tables.log(node.visits);
    return argmax(node.expanded, [&](int i) {
      const Edge& edge = edges[static_cast<std::size_t>(i)];
      if (edge.proven_lost()) return -std::numeric_limits<double>::infinity();
      return edge.q() + context.settings.uct_c * std::sqrt(log_visits / edge.visits);
    });
  }

 private:
  // Unexpanded edges come first, in a random order that differs from node to node.
  static std::size_t random_unexpanded(const SelectionContext& context, const Tree& tree,
                                       const Node& node, std::int32_t index) {
    const std::span<const Action> actions = tree.actions(node);
    const std::span<const float> priors = tree.priors(node);
    const std::uint64_t salt = static_cast<std::uint64_t>(index) * 1000003;
    std::size_t best = actions.size();
    std::uint64_t best_key = 0;
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::uint64_t key = mix64(context.tie_break_seed ^ (salt + actions[i]));
      if (priors[i] < 0.0F || (best < actions.size() && key <= best_key)) continue;
      best = i;
      best_key = key;
    }
    return best;
  }
};

// Uninitialised room for doubles, on the stack unless a position has very many actions.
class Scratch {
 public:
  explicit Scratch(std::size_t size) {
    if (size > kSmall) large_.resize(size);
  }
  double* data() { return large_.empty() ? small_ : large_.data(); }

 private:
  static constexpr std::size_t kSmall = 128;
  double small_[kSmall];
  std::vector<double> large_;
};

struct Gumbel {
  // sigma(completed q) of every edge (Danihelka et al., eq. 8 and 10, and appendix D for v_mix;
  // rescaled to [0, 1] as mctx does). `out` has room for all edges.
  static void completed_q(const SearchSettings& settings, double value, std::span<const Edge> edges,
                          double* out) {
    int sum_visits = 0;
    int max_visits = 0;
    double sum_priors = 0.0;
    for (const Edge& edge : edges) {
      sum_visits += edge.visits;
      max_visits = std::max(max_visits, edge.visits);
      if (edge.visits > 0) sum_priors += prior(edge);
    }
    double weighted_q = 0.0;
    for (const Edge& edge : edges) {
      if (edge.visits > 0) weighted_q += prior(edge) * edge.q() / sum_priors;
    }
    const double mixed = (value + sum_visits * weighted_q) / (sum_visits + 1);
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      out[i] = edges[i].visits > 0 ? edges[i].q() : mixed;
      low = std::min(low, out[i]);
      high = std::max(high, out[i]);
    }
    const double range = std::max(high - low, 1e-8);
    const double scale = (settings.maxvisit_init + max_visits) * settings.value_scale;
    for (std::size_t i = 0; i < edges.size(); ++i) out[i] = scale * ((out[i] - low) / range);
  }

  static double logit(const Edge& edge) { return std::log(prior(edge)); }

  // The improved policy softmax(logit + sigma(completed q)) (eq. 11). `out` has room for
  // padded(edges) numbers.
  static void improved_policy(const SearchSettings& settings, double value,
                              std::span<const Edge> edges, double* out) {
    completed_q(settings, value, edges, out);
    for (std::size_t i = 0; i < edges.size(); ++i) out[i] = logit(edges[i]) + out[i];
    std::fill(out + edges.size(), out + padded(edges.size()),
              -std::numeric_limits<double>::infinity());
    softmax(out, edges.size());
  }

  // The root's edge with the largest g + logit + sigma(completed q) among those with `visits`.
  static int best_root_edge(const SelectionContext& context, const Tree& tree, int visits) {
    const Node& root = tree.root();
    const std::span<const Edge> edges = tree.edges(root);
    Scratch scores(root.num_legal);
    completed_q(context.settings, tree.value(root), edges, scores.data());
    double high = -std::numeric_limits<double>::infinity();
    for (const Edge& edge : edges) high = std::max(high, logit(edge));
    return argmax(root.num_legal, [&](int i) {
      const auto e = static_cast<std::size_t>(i);
      if (edges[e].visits != visits) return -std::numeric_limits<double>::infinity();
      const double score = context.gumbel[e] + (logit(edges[e]) - high) + scores.data()[e];
      return std::max(-1e9, score);
    });
  }

  // The policy weighs all edges, so all are expanded, by ascending action.
  static int select(const SelectionContext& context, Tree& tree, std::int32_t index) {
    Node& node = tree.node(index);
    if (node.expanded == 0) tree.expand_all(node);
    if (index == 0) {
      const auto simulation = static_cast<std::size_t>(node.visits - 1);
      return best_root_edge(context, tree, context.considered_visits[simulation]);
    }
    const std::span<const Edge> edges = tree.edges(node);
    Scratch policy(padded(node.num_legal));
    improved_policy(context.settings, tree.value(node), edges, policy.data());
    return argmax(node.num_legal, [&](int i) {
      const auto e = static_cast<std::size_t>(i);
      return policy.data()[e] - static_cast<double>(edges[e].visits) / node.visits;
    });
  }

 private:
  static double prior(const Edge& edge) {
    return std::max(static_cast<double>(edge.prior), static_cast<double>(FLT_MIN));
  }
};

}  // namespace zero
