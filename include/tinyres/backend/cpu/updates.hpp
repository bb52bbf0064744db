#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// AdamUpdate's formula in one pass over the four buffers.
template <class T, class Arch>
struct AdamKernel {
    static void apply(const Cpu<T, Arch>& cpu, const AdamUpdate& update, const UpdatePass<float>& pass) {
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(pass.count), [&](Range mine) {
            for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
                using std::sqrt;
                using V = typename decltype(registers)::Vector;
                const auto constant = [](double value) { return V(static_cast<float>(value)); };
                const V p = load<V>(pass.parameters + i);
                const V gradient = multiply_add(constant(update.coupled_decay), p, load<V>(pass.gradients + i));
                const V m = multiply_add(constant(update.beta1), load<V>(pass.moment1 + i),
                                         constant(1.0 - update.beta1) * gradient);
                const V v = multiply_add(constant(update.beta2), load<V>(pass.moment2 + i),
                                         constant(1.0 - update.beta2) * gradient * gradient);
                const V denominator =
                    multiply_add(V(sqrt(v)), constant(update.inverse_correction), constant(update.epsilon));
                store(m, pass.moment1 + i);
                store(v, pass.moment2 + i);
                store(constant(update.shrink) * p - constant(update.step_size) * m / denominator, pass.parameters + i);
            });
        });
    }
};

/// SgdUpdate's formula in one pass over the three buffers.
template <class T, class Arch>
struct SgdKernel {
    static void apply(const Cpu<T, Arch>& cpu, const SgdUpdate& update, const UpdatePass<float>& pass) {
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(pass.count), [&](Range mine) {
            for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
                using V = typename decltype(registers)::Vector;
                const auto constant = [](double value) { return V(static_cast<float>(value)); };
                const V p = load<V>(pass.parameters + i);
                const V gradient = multiply_add(constant(update.weight_decay), p, load<V>(pass.gradients + i));
                const V b = multiply_add(constant(update.momentum), load<V>(pass.moment1 + i), gradient);
                const V step = update.nesterov ? multiply_add(constant(update.momentum), b, gradient) : b;
                store(b, pass.moment1 + i);
                store(p - constant(update.rate) * step, pass.parameters + i);
            });
        });
    }
};

/// RMSpropUpdate's formula in one pass over the four buffers.
template <class T, class Arch>
struct RMSpropKernel {
    static void apply(const Cpu<T, Arch>& cpu, const RMSpropUpdate& update, const UpdatePass<float>& pass) {
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(pass.count), [&](Range mine) {
            for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
                using std::sqrt;
                using V = typename decltype(registers)::Vector;
                const auto constant = [](double value) { return V(static_cast<float>(value)); };
                const V p = load<V>(pass.parameters + i);
                const V gradient = multiply_add(constant(update.weight_decay), p, load<V>(pass.gradients + i));
                const V v = multiply_add(constant(update.alpha), load<V>(pass.moment2 + i),
                                         constant(1.0 - update.alpha) * gradient * gradient);
                const V b = multiply_add(constant(update.momentum), load<V>(pass.moment1 + i),
                                         gradient / (V(sqrt(v)) + constant(update.epsilon)));
                store(v, pass.moment2 + i);
                store(b, pass.moment1 + i);
                store(p - constant(update.rate) * b, pass.parameters + i);
            });
        });
    }
};

/// LionUpdate's formula in one pass over the three buffers.
template <class T, class Arch>
struct LionKernel {
    static void apply(const Cpu<T, Arch>& cpu, const LionUpdate& update, const UpdatePass<float>& pass) {
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(pass.count), [&](Range mine) {
            for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
                using V = typename decltype(registers)::Vector;
                const auto constant = [](double value) { return V(static_cast<float>(value)); };
                const V zero(0.0f);
                const V gradient = load<V>(pass.gradients + i);
                const V m = load<V>(pass.moment1 + i);
                const V direction = multiply_add(constant(update.beta1), m, V(constant(1.0 - update.beta1) * gradient));
                const V step = choose(direction > zero, constant(update.rate),
                                      choose(direction < zero, constant(-update.rate), V(direction * zero)));
                store(multiply_add(constant(update.beta2), m, V(constant(1.0 - update.beta2) * gradient)),
                      pass.moment1 + i);
                store(constant(update.shrink) * load<V>(pass.parameters + i) - step, pass.parameters + i);
            });
        });
    }
};

/// WeightedSum's formula in one pass.
template <class T, class Arch>
struct WeightedSumKernel {
    static void apply(const Cpu<T, Arch>& cpu, const WeightedSum& sum, std::size_t count, const float* x, float* y) {
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(count), [&](Range mine) {
            for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
                using V = typename decltype(registers)::Vector;
                const V weighted = V(static_cast<float>(sum.x_weight)) * load<V>(x + i);
                store(sum.y_weight == 0.0 ? weighted
                                          : multiply_add(V(static_cast<float>(sum.y_weight)), load<V>(y + i), weighted),
                      y + i);
            });
        });
    }
};

/// NormClip's functions.
template <class T, class Arch>
struct NormClipKernel {
    static void sum_squares(const Cpu<T, Arch>& cpu, const float* values, std::size_t count, double* sums) {
        parallel_for(cpu.threads(), static_cast<std::ptrdiff_t>(NormClip::slices(count)), [&](std::ptrdiff_t slice) {
            const std::size_t begin = static_cast<std::size_t>(slice) * NormClip::slice;
            const std::size_t end = (std::min)(begin + NormClip::slice, count);
            constexpr std::size_t lanes = 16; // sums side by side, which the compiler keeps in registers
            double sum[lanes] = {};
            std::size_t i = begin;
            for (; i + lanes <= end; i += lanes)
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    const double value = static_cast<double>(values[i + lane]);
                    sum[lane] += value * value;
                }
            for (; i < end; ++i) sum[0] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
            sums[slice] = std::accumulate(sum, sum + lanes, 0.0);
        });
    }
    static void find_norm(const Cpu<T, Arch>&, const double* sums, std::size_t slices, float* norm) {
        *norm = static_cast<float>(std::sqrt(std::accumulate(sums, sums + slices, 0.0)));
    }
    static void apply(const Cpu<T, Arch>& cpu, const NormClip& clip, const float* norm, std::size_t count,
                      float* values) {
        const auto factor = static_cast<float>(NormClip::factor(clip.max_norm, static_cast<double>(*norm)));
        if (factor == 1.0f) return;
        parallel_ranges(cpu.threads(), static_cast<std::ptrdiff_t>(count), [&](Range mine) {
            for (std::ptrdiff_t i = mine.begin; i < mine.end; ++i) values[i] *= factor;
        });
    }
};

} // namespace cpu

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, AdamUpdate> : cpu::AdamKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, SgdUpdate> : cpu::SgdKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, RMSpropUpdate> : cpu::RMSpropKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, LionUpdate> : cpu::LionKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, WeightedSum> : cpu::WeightedSumKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, NormClip> : cpu::NormClipKernel<T, Arch> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
