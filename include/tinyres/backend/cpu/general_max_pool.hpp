#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/pixels.hpp"
#include "tinyres/backend/cpu/window_maximum.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The maximum of each window, wherever the windows lie. Sizes are values, so that this is compiled once for all
/// poolings. Forward keeps the place of each maximum in its window, a byte an output. Backward collects for each pixel
/// the gradients of the windows whose maximum it is, in their order, so that the sum does not depend on threads.
template <class T, class Arch>
struct GeneralMaxPool {
    Dims in;
    PoolGeometry geometry;

    /// `places` is null in prediction.
    void forward(int threads, int batch, const T* x, T* y, std::byte* places) const {
        const Dims out = geometry.output();
        for_each_pixel(threads, batch, out, pixels(), [&](std::ptrdiff_t image, int row, int column) {
            const std::ptrdiff_t to = first_channel(out, image, row, column);
            const Interval rows = geometry.rows.pixels_of(row);
            const Interval columns = geometry.columns.pixels_of(column);
            for_elements<Arch>(0, in.channels, [&](auto registers, std::ptrdiff_t c) {
                using V = typename decltype(registers)::Vector;
                const auto value_at = [&](int h, int w) { return load<V>(x + first_channel(in, image, h, w) + c); };
                WindowMaximum<V> maximum{value_at(rows.begin, columns.begin),
                                         V(place(row, rows.begin, column, columns.begin))};
                for (int h = rows.begin; h < rows.end; ++h)
                    for (int w = columns.begin; w < columns.end; ++w) {
                        const V value = value_at(h, w);
                        const auto greater = value > maximum.value || is_nan(value);
                        maximum.value = choose(greater, value, maximum.value);
                        maximum.place = choose(greater, V(place(row, h, column, w)), maximum.place);
                    }
                store(maximum.value, y + to + c);
                if (places) store_places(maximum.place, places + to + c);
            });
        });
    }

    void backward(int threads, int batch, const T* dy, const std::byte* places, T* dx) const {
        const Dims out = geometry.output();
        for_each_pixel(threads, batch, in, pixels(), [&](std::ptrdiff_t image, int row, int column) {
            const std::ptrdiff_t to = first_channel(in, image, row, column);
            const Interval rows = geometry.rows.windows_of(row);
            const Interval columns = geometry.columns.windows_of(column);
            for_elements<Arch>(0, in.channels, [&](auto registers, std::ptrdiff_t c) {
                using V = typename decltype(registers)::Vector;
                V sum(0.0f);
                for (int h = rows.begin; h < rows.end; ++h)
                    for (int w = columns.begin; w < columns.end; ++w) {
                        const std::ptrdiff_t from = first_channel(out, image, h, w) + c;
                        sum += V(choose(load_places<V>(places + from) == V(place(h, row, w, column)),
                                        load<V>(dy + from), V(0.0f)));
                    }
                store(sum, dx + to + c);
            });
        });
    }

private:
    int pixels() const { return geometry.rows.window * geometry.columns.window; }

    /// The number of pixel (`row`, `column`) in window (`window_row`, `window_column`), in row-major order.
    float place(int window_row, int row, int window_column, int column) const {
        return static_cast<float>((row - geometry.rows.start(window_row)) * geometry.columns.window + column -
                                  geometry.columns.start(window_column));
    }
};

/// MaxPool by that.
template <class T, class Arch, class Pool, class In>
struct GeneralMaxPoolKernel {
    static constexpr KernelNeeds needs{.saved_per_image = static_cast<std::size_t>(Pool::output(In::dims).size())};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        pool.forward(cpu.threads(), pass.batch, pass.input, pass.output, pass.training ? pass.saved : nullptr);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (pass.input_gradient)
            pool.backward(cpu.threads(), pass.batch, pass.output_gradient, pass.saved, pass.input_gradient);
    }

private:
    static constexpr GeneralMaxPool<T, Arch> pool{In::dims, Pool::geometry(In::dims)};
};

} // namespace cpu

template <class T, class Arch, int Window, int Stride, int Padding, class In>
struct Kernel<Cpu<T, Arch>, Bound<MaxPool<Window, Stride, Padding>, In>>
    : cpu::GeneralMaxPoolKernel<T, Arch, MaxPool<Window, Stride, Padding>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
