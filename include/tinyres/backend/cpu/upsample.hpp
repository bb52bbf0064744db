#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/pixels.hpp"
#include "tinyres/layers/upsample.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Each pixel as a square of `factor` x `factor` pixels; its gradient is the sum of theirs, in row-major order.
template <class T, class Arch>
struct UpsamplePasses {
    Dims in;
    Dims out;
    int factor = 1;

    void forward(int threads, int batch, const T* x, T* y) const {
        for_each_square(threads, batch, [&](std::ptrdiff_t pixel, std::ptrdiff_t corner) {
            for_each_place([&](std::ptrdiff_t offset) { std::copy_n(x + pixel, in.channels, y + corner + offset); });
        });
    }

    void backward(int threads, int batch, const T* dy, T* dx) const {
        for_each_square(threads, batch, [&](std::ptrdiff_t pixel, std::ptrdiff_t corner) {
            for_elements<Arch>(0, in.channels, [&](auto registers, std::ptrdiff_t c) {
                using V = typename decltype(registers)::Vector;
                V sum(0.0f);
                for_each_place([&](std::ptrdiff_t offset) { sum += load<V>(dy + corner + offset + c); });
                store(sum, dx + pixel + c);
            });
        });
    }

private:
    /// Calls with the first channels of each pixel and of its square's corner.
    template <class Function>
    void for_each_square(int threads, int batch, Function function) const {
        for_each_pixel(threads, batch, in, factor * factor, [&](std::ptrdiff_t image, int row, int column) {
            function(first_channel(in, image, row, column), first_channel(out, image, row * factor, column * factor));
        });
    }

    /// Calls with the offset of each pixel of a square from its corner.
    template <class Function>
    void for_each_place(Function function) const {
        for (int row = 0; row < factor; ++row)
            for (int column = 0; column < factor; ++column) function(first_channel(out, 0, row, column));
    }
};

/// Upsample by those.
template <class T, class Arch, int Factor, class In>
struct UpsampleKernel {
    static constexpr KernelNeeds needs{};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        passes.forward(cpu.threads(), pass.batch, pass.input, pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (pass.input_gradient) passes.backward(cpu.threads(), pass.batch, pass.output_gradient, pass.input_gradient);
    }

private:
    static constexpr UpsamplePasses<T, Arch> passes{In::dims, Upsample<Factor>::output(In::dims), Factor};
};

} // namespace cpu

template <class T, class Arch, int Factor, class In>
struct Kernel<Cpu<T, Arch>, Bound<Upsample<Factor>, In>> : cpu::UpsampleKernel<T, Arch, Factor, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
