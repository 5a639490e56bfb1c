// The operations that a game may leave out, computed from those that it must have.
#include "games/native/core/game.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace zero {
namespace {

// Calls use(actions, count) with the legal actions, without an allocation if there are few.
template <typename Use>
auto with_legal_actions(const Game& game, const StateBytes* state, const Use& use) {
  std::array<Action, 512> few;
  const auto most = static_cast<std::size_t>(game.spec().max_legal_actions);
  if (most <= few.size()) return use(few.data(), game.legal_actions(state, few.data()));
  std::vector<Action> many(most);
  return use(many.data(), game.legal_actions(state, many.data()));
}

bool on_points(const ActionLayout& layout) {
  return layout.kind == "points" || layout.kind == "points_and_pass";
}

bool same_but_for_capitals(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, small, small);
}

}  // namespace

bool Game::is_terminal(const StateBytes* state) const {
  return with_legal_actions(*this, state, [](const Action*, int count) { return count == 0; });
}

std::string Game::ending(const StateBytes*) const { return {}; }

std::uint64_t Game::position_key(const StateBytes* state) const {
  return hash_of(to_string(state));
}

// Includes the legal actions, because the observation may not show everything that they depend on.
std::uint64_t Game::observation_key(const StateBytes* state) const {
  std::vector<std::uint64_t> planes(static_cast<std::size_t>(spec_.observation.words()));
  std::vector<float> scalars(static_cast<std::size_t>(spec_.observation.scalars));
  observe(state, planes.data(), scalars.data());
  std::uint64_t key = 0;
  for (const std::uint64_t word : planes) key = mix64(key ^ word);
  for (const float scalar : scalars) key = mix64(key ^ std::bit_cast<std::uint32_t>(scalar));
  return with_legal_actions(*this, state, [&](const Action* actions, int count) {
    for (int i = 0; i < count; ++i) key = mix64(key ^ actions[i]);
    return key;
  });
}

std::string Game::action_to_string(const StateBytes*, Action action) const {
  const ActionLayout& layout = spec_.layout;
  if (layout.kind == "columns") return std::to_string(action + 1);
  if (!on_points(layout) || layout.width > kMostLetters) return std::to_string(action);
  return action == layout.height * layout.width ? "pass" : point_to_string(action, layout.width);
}

std::optional<Action> Game::parse_action(const StateBytes* state, std::string_view text) const {
  const auto names = [&](int action) {
    return same_but_for_capitals(action_to_string(state, static_cast<Action>(action)), text);
  };
  std::optional<Action> found;
  with_legal_actions(*this, state, [&](const Action* actions, int count) {
    const Action* const end = actions + count;
    const Action* const action = std::find_if(actions, end, names);
    if (action != end) found = *action;
    return found;
  });
  if (found || (spec_.layout.kind != "columns" && !on_points(spec_.layout))) return found;
  for (int action = 0; action < spec_.num_actions; ++action) {
    if (names(action)) return static_cast<Action>(action);
  }
  return std::nullopt;
}

void Game::draw(const StateBytes* state, char* cells) const {
  if (spec_.board.style == "none") return;
  const auto height = static_cast<std::size_t>(spec_.board.height);
  const auto width = static_cast<std::size_t>(spec_.board.width);
  const std::string text = to_string(state);
  bool good = text.size() + 1 >= height * (width + 1);
  for (std::size_t row = 0; good && row < height; ++row) {
    const std::size_t begin = row * (width + 1);
    const std::size_t end = begin + width;
    good = row + 1 < height ? text[end] == '/' : end == text.size() || text[end] == ' ';
    cells = std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(begin), width, cells);
  }
  if (!good) {
    throw ContractError(spec_.name + ": " + quoted(text) + " does not begin with the " +
                        std::to_string(height) + " rows of the board, joined by /; define draw");
  }
}

int Game::square_of(const StateBytes* state, Action action) const {
  const ActionLayout& layout = spec_.layout;
  const int squares = layout.height * layout.width;
  if (spec_.board.style == "none" || layout.kind == "other") return -1;
  if (layout.kind != "columns") {
    const int square = layout.kind == "planes" ? action / layout.planes : action;
    return square < squares ? square : -1;
  }
  std::string cells(static_cast<std::size_t>(squares), '.');
  draw(state, cells.data());
  int square = squares - layout.width + action;
  while (square >= 0 && cells[static_cast<std::size_t>(square)] != '.') square -= layout.width;
  return std::max(square, -1);
}

std::string Game::picture(const StateBytes* state) const { return to_string(state); }

void Game::transform(StateBytes* to, const StateBytes* from, int) const { assign(to, from); }

Action Game::transform_action(Action action, int) const { return action; }

}  // namespace zero
