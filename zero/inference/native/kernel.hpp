// The inner loops of an int8 network, in one version for each kind of processor.
//
// Activations are position-major, [squares, rows, channels]. So a convolution is, for each output
// square, a plain matrix product over its neighbours on the board: nothing is copied, and no
// multiplication is spent on padding. Activations are codes, uint8 times a scale; weights are int8.
// All versions give the same bits: sums of products are exact integers, and floats are combined in
// the same order with fused multiply-adds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zero {

// Products to add up: for each term, its activations in row 0, and its matrix.
struct Int8Terms {
  const std::byte* const* inputs = nullptr;
  const std::byte* const* matrices = nullptr;  // [steps, width, 4 bytes]
  int count = 0;
};

// All rows of one output square of a layer, for a group of its outputs:
// out[row, o] = bias[o] + scale[o] * sum over terms t and inputs i of
//               inputs[t][row, i] * matrices[t][i, o].
struct Int8Part {
  Int8Terms terms;
  int steps = 0;                 // of 4 bytes: four codes, or one float
  std::size_t input_stride = 0;  // bytes from row to row
  int rows = 0;
  int width = 0;                 // outputs of the group, with padding
  const float* scale = nullptr;  // [width]; not used where inputs are floats
  const float* bias = nullptr;   // [width], of row 0
  std::size_t bias_stride = 0;   // floats from row to row
  // If the outputs are codes: codes = rectified outputs + carry * carried.
  std::uint8_t* codes = nullptr;          // [rows, width]
  const std::uint8_t* carried = nullptr;  // the residual input, laid out as codes; may be absent
  float carry = 0;
  // If the outputs are floats: at least floor, and only the first `stored` of them.
  float* floats = nullptr;
  float floor = 0;
  int stored = 0;
  std::size_t output_stride = 0;  // elements from row to row
};

// Two neighbouring output squares from four sums of products instead of six (see Int8Pairs):
// first = sum 0 + sum 1 + sum 2, second = sum 1 - sum 2 + sum 3.
struct Int8Pair {
  Int8Part part;  // of the first, with no terms of its own
  Int8Terms sums[4];
  const std::int32_t* starts[2] = {};  // what sums 1 and 2 begin with, [width]
  std::size_t second = 0;              // elements from first to second; 0: there is no second
};

// The inputs of those sums, for a line of squares.
struct Int8Spread {
  const std::uint8_t* codes = nullptr;  // of the first square
  std::size_t square = 0;               // bytes from square to square
  int squares = 0;
  std::uint8_t* parts = nullptr;  // [pairs of squares, 4 sums, bytes]
  std::size_t bytes = 0;          // of a square: a multiple of 64
};

// codes = gate * wide + offset + carry * carried, rectified, for all rows of one square.
struct Int8Finish {
  const float* wide = nullptr;    // [rows, wide_stride]
  const float* gate = nullptr;    // [rows, wide_stride]
  const float* offset = nullptr;  // [rows, wide_stride]
  std::size_t wide_stride = 0;
  const std::uint8_t* carried = nullptr;  // [rows, stride]; may be absent
  float carry = 0;
  std::uint8_t* codes = nullptr;  // [rows, stride]
  std::size_t stride = 0;
  int rows = 0;
  int width = 0;  // a multiple of 16
};

struct Int8Kernel {
  const char* name;
  int lanes;  // 32-bit lanes of a vector; a group of outputs fills 1, 2 or 4 vectors. 0: any group
  void (*codes)(const Int8Part&);   // codes to codes
  void (*sums)(const Int8Part&);    // codes to floats
  void (*floats)(const Int8Part&);  // floats to floats
  void (*pair_codes)(const Int8Pair&);
  void (*pair_sums)(const Int8Pair&);
  void (*spread)(const Int8Spread&);
  void (*finish)(const Int8Finish&);
};

// The versions. One is absent if this build does not contain it, or if this processor lacks the
// instructions.
const Int8Kernel* int8_avx512_kernel();
const Int8Kernel* int8_avx_kernel();
const Int8Kernel* int8_scalar_kernel();  // plain C++, for tests: always there

}  // namespace zero
