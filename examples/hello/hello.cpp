#include <cstdio>
#include <tinyres/tinyres.hpp>

namespace tr = tinyres;

template <int K>
using Block = tr::Sequential<tr::Conv3x3<K>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;

using Net = tr::Network<tr::Image<3, 32, 32>,        //  3 channels of 32 x 32 pixels come in
                        Block<16>,                   // 16 x 16 x 16
                        Block<32>,                   // 32 x  8 x  8
                        Block<64>,                   // 64 x  4 x  4
                        tr::MaxPool<4>, tr::Flatten, // 64
                        tr::Linear<10>>;             // 10 classes

int main() {
    const tr::Dataset training_images = tr::make_synthetic(tr::Split::train, 5000);
    const tr::Dataset test_images = tr::make_synthetic(tr::Split::test, 1000);
    tr::Loader training{training_images, tr::cifar10_normalization(), {.batch_size = 50, .shuffle = true}};
    tr::Loader test{test_images, tr::cifar10_normalization(), {.batch_size = 100}};

    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 42};
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{
        {.max_lr = 0.01, .epochs = 5, .peak_epoch = 1, .steps_per_epoch = training.batches_per_epoch()}};

    tr::fit(model, optimizer, schedule, training, [&](int epoch, const tr::Metrics& metrics) {
        std::printf("epoch %d: loss %.3f, %.1f%% of the test images are right\n", epoch + 1, metrics.loss(),
                    100.0 * tr::evaluate(model, test).accuracy());
    });
}
