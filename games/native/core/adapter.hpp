// The adapter turns any struct that satisfies Rules into a Game.
#pragma once

#include <new>
#include <string>
#include <utility>

#include "games/native/core/game.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

// `final`, so that a caller who knows the concrete type pays for no virtual call. If the struct
// leaves out an operation, Game's default is used.
template <Rules R>
class RulesGame final : public Game {
 public:
  using State = typename R::State;

  // `name` is the canonical one, with the parameters. Throws ContractError for a spec that promises
  // what the struct does not offer.
  explicit RulesGame(R rules, std::string name = std::string(R::kName))
      : Game(named(rules.spec(), std::move(name))), rules_(std::move(rules)) {
    if (spec_.num_symmetries > 1 && !requires { &R::transform; }) {
      throw ContractError(spec_.name + ": num_symmetries is above 1, so transform must be defined");
    }
  }

  std::size_t state_size() const override { return sizeof(State); }
  void construct_initial(StateBytes* raw) const override { new (raw) State(rules_.initial()); }
  void construct_copy(StateBytes* raw, const StateBytes* from) const override {
    new (raw) State(view(from));
  }
  void assign(StateBytes* to, const StateBytes* from) const override {
    if constexpr (requires { rules_.copy(view(to), view(from)); }) {
      rules_.copy(view(to), view(from));
    } else {
      view(to) = view(from);
    }
  }
  void destroy(StateBytes*) const override {}
  bool equal(const StateBytes* a, const StateBytes* b) const override { return view(a) == view(b); }

  int to_play(const StateBytes* s) const override { return rules_.to_play(view(s)); }
  int legal_actions(const StateBytes* s, Action* out) const override {
    return rules_.legal_actions(view(s), out);
  }
  void apply(StateBytes* s, Action action) const override { rules_.apply(view(s), action); }
  void replay(StateBytes* to, const StateBytes* from,
              std::span<const Action> actions) const override {
    if constexpr (requires { rules_.copy(view(to), view(from)); }) {
      rules_.copy(view(to), view(from));
      for (const Action action : actions) rules_.apply(view(to), action);
    } else {
      State state = view(from);
      for (const Action action : actions) rules_.apply(state, action);
      view(to) = state;
    }
  }
  int returns(const StateBytes* s) const override { return rules_.returns(view(s)); }
  void observe(const StateBytes* s, std::uint64_t* planes, float* scalars) const override {
    rules_.observe(view(s), planes, scalars);
  }
  std::string to_string(const StateBytes* s) const override { return rules_.to_string(view(s)); }
  void from_string(StateBytes* to, std::string_view text) const override {
    try {
      view(to) = rules_.from_string(text);
    } catch (const GameError& error) {
      throw GameError(spec_.name + ": " + error.what());
    }
  }

  bool is_terminal(const StateBytes* s) const override {
    if constexpr (requires { &R::is_terminal; })
      return rules_.is_terminal(view(s));
    else
      return Game::is_terminal(s);
  }
  std::string ending(const StateBytes* s) const override {
    if constexpr (requires { &R::ending; })
      return rules_.ending(view(s));
    else
      return Game::ending(s);
  }
  std::uint64_t position_key(const StateBytes* s) const override {
    if constexpr (requires { &R::position_key; })
      return rules_.position_key(view(s));
    else
      return Game::position_key(s);
  }
  std::uint64_t observation_key(const StateBytes* s) const override {
    if constexpr (requires { &R::observation_key; })
      return rules_.observation_key(view(s));
    else
      return Game::observation_key(s);
  }
  std::string action_to_string(const StateBytes* s, Action action) const override {
    if constexpr (requires { &R::action_to_string; })
      return rules_.action_to_string(view(s), action);
    else
      return Game::action_to_string(s, action);
  }
  std::optional<Action> parse_action(const StateBytes* s, std::string_view text) const override {
    if constexpr (requires { &R::parse_action; })
      return rules_.parse_action(view(s), text);
    else
      return Game::parse_action(s, text);
  }
  void draw(const StateBytes* s, char* cells) const override {
    if constexpr (requires { &R::draw; })
      rules_.draw(view(s), cells);
    else
      Game::draw(s, cells);
  }
  int square_of(const StateBytes* s, Action action) const override {
    if constexpr (requires { &R::square_of; })
      return rules_.square_of(view(s), action);
    else
      return Game::square_of(s, action);
  }
  std::string picture(const StateBytes* s) const override {
    if constexpr (requires { &R::picture; })
      return rules_.picture(view(s));
    else
      return Game::picture(s);
  }
  void transform(StateBytes* to, const StateBytes* from, int symmetry) const override {
    if constexpr (requires { &R::transform; })
      view(to) = rules_.transform(view(from), symmetry);
    else
      Game::transform(to, from, symmetry);
  }
  Action transform_action(Action action, int symmetry) const override {
    if constexpr (requires { &R::transform; })
      return rules_.transform_action(action, symmetry);
    else
      return Game::transform_action(action, symmetry);
  }

 private:
  static GameSpec named(GameSpec spec, std::string name) {
    spec.name = std::move(name);
    return spec;
  }
  static State& view(StateBytes* s) { return *reinterpret_cast<State*>(s); }
  static const State& view(const StateBytes* s) { return *reinterpret_cast<const State*>(s); }
  R rules_;
};

}  // namespace zero
