#include "images.hpp"

#include <cstdio>
#include <tinyres/eigen.hpp>
#include <tinyres/tinyres.hpp>

namespace example {

namespace {

template <int Channels>
using Block = tr::Sequential<tr::Conv3x3<Channels>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;

// The first convolution has room for the 27 directions of a 3x3 patch of colors and for their negatives.
using Net = tr::Network<tr::Image<3, 32, 32>, tr::Conv3x3<54>, tr::ReLU, tr::MaxPool<2>, Block<32>, Block<64>,
                        Block<64>, tr::MaxPool<2>, tr::Flatten, tr::Linear<10>>;

} // namespace

Seen see_with_small_network(const Options& options, const tr::RowMatrix<float>& pixels) {
    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, options.seed, tr::Cpu<>{options.threads}};
    const tr::Dataset images = load_images(options, tr::Split::train, options.train_images);
    const tr::Whitening whitening = tr::whiten_first_convolution(model, images, tr::cifar10_normalization());
    std::printf("whitened %d directions of 3x3 patches with %d filters\n", whitening.directions, whitening.filters());

    tr::Loader loader{images,
                      tr::cifar10_augmentation(),
                      {.batch_size = (std::min)(100, images.size()), .shuffle = true, .seed = options.seed}};
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{
        {.max_lr = 0.01, .epochs = options.epochs, .steps_per_epoch = loader.batches_per_epoch()}};
    tr::fit(model, optimizer, schedule, loader, [](int epoch, const tr::Metrics& metrics) {
        std::printf("epoch %d: training loss %.3f, accuracy %.1f%%\n", epoch + 1, metrics.loss(),
                    100.0 * metrics.accuracy());
        std::fflush(stdout);
    });
    return {.network = "a small network trained for " + std::to_string(options.epochs) +
                       (options.epochs == 1 ? " epoch" : " epochs"),
            .features = tr::features(model, tr::samples_in_rows(pixels)),
            .predicted = largest(tr::predict(model, tr::samples_in_rows(pixels)))};
}

} // namespace example
