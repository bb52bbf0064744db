#pragma once

#include "peak.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <string>
#include <tinyres/random/philox.hpp>
#include <vector>

/// What bench_convolution and bench_onednn_convolution have in common: the layers, the passes, their data and exact
/// results, the columns.
namespace convolutions {

/// A 3x3 convolution with zero padding 1 of images of Size x Size pixels.
template <int Size, int In, int Out>
struct Layer {
    static constexpr int size = Size;
    static constexpr int in = In;
    static constexpr int out = Out;
};

/// Calls `function(Layer)` for each shape of S10.
void for_each_layer(auto function) {
    function(Layer<32, 3, 64>{});
    function(Layer<32, 64, 128>{});
    function(Layer<16, 128, 128>{});
    function(Layer<16, 128, 256>{});
    function(Layer<8, 256, 512>{});
    function(Layer<4, 512, 512>{});
}

enum class Pass { forward, input_gradient, weight_gradient };

struct Options {
    int batch = 64;
    std::string precision = "fp32";
};

/// Activations (batch, size, size, channels), weights (3, 3, in, out), and what the passes make of them.
class Data {
public:
    const int batch, size, in, out;
    const std::vector<float> x, dy, weights, bias;
    std::vector<float> y, dx, weight_gradient, bias_gradient;

    template <class Layer>
    Data(Layer, int batch_size)
        : batch(batch_size),
          size(Layer::size),
          in(Layer::in),
          out(Layer::out),
          x(random_values(pixels() * in, 1)),
          dy(random_values(pixels() * out, 2)),
          weights(random_values(std::ptrdiff_t{9} * in * out, 3)),
          bias(random_values(out, 4)),
          y(dy.size()),
          dx(x.size()),
          weight_gradient(weights.size()),
          bias_gradient(bias.size()) {}

    /// Multiplications and additions of any of the passes, as a direct convolution.
    double operations() const { return 2.0 * 9 * in * out * static_cast<double>(pixels()); }

    /// sqrt(mean squared error / mean square) of some of a pass's results against sums in double.
    double error(Pass pass) const {
        const std::vector<float>& results = pass == Pass::forward          ? y
                                            : pass == Pass::input_gradient ? dx
                                                                           : weight_gradient;
        const std::ptrdiff_t samples = pass == Pass::weight_gradient ? 59 : 499;
        const std::ptrdiff_t count = std::ssize(results);
        double error = 0.0;
        double square = 0.0;
        for (std::ptrdiff_t index = 0; index < count; index += count / samples) {
            const double exact = pass == Pass::forward          ? exact_output(index)
                                 : pass == Pass::input_gradient ? exact_input_gradient(index)
                                                                : exact_weight_gradient(index);
            error += std::pow(static_cast<double>(results[static_cast<std::size_t>(index)]) - exact, 2);
            square += exact * exact;
        }
        return std::sqrt(error / square);
    }

private:
    std::ptrdiff_t pixels() const { return std::ptrdiff_t{batch} * size * size; }

    static std::vector<float> random_values(std::ptrdiff_t count, std::uint32_t stream) {
        std::vector<float> values(static_cast<std::size_t>(count));
        tinyres::RandomStream random({1, tinyres::Purpose::initialization, stream, 0});
        for (float& value : values) value = random.uniform(-1.0f, 1.0f);
        return values;
    }

    static double at(const std::vector<float>& values, std::ptrdiff_t index) {
        return static_cast<double>(values[static_cast<std::size_t>(index)]);
    }

    /// The pixel that lies `rows` below and `columns` right of `pixel`, -1 outside its image.
    std::ptrdiff_t neighbor(std::ptrdiff_t pixel, int rows, int columns) const {
        const std::ptrdiff_t row = pixel / size % size + rows;
        const std::ptrdiff_t column = pixel % size + columns;
        if (row < 0 || row >= size || column < 0 || column >= size) return -1;
        return pixel + std::ptrdiff_t{rows} * size + columns;
    }

    double exact_output(std::ptrdiff_t index) const {
        double sum = at(bias, index % out);
        for (int tap = 0; tap < 9; ++tap)
            if (const std::ptrdiff_t pixel = neighbor(index / out, tap / 3 - 1, tap % 3 - 1); pixel >= 0)
                for (int i = 0; i < in; ++i)
                    sum += at(x, pixel * in + i) * at(weights, (std::ptrdiff_t{tap} * in + i) * out + index % out);
        return sum;
    }
    double exact_input_gradient(std::ptrdiff_t index) const {
        double sum = 0.0;
        for (int tap = 0; tap < 9; ++tap)
            if (const std::ptrdiff_t pixel = neighbor(index / in, 1 - tap / 3, 1 - tap % 3); pixel >= 0)
                for (int o = 0; o < out; ++o)
                    sum += at(dy, pixel * out + o) * at(weights, (std::ptrdiff_t{tap} * in + index % in) * out + o);
        return sum;
    }
    double exact_weight_gradient(std::ptrdiff_t index) const {
        const int tap = static_cast<int>(index / out / in);
        double sum = 0.0;
        for (std::ptrdiff_t p = 0; p < pixels(); ++p)
            if (const std::ptrdiff_t pixel = neighbor(p, tap / 3 - 1, tap % 3 - 1); pixel >= 0)
                sum += at(x, pixel * in + index / out % in) * at(dy, p * out + index % out);
        return sum;
    }
};

/// Times `run()`, then fills the columns; `fetch()` brings the pass's result into `data`.
void measure(benchmark::State& state, const Data& data, Pass pass, double peak, auto run, auto fetch) {
    for (auto _ : state) {
        run();
        benchmark::ClobberMemory();
    }
    fetch();
    const double done = data.operations() * static_cast<double>(state.iterations()) / 1e9;
    state.counters["GFLOP/s"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
    state.counters["of_peak"] = benchmark::Counter(done / peak, benchmark::Counter::kIsRate);
    state.counters["error"] = data.error(pass);
}

/// A benchmark program: `convolution(state, Layer, Pass, Options, peak)` measures one pass of one layer.
int run_program(int argc, char** argv, const std::vector<std::string>& precisions, auto convolution) {
    benchmark::Initialize(&argc, argv); // takes its own options away
    Options options;
    CLI::App app{"GFLOP/s of S10's 3x3 convolutions, pass by pass"};
    app.add_option("--batch", options.batch)->check(CLI::PositiveNumber);
    app.add_option("--precision", options.precision)->check(CLI::IsMember(precisions));
    CLI11_PARSE(app, argc, argv);

    const int threads = tinyres::Cpu<>{}.threads();
    const double peak = peak_gflops(threads);
    benchmark::AddCustomContext("instruction_set", xsimd::default_arch::name());
    benchmark::AddCustomContext("threads", std::to_string(threads));
    benchmark::AddCustomContext("batch", std::to_string(options.batch));
    benchmark::AddCustomContext("precision", options.precision);
    benchmark::AddCustomContext("peak_gflops", std::to_string(peak));
    for_each_layer([&](auto layer) {
        const std::string size = std::to_string(layer.size);
        const std::string name =
            size + "x" + size + "/" + std::to_string(layer.in) + "-" + std::to_string(layer.out) + "/";
        const auto add = [&](const char* pass_name, Pass pass) {
            const auto function = [=](benchmark::State& state) { convolution(state, layer, pass, options, peak); };
            benchmark::RegisterBenchmark((name + pass_name).c_str(), function)
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        };
        add("forward", Pass::forward);
        add("input_gradient", Pass::input_gradient);
        add("weight_gradient", Pass::weight_gradient);
    });
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

} // namespace convolutions
