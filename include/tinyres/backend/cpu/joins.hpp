#pragma once

#include "tinyres/backend/cpu/elementwise.hpp"
#include "tinyres/core/joins.hpp"

#include <array>
#include <functional>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// y = the sum of two values.
template <class T, class Arch, class In>
struct AddKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.passes_gradient = true};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        combine(cpu, std::ptrdiff_t{pass.batch} * In::size, pass.input, reinterpret_cast<const Value*>(pass.inputs[1]),
                pass.output, std::plus{});
    }
};

/// Copies (pixels, channels) from one array to another whose pixels lie as far apart as the strides say.
template <class Value>
struct PixelCopy {
    const Value* from;
    std::ptrdiff_t from_stride;
    Value* to;
    std::ptrdiff_t to_stride;
    int channels;

    void operator()(std::ptrdiff_t first_pixel, std::ptrdiff_t pixels) const {
        if (channels == 0) return; // of a gradient that nobody wants
        for (std::ptrdiff_t pixel = first_pixel; pixel < first_pixel + pixels; ++pixel)
            std::copy_n(from + pixel * from_stride, channels, to + pixel * to_stride);
    }
};

/// Runs all copies, whose sizes are values, so that this is compiled once: `pixels` of each of `batch` images.
template <class Value>
void copy_images(int threads, int batch, int pixels, std::span<const PixelCopy<Value>> copies) {
    parallel_for(threads, batch, [&](std::ptrdiff_t image) {
        for (const PixelCopy<Value>& copy : copies) copy(image * pixels, pixels);
    });
}

/// y = the channels of all inputs, one after the other.
template <class T, class Arch, class... Inputs>
struct ConcatenateKernel {
    using Operation = Bound<Concatenate, Inputs...>;
    using Value = Stored<Cpu<T, Arch>, typename Operation::OutputShape>;
    static constexpr KernelNeeds needs{};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        run(cpu, pass.batch, [&](std::size_t branch, int first, int channels) {
            return PixelCopy<Value>{reinterpret_cast<const Value*>(pass.inputs[branch]), channels, pass.output + first,
                                    Operation::out.channels, channels};
        });
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        run(cpu, pass.batch, [&](std::size_t branch, int first, int channels) {
            Value* const to = reinterpret_cast<Value*>(pass.input_gradients[branch]);
            return PixelCopy<Value>{pass.output_gradient + first, Operation::out.channels, to, channels,
                                    to ? channels : 0};
        });
    }

private:
    /// `copy(branch, first_channel, channels)` is what is done about a branch.
    template <class Copy>
    static void run(const Cpu<T, Arch>& cpu, int batch, Copy copy) {
        std::array<PixelCopy<Value>, sizeof...(Inputs)> copies;
        int first = 0;
        for (std::size_t branch = 0; branch < copies.size(); ++branch) {
            copies[branch] = copy(branch, first, Operation::inputs[branch].channels);
            first += Operation::inputs[branch].channels;
        }
        copy_images<Value>(useful_threads(cpu.threads(), std::ptrdiff_t{batch} * Operation::out.size()), batch,
                           Operation::out.pixels(), copies);
    }
};

/// y = x * gate, the gate being as large as x:
///     dx = dy * gate, dgate = dy * x
template <class T, class Arch, class In>
struct MultiplyKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        multiply(cpu, pass.batch, pass.input, reinterpret_cast<const Value*>(pass.inputs[1]), pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        for (const std::size_t input : {std::size_t{0}, std::size_t{1}})
            if (auto* const gradient = reinterpret_cast<Value*>(pass.input_gradients[input]))
                multiply(cpu, pass.batch, pass.output_gradient, reinterpret_cast<const Value*>(pass.inputs[1 - input]),
                         gradient);
    }

private:
    static void multiply(const Cpu<T, Arch>& cpu, int batch, const Value* a, const Value* b, Value* to) {
        combine(cpu, std::ptrdiff_t{batch} * In::size, a, b, to, std::multiplies{});
    }
};

/// y = x * gate, the gate being one value per channel, for all pixels of the image:
///     dx = dy * gate, dgate = the sum of dy * x over the pixels
template <class T, class Arch, class In, class Gate>
struct GateKernel {
    using GateValue = Stored<Cpu<T, Arch>, Gate>;
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        scale(cpu, pass.batch, pass.input, reinterpret_cast<const GateValue*>(pass.inputs[1]), pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (auto* const gate_gradient = reinterpret_cast<GateValue*>(pass.input_gradients[1]))
            sum_products(cpu, pass.batch, pass.output_gradient, pass.input, gate_gradient);
        if (pass.input_gradient)
            scale(cpu, pass.batch, pass.output_gradient, reinterpret_cast<const GateValue*>(pass.inputs[1]),
                  pass.input_gradient);
    }

private:
    /// `function(registers, image's first element + channel, the gate's element)` for blocks of channels.
    template <class Function>
    static void for_each_block(const Cpu<T, Arch>& cpu, int batch, Function function) {
        parallel_for(useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size), batch, [&](std::ptrdiff_t image) {
            for_channel_blocks<Arch, In::channels, 1>(
                [&](auto registers, int c) { function(registers, image * In::size + c, image * In::channels + c); });
        });
    }

    static void scale(const Cpu<T, Arch>& cpu, int batch, const T* from, const GateValue* gate, T* to) {
        for_each_block(cpu, batch, [&](auto registers, std::ptrdiff_t first, std::ptrdiff_t channel) {
            using V = typename decltype(registers)::Vector;
            const V factor = load<V>(gate + channel);
            for (std::ptrdiff_t i = first; i < first + In::size; i += In::channels)
                store(V(load<V>(from + i) * factor), to + i);
        });
    }
    static void sum_products(const Cpu<T, Arch>& cpu, int batch, const T* a, const T* b, GateValue* sums) {
        for_each_block(cpu, batch, [&](auto registers, std::ptrdiff_t first, std::ptrdiff_t channel) {
            using V = typename decltype(registers)::Vector;
            V sum(0.0f);
            for (std::ptrdiff_t i = first; i < first + In::size; i += In::channels)
                sum = multiply_add(load<V>(a + i), load<V>(b + i), sum);
            store(sum, sums + channel);
        });
    }
};

} // namespace cpu

template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Add, In, In>> : cpu::AddKernel<T, Arch, In> {};

template <class T, class Arch, class... Inputs>
struct Kernel<Cpu<T, Arch>, Bound<Concatenate, Inputs...>> : cpu::ConcatenateKernel<T, Arch, Inputs...> {};

template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<Multiply, In, In>> : cpu::MultiplyKernel<T, Arch, In> {};

template <class T, class Arch, class In, class Gate>
struct Kernel<Cpu<T, Arch>, Bound<Multiply, In, Gate>> : cpu::GateKernel<T, Arch, In, Gate> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
