#include "cuda/shim_kernels.hpp"

namespace {

using namespace shim_tests;

__global__ void add_one(float* values) {
    values[threadIdx.x] += 1.0f;
}

} // namespace

TEST_CASE("What no GPU can launch is a fault") {
    const tr::Cuda<> cuda;
    tr::cuda::Buffer<float> values(1);
    std::vector<float> on_the_host(1);
    const auto fault = [&](const tr::cuda::Grid& grid, float* argument) {
        return fault_of([&] { tr::cuda::launch(cuda, "add", grid, add_one, argument); });
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
