// Compares the convolutions of S10 with cuDNN's on this machine's GPU: the time of each layer and pass, and how far the
// results are apart.
//     bench_cudnn_convolutions [IMAGES]     a batch of so many images; 512 without

#include <chrono>
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <span>
#include <tinyres/cudnn.hpp>
#include <vector>

namespace {

namespace tr = tinyres;

std::vector<float> random_values(std::size_t size, std::uint64_t seed) {
    tr::RandomStream random({seed, tr::Purpose::augmentation, 0, 0});
    std::vector<float> values(size);
    for (float& value : values) value = random.uniform(-1.0f, 1.0f);
    return values;
}

/// A layer's operands and results on the GPU, and its passes.
template <class Backend, class Layer, class In>
class LayerRun {
    using T = typename Backend::Storage;
    using Kernel = tr::Kernel<Backend, tr::Bound<Layer, In>>;
    static constexpr tr::Dims out = Layer::output(In::dims);
    static constexpr int parameters = Layer::tensors(In::dims).size(tr::Role::parameter);

public:
    LayerRun(const Backend& backend, int batch)
        : backend_(backend),
          batch_(batch),
          x_(images(In::size)),
          y_(images(out.size())),
          dy_(images(out.size())),
          dx_(images(In::size)),
          parameters_(backend.template allocate<float>(parameters)),
          gradients_(backend.template allocate<float>(parameters)),
          scratch_(backend.template allocate<std::byte>(Kernel::needs.scratch_shared)) {
        backend.upload(std::span<const float>(random_values(x_.size(), 1)), x_.data());
        backend.upload(std::span<const float>(random_values(dy_.size(), 2)), dy_.data());
        backend.upload(std::span<const float>(random_values(parameters_.size(), 3)), parameters_.data());
    }

    void forward() {
        tr::ForwardPass<float, T> pass;
        pass.batch = batch_;
        pass.training = true;
        pass.input = x_.data();
        pass.output = y_.data();
        pass.parameters = parameters_.data();
        pass.scratch = scratch_.data();
        Kernel::forward(backend_, pass);
    }

    void weight_gradient() { Kernel::weight_gradient(backend_, backward()); }
    void input_gradient() { Kernel::input_gradient(backend_, backward()); }

    std::vector<float> found_output() const { return download(y_); }
    std::vector<float> found_weight_gradient() const { return download(gradients_); }
    std::vector<float> found_input_gradient() const { return download(dx_); }

    void wait() const { tr::cuda::check(cudaStreamSynchronize(backend_.stream()), "the GPU's work"); }

private:
    tr::BackwardPass<float, T> backward() {
        tr::BackwardPass<float, T> pass;
        pass.batch = batch_;
        pass.input = x_.data();
        pass.output_gradient = dy_.data();
        pass.input_gradient = dx_.data();
        pass.parameters = parameters_.data();
        pass.parameter_gradients = gradients_.data();
        pass.scratch = scratch_.data();
        return pass;
    }
    tr::cuda::Buffer<T> images(int size) const {
        return backend_.template allocate<T>(static_cast<std::size_t>(batch_) * static_cast<std::size_t>(size));
    }
    template <class U>
    std::vector<float> download(const tr::cuda::Buffer<U>& from) const {
        std::vector<U> values(from.size());
        backend_.copy(values.data(), from.data(), values.size() * sizeof(U), cudaMemcpyDeviceToHost);
        return {values.begin(), values.end()};
    }

    const Backend& backend_;
    int batch_;
    tr::cuda::Buffer<T> x_, y_, dy_, dx_;
    tr::cuda::Buffer<float> parameters_, gradients_;
    tr::cuda::Buffer<std::byte> scratch_;
};

/// Milliseconds of a call, the least of several means.
template <class Run, class Call>
double milliseconds(Run& run, Call call) {
    constexpr int calls = 20;
    call();
    run.wait();
    double least = HUGE_VAL;
    for (int repetition = 0; repetition < 5; ++repetition) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) call();
        run.wait();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        least = std::min(least, taken.count() / calls);
    }
    return least;
}

/// The norm of the difference over the norm of the second.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
    double distance = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const double expected = static_cast<double>(b[i]);
        distance += (static_cast<double>(a[i]) - expected) * (static_cast<double>(a[i]) - expected);
        norm += expected * expected;
    }
    return std::sqrt(distance / norm);
}

void print(const char* pass, double operations, double own, double cudnn, double apart) {
    std::printf("    %-20s %8.3f ms %8.3f ms %6.2f x %9.1f %9.1f TFLOP/s %12.1e\n", pass, own, cudnn, cudnn / own,
                operations / own / 1e9, operations / cudnn / 1e9, apart);
}

template <class T, int Out, class In>
void compare(int batch) {
    using Layer = tr::Conv3x3<Out>;
    const tr::Cuda<T> cuda;
    const tr::CudaWithCudnn<T> with_cudnn;
    LayerRun<tr::Cuda<T>, Layer, In> own(cuda, batch);
    LayerRun<tr::CudaWithCudnn<T>, Layer, In> cudnn(with_cudnn, batch);
    const double operations = 2.0 * 9.0 * In::channels * Out * In::pixels * batch;
    std::printf("%d x %d x %d to %d\n", In::channels, In::height, In::width, Out);

    const double own_forward = milliseconds(own, [&] { own.forward(); });
    const double cudnn_forward = milliseconds(cudnn, [&] { cudnn.forward(); });
    print("forward", operations, own_forward, cudnn_forward, difference(own.found_output(), cudnn.found_output()));
    const double own_weights = milliseconds(own, [&] { own.weight_gradient(); });
    const double cudnn_weights = milliseconds(cudnn, [&] { cudnn.weight_gradient(); });
    print("gradient of weights", operations, own_weights, cudnn_weights,
          difference(own.found_weight_gradient(), cudnn.found_weight_gradient()));
    const double own_input = milliseconds(own, [&] { own.input_gradient(); });
    const double cudnn_input = milliseconds(cudnn, [&] { cudnn.input_gradient(); });
    print("gradient of input", operations, own_input, cudnn_input,
          difference(own.found_input_gradient(), cudnn.found_input_gradient()));
}

template <class T>
void compare_layers(const char* precision, int batch) {
    std::printf("\n%s, %d images\n    %-20s %11s %11s %8s %9s %17s %12s\n", precision, batch, "", "own", "cuDNN",
                "faster", "own", "cuDNN", "difference");
    compare<T, 64, tr::Shape<3, 32, 32>>(batch);
    compare<T, 128, tr::Shape<64, 32, 32>>(batch);
    compare<T, 128, tr::Shape<128, 16, 16>>(batch);
    compare<T, 256, tr::Shape<128, 16, 16>>(batch);
    compare<T, 512, tr::Shape<256, 8, 8>>(batch);
    compare<T, 512, tr::Shape<512, 4, 4>>(batch);
}

} // namespace

int main(int count, char** arguments) {
    int images = 512;
    CLI::App app{"Compares the convolutions of S10 with cuDNN's."};
    app.add_option("images", images, "in a batch")->check(CLI::PositiveNumber);
    CLI11_PARSE(app, count, arguments);
    try {
        compare_layers<float>("TF32", images);
        compare_layers<tr::bfloat16>("bfloat16", images);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_cudnn_convolutions: %s\n", error.what());
        return 1;
    }
    return 0;
}
