// Each 3x3 convolution of S10, pass by pass: GFLOP/s counted as a direct convolution, the share of the multiply-adds
// that the machine reaches at that moment, and the relative error against double.
//     build/release/bin/bench_convolution [--batch N] [--precision fp32] [--benchmark_filter=...]
// OMP_NUM_THREADS sets the threads; --benchmark_format=json makes the output one for programs.
#include "convolutions.hpp"

#include <tinyres/backend/cpu/conv3x3.hpp>

namespace {

using namespace tinyres;
using namespace convolutions;

template <class Layer>
class Convolution {
public:
    explicit Convolution(Data& data) : data_(data), parameters_(data.weights), gradients_(parameters_.size()) {
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
        std::copy_n(gradients_.begin(), data_.weight_gradient.size(), data_.weight_gradient.begin());
        std::copy(gradients_.end() - Layer::out, gradients_.end(), data_.bias_gradient.begin());
    }

private:
    using Kernel = tinyres::Kernel<Cpu<>, Bound<Conv3x3<Layer::out>, Image<Layer::in, Layer::size, Layer::size>>>;

    Data& data_;
    Cpu<> cpu_;
    std::vector<float> parameters_;
    std::vector<float> gradients_;
    HostBuffer<std::byte> scratch_{Kernel::needs.scratch_shared +
                                   Kernel::needs.scratch_per_thread * static_cast<std::size_t>(cpu_.threads())};

    void forward() {
        ForwardPass<float, float> pass;
        pass.batch = data_.batch;
        pass.input = data_.x.data();
        pass.output = data_.y.data();
        pass.parameters = parameters_.data();
        pass.scratch = scratch_.data();
        Kernel::forward(cpu_, pass);
    }
    void weight_gradient() {
        BackwardPass<float, float> pass;
        pass.batch = data_.batch;
        pass.input = data_.x.data();
        pass.output_gradient = data_.dy.data();
        pass.parameters = parameters_.data();
        pass.parameter_gradients = gradients_.data();
        pass.scratch = scratch_.data();
        Kernel::backward(cpu_, pass);
    }
    /// The kernel's backward always runs the weight gradient too, so this calls the algorithm as the kernel does.
    void input_gradient() {
        using Algorithm = typename Kernel::InputGradient;
        float* const packed = reinterpret_cast<float*>(scratch_.data());
        const auto turned = [weights = parameters_.data()](int tap, int out, int in) {
            return weights[(std::ptrdiff_t{8 - tap} * Layer::in + in) * Layer::out + out];
        };
        Algorithm::pack(cpu_.threads(), turned, nullptr, packed);
        Algorithm::run(cpu_.threads(), data_.batch, data_.dy.data(), packed, data_.dx.data(),
                       packed + Algorithm::packed_size);
    }
};

} // namespace

int main(int argc, char** argv) {
    return run_program(argc, argv, {"fp32"},
                       []<class Layer>(auto& state, Layer layer, Pass pass, const Options& options, double peak) {
                           Data data(layer, options.batch);
                           Convolution<Layer> convolution(data);
                           measure(
                               state, data, pass, peak, [&] { convolution.run(pass); }, [&] { convolution.fetch(); });
                       });
}
