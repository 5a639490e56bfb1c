#include "zero/inference/native/forward.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "games/native/core/errors.hpp"

namespace zero {
namespace {

constexpr float no_floor = -std::numeric_limits<float>::infinity();

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t size(int a, int b) { return size(a) * size(b); }

std::size_t stride_of(int channels) { return size(padded(channels)); }

Int8Pairs pairs_of(const Int8Shape& shape) {
  if (shape.paired == 1) {
    return {
        .lines = shape.width, .squares = shape.height, .line_step = 1, .square_step = shape.width};
  }
  return {
      .lines = shape.height, .squares = shape.width, .line_step = shape.width, .square_step = 1};
}

// For one row, the means over the squares of `count` channels, and the maxima if `maxima` is given.
void pool_row(const float* values, std::size_t square_stride, int squares, int count, float* means,
              float* maxima) {
  std::copy_n(values, count, means);
  if (maxima != nullptr) std::copy_n(values, count, maxima);
  for (int square = 1; square < squares; ++square) {
    const float* at = values + size(square) * square_stride;
    for (int i = 0; i < count; ++i) means[i] += at[i];
    if (maxima == nullptr) continue;
    for (int i = 0; i < count; ++i) maxima[i] = std::max(maxima[i], at[i]);
  }
  for (int i = 0; i < count; ++i) means[i] /= static_cast<float>(squares);
}

const std::byte* bytes(const void* data) { return static_cast<const std::byte*>(data); }

}  // namespace

Int8Forward::Int8Forward(const Int8Shape& shape, int rows)
    : shape_(shape),
      rows_(rows),
      squares_(reach_of_squares(shape.squares())),
      board_(reach_of_board(shape.squares())),
      neighbours_(reach_of_neighbours(shape.height, shape.width)),
      one_(reach_of_squares(1)),
      pairs_(pairs_of(shape)),
      stride_((stride_of(shape.channels) + 63) / 64 * 64) {
  kinds_reach_.matrices = 9;
  for (std::vector<Int8Reach::Term> taps : neighbours_.squares) {
    for (Int8Reach::Term& term : taps) term.square = 0;  // the scalars are the same everywhere
    const auto known = std::ranges::find(kinds_reach_.squares, taps);
    kinds_.push_back(static_cast<int>(known - kinds_reach_.squares.begin()));
    if (known == kinds_reach_.squares.end()) kinds_reach_.squares.push_back(taps);
  }
  const std::size_t n = size(rows);
  const std::size_t cells = size(shape.squares(), rows);
  planes = Aligned<std::uint64_t>(n * size(shape.planes, shape.words_per_plane()));
  scalars = Aligned<float>(n * size(shape.scalars));
  logits = Aligned<float>(n * size(shape.actions));
  wdl = Aligned<float>(n * 3);
  input_ = Aligned<std::uint8_t>(cells * stride_of(shape.planes));
  x_ = Aligned<std::uint8_t>(cells * stride_);
  y_ = Aligned<std::uint8_t>(cells * stride_);
  if (shape.paired != 0) {
    parts_ = Aligned<std::uint8_t>(size(pairs_.lines, pairs_.pairs() * 4) * n * stride_);
  }
  if (shape.scalars > 0)
    biases_ = Aligned<float>(kinds_reach_.squares.size() * n * stride_of(shape.channels));
  if (shape.pooled > 0 || shape.squeezed > 0) {
    wide_ = Aligned<float>(cells * stride_);
    gate_ = Aligned<float>(n * stride_);
    offset_ = Aligned<float>(n * stride_);
    std::fill_n(gate_.data(), gate_.size(), 1.0F);
    small_ = Aligned<float>(n * size(shape.squeezed));
  }
  const int whole = std::max({shape.channels, 2 * shape.pooled, 2 * shape.policy_channels});
  whole_ = Aligned<float>(n * size(whole));
  policy_hidden_ = Aligned<float>(cells * size(shape.policy_channels));
  value_reduced_ = Aligned<std::uint8_t>(cells * stride_of(shape.value_channels));
  value_hidden_ = Aligned<float>(n * size(shape.value_hidden));
}

void Int8Forward::forward(const Int8Weights& network) {
  if (network.shape() != shape_) {
    throw GameError("int8 session: the network has another shape than the session");
  }
  unpack();
  stem(network);
  for (const Int8Weights::Block& each : network.blocks_) block(network, each);
  policy(network);
  value(network);
}

// Bit planes [rows, planes, words] to codes 0 and 1, [squares, rows, planes].
void Int8Forward::unpack() {
  const std::size_t stride = stride_of(shape_.planes);
  const std::size_t words = size(shape_.words_per_plane());
  for (int row = 0; row < rows_; ++row) {
    const std::uint64_t* from = planes.data() + size(row, shape_.planes) * words;
    for (int square = 0; square < shape_.squares(); ++square) {
      std::uint8_t* to = input_.data() + (size(square, rows_) + size(row)) * stride;
      const std::uint64_t* word = from + square / 64;
      for (int plane = 0; plane < shape_.planes; ++plane, word += words) {
        to[plane] = static_cast<std::uint8_t>(*word >> (square % 64) & 1);
      }
    }
  }
}

void Int8Forward::stem(const Int8Weights& network) {
  const Int8Kernel& kernel = *network.kernel_;
  Int8Operands operands{.rows = rows_,
                        .input = bytes(input_.data()),
                        .input_stride = stride_of(shape_.planes),
                        .codes = x_.data(),
                        .output_stride = stride_,
                        .output_square = size(rows_) * stride_};
  if (network.scalars_) {
    network.scalars_->run(kernel, kinds_reach_,
                          {.rows = rows_,
                           .input = bytes(scalars.data()),
                           .input_stride = size(shape_.scalars) * sizeof(float),
                           .floats = biases_.data(),
                           .floor = no_floor,
                           .output_stride = stride_of(shape_.channels),
                           .output_square = size(rows_) * stride_of(shape_.channels)});
    operands.biases = biases_.data();
    operands.bias_kinds = kinds_.data();
  }
  network.stem_.run(kernel, neighbours_, operands);
}

// A 3x3 convolution of the codes of x or y.
void Int8Forward::convolve(const Int8Weights& network, const Int8Layer& layer,
                           const std::uint8_t* codes, Int8Operands operands) {
  operands.input_stride = stride_;
  if (shape_.paired == 0) {
    operands.input = bytes(codes);
    layer.run(*network.kernel_, neighbours_, operands);
  } else {
    spread_pairs(*network.kernel_, pairs_, codes, size(rows_) * stride_, parts_.data());
    operands.input = bytes(parts_.data());
    layer.run(*network.kernel_, pairs_, operands);
  }
}

void Int8Forward::block(const Int8Weights& network, const Int8Weights::Block& block) {
  Int8Operands first{.rows = rows_,
                     .floor = no_floor,
                     .output_stride = stride_,
                     .output_square = size(rows_) * stride_};
  Int8Operands second = first;
  if (shape_.pooled > 0) {
    first.floats = wide_.data();
  } else {
    first.codes = y_.data();
  }
  if (shape_.squeezed > 0) {
    second.floats = wide_.data();
  } else {
    second.codes = x_.data();  // each square of x is read as residual just before it is written
    second.carried = x_.data();
  }
  convolve(network, block.first, x_.data(), first);
  if (shape_.pooled > 0) pool(network, block);
  convolve(network, block.second, y_.data(), second);
  if (shape_.squeezed > 0) squeeze(network, block);
}

// x += the channels of `wide`, scaled by a gate that is computed from their means.
void Int8Forward::squeeze(const Int8Weights& network, const Int8Weights::Block& block) {
  const Int8Kernel& kernel = *network.kernel_;
  const std::size_t square = size(rows_) * stride_;
  const std::size_t channels = size(shape_.channels);
  for (std::size_t row = 0; row < size(rows_); ++row) {
    pool_row(wide_.data() + row * stride_, square, shape_.squares(), shape_.channels,
             whole_.data() + row * channels, nullptr);
  }
  block.context[0].run(kernel, one_,
                       {.rows = rows_,
                        .input = bytes(whole_.data()),
                        .input_stride = channels * sizeof(float),
                        .floats = small_.data(),
                        .output_stride = size(shape_.squeezed)});
  block.context[1].run(kernel, one_,
                       {.rows = rows_,
                        .input = bytes(small_.data()),
                        .input_stride = size(shape_.squeezed) * sizeof(float),
                        .floats = gate_.data(),
                        .floor = no_floor,
                        .output_stride = stride_});
  for (std::size_t row = 0; row < size(rows_); ++row) {
    float* gate = gate_.data() + row * stride_;
    for (std::size_t i = 0; i < channels; ++i) gate[i] = 1.0F / (1.0F + std::exp(-gate[i]));
  }
  finish(network, x_.data(), block.carry, x_.data(), padded(shape_.channels));
}

// y = the first channels of `wide`, plus offsets computed from the last channels by pooling.
void Int8Forward::pool(const Int8Weights& network, const Int8Weights::Block& block) {
  const int own = shape_.channels - shape_.pooled;
  const std::size_t square = size(rows_) * stride_;
  const std::size_t pooled = size(shape_.pooled);
  for (std::size_t row = 0; row < size(rows_); ++row) {
    float* to = whole_.data() + row * 2 * pooled;
    float* from = wide_.data() + row * stride_ + own;
    for (int s = 0; s < shape_.squares(); ++s) {
      float* values = from + size(s) * square;
      for (std::size_t i = 0; i < pooled; ++i) values[i] = std::max(values[i], 0.0F);
    }
    pool_row(from, square, shape_.squares(), shape_.pooled, to, to + pooled);
  }
  block.context[0].run(*network.kernel_, one_,
                       {.rows = rows_,
                        .input = bytes(whole_.data()),
                        .input_stride = 2 * pooled * sizeof(float),
                        .floats = offset_.data(),
                        .floor = no_floor,
                        .output_stride = stride_});
  finish(network, nullptr, 0, y_.data(), padded(own));
}

void Int8Forward::finish(const Int8Weights& network, const std::uint8_t* carried, float carry,
                         std::uint8_t* codes, int width) {
  for (std::size_t square = 0; square < size(shape_.squares()); ++square) {
    const std::size_t at = square * size(rows_) * stride_;
    network.kernel_->finish({.wide = wide_.data() + at,
                             .gate = gate_.data(),
                             .offset = offset_.data(),
                             .wide_stride = stride_,
                             .carried = carried == nullptr ? nullptr : carried + at,
                             .carry = carry,
                             .codes = codes + at,
                             .stride = stride_,
                             .rows = rows_,
                             .width = width});
  }
}

void Int8Forward::policy(const Int8Weights& network) {
  const Int8Kernel& kernel = *network.kernel_;
  const std::size_t hidden = size(shape_.policy_channels);
  network.policy_reduce_.run(kernel, squares_,
                             {.rows = rows_,
                              .input = bytes(x_.data()),
                              .input_stride = stride_,
                              .floats = policy_hidden_.data(),
                              .output_stride = hidden,
                              .output_square = size(rows_) * hidden});
  const bool on_board = shape_.action_planes > 0;
  network.policy_last_.run(kernel, on_board ? squares_ : board_,
                           {.rows = rows_,
                            .input = bytes(policy_hidden_.data()),
                            .input_stride = hidden * sizeof(float),
                            .floats = logits.data(),
                            .floor = no_floor,
                            .output_stride = size(shape_.actions),
                            .output_square = size(shape_.action_planes)});
  if (!network.policy_others_) return;
  for (std::size_t row = 0; row < size(rows_); ++row) {
    float* to = whole_.data() + row * 2 * hidden;
    pool_row(policy_hidden_.data() + row * hidden, size(rows_) * hidden, shape_.squares(),
             shape_.policy_channels, to, to + hidden);
  }
  network.policy_others_->run(
      kernel, one_,
      {.rows = rows_,
       .input = bytes(whole_.data()),
       .input_stride = 2 * hidden * sizeof(float),
       .floats = logits.data() + size(shape_.squares(), shape_.action_planes),
       .floor = no_floor,
       .output_stride = size(shape_.actions)});
}

void Int8Forward::value(const Int8Weights& network) {
  const Int8Kernel& kernel = *network.kernel_;
  const std::size_t stride = stride_of(shape_.value_channels);
  network.value_reduce_.run(kernel, squares_,
                            {.rows = rows_,
                             .input = bytes(x_.data()),
                             .input_stride = stride_,
                             .codes = value_reduced_.data(),
                             .output_stride = stride,
                             .output_square = size(rows_) * stride});
  const std::size_t hidden = size(shape_.value_hidden);
  network.value_hidden_.run(kernel, board_,
                            {.rows = rows_,
                             .input = bytes(value_reduced_.data()),
                             .input_stride = stride,
                             .floats = value_hidden_.data(),
                             .output_stride = hidden});
  network.value_out_.run(kernel, one_,
                         {.rows = rows_,
                          .input = bytes(value_hidden_.data()),
                          .input_stride = hidden * sizeof(float),
                          .floats = wdl.data(),
                          .floor = no_floor,
                          .output_stride = 3});
}

}  // namespace zero
