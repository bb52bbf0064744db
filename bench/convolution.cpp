// Each convolution of S10, or each kind of other networks', pass by pass: GFLOP/s counted as a direct convolution, the
// share of the multiply-adds that the machine reaches at that moment, and the relative error against double.
//     build/release/bin/bench_convolution [--layers s10|others] [--batch N] [--precision fp32|bf16]
//                                         [--benchmark_filter=...]
// OMP_NUM_THREADS sets the threads; --benchmark_format=json makes the output one for programs.
#include "convolutions.hpp"

#include <tinyres/backend/cpu/convolution.hpp>

namespace {

using namespace tinyres;
using namespace convolutions;

template <class T, class Layer>
class Convolution {
public:
    explicit Convolution(Data& data) : data_(data), parameters_(data.weights) {
        parameters_.insert(parameters_.end(), data.bias.begin(), data.bias.end());
        gradients_.resize(parameters_.size());
    }

    void run(Pass pass) {
        switch (pass) {
        case Pass::forward:
            return forward();
        case Pass::input_gradient:
            return input_gradient();
        case Pass::weight_gradient:
            return weight_gradient();
        }
    }
    /// Brings what a pass left here into the data.
    void fetch() {
        std::copy(y_.begin(), y_.end(), data_.y.begin());
        std::copy(dx_.begin(), dx_.end(), data_.dx.begin());
        std::copy_n(gradients_.begin(), data_.weight_gradient.size(), data_.weight_gradient.begin());
        std::copy(gradients_.end() - Layer::sizes.out.channels, gradients_.end(), data_.bias_gradient.begin());
    }

private:
    using Backend = Cpu<T>;
    using Kernel = tinyres::Kernel<Backend, Bound<typename Layer::type, typename Layer::Input>>;

    Data& data_;
    Backend cpu_;
    std::vector<T> x_ = stored(data_.x), dy_ = stored(data_.dy), y_{dy_}, dx_{x_};
    std::vector<float> parameters_;
    std::vector<float> gradients_;
    host::Buffer<std::byte> scratch_{Kernel::needs.scratch_shared +
                                     Kernel::needs.scratch_per_thread * static_cast<std::size_t>(cpu_.threads())};

    static std::vector<T> stored(const std::vector<float>& values) {
        std::vector<T> found;
        for (const float value : values) found.push_back(static_cast<T>(value));
        return found;
    }

    void forward() {
        ForwardPass<float, T> pass;
        pass.batch = data_.batch;
        pass.input = x_.data();
        pass.output = y_.data();
        pass.parameters = parameters_.data();
        pass.scratch = scratch_.data();
        Kernel::forward(cpu_, pass);
    }
    BackwardPass<float, T> backward_pass() {
        BackwardPass<float, T> pass;
        pass.batch = data_.batch;
        pass.input = x_.data();
        pass.output_gradient = dy_.data();
        pass.parameters = parameters_.data();
        pass.parameter_gradients = gradients_.data();
        pass.scratch = scratch_.data();
        return pass;
    }
    void weight_gradient() { Kernel::backward(cpu_, backward_pass()); } // without dx, as in a network's first layer
    void input_gradient() {
        BackwardPass<float, T> pass = backward_pass();
        pass.input_gradient = dx_.data();
        Kernel::input_gradient(cpu_, pass, cpu::NoSums{});
    }
};

/// Measures one pass of one layer with activations of type T.
template <class T, class Layer>
void measure_layer(benchmark::State& state, Layer layer, Pass pass, const Options& options, double peak) {
    Data data(layer, options.batch);
    Convolution<T, Layer> convolution(data);
    measure(
        state, data, pass, peak, [&] { convolution.run(pass); }, [&] { convolution.fetch(); });
}

} // namespace

int main(int argc, char** argv) {
    return run_program(argc, argv, {"fp32", "bf16"},
                       [](auto& state, auto layer, Pass pass, const Options& options, double peak) {
                           options.precision == "bf16" ? measure_layer<bfloat16>(state, layer, pass, options, peak)
                                                       : measure_layer<float>(state, layer, pass, options, peak);
                       });
}
