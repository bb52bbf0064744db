#pragma once

#include "tinyres/backend/cpu/amx/tiles.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/simd.hpp"
#include "tinyres/backend/cpu/threads/default_threads.hpp"
#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/plan/kernel.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The processor's cores and vector units. `T` is the precision: float, or bfloat16 for mixed precision, in which
/// images and, where the processor gains by it, what convolutions multiply are bfloat16; parameters, statistics,
/// vectors and all sums stay float. `Arch` is the instruction set, by default the best one that the translation unit is
/// compiled for.
template <class T = float, class Arch = xsimd::default_arch>
class Cpu {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, bfloat16>,
                  "tinyres: Cpu computes in float or bfloat16; for double use Reference<double>");

public:
    static constexpr bool on_host = true;
    using Scalar = float;
    using Storage = T;
    using Architecture = Arch;
    template <class U>
    using Buffer = host::Buffer<U>;
    using LossMemory = host::LossMemory;
    using Steps = host::Steps;

    /// `threads` 0 means `default_threads()`: what the process may really use. Throws Error for fewer, and in mixed
    /// precision when the system withholds the matrix unit that the program was compiled for.
    explicit Cpu(int threads = 0) : threads_(threads > 0 ? threads : default_threads().count) {
        if (threads < 0)
            throw Error("Cpu: the number of threads is " + std::to_string(threads) +
                        "; give 0 (all that there are) or more");
#if TINYRES_AMX
        if constexpr (std::is_same_v<T, bfloat16> && cpu::has_matrix_unit<Arch>) cpu::AmxTiles::require();
#endif
    }

    int threads() const {
        return threads_;
    }

    template <class U>
    static host::Buffer<U> allocate(std::size_t size) {
        return host::Buffer<U>(size);
    }
    template <class U>
    static void upload(std::span<const float> from, U* to) {
        std::transform(from.begin(), from.end(), to, [](float value) { return static_cast<U>(value); });
    }
    template <class U>
    static void download(const U* from, std::span<float> to) {
        std::copy_n(from, to.size(), to.begin());
    }
    template <class V>
    static V fetch(const V* from) {
        return *from;
    }

private:
    int threads_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
