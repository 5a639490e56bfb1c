// The forward pass of an int8 network, by one thread, in memory that is allocated once.
#pragma once

#include <cstdint>
#include <vector>

#include "zero/inference/native/layer.hpp"
#include "zero/inference/native/weights.hpp"

namespace zero {

// Forward passes of a fixed number of rows, in memory of its own.
class Int8Forward {
 public:
  Int8Forward(const Int8Shape& shape, int rows);

  // Reads planes and scalars, writes logits and wdl. Throws GameError if the network has another
  // shape.
  void forward(const Int8Weights& network);

  const Int8Shape& shape() const { return shape_; }
  int rows() const { return rows_; }

  Aligned<std::uint64_t> planes;  // [rows, planes, words]
  Aligned<float> scalars;         // [rows, scalars]
  Aligned<float> logits;          // [rows, actions]
  Aligned<float> wdl;             // [rows, 3], logits too

 private:
  void unpack();
  void stem(const Int8Weights& network);
  void block(const Int8Weights& network, const Int8Weights::Block& block);
  void convolve(const Int8Weights& network, const Int8Layer& layer, const std::uint8_t* codes,
                Int8Operands operands);
  void squeeze(const Int8Weights& network, const Int8Weights::Block& block);
  void pool(const Int8Weights& network, const Int8Weights::Block& block);
  void finish(const Int8Weights& network, const std::uint8_t* carried, float carry,
              std::uint8_t* codes, int width);
  void policy(const Int8Weights& network);
  void value(const Int8Weights& network);

  Int8Shape shape_;
  int rows_;
  Int8Reach squares_;
  Int8Reach board_;
  Int8Reach neighbours_;
  Int8Reach one_;
  Int8Reach kinds_reach_;  // of the scalars, for each kind of square
  Int8Pairs pairs_;
  std::vector<int> kinds_;  // of each square, by which neighbours are on the board
  std::size_t stride_;      // of the tower's channels
  Aligned<std::uint8_t> input_;
  Aligned<std::uint8_t> x_;
  Aligned<std::uint8_t> y_;
  Aligned<std::uint8_t> parts_;  // of x or y, where squares are paired
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
