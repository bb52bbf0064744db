#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/optim/adam.hpp"

#include <doctest/doctest.h>
#include <thread>

namespace tr = tinyres;

namespace {

/// Everything that a plan can meet: fused and single normalizations, pooling, residual blocks in residual blocks, a
/// Flatten that moves values, odd numbers of channels.
using Net = tr::Network<tr::Image<3, 8, 4>,                                                         //
                        tr::Conv3x3<6>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<20>, // 6 x 4 x 2
                        tr::ResBlock<tr::Conv3x3<6, tr::Bias::no>, tr::BatchNorm, tr::ReLU,         //
                                     tr::ResBlock<tr::GroupNorm<3>, tr::ReLU, tr::Dropout2d<20>>,   //
                                     tr::Conv3x3<6>, tr::LayerNorm>,                                //
                        tr::Dropout2d<20>, tr::BatchNorm, tr::ReLU, tr::ReLU,                       //
                        tr::Flatten, tr::Linear<37>, tr::ReLU, tr::Linear<5>, tr::LogSoftmax>;      // 5

/// y = x^2: a layer of one's own.
struct Square : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};

struct Images {
    std::vector<float> values;
    std::vector<std::int32_t> labels;

    explicit Images(int count, std::uint32_t number = 0) {
        tr::RandomStream random({11, tr::Purpose::synthetic_image, number, 0});
        for (int i = 0; i < count * Net::input.size(); ++i) values.push_back(random.uniform(-1.0f, 1.0f));
        for (int i = 0; i < count; ++i) labels.push_back(random.below(5));
    }
    tr::Batch batch() const { return {values, labels}; }
};

template <class T>
std::vector<double> doubles(std::span<const T> values) {
    return {values.begin(), values.end()};
}

double norm(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value * value;
    return std::sqrt(sum);
}

/// A step of training from a start that is the same on all backends.
template <class Network, class Backend>
struct OneStep {
    tr::Model<Network, Backend> model{tr::KaimingUniform{}, 7};
    tr::Metrics metrics;
    std::vector<double> gradients;
    std::vector<double> statistics;
    std::vector<float> prediction;

    explicit OneStep(const Images& images, tr::CrossEntropy loss = {}) {
        metrics = tr::train_step(model, images.batch(), loss);
        gradients = doubles(std::span<const typename Backend::Scalar>(model.gradients()));
        statistics = doubles(std::span<const typename Backend::Scalar>(model.statistics()));
        prediction = tr::predict(model, images.values);
    }
};

/// What some steps of Adam leave.
struct Trained {
    std::vector<double> losses;
    std::vector<float> parameters;
    std::vector<float> statistics;
    std::vector<float> gradients;
    std::vector<float> prediction;
};

template <class Backend>
Trained train(int threads, int batch) {
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 3, Backend{threads}};
    tr::Adam optimizer{model, tr::AdamOptions{.weight_decay = 0.01}};
    Trained trained;
    for (std::uint32_t step = 0; step < 4; ++step) {
        const Images images(batch, step);
        trained.losses.push_back(tr::train_step(model, images.batch()).loss_sum);
        optimizer.step(model, 0.01);
    }
    const auto copy = [](std::span<float> values) { return std::vector<float>(values.begin(), values.end()); };
    trained.parameters = copy(model.parameters());
    trained.statistics = copy(model.statistics());
    trained.gradients = copy(model.gradients());
    trained.prediction = tr::predict(model, Images(batch, 99).values);
    return trained;
}

} // namespace

namespace tinyres {

template <host::OnHost Backend, class In>
struct Kernel<Backend, Bound<Square, In>> {
    using Scalar = typename Backend::Scalar;
    using Value = Stored<Backend, In>;
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Backend&, const ForwardPass<Scalar, Value>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.output[i] = static_cast<Value>(pass.input[i] * pass.input[i]);
    }
    static void backward(const Backend&, const BackwardPass<Scalar, Value>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.input_gradient[i] = static_cast<Value>(2 * pass.input[i] * pass.output_gradient[i]);
    }
};

} // namespace tinyres

TEST_CASE("a network of fused steps does what its layers do one by one in double precision") {
    for (const int batch : {1, 3, 40}) {
        CAPTURE(batch);
        const Images images(batch);
        const tr::CrossEntropy loss{.label_smoothing = 0.1f};
        const OneStep<Net, tr::Reference<double>> expected(images, loss);
        const OneStep<Net, tr::Cpu<>> found(images, loss);
        CHECK(found.metrics.loss_sum == doctest::Approx(expected.metrics.loss_sum).epsilon(1e-5));
        CHECK(found.metrics.correct == expected.metrics.correct);
        for (const tr::NetworkTensor& tensor : tr::network_tensors<Net>) {
            const auto begin = static_cast<std::size_t>(tensor.offset);
            const auto size = static_cast<std::size_t>(tensor.spec.size());
            const bool parameter = tensor.spec.role == tr::Role::parameter;
            const auto part = [&](const auto& step) {
                return std::span<const double>(parameter ? step.gradients : step.statistics).subspan(begin, size);
            };
            INFO(tensor.name.view());
            // A bias that a normalization takes off again has no gradient.
            if (parameter && norm(part(expected)) < 1e-6 * norm(expected.gradients))
                CHECK(norm(part(found)) < 1e-6 * norm(expected.gradients));
            else
                CHECK(passes::worst_channel_error(part(found), part(expected), 1) < (parameter ? 5e-6 : 5e-7));
        }
        CHECK(passes::worst_channel_error(doubles(std::span<const float>(found.prediction)),
                                          doubles(std::span<const float>(expected.prediction)), 1) < 1e-5);
    }
}

TEST_CASE_TEMPLATE("training and prediction give the same bits for any number of threads", Backend, tr::Cpu<>,
                   tr::Cpu<tr::bfloat16>) {
    for (const int batch : {1, 3, 100}) {
        CAPTURE(batch);
        const Trained alone = train<Backend>(1, batch);
        for (const int threads : {2, 3, 5}) {
            CAPTURE(threads);
            const Trained together = train<Backend>(threads, batch);
            CHECK(together.losses == alone.losses);
            CHECK(together.gradients == alone.gradients);
            CHECK(together.statistics == alone.statistics);
            CHECK(together.parameters == alone.parameters);
            CHECK(together.prediction == alone.prediction);
        }
    }
}

TEST_CASE("mixed precision trains a network as float does, up to its roundings") {
    const Images images(40);
    const OneStep<Net, tr::Cpu<>> exact(images);
    const OneStep<Net, tr::Cpu<tr::bfloat16>> mixed(images);
    CHECK(mixed.metrics.loss_sum == doctest::Approx(exact.metrics.loss_sum).epsilon(2e-2));
    double product = 0.0;
    for (std::size_t i = 0; i < exact.gradients.size(); ++i) product += exact.gradients[i] * mixed.gradients[i];
    CHECK(product / (norm(exact.gradients) * norm(mixed.gradients)) > 0.99); // their cosine
    CHECK(passes::worst_channel_error(doubles(std::span<const float>(mixed.prediction)),
                                      doubles(std::span<const float>(exact.prediction)), 1) < 3e-2);
}

TEST_CASE("a negative number of threads is refused") {
    CHECK_THROWS_WITH_AS(tr::Cpu<>{-2}, "Cpu: the number of threads is -2; give 0 (all that there are) or more",
                         tr::Error);
}

TEST_CASE("a batch gives the same in memory that was made for a larger one") {
    tr::Model<Net, tr::Cpu<>> fresh{tr::KaimingUniform{}, 3};
    tr::Model<Net, tr::Cpu<>> used{tr::KaimingUniform{}, 3};
    tr::train_step(used, Images(50).batch());
    used.resume_at(3, 0);
    std::copy(fresh.statistics().begin(), fresh.statistics().end(), used.statistics().begin());
    const Images images(7);
    CHECK(tr::train_step(used, images.batch()).loss_sum == tr::train_step(fresh, images.batch()).loss_sum);
    CHECK(std::equal(used.gradients().begin(), used.gradients().end(), fresh.gradients().begin()));
    tr::Predictor predictor(fresh);
    predictor(Images(50).values);
    const float* const outputs = predictor(images.values);
    const std::vector<float> expected = tr::predict(fresh, images.values);
    CHECK(std::equal(expected.begin(), expected.end(), outputs));
}

TEST_CASE("an image is predicted the same in any batch") {
    const tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 3};
    const Images images(40);
    const std::vector<float> together = tr::predict(model, images.values);
    for (std::size_t i = 0; i < 40; ++i) {
        const std::span<const float> image = std::span(images.values).subspan(i * 96, 96);
        const std::vector<float> alone = tr::predict(model, image);
        for (std::size_t k = 0; k < 5; ++k) CHECK(alone[k] == doctest::Approx(together[i * 5 + k]).epsilon(1e-5));
    }
}

TEST_CASE("threads may predict with one model at the same time") {
    const tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 3, tr::Cpu<>{2}};
    std::vector<Images> batches;
    std::vector<std::vector<float>> alone;
    for (std::uint32_t i = 0; i < 4; ++i) {
        batches.emplace_back(20 + static_cast<int>(i), i);
        alone.push_back(tr::predict(model, batches.back().values));
    }
    std::vector<int> different(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            for (int round = 0; round < 25; ++round)
                different[i] += tr::predict(model, batches[i].values) == alone[i] ? 0 : 1;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(different == std::vector<int>(4, 0));
}

TEST_CASE("a layer of one's own needs one kernel to run on all host backends, also between layers that fuse") {
    using Own = tr::Network<tr::Image<3, 8, 4>, tr::BatchNorm, Square, tr::ResBlock<tr::BatchNorm, tr::ReLU, Square>,
                            tr::Dropout2d<20>, tr::Flatten, tr::Linear<5>>;
    const Images images(6);
    const OneStep<Own, tr::Reference<double>> expected(images);
    const OneStep<Own, tr::Cpu<>> found(images);
    CHECK(found.metrics.loss_sum == doctest::Approx(expected.metrics.loss_sum).epsilon(1e-5));
    CHECK(passes::worst_channel_error(found.gradients, expected.gradients, 1) < 1e-5);
}
