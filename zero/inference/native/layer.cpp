#include "zero/inference/native/layer.hpp"

#include <algorithm>
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

Int8Layer::Int8Layer(const Int8Kernel& kernel, Kind kind, const Int8Values& values, bool paired)
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
      // An order that is undone when four vectors are packed inside 128-bit lanes.
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
  if (kind == Kind::floats) {
    pack(values.floats);
  } else {
    pack(values.codes);
  }
  if (paired) find_starts(values.codes);
}

// [matrices, inputs, outputs] -> for each group [matrices, steps, width, 4 bytes]
template <typename T>
void Int8Layer::pack(const std::vector<T>& values) {
  const std::size_t outputs = size(outputs_);
  const std::size_t held = 4 / sizeof(T);  // inputs in 4 bytes
  const std::size_t matrices = values.size() / std::max(size(inputs_) * outputs, std::size_t{1});
  for (const Group& group : groups_) {
    const std::size_t width = size(group.width);
    const int* order = order_.data() + group.first;
    T* to = reinterpret_cast<T*>(weights_.data() + group.weights);
    for (std::size_t matrix = 0; matrix < matrices; ++matrix, to += size(steps_) * width * held) {
      for (std::size_t input = 0; input < size(inputs_); ++input) {
        const T* from = values.data() + (matrix * size(inputs_) + input) * outputs;
        T* line = to + input / held * width * held + input % held;
        for (std::size_t i = 0; i < width; ++i) {
          if (order[i] < outputs_) line[i * held] = from[order[i]];
        }
      }
    }
  }
}

// The set of taps is that of bits 0 to 2, of the taps across the axis that are on the board.
void Int8Layer::find_starts(const std::vector<std::int8_t>& codes) {
  const std::size_t total = order_.size();
  const std::size_t outputs = size(outputs_);
  starts_ = Aligned<std::int32_t>(8 * 2 * total);
  std::vector<std::int32_t> sums(size(Int8Pairs::matrices) * outputs);
  const std::int8_t* code = codes.data();
  for (std::size_t matrix = 0; matrix < size(Int8Pairs::matrices); ++matrix) {
    for (int input = 0; input < inputs_; ++input) {
      for (std::size_t o = 0; o < outputs; ++o) sums[matrix * outputs + o] += *code++;
    }
  }
  for (std::size_t set = 0; set < 8; ++set) {
    std::int32_t* starts = starts_.data() + set * 2 * total;
    for (std::size_t place = 0; place < total; ++place) {
      if (order_[place] >= outputs_) continue;
      for (int tap = 0; tap < 3; ++tap) {
        if ((set >> tap & 1) == 0) continue;
        const auto sum = [&](int index) {
          return sums[size((index * 3 + tap) * outputs_ + order_[place])];
        };
        // Together they take 128 (sum 0 + sum 2) off the first output, and their difference takes
        // 128 (sum 3 - sum 2) off the second.
        starts[place] -= 64 * (sum(0) + sum(3));
        starts[total + place] -= 64 * (sum(0) + 2 * sum(2) - sum(3));
      }
    }
  }
}

const std::byte* Int8Layer::matrix(const Group& group, int index) const {
  return weights_.data() + group.weights + size(index * steps_) * size(group.width) * 4;
}

Int8Part Int8Layer::part(const Group& group, const Int8Operands& operands,
                         std::size_t square) const {
  const std::size_t at = square * operands.output_square + size(group.first);
  Int8Part part{.terms = {},
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
  return part;
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
    for (std::size_t square = 0; square < reach.squares.size(); ++square) {
      const std::vector<Int8Reach::Term>& terms = reach.squares[square];
      for (std::size_t t = 0; t < terms.size(); ++t) {
        inputs[t] = operands.input + size(terms[t].square) * square_bytes;
        matrices[t] = matrix(group, terms[t].matrix);
      }
      Int8Part now = part(group, operands, square);
      now.terms = {inputs.data(), matrices.data(), static_cast<int>(terms.size())};
      product(now);
    }
  }
}

void Int8Layer::run(const Int8Kernel& kernel, const Int8Pairs& pairs,
                    const Int8Operands& operands) const {
  const auto product = kind_ == Kind::codes ? kernel.pair_codes : kernel.pair_sums;
  const std::size_t square_bytes = size(operands.rows) * operands.input_stride;
  const std::byte* inputs[4][3];
  const std::byte* matrices[4][3];
  for (const Group& group : groups_) {
    for (int line = 0; line < pairs.lines; ++line) {
      for (int i = 0; i < pairs.pairs(); ++i) {
        const int square = line * pairs.line_step + 2 * i * pairs.square_step;
        Int8Pair pair;
        pair.part = part(group, operands, size(square));
        if (2 * i + 1 < pairs.squares) {
          pair.second = size(pairs.square_step) * operands.output_square;
        }
        int count = 0;
        std::size_t set = 0;
        for (int tap = 0; tap < 3; ++tap) {
          const int from = line + tap - 1;
          if (from < 0 || from >= pairs.lines) continue;
          const std::size_t first = size((from * pairs.pairs() + i) * 4);
          for (int sum = 0; sum < 4; ++sum) {
            inputs[sum][count] = operands.input + (first + size(sum)) * square_bytes;
            matrices[sum][count] = matrix(group, 3 * sum + tap);
          }
          set |= std::size_t{1} << tap;
          ++count;
        }
        for (int sum = 0; sum < 4; ++sum) pair.sums[sum] = {inputs[sum], matrices[sum], count};
        pair.starts[0] = starts_.data() + set * 2 * order_.size() + group.first;
        pair.starts[1] = pair.starts[0] + order_.size();
        product(pair);
      }
    }
  }
}

void spread_pairs(const Int8Kernel& kernel, const Int8Pairs& pairs, const std::uint8_t* codes,
                  std::size_t square_bytes, std::uint8_t* parts) {
  for (int line = 0; line < pairs.lines; ++line) {
    kernel.spread({.codes = codes + size(line * pairs.line_step) * square_bytes,
                   .square = size(pairs.square_step) * square_bytes,
                   .squares = pairs.squares,
                   .parts = parts + size(line * pairs.pairs() * 4) * square_bytes,
                   .bytes = square_bytes});
  }
}

}  // namespace zero
