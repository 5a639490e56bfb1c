// The weights of zero's network in int8, in the order in which a kernel reads them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zero/inference/native/layer.hpp"

namespace zero {

// The inputs and outputs of a network, and its width inside.
struct Int8Shape {
  int height = 0;
  int width = 0;
  int planes = 0;
  int scalars = 0;
  int actions = 0;
  int action_planes = 0;  // logits of a square; 0: the policy is a linear map of the whole board
  int channels = 0;
  int policy_channels = 0;
  int value_channels = 0;
  int value_hidden = 0;
  int pooled = 0;    // channels that a block pools
  int squeezed = 0;  // hidden units of a block's gate

  int paired = 0;  // 3x3 convolutions of the blocks by pairs of squares, along columns 1 or rows 2

  int squares() const { return height * width; }
  int words_per_plane() const { return (squares() + 63) / 64; }
  bool operator==(const Int8Shape&) const = default;
};

// The names of the kernels that run here, the fastest first; the last, "scalar", runs anywhere.
std::vector<std::string> int8_kernels();

// The weights never change, so sessions of several threads may read them.
class Int8Weights {
 public:
  // Finds the layers by the names of their modules in zero/networks/network.py. Throws GameError if
  // one is missing or does not fit.
  Int8Weights(const Int8Shape& shape, const std::map<std::string, Int8Values>& layers,
              const std::string& kernel);

  const Int8Shape& shape() const { return shape_; }

 private:
  friend class Int8Forward;
  struct Block {
    Int8Layer first;
    Int8Layer second;
    std::vector<Int8Layer> context;  // squeeze and excite, or spread
    float carry;
  };

  Int8Shape shape_;
  const Int8Kernel* kernel_;
  Int8Layer stem_;
  std::optional<Int8Layer> scalars_;  // their part of the stem, and its bias
  std::vector<Block> blocks_;
  Int8Layer policy_reduce_;
  Int8Layer policy_last_;
  std::optional<Int8Layer> policy_others_;
  Int8Layer value_reduce_;
  Int8Layer value_hidden_;
  Int8Layer value_out_;
};

}  // namespace zero
