#include "zero/inference/native/weights.hpp"

#include "games/native/core/errors.hpp"

namespace zero {
namespace {

using Kind = Int8Layer::Kind;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t size(int a, int b) { return size(a) * size(b); }

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

// Takes layers by name, and checks that they have the sizes that the network needs.
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

  // A 3x3 convolution, plain or in pairs of squares.
  Int8Layer convolution(const std::string& name, Kind kind, bool paired, int inputs,
                        int outputs) const {
    const int matrices = paired ? Int8Pairs::matrices : 9;
    return {kernel_, kind, values(name, kind, matrices, inputs, outputs), paired};
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

}  // namespace

std::vector<std::string> int8_kernels() {
  std::vector<std::string> names;
  for (const Int8Kernel* kernel : kernels()) names.emplace_back(kernel->name);
  return names;
}

Int8Weights::Int8Weights(const Int8Shape& shape, const std::map<std::string, Int8Values>& layers,
                         const std::string& kernel)
    : shape_(shape), kernel_(kernel_of(kernel)) {
  const Layers from(layers, *kernel_);
  const int squares = shape.squares();
  const int channels = shape.channels;
  const int inner = channels - shape.pooled;
  const bool paired = shape.paired != 0;
  stem_ = from.take("stem", Kind::codes, 9, shape.planes, channels);
  if (shape.scalars > 0) {
    const Int8Values& values =
        from.values("stem.scalars", Kind::floats, 9, shape.scalars, channels);
    scalars_ = Int8Layer(*kernel_, Kind::floats, reordered(values, stem_.order()));
  }
  for (int i = 0; from.has("blocks." + std::to_string(i) + ".first"); ++i) {
    const std::string name = "blocks." + std::to_string(i) + ".";
    Block& block = blocks_.emplace_back();
    block.first = from.convolution(name + "first", shape.pooled ? Kind::sums : Kind::codes, paired,
                                   channels, channels);
    block.second = from.convolution(name + "second", shape.squeezed ? Kind::sums : Kind::codes,
                                    paired, inner, channels);
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

}  // namespace zero
