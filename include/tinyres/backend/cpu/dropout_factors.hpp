#pragma once

#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/host/dropout_factor.hpp"
#include "tinyres/layers/dropout2d.hpp"
#include "tinyres/plan/kernel.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The factors of Dropout2d in a training step, (batch, Channels): drawn in forward and kept for backward.
template <class Dropout, int Channels>
struct DropoutFactors {
    static constexpr bool any = Dropout::probability > 0.0;
    static constexpr std::size_t bytes_per_image = any ? sizeof(float) * Channels : 0;

    static void draw(int threads, int batch, const RandomKey& key, float* factors) {
        constexpr int operations = 16; // that a random number takes
        if constexpr (any)
            parallel_for(useful_threads(threads, std::ptrdiff_t{batch} * Channels * operations), batch,
                         [&](std::ptrdiff_t image) {
                             for (int c = 0; c < Channels; ++c) {
                                 const auto element = static_cast<std::uint64_t>(image * Channels + c);
                                 factors[image * Channels + c] =
                                     host::dropout_factor<float>(Dropout::probability, random_word(key, element));
                             }
                         });
    }

    /// The factors of one image, or null without dropout.
    static const float* of_image(const float* factors, std::ptrdiff_t image) {
        return any && factors ? factors + image * Channels : nullptr;
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
