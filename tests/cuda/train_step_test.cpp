#include "cuda_shim/graph_api.hpp"
#include "error_of.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/data/cuda/device_loader.hpp>
#include <tinyres/data/synthetic.hpp>
#include <tinyres/losses/losses.hpp>
#include <tinyres/model/state_dict.hpp>
#include <tinyres/optim/adam.hpp>
#include <tinyres/optim/sgd.hpp>
#include <tinyres/train/evaluate.hpp>
#include <tinyres/train/fit.hpp>

namespace {

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

/// Two kinds of dropout, one of them behind a normalization, on images small enough to be quick.
using Net = tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<20>,
                        tr::ResBlock<tr::Conv3x3<8>, tr::GroupNorm<4>, tr::ReLU>, tr::Dropout2d<30>, tr::Flatten,
                        tr::Linear<10>, tr::LogSoftmax>;

/// 8x8 pixels out of the middle of synthetic images.
tr::Dataset small_images(int count, tr::Split split = tr::Split::train) {
    const tr::Dataset whole = tr::make_synthetic(split, count);
    tr::Dataset small = whole;
    small.height = small.width = 8;
    small.images.clear();
    for (int image = 0; image < count; ++image)
        for (std::size_t y = 12; y < 20; ++y) {
            const auto row = whole.image(image).subspan((y * 32 + 12) * 3, 24);
            small.images.insert(small.images.end(), row.begin(), row.end());
        }
    return small;
}

tr::Compose<tr::RandomCrop, tr::FlipLR, tr::Normalize> augmentation() {
    return tr::Compose{tr::RandomCrop{.padding = 2}, tr::FlipLR{}, tr::cifar10_normalization()};
}

constexpr tr::LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 5};

/// All that training leaves.
struct Trained {
    std::vector<double> losses; ///< of each batch, and of the test at the end
    std::vector<float> parameters;
    std::vector<float> statistics;
    std::vector<float> gradients;
    int graph_launches = 0;

    bool operator==(const Trained& other) const {
        return losses == other.losses && parameters == other.parameters && statistics == other.statistics &&
               gradients == other.gradients;
    }
};

template <class Backend>
std::vector<float> values_of(const Backend& cuda, std::span<const float> on_device) {
    std::vector<float> values(on_device.size());
    cuda.download(on_device.data(), std::span<float>(values));
    return values;
}

/// Three epochs of two whole batches and an odd one.
template <class Backend, class AnyLoader, class TestLoader>
Trained train(const Backend& cuda, AnyLoader& loader, TestLoader& test_loader) {
    const int before = cuda_shim::graph_launches;
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 3, cuda};
    tr::AdamW optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    const tr::OneCycle schedule{{.max_lr = 0.02, .epochs = 3, .peak_epoch = 1, .steps_per_epoch = 3}};
    Trained trained;
    for (int epoch = 0; epoch < 3; ++epoch)
        tr::train_epoch(model, optimizer, schedule, loader, epoch, {.label_smoothing = 0.1f},
                        [&](const tr::TrainingProgress& at) {
                            CHECK(at.epoch == epoch);
                            CHECK(at.learning_rate == schedule.learning_rate(3 * epoch + at.batch));
                            trained.losses.push_back(at.step.loss_sum);
                        });
    trained.losses.push_back(tr::evaluate(model, test_loader).loss_sum);
    trained.parameters = values_of(cuda, std::as_const(model).parameters());
    trained.statistics = values_of(cuda, std::as_const(model).statistics());
    trained.gradients = values_of(cuda, std::as_const(model).gradients());
    trained.graph_launches = cuda_shim::graph_launches - before;
    return trained;
}

struct Data {
    tr::Dataset train_set = small_images(11);
    tr::Dataset test_set = small_images(7, tr::Split::test);
    tr::Loader<tr::Dataset, decltype(augmentation())> loader{train_set, augmentation(), options};
    tr::Loader<tr::Dataset, tr::Normalize> test_loader{test_set, tr::cifar10_normalization(), {.batch_size = 3}};
};

template <class Backend>
Trained train_from_device(const Backend& cuda) {
    Data data;
    tr::DeviceLoader loader{cuda, data.loader};
    tr::DeviceLoader test_loader{cuda, data.test_loader};
    return train(cuda, loader, test_loader);
}

template <class Backend>
Trained train_from_host(const Backend& cuda) {
    Data data;
    return train(cuda, data.loader, data.test_loader);
}

} // namespace

TEST_CASE_TEMPLATE(
    "training by graphs gives the same bits as kernel by kernel, from the GPU's images as from the host's", T, float,
    tr::bfloat16) {
    const Trained expected = train_from_device(tr::Cuda<T>{0, tr::Graphs::off});
    if (cuda_shim::emulated) CHECK(expected.graph_launches == 0);
    CHECK(expected.losses.size() == 10);
    const Trained found = train_from_device(tr::Cuda<T>{});
    if (cuda_shim::emulated) CHECK(found.graph_launches == 9 - 2); // all steps but the first of either size
    CHECK(found == expected);
    CHECK(train_from_host(tr::Cuda<T>{}) == expected);
    CHECK(train_from_host(tr::Cuda<T>{0, tr::Graphs::off}) == expected);

    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.lazy_streams = true;
    CHECK(train_from_device(tr::Cuda<T>{}) == expected);
    CHECK(train_from_host(tr::Cuda<T>{}) == expected);
    cuda_shim::settings.order = cuda_shim::Order::shuffled;
    CHECK(train_from_device(tr::Cuda<T>{}) == expected);
}

TEST_CASE("each step of a graph drops other channels") {
    const Data data;
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, data.train_set, tr::cifar10_normalization(), {.batch_size = 11}};
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
    std::vector<double> losses;
    for (int step = 0; step < 5; ++step) // the parameters stay
        for (const auto& batch : loader.epoch(0)) losses.push_back(tr::train_step(model, batch).loss());
    std::sort(losses.begin(), losses.end());
    CHECK(std::unique(losses.begin(), losses.end()) == losses.end());
}

TEST_CASE("a resumed model repeats the steps, with its graphs as without") {
    const Data data;
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, data.train_set, tr::cifar10_normalization(), {.batch_size = 11}};
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
    const auto losses = [&] {
        std::vector<double> found;
        for (int step = 0; step < 4; ++step)
            for (const auto& batch : loader.epoch(0)) found.push_back(tr::train_step(model, batch).loss());
        return found;
    };
    const std::vector<double> first = losses();
    model.resume_at(3, 0);
    CHECK(losses() == first);
    model.resume_at(4, 0);
    CHECK(losses() != first);
}

TEST_CASE("graphs are recorded anew where the parameters or the working memory have moved, or the loss is another") {
    const auto run = [](tr::Graphs graphs) {
        const Data data;
        const tr::Cuda<> cuda{0, graphs};
        tr::DeviceLoader loader{cuda, data.train_set, tr::cifar10_normalization(), {.batch_size = 3}};
        tr::DeviceLoader larger{cuda, data.train_set, tr::cifar10_normalization(), {.batch_size = 11}};
        tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
        tr::Sgd optimizer{model};
        std::vector<double> losses;
        const auto step = [&](const auto& batch, float smoothing = 0.0f) {
            losses.push_back(tr::train_step(model, batch, {.label_smoothing = smoothing}).loss());
            optimizer.step(model, 0.01);
        };
        for (const auto& batch : loader.epoch(0)) step(batch);
        const auto state = tr::state_dict(model);
        for (const auto& batch : larger.epoch(0)) step(batch);
        for (const auto& batch : loader.epoch(1)) step(batch);
        tr::load_state_dict(model, std::span<const tr::NamedTensor>(state));
        for (const auto& batch : loader.epoch(2)) step(batch);
        for (int i = 0; i < 20; ++i)
            for (const auto& batch : larger.epoch(3)) step(batch, 0.01f * static_cast<float>(i / 2));
        return losses;
    };
    CHECK(run(tr::Graphs::on) == run(tr::Graphs::off));
}

TEST_CASE("steps with labels, targets, weights and other losses by turns are the same by graphs as kernel by kernel") {
    const auto run = [](tr::Graphs graphs) {
        const cuda_shim::RestoreSettings restore;
        Data data;
        const tr::Cuda<> cuda{0, graphs};
        tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
        tr::Sgd optimizer{model};
        std::vector<float> targets(4 * 10, 0.1f);
        std::vector<float> weights(10, 0.5f);
        std::vector<double> losses;
        const auto step = [&](const tr::Batch& batch, const auto& loss) {
            losses.push_back(tr::train_step(model, batch, loss).loss());
            optimizer.step(model, 0.01);
        };
        for (int epoch = 0; epoch < 4; ++epoch) {
            weights[3] += epoch == 2 ? 1.0f : 0.0f; // in their place: the graph's kernels read them from the same one
            if (epoch == 3) cuda_shim::settings.allocations_before_failure = 0;
            for (const tr::Batch& batch : data.loader.epoch(epoch)) {
                if (batch.size() != 4) continue;
                step(batch, tr::CrossEntropy{});
                step({batch.images, {}, targets, 4}, tr::CrossEntropy{});
                step({batch.images, batch.labels, targets}, tr::BinaryCrossEntropy{});
                step(batch, tr::CrossEntropy{.class_weights = weights});
                step({batch.images, {}, targets, 4}, tr::MeanSquaredError{});
                targets[0] = targets[0] == 0.1f ? 0.2f : 0.1f;
                targets[1] = 0.3f - targets[0] - 0.1f;
            }
        }
        return losses;
    };
    const std::vector<double> expected = run(tr::Graphs::off);
    CHECK(expected.size() == 4 * 2 * 5);
    CHECK(run(tr::Graphs::on) == expected);
}

TEST_CASE_TEMPLATE("from the second step on a step allocates nothing and waits for nothing" *
                       doctest::skip(!cuda_shim::emulated),
                   T, float, tr::bfloat16) {
    const cuda_shim::RestoreSettings restore;
    const Data data;
    const tr::Cuda<T> cuda;
    tr::DeviceLoader loader{cuda, data.train_set, augmentation(), {.batch_size = 11}};
    tr::Model<Net, tr::Cuda<T>> model{tr::KaimingUniform{}, 3, cuda};
    tr::Adam optimizer{model};
    const auto step = [&](int epoch) {
        for (const auto& batch : loader.epoch(epoch)) tr::train_step(model, batch);
        optimizer.step(model, 1e-3);
    };
    step(0);
    cuda_shim::settings.allocations_before_failure = 0;
    cuda_shim::settings.lazy_streams = true;
    const int waits = cuda_shim::host_waits;
    const int launches = cuda_shim::graph_launches;
    for (int epoch = 1; epoch < 4; ++epoch) step(epoch);
    CHECK(cuda_shim::host_waits == waits);
    CHECK(cuda_shim::graph_launches == launches + 3);
}

TEST_CASE("a batch from the computer's memory waits for the one before the last at most" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    Data data;
    const tr::Cuda<> cuda;
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
    for (const tr::Batch& batch : data.loader.epoch(0)) tr::train_step(model, batch);
    cuda_shim::settings.allocations_before_failure = 0;
    const int before = cuda_shim::host_waits;
    for (const tr::Batch& batch : data.loader.epoch(1)) tr::train_step(model, batch);
    CHECK(cuda_shim::host_waits == before); // a GPU that keeps up

    cuda_shim::settings.lazy_streams = true; // one that does nothing before it is waited for
    std::vector<tr::StepMetrics<tr::Cuda<>>> steps;
    for (const tr::Batch& batch : data.loader.epoch(2)) steps.push_back(tr::train_step(model, batch));
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].ready());
    CHECK(!steps[1].ready());
}

TEST_CASE("training tells of each batch when it is done, a few steps late at most" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const tr::Dataset images = small_images(20);
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, images, augmentation(), {.batch_size = 2}};
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 1, .peak_epoch = 0.5, .steps_per_epoch = 10}};
    std::vector<std::uint32_t> late;
    const auto train = [&] {
        late.clear();
        const std::uint32_t begun = model.steps();
        return tr::train_epoch(model, optimizer, schedule, loader, 0, {}, [&](const tr::TrainingProgress& at) {
            CHECK(at.batch == static_cast<int>(late.size()));
            CHECK(at.so_far.count == 2 * (at.batch + 1));
            late.push_back(model.steps() - begun - static_cast<std::uint32_t>(at.batch) - 1);
        });
    };
    CHECK(train().count == 20);
    CHECK(late == std::vector<std::uint32_t>(10, 0)); // a GPU without work is never late
    cuda_shim::settings.lazy_streams = true;
    CHECK(train().count == 20);
    CHECK(late == std::vector<std::uint32_t>{4, 4, 4, 4, 4, 4, 3, 2, 1, 0});
}

TEST_CASE("a loss that is no number ends training on the GPU, a few steps late at most" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const tr::Dataset images = small_images(20);
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, images, tr::cifar10_normalization(), {.batch_size = 2}};
    const tr::OneCycle schedule{
        {.max_lr = 0.25, .epochs = 1, .peak_epoch = 0, .steps_per_epoch = 10, .end_divisor = 1}};
    for (const bool lazy : {false, true}) {
        CAPTURE(lazy);
        cuda_shim::settings.lazy_streams = lazy;
        tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
        tr::Sgd optimizer{model};
        int told = 0;
        const std::string error = error_of([&] {
            tr::train_epoch(model, optimizer, schedule, loader, 0, {}, [&](const tr::TrainingProgress& at) {
                ++told;
                if (at.batch > 0) return;
                const float nan = std::nanf(""); // the bias of the last layer
                cuda.upload(std::span<const float>(&nan, 1), &model.parameters().back());
            });
        });
        CHECK(holds(error, "the loss is no longer finite in epoch 1, batch "));
        CHECK(holds(error, ", at learning rate 0.25; use a lower maximal learning rate"));
        CHECK(told < (lazy ? 6 : 2));
        CHECK(model.steps() == (lazy ? 10 : 2));
    }
}

TEST_CASE("what goes wrong with a graph is said in one line, and the model goes on" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const Data data;
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, data.train_set, tr::cifar10_normalization(), {.batch_size = 11}};
    tr::Model<Net, tr::Cuda<>> model{tr::KaimingUniform{}, 3, cuda};
    const auto step = [&] {
        return error_of([&] {
            for (const auto& batch : loader.epoch(0)) {
                const double loss = tr::train_step(model, batch).loss(); // not in CHECK, which would keep the exception
                CHECK(std::isfinite(loss));
            }
        });
    };
    const std::string failure = " failed: unspecified launch failure (cudaErrorLaunchFailure); start the program again "
                                "under compute-sanitizer, which names the kernel at fault";
    CHECK(step() == "no error");
    cuda_shim::settings.launches_before_failure = 0;
    CHECK(step() == "CUDA: starting the kernel augment" + failure);
    cuda_shim::settings.launches_before_failure = 3; // while the graph is recorded
    CHECK(holds(step(), "CUDA: starting the kernel "));
    cuda_shim::settings.graphs_before_failure = 0;
    CHECK(step() ==
          "CUDA: making a graph ready failed: out of memory (cudaErrorMemoryAllocation); use a smaller batch or "
          "a smaller network, or end other programs on the GPU");
    CHECK(step() == "no error");
    cuda_shim::settings.launches_before_failure = 2; // behind augment and the random numbers
    CHECK(step() == "CUDA: launching a graph" + failure);
    CHECK(step() == "no error");
}
