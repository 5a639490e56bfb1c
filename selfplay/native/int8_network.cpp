#include "int8_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "game.hpp"

namespace zero {
namespace {

using Kind = Int8Layer::Kind;

constexpr float no_floor = -std::numeric_limits<float>::infinity();

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t size(int a, int b) { return size(a) * size(b); }

std::size_t stride_of(int channels) { return size(padded(channels)); }

// The kernels that run here, the fastest first.
std::vector<const Int8Kernel*> kernels() {
  std::vector<const Int8Kernel*> found;
  for (const auto kernel : {int8_avx512_kernel, int8_avx_kernel, int8_scalar_kernel}) {
    if (kernel() != nullptr) found.push_back(kernel());
  }
  return found;
}

const Int8Kernel* kernel_of(const std::string& name) {
  std::string known;
  for (const Int8Kernel* kernel : kernels()) {
    if (name == kernel->name) return kernel;
    known += std::string(known.empty() ? "" : ", ") + kernel->name;
  }
  throw GameError("int8 kernel '" + name + "' does not run here; known are " + known);
}

// Takes layers by name, and sees to it that they have the sizes that the network needs.
class Layers {
 public:
  Layers(const std::map<std::string, Int8Values>& values, const Int8Kernel& kernel)
      : values_(values), kernel_(kernel) {}

  bool has(const std::string& name) const { return values_.contains(name); }

  const Int8Values& values(const std::string& name, Kind kind, int matrices, int inputs,
                           int outputs) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw GameError("int8 network: layer '" + name + "' is missing");
    const Int8Values& v = found->second;
    const std::size_t weights = size(matrices, inputs) * size(outputs);
    const bool sized = v.matrices == matrices && v.inputs == inputs && v.outputs == outputs &&
                       v.bias.size() == size(outputs);
    const bool held = kind == Kind::floats
                          ? v.floats.size() == weights
                          : v.codes.size() == weights && v.scale.size() == size(outputs);
    if (!sized || !held) {
      throw GameError("int8 network: layer '" + name + "' must have weights [" +
                      std::to_string(matrices) + ", " + std::to_string(inputs) + ", " +
                      std::to_string(outputs) + "]" +
                      (kind == Kind::floats ? " of float32" : " of int8"));
    }
    return v;
  }

  Int8Layer take(const std::string& name, Kind kind, int matrices, int inputs, int outputs) const {
    return {kernel_, kind, values(name, kind, matrices, inputs, outputs)};
  }

 private:
  const std::map<std::string, Int8Values>& values_;
  const Int8Kernel& kernel_;
};

// The same layer with its outputs in another order.
Int8Values reordered(const Int8Values& values, const std::vector<int>& order) {
  Int8Values out;
  out.matrices = values.matrices;
  out.inputs = values.inputs;
  out.outputs = static_cast<int>(order.size());
  const std::size_t lines = size(values.matrices, values.inputs);
  out.floats.resize(lines * order.size());
  out.bias.resize(order.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    if (order[place] >= values.outputs) continue;
    const std::size_t output = size(order[place]);
    out.bias[place] = values.bias[output];
    for (std::size_t line = 0; line < lines; ++line) {
      out.floats[line * order.size() + place] = values.floats[line * size(values.outputs) + output];
    }
  }
  return out;
}

// Means over the squares of `count` channels, and their maxima if `maxima` is given; of one row.
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

std::vector<std::string> int8_kernels() {
  std::vector<std::string> names;
  for (const Int8Kernel* kernel : kernels()) names.emplace_back(kernel->name);
  return names;
}

Int8Network::Int8Network(const Int8Shape& shape, const std::map<std::string, Int8Values>& layers,
                         const std::string& kernel)
    : shape_(shape), kernel_(kernel_of(kernel)) {
  const Layers from(layers, *kernel_);
  const int squares = shape.squares();
  const int channels = shape.channels;
  const int inner = channels - shape.pooled;
  stem_ = from.take("stem", Kind::codes, 9, shape.planes, channels);
  if (shape.scalars > 0) {
    const Int8Values& values =
        from.values("stem.scalars", Kind::floats, 9, shape.scalars, channels);
    scalars_ = Int8Layer(*kernel_, Kind::floats, reordered(values, stem_.order()));
  }
  for (int i = 0; from.has("blocks." + std::to_string(i) + ".first"); ++i) {
    const std::string name = "blocks." + std::to_string(i) + ".";
    Block& block = blocks_.emplace_back();
    block.first = from.take(name + "first", shape.pooled ? Kind::sums : Kind::codes, 9, channels,
                            channels);
    block.second = from.take(name + "second", shape.squeezed ? Kind::sums : Kind::codes, 9, inner,
                             channels);
    block.carry = layers.at(name + "second").carry;
    if (shape.squeezed > 0) {
      block.context.push_back(
          from.take(name + "squeeze", Kind::floats, 1, channels, shape.squeezed));
      block.context.push_back(
          from.take(name + "excite", Kind::floats, 1, shape.squeezed, channels));
    } else if (shape.pooled > 0) {
      block.context.push_back(from.take(name + "spread", Kind::floats, 1, 2 * shape.pooled, inner));
    }
  }
  const int hidden = shape.policy_channels;
  policy_reduce_ = from.take("policy.reduce", Kind::sums, 1, channels, hidden);
  if (shape.action_planes == 0) {
    policy_last_ = from.take("policy.linear", Kind::floats, squares, hidden, shape.actions);
  } else {
    const int others = shape.actions - squares * shape.action_planes;
    policy_last_ = from.take("policy.points", Kind::floats, 1, hidden, shape.action_planes);
    if (others > 0) {
      policy_others_ = from.take("policy.others", Kind::floats, 1, 2 * hidden, others);
    }
  }
  value_reduce_ = from.take("value.reduce", Kind::codes, 1, channels, shape.value_channels);
  value_hidden_ =
      from.take("value.hidden", Kind::sums, squares, shape.value_channels, shape.value_hidden);
  value_out_ = from.take("value.out", Kind::floats, 1, shape.value_hidden, 3);
}

Int8Session::Int8Session(const Int8Shape& shape, int rows)
    : shape_(shape),
      rows_(rows),
      squares_(reach_of_squares(shape.squares())),
      board_(reach_of_board(shape.squares())),
      neighbours_(reach_of_neighbours(shape.height, shape.width)),
      one_(reach_of_squares(1)),
      stride_(stride_of(shape.channels)) {
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
  if (shape.scalars > 0) biases_ = Aligned<float>(kinds_reach_.squares.size() * n * stride_);
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

void Int8Session::forward(const Int8Network& network) {
  if (network.shape() != shape_) {
    throw GameError("int8 session: the network has another shape than the session");
  }
  unpack();
  stem(network);
  for (const Int8Network::Block& each : network.blocks_) block(network, each);
  policy(network);
  value(network);
}

// Bit planes [rows, planes, words] to codes 0 and 1, [squares, rows, planes].
void Int8Session::unpack() {
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

void Int8Session::stem(const Int8Network& network) {
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
                           .output_stride = stride_,
                           .output_square = size(rows_) * stride_});
    operands.biases = biases_.data();
    operands.bias_kinds = kinds_.data();
  }
  network.stem_.run(kernel, neighbours_, operands);
}

void Int8Session::block(const Int8Network& network, const Int8Network::Block& block) {
  const Int8Kernel& kernel = *network.kernel_;
  Int8Operands first{.rows = rows_,
                     .input = bytes(x_.data()),
                     .input_stride = stride_,
                     .output_stride = stride_,
                     .output_square = size(rows_) * stride_};
  Int8Operands second = first;
  second.input = bytes(y_.data());
  first.floor = second.floor = no_floor;
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
  block.first.run(kernel, neighbours_, first);
  if (shape_.pooled > 0) pool(network, block);
  block.second.run(kernel, neighbours_, second);
  if (shape_.squeezed > 0) squeeze(network, block);
}

// The channels of `wide` scaled by a gate computed from their means, plus x, become x.
void Int8Session::squeeze(const Int8Network& network, const Int8Network::Block& block) {
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

// The last channels of `wide`, pooled, become offsets of the others, which become y.
void Int8Session::pool(const Int8Network& network, const Int8Network::Block& block) {
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

void Int8Session::finish(const Int8Network& network, const std::uint8_t* carried, float carry,
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

void Int8Session::policy(const Int8Network& network) {
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

void Int8Session::value(const Int8Network& network) {
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
