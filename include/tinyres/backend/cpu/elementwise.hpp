#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/dropout_factors.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// to[i] = function(a[i], b[i]) for `count` elements.
template <class T, class Arch, class Value, class Function>
void combine(const Cpu<T, Arch>& cpu, std::ptrdiff_t count, const Value* a, const Value* b, Value* to,
             Function function) {
    parallel_ranges(cpu.threads(), count, [&](Range mine) {
        for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
            using V = typename decltype(registers)::Vector;
            store(V(function(load<V>(a + i), load<V>(b + i))), to + i);
        });
    });
}

/// y = max(x, 0); a NaN stays a NaN.
template <class T, class Arch, class In>
struct ReluKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        combine(cpu, std::ptrdiff_t{pass.batch} * In::size, pass.input, pass.input, pass.output,
                [](auto x, auto) { return choose(x < decltype(x)(0.0f), decltype(x)(0.0f), x); });
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        combine(cpu, std::ptrdiff_t{pass.batch} * In::size, pass.output, pass.output_gradient, pass.input_gradient,
                [](auto y, auto dy) { return choose(y > decltype(y)(0.0f), dy, decltype(y)(0.0f)); });
    }
};

/// y = x * factor[n, c] in training, y = x in prediction.
template <class T, class Arch, int Numerator, int Denominator, class In>
struct Dropout2dKernel {
    using Factors = DropoutFactors<Dropout2d<Numerator, Denominator>, In::channels>;
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.saved_per_image = Factors::bytes_per_image};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        float* const factors = reinterpret_cast<float*>(pass.saved);
        if (pass.training) Factors::draw(cpu.threads(), pass.batch, pass.random, factors);
        scale(cpu, pass.batch, pass.input, pass.training ? factors : nullptr, pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        scale(cpu, pass.batch, pass.output_gradient, reinterpret_cast<const float*>(pass.saved), pass.input_gradient);
    }

private:
    static void scale(const Cpu<T, Arch>& cpu, int batch, const Value* from, const float* factors, Value* to) {
        const int threads = useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size);
        parallel_for(threads, batch, [&](std::ptrdiff_t image) {
            const float* const factor = Factors::of_image(factors, image);
            for (std::ptrdiff_t i = image * In::size; i < (image + 1) * In::size; i += In::channels)
                for (int c = 0; c < In::channels; ++c)
                    to[i + c] = factor ? static_cast<Value>(from[i + c] * factor[c]) : from[i + c];
        });
    }
};

} // namespace cpu

template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<ReLU, In>> : cpu::ReluKernel<T, Arch, In> {};

template <class T, class Arch, int Numerator, int Denominator, class In>
struct Kernel<Cpu<T, Arch>, Bound<Dropout2d<Numerator, Denominator>, In>>
    : cpu::Dropout2dKernel<T, Arch, Numerator, Denominator, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
