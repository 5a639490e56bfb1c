// A layer of an int8 network: weights in the order that a kernel reads, run over a whole board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "int8_kernel.hpp"

namespace zero {

// Channels lie in groups of 16, so that every kernel's vectors fit.
constexpr int padded(int channels) { return (channels + 15) / 16 * 16; }

// Zeroed memory that begins on a cache line.
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

// What each output square of a layer is a sum of: products of an input square and a matrix.
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

// A layer as it is handed over: int8 weights with a scale an output, or float weights.
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
  Int8Layer(const Int8Kernel& kernel, Kind kind, const Int8Values& values);

  void run(const Int8Kernel& kernel, const Int8Reach& reach, const Int8Operands& operands) const;

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  // The output that lies at each place of a row of biases.
  const std::vector<int>& order() const { return order_; }

 private:
  struct Group {
    int first;  // output
    int width;
    std::size_t weights;  // where its matrices begin
  };

  void pack(const Int8Values& values);

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
};

}  // namespace zero
