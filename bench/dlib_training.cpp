// Trains S10 in dlib on the CPU and prints speed and peak memory as a line of JSON, the counterpart of bench_train_s10.
//     build/dlib/bin/bench_dlib_training [--threads N] [--batch-size N] [--steps N] [--warm-up N]
// All steps take one fixed random batch. dlib has no Dropout2d, so its network goes without: less work for dlib. The
// matrix products are OpenBLAS' and run on all threads, all else on one. compare_dlib.sh builds and runs this program.
#include "training.hpp"

#include <cblas.h>
#include <dlib/dnn.h>
#include <dlib/revision.h>
#include <random>

namespace {

using namespace dlib;

template <int channels, class Below>
using ConvBlock = relu<bn_con<con<channels, 3, 3, 1, 1, Below>>>;
template <int channels, class Below>
using DownBlock = relu<bn_con<max_pool<2, 2, 2, 2, con<channels, 3, 3, 1, 1, Below>>>>;
template <int channels, class Below>
using ResBlock = add_prev1<ConvBlock<channels, ConvBlock<channels, tag1<Below>>>>;

using Images = input<std::array<matrix<float>, 3>>;
using Body = ResBlock<512, DownBlock<512, DownBlock<256, ResBlock<128, DownBlock<128, ConvBlock<64, Images>>>>>>;
using S10 = loss_multiclass_log<fc<10, max_pool<4, 4, 4, 4, Body>>>;
constexpr std::size_t parameters = 6'575'370; // what tinyres' and PyTorch's S10 have

/// Images of noise, as a tensor, and their labels.
struct Batch {
    resizable_tensor images;
    std::vector<unsigned long> labels;

    Batch(S10& network, int size) {
        std::mt19937 random(1);
        std::uniform_real_distribution<float> value(-1.7f, 1.7f);
        std::vector<std::array<matrix<float>, 3>> pixels(static_cast<std::size_t>(size));
        for (auto& image : pixels) {
            for (auto& channel : image) {
                channel.set_size(32, 32);
                for (float& pixel : channel) pixel = value(random);
            }
            labels.push_back(random() % 10);
        }
        network.to_tensor(pixels.begin(), pixels.end(), images);
    }
};

void train(const training::Arguments& arguments) {
    if (arguments.threads > 0) openblas_set_num_threads(arguments.threads);
    S10 network;
    const Batch batch(network, arguments.batch_size);
    std::vector<adam> solvers(S10::num_computational_layers, adam(0.01f, 0.9f, 0.999f));
    training::Timer timer(arguments);
    double loss = 0.0;
    do {
        loss = network.compute_parameter_gradients(batch.images, batch.labels.begin());
        network.update_parameters(make_sstack(solvers), 3.2e-4);
    } while (timer.count(arguments.batch_size, loss));
    auto report = timer.report("fp32", openblas_get_num_threads());
    report["library"] = "dlib " + std::to_string(DLIB_MAJOR_VERSION) + '.' + std::to_string(DLIB_MINOR_VERSION) + ", " +
                        openblas_get_config();
    report["data"] = "one fixed batch";
    if (const std::size_t count = count_parameters(network); count != parameters)
        throw std::runtime_error("dlib's network has " + std::to_string(count) + " parameters and S10 has " +
                                 std::to_string(parameters));
    std::cout << report << std::endl;
}

} // namespace

int main(int argc, char** argv) {
    training::Arguments arguments;
    CLI::App app{"Trains S10 in dlib and prints speed and peak memory as a line of JSON"};
    arguments.add_to(app);
    CLI11_PARSE(app, argc, argv);
    try {
        train(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_dlib_training: error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
