#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

// Kernels, right and wrong ones. The wrong ones use pointers where a compiler would see what is wrong.

struct Numbers {
    float values[64];
};

/// Reverses 64 numbers.
__global__ void __launch_bounds__(64) reverse(const float* from, float* to, bool with_barrier) {
    auto& shared = tr::shared_memory<Numbers>();
    shared.values[threadIdx.x] = from[threadIdx.x];
    if (with_barrier) __syncthreads();
    to[threadIdx.x] = shared.values[63 - threadIdx.x];
}

__global__ void indices(float* to) {
    const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    to[block * blockDim.x * blockDim.y * blockDim.z + thread] += static_cast<float>(block * 1000 + thread);
}

__global__ void write_shared_at(int index) {
    float* const values = tr::shared_memory<Numbers>().values;
    values[index] = 1.0f;
}

__global__ void write_global_at(float* to, int index) {
    to[index] = 1.0f;
}

/// Of a warp the sum, of one value the copy, and a vote.
template <class T>
__global__ void exchange(T* sums, T* copies, T* downs, unsigned* votes) {
    const auto mine = static_cast<T>(threadIdx.x);
    T sum = mine;
    for (int bit = 16; bit > 0; bit /= 2) sum += __shfl_xor_sync(~0u, sum, bit);
    sums[threadIdx.x] = sum;
    copies[threadIdx.x] = __shfl_sync(~0u, mine, 5);
    downs[threadIdx.x] = __shfl_down_sync(~0u, mine, 3, 8);
    votes[threadIdx.x] = __ballot_sync(~0u, threadIdx.x % 3 == 0);
}

__global__ void votes_of_halves(unsigned* votes) {
    const bool low = threadIdx.x < 16;
    if (low)
        votes[threadIdx.x] = __any_sync(0xffffu, threadIdx.x == 4) != 0 ? 1 : 0;
    else
        votes[threadIdx.x] = __all_sync(0xffff0000u, threadIdx.x == 20) != 0 ? 1 : 0;
    __syncwarp();
}

enum class Divergence {
    none,
    barrier_in_a_branch,
    two_barriers,
    ended_threads,
    shuffle_in_a_branch,
    two_shuffles,
    shuffle_outside_its_mask,
    lanes_at_the_barrier,
};

__global__ void diverge(Divergence how) {
    const bool odd = threadIdx.x % 2 == 1;
    switch (how) {
    case Divergence::none:
        break;
    case Divergence::barrier_in_a_branch:
        if (odd) __syncthreads();
        break;
    case Divergence::two_barriers:
        if (odd)
            __syncthreads();
        else
            __syncthreads();
        break;
    case Divergence::ended_threads:
        if (threadIdx.x == 7) return;
        __syncthreads();
        break;
    case Divergence::shuffle_in_a_branch:
        if (odd) __shfl_xor_sync(~0u, 1.0f, 2);
        break;
    case Divergence::two_shuffles:
        if (odd)
            __shfl_xor_sync(~0u, 1.0f, 2);
        else
            __ballot_sync(~0u, 1);
        break;
    case Divergence::shuffle_outside_its_mask:
        if (odd) __shfl_xor_sync(0xaaaaaaaau, 1.0f, 1);
        break;
    case Divergence::lanes_at_the_barrier:
        if (odd) __syncwarp();
        __syncthreads();
        break;
    }
}

struct alignas(16) Stages {
    float values[2][64 * 4];
};

/// Sums 4 * 64 numbers a step, copied a step ahead; each thread reads what its neighbour copied.
__global__ void sum_in_stages(const float* from, float* to, int steps, bool wait, bool barrier) {
    auto& shared = tr::shared_memory<Stages>();
    const unsigned mine = threadIdx.x * 4;
    const auto copy = [&](int step) {
        const bool valid = step < steps;
        tr::copy_async(&shared.values[step % 2][mine], from + (valid ? step * 256 : 0) + mine, valid);
        tr::commit_copies();
    };
    float sum = 0.0f;
    copy(0);
    for (int step = 0; step < steps; ++step) {
        copy(step + 1);
        if (wait) tr::wait_for_copies<1>();
        if (barrier) __syncthreads();
        const unsigned neighbours = (mine + 4) % 256;
        for (unsigned i = 0; i < 4; ++i) sum += shared.values[step % 2][neighbours + i];
        __syncthreads();
    }
    to[threadIdx.x] = sum;
    tr::wait_for_copies<0>();
    to[64 + threadIdx.x] = shared.values[steps % 2][mine]; // of a copy that was not valid
}

__global__ void copy_to_an_odd_address(const float* from) {
    tr::copy_async(tr::shared_memory<Numbers>().values + 1, from, true);
}

__global__ void round_numbers(const float* from, std::uint32_t* tf32, std::uint32_t* pairs) {
    tf32[threadIdx.x] = tr::round_to_tf32(__float_as_uint(from[threadIdx.x]));
    pairs[threadIdx.x] = tr::pack_bfloat16(from[threadIdx.x], 1.0f);
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
    auto& shared = tr::shared_memory<Operands<T>>();
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
        tr::load_matrices(left[0], &shared.a[lane % 16][k + lane / 16 * in_row]);
        if (transposed) // of 16-bit numbers only: rows k to k + 15, as two matrices, of which the others are copies
            tr::load_matrices_transposed(words, &shared.b_transposed[k + lane % 16][0]);
        else
            tr::load_matrices(words, &shared.b[lane % 8][k + lane / 8 % 2 * in_row]);
        for (unsigned i = 0; i < 2; ++i) right[0][i] = words[i];
        if (sizeof(T) == 4 && rounded) {
            for (std::uint32_t& word : left[0]) word = tr::round_to_tf32(word);
            for (std::uint32_t& word : right[0]) word = tr::round_to_tf32(word);
        }
        tr::multiply_tiles<T>(sums, left, right);
    }
    for (unsigned i = 0; i < 4; ++i) d[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[0][0][i];
}

__global__ void add_one(float* values) {
    values[threadIdx.x] += 1.0f;
}

/// The message of the Fault that `action` throws, or "no fault".
template <class Action>
std::string fault_of(Action&& action) {
    try {
        action();
    } catch (const cuda_shim::Fault& fault) {
        return fault.what();
    }
    return "no fault";
}

/// Checks that `text` holds `part`.
void check_holds(const std::string& text, const std::string& part) {
    CAPTURE(text);
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
}

template <class T>
std::vector<T> numbers(std::size_t count, unsigned seed) {
    std::minstd_rand random(seed);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(uniform(random));
    return values;
}

/// An array of the GPU with a copy of some values.
template <class T>
tr::DeviceBuffer<T> on_device(const std::vector<T>& values) {
    tr::DeviceBuffer<T> buffer(values.size());
    tr::check_cuda(cudaMemcpy(buffer.data(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
                   "copying");
    return buffer;
}
template <class T>
std::vector<T> on_host(const tr::DeviceBuffer<T>& buffer) {
    std::vector<T> values(buffer.size());
    tr::check_cuda(cudaMemcpy(values.data(), buffer.data(), values.size() * sizeof(T), cudaMemcpyDeviceToHost),
                   "copying");
    return values;
}

constexpr std::size_t shared_numbers = sizeof(Numbers);

} // namespace

TEST_CASE("Each thread of each block runs once, with its own indices") {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<float> to(2 * 3 * 4 * 5 * 3 * 2);
    cuda_shim::in_every_order([&] {
        tr::check_cuda(cudaMemset(to.data(), 0, to.size() * sizeof(float)), "clearing");
        tr::launch(cuda, "indices", {.blocks = {2, 3, 4}, .threads = {5, 3, 2}}, indices, to.data());
        const std::vector<float> found = on_host(to);
        for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == static_cast<float>(i / 30 * 1000 + i % 30));
    });
}

TEST_CASE("A barrier shows each thread what all wrote before it, and without it some order goes wrong") {
    const tr::Cuda<> cuda;
    const std::vector<float> values = numbers<float>(64, 1);
    const tr::DeviceBuffer<float> from = on_device(values);
    tr::DeviceBuffer<float> to(64);
    const std::vector<float> expected(values.rbegin(), values.rend());
    int wrong = 0;
    cuda_shim::in_every_order([&] {
        const auto found = [&](bool with_barrier) {
            tr::launch(cuda, "reverse", {.threads = 64, .shared_bytes = shared_numbers}, reverse, from.data(),
                       to.data(), with_barrier);
            return on_host(to);
        };
        CHECK(found(true) == expected);
        const std::vector<float> without = found(false);
        wrong += std::any_of(without.begin(), without.end(), [](float x) { return std::isnan(x); }) ? 1 : 0;
    });
    CHECK(wrong == 3);
}

TEST_CASE_TEMPLATE("Shuffles and votes give each lane what the others have", T, float, double, int, unsigned) {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<T> sums(32), copies(32), downs(32);
    tr::DeviceBuffer<unsigned> votes(32);
    cuda_shim::in_every_order([&] {
        tr::launch(cuda, "exchange", {.threads = 32}, exchange<T>, sums.data(), copies.data(), downs.data(),
                   votes.data());
        CHECK(on_host(sums) == std::vector<T>(32, T{31 * 16}));
        CHECK(on_host(copies) == std::vector<T>(32, T{5}));
        const std::vector<T> found = on_host(downs);
        for (std::size_t i = 0; i < 32; ++i) CHECK(found[i] == static_cast<T>(i % 8 < 5 ? i + 3 : i));
        CHECK(on_host(votes) == std::vector<unsigned>(32, 0x49249249u));
    });
}

TEST_CASE("Parts of a warp can act each for itself") {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<unsigned> votes(32);
    tr::launch(cuda, "votes", {.threads = 32}, votes_of_halves, votes.data());
    std::vector<unsigned> expected(32, 0);
    std::fill(expected.begin(), expected.begin() + 16, 1u);
    CHECK(on_host(votes) == expected);
}

TEST_CASE("A thread that waits in vain is a fault that names it and what it waits for") {
    const tr::Cuda<> cuda;
    const auto fault = [&](Divergence how) {
        return fault_of([&] { tr::launch(cuda, "diverge", {.blocks = 3, .threads = 64}, diverge, how); });
    };
    CHECK(fault(Divergence::none) == "no fault");
    cuda_shim::in_every_order([&] {
        check_holds(fault(Divergence::barrier_in_a_branch), "waits in vain in __syncthreads (shim_test.cpp:");
        check_holds(fault(Divergence::barrier_in_a_branch), "thread (0, 0, 0) has ended");
        check_holds(fault(Divergence::two_barriers), ": thread (1, 0, 0) waits in __syncthreads");
        check_holds(fault(Divergence::ended_threads), ": thread (7, 0, 0) has ended");
        check_holds(fault(Divergence::shuffle_in_a_branch), "waits in vain in __shfl_xor_sync");
        check_holds(fault(Divergence::shuffle_in_a_branch), " has ended");
        check_holds(fault(Divergence::two_shuffles), "its warp diverges: it waits in __");
        check_holds(fault(Divergence::shuffle_outside_its_mask), "which the mask leaves out");
        check_holds(fault(Divergence::lanes_at_the_barrier), "waits in vain in __syncwarp");
        check_holds(fault(Divergence::lanes_at_the_barrier), " waits in __syncthreads");
    });
    CHECK(fault(Divergence::none) == "no fault"); // nothing is left of what went wrong
}

TEST_CASE("A warp's operation needs all its lanes to exist") {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<float> sums(40), copies(40), downs(40);
    tr::DeviceBuffer<unsigned> votes(40);
    check_holds(fault_of([&] {
                    tr::launch(cuda, "exchange", {.threads = 40}, exchange<float>, sums.data(), copies.data(),
                               downs.data(), votes.data());
                }),
                "thread (32, 0, 0): waits in vain in __shfl_xor_sync");
}

TEST_CASE("Shared memory is as large as was asked for, at first NaN, and what lies beside it is guarded") {
    const tr::Cuda<> cuda;
    const auto fault = [&](std::size_t bytes, int index) {
        return fault_of(
            [&] { tr::launch(cuda, "write", {.threads = 1, .shared_bytes = bytes}, write_shared_at, index); });
    };
    CHECK(fault(shared_numbers, 63) == "no fault");
    CHECK(fault(shared_numbers + 4, 64) == "no fault");
    check_holds(fault(shared_numbers - 4, 0), "uses 256 bytes of shared memory, was launched with 252");
    if (cuda_shim::address_sanitizer) return; // which ends the program
    check_holds(fault(shared_numbers, 64), "wrote to shared memory 0 bytes beyond the end");
    check_holds(fault(shared_numbers, -1), "wrote to shared memory 4 bytes before the beginning");
}

TEST_CASE("A write beside an allocation is a fault") {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<float> to(5);
    const auto fault = [&](int index) {
        return fault_of([&] { tr::launch(cuda, "write", {.threads = 1}, write_global_at, to.data(), index); });
    };
    CHECK(fault(4) == "no fault");
    if (cuda_shim::address_sanitizer) return; // which ends the program
    check_holds(fault(5), "wrote to an allocation of 20 bytes 0 bytes beyond the end");
    CHECK(fault(0) == "no fault");
}

TEST_CASE("A copy is there once it has been waited for and a barrier passed, and not before") {
    const tr::Cuda<> cuda;
    constexpr int steps = 3;
    const std::vector<float> values = numbers<float>(steps * 256, 2);
    const tr::DeviceBuffer<float> from = on_device(values);
    tr::DeviceBuffer<float> to(128);
    const auto right = [&](bool wait, bool barrier) {
        tr::launch(cuda, "sum", {.threads = 64, .shared_bytes = sizeof(Stages)}, sum_in_stages, from.data(), to.data(),
                   steps, wait, barrier);
        const std::vector<float> found = on_host(to);
        int same = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            float expected = 0.0f;
            for (std::size_t step = 0; step < steps; ++step)
                for (std::size_t k = 0; k < 4; ++k) expected += values[step * 256 + (i * 4 + 4) % 256 + k];
            same += found[i] == expected ? 1 : 0;
        }
        CHECK(std::count(found.begin() + 64, found.end(), 0.0f) == 64);
        return same;
    };
    cuda_shim::in_every_order([&] {
        CHECK(right(true, true) == 64);
        CHECK(right(false, true) == 0);
        CHECK(right(true, false) < 64);
    });
    check_holds(fault_of([&] {
                    tr::launch(cuda, "copy", {.threads = 1, .shared_bytes = shared_numbers}, copy_to_an_odd_address,
                               from.data());
                }),
                "copy_async was given an address that is not aligned to 16 bytes");
}

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
    const tr::DeviceBuffer<float> from = on_device(values);
    tr::DeviceBuffer<std::uint32_t> rounded(values.size()), pairs(values.size());
    tr::launch(cuda, "round", {.threads = static_cast<unsigned>(values.size())}, round_numbers, from.data(),
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
    const tr::DeviceBuffer<T> device_a = on_device(a);
    const tr::DeviceBuffer<T> device_b = on_device(b);
    tr::DeviceBuffer<float> d(16 * 8);
    const auto worst_error = [&](bool transposed) {
        tr::launch(cuda, "multiply", {.threads = 32, .shared_bytes = sizeof(Operands<T>)}, multiply<T>, device_a.data(),
                   device_b.data(), d.data(), transposed, true);
        const std::vector<float> found = on_host(d);
        const auto rounded = [](T x) {
            if constexpr (sizeof(T) == 4)
                return __uint_as_float(tr::round_to_tf32(__float_as_uint(x)));
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
                    tr::launch(cuda, "multiply", {.threads = 32, .shared_bytes = sizeof(Operands<T>)}, multiply<T>,
                               device_a.data(), device_b.data(), d.data(), false, false);
                }),
                "multiply_tiles was given a number that is not rounded to TF32");
}

TEST_CASE("What no GPU can launch is a fault") {
    const tr::Cuda<> cuda;
    tr::DeviceBuffer<float> values(1);
    std::vector<float> on_the_host(1);
    const auto fault = [&](const tr::Grid& grid, float* argument) {
        return fault_of([&] { tr::launch(cuda, "add", grid, add_one, argument); });
    };
    CHECK(fault({.threads = 1}, values.data()) == "no fault");
    check_holds(fault({.threads = 1025}, values.data()), "(1025, 1, 1) are too many threads for a block");
    check_holds(fault({.threads = {32, 33}}, values.data()), "are too many threads for a block");
    check_holds(fault({.threads = 0}, values.data()), "no threads in a block");
    check_holds(fault({.blocks = 0}, values.data()), "no blocks in the grid");
    check_holds(fault({.blocks = {1, 65536}}, values.data()), "are too many blocks");
    check_holds(fault({.threads = 1}, on_the_host.data()), "points to memory that cudaMalloc did not give");
}

TEST_CASE("Shared memory beyond 48 KiB has to be asked for, and there are 227 KiB") {
    const tr::Cuda<> cuda;
    cudaLaunchConfig_t config{};
    config.gridDim = 1;
    config.blockDim = 1;
    config.dynamicSmemBytes = 49 * 1024;
    check_holds(fault_of([&] { cudaLaunchKernelEx(&config, write_shared_at, 0); }), "without cudaFuncSetAttribute");
    constexpr auto attribute = cudaFuncAttributeMaxDynamicSharedMemorySize;
    CHECK(cudaFuncSetAttribute(write_shared_at, attribute, 228 * 1024) == cudaErrorInvalidValue);
    CHECK(cudaFuncSetAttribute(write_shared_at, attribute, 227 * 1024) == cudaSuccess);
    CHECK(cudaLaunchKernelEx(&config, write_shared_at, 0) == cudaSuccess);
    config.dynamicSmemBytes = 228 * 1024;
    check_holds(fault_of([&] { cudaLaunchKernelEx(&config, write_shared_at, 0); }), "bytes of shared memory, but");
}
