// The time of each kernel of S10's training, launched one by one with events around it: a line of JSON a kernel.
//     bench_gpu_kernels [--precision fp32|bf16] [--batch-size N] [--steps N]
#include "training.hpp"

#include <cstdio>
#include <exception>
#include <tinyres/cuda.hpp>

namespace {

namespace tr = tinyres;

template <class T>
void measure(int batch_size, int steps) {
    const tr::Dataset images = gpu::images(batch_size);
    tr::Model<tr::S10, tr::Cuda<T>> model{tr::KaimingUniform{}, 1, tr::Cuda<T>{0, tr::Graphs::off}};
    tr::Adam optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    tr::DeviceLoader loader{model.backend(), images, tr::cifar10_augmentation(), {.batch_size = batch_size}};
    int step = -3; // of warming up
    for (int epoch = 0; step < steps; ++epoch)
        for (const auto& batch : loader.epoch(epoch)) {
            tr::cuda::times_kernels = step >= 0;
            static_cast<void>(tr::train_step(model, batch));
            optimizer.step(model, 3.2e-4);
            if (++step == steps) break;
        }
    for (const auto& [name, time] : tr::cuda::kernel_times)
        std::printf("{\"kernel\": \"%s\", \"calls_per_step\": %g, \"milliseconds_per_step\": %.5f}\n", name.c_str(),
                    static_cast<double>(time.calls) / steps, time.milliseconds / steps);
}

} // namespace

int main(int count, char** arguments) {
    try {
        const int batch_size = gpu::count_option(count, arguments, "--batch-size", 512);
        const int steps = gpu::count_option(count, arguments, "--steps", 20);
        if (gpu::option(count, arguments, "--precision", "bf16") == "fp32")
            measure<float>(batch_size, steps);
        else
            measure<tr::bfloat16>(batch_size, steps);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_gpu_kernels: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
