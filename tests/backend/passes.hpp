#pragma once

#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <vector>

/// Runs layers by their kernels alone, outside any plan. Every array is an allocation of its own and as long as the
/// kernel asked, so that AddressSanitizer sees a step beyond it; it holds NaN until the kernel writes to it; and what
/// the kernel did not ask for is null.
namespace passes {

namespace tr = tinyres;

/// The memory that a backend's kernels work in and this program reads and writes, aligned to 64 bytes. A backend whose
/// memory is another specializes it.
template <class Backend>
struct Memory {
    static void* allocate(std::size_t bytes) { return ::operator new[](bytes, std::align_val_t{64}); }
    static void free(void* memory) { ::operator delete[](memory, std::align_val_t{64}); }
    /// Waits until the backend's kernels have run.
    static void wait() {}
};

/// Exactly `size` elements of a backend's memory, all bits set: NaN in every floating-point type.
template <class Backend, class T>
class Array {
public:
    explicit Array(std::size_t size)
        : data_(static_cast<T*>(Memory<Backend>::allocate(size * sizeof(T)))), size_(size) {
        std::memset(static_cast<void*>(data_), 0xff, size * sizeof(T));
    }
    explicit Array(const std::vector<float>& values) : Array(values.size()) { fill(values); }
    void fill(const std::vector<float>& values) const {
        std::transform(values.begin(), values.end(), data_, [](float value) { return static_cast<T>(value); });
    }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    ~Array() { Memory<Backend>::free(data_); }

    T* data() const { return data_; }
    std::vector<double> values() const {
        Memory<Backend>::wait();
        return {data_, data_ + size_};
    }

private:
    T* data_;
    std::size_t size_;
};

/// What goes into a pass: the arguments that all backends get.
struct Operands {
    int batch = 1;
    bool training = true;
    std::vector<float> input;
    std::vector<float> parameters;
    std::vector<float> statistics;
    std::vector<float> output_gradient;
    tr::RandomKey random{3, tr::Purpose::dropout, 5, 7};
    bool wants_input_gradient = true;
};

/// What comes out of it.
struct Results {
    std::vector<double> output;
    std::vector<double> input_gradient;
    std::vector<double> parameter_gradients;
    std::vector<double> statistics;
};

/// The tensors of a layer, or of the first of several that a backend runs as one: those of others are counted where the
/// layers are named one by one.
template <class Layer>
struct TensorsOf {
    static constexpr tr::TensorList of(tr::Dims in) { return Layer::tensors(in); }
};
template <class First, class... Rest>
struct TensorsOf<tr::Fused<First, Rest...>> : TensorsOf<First> {};

template <class T>
struct Slices {
    const T* parameters;
    T* parameter_gradients;
    T* statistics;
};

/// `Layers` one after the other on (batch, In); returns the output and, in training, writes the gradients.
template <class Backend, class In, class Layer, class... Rest>
void run_steps(const Backend& backend, const Operands& operands, const Array<Backend, tr::Stored<Backend, In>>& input,
               Slices<typename Backend::Scalar> slices, Array<Backend, tr::Stored<Backend, In>>& input_gradient,
               bool wants_input_gradient, Results& results) {
    using T = typename Backend::Scalar;
    using Kernel = tr::Kernel<Backend, tr::Bound<Layer, In>>;
    constexpr tr::Dims out = tr::Bound<Layer, In>::out;
    using Out = typename tr::Bound<Layer, In>::OutputShape;
    using Input = tr::Stored<Backend, In>;
    using Output = tr::Stored<Backend, Out>;
    constexpr tr::KernelNeeds needs = Kernel::needs;
    const auto batch = static_cast<std::size_t>(operands.batch);
    const Array<Backend, Output> output(batch * static_cast<std::size_t>(out.size()));
    const Array<Backend, std::byte> saved(needs.saved_per_image * batch);
    const Array<Backend, std::byte> saved_once(needs.saved_once);
    const auto scratch = [&] {
        return Array<Backend, std::byte>(needs.scratch_shared +
                                         needs.scratch_per_thread * static_cast<std::size_t>(backend.threads()));
    };
    tr::ForwardPass<T, Input, Output> forward;
    forward.batch = operands.batch;
    forward.training = operands.training;
    forward.input = input.data();
    forward.output = output.data();
    forward.parameters = slices.parameters;
    forward.statistics = slices.statistics;
    if (operands.training) {
        forward.updated_statistics = slices.statistics;
        forward.saved = saved.data();
        forward.saved_once = saved_once.data();
    }
    forward.random = operands.random;
    {
        const Array<Backend, std::byte> working = scratch();
        const Array<Backend, std::byte> image_scratch(needs.forward_scratch_per_image * batch);
        forward.scratch = working.data();
        forward.image_scratch = image_scratch.data();
        Kernel::forward(backend, forward);
    }

    Array<Backend, Output> output_gradient(batch * static_cast<std::size_t>(out.size()));
    if constexpr (sizeof...(Rest) == 0) {
        results.output = output.values();
        output_gradient.fill(operands.output_gradient);
    } else {
        constexpr tr::TensorList tensors = TensorsOf<Layer>::of(In::dims);
        constexpr int parameters = tensors.size(tr::Role::parameter);
        const Slices<T> behind{slices.parameters + parameters, slices.parameter_gradients + parameters,
                               slices.statistics + tensors.size(tr::Role::running_statistic)};
        run_steps<Backend, Out, Rest...>(backend, operands, output, behind, output_gradient, true, results);
    }
    if (!operands.training) return;
    tr::BackwardPass<T, Input, Output> backward;
    backward.batch = operands.batch;
    backward.input = needs.input_in_backward ? input.data() : nullptr;
    backward.output = needs.output_in_backward ? output.data() : nullptr;
    backward.output_gradient = output_gradient.data();
    backward.input_gradient = wants_input_gradient || needs.input_gradient_always ? input_gradient.data() : nullptr;
    backward.parameters = slices.parameters;
    backward.parameter_gradients = slices.parameter_gradients;
    backward.saved = saved.data();
    backward.saved_once = saved_once.data();
    const Array<Backend, std::byte> working = scratch();
    const Array<Backend, std::byte> image_scratch(needs.backward_scratch_per_image * batch);
    backward.scratch = working.data();
    backward.image_scratch = image_scratch.data();
    Kernel::backward(backend, backward);
}

/// Runs `Layers` on (batch, In), forward and, in training, backward.
template <class In, class... Layers, class Backend>
Results run(const Backend& backend, const Operands& operands) {
    using T = typename Backend::Scalar;
    const Array<Backend, tr::Stored<Backend, In>> input(operands.input);
    const Array<Backend, T> parameters(operands.parameters);
    const Array<Backend, T> parameter_gradients(operands.parameters.size());
    const Array<Backend, T> statistics(operands.statistics);
    Array<Backend, tr::Stored<Backend, In>> input_gradient(operands.input.size());
    Results results;
    run_steps<Backend, In, Layers...>(backend, operands, input,
                                      {parameters.data(), parameter_gradients.data(), statistics.data()},
                                      input_gradient, operands.wants_input_gradient, results);
    results.statistics = statistics.values();
    if (!operands.training) return results;
    results.parameter_gradients = parameter_gradients.values();
    if (operands.wants_input_gradient) results.input_gradient = input_gradient.values();
    return results;
}

/// What is known of layers without their types: input, output and tensors, parameters and statistics in their order.
struct Signature {
    tr::Dims in;
    tr::Dims out;
    std::vector<tr::TensorSpec> tensors;
};

/// Of `Layers` one after the other on images of shape In.
template <class In, class... Layers>
Signature signature_of() {
    Signature signature{In::dims, In::dims, {}};
    const auto append = [&](tr::TensorList tensors, tr::Dims out) {
        for (const tr::TensorSpec& tensor : tensors) signature.tensors.push_back(tensor);
        signature.out = out;
    };
    (append(TensorsOf<Layers>::of(signature.out), tr::detail::Facts<Layers>::output({&signature.out, 1})), ...);
    return signature;
}

/// Random operands: values in [-1, 1), the weights of normalizations in ±[0.5, 1.5), running variances in [0.5, 1.5).
inline Operands random_operands(const Signature& signature, int batch, std::uint64_t seed = 1) {
    tr::RandomStream random({seed, tr::Purpose::augmentation, static_cast<std::uint32_t>(batch), 0});
    const auto any = [&] { return random.uniform(-1.0f, 1.0f); };
    const auto near_one = [&] { return random.uniform(0.5f, 1.5f); };
    Operands operands;
    operands.batch = batch;
    for (int i = 0; i < batch * signature.in.size(); ++i) operands.input.push_back(any());
    for (const tr::TensorSpec& spec : signature.tensors) {
        const bool parameter = spec.role == tr::Role::parameter;
        auto& values = parameter ? operands.parameters : operands.statistics;
        for (int i = 0; i < spec.size(); ++i) {
            const bool negative = parameter && random.below(4) == 0;
            const float one = near_one();
            values.push_back(spec.initial != tr::Initial::ones ? any() : negative ? -one : one);
        }
    }
    for (int i = 0; i < batch * signature.out.size(); ++i) operands.output_gradient.push_back(any());
    return operands;
}

template <class In, class... Layers>
Operands random_operands(int batch, std::uint64_t seed = 1) {
    return random_operands(signature_of<In, Layers...>(), batch, seed);
}

/// With images and gradients that bfloat16 holds exactly, so that only the kernel's own roundings show.
inline Operands rounded_to_bfloat16(Operands operands) {
    for (std::vector<float>* const values : {&operands.input, &operands.output_gradient})
        for (float& value : *values) value = tr::bfloat16(value);
    return operands;
}

/// The error of `found` against `expected`, two arrays (any, channels): for each channel the norm of the difference
/// over the norm of what was expected (or that of an average channel, where it is larger); of all channels the worst.
inline double worst_channel_error(std::span<const double> found, std::span<const double> expected, int channels) {
    if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
    const auto count = static_cast<std::size_t>(channels);
    std::vector<double> difference(count, 0.0);
    std::vector<double> norm(count, 0.0);
    double whole = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double distance = found[i] - expected[i];
        difference[i % count] += distance * distance;
        norm[i % count] += expected[i] * expected[i];
        whole += expected[i] * expected[i];
    }
    double worst = 0.0;
    for (std::size_t c = 0; c < count; ++c) {
        const double scale = std::max({norm[c], whole / channels, std::numeric_limits<double>::min()});
        const double error = std::sqrt(difference[c] / scale);
        if (!(error <= worst)) worst = error; // also if it is NaN
    }
    return worst;
}

/// The errors of a pass, each the worst channel's.
struct Errors {
    double output = 0.0;
    double input_gradient = 0.0;
    double parameter_gradients = 0.0; ///< of the worst tensor
    double statistics = 0.0;          ///< the same
};

/// How far `found` is from `expected`, both from layers with this signature.
inline Errors errors_of(const Results& found, const Results& expected, const Signature& signature) {
    using Values = std::vector<double>;
    const auto part_error = [](const Values& a, const Values& b, std::size_t begin, std::size_t count, int channels) {
        if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
        if (a.empty()) return 0.0; // there is none in prediction
        return worst_channel_error(std::span(a).subspan(begin, count), std::span(b).subspan(begin, count), channels);
    };
    const auto keep_worst = [](double& worst, double error) {
        if (!(error <= worst)) worst = error; // also if it is NaN
    };
    const auto whole_error = [&](const Values& a, const Values& b, int channels) {
        return part_error(a, b, 0, b.size(), channels);
    };
    Errors errors;
    errors.output = whole_error(found.output, expected.output, signature.out.channels);
    errors.input_gradient = whole_error(found.input_gradient, expected.input_gradient, signature.in.channels);
    std::size_t parameter = 0;
    std::size_t statistic = 0;
    for (const tr::TensorSpec& spec : signature.tensors) {
        const auto size = static_cast<std::size_t>(spec.size());
        if (spec.role == tr::Role::parameter) {
            const int channels = spec.rank > 1 ? spec.shape[0] : 1; // HWIO or IO; vectors as a whole
            keep_worst(errors.parameter_gradients,
                       part_error(found.parameter_gradients, expected.parameter_gradients, parameter, size, channels));
            parameter += size;
        } else {
            keep_worst(errors.statistics, part_error(found.statistics, expected.statistics, statistic, size, 1));
            statistic += size;
        }
    }
    return errors;
}

template <class In, class... Layers>
Errors errors_of(const Results& found, const Results& expected) {
    return errors_of(found, expected, signature_of<In, Layers...>());
}

/// Whether two passes gave the same numbers, a NaN being the same as a NaN.
inline bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}
inline bool same(const Results& a, const Results& b) {
    return same(a.output, b.output) && same(a.input_gradient, b.input_gradient) &&
           same(a.parameter_gradients, b.parameter_gradients) && same(a.statistics, b.statistics);
}

} // namespace passes
