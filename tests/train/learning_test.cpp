#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/train/evaluate.hpp"
#include "tinyres/train/fit.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

TEST_CASE("A narrow S10 learns the synthetic set in 250 steps") {
    const tr::Dataset train_images = tr::make_synthetic(tr::Split::train, 1500);
    const tr::Dataset test_images = tr::make_synthetic(tr::Split::test, 500);
    tr::Loader train_loader{train_images, tr::cifar10_normalization(), {.batch_size = 30, .shuffle = true, .seed = 5}};
    tr::Loader test_loader{test_images, tr::cifar10_normalization(), {.batch_size = 250}};
    tr::Model<tr::S10Network<tr::BatchNorm, 4>, tr::Cpu<>> model{tr::KaimingUniform{}, 5, tr::Cpu<>{2}};
    tr::Adam optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    const tr::OneCycle schedule{{.max_lr = 0.02, .epochs = 5, .peak_epoch = 1.25, .steps_per_epoch = 50}};
    CHECK(tr::evaluate(model, test_loader).accuracy() < 0.2); // chance is 0.1
    double train_accuracy = 0.0;
    tr::fit(model, optimizer, schedule, train_loader,
            [&](int, const tr::Metrics& metrics) { train_accuracy = metrics.accuracy(); });
    CHECK(train_accuracy > 0.5);
    CHECK(tr::evaluate(model, test_loader).accuracy() > 0.5);
}
