#include "tlu_cpu.hpp"
#include "tlu_reference.hpp"

#include <cmath>
#include <cstdio>
#include <tinyres/tinyres.hpp>

namespace tr = tinyres;

namespace {

template <int K>
using Block = tr::Sequential<tr::Conv3x3<K>, tr::MaxPool<2>, tr::BatchNorm, TLU>;

using Net =
    tr::Network<tr::Image<3, 32, 32>, Block<16>, Block<32>, Block<64>, tr::MaxPool<4>, tr::Flatten, tr::Linear<10>>;

/// The gradients of one step on `batch`, with the same random parameters on every backend.
template <class Backend>
std::vector<double> gradients(const Backend& backend, const tr::Batch& batch) {
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 1, backend};
    tr::RandomStream random{{.seed = 2}};
    for (auto& parameter : model.parameters()) parameter += random.uniform(-0.1f, 0.1f);
    tr::train_step(model, batch);
    return {model.gradients().begin(), model.gradients().end()};
}

/// |a - b| / |b|.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return std::sqrt(difference / norm);
}

} // namespace

int main() {
    const tr::GradientCheck check = tr::check_gradients<tr::Network<tr::Image<5, 4, 3>, TLU>>(2);
    std::printf("finite differences: error %.1e at most, %d derivatives\n", check.worst_error, check.checked);

    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 5000);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 50, .shuffle = true}};
    double error = 0.0;
    bool repeats = true;
    {
        auto epoch = loader.epoch(0);
        const tr::Batch batch = *epoch.begin();
        const std::vector<double> one_thread = gradients(tr::Cpu<>{1}, batch);
        error = distance(one_thread, gradients(tr::Reference<double>{}, batch));
        repeats = gradients(tr::Cpu<>{3}, batch) == one_thread;
    }
    std::printf("Cpu against Reference<double>: error %.1e, %s on 1 and 3 threads\n", error,
                repeats ? "the same bits" : "other bits");

    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 42};
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{
        {.max_lr = 0.01, .epochs = 3, .peak_epoch = 1, .steps_per_epoch = loader.batches_per_epoch()}};
    tr::fit(model, optimizer, schedule, loader, [&](int epoch, const tr::Metrics& metrics) {
        std::printf("epoch %d: loss %.3f, %.1f%% of the training images are right\n", epoch + 1, metrics.loss(),
                    100.0 * metrics.accuracy());
    });
    for (const tr::NamedTensor& tensor : tr::state_dict(model))
        if (tensor.name == "0.3.threshold")
            std::printf("the first TLU's thresholds: %.2f, %.2f, %.2f, ...\n", static_cast<double>(tensor.values[0]),
                        static_cast<double>(tensor.values[1]), static_cast<double>(tensor.values[2]));

    // A number within rounding of its threshold may lie on another side of it than in double: 1e-3.
    return check.worst_error < 1e-6 && error < 1e-2 && repeats ? 0 : 1;
}
