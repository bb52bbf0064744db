// Trains S10 on the GPU and prints its speed as a line of JSON.
//     bench_gpu_train_s10 [--precision fp32|bf16] [--graphs on|off] [--convolutions own|cudnn] [--batch-size N]
//     [--steps N]
#include "training.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <tinyres/cuda.hpp>
#if TINYRES_BENCH_CUDNN
#include <tinyres/cudnn.hpp>
#endif

namespace {

namespace tr = tinyres;

struct Arguments {
    std::string precision, graphs, convolutions;
    int batch_size, steps;
};

template <class Backend>
void train(const Arguments& arguments) {
    using Clock = std::chrono::steady_clock;
    const tr::Dataset images = gpu::images(arguments.batch_size);
    tr::Model<tr::S10, Backend> model{tr::KaimingUniform{}, 1,
                                      Backend{0, arguments.graphs == "on" ? tr::Graphs::on : tr::Graphs::off}};
    tr::Adam optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    tr::DeviceLoader loader{
        model.backend(), images, tr::cifar10_augmentation(), {.batch_size = arguments.batch_size, .shuffle = true}};
    const int warm_up = 8;
    int step = 0;
    double first_loss = 0.0, last_loss = 0.0;
    Clock::time_point start;
    for (int epoch = 0; step < warm_up + arguments.steps; ++epoch)
        for (const auto& batch : loader.epoch(epoch)) {
            if (step == warm_up) {
                tr::cuda::check(cudaDeviceSynchronize(), "the GPU's work");
                start = Clock::now();
            }
            auto metrics = tr::train_step(model, batch);
            optimizer.step(model, 3.2e-4);
            if (step == 0) first_loss = metrics.loss();
            if (++step == warm_up + arguments.steps) {
                last_loss = metrics.loss(); // waits
                break;
            }
        }
    tr::cuda::check(cudaDeviceSynchronize(), "the GPU's work");
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("{\"mode\": \"tinyres %s, graphs %s, %s convolutions\", \"milliseconds_per_step\": %.4f, "
                "\"images_per_second\": %.1f, \"batch_size\": %d, \"steps\": %d, \"first_loss\": %.5f, "
                "\"last_loss\": %.5f}\n",
                arguments.precision.c_str(), arguments.graphs.c_str(), arguments.convolutions.c_str(),
                1e3 * seconds / arguments.steps, arguments.batch_size * arguments.steps / seconds, arguments.batch_size,
                arguments.steps, first_loss, last_loss);
}

template <class T>
void train_in(const Arguments& arguments) {
    if (arguments.convolutions == "own") return train<tr::Cuda<T>>(arguments);
#if TINYRES_BENCH_CUDNN
    train<tr::CudaWithCudnn<T>>(arguments);
#else
    throw std::invalid_argument("this program was built without cuDNN; use --convolutions own");
#endif
}

} // namespace

int main(int count, char** arguments) {
    try {
        const Arguments parsed{gpu::option(count, arguments, "--precision", "bf16"),
                               gpu::option(count, arguments, "--graphs", "on"),
                               gpu::option(count, arguments, "--convolutions", "own"),
                               gpu::count_option(count, arguments, "--batch-size", 512),
                               gpu::count_option(count, arguments, "--steps", 200)};
        parsed.precision == "fp32" ? train_in<float>(parsed) : train_in<tr::bfloat16>(parsed);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_gpu_train_s10: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
