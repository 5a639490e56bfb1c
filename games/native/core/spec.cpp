#include "games/native/core/spec.hpp"

#include <algorithm>

#include "games/native/core/errors.hpp"

namespace zero {
namespace {

constexpr int kMostActions = 1 << 16;

int actions_of(const ActionLayout& layout) {
  const int squares = layout.height * layout.width;
  if (layout.kind == "points") return squares;
  if (layout.kind == "points_and_pass") return squares + 1;
  if (layout.kind == "planes") return squares * layout.planes;
  return layout.width;
}

std::vector<std::string> letter_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(1, static_cast<char>('a' + i));
  return names;
}

void complete_board(BoardSpec& board, const ActionLayout& layout) {
  if (board.style == "none") return;
  const bool columns_only = layout.kind == "columns";
  if (board.height == 0) board.height = layout.height;
  if (board.width == 0) board.width = layout.width;
  if (board.columns.empty()) {
    const bool numbers = columns_only || board.width > kMostLetters;
    board.columns = numbers ? number_names(board.width) : letter_names(board.width);
  }
  if (board.rows.empty() && !columns_only) board.rows = number_names(board.height);
}

}  // namespace

std::vector<std::string> number_names(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::string point_to_string(int point, int width) {
  std::string text(1, static_cast<char>('a' + point % width));
  text += std::to_string(point / width + 1);
  return text;
}

GameSpec completed(GameSpec spec) {
  if (spec.num_actions == 0) spec.num_actions = actions_of(spec.layout);
  if (spec.max_legal_actions == 0) {
    spec.max_legal_actions = std::min(spec.num_actions, kMostActions - 1);
  }
  ObservationShape& seen = spec.observation;
  if (seen.height == 0) seen.height = spec.layout.height;
  if (seen.width == 0) seen.width = spec.layout.width;
  complete_board(spec.board, spec.layout);
  if (spec.num_actions < 1 || spec.num_actions > kMostActions || spec.max_legal_actions < 1 ||
      spec.max_legal_actions >= kMostActions || std::min(seen.planes, seen.scalars) < 0 ||
      seen.planes + seen.scalars < 1 || std::min(seen.height, seen.width) < 1) {
    refuse(spec.name + ": actions, legal actions or observation are out of range");
  }
  return spec;
}

}  // namespace zero
