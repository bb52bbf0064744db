#include <tinyres/tinyres.hpp>

#include <cstdio>

namespace tr = tinyres;

using Small = tr::Network<tr::Image<3, 32, 32>, tr::Conv3x3<8>, tr::MaxPool<4>, tr::BatchNorm, tr::ReLU, tr::Flatten,
                          tr::Linear<10>>;

int main() {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 256);
    tr::Loader loader{dataset, tr::Compose{tr::Normalize{}}, {.batch_size = 64}};
    tr::Model<Small, tr::Cpu<>> model{tr::KaimingUniform{}, 1};
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{
        {.max_lr = 3e-3, .epochs = 4, .peak_epoch = 1, .steps_per_epoch = loader.batches_per_epoch()}};

    double first = 0.0;
    double last = 0.0;
    tr::fit(model, optimizer, schedule, loader, [&](int epoch, const tr::Metrics& metrics) {
        last = metrics.loss();
        if (epoch == 0) first = last;
    });
    std::printf("loss %.4f, then %.4f\n", first, last);
    return last < first ? 0 : 1;
}
