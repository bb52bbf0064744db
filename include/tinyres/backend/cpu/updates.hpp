#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

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

} // namespace cpu

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, AdamUpdate> : cpu::AdamKernel<T, Arch> {};

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, SgdUpdate> : cpu::SgdKernel<T, Arch> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
