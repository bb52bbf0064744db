// Each 3x3 convolution of S10, pass by pass: GFLOP/s counted as a direct convolution, the share of the multiply-adds
// that the machine reaches at that moment, and the relative error against double.
//     build/release/bin/bench_convolution [--benchmark_filter=...]       OMP_NUM_THREADS sets the threads
#include "peak.hpp"

#include <benchmark/benchmark.h>
#include <cmath>
#include <tinyres/backend/cpu/conv3x3.hpp>
#include <vector>

namespace {

using namespace tinyres;

constexpr int batch = 64;

std::vector<float> random_values(std::size_t count, std::uint32_t stream) {
    std::vector<float> values(count);
    RandomStream random({1, Purpose::initialisation, stream, 0});
    for (float& value : values) value = random.uniform(-1.0f, 1.0f);
    return values;
}

template <int Size, int In, int Out>
struct Case {
    using Input = Image<In, Size, Size>;
    using Backend = Cpu<>;
    using Convolution = Kernel<Backend, Bound<Conv3x3<Out>, Input>>;
    static constexpr double operations = 2.0 * 9 * In * Out * Size * Size * batch;

    Backend cpu;
    std::vector<float> x = random_values(static_cast<std::size_t>(batch * Input::size), 1);
    std::vector<float> y = std::vector<float>(static_cast<std::size_t>(batch * Out * Size * Size));
    std::vector<float> dy = random_values(y.size(), 2);
    std::vector<float> dx = std::vector<float>(x.size());
    std::vector<float> parameters = random_values(9 * In * Out + Out, 3);
    std::vector<float> gradients = std::vector<float>(parameters.size());
    HostBuffer<std::byte> scratch{Convolution::needs.scratch_shared +
                                  Convolution::needs.scratch_per_thread * static_cast<std::size_t>(cpu.threads())};

    void forward() {
        ForwardPass<float, float> pass;
        pass.batch = batch;
        pass.input = x.data();
        pass.output = y.data();
        pass.parameters = parameters.data();
        pass.scratch = scratch.data();
        Convolution::forward(cpu, pass);
    }
    void backward(bool with_input) {
        BackwardPass<float, float> pass;
        pass.batch = batch;
        pass.input = x.data();
        pass.output_gradient = dy.data();
        pass.input_gradient = with_input ? dx.data() : nullptr;
        pass.parameters = parameters.data();
        pass.parameter_gradients = gradients.data();
        pass.scratch = scratch.data();
        Convolution::backward(cpu, pass);
    }

    /// sqrt(mean squared error / mean square) of some outputs against a sum in double.
    double forward_error() {
        forward();
        double error = 0.0;
        double square = 0.0;
        for (std::size_t index = 0; index < y.size(); index += y.size() / 499) {
            const int o = static_cast<int>(index) % Out;
            const int pixel = static_cast<int>(index) / Out;
            const int w = pixel % Size;
            const int h = pixel / Size % Size;
            double sum = static_cast<double>(parameters[static_cast<std::size_t>(9 * In * Out + o)]);
            for (int tap = 0; tap < 9; ++tap) {
                const int row = h + tap / 3 - 1;
                const int column = w + tap % 3 - 1;
                if (row < 0 || row >= Size || column < 0 || column >= Size) continue;
                for (int i = 0; i < In; ++i)
                    sum += static_cast<double>(x[static_cast<std::size_t>(
                               ((pixel / (Size * Size) * Size + row) * Size + column) * In + i)]) *
                           static_cast<double>(parameters[static_cast<std::size_t>((tap * In + i) * Out + o)]);
            }
            error += std::pow(static_cast<double>(y[index]) - sum, 2);
            square += sum * sum;
        }
        return std::sqrt(error / square);
    }
};

double peak() {
    static const double value = peak_gflops(Cpu<>{}.threads());
    return value;
}

enum class Pass { forward, weight_gradient, both_gradients };

template <int Size, int In, int Out, Pass pass>
void convolution(benchmark::State& state) {
    Case<Size, In, Out> c;
    const double peak_now = peak();
    for (auto _ : state) {
        if constexpr (pass == Pass::forward)
            c.forward();
        else
            c.backward(pass == Pass::both_gradients);
        benchmark::ClobberMemory();
    }
    const double operations = c.operations * (pass == Pass::both_gradients ? 2 : 1);
    const double done = operations * static_cast<double>(state.iterations()) / 1e9;
    state.counters["GFLOP/s"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
    state.counters["of_peak"] = benchmark::Counter(done / peak_now, benchmark::Counter::kIsRate);
    if constexpr (pass == Pass::forward) state.counters["error"] = c.forward_error();
}

template <int Size, int In, int Out>
void add_layer(const std::string& name) {
    const auto add = [&](const char* pass, auto function) {
        benchmark::RegisterBenchmark((name + pass).c_str(), function)->UseRealTime()->Unit(benchmark::kMillisecond);
    };
    add("/forward", convolution<Size, In, Out, Pass::forward>);
    add("/weight_gradient", convolution<Size, In, Out, Pass::weight_gradient>);
    add("/both_gradients", convolution<Size, In, Out, Pass::both_gradients>);
}

} // namespace

int main(int argc, char** argv) {
    add_layer<32, 3, 64>("32x32/3-64");
    add_layer<32, 64, 128>("32x32/64-128");
    add_layer<16, 128, 128>("16x16/128-128");
    add_layer<16, 128, 256>("16x16/128-256");
    add_layer<8, 256, 512>("8x8/256-512");
    add_layer<4, 512, 512>("4x4/512-512");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::AddCustomContext("instruction_set", xsimd::default_arch::name());
    benchmark::AddCustomContext("threads", std::to_string(Cpu<>{}.threads()));
    benchmark::AddCustomContext("peak_gflops", std::to_string(peak()));
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
