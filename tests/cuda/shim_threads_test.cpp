#include "cuda/shim_kernels.hpp"

#include <algorithm>
#include <cmath>

namespace {

using namespace shim_tests;

// Kernels, right and wrong ones.

/// Reverses 64 numbers.
__global__ void __launch_bounds__(64) reverse(const float* from, float* to, bool with_barrier) {
    auto& shared = tr::cuda::shared_memory<Numbers>();
    shared.values[threadIdx.x] = from[threadIdx.x];
    if (with_barrier) __syncthreads();
    to[threadIdx.x] = shared.values[63 - threadIdx.x];
}

__global__ void indices(float* to) {
    const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    to[block * blockDim.x * blockDim.y * blockDim.z + thread] += static_cast<float>(block * 1000 + thread);
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

} // namespace

TEST_CASE("Each thread of each block runs once, with its own indices") {
    const tr::Cuda<> cuda;
    tr::cuda::Buffer<float> to(2 * 3 * 4 * 5 * 3 * 2);
    cuda_shim::in_every_order([&] {
        tr::cuda::check(cudaMemset(to.data(), 0, to.size() * sizeof(float)), "clearing");
        tr::cuda::launch(cuda, "indices", {.blocks = {2, 3, 4}, .threads = {5, 3, 2}}, indices, to.data());
        const std::vector<float> found = on_host(to);
        for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == static_cast<float>(i / 30 * 1000 + i % 30));
    });
}

TEST_CASE("A barrier shows each thread what all wrote before it, and without it some order goes wrong") {
    const tr::Cuda<> cuda;
    const std::vector<float> values = numbers<float>(64, 1);
    const tr::cuda::Buffer<float> from = on_device(values);
    tr::cuda::Buffer<float> to(64);
    const std::vector<float> expected(values.rbegin(), values.rend());
    int wrong = 0;
    cuda_shim::in_every_order([&] {
        const auto found = [&](bool with_barrier) {
            tr::cuda::launch(cuda, "reverse", {.threads = 64, .shared_bytes = shared_numbers}, reverse, from.data(),
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
    tr::cuda::Buffer<T> sums(32), copies(32), downs(32);
    tr::cuda::Buffer<unsigned> votes(32);
    cuda_shim::in_every_order([&] {
        tr::cuda::launch(cuda, "exchange", {.threads = 32}, exchange<T>, sums.data(), copies.data(), downs.data(),
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
    tr::cuda::Buffer<unsigned> votes(32);
    tr::cuda::launch(cuda, "votes", {.threads = 32}, votes_of_halves, votes.data());
    std::vector<unsigned> expected(32, 0);
    std::fill(expected.begin(), expected.begin() + 16, 1u);
    CHECK(on_host(votes) == expected);
}

TEST_CASE("A thread that waits in vain is a fault that names it and what it waits for") {
    const tr::Cuda<> cuda;
    const auto fault = [&](Divergence how) {
        return fault_of([&] { tr::cuda::launch(cuda, "diverge", {.blocks = 3, .threads = 64}, diverge, how); });
    };
    CHECK(fault(Divergence::none) == "no fault");
    cuda_shim::in_every_order([&] {
        check_holds(fault(Divergence::barrier_in_a_branch), "waits in vain in __syncthreads (shim_threads_test.cpp:");
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
    tr::cuda::Buffer<float> sums(40), copies(40), downs(40);
    tr::cuda::Buffer<unsigned> votes(40);
    check_holds(fault_of([&] {
                    tr::cuda::launch(cuda, "exchange", {.threads = 40}, exchange<float>, sums.data(), copies.data(),
                                     downs.data(), votes.data());
                }),
                "thread (32, 0, 0): waits in vain in __shfl_xor_sync");
}
