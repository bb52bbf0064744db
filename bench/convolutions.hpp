#pragma once

#include "peak.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <string>
#include <tinyres/layers/convolution_sizes.hpp>
#include <tinyres/random/philox.hpp>
#include <vector>

/// What bench_convolution and bench_onednn_convolution have in common: the layers, the passes, their data and exact
/// results, the columns.
namespace convolutions {

/// A convolution of images of Size x Size pixels with In channels; `images` of the batch for each 64 that are asked
/// for.
template <int Size, int In, class Convolution, int Images = 64>
struct Layer {
    using type = Convolution;
    using Input = tinyres::Image<In, Size, Size>;
    static constexpr tinyres::ConvolutionSizes sizes = tinyres::convolution_sizes(Convolution{}, Input::dims);
    static constexpr int images = Images;

    static std::string name() {
        std::string text = std::to_string(Size) + "x" + std::to_string(Size) + "/" + std::to_string(In) + "-" +
                           std::to_string(sizes.out.channels);
        if (sizes.groups == In) return text + "-depthwise" + (sizes.stride_height > 1 ? "-stride-2" : "");
        if (sizes.kernel_height == 3 && sizes.stride_height == 1) return text;
        text += "-" + std::to_string(sizes.kernel_height) + "x" + std::to_string(sizes.kernel_width);
        return text + (sizes.stride_height > 1 ? "-stride-" + std::to_string(sizes.stride_height) : "");
    }
};

/// Calls `function(Layer)` for each shape of S10.
void for_each_layer_of_s10(auto function) {
    using tinyres::Conv3x3;
    function(Layer<32, 3, Conv3x3<64>>{});
    function(Layer<32, 64, Conv3x3<128>>{});
    function(Layer<16, 128, Conv3x3<128>>{});
    function(Layer<16, 128, Conv3x3<256>>{});
    function(Layer<8, 256, Conv3x3<512>>{});
    function(Layer<4, 512, Conv3x3<512>>{});
}

/// The same for each kind of convolution of ResNets and MobileNets on 224x224 pixels, with a quarter of the images.
void for_each_other_layer(auto function) {
    using namespace tinyres;
    function(Layer<56, 64, Conv1x1<256>, 16>{});
    function(Layer<56, 256, Conv1x1<64>, 16>{});
    function(Layer<14, 1024, Conv1x1<256>, 16>{});
    function(Layer<7, 512, Conv1x1<2048>, 16>{});
    function(Layer<56, 256, Conv<512, 1, 2>, 16>{});
    function(Layer<56, 128, Conv<128, 3, 2, 1>, 16>{});
    function(Layer<14, 512, Conv<512, 3, 2, 1>, 16>{});
    function(Layer<56, 64, Conv3x3<64>, 16>{});
    function(Layer<28, 64, Conv5x5<64>, 16>{});
    function(Layer<224, 3, Conv<64, 7, 2, 3>, 16>{});
    function(Layer<224, 3, Conv<32, 3, 2, 1>, 16>{});
    function(Layer<112, 32, DepthwiseConv3x3<32>, 16>{});
    function(Layer<56, 144, DepthwiseConv3x3<144, 2>, 16>{});
    function(Layer<14, 384, DepthwiseConv3x3<384>, 16>{});
}

enum class Pass { forward, input_gradient, weight_gradient };

struct Options {
    int batch = 64;
    std::string precision = "fp32";
    std::string layers = "s10";
};

/// Activations (batch, height, width, channels), weights (kernel height, kernel width, in of a group, out), and what
/// the passes make of them.
class Data {
public:
    const int batch;
    const tinyres::ConvolutionSizes sizes;
    const std::vector<float> x, dy, weights, bias;
    std::vector<float> y, dx, weight_gradient, bias_gradient;

    template <class Layer>
    Data(Layer, int batch_of_64)
        : batch(std::max(1, batch_of_64 * Layer::images / 64)),
          sizes(Layer::sizes),
          x(random_values(std::ptrdiff_t{batch} * sizes.in.size(), 1)),
          dy(random_values(std::ptrdiff_t{batch} * sizes.out.size(), 2)),
          weights(random_values(sizes.weight_count(), 3)),
          bias(random_values(sizes.out.channels, 4)),
          y(dy.size()),
          dx(x.size()),
          weight_gradient(weights.size()),
          bias_gradient(bias.size()) {}

    /// Multiplications and additions of any of the passes, as a direct convolution.
    double operations() const {
        return 2.0 * sizes.taps() * sizes.group_inputs() * sizes.out.channels * static_cast<double>(outputs());
    }

    /// sqrt(mean squared error / mean square) of some of a pass's results against sums in double.
    double error(Pass pass) const {
        const std::vector<float>& results = pass == Pass::forward          ? y
                                            : pass == Pass::input_gradient ? dx
                                                                           : weight_gradient;
        const std::ptrdiff_t count = std::ssize(results);
        const std::ptrdiff_t samples = std::min<std::ptrdiff_t>(count, pass == Pass::weight_gradient ? 59 : 499);
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
    std::ptrdiff_t outputs() const { return std::ptrdiff_t{batch} * sizes.out.pixels(); }

    static std::vector<float> random_values(std::ptrdiff_t count, std::uint32_t stream) {
        std::vector<float> values(static_cast<std::size_t>(count));
        tinyres::RandomStream random({1, tinyres::Purpose::initialization, stream, 0});
        for (float& value : values) value = random.uniform(-1.0f, 1.0f);
        return values;
    }

    static double at(const std::vector<float>& values, std::ptrdiff_t index) {
        return static_cast<double>(values[static_cast<std::size_t>(index)]);
    }

    /// The input pixel that an output pixel sees through a tap, -1 outside its image.
    std::ptrdiff_t seen(std::ptrdiff_t output, int tap) const {
        const auto within = static_cast<int>(output % sizes.out.pixels());
        const int row = sizes.input_row(within / sizes.out.width, tap / sizes.kernel_width);
        const int column = sizes.input_column(within % sizes.out.width, tap % sizes.kernel_width);
        if (row < 0 || row >= sizes.in.height || column < 0 || column >= sizes.in.width) return -1;
        return (output / sizes.out.pixels() * sizes.in.height + row) * sizes.in.width + column;
    }

    double weight(int tap, std::ptrdiff_t in_of_group, std::ptrdiff_t out) const {
        return at(weights, (tap * std::ptrdiff_t{sizes.group_inputs()} + in_of_group) * sizes.out.channels + out);
    }

    double exact_output(std::ptrdiff_t index) const {
        const std::ptrdiff_t out = index % sizes.out.channels;
        const std::ptrdiff_t first = out / sizes.group_outputs() * sizes.group_inputs();
        double sum = at(bias, out);
        for (int tap = 0; tap < sizes.taps(); ++tap)
            if (const std::ptrdiff_t pixel = seen(index / sizes.out.channels, tap); pixel >= 0)
                for (int i = 0; i < sizes.group_inputs(); ++i)
                    sum += at(x, pixel * sizes.in.channels + first + i) * weight(tap, i, out);
        return sum;
    }
    double exact_input_gradient(std::ptrdiff_t index) const {
        const std::ptrdiff_t in = index % sizes.in.channels;
        const std::ptrdiff_t first = in / sizes.group_inputs() * sizes.group_outputs();
        const std::ptrdiff_t pixel = index / sizes.in.channels;
        const std::ptrdiff_t image = pixel / sizes.in.pixels() * sizes.out.pixels();
        double sum = 0.0;
        for (std::ptrdiff_t output = image; output < image + sizes.out.pixels(); ++output)
            for (int tap = 0; tap < sizes.taps(); ++tap)
                if (seen(output, tap) == pixel)
                    for (std::ptrdiff_t o = first; o < first + sizes.group_outputs(); ++o)
                        sum += at(dy, output * sizes.out.channels + o) * weight(tap, in % sizes.group_inputs(), o);
        return sum;
    }
    double exact_weight_gradient(std::ptrdiff_t index) const {
        const std::ptrdiff_t out = index % sizes.out.channels;
        const std::ptrdiff_t in =
            out / sizes.group_outputs() * sizes.group_inputs() + index / sizes.out.channels % sizes.group_inputs();
        const auto tap = static_cast<int>(index / sizes.out.channels / sizes.group_inputs());
        double sum = 0.0;
        for (std::ptrdiff_t output = 0; output < outputs(); ++output)
            if (const std::ptrdiff_t pixel = seen(output, tap); pixel >= 0)
                sum += at(x, pixel * sizes.in.channels + in) * at(dy, output * sizes.out.channels + out);
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
    CLI::App app{"GFLOP/s of convolutions, pass by pass"};
    app.add_option("--layers", options.layers, "S10's, or the kinds that other networks have")
        ->check(CLI::IsMember({"s10", "others"}));
    app.add_option("--batch", options.batch, "images; of large images fewer")->check(CLI::PositiveNumber);
    app.add_option("--precision", options.precision)->check(CLI::IsMember(precisions));
    CLI11_PARSE(app, argc, argv);

    const int threads = tinyres::Cpu<>{}.threads();
    const double peak = peak_gflops(threads);
    benchmark::AddCustomContext("instruction_set", xsimd::default_arch::name());
    benchmark::AddCustomContext("threads", std::to_string(threads));
    benchmark::AddCustomContext("batch", std::to_string(options.batch));
    benchmark::AddCustomContext("precision", options.precision);
    benchmark::AddCustomContext("peak_gflops", std::to_string(peak));
    const auto add_layer = [&](auto layer) {
        const std::string name = layer.name() + "/";
        const auto add = [&](const char* pass_name, Pass pass) {
            const auto function = [=](benchmark::State& state) { convolution(state, layer, pass, options, peak); };
            benchmark::RegisterBenchmark((name + pass_name).c_str(), function)
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        };
        add("forward", Pass::forward);
        add("input_gradient", Pass::input_gradient);
        add("weight_gradient", Pass::weight_gradient);
    };
    if (options.layers == "s10")
        for_each_layer_of_s10(add_layer);
    else
        for_each_other_layer(add_layer);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

} // namespace convolutions
