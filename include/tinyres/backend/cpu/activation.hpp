#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/activation.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// As many numbers as a register holds; where only `count` are left, zeros follow them.
template <class V, class Value>
[[gnu::always_inline]] inline V load_up_to(std::ptrdiff_t count, const Value* from) {
    if (count >= lane_count<V>) return load<V>(from);
    Value numbers[std::size_t{lane_count<V>}] = {};
    std::copy_n(from, count, numbers);
    return load<V>(numbers);
}

/// Writes a register's numbers, or the first `count` of them if those are fewer.
template <class V, class Value>
[[gnu::always_inline]] inline void store_up_to(std::ptrdiff_t count, const V& value, Value* to) {
    if (count >= lane_count<V>) return store(value, to);
    Value numbers[std::size_t{lane_count<V>}];
    store(value, numbers);
    std::copy_n(numbers, count, to);
}

/// to[i] = function(a[i], b[i]) for `count` elements, like `combine`, but all of them in registers: a register's exp
/// has other roundings than a single float's, and a result must not depend on its place.
template <class T, class Arch, class Value, class Function>
void combine_in_registers(const Cpu<T, Arch>& cpu, std::ptrdiff_t count, const Value* a, const Value* b, Value* to,
                          Function function) {
    using V = Lanes<Arch>;
    parallel_ranges(cpu.threads(), count, [&](Range mine) {
        for (std::ptrdiff_t i = mine.begin; i < mine.end; i += lane_count<V>) {
            const std::ptrdiff_t left = mine.end - i;
            store_up_to(left, V(function(load_up_to<V>(left, a + i), load_up_to<V>(left, b + i))), to + i);
        }
    });
}

/// y = value(x); dx = dy * derivative(x or y).
template <class T, class Arch, class Layer, class In>
struct ActivationKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.input_in_backward = !Layer::derivative_of_output,
                                       .output_in_backward = Layer::derivative_of_output};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        combine_in_registers(cpu, std::ptrdiff_t{pass.batch} * In::size, pass.input, pass.input, pass.output,
                             [](auto x, auto) { return Layer::value(x); });
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        combine_in_registers(cpu, std::ptrdiff_t{pass.batch} * In::size,
                             Layer::derivative_of_output ? pass.output : pass.input, pass.output_gradient,
                             pass.input_gradient, [](auto v, auto dy) { return dy * Layer::derivative(v); });
    }
};

} // namespace cpu

/// An activation function.
template <class T, class Arch, ActivationLayer Layer, class In>
struct Kernel<Cpu<T, Arch>, Bound<Layer, In>> : cpu::ActivationKernel<T, Arch, Layer, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
