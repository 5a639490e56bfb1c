// The rules of a game as a plain struct: what it must provide, and what it may leave out. A game in
// Python has the same list, in games/python/rules.py.
//
// Two players, 0 (moves first) and 1, take turns. There is no chance and no hidden information. A
// state is a small board with everything that the future depends on, including the player to move.
// It holds no pointers: it is copied byte by byte, and a search holds thousands. A player who
// cannot move while the game goes on has a pass; only a state without a legal action is terminal.
//
// `observe` shows the board from the side of the player to move, and values are from that side too.
// Only `returns` is from player 0's side: -1, 0 or 1, and player 1 gets the negative. Row 0 is the
// top row of the drawn board, whoever moves.
//
// A function may throw GameError for something a user wrote (from_string, and a constructor for its
// parameters). The adapter puts the name of the game in front of the message.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "games/native/core/errors.hpp"
#include "games/native/core/hash.hpp"
#include "games/native/core/parameters.hpp"
#include "games/native/core/spec.hpp"

namespace zero {

// clang-format off: it would push the lists to the right margin.

// The form of each operation that a struct may leave out, if it is there.
template <typename R, typename State = typename R::State>
concept WellFormed =
    // The parameters of the game: `static constexpr Parameter kParameters[]`, and a constructor
    // from Values. By default there are none.
    (!requires { R::kParameters; } || std::is_constructible_v<R, const Values&>) &&
    // By default whether there is no legal action.
    (!requires { &R::is_terminal; } || requires(const R rules, const State& state) {
      { rules.is_terminal(state) } -> std::same_as<bool>;
    }) &&
    // Why the game is over, for people, in a few words; by default nothing.
    (!requires { &R::ending; } || requires(const R rules, const State& state) {
      { rules.ending(state) } -> std::same_as<std::string>;
    }) &&
    // A key that is equal for equal positions (repetition); by default a hash of the text.
    (!requires { &R::position_key; } || requires(const R rules, const State& state) {
      { rules.position_key(state) } -> std::same_as<std::uint64_t>;
    }) &&
    // A key that is equal exactly when observation and legal actions are, among all states that are
    // not terminal: the evaluation cache answers one state with the evaluation of the other. By
    // default a hash of both. (A hash of the state's bytes would include padding between members.)
    (!requires { &R::observation_key; } || requires(const R rules, const State& state) {
      { rules.observation_key(state) } -> std::same_as<std::uint64_t>;
    }) &&
    // The action as people write it. By default a point is "b3" (column b, row 3 from the top), a
    // column is "3", a pass is "pass", and any other action is its number.
    (!requires { &R::action_to_string; } ||
     requires(const R rules, const State& state, Action action) {
      { rules.action_to_string(state, action) } -> std::same_as<std::string>;
    }) &&
    // The action that the text names, legal or not; nothing if it names none. By default legal
    // actions are found by name, in capitals or not; points and columns also if they are not legal.
    (!requires { &R::parse_action; } ||
     requires(const R rules, const State& state, std::string_view text) {
      { rules.parse_action(state, text) } -> std::same_as<std::optional<Action>>;
    }) &&
    // Writes the drawn board, height * width characters from its top left corner: '.' is empty, 'x'
    // and 'o' are stones of the first and the second player, and pieces have their own letters. By
    // default the rows at the beginning of the text, joined by '/'.
    (!requires { &R::draw; } || requires(const R rules, const State& state, char* cells) {
      { rules.draw(state, cells) } -> std::same_as<void>;
    }) &&
    // The square of the drawn board (row * width + column) where the action, played in this state,
    // puts its stone or piece; -1 if there is none, as for a pass. By default the square follows
    // from the layout; in a column it is the lowest empty one.
    (!requires { &R::square_of; } || requires(const R rules, const State& state, Action action) {
      { rules.square_of(state, action) } -> std::same_as<int>;
    }) &&
    // What to show where no board is drawn; may have several lines. By default the text.
    (!requires { &R::picture; } || requires(const R rules, const State& state) {
      { rules.picture(state) } -> std::same_as<std::string>;
    }) &&
    // Symmetries commute with apply: transform(apply(s, a)) = apply(transform(s), transform(a)). By
    // default there is only the identity.
    (!requires { &R::transform; } ||
     requires(const R rules, const State& state, Action action, int symmetry) {
      { rules.transform(state, symmetry) } -> std::same_as<State>;
      { rules.transform_action(action, symmetry) } -> std::same_as<Action>;
    }) &&
    // Copies only the bytes of a state that are in use; for large states. By default all bytes.
    (!requires { &R::copy; } || requires(const R rules, State& to, const State& from) {
      { rules.copy(to, from) } -> std::same_as<void>;
    });

template <typename R>
concept Rules =
    std::is_trivially_copyable_v<typename R::State> &&
    std::equality_comparable<typename R::State> &&
    requires(const R rules, const typename R::State& state, typename R::State& changed,
             Action action, Action* actions, std::uint64_t* planes, float* scalars,
             std::string_view text) {
      { R::kName } -> std::convertible_to<std::string_view>;
      { R::kSummary } -> std::convertible_to<std::string_view>;  // one line for `zero games`
      { rules.spec() } -> std::same_as<GameSpec>;
      { rules.initial() } -> std::same_as<typename R::State>;
      // The player to move; at a terminal state, the player who would move.
      { rules.to_play(state) } -> std::same_as<int>;
      // Writes the legal actions in ascending order and returns their number.
      { rules.legal_actions(state, actions) } -> std::same_as<int>;
      // The action must be legal.
      { rules.apply(changed, action) } -> std::same_as<void>;
      // Of player 0, at a terminal state.
      { rules.returns(state) } -> std::same_as<int>;
      // Writes the planes, each in words_per_plane() words, and the scalars.
      { rules.observe(state, planes, scalars) } -> std::same_as<void>;
      // One line that holds the whole state; from_string reads it back and refuses anything else.
      { rules.to_string(state) } -> std::same_as<std::string>;
      { rules.from_string(text) } -> std::same_as<typename R::State>;
    } &&
    WellFormed<R>;
// clang-format on

}  // namespace zero
