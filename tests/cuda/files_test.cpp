#include "cuda_shim/settings.hpp"
#include "io/files.hpp"
#include "model/networks.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/io/checkpoint.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/optim/adam.hpp>

namespace {

namespace tr = tinyres;
using namespace tinyres_test;

using Net = tr::Network<tr::Image<3, 8, 8>,                                                          //
                        tr::Conv3x3<16>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<20>, // 16 x 4 x 4
                        tr::ResBlock<tr::Conv3x3<16, tr::Bias::no>, tr::GroupNorm<4>, tr::ReLU>,     //
                        tr::Flatten, tr::Linear<10>>;                                                // 10

template <class Backend>
struct Run {
    tr::Model<Net, Backend> model;
    tr::Adam<Backend> optimizer;

    explicit Run(std::uint64_t seed) : model{tr::KaimingUniform{}, seed}, optimizer{model} {}

    void train(int steps) {
        for (int step = 0; step < steps; ++step) {
            tr::train_step(model, random_batch<Net>(10, model.steps()));
            optimizer.step(model, 0.002);
        }
    }
    void save(const std::filesystem::path& file) { tr::save_checkpoint(file, model, optimizer, {{"epoch", "2"}}); }
    void restore(const std::filesystem::path& file) { tr::Checkpoint::read(file).restore(model, optimizer); }
    std::vector<float> prediction() const { return tr::predict(model, random_batch<Net>(20, 1000).images); }
};

/// How far predictions of the same weights may be apart on the two backends (docs/cuda.md).
template <class T>
constexpr double prediction_bound = std::is_same_v<T, float> ? 1e-3 : 2e-2;

/// Waits for what a step or an evaluation found, where it must be waited for.
template <class Found>
tr::Metrics settled(const Found& found) {
    if constexpr (requires { found.get(); })
        return found.get();
    else
        return found;
}

template <class From_, class To_>
struct Move {
    using From = From_;
    using To = To_;
};
using ToGpu = Move<tr::Cpu<>, tr::Cuda<>>;
using ToProcessor = Move<tr::Cuda<>, tr::Cpu<>>;
using MixedToGpu = Move<tr::Cpu<tr::bfloat16>, tr::Cuda<tr::bfloat16>>;
using MixedToProcessor = Move<tr::Cuda<tr::bfloat16>, tr::Cpu<tr::bfloat16>>;
using ToMixed = Move<tr::Cuda<>, tr::Cuda<tr::bfloat16>>;

} // namespace

TEST_CASE_TEMPLATE("weights of a model on the processor and of one on the GPU are the same files", Between, ToGpu,
                   ToProcessor, MixedToGpu, MixedToProcessor, ToMixed) {
    const TemporaryDirectory directory;
    Run<typename Between::From> run{2};
    run.train(3);
    tr::save_weights(directory / "first", run.model, {{"data", "synthetic"}});
    tr::Model<Net, typename Between::To> model{tr::KaimingUniform{}, 77};
    tr::load_weights(directory / "first", model);
    tr::save_weights(directory / "second", model, {{"data", "synthetic"}});
    CHECK(content_of(directory / "second") == content_of(directory / "first"));
    const std::vector<tr::NamedTensor> expected = tr::state_dict(run.model);
    const std::vector<tr::NamedTensor> found = tr::state_dict(model);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i].values == expected[i].values);
}

TEST_CASE_TEMPLATE("a checkpoint of either backend brings back every value and count on the other", Between, ToGpu,
                   ToProcessor, MixedToGpu, MixedToProcessor) {
    const TemporaryDirectory directory;
    Run<typename Between::From> run{3};
    run.train(2);
    run.save(directory / "first");
    Run<typename Between::To> other{4};
    other.train(1); // what was there before leaves no trace
    other.restore(directory / "first");
    CHECK(other.model.seed() == 3);
    CHECK(other.model.steps() == 2);
    CHECK(other.optimizer.steps() == 2);
    other.save(directory / "second");
    CHECK(content_of(directory / "second") == content_of(directory / "first"));
}

TEST_CASE("a file of another network is refused on the GPU as on the processor, and the model stays as it was") {
    using Other = tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<5>, tr::BatchNorm, tr::Flatten, tr::Linear<10>>;
    const TemporaryDirectory directory;
    Run<tr::Cpu<>> run{2};
    run.save(directory / "c");
    tr::Model<Other, tr::Cuda<>> model{tr::KaimingUniform{}, 7};
    tr::Adam optimizer{model};
    const std::vector<tr::NamedTensor> before = tr::state_dict(model);
    const std::string refusal = "this network has no tensor";
    check_error(error_of([&] { tr::load_weights(directory / "c", model); }), directory / "c", refusal);
    check_error(error_of([&] { tr::Checkpoint::read(directory / "c").restore(model, optimizer); }), directory / "c",
                refusal);
    const std::vector<tr::NamedTensor> after = tr::state_dict(model);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(after[i].values == before[i].values);
}

TEST_CASE_TEMPLATE("the same weights predict and evaluate alike on both backends", Between, ToGpu, ToProcessor,
                   MixedToGpu, MixedToProcessor) {
    const TemporaryDirectory directory;
    Run<typename Between::From> run{5};
    run.train(3);
    run.save(directory / "c");
    Run<typename Between::To> other{6};
    other.restore(directory / "c");
    constexpr double bound = prediction_bound<typename Between::To::Storage>;
    CHECK(relative_difference(other.prediction(), run.prediction()) < bound);

    const OwnedBatch images = random_batch<Net>(20, 1000);
    const tr::Metrics expected = settled(tr::Predictor{run.model}.evaluate(images));
    const tr::Metrics found = settled(tr::Predictor{other.model}.evaluate(images));
    CHECK(found.count == expected.count);
    CHECK(found.loss() == doctest::Approx(expected.loss()).epsilon(bound));
    CHECK(std::abs(found.correct - expected.correct) <= 1); // two outputs may be as good as equal
}

TEST_CASE_TEMPLATE("a run begun on one backend goes on on the other, and back", Between, ToGpu, ToProcessor, MixedToGpu,
                   MixedToProcessor) {
    constexpr bool single = std::is_same_v<typename Between::To::Storage, float>;
    const cuda_shim::RestoreSettings restore;
    cuda_shim::settings.exact_tf32 = single;
    const TemporaryDirectory directory;
    Run<typename Between::From> whole{8}, begun{8}, last{9};
    Run<typename Between::To> other{9};
    whole.train(6);
    begun.train(2);
    begun.save(directory / "c");
    other.restore(directory / "c");
    other.train(2);
    other.save(directory / "c");
    last.restore(directory / "c");
    last.train(2);
    const double distance = relative_difference(last.prediction(), whole.prediction());
    CHECK(distance < (single ? 3e-2 : 0.1)); // roundings grow from step to step

    // The bound is one that a run with other dropout and another order of images does not keep.
    Run<typename Between::From> astray{8};
    astray.train(2);
    astray.model.resume_at(8, 17);
    astray.train(4);
    CHECK(relative_difference(astray.prediction(), whole.prediction()) > 3.0 * distance);
}
