#include "error_of.hpp"
#include "tinyres/backend/cuda/launch.hpp"

#include <cuda_runtime.h>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

using tinyres_test::error_of;
using tinyres_test::holds;

__global__ void add(float* values, float amount) {
    values[threadIdx.x] += amount;
}

constexpr std::size_t bytes = 4 * sizeof(float);

} // namespace

TEST_CASE("A graph holds what was captured and does it each time it is launched") {
    const tr::Cuda<> cuda;
    tr::cuda::Buffer<float> values(4);
    float* from = nullptr;
    REQUIRE(cudaMallocHost(&from, bytes) == cudaSuccess);
    std::vector<float> to(4);
    for (int i = 0; i < 4; ++i) from[i] = 1.0f;

    REQUIRE(cudaStreamBeginCapture(cuda.stream(), cudaStreamCaptureModeGlobal) == cudaSuccess);
    CHECK(cudaMemcpyAsync(values.data(), from, bytes, cudaMemcpyHostToDevice, cuda.stream()) == cudaSuccess);
    tr::cuda::launch(cuda, "add", {.threads = 3}, add, values.data(), 10.0f);
    CHECK(cudaMemsetAsync(values.data(), 0, sizeof(float), cuda.stream()) == cudaSuccess);
    CHECK(cudaMemcpyAsync(to.data(), values.data(), bytes, cudaMemcpyDeviceToHost, cuda.stream()) == cudaSuccess);
    cudaGraph_t graph = nullptr;
    REQUIRE(cudaStreamEndCapture(cuda.stream(), &graph) == cudaSuccess);
    cudaGraphExec_t executable = nullptr;
    REQUIRE(cudaGraphInstantiate(&executable, graph) == cudaSuccess);
    CHECK(cudaGraphDestroy(graph) == cudaSuccess);
    CHECK(to == std::vector<float>{0, 0, 0, 0});

    CHECK(cudaGraphLaunch(executable, cuda.stream()) == cudaSuccess);
    CHECK(cudaStreamSynchronize(cuda.stream()) == cudaSuccess);
    CHECK(to == std::vector<float>{0, 11, 11, 1});
    from[1] = 5.0f;
    CHECK(cudaGraphLaunch(executable, cuda.stream()) == cudaSuccess);
    CHECK(cudaStreamSynchronize(cuda.stream()) == cudaSuccess);
    CHECK(to == std::vector<float>{0, 15, 11, 1});
    CHECK(cudaGraphExecDestroy(executable) == cudaSuccess);
    CHECK(cudaFreeHost(from) == cudaSuccess);
}

TEST_CASE("Copies go where they say and within what was allocated") {
    tr::cuda::Buffer<float> device(4);
    std::vector<float> host(8);
    CHECK(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyHostToDevice) == cudaSuccess);
    CHECK(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyDefault) == cudaSuccess);
    CHECK(cudaMemcpy(device.data(), host.data(), 2 * bytes, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(device.data(), host.data(), bytes, cudaMemcpyDeviceToDevice) == cudaErrorInvalidValue);
    CHECK(cudaMemset(host.data(), 0, bytes) == cudaErrorInvalidValue);
    CHECK(cudaMemset(device.data() + 1, 0, bytes) == cudaErrorInvalidValue);
    CHECK(cudaFree(host.data()) == cudaErrorInvalidValue);
    CHECK(cudaGetLastError() == cudaErrorInvalidValue);
}

TEST_CASE("A lazy stream has done nothing until it is waited for") {
    const cuda_shim::RestoreSettings restore;
    const tr::Cuda<> cuda;
    tr::cuda::Buffer<float> values(4);
    float* to = nullptr;
    REQUIRE(cudaMallocHost(&to, bytes) == cudaSuccess);
    to[0] = -1.0f;
    cuda_shim::settings.lazy_streams = true;
    tr::cuda::launch(cuda, "add", {.threads = 4}, add, values.data(), 2.0f);
    CHECK(cudaMemcpyAsync(to, values.data(), bytes, cudaMemcpyDeviceToHost, cuda.stream()) == cudaSuccess);
    CHECK(to[0] == -1.0f);
    CHECK(cudaStreamSynchronize(cuda.stream()) == cudaSuccess);
    CHECK(to[0] == 2.0f);
    CHECK(cudaFreeHost(to) == cudaSuccess);
}

TEST_CASE("A stream does not wait for what the default stream does") {
    const cuda_shim::RestoreSettings restore;
    const tr::Cuda<> cuda;
    tr::cuda::Buffer<float> values(4);
    cuda_shim::settings.lazy_streams = true;
    const std::vector<float> ones(4, 1.0f);
    std::vector<float> found(4);
    CHECK(cudaMemset(values.data(), 0, bytes) == cudaSuccess); // begun, not done
    cuda.copy(values.data(), ones.data(), bytes, cudaMemcpyHostToDevice);
    CHECK(cudaDeviceSynchronize() == cudaSuccess);
    cuda.copy(found.data(), values.data(), bytes, cudaMemcpyDeviceToHost);
    CHECK(found == std::vector<float>(4, 0.0f));
}

TEST_CASE("A test chooses the devices that there are") {
    const cuda_shim::RestoreSettings restore;
    const auto error = [] { return error_of([] { tr::Cuda<>{0}; }); };
    CHECK(error() == "no error");
    cuda_shim::settings.capability_major = 7;
    CHECK(holds(error(), "compute capability 7"));
    cuda_shim::settings.devices = 0;
    CHECK(holds(error(), "no NVIDIA GPU"));
    cuda_shim::settings.driver = false;
    CHECK(holds(error(), "driver is missing"));
}

TEST_CASE("A test chooses what fails") {
    const cuda_shim::RestoreSettings restore;
    const tr::Cuda<> cuda;
    const std::size_t before = cuda_shim::device_bytes_in_use();
    {
        tr::cuda::Buffer<float> values(4);
        CHECK(cuda_shim::device_bytes_in_use() == before + bytes);
        cuda_shim::settings.launches_before_failure = 1;
        const auto launch = [&] { tr::cuda::launch(cuda, "add", {.threads = 4}, add, values.data(), 1.0f); };
        CHECK(error_of(launch) == "no error");
        CHECK(holds(error_of(launch), "starting the kernel add failed: unspecified launch failure"));
        CHECK(error_of(launch) == "no error");
    }
    CHECK(cuda_shim::device_bytes_in_use() == before);
    const auto allocate = [] { tr::cuda::Buffer<float>{1 << 20}; };
    cuda_shim::settings.allocations_before_failure = 0;
    CHECK(holds(error_of(allocate), "the GPU has no 4 MiB of memory left"));
    CHECK(error_of(allocate) == "no error");
    cuda_shim::settings.memory = before + 1000;
    CHECK(holds(error_of(allocate), "the GPU has no 4 MiB of memory left"));
}
