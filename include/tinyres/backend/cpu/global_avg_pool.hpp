#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/layers/global_avg_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The mean of each channel. A thread takes whole images; the rows of one are summed each by itself first, which costs
/// fewer digits than one long sum.
template <class T, class Arch, class In>
struct GlobalAvgPoolKernel {
    static constexpr int channels = In::channels;
    static constexpr KernelNeeds needs{};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, T>& pass) {
        for_each_block(cpu, pass.batch, [&](auto registers, std::ptrdiff_t image, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            const T* x = pass.input + image * In::size + c;
            V total[R::count];
            unrolled<R::count>([&](auto j) { total[j] = V(0.0f); });
            for (int row = 0; row < In::height; ++row) {
                V sum[R::count];
                unrolled<R::count>([&](auto j) { sum[j] = V(0.0f); });
                for (int column = 0; column < In::width; ++column, x += channels)
                    unrolled<R::count>([&](auto j) { sum[j] += load<V>(x + j * R::lanes); });
                unrolled<R::count>([&](auto j) { total[j] += sum[j]; });
            }
            T* const y = pass.output + image * channels + c;
            unrolled<R::count>([&](auto j) { store(V(total[j] / V(pixels)), y + j * R::lanes); });
        });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, T>& pass) {
        if (!pass.input_gradient) return;
        for_each_block(cpu, pass.batch, [&](auto registers, std::ptrdiff_t image, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            const T* const dy = pass.output_gradient + image * channels + c;
            V share[R::count];
            unrolled<R::count>([&](auto j) { share[j] = load<V>(dy + j * R::lanes) / V(pixels); });
            T* dx = pass.input_gradient + image * In::size + c;
            for (int pixel = 0; pixel < In::pixels; ++pixel, dx += channels)
                unrolled<R::count>([&](auto j) { store(share[j], dx + j * R::lanes); });
        });
    }

private:
    static constexpr float pixels = static_cast<float>(In::pixels);

    /// `function(registers, image, channel)` for blocks of channels.
    template <class Function>
    static void for_each_block(const Cpu<T, Arch>& cpu, int batch, Function function) {
        parallel_for(useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size), batch, [&](std::ptrdiff_t image) {
            for_channel_blocks<Arch, channels, 4>([&](auto registers, int c) { function(registers, image, c); });
        });
    }
};

} // namespace cpu

template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<GlobalAvgPool, In>> : cpu::GlobalAvgPoolKernel<T, Arch, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
