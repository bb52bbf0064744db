#pragma once

#include "tlu.hpp"

#include <tinyres/backend/cpu/bfloat16_lanes.hpp>
#include <tinyres/backend/cpu/cpu.hpp>
#include <tinyres/plan/kernel.hpp>
#include <tinyres/plan/operation.hpp>

namespace tinyres {

/// As the reference's, on vector registers and all threads, in both precisions. Each slice of the batch is summed by
/// one thread, and the slices in their order: the thresholds' gradients do not depend on the number of threads.
template <class T, class Arch, class In>
struct Kernel<Cpu<T, Arch>, Bound<TLU, In>> {
    using Value = Stored<Cpu<T, Arch>, In>; // float, or bfloat16 for images in mixed precision
    static constexpr int channels = In::channels;
    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared = sizeof(double) * cpu::reduction_slices * channels, // (slices, channels)
    };

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        cpu::parallel_for(cpu.threads(), pass.batch, [&](std::ptrdiff_t image) {
            const Value* const x = pass.input + image * In::size;
            Value* const y = pass.output + image * In::size;
            cpu::for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
                using V = typename decltype(registers)::Vector; // a register, or one float for the last channels
                const V threshold = cpu::load<V>(pass.parameters + c);
                for (int i = c; i < In::size; i += channels) {
                    const V value = cpu::load<V>(x + i);
                    cpu::store(V(cpu::choose(value < threshold, threshold, value)), y + i);
                }
            });
        });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        double* const slices = reinterpret_cast<double*>(pass.scratch);
        cpu::parallel_for(cpu.threads(), cpu::reduction_slices, [&](std::ptrdiff_t slice) {
            double* const sums = slices + slice * channels;
            std::fill_n(sums, channels, 0.0);
            const cpu::Range images = cpu::share(pass.batch, static_cast<int>(slice), cpu::reduction_slices);
            for (std::ptrdiff_t image = images.begin; image < images.end; ++image) image_gradient(pass, image, sums);
        });
        for (int c = 0; c < channels; ++c) {
            double total = 0.0;
            for (int slice = 0; slice < cpu::reduction_slices; ++slice) total += slices[slice * channels + c];
            pass.parameter_gradients[c] = static_cast<float>(total);
        }
    }

private:
    /// One image's input gradient; adds its part of the thresholds' gradients to `sums`, (channels).
    static void image_gradient(const BackwardPass<float, Value>& pass, std::ptrdiff_t image, double* sums) {
        const Value* const x = pass.input + image * In::size;
        const Value* const dy = pass.output_gradient + image * In::size;
        Value* const dx = pass.input_gradient ? pass.input_gradient + image * In::size : nullptr;
        cpu::for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            const V threshold = cpu::load<V>(pass.parameters + c);
            V sum(0.0f);
            for (int i = c; i < In::size; i += channels) {
                const V value = cpu::load<V>(x + i);
                const V gradient = cpu::load<V>(dy + i);
                sum += cpu::choose(value > threshold, V(0.0f), gradient);
                if (dx) cpu::store(V(cpu::choose(value > threshold, gradient, V(0.0f))), dx + i);
            }
            float of_channels[R::lanes];
            cpu::store(sum, of_channels);
            for (int lane = 0; lane < R::lanes; ++lane) sums[c + lane] += static_cast<double>(of_channels[lane]);
        });
    }
};

} // namespace tinyres
