#include "cifar10/cuda_loader.hpp"
#include "cifar10/run_state.hpp"
#include "cuda_shim/graph_api.hpp"
#include "cuda_shim/settings.hpp"
#include "error_of.hpp"
#include "io/files.hpp"
#include "programs/history.hpp"

#include <algorithm>
#include <cstdio>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/data/synthetic.hpp>
#include <tinyres/io/weights.hpp>
#include <unistd.h>

// The example's program without its command line, with a network that is small enough for the emulated GPU.

namespace example {

using Small = tr::Network<tr::Image<3, 32, 32>, tr::Conv3x3<8>, tr::MaxPool<4>, tr::BatchNorm, tr::ReLU,
                          tr::Dropout2d<10>, tr::ResBlock<tr::Conv3x3<8>, tr::BatchNorm, tr::ReLU>, tr::MaxPool<4>,
                          tr::Flatten, tr::Linear<10>, tr::LogSoftmax>;

std::unique_ptr<Learner> make_learner(const Recipe& recipe, const Machine& machine) {
    if (machine.backend == "cuda") return std::make_unique<NetworkLearner<Small, tr::Cuda<>>>(recipe, tr::Cuda<>{});
    return std::make_unique<NetworkLearner<Small, tr::Cpu<>>>(recipe, tr::Cpu<>{machine.threads});
}

} // namespace example

namespace {

namespace tr = tinyres;
using tinyres_test::content_of;
using tinyres_test::error_of;
using tinyres_test::holds;
using tinyres_test::TemporaryDirectory;

/// Keeps what a command prints from the tests' output.
class Silence {
public:
    Silence() {
        std::fflush(stdout);
        const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(nothing, STDOUT_FILENO);
        ::close(nothing);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() {
        std::fflush(stdout);
        ::dup2(stdout_, STDOUT_FILENO);
        ::close(stdout_);
    }

private:
    int stdout_ = ::dup(STDOUT_FILENO);
};

/// Two epochs of two whole batches and an odd one.
example::TrainOptions options(const std::string& backend, const std::filesystem::path& out) {
    example::TrainOptions options;
    options.recipe = {.epochs = 2,
                      .peak_epoch = 1.0,
                      .batch_size = 4,
                      .max_lr = "0.01",
                      .label_smoothing = 0.1,
                      .seed = 3,
                      .limit_train = 10,
                      .limit_test = 7};
    options.machine = {.backend = backend, .threads = 2};
    options.data = example::synthetic_source;
    options.out = out;
    return options;
}

/// What `cifar10 train` says of an error, or "no error".
std::string error_of_training(const example::TrainOptions& options) {
    const Silence silence;
    return error_of([&] { example::train(options); });
}

std::vector<example::HistoryRow> history(const std::filesystem::path& run) {
    return example::read_state(run / "checkpoint.safetensors").history.rows();
}

/// All values of a run's weights, one tensor after the other.
std::vector<float> weights(const std::filesystem::path& run) {
    std::vector<float> all;
    for (const tr::NamedTensor& tensor : tr::read_tensors(tr::Safetensors::read(run / "model.safetensors")))
        all.insert(all.end(), tensor.values.begin(), tensor.values.end());
    return all;
}

double relative_difference(const std::vector<float>& found, const std::vector<float>& expected) {
    REQUIRE(found.size() == expected.size());
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto value = static_cast<double>(expected[i]);
        difference += (static_cast<double>(found[i]) - value) * (static_cast<double>(found[i]) - value);
        norm += value * value;
    }
    return std::sqrt(difference / norm);
}

} // namespace

TEST_CASE("cifar10 trains, tests and reports with the backend cuda as with the backend cpu") {
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = true;
    const TemporaryDirectory directory;
    const int before = cuda_shim::graph_launches;
    REQUIRE(error_of_training(options("cuda", directory / "cuda")) == "no error");
    CHECK(cuda_shim::graph_launches == before + 4); // all steps but the first of either size
    REQUIRE(error_of_training(options("cpu", directory / "cpu")) == "no error");

    const std::vector<example::HistoryRow> found = history(directory / "cuda");
    const std::vector<example::HistoryRow> expected = history(directory / "cpu");
    REQUIRE(found.size() == 2);
    REQUIRE(expected.size() == 2);
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        CHECK(found[epoch].lr == expected[epoch].lr);
        CHECK(found[epoch].train_loss == doctest::Approx(expected[epoch].train_loss).epsilon(1e-3));
        CHECK(found[epoch].test_loss == doctest::Approx(expected[epoch].test_loss).epsilon(1e-3));
    }
    CHECK(relative_difference(weights(directory / "cuda"), weights(directory / "cpu")) < 1e-2);
    CHECK(holds(content_of(directory / "cuda" / "report.html"), "cuda"));
}

TEST_CASE("cifar10 goes on after the GPU has failed, to the bits of the run that did not stop") {
    const TemporaryDirectory directory;
    REQUIRE(error_of_training(options("cuda", directory / "whole")) == "no error");
    example::TrainOptions stopped = options("cuda", directory / "stopped");
    {
        const cuda_shim::RestoreSettings restore;
        cuda_shim::settings.graphs_before_failure = 1; // the odd batch's is made in the second epoch
        CHECK(holds(error_of_training(stopped), "CUDA: making a graph ready failed: out of memory"));
    }
    CHECK(history(stopped.out).size() == 1);
    CHECK(!std::filesystem::exists(stopped.out / "model.safetensors"));
    stopped.resume = true;
    REQUIRE(error_of_training(stopped) == "no error");
    CHECK(content_of(stopped.out / "model.safetensors") == content_of(directory / "whole" / "model.safetensors"));
    const std::vector<example::HistoryRow> found = history(stopped.out);
    const std::vector<example::HistoryRow> expected = history(directory / "whole");
    REQUIRE(found.size() == 2);
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        CHECK(found[epoch].train_loss == expected[epoch].train_loss);
        CHECK(found[epoch].test_loss == expected[epoch].test_loss);
    }
}

TEST_CASE("cifar10 evaluates weights with the backend cuda as with the backend cpu") {
    const TemporaryDirectory directory;
    REQUIRE(error_of_training(options("cpu", directory / "run")) == "no error");
    const auto probabilities = [&](const std::string& backend) {
        const Silence silence;
        const std::filesystem::path file = directory / backend;
        example::evaluate({.weights = directory / "run" / "model.safetensors",
                           .norm = "",
                           .data = example::synthetic_source,
                           .batch_size = 3,
                           .limit_test = 7,
                           .probabilities = file,
                           .machine = {.backend = backend, .threads = 2}});
        return tr::to_floats(tr::Safetensors::read(file).tensor("probabilities"));
    };
    CHECK(relative_difference(probabilities("cuda"), probabilities("cpu")) < 1e-2);
}

TEST_CASE("cifar10 copies a loader's images to the GPU once, and those of another loader at its address too") {
    tr::Dataset images = tr::make_synthetic(tr::Split::test, 7);
    const auto learner = example::make_learner(options("cuda", "").recipe, {.backend = "cuda"});
    std::optional<example::TestLoader> loader;
    for (const int count : {7, 3, 5}) {
        loader.emplace(images, tr::cifar10_normalization(), tr::LoaderOptions{.batch_size = 4, .limit = count});
        CHECK(learner->evaluate(*loader).count == count);
    }
    const double loss = learner->evaluate(*loader).loss_sum;
    std::ranges::fill(images.images, std::uint8_t{0});
    CHECK(learner->evaluate(*loader).loss_sum == loss); // by the copy that is already there
}
