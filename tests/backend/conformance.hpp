#pragma once

#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/sgd.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <vector>

/// What every backend must do, whoever wrote it: train and predict as the reference in double precision does, up to its
/// own precision.
///
///     TEST_CASE("MyBackend is a backend") { conformance::check<MyBackend>({.loss = 1e-5, .gradients = 1e-5}); }
namespace conformance {

namespace tr = tinyres;

/// How far a backend may be off: relative to the loss, to the norm of a tensor's gradient (or a tenth of that of all),
/// to the norm of all predictions.
struct Tolerance {
    double loss = 1e-5;
    double gradients = 1e-5;
    double predictions = 1e-5;
    int images = 33; ///< in the largest batch
};

/// All layers in a row, with what backends like to fuse.
using Chain = tr::Network<tr::Image<3, 8, 8>,                                                     //
                          tr::Conv3x3<16>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<20>,            // 16 x 8 x 8
                          tr::Conv3x3<16, tr::Bias::no>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, // 16 x 4 x 4
                          tr::Conv3x3<6>, tr::GroupNorm<3>, tr::ReLU, tr::Dropout2d<20>,          //  6 x 4 x 4
                          tr::Conv3x3<8>, tr::LayerNorm, tr::BatchNorm, tr::ReLU, tr::MaxPool<4>, //  8 x 1 x 1
                          tr::Flatten, tr::Linear<7>, tr::ReLU, tr::Linear<5, tr::Bias::no>, tr::LogSoftmax>;

/// All groups in each other.
using Joined =
    tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU,
                tr::Residual<tr::Sequential<tr::Conv3x3<16>, tr::BatchNorm, tr::ReLU,
                                            tr::Scale<tr::MaxPool<4>, tr::Flatten, tr::Linear<16>, tr::ReLU>>,
                             tr::Concat<tr::Conv3x3<4>, tr::ResBlock<tr::Conv3x3<8>, tr::ReLU>,
                                        tr::Sequential<tr::Scale<tr::MaxPool<4>, tr::ReLU>, tr::Conv3x3<4>>>>,
                tr::ResBlock<tr::ResBlock<tr::BatchNorm, tr::ReLU, tr::Conv3x3<16>>, tr::Scale<tr::Conv3x3<16>>>,
                tr::Flatten, tr::Concat<tr::Linear<6>, tr::Scale<tr::Linear<256>>>, tr::Linear<5>>;

/// Layers that Chain does without.
using Varied =
    tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::MaxPool<3, 2, 1>, //
                tr::BatchNormWith<tr::Epsilon<1, 1000>, tr::Momentum<1, 4>, tr::WithoutShift>, tr::ReLU,
                tr::Upsample<2>, tr::AvgPool<3, 2, 1>, tr::Dropout<20>, tr::Conv3x3<6>, tr::GlobalAvgPool, tr::Flatten,
                tr::Linear<9>, tr::ReLU, tr::BatchNormWith<tr::Epsilon<1, 10>>, tr::Dropout<20>, tr::Linear<5>>;

struct Images {
    std::vector<float> values;
    std::vector<std::int32_t> labels;

    explicit Images(int count, std::uint32_t number = 0) {
        tr::RandomStream random({11, tr::Purpose::synthetic_image, number, 0});
        for (int i = 0; i < count * 3 * 8 * 8; ++i) values.push_back(random.uniform(-1.0f, 1.0f));
        for (int i = 0; i < count; ++i) labels.push_back(random.below(5));
    }
    tr::Batch batch() const { return {values, labels}; }
};

inline double norm(std::span<const float> values) {
    double sum = 0.0;
    for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum);
}

/// The norm of the difference.
inline double distance(std::span<const float> a, std::span<const float> b) {
    REQUIRE(a.size() == b.size());
    std::vector<float> difference(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
    return norm(difference);
}

/// What a step of training leaves, in the computer's memory.
struct State {
    double loss = 0.0;
    int correct = 0;
    std::vector<tr::NamedTensor> gradients;
    std::vector<tr::NamedTensor> statistics;
    std::vector<float> predictions;
};

template <class Network, class Backend>
State step(tr::Model<Network, Backend>& model, int batch, std::uint32_t number = 0) {
    const Images images(batch, number);
    const tr::Metrics metrics = tr::train_step(model, images.batch(), {.label_smoothing = 0.1f}).get();
    State state{metrics.loss_sum, metrics.correct, {}, {}, tr::predict(model, images.values)};
    const std::span<const tr::NetworkTensor> network = tr::network_tensors<Network>;
    tr::append_tensors(model.backend(), network, tr::Role::parameter, model.gradients().data(), "", state.gradients);
    tr::append_tensors(model.backend(), network, tr::Role::running_statistic, model.statistics().data(), "",
                       state.statistics);
    return state;
}

inline double norm(const std::vector<tr::NamedTensor>& tensors) {
    double sum = 0.0;
    for (const tr::NamedTensor& tensor : tensors) sum += norm(tensor.values) * norm(tensor.values);
    return std::sqrt(sum);
}

template <class Network, class Backend>
void check_training(const Tolerance& tolerance) {
    for (const int batch : {1, 3, tolerance.images}) {
        CAPTURE(batch);
        tr::Model<Network, tr::Reference<double>> oracle{tr::KaimingUniform{}, 7};
        tr::Model<Network, Backend> model{tr::KaimingUniform{}, 7};
        const State expected = step(oracle, batch);
        const State found = step(model, batch);
        CHECK(found.loss == doctest::Approx(expected.loss).epsilon(tolerance.loss));
        const double all = norm(expected.gradients);
        REQUIRE(found.gradients.size() == expected.gradients.size());
        for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
            INFO(expected.gradients[i].name);
            CHECK(distance(found.gradients[i].values, expected.gradients[i].values) <=
                  tolerance.gradients * std::max(norm(expected.gradients[i].values), 0.1 * all));
        }
        REQUIRE(found.statistics.size() == expected.statistics.size());
        for (std::size_t i = 0; i < expected.statistics.size(); ++i) {
            INFO(expected.statistics[i].name);
            CHECK(distance(found.statistics[i].values, expected.statistics[i].values) <=
                  tolerance.predictions * std::max(norm(expected.statistics[i].values), 0.1));
        }
        CHECK(distance(found.predictions, expected.predictions) <= tolerance.predictions * norm(expected.predictions));

        // Once more the same bits, whatever was in the memory.
        tr::Model<Network, Backend> again{tr::KaimingUniform{}, 7};
        step(again, tolerance.images + 7, 1);
        tr::load_state_dict(again, std::span<const tr::NamedTensor>(
                                       tr::state_dict(tr::Model<Network, Backend>{tr::KaimingUniform{}, 7})));
        again.resume_at(7, 0);
        const State repeated = step(again, batch);
        CHECK(repeated.loss == found.loss);
        CHECK(repeated.predictions == found.predictions);
        for (std::size_t i = 0; i < found.gradients.size(); ++i)
            CHECK(repeated.gradients[i].values == found.gradients[i].values);
    }
}

/// Some steps of an optimizer make the loss smaller and go where the reference's go.
template <class Backend, template <class> class Optimizer, class Options>
void check_optimizer(const Options& options, const Tolerance& tolerance) {
    const auto train = [&]<class B>(std::type_identity<B>) {
        tr::Model<Chain, B> model{tr::KaimingUniform{}, 3};
        Optimizer<B> optimizer(model, options);
        std::vector<double> losses;
        for (int round = 0; round < 6; ++round) {
            losses.push_back(tr::train_step(model, Images(tolerance.images).batch()).get().loss());
            optimizer.step(model, 0.01f);
        }
        return losses;
    };
    const std::vector<double> expected = train(std::type_identity<tr::Reference<double>>{});
    const std::vector<double> found = train(std::type_identity<Backend>{});
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(found[i] == doctest::Approx(expected[i]).epsilon(100 * tolerance.loss));
    CHECK(found.back() < found.front());
}

template <class Backend>
void check_evaluation() {
    const tr::Model<Chain, Backend> model{tr::KaimingUniform{}, 3};
    const Images images(9);
    tr::Predictor predictor(model);
    const tr::Metrics whole = predictor.evaluate(images.batch()).get();
    const std::span<const float> values(images.values);
    const std::span<const std::int32_t> labels(images.labels);
    predictor.evaluate(tr::Batch{values.first(4 * 192), labels.first(4)});
    const tr::Metrics parts = predictor.evaluate(tr::Batch{values.subspan(4 * 192), labels.subspan(4)}, {}, true).get();
    CHECK(parts.loss_sum == whole.loss_sum);
    CHECK(parts.correct == whole.correct);
    CHECK(parts.count == 9);
}

template <class Backend>
void check_memory() {
    const Backend backend{};
    CHECK(backend.threads() >= 1);
    using Scalar = typename Backend::Scalar;
    const auto empty = backend.template allocate<Scalar>(0);
    CHECK(empty.size() == 0);
    auto buffer = backend.template allocate<Scalar>(5);
    CHECK(buffer.size() == 5);
    std::vector<float> values(5, 1.0f);
    backend.download(buffer.data(), std::span<float>(values));
    CHECK(values == std::vector<float>(5)); // memory begins as zeros
    backend.upload(std::span<const float>(std::vector<float>{1, 2, 3}), buffer.data() + 1);
    backend.download(buffer.data(), std::span<float>(values));
    CHECK(values == std::vector<float>{0, 1, 2, 3, 0});
}

/// All of it.
template <class Backend>
void check(const Tolerance& tolerance) {
    check_memory<Backend>();
    check_evaluation<Backend>();
    check_training<Chain, Backend>(tolerance);
    check_training<Joined, Backend>(tolerance);
    check_training<Varied, Backend>(tolerance);
    check_optimizer<Backend, tr::Adam>(tr::AdamOptions{.weight_decay = 0.01}, tolerance);
    check_optimizer<Backend, tr::Sgd>(tr::SgdOptions{.momentum = 0.9}, tolerance);
}

} // namespace conformance
