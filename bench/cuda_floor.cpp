// The least time that a training step of S10 in mixed precision can take on a GPU: its convolutions' operations over
// the tensor cores' rate, and the bytes that the kernels of backend/cuda move over the memory's rate, both from data
// sheets.
//     bench_cuda_floor [IMAGES]     a batch of so many images; 512 without

#include <cstdio>
#include <cstdlib>
#include <tinyres/networks/s10.hpp>

namespace {

namespace tr = tinyres;

struct Gpu {
    const char* name;
    double operations; ///< a second, dense bfloat16 with sums in float
    double bytes;      ///< a second
};

/// NVIDIA's data sheets of the SXM cards with 80 GB.
constexpr Gpu gpus[] = {{"A100", 312e12, 2.04e12}, {"H100", 989e12, 3.35e12}};

struct Work {
    const char* name;
    double operations = 0.0; ///< for each image
    double bytes = 0.0;      ///< for each image
};

constexpr double number = 2.0; // bytes of a bfloat16
constexpr double place = 1.0;  // bytes of a maximum's place

/// The work of S10's layers by kind, as the kernels do it: a convolution with the pooling and the moments behind it, a
/// normalization with ReLU and dropout behind it.
struct Step {
    Work convolution{"convolutions, forward"};
    Work input_gradient{"gradients of their inputs"};
    Work weight_gradient{"gradients of their weights"};
    Work pooling{"pooling, backward"};
    Work normalization{"normalizations, forward"};
    Work normalization_gradient{"normalizations, backward"};
    Work residual{"residual sums"};

    constexpr Step() {
        const auto& nodes = tr::S10::nodes;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const tr::Node& node = nodes[i];
            const double in = node.in.size() * number;
            const double out = node.out.size() * number;
            if (is_convolution(node)) {
                const bool pooled = is_pooling(nodes[i + 1]);
                const double operations = 2.0 * 9.0 * node.in.channels * node.out.size();
                add(convolution, operations, in + (pooled ? nodes[i + 1].out.size() * (number + place) : out));
                add(weight_gradient, operations, in + out);
                if (i > 0) add(input_gradient, operations, out + in);
            } else if (is_pooling(node)) {
                add(pooling, 0.0, out + node.out.size() * place + in);
            } else if (node.name == tr::BatchNorm::name) {
                add(normalization, 0.0, moments(i) + in + out);
                add(normalization_gradient, 0.0, 2.0 * in + 2.0 * in + in);
            } else if (node.name == tr::Add::name) { // forward, and the gradients where the block begins
                add(residual, 0.0, 2.0 * (2.0 * in + out));
            }
        }
    }

private:
    static constexpr bool is_convolution(const tr::Node& node) { return node.name == tr::Conv3x3<1>::name; }
    static constexpr bool is_pooling(const tr::Node& node) { return node.name == tr::MaxPool<1>::name; }

    /// Bytes that the moments of the input of layer `i` take: of a convolution's output, which the convolution has in
    /// its blocks of 128 pixels, written and read 12 a block and channel; of others another pass over it.
    static constexpr double moments(std::size_t i) {
        const auto& nodes = tr::S10::nodes;
        const tr::Node& convolution = nodes[is_pooling(nodes[i - 1]) ? i - 2 : i - 1];
        if (!is_convolution(convolution)) return nodes[i].in.size() * number;
        return 2.0 * 12.0 * convolution.out.size() / 128.0;
    }

    static constexpr void add(Work& work, double operations, double bytes) {
        work.operations += operations;
        work.bytes += bytes;
    }
};

} // namespace

int main(int count, char** arguments) {
    const int images = count > 1 ? std::atoi(arguments[1]) : 512;
    if (images < 1) {
        std::fprintf(stderr, "bench_cuda_floor: '%s' is no number of images\n", arguments[1]);
        return 2;
    }
    constexpr Step step;
    // Adam reads parameter, gradient and two moments and writes three of them; convolutions read their weights twice
    // and write and read them twice in bfloat16; the gradients are written.
    constexpr double once = tr::S10::parameter_count * (7.0 * 4.0 + 2.0 * (4.0 + 2.0 * number) + 4.0);
    std::printf("S10, a step of %d images in mixed precision\n\n%-28s %10s %10s", images, "", "GFLOP", "GB");
    for (const Gpu& gpu : gpus) std::printf("  %8s ms", gpu.name);
    std::printf("\n");
    double total[std::size(gpus)] = {};
    const auto print = [&](const char* name, double operations, double bytes) {
        std::printf("%-28s %10.1f %10.3f", name, operations / 1e9, bytes / 1e9);
        for (std::size_t i = 0; i < std::size(gpus); ++i) {
            const double seconds = std::max(operations / gpus[i].operations, bytes / gpus[i].bytes);
            total[i] += seconds;
            std::printf("  %11.3f", seconds * 1e3);
        }
        std::printf("\n");
    };
    for (const Work& work : {step.convolution, step.input_gradient, step.weight_gradient, step.pooling,
                             step.normalization, step.normalization_gradient, step.residual})
        print(work.name, work.operations * images, work.bytes * images);
    print("weights and Adam", 0.0, once);
    std::printf("%-50s", "in all");
    for (const double seconds : total) std::printf("  %11.3f", seconds * 1e3);
    std::printf("\n%-50s", "images/s");
    for (const double seconds : total) std::printf("  %11.0f", images / seconds);
    std::printf("\n");
    return 0;
}
