// A layer of an int8 network: weights in the order in which a kernel reads them, and how to run the
// layer over a whole board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "zero/inference/native/kernel.hpp"

namespace zero {

// Channels are in groups of 16, so that they fit every kernel's vectors.
constexpr int padded(int channels) { return (channels + 15) / 16 * 16; }

// Zeroed memory that starts on a cache line.
template <typename T>
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(std::size_t size)
      : data_(static_cast<T*>(::operator new(size * sizeof(T), line))), size_(size) {
    std::uninitialized_value_construct_n(data_.get(), size);
  }

  T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) const { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t line{64};
  struct Free {
    void operator()(T* data) const { ::operator delete(data, line); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

// The terms of each output square of a layer: products of an input square and a matrix.
struct Int8Reach {
  struct Term {
    int square;
    int matrix;
    bool operator==(const Term&) const = default;
  };
  std::vector<std::vector<Term>> squares;
  int matrices = 0;
};

Int8Reach reach_of_squares(int squares);               // each square by itself: 1x1 convolutions
Int8Reach reach_of_board(int squares);                 // one output over all squares
Int8Reach reach_of_neighbours(int height, int width);  // 3x3 convolutions; matrix = tap

// How the squares of a board pair up along lines, for convolutions with four products of matrices
// for two outputs instead of six: Winograd's F(2, 3) (Lavin and Gray 2016, section 4) along one
// axis, plain sums over the three taps of the other. With inputs d and weights g along the axis,
//   first  = d0 g0 + d1 g1 + d2 g2 = s0 + s1 + s2,    s0 = (d0 - d2) g0,  s1 = (d1 + d2) (g0 + g1 +
//   g2) / 2, second = d1 g0 + d2 g1 + d3 g2 = s1 - s2 - s3,    s3 = (d1 - d3) g2,  s2 = (d2 - d1)
//   (g0 - g1 + g2) / 2.
// The inputs are halved codes, so that their sums and differences have 8 bits. 128 is added to a
// difference; what this adds to a sum is subtracted from its start value. Weights of s3 are stored
// negated.
struct Int8Pairs {
  int lines = 0;        // across the axis
  int squares = 0;      // along it
  int line_step = 0;    // from a square to its neighbour in the next line
  int square_step = 0;  // and to its neighbour in its line

  int pairs() const { return (squares + 1) / 2; }
  static constexpr int matrices = 12;  // sum by sum, the three taps across the axis
};

// A layer as the caller gives it: int8 weights with one scale per output, or float weights.
struct Int8Values {
  int matrices = 0;
  int inputs = 0;
  int outputs = 0;
  std::vector<std::int8_t> codes;  // [matrices, inputs, outputs], or
  std::vector<float> floats;       // the same
  std::vector<float> scale;        // [outputs]
  std::vector<float> bias;         // [outputs]
  float carry = 0;                 // factor of the residual input
};

// Where a layer reads and writes; strides are from row to row, in elements.
struct Int8Operands {
  int rows = 0;
  const std::byte* input = nullptr;  // [squares, rows, input_stride bytes]
  std::size_t input_stride = 0;      // bytes
  const float* biases = nullptr;     // instead of the layer's: [kinds of squares, rows, padded]
  const int* bias_kinds = nullptr;   // of each output square
  const std::uint8_t* carried = nullptr;
  std::uint8_t* codes = nullptr;  // [output squares, rows, output_stride]
  float* floats = nullptr;        // element row * output_stride + square * output_square
  float floor = 0;
  std::size_t output_stride = 0;
  std::size_t output_square = 0;
};

class Int8Layer {
 public:
  enum class Kind { codes, sums, floats };  // codes to codes, codes to floats, floats to floats

  Int8Layer() = default;
  Int8Layer(const Int8Kernel& kernel, Kind kind, const Int8Values& values, bool paired = false);

  void run(const Int8Kernel& kernel, const Int8Reach& reach, const Int8Operands& operands) const;
  // The same for a convolution whose input is parts [lines, pairs, 4 sums, rows, input_stride] (see
  // spread_pairs), and whose matrices are those of Int8Pairs.
  void run(const Int8Kernel& kernel, const Int8Pairs& pairs, const Int8Operands& operands) const;

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  // The output at each place of a row of biases.
  const std::vector<int>& order() const { return order_; }

 private:
  struct Group {
    int first;  // output
    int width;
    std::size_t weights;  // where its matrices begin
  };

  template <typename T>
  void pack(const std::vector<T>& values);
  void find_starts(const std::vector<std::int8_t>& codes);
  Int8Part part(const Group& group, const Int8Operands& operands, std::size_t square) const;
  const std::byte* matrix(const Group& group, int index) const;

  Kind kind_ = Kind::codes;
  int inputs_ = 0;
  int outputs_ = 0;
  int steps_ = 0;
  float carry_ = 0;
  std::vector<Group> groups_;
  std::vector<int> order_;
  Aligned<std::byte> weights_;
  Aligned<float> scale_;
  Aligned<float> bias_;
  Aligned<std::int32_t> starts_;  // [sets of taps, sums 1 and 2, padded outputs], for pairs
};

// Turns codes [squares, rows, stride] into the parts from which pairs of squares are computed.
void spread_pairs(const Int8Kernel& kernel, const Int8Pairs& pairs, const std::uint8_t* codes,
                  std::size_t square_bytes, std::uint8_t* parts);

}  // namespace zero
