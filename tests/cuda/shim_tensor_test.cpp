#include "cuda/shim_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace {

using namespace shim_tests;

__global__ void round_numbers(const float* from, std::uint32_t* tf32, std::uint32_t* pairs) {
    tf32[threadIdx.x] = tr::cuda::round_to_tf32(__float_as_uint(from[threadIdx.x]));
    pairs[threadIdx.x] = tr::cuda::pack_bfloat16(from[threadIdx.x], 1.0f);
}

constexpr int depth = 32;

/// a (row, k), b (column, k) and, the other way round, b (k, column); in words of 32 bits and 16 bytes a step.
template <class T>
struct Operands {
    alignas(16) T a[16][depth];
    alignas(16) T b[8][depth];
    alignas(16) T b_transposed[depth][8];
};

/// d (16, 8) = a * b for one warp, its operands read from shared memory as matrices.
template <class T>
__global__ void multiply(const T* a, const T* b, float* d, bool transposed, bool rounded) {
    auto& shared = tr::cuda::shared_memory<Operands<T>>();
    const unsigned lane = threadIdx.x;
    for (unsigned i = lane; i < 16 * depth; i += 32) shared.a[i / depth][i % depth] = a[i];
    for (unsigned i = lane; i < 8 * depth; i += 32) {
        shared.b[i / depth][i % depth] = b[i];
        shared.b_transposed[i % depth][i / depth] = b[i];
    }
    __syncwarp();
    constexpr unsigned step = 32 / sizeof(T);   // 8 words
    constexpr unsigned in_row = 16 / sizeof(T); // of a matrix
    float sums[1][1][4] = {};
    for (unsigned k = 0; k < depth; k += step) {
        std::uint32_t left[1][4];
        std::uint32_t right[1][2];
        std::uint32_t words[4];
        tr::cuda::load_matrices(left[0], &shared.a[lane % 16][k + lane / 16 * in_row]);
        if (transposed) // of 16-bit numbers only: rows k to k + 15, as two matrices, of which the others are copies
            tr::cuda::load_matrices_transposed(words, &shared.b_transposed[k + lane % 16][0]);
        else
            tr::cuda::load_matrices(words, &shared.b[lane % 8][k + lane / 8 % 2 * in_row]);
        for (unsigned i = 0; i < 2; ++i) right[0][i] = words[i];
        if (sizeof(T) == 4 && rounded) {
            for (std::uint32_t& word : left[0]) word = tr::cuda::round_to_tf32(word);
            for (std::uint32_t& word : right[0]) word = tr::cuda::round_to_tf32(word);
        }
        tr::cuda::multiply_tiles<T>(sums, left, right);
    }
    for (unsigned i = 0; i < 4; ++i) d[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[0][0][i];
}

} // namespace

TEST_CASE("Numbers round to TF32 and bfloat16 as in the instructions") {
    const tr::Cuda<> cuda;
    const float one = 1.0f;
    const std::vector<float> values{one,
                                    one + 0x1p-11f,            // half way: away from zero
                                    -one - 0x1p-11f,           //
                                    one + 0x1p-11f - 0x1p-23f, // less than half
                                    one + 0x1p-8f,             // half way of bfloat16: to even
                                    3.4028234e38f};
    const std::vector<float> tf32{one, one + 0x1p-10f, -one - 0x1p-10f,
                                  one, one + 0x1p-8f,  std::numeric_limits<float>::infinity()};
    const tr::cuda::Buffer<float> from = on_device(values);
    tr::cuda::Buffer<std::uint32_t> rounded(values.size()), pairs(values.size());
    tr::cuda::launch(cuda, "round", {.threads = static_cast<unsigned>(values.size())}, round_numbers, from.data(),
                     rounded.data(), pairs.data());
    const std::vector<std::uint32_t> found = on_host(rounded);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(__uint_as_float(found[i]) == tf32[i]);
    CHECK(on_host(pairs)[0] == 0x3f803f80u);
    CHECK(on_host(pairs)[4] == 0x3f803f80u);
}

TEST_CASE_TEMPLATE("A warp multiplies what it loads as matrices", T, tr::bfloat16, float) {
    const tr::Cuda<> cuda;
    const std::vector<T> a = numbers<T>(16 * depth, 3);
    const std::vector<T> b = numbers<T>(8 * depth, 4);
    const tr::cuda::Buffer<T> device_a = on_device(a);
    const tr::cuda::Buffer<T> device_b = on_device(b);
    tr::cuda::Buffer<float> d(16 * 8);
    const auto worst_error = [&](bool transposed) {
        tr::cuda::launch(cuda, "multiply", {.threads = 32, .shared_bytes = sizeof(Operands<T>)}, multiply<T>,
                         device_a.data(), device_b.data(), d.data(), transposed, true);
        const std::vector<float> found = on_host(d);
        const auto rounded = [](T x) {
            if constexpr (sizeof(T) == 4)
                return __uint_as_float(tr::cuda::round_to_tf32(__float_as_uint(x)));
            else
                return static_cast<float>(x);
        };
        float worst = 0.0f;
        for (std::size_t i = 0; i < 16; ++i)
            for (std::size_t j = 0; j < 8; ++j) {
                float sum = 0.0f;
                for (std::size_t k = 0; k < depth; ++k) sum += rounded(a[i * depth + k]) * rounded(b[j * depth + k]);
                worst = std::max(worst, std::abs(found[i * 8 + j] - sum));
            }
        return worst;
    };
    cuda_shim::in_every_order([&] {
        CHECK(worst_error(false) < 1e-5f);
        if (sizeof(T) == 2) CHECK(worst_error(true) < 1e-5f);
    });
    if (sizeof(T) == 2) return;
    check_holds(fault_of([&] {
                    tr::cuda::launch(cuda, "multiply", {.threads = 32, .shared_bytes = sizeof(Operands<T>)},
                                     multiply<T>, device_a.data(), device_b.data(), d.data(), false, false);
                }),
                "multiply_tiles was given a number that is not rounded to TF32");
}
