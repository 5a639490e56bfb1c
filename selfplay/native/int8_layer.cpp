#include "int8_layer.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace zero {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

}  // namespace

Int8Reach reach_of_squares(int squares) {
  Int8Reach reach{.squares = {}, .matrices = 1};
  for (int square = 0; square < squares; ++square) reach.squares.push_back({{square, 0}});
  return reach;
}

Int8Reach reach_of_board(int squares) {
  Int8Reach reach{.squares = {{}}, .matrices = squares};
  for (int square = 0; square < squares; ++square) reach.squares[0].push_back({square, square});
  return reach;
}

Int8Reach reach_of_neighbours(int height, int width) {
  Int8Reach reach{.squares = {}, .matrices = 9};
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      std::vector<Int8Reach::Term>& terms = reach.squares.emplace_back();
      for (int tap = 0; tap < 9; ++tap) {
        const int y = row + tap / 3 - 1;
        const int x = column + tap % 3 - 1;
        if (y >= 0 && y < height && x >= 0 && x < width) terms.push_back({y * width + x, tap});
      }
    }
  }
  return reach;
}

Int8Layer::Int8Layer(const Int8Kernel& kernel, Kind kind, const Int8Values& values)
    : kind_(kind),
      inputs_(values.inputs),
      outputs_(values.outputs),
      steps_(kind == Kind::floats ? values.inputs : (values.inputs + 3) / 4),
      carry_(values.carry),
      order_(size(padded(values.outputs))),
      scale_(order_.size()),
      bias_(order_.size()) {
  const int total = padded(outputs_);
  std::iota(order_.begin(), order_.end(), 0);
  std::size_t weights = 0;
  for (int first = 0; first < total; first += groups_.back().width) {
    int width = kernel.lanes == 0 ? total : 4 * kernel.lanes;
    while (width > total - first) width /= 2;
    groups_.push_back({first, width, weights});
    weights += size(values.matrices) * size(steps_) * size(width) * 4;
    if (kind == Kind::codes && kernel.lanes > 0 && width == 4 * kernel.lanes) {
      // The order that packing four vectors inside 128-bit lanes undoes.
      for (int channel = 0; channel < width; ++channel) {
        const int lane = channel / 16 * 4 + channel % 4;
        const int vector = channel / 4 % 4;
        order_[size(first + vector * kernel.lanes + lane)] = first + channel;
      }
    }
  }
  weights_ = Aligned<std::byte>(weights);
  for (std::size_t place = 0; place < order_.size(); ++place) {
    if (order_[place] >= outputs_) continue;
    bias_[place] = values.bias[size(order_[place])];
    if (kind != Kind::floats) scale_[place] = values.scale[size(order_[place])];
  }
  pack(values);
}

// [matrices, inputs, outputs] -> for each group [matrices, steps, width, 4 bytes]
void Int8Layer::pack(const Int8Values& values) {
  const std::size_t held = kind_ == Kind::floats ? 4 : 1;  // bytes of an input
  const char* source = kind_ == Kind::floats ? reinterpret_cast<const char*>(values.floats.data())
                                             : reinterpret_cast<const char*>(values.codes.data());
  for (const Group& group : groups_) {
    for (int matrix = 0; matrix < values.matrices; ++matrix) {
      for (int input = 0; input < inputs_; ++input) {
        const std::size_t byte = size(input) * held;
        std::byte* to = weights_.data() + group.weights +
                        (size(matrix * steps_) + byte / 4) * size(group.width) * 4 + byte % 4;
        const char* from = source + size(matrix * inputs_ + input) * size(outputs_) * held;
        for (int i = 0; i < group.width; ++i) {
          const int output = order_[size(group.first + i)];
          if (output < outputs_) std::memcpy(to + size(i) * 4, from + size(output) * held, held);
        }
      }
    }
  }
}

void Int8Layer::run(const Int8Kernel& kernel, const Int8Reach& reach,
                    const Int8Operands& operands) const {
  const auto product = kind_ == Kind::codes  ? kernel.codes
                       : kind_ == Kind::sums ? kernel.sums
                                             : kernel.floats;
  std::vector<const std::byte*> inputs(size(reach.matrices));
  std::vector<const std::byte*> matrices(size(reach.matrices));
  const std::size_t square_bytes = size(operands.rows) * operands.input_stride;
  for (const Group& group : groups_) {
    const std::size_t matrix_bytes = size(steps_) * size(group.width) * 4;
    for (std::size_t square = 0; square < reach.squares.size(); ++square) {
      const std::vector<Int8Reach::Term>& terms = reach.squares[square];
      for (std::size_t t = 0; t < terms.size(); ++t) {
        inputs[t] = operands.input + size(terms[t].square) * square_bytes;
        matrices[t] = weights_.data() + group.weights + size(terms[t].matrix) * matrix_bytes;
      }
      const std::size_t at = square * operands.output_square + size(group.first);
      Int8Part part{.inputs = inputs.data(),
                    .matrices = matrices.data(),
                    .terms = static_cast<int>(terms.size()),
                    .steps = steps_,
                    .input_stride = operands.input_stride,
                    .rows = operands.rows,
                    .width = group.width,
                    .scale = scale_.data() + group.first,
                    .bias = bias_.data() + group.first,
                    .carry = carry_,
                    .floor = operands.floor,
                    .stored = outputs_ - group.first,
                    .output_stride = operands.output_stride};
      if (operands.biases != nullptr) {
        part.bias_stride = order_.size();
        part.bias = operands.biases + group.first +
                    size(operands.bias_kinds[square] * operands.rows) * part.bias_stride;
      }
      if (operands.carried != nullptr) part.carried = operands.carried + at;
      if (operands.codes != nullptr) part.codes = operands.codes + at;
      if (operands.floats != nullptr) part.floats = operands.floats + at;
      product(part);
    }
  }
}

}  // namespace zero
