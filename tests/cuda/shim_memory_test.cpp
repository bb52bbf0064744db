#include "cuda/shim_kernels.hpp"

#include <algorithm>

namespace {

using namespace shim_tests;

__global__ void write_global_at(float* to, int index) {
    to[index] = 1.0f;
}

struct alignas(16) Stages {
    float values[2][64 * 4];
};

/// Sums 4 * 64 numbers a step, copied a step ahead; each thread reads what its neighbor copied.
__global__ void sum_in_stages(const float* from, float* to, int steps, bool wait, bool barrier) {
    auto& shared = tr::cuda::shared_memory<Stages>();
    const unsigned mine = threadIdx.x * 4;
    const auto copy = [&](int step) {
        const bool valid = step < steps;
        tr::cuda::copy_async(&shared.values[step % 2][mine], from + (valid ? step * 256 : 0) + mine, valid);
        tr::cuda::commit_copies();
    };
    float sum = 0.0f;
    copy(0);
    for (int step = 0; step < steps; ++step) {
        copy(step + 1);
        if (wait) tr::cuda::wait_for_copies<1>();
        if (barrier) __syncthreads();
        const unsigned neighbors = (mine + 4) % 256;
        for (unsigned i = 0; i < 4; ++i) sum += shared.values[step % 2][neighbors + i];
        __syncthreads();
    }
    to[threadIdx.x] = sum;
    tr::cuda::wait_for_copies<0>();
    to[64 + threadIdx.x] = shared.values[steps % 2][mine]; // of a copy that was not valid
}

__global__ void copy_to_an_odd_address(const float* from) {
    tr::cuda::copy_async(tr::cuda::shared_memory<Numbers>().values + 1, from, true);
}

} // namespace

TEST_CASE("Shared memory is as large as was asked for, at first NaN, and what lies beside it is guarded") {
    const tr::Cuda<> cuda;
    const auto fault = [&](std::size_t bytes, int index) {
        return fault_of(
            [&] { tr::cuda::launch(cuda, "write", {.threads = 1, .shared_bytes = bytes}, write_shared_at, index); });
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
    tr::cuda::Buffer<float> to(5);
    const auto fault = [&](int index) {
        return fault_of([&] { tr::cuda::launch(cuda, "write", {.threads = 1}, write_global_at, to.data(), index); });
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
    const tr::cuda::Buffer<float> from = on_device(values);
    tr::cuda::Buffer<float> to(128);
    const auto right = [&](bool wait, bool barrier) {
        tr::cuda::launch(cuda, "sum", {.threads = 64, .shared_bytes = sizeof(Stages)}, sum_in_stages, from.data(),
                         to.data(), steps, wait, barrier);
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
                    tr::cuda::launch(cuda, "copy", {.threads = 1, .shared_bytes = shared_numbers},
                                     copy_to_an_odd_address, from.data());
                }),
                "copy_async was given an address that is not aligned to 16 bytes");
}
