#include "cuda_shim/settings.hpp"
#include "error_of.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/data/cuda/device_loader.hpp>
#include <tinyres/data/synthetic.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/optim/adam.hpp>
#include <tinyres/train/evaluate.hpp>

namespace {

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

using Net = tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::BatchNorm, tr::ReLU, tr::Flatten, tr::Linear<10>>;

struct Images {
    std::vector<float> values = std::vector<float>(4 * 3 * 8 * 8, 0.5f);
    std::vector<std::int32_t> labels{1, 2, 3, 4};
    tr::Batch batch() const { return {values, labels}; }
};

} // namespace

TEST_CASE("what is wrong with a GPU is said in one line" * doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const auto make = [](int device = 0) { return error_of([&] { tr::Cuda<>{device}; }); };
    CHECK(make(1) == "CUDA: there is no device 1, this machine has 1; devices count from 0");
    cuda_shim::settings.capability_major = 7;
    CHECK(make() == "CUDA: device 0 has compute capability 7.x; tinyres needs 8.0 (Ampere) or newer");
    cuda_shim::settings.devices = 0;
    CHECK(make() == "CUDA: this machine has no NVIDIA GPU; use the backend Cpu");
    cuda_shim::settings.driver = false;
    CHECK(make() == "CUDA: NVIDIA's driver is missing, or older than this program's CUDA; install a newer one");
}

TEST_CASE("a batch that the GPU has no memory for is refused with the plan's size, of which nothing is allocated" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    using Model = tr::Model<Net, tr::Cuda<>>;
    Model model;
    constexpr int images = 30000;
    const std::vector<float> values(images * 3 * 8 * 8, 0.5f);
    const std::vector<std::int32_t> labels(images, 1);
    const std::size_t before = cuda_shim::device_bytes_in_use();
    const std::size_t planned = Model::training_bytes(images, 1);
    cuda_shim::settings.memory = before + planned - 1;
    const std::string error = error_of([&] { tr::train_step(model, {values, labels}); });
    CHECK(error.find("the GPU has no " + std::to_string((planned + 0xfffff) >> 20) + " MiB of memory left") == 0);
    CHECK(holds(error, " MiB are free; use a smaller batch or a smaller network"));
    CHECK(error.find('\n') == std::string::npos);
    CHECK(cuda_shim::device_bytes_in_use() < before + planned / 100); // the loss may keep some bytes an image
    const Images few;
    CHECK(std::isfinite(tr::train_step(model, few.batch()).loss())); // a smaller one still trains
}

TEST_CASE("a GPU that the program has no code for is told with the remedy" * doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    tr::Model<Net, tr::Cuda<>> model;
    cuda_shim::settings.capability_major = 8;
    cuda_shim::settings.compiled_for = 90;
    const Images images;
    const std::string error = error_of([&] { tr::train_step(model, images.batch()); });
    CHECK(error.find("CUDA: ") == 0);
    CHECK(holds(error, "no kernel image is available for execution on the device"));
    CHECK(holds(error, "; compile the program for this GPU (CMAKE_CUDA_ARCHITECTURES)"));
    CHECK(error.find('\n') == std::string::npos);
}

TEST_CASE("a kernel that cannot be started is named" * doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    tr::Model<Net, tr::Cuda<>> model;
    const Images images;
    tr::train_step(model, images.batch());
    cuda_shim::settings.launches_before_failure = 0;
    const std::string error = error_of([&] { tr::train_step(model, images.batch()); });
    CHECK(error.find("CUDA: starting the kernel pack_filters failed: ") == 0);
}

TEST_CASE("from the second step on a training step allocates nothing on the GPU") {
    const cuda_shim::RestoreSettings restore;
    tr::Model<Net, tr::Cuda<tr::bfloat16>> model;
    tr::Adam optimizer{model};
    const Images images;
    tr::train_step(model, images.batch());
    optimizer.step(model, 1e-3);
    cuda_shim::settings.allocations_before_failure = 0;
    for (int step = 0; step < 3; ++step) {
        CHECK(std::isfinite(tr::train_step(model, images.batch()).loss()));
        optimizer.step(model, 1e-3);
    }
}

TEST_CASE("a loader on the GPU serves models with its backend or a copy of it, and refuses others in one line") {
    using Pixels = tr::Network<tr::Image<3, 32, 32>, tr::Flatten, tr::Linear<10>>;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 4);
    const tr::Cuda<> cuda;
    tr::DeviceLoader loader{cuda, images, tr::cifar10_normalization(), {.batch_size = 4}};
    tr::Model<Pixels, tr::Cuda<>> model{tr::KaimingUniform{}, 1, tr::Cuda<>{cuda}};
    const auto step = [&](auto& with) {
        return error_of([&] {
            for (const auto& batch : loader.epoch(0)) static_cast<void>(tr::train_step(with, batch).loss());
        });
    };
    CHECK(step(model) == "no error");
    CHECK(error_of([&] { tr::evaluate(model, loader); }) == "no error");

    tr::Model<Pixels, tr::Cuda<>> other;
    const std::string refusal = "DeviceLoader: it works on another backend than the model, so batches and steps would "
                                "be in no order; make it with model.backend()";
    CHECK(step(other) == refusal);
    CHECK(error_of([&] { tr::evaluate(other, loader); }) == refusal);
    CHECK(other.steps() == 0);
    tr::DeviceLoader its_own{other.backend(), images, tr::cifar10_normalization(), {.batch_size = 4}};
    CHECK(error_of([&] { tr::evaluate(other, its_own); }) == "no error");
}

TEST_CASE("results do not depend on when the GPU does its work" * doctest::skip(!cuda_shim::emulated)) {
    const auto train = [] {
        tr::Model<Net, tr::Cuda<>> model;
        tr::Adam optimizer{model};
        const Images images;
        for (int step = 0; step < 3; ++step) {
            tr::train_step(model, images.batch());
            optimizer.step(model, 1e-2);
        }
        return tr::predict(model, images.values);
    };
    const std::vector<float> at_once = train();
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.lazy_streams = true;
    CHECK(train() == at_once);
}
