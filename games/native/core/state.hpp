// A state that owns its storage: what Python, the pool and the search hold.
#pragma once

#include <memory>
#include <utility>

#include "games/native/core/game.hpp"

namespace zero {

class StateBox {
 public:
  explicit StateBox(std::shared_ptr<const Game> game) : game_(std::move(game)), bytes_(allocate()) {
    game_->construct_initial(bytes_.get());
  }
  StateBox(const StateBox& other) : game_(other.game_), bytes_(allocate()) {
    game_->construct_copy(bytes_.get(), other.get());
  }
  StateBox(StateBox&& other) noexcept = default;
  StateBox& operator=(const StateBox& other) {
    if (this != &other) {
      if (game_ != other.game_) {
        *this = StateBox(other);
      } else {
        game_->assign(bytes_.get(), other.get());
      }
    }
    return *this;
  }
  StateBox& operator=(StateBox&& other) noexcept {
    std::swap(game_, other.game_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~StateBox() {
    if (bytes_) game_->destroy(bytes_.get());
  }

  StateBytes* get() { return bytes_.get(); }
  const StateBytes* get() const { return bytes_.get(); }
  const Game& game() const { return *game_; }
  const std::shared_ptr<const Game>& shared_game() const { return game_; }

 private:
  std::unique_ptr<StateBytes[]> allocate() const {
    return std::make_unique<StateBytes[]>(game_->state_size());
  }
  std::shared_ptr<const Game> game_;
  std::unique_ptr<StateBytes[]> bytes_;
};

}  // namespace zero
