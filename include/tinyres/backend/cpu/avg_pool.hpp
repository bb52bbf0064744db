#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/pixels.hpp"
#include "tinyres/layers/avg_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The mean of each window. Sizes are values, so that this is compiled once for all poolings. Backward collects for
/// each pixel the shares of the windows that hold it, in their order, so that the sum does not depend on threads.
template <class T, class Arch>
struct AvgPoolPasses {
    Dims in;
    AvgPoolGeometry geometry;

    void forward(int threads, int batch, const T* x, T* y) const {
        const Dims out = geometry.output();
        for_each_pixel(threads, batch, out, pixels(), [&](std::ptrdiff_t image, int row, int column) {
            T* const to = y + first_channel(out, image, row, column);
            const Interval rows = geometry.rows.pixels_of(row);
            const Interval columns = geometry.columns.pixels_of(column);
            const float divisor = static_cast<float>(geometry.divisor(row, column));
            for_elements<Arch>(0, in.channels, [&](auto registers, std::ptrdiff_t c) {
                using V = typename decltype(registers)::Vector;
                V sum(0.0f);
                for (int h = rows.begin; h < rows.end; ++h)
                    for (int w = columns.begin; w < columns.end; ++w)
                        sum += load<V>(x + first_channel(in, image, h, w) + c);
                store(V(sum / V(divisor)), to + c);
            });
        });
    }

    void backward(int threads, int batch, const T* dy, T* dx) const {
        const Dims out = geometry.output();
        for_each_pixel(threads, batch, in, pixels(), [&](std::ptrdiff_t image, int row, int column) {
            T* const to = dx + first_channel(in, image, row, column);
            const Interval rows = geometry.rows.windows_of(row);
            const Interval columns = geometry.columns.windows_of(column);
            for_elements<Arch>(0, in.channels, [&](auto registers, std::ptrdiff_t c) {
                using V = typename decltype(registers)::Vector;
                V sum(0.0f);
                for (int h = rows.begin; h < rows.end; ++h)
                    for (int w = columns.begin; w < columns.end; ++w)
                        sum += load<V>(dy + first_channel(out, image, h, w) + c) /
                               V(static_cast<float>(geometry.divisor(h, w)));
                store(sum, to + c);
            });
        });
    }

private:
    int pixels() const { return geometry.rows.window * geometry.columns.window; }
};

/// AvgPool by those.
template <class T, class Arch, class Pool, class In>
struct AvgPoolKernel {
    static constexpr KernelNeeds needs{};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        passes.forward(cpu.threads(), pass.batch, pass.input, pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (pass.input_gradient) passes.backward(cpu.threads(), pass.batch, pass.output_gradient, pass.input_gradient);
    }

private:
    static constexpr AvgPoolPasses<T, Arch> passes{In::dims, Pool::geometry(In::dims)};
};

} // namespace cpu

template <class T, class Arch, int Window, int Stride, int Padding, CountPadding count_padding, class In>
struct Kernel<Cpu<T, Arch>, Bound<AvgPool<Window, Stride, Padding, count_padding>, In>>
    : cpu::AvgPoolKernel<T, Arch, AvgPool<Window, Stride, Padding, count_padding>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
