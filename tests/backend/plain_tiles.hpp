#pragma once

#include "tinyres/core/bfloat16.hpp"

#include <algorithm>

/// What AmxTiles does, in plain loops: so that what is laid out around the matrix unit is tested on every processor.
struct PlainTiles {
    struct Session {
        Session() {} // unlike an aggregate not unused
    };

    template <int Columns>
    static void clear() {
        std::fill_n(sums, 32 * 32, 0.0f);
    }
    template <int Columns>
    static void load(const float* from) {
        std::copy_n(from, 32 * 16 * Columns, sums);
    }
    template <int Columns>
    static void store(float* to) {
        std::copy_n(sums, 32 * 16 * Columns, to);
    }
    template <int Columns>
    static void multiply_add(const tinyres::bfloat16* a, const tinyres::bfloat16* b, const tinyres::bfloat16* right) {
        for (int c = 0; c < 16 * Columns; ++c) {
            // By a name: g++ 12 with UBSan subscripts a conditional expression wrongly.
            const tinyres::bfloat16* const tile = c < 16 ? b : right;
            for (int r = 0; r < 32; ++r)
                for (int k = 0; k < 32; ++k)
                    sums[r * 16 * Columns + c] += a[r * 32 + k] * tile[(k / 2 * 16 + c % 16) * 2 + k % 2];
        }
    }

    static inline thread_local float sums[32 * 32];
};
