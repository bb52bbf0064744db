// What the card reaches: the memory's rate by copies of 1 GiB, and the rate of bfloat16 products with float sums by
// cuBLAS, 8192 x 8192 x 8192. One line of JSON.
#include <cstdio>
#include <cublas_v2.h>
#include <exception>
#include <tinyres/backend/cuda/buffer.hpp>
#include <tinyres/backend/cuda/check.hpp>

namespace {

namespace tr = tinyres;

void require(cublasStatus_t status, const char* what) {
    if (status != CUBLAS_STATUS_SUCCESS) throw tr::Error(std::string("cuBLAS: ") + what + " failed");
}

/// Milliseconds of one call of `action`, the least of `repetitions`.
template <class Action>
double milliseconds(int repetitions, Action&& action) {
    cudaEvent_t begin{}, end{};
    tr::cuda::check(cudaEventCreate(&begin), "making an event");
    tr::cuda::check(cudaEventCreate(&end), "making an event");
    float least = 1e9f;
    for (int repetition = 0; repetition < repetitions; ++repetition) {
        tr::cuda::check(cudaEventRecord(begin), "recording an event");
        action();
        tr::cuda::check(cudaEventRecord(end), "recording an event");
        tr::cuda::check(cudaEventSynchronize(end), "waiting for a probe");
        float elapsed = 0.0f;
        tr::cuda::check(cudaEventElapsedTime(&elapsed, begin, end), "asking for a probe's time");
        least = elapsed < least ? elapsed : least;
    }
    tr::cuda::check(cudaEventDestroy(begin), "giving an event back");
    tr::cuda::check(cudaEventDestroy(end), "giving an event back");
    return static_cast<double>(least);
}

double memory_rate() {
    constexpr std::size_t bytes = std::size_t{1} << 30;
    tr::cuda::Buffer<std::byte> from(bytes), to(bytes);
    const double time = milliseconds(20, [&] {
        tr::cuda::check(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice), "copying");
    });
    return 2.0 * static_cast<double>(bytes) / (time * 1e-3);
}

double product_rate() {
    constexpr int size = 8192;
    constexpr std::size_t elements = std::size_t{size} * size;
    tr::cuda::Buffer<std::uint16_t> a(elements), b(elements), c(elements);
    for (const auto* buffer : {&a, &b})
        tr::cuda::check(cudaMemset(const_cast<std::uint16_t*>(buffer->data()), 0x3c, elements * 2), "filling memory");
    cublasHandle_t handle{};
    require(cublasCreate(&handle), "starting");
    const float one = 1.0f, zero = 0.0f;
    const double time = milliseconds(10, [&] {
        require(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, size, size, size, &one, a.data(), CUDA_R_16BF, size,
                             b.data(), CUDA_R_16BF, size, &zero, c.data(), CUDA_R_16BF, size, CUBLAS_COMPUTE_32F,
                             CUBLAS_GEMM_DEFAULT),
                "a product");
    });
    require(cublasDestroy(handle), "ending");
    return 2.0 * size * size * size / (time * 1e-3);
}

} // namespace

int main() {
    try {
        cudaDeviceProp properties{};
        tr::cuda::check(cudaGetDeviceProperties(&properties, 0), "asking the device");
        const double memory = memory_rate();
        const double products = product_rate();
        std::printf("{\"card\": \"%s\", \"compute_capability\": \"%d.%d\", \"multiprocessors\": %d, "
                    "\"memory_gb\": %.1f, \"memory_gb_per_second\": %.0f, \"bf16_tflops\": %.1f}\n",
                    properties.name, properties.major, properties.minor, properties.multiProcessorCount,
                    static_cast<double>(properties.totalGlobalMem) / 1e9, memory / 1e9, products / 1e12);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_gpu_probes: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
