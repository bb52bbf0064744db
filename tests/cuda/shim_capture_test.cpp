#include "error_of.hpp"
#include "tinyres/backend/cuda/graph.hpp"
#include "tinyres/backend/cuda/launch.hpp"

#include <cuda_runtime.h>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace tr = tinyres;

namespace {

using tinyres_test::error_of;
using tinyres_test::holds;

__global__ void add(float* values, float amount) {
    values[threadIdx.x] += amount;
}

constexpr auto global = cudaStreamCaptureModeGlobal;
constexpr auto thread_local_ = cudaStreamCaptureModeThreadLocal;
constexpr auto relaxed = cudaStreamCaptureModeRelaxed;

/// What a call returns that is made while a stream is captured, and what the end of the capture returns.
struct Outcome {
    cudaError_t call;
    cudaError_t end;
    bool operator==(const Outcome& other) const = default;
};

const Outcome allowed{cudaSuccess, cudaSuccess};
const Outcome forbidden{cudaErrorStreamCaptureUnsupported, cudaErrorStreamCaptureInvalidated};

/// A stream, an event in it, memory of either kind, and all that a thread may think of doing while `captured` is
/// captured.
struct Machine {
    tr::cuda::Stream captured;
    tr::cuda::Stream other;
    cudaEvent_t event = nullptr;
    tr::cuda::Buffer<float> values{4};
    std::vector<float> host = std::vector<float>(4);
    float* device = nullptr;
    float* pinned = nullptr;

    Machine() {
        REQUIRE(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess);
        REQUIRE(cudaEventRecord(event, other.get()) == cudaSuccess);
        REQUIRE(cudaMalloc(&device, 16) == cudaSuccess);
        REQUIRE(cudaMallocHost(&pinned, 16) == cudaSuccess);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() {
        CHECK(cudaEventDestroy(event) == cudaSuccess);
        CHECK(cudaFree(device) == cudaSuccess);
        CHECK(cudaFreeHost(pinned) == cudaSuccess);
        static_cast<void>(cudaGetLastError());
    }

    using Call = std::function<cudaError_t()>;
    struct NamedCall {
        const char* name;
        Call call;
    };

    Outcome during_capture(cudaStreamCaptureMode mode, const Call& call) const {
        REQUIRE(cudaStreamBeginCapture(captured.get(), mode) == cudaSuccess);
        const cudaError_t status = call();
        cudaGraph_t graph = nullptr;
        const cudaError_t end = cudaStreamEndCapture(captured.get(), &graph);
        CHECK((graph != nullptr) == (end == cudaSuccess));
        CHECK(cudaGraphDestroy(graph) == cudaSuccess);
        return {status, end};
    }

    /// Those that are forbidden by mode and thread.
    std::vector<NamedCall> unsafe() {
        constexpr std::size_t bytes = 16;
        const auto freed = [](cudaError_t status, float* memory) {
            if (status == cudaSuccess) status = cudaFree(memory);
            return status;
        };
        return {
            {"cudaMalloc",
             [=] {
                 float* memory = nullptr;
                 return freed(cudaMalloc(&memory, bytes), memory);
             }},
            {"cudaMallocManaged",
             [=] {
                 float* memory = nullptr;
                 return freed(cudaMallocManaged(&memory, bytes), memory);
             }},
            {"cudaMallocHost",
             [=] {
                 float* memory = nullptr;
                 const cudaError_t status = cudaMallocHost(&memory, bytes);
                 return status == cudaSuccess ? cudaFreeHost(memory) : status;
             }},
            {"cudaFree", [this] { return again(cudaFree(device), [&] { return cudaMalloc(&device, bytes); }); }},
            {"cudaFreeHost",
             [this] { return again(cudaFreeHost(pinned), [&] { return cudaMallocHost(&pinned, bytes); }); }},
            {"cudaMemcpy", [this] { return cudaMemcpy(device, host.data(), bytes, cudaMemcpyHostToDevice); }},
            {"cudaMemset", [this] { return cudaMemset(device, 0, bytes); }},
            {"cudaStreamSynchronize of another", [this] { return cudaStreamSynchronize(other.get()); }},
            {"cudaEventQuery", [this] { return cudaEventQuery(event); }},
            {"cudaEventSynchronize", [this] { return cudaEventSynchronize(event); }},
        };
    }

private:
    /// What was freed is allocated again.
    static cudaError_t again(cudaError_t status, const Call& allocate) {
        return status == cudaSuccess ? allocate() : status;
    }
};

cudaError_t in_another_thread(const std::function<cudaError_t()>& call) {
    cudaError_t status = cudaSuccess;
    std::thread([&] { status = call(); }).join();
    return status;
}

} // namespace

TEST_CASE("Who captures may neither allocate nor free nor copy at once nor wait, unless the capture is relaxed") {
    Machine machine;
    for (const auto& [name, call] : machine.unsafe()) {
        CAPTURE(name);
        CHECK(machine.during_capture(global, call) == forbidden);
        CHECK(machine.during_capture(thread_local_, call) == forbidden);
        CHECK(machine.during_capture(relaxed, call) == allowed);
    }
}

TEST_CASE("Other threads may do so, unless the capture is global") {
    Machine machine;
    for (const auto& [name, call] : machine.unsafe()) {
        CAPTURE(name);
        const auto elsewhere = [&unsafe = call] { return in_another_thread(unsafe); };
        CHECK(machine.during_capture(global, elsewhere) == forbidden);
        CHECK(machine.during_capture(thread_local_, elsewhere) == allowed);
        CHECK(machine.during_capture(relaxed, elsewhere) == allowed);
    }
}

TEST_CASE("Nobody may wait for a stream that is captured, for an event in it or for the whole device") {
    Machine machine;
    const auto mark = [&] { return cudaEventRecord(machine.event, machine.captured.get()); };
    for (const auto mode : {global, thread_local_, relaxed}) {
        CAPTURE(mode);
        const auto outcome = [&](const Machine::Call& call) { return machine.during_capture(mode, call); };
        CHECK(outcome([&] { return cudaStreamSynchronize(machine.captured.get()); }) == forbidden);
        CHECK(outcome([&] { return in_another_thread(cudaDeviceSynchronize); }) == forbidden);
        CHECK(outcome(mark) == allowed);
        const Outcome captured_event{cudaErrorCapturedEvent, cudaErrorStreamCaptureInvalidated};
        CHECK(outcome([&] { return mark() == cudaSuccess ? cudaEventQuery(machine.event) : cudaErrorInvalidValue; }) ==
              captured_event);
        CHECK(outcome([&] {
                  return mark() == cudaSuccess ? cudaEventSynchronize(machine.event) : cudaErrorInvalidValue;
              }) == captured_event);
    }
    CHECK(cudaEventQuery(machine.event) == cudaErrorCapturedEvent); // until it is put into a stream again
    CHECK(cudaEventRecord(machine.event, machine.other.get()) == cudaSuccess);
    CHECK(cudaEventQuery(machine.event) == cudaSuccess);
}

TEST_CASE("The default stream cannot be used while a stream is captured that waits for it") {
    Machine machine;
    cudaStream_t blocking = nullptr;
    cudaGraph_t graph = nullptr;
    REQUIRE(cudaStreamCreate(&blocking) == cudaSuccess);
    const auto outcome = [&](const Machine::Call& call) {
        REQUIRE(cudaStreamBeginCapture(blocking, relaxed) == cudaSuccess);
        const cudaError_t status = call();
        return Outcome{status, cudaStreamEndCapture(blocking, &graph)};
    };
    const Outcome implicit{cudaErrorStreamCaptureImplicit, cudaErrorStreamCaptureInvalidated};
    CHECK(outcome([&] { return cudaMemsetAsync(machine.device, 0, 16); }) == implicit);
    CHECK(outcome([&] { return cudaMemset(machine.device, 0, 16); }) == implicit);
    CHECK(outcome([] { return cudaStreamSynchronize(nullptr); }) == implicit);
    CHECK(outcome([&] { return cudaMemsetAsync(machine.device, 0, 16, machine.other.get()); }) == allowed);
    CHECK(cudaGraphDestroy(graph) == cudaSuccess);
    CHECK(cudaStreamBeginCapture(nullptr, relaxed) == cudaErrorStreamCaptureUnsupported);
    CHECK(cudaStreamDestroy(blocking) == cudaSuccess);
}

TEST_CASE("Nothing can be added to a capture that is broken, and after its end the stream works again") {
    Machine machine;
    const Outcome outcome = machine.during_capture(thread_local_, [&] {
        CHECK(cudaStreamSynchronize(machine.captured.get()) == cudaErrorStreamCaptureUnsupported);
        return cudaMemsetAsync(machine.device, 0, 16, machine.captured.get());
    });
    CHECK(outcome == Outcome{cudaErrorStreamCaptureInvalidated, cudaErrorStreamCaptureInvalidated});
    CHECK(cudaGetLastError() == cudaErrorStreamCaptureInvalidated);
    CHECK(cudaGetLastError() == cudaSuccess);
    CHECK(cudaMemsetAsync(machine.device, 0, 16, machine.captured.get()) == cudaSuccess);
    CHECK(cudaStreamSynchronize(machine.captured.get()) == cudaSuccess);
}

TEST_CASE("Only the thread that began a capture can end it, unless it is relaxed") {
    Machine machine;
    cudaGraph_t graph = nullptr;
    const auto end_elsewhere = [&] {
        return in_another_thread([&] { return cudaStreamEndCapture(machine.captured.get(), &graph); });
    };
    CHECK(machine.during_capture(global, end_elsewhere) == Outcome{cudaErrorStreamCaptureWrongThread, cudaSuccess});
    REQUIRE(cudaStreamBeginCapture(machine.captured.get(), relaxed) == cudaSuccess);
    CHECK(end_elsewhere() == cudaSuccess);
    CHECK(cudaGraphDestroy(graph) == cudaSuccess);
}

TEST_CASE("The backend's graphs leave other threads alone, and what breaks one is said in one line") {
    const tr::Cuda<> cuda;
    const tr::cuda::Stream stream;
    tr::cuda::Buffer<float> values(4);
    const auto recorded = cuda.recording(stream.get(), nullptr);
    const auto launch_add = [&] { tr::cuda::launch(recorded, "add", {.threads = 4}, add, values.data(), 1.0f); };
    const tr::cuda::Graph graph(stream.get(), [&] {
        launch_add();
        const std::string error = [] {
            std::string found;
            std::thread([&] {
                found = error_of([] {
                    const tr::Cuda<> own;
                    const float one = 1.0f;
                    const tr::cuda::Buffer<float> memory(1);
                    own.copy(const_cast<float*>(memory.data()), &one, sizeof one, cudaMemcpyHostToDevice);
                    static_cast<void>(own.fetch(memory.data()).get());
                });
            }).join();
            return found;
        }();
        CHECK(error == "no error");
        launch_add();
    });
    graph.launch(cuda.stream());
    std::vector<float> found(4);
    cuda.download(values.data(), std::span<float>(found));
    CHECK(found == std::vector<float>(4, 2.0f));

    const std::string error = error_of([&] { tr::cuda::Graph(stream.get(), [&] { tr::cuda::Buffer<float>{4}; }); });
    CHECK(error.find('\n') == std::string::npos);
    CHECK(holds(error, "operation not permitted when stream is capturing (cudaErrorStreamCaptureUnsupported); make the "
                       "backend with Graphs::off"));
}
