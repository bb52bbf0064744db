#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/prelu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// y = x where x > 0, else slope * x. The slopes' gradients are summed by channels, whether they share a slope or not;
/// each slice of the batch by one thread, and the slices in their order, so that they do not depend on the threads.
template <class T, class Arch, Slopes slopes, class In>
struct PReluKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr int channels = In::channels;
    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared = sizeof(double) * reduction_slices * channels, // (slices, channels)
    };

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        parallel_for(threads(cpu, pass.batch), pass.batch, [&](std::ptrdiff_t image) {
            const Value* const x = pass.input + image * In::size;
            Value* const y = pass.output + image * In::size;
            for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
                using V = typename decltype(registers)::Vector;
                const V slope = slope_of<V>(pass.parameters, c);
                for (int i = c; i < In::size; i += channels) {
                    const V value = load<V>(x + i);
                    store(V(choose(value > V(0.0f), value, V(slope * value))), y + i);
                }
            });
        });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        double* const slices = reinterpret_cast<double*>(pass.scratch);
        parallel_for(threads(cpu, pass.batch), reduction_slices, [&](std::ptrdiff_t slice) {
            double* const sums = slices + slice * channels;
            std::fill_n(sums, channels, 0.0);
            const Range images = share(pass.batch, static_cast<int>(slice), reduction_slices);
            for (std::ptrdiff_t image = images.begin; image < images.end; ++image) image_gradient(pass, image, sums);
        });
        double of_all = 0.0;
        for (int c = 0; c < channels; ++c) {
            double total = 0.0;
            for (int slice = 0; slice < reduction_slices; ++slice) total += slices[slice * channels + c];
            if (slopes == Slopes::per_channel) pass.parameter_gradients[c] = static_cast<float>(total);
            of_all += total;
        }
        if (slopes == Slopes::one) pass.parameter_gradients[0] = static_cast<float>(of_all);
    }

private:
    static int threads(const Cpu<T, Arch>& cpu, int batch) {
        return useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size);
    }

    /// The slopes of the channels from `c` on.
    template <class V>
    static V slope_of(const float* parameters, int c) {
        return slopes == Slopes::per_channel ? load<V>(parameters + c) : V(parameters[0]);
    }

    /// One image's input gradient; adds its part of the slopes' gradients to `sums`, (channels).
    static void image_gradient(const BackwardPass<float, Value>& pass, std::ptrdiff_t image, double* sums) {
        const Value* const x = pass.input + image * In::size;
        const Value* const dy = pass.output_gradient + image * In::size;
        Value* const dx = pass.input_gradient ? pass.input_gradient + image * In::size : nullptr;
        for_channel_blocks<Arch, channels, 1>([&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            const V slope = slope_of<V>(pass.parameters, c);
            V sum(0.0f);
            for (int i = c; i < In::size; i += channels) {
                const V value = load<V>(x + i);
                const V gradient = load<V>(dy + i);
                sum += choose(value > V(0.0f), V(0.0f), V(value * gradient));
                if (dx) store(V(choose(value > V(0.0f), gradient, V(slope * gradient))), dx + i);
            }
            float of_channels[std::size_t{R::lanes}];
            store(sum, of_channels);
            for (int lane = 0; lane < R::lanes; ++lane) sums[c + lane] += static_cast<double>(of_channels[lane]);
        });
    }
};

} // namespace cpu

template <class T, class Arch, Slopes slopes, class In>
struct Kernel<Cpu<T, Arch>, Bound<PReLU<slopes>, In>> : cpu::PReluKernel<T, Arch, slopes, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
