#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/window_maximum.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The maximum of each window, where the windows are tiles of the image (general_max_pool.hpp has the others). Forward
/// keeps where it was, a byte an output, so that the input need not be kept.
template <class T, class Arch, int Window, class In>
struct MaxPoolKernel {
    static constexpr int channels = In::channels;
    static constexpr int height = In::height / Window;
    static constexpr int width = In::width / Window;
    static constexpr KernelNeeds needs{.saved_per_image = std::size_t{height} * width * channels};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        for_each_output(cpu.threads(), pass.batch, [&](std::ptrdiff_t x, std::ptrdiff_t y) {
            for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
                using V = typename decltype(registers)::Vector;
                const auto maximum = maximum_of<Window * Window, V>(
                    [&](auto element) { return load<V>(pass.input + x + c + offset(element)); });
                store(maximum.value, pass.output + y + c);
                if (pass.training) store_places(maximum.place, pass.saved + y + c);
            });
        });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        for_each_output(cpu.threads(), pass.batch, [&](std::ptrdiff_t x, std::ptrdiff_t y) {
            for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
                using V = typename decltype(registers)::Vector;
                const V place = load_places<V>(pass.saved + y + c);
                const V gradient = load<V>(pass.output_gradient + y + c);
                unrolled<Window * Window>([&](auto element) {
                    store(V(choose(place == V(static_cast<float>(element)), gradient, V(0.0f))),
                          pass.input_gradient + x + c + offset(element));
                });
            });
        });
    }

private:
    /// From a window's first pixel to its element, counted in row-major order.
    static constexpr std::ptrdiff_t offset(int element) {
        return (std::ptrdiff_t{element / Window} * In::width + element % Window) * channels;
    }

    /// Calls with the offsets of each window's first pixel and of its output.
    template <class Function>
    static void for_each_output(int threads, int batch, Function function) {
        const int useful = useful_threads(threads, std::ptrdiff_t{batch} * In::size);
        parallel_for(useful, std::ptrdiff_t{batch} * height, [&](std::ptrdiff_t row) {
            for (int w = 0; w < width; ++w)
                function((row * Window * In::width + w * Window) * channels, (row * width + w) * channels);
        });
    }
};

} // namespace cpu

template <class T, class Arch, int Window, class In>
requires window_divides<Window, In>
struct Kernel<Cpu<T, Arch>, Bound<MaxPool<Window>, In>> : cpu::MaxPoolKernel<T, Arch, Window, In> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
