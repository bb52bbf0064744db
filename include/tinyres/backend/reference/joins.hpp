#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/core/joins.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// y = the sum of two values.
template <class T, class In>
struct Kernel<Reference<T>, Bound<Add, In, In>> {
    static constexpr KernelNeeds needs{.passes_gradient = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        const T* const other = reinterpret_cast<const T*>(pass.inputs[1]);
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[i] = pass.input[i] + other[i];
    }
};

/// y = the channels of all inputs, one after the other.
template <class T, class... Inputs>
struct Kernel<Reference<T>, Bound<Concatenate, Inputs...>> {
    using Operation = Bound<Concatenate, Inputs...>;
    static constexpr KernelNeeds needs{};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        int first = 0;
        for (std::size_t branch = 0; branch < sizeof...(Inputs); ++branch) {
            const int channels = Operation::inputs[branch].channels;
            const T* const from = reinterpret_cast<const T*>(pass.inputs[branch]);
            for (int pixel = 0; pixel < pass.batch * Operation::out.pixels(); ++pixel)
                std::copy_n(from + pixel * channels, channels, pass.output + pixel * Operation::out.channels + first);
            first += channels;
        }
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        int first = 0;
        for (std::size_t branch = 0; branch < sizeof...(Inputs); ++branch) {
            const int channels = Operation::inputs[branch].channels;
            if (T* const to = reinterpret_cast<T*>(pass.input_gradients[branch]))
                for (int pixel = 0; pixel < pass.batch * Operation::out.pixels(); ++pixel)
                    std::copy_n(pass.output_gradient + pixel * Operation::out.channels + first, channels,
                                to + pixel * channels);
            first += channels;
        }
    }
};

/// y = x * gate, the gate being one value per channel or as large as x:
///     dx = dy * gate, dgate = dy * x, summed over the pixels that a value of the gate is for
template <class T, class In, class Gate>
struct Kernel<Reference<T>, Bound<Multiply, In, Gate>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        const T* const gate = reinterpret_cast<const T*>(pass.inputs[1]);
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[i] = pass.input[i] * gate[gate_of(i)];
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        const T* const gate = reinterpret_cast<const T*>(pass.inputs[1]);
        if (pass.input_gradient)
            for (int i = 0; i < pass.batch * In::size; ++i)
                pass.input_gradient[i] = pass.output_gradient[i] * gate[gate_of(i)];
        if (T* const gate_gradient = reinterpret_cast<T*>(pass.input_gradients[1])) {
            std::fill_n(gate_gradient, pass.batch * Gate::size, T{0});
            for (int i = 0; i < pass.batch * In::size; ++i)
                gate_gradient[gate_of(i)] += pass.output_gradient[i] * pass.input[i];
        }
    }

private:
    static int gate_of(int i) { return Gate::size == In::size ? i : i / In::size * In::channels + i % In::channels; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
