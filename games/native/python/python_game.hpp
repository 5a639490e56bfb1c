// Games written in Python: wraps an object with the methods of games.Rules as a Game.
//
// A state holds a reference to one immutable Python value. Every operation takes the GIL while it
// runs, so search threads call it without holding the GIL. No operation is called under a native
// lock that a thread with the GIL could wait for. What the author's methods return is checked
// before use: a broken promise is a ContractError that names the operation. An exception from the
// author's own code passes through the search unchanged, with its traceback.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <span>

#include "games/native/core/game.hpp"

namespace zero {

class PythonGame final : public Game {
 public:
  // `rules` is a games.Rules whose numbers are those of the spec. The GIL must be held.
  PythonGame(nanobind::object rules, GameSpec spec);
  ~PythonGame() override;

  // The author's object. The GIL must be held.
  nanobind::object rules() const;

  std::size_t state_size() const override { return sizeof(PyObject*); }
  void construct_initial(StateBytes* raw) const override;
  void construct_copy(StateBytes* raw, const StateBytes* from) const override;
  void assign(StateBytes* to, const StateBytes* from) const override;
  void destroy(StateBytes* state) const override;

  int to_play(const StateBytes* state) const override;
  int legal_actions(const StateBytes* state, Action* out) const override;
  void apply(StateBytes* state, Action action) const override;
  void replay(StateBytes* to, const StateBytes* from,
              std::span<const Action> actions) const override;
  bool is_terminal(const StateBytes* state) const override;
  std::string ending(const StateBytes* state) const override;
  int returns(const StateBytes* state) const override;
  void observe(const StateBytes* state, std::uint64_t* planes, float* scalars) const override;
  std::uint64_t position_key(const StateBytes* state) const override;
  std::uint64_t observation_key(const StateBytes* state) const override;
  bool equal(const StateBytes* a, const StateBytes* b) const override;
  std::string to_string(const StateBytes* state) const override;
  void from_string(StateBytes* to, std::string_view text) const override;
  std::string action_to_string(const StateBytes* state, Action action) const override;
  std::optional<Action> parse_action(const StateBytes* state, std::string_view text) const override;
  void draw(const StateBytes* state, char* cells) const override;
  int square_of(const StateBytes* state, Action action) const override;
  std::string picture(const StateBytes* state) const override;
  void transform(StateBytes* to, const StateBytes* from, int symmetry) const override;
  Action transform_action(Action action, int symmetry) const override;

 private:
  struct Author;  // the object, its methods and its initial state

  nanobind::object applied(nanobind::handle state, Action action) const;
  // A value that may be a state: not None.
  nanobind::object checked_state(const char* operation, nanobind::object value,
                                 nanobind::handle before) const;
  std::string text_of(nanobind::handle state) const;
  void fill_symmetries();

  std::unique_ptr<Author> author_;
  std::vector<Action> turned_;  // [num_symmetries, num_actions]
};

}  // namespace zero
