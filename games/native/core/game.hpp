// The Game interface: what every rule set provides, and all that the search, the pool and Python
// know about it. rules.hpp says what each operation means, and which ones have a default.
//
// A state is a small board. Its user holds it as `state_size()` raw bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "games/native/core/errors.hpp"
#include "games/native/core/hash.hpp"
#include "games/native/core/spec.hpp"

namespace zero {

// Raw storage of a state. Whoever holds it owns it, but only its Game can read it.
using StateBytes = std::byte;

class Game {
 public:
  virtual ~Game() = default;

  const GameSpec& spec() const { return spec_; }

  virtual std::size_t state_size() const = 0;
  // States are copied and destroyed through the game, because a game written in Python keeps
  // objects in them. `construct_copy` fills raw storage, `assign` overwrites a live state.
  virtual void construct_initial(StateBytes* raw) const = 0;
  virtual void construct_copy(StateBytes* raw, const StateBytes* from) const = 0;
  virtual void assign(StateBytes* to, const StateBytes* from) const = 0;
  virtual void destroy(StateBytes* state) const = 0;
  virtual bool equal(const StateBytes* a, const StateBytes* b) const = 0;

  // Required of every game.
  virtual int to_play(const StateBytes* state) const = 0;
  virtual int legal_actions(const StateBytes* state, Action* out) const = 0;
  virtual void apply(StateBytes* state, Action action) const = 0;
  // Sets `to` to `from` after the actions: one virtual call for a whole path through a tree.
  virtual void replay(StateBytes* to, const StateBytes* from,
                      std::span<const Action> actions) const = 0;
  virtual int returns(const StateBytes* state) const = 0;
  virtual void observe(const StateBytes* state, std::uint64_t* planes, float* scalars) const = 0;
  virtual std::string to_string(const StateBytes* state) const = 0;
  virtual void from_string(StateBytes* to, std::string_view text) const = 0;

  // With a default: what rules.hpp promises, computed from the above.
  virtual bool is_terminal(const StateBytes* state) const;
  virtual std::string ending(const StateBytes* state) const;
  virtual std::uint64_t position_key(const StateBytes* state) const;
  virtual std::uint64_t observation_key(const StateBytes* state) const;
  virtual std::string action_to_string(const StateBytes* state, Action action) const;
  virtual std::optional<Action> parse_action(const StateBytes* state, std::string_view text) const;
  virtual void draw(const StateBytes* state, char* cells) const;
  virtual int square_of(const StateBytes* state, Action action) const;
  virtual std::string picture(const StateBytes* state) const;
  virtual void transform(StateBytes* to, const StateBytes* from, int symmetry) const;
  virtual Action transform_action(Action action, int symmetry) const;

 protected:
  // Throws GameError if a number of the spec is out of range.
  explicit Game(GameSpec spec) : spec_(completed(std::move(spec))) {}
  GameSpec spec_;
};

// Throws ContractError unless a game may have this many plies: without an end, random play would
// never stop.
inline void check_length(const Game& game, std::int64_t plies) {
  if (plies > game.spec().max_plies) {
    throw ContractError(game.spec().name + ": a game goes on after max_plies = " +
                        std::to_string(game.spec().max_plies) +
                        " plies; the rules must end it, or name a larger max_plies");
  }
}

}  // namespace zero
