// The rows that travel between the tree search and the evaluator.
// A search writes the packed observation and the legal actions of its leaf into a row and reads
// the answer from the same row. There is no queue and no lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "games/native/core/game.hpp"

namespace zero {

// One row, which a search fills with its leaf.
struct Row {
  std::uint64_t* planes;
  float* scalars;
  Action* actions;      // legal actions in ascending order
  std::int32_t* count;  // their number; 0 = nothing to evaluate (padding)
  const StateBytes** state;
};

// An evaluator's answer for one position.
struct Answer {
  const float* logits;  // one a legal action
  const float* wdl;     // probabilities of win, draw and loss for the player to move
};

struct Batch {
  Batch(std::shared_ptr<const Game> game, int rows)
      : game(std::move(game)),
        rows(rows),
        words(static_cast<std::size_t>(this->game->spec().observation.words())),
        scalars_per_row(static_cast<std::size_t>(this->game->spec().observation.scalars)),
        max_legal(static_cast<std::size_t>(this->game->spec().max_legal_actions)) {
    const auto n = static_cast<std::size_t>(rows);
    planes.resize(n * words);
    scalars.resize(n * scalars_per_row);
    actions.resize(n * max_legal);
    counts.resize(n);
    states.resize(n, nullptr);
    logits.resize(n * max_legal);
    wdl.resize(n * 3);
  }

  Row row(int index) {
    const auto i = static_cast<std::size_t>(index);
    return {.planes = planes.data() + i * words,
            .scalars = scalars.data() + i * scalars_per_row,
            .actions = actions.data() + i * max_legal,
            .count = counts.data() + i,
            .state = states.data() + i};
  }
  Answer answer(int index) const {
    const auto i = static_cast<std::size_t>(index);
    return {.logits = logits.data() + i * max_legal, .wdl = wdl.data() + i * 3};
  }
  // Turns all rows into padding.
  void clear() {
    std::fill(counts.begin(), counts.end(), 0);
    std::fill(states.begin(), states.end(), nullptr);
  }

  std::shared_ptr<const Game> game;
  int rows;
  std::size_t words;
  std::size_t scalars_per_row;
  std::size_t max_legal;
  std::vector<std::uint64_t> planes;  // [rows, planes, words_per_plane]
  std::vector<float> scalars;         // [rows, scalars]
  std::vector<Action> actions;        // [rows, max_legal]
  std::vector<std::int32_t> counts;   // [rows]
  std::vector<const StateBytes*>
      states;                 // [rows]: the leaves, for evaluators that play on from there
  std::vector<float> logits;  // [rows, max_legal]
  std::vector<float> wdl;     // [rows, 3]
};

}  // namespace zero
