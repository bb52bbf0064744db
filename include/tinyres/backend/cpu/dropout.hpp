#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/window_maximum.hpp"
#include "tinyres/backend/host/dropout_factor.hpp"
#include "tinyres/layers/dropout.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// y = x * factor[i] in training, y = x in prediction. Forward keeps a byte a value: 1 where it stays, else 0.
template <class T, class Arch, class Dropout, class In>
struct DropoutKernel {
    using Value = Stored<Cpu<T, Arch>, In>;
    static constexpr KernelNeeds needs{.saved_per_image = In::size};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, Value>& pass) {
        if (pass.training)
            parallel_ranges(cpu.threads(), std::ptrdiff_t{pass.batch} * In::size, [&](Range mine) {
                draw(mine, pass.random, pass.saved);
                scale(mine, pass.input, pass.saved, pass.output);
            });
        else
            std::copy_n(pass.input, std::ptrdiff_t{pass.batch} * In::size, pass.output);
    }
    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        parallel_ranges(cpu.threads(), std::ptrdiff_t{pass.batch} * In::size,
                        [&](Range mine) { scale(mine, pass.output_gradient, pass.saved, pass.input_gradient); });
    }

private:
    /// Ranges begin where a block of four random numbers does.
    static void draw(Range mine, const RandomKey& key, std::byte* kept) {
        for (std::ptrdiff_t first = mine.begin; first < mine.end; first += 4) {
            const std::array<std::uint32_t, 4> words = random_block(key, static_cast<std::uint64_t>(first / 4));
            for (std::ptrdiff_t i = first; i < (std::min)(first + 4, mine.end); ++i)
                kept[i] = static_cast<std::byte>(
                    host::dropout_factor<float>(Dropout::probability, words[static_cast<std::size_t>(i - first)]) > 0);
        }
    }

    static void scale(Range mine, const Value* from, const std::byte* kept, Value* to) {
        constexpr auto factor = static_cast<float>(1.0 / (1.0 - Dropout::probability));
        for_elements<Arch>(mine.begin, mine.end, [&](auto registers, std::ptrdiff_t i) {
            using V = typename decltype(registers)::Vector;
            store(V(load<V>(from + i) * (load_places<V>(kept + i) * V(factor))), to + i);
        });
    }
};

} // namespace cpu

template <class T, class Arch, int Numerator, int Denominator, class In>
struct Kernel<Cpu<T, Arch>, Bound<Dropout<Numerator, Denominator>, In>>
    : cpu::DropoutKernel<T, Arch, Dropout<Numerator, Denominator>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
