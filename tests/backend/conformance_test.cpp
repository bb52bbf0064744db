#include "../examples/custom_backend/timed.hpp"
#include "backend/conformance.hpp"
#include "tinyres/backend/cpu/kernels.hpp"

#include <thread>

namespace tr = tinyres;
using conformance::Chain;
using conformance::Images;

namespace {

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
    tr::Model<Chain, Backend> model{tr::KaimingUniform{}, 3, Backend{threads}};
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

TEST_CASE("Reference is a backend") {
    conformance::check<tr::Reference<float>>({.loss = 1e-5, .gradients = 2e-5, .predictions = 1e-5});
}

TEST_CASE("Cpu is a backend") {
    conformance::check<tr::Cpu<>>({.loss = 1e-5, .gradients = 1e-4, .predictions = 1e-5});
}

TEST_CASE("Cpu in mixed precision is a backend") {
    conformance::check<tr::Cpu<tr::bfloat16>>({.loss = 2e-2, .gradients = 0.3, .predictions = 5e-2});
}

TEST_CASE("a backend of one's own that takes over another's kernels is a backend") {
    conformance::check<Timed>({.loss = 1e-5, .gradients = 1e-4, .predictions = 1e-5});
    CHECK(Timed::times().size() > 30);
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

TEST_CASE("a negative number of threads is refused") {
    CHECK_THROWS_WITH_AS(tr::Cpu<>{-2}, "Cpu: the number of threads is -2; give 0 (all that there are) or more",
                         tr::Error);
}

TEST_CASE("an image is predicted the same in any batch") {
    const tr::Model<Chain, tr::Cpu<>> model{tr::KaimingUniform{}, 3};
    const Images images(40);
    const std::vector<float> together = tr::predict(model, images.values);
    for (std::size_t i = 0; i < 40; ++i) {
        const std::span<const float> image = std::span(images.values).subspan(i * 192, 192);
        const std::vector<float> alone = tr::predict(model, image);
        for (std::size_t k = 0; k < 5; ++k) CHECK(alone[k] == doctest::Approx(together[i * 5 + k]).epsilon(1e-5));
    }
}

TEST_CASE("threads may predict with one model at the same time") {
    const tr::Model<Chain, tr::Cpu<>> model{tr::KaimingUniform{}, 3, tr::Cpu<>{2}};
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
