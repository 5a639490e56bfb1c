// The forward pass of zero's network in int8, by one thread, in memory allocated once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "int8_layer.hpp"

namespace zero {

// What a network takes in and gives out, and how wide it is inside.
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
  int pooled = 0;   // channels that a block pools
  int squeezed = 0;  // hidden units of a block's gate

  int squares() const { return height * width; }
  int words_per_plane() const { return (squares() + 63) / 64; }
  bool operator==(const Int8Shape&) const = default;
};

// The names of the kernels that run here, the fastest first; the last, "scalar", runs anywhere.
std::vector<std::string> int8_kernels();

// The weights, which never change: sessions of several threads may read them.
class Int8Network {
 public:
  // Takes the layers by the names of their modules in zero/network.py; raises GameError if one is
  // missing or does not fit.
  Int8Network(const Int8Shape& shape, const std::map<std::string, Int8Values>& layers,
              const std::string& kernel);

  const Int8Shape& shape() const { return shape_; }

 private:
  friend class Int8Session;
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

// Forward passes of a fixed number of rows, in memory of its own.
class Int8Session {
 public:
  Int8Session(const Int8Shape& shape, int rows);

  // Reads planes and scalars, writes logits and wdl. Raises GameError if the network has another
  // shape.
  void forward(const Int8Network& network);

  const Int8Shape& shape() const { return shape_; }
  int rows() const { return rows_; }

  Aligned<std::uint64_t> planes;  // [rows, planes, words]
  Aligned<float> scalars;         // [rows, scalars]
  Aligned<float> logits;          // [rows, actions]
  Aligned<float> wdl;             // [rows, 3], logits too

 private:
  void unpack();
  void stem(const Int8Network& network);
  void block(const Int8Network& network, const Int8Network::Block& block);
  void squeeze(const Int8Network& network, const Int8Network::Block& block);
  void pool(const Int8Network& network, const Int8Network::Block& block);
  void finish(const Int8Network& network, const std::uint8_t* carried, float carry,
              std::uint8_t* codes, int width);
  void policy(const Int8Network& network);
  void value(const Int8Network& network);

  Int8Shape shape_;
  int rows_;
  Int8Reach squares_;
  Int8Reach board_;
  Int8Reach neighbours_;
  Int8Reach one_;
  Int8Reach kinds_reach_;   // of the scalars, for each kind of square
  std::vector<int> kinds_;  // of each square, by which neighbours are on the board
  std::size_t stride_;      // of the tower's channels
  Aligned<std::uint8_t> input_;
  Aligned<std::uint8_t> x_;
  Aligned<std::uint8_t> y_;
  Aligned<float> biases_;
  Aligned<float> wide_;  // a convolution's sums, where a block looks at the whole board
  Aligned<float> gate_;
  Aligned<float> offset_;
  Aligned<float> whole_;  // [rows, means or means and maxima]
  Aligned<float> small_;  // [rows, squeezed]
  Aligned<float> policy_hidden_;
  Aligned<std::uint8_t> value_reduced_;
  Aligned<float> value_hidden_;
};

}  // namespace zero
