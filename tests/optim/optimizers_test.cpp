#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/sgd.hpp"

#include <array>
#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// 1,035 parameters: no multiple of a vector.
using Vector = tr::Network<tr::Image<206, 1, 1>, tr::Flatten, tr::Linear<5>>;

/// One parameter that matters.
using Scalar = tr::Network<tr::Image<1, 1, 1>, tr::Flatten, tr::Linear<1, tr::Bias::no>>;

/// Starts at `parameter` and takes a step for each gradient; the places it came to.
template <template <class> class Optimizer, class Options>
std::vector<double> path(double parameter, double rate, const std::vector<double>& gradients, const Options& options) {
    tr::Model<Scalar, tr::Reference<double>> model;
    Optimizer<tr::Reference<double>> optimizer{model, options};
    model.parameters()[0] = parameter;
    std::vector<double> places;
    for (const double gradient : gradients) {
        model.gradients()[0] = gradient;
        optimizer.step(model, rate);
        places.push_back(model.parameters()[0]);
    }
    return places;
}

/// The parameters after a few steps by gradients that differ from step to step.
template <template <class> class Optimizer, class Backend, class Options>
auto trained(const Options& options, Backend backend = {}) {
    tr::Model<Vector, Backend> model{tr::KaimingUniform{}, 1, backend};
    Optimizer<Backend> optimizer{model, options};
    for (std::uint32_t step = 0; step < 5; ++step) {
        tr::RandomStream random({1, tr::Purpose::augmentation, step, 0});
        for (auto& gradient : model.gradients()) gradient = random.uniform(-1.0f, 1.0f);
        optimizer.step(model, 0.01);
    }
    CHECK(optimizer.steps() == 5);
    return copy_of(model.parameters());
}

template <template <class> class Optimizer, class Options>
void check_backends_agree(const Options& options) {
    const auto expected = trained<Optimizer, tr::Reference<double>>(options);
    CHECK(relative_difference(trained<Optimizer, tr::Reference<float>>(options), expected) < 1e-6);
    const auto found = trained<Optimizer, tr::Cpu<>>(options, tr::Cpu<>{1});
    CHECK(relative_difference(found, expected) < 1e-6);
    CHECK(trained<Optimizer, tr::Cpu<>>(options, tr::Cpu<>{2}) == found);
    CHECK(trained<Optimizer, tr::Cpu<>>(options, tr::Cpu<>{7}) == found);
}

template <template <class> class Optimizer, class Options>
std::string complaint(const Options& options) {
    return error_of([&] { Optimizer<tr::Cpu<>> optimizer(tr::Model<Scalar, tr::Cpu<>>{}, options); });
}

} // namespace

TEST_CASE("The backends step alike, and for any number of threads bit for bit") {
    check_backends_agree<tr::Adam>(tr::AdamOptions{.weight_decay = 0.1});
    check_backends_agree<tr::AdamW>(tr::AdamOptions{.beta1 = 0.8, .weight_decay = 0.1});
    check_backends_agree<tr::Sgd>(tr::SgdOptions{.weight_decay = 0.1});
    check_backends_agree<tr::Sgd>(tr::SgdOptions{.momentum = 0.5, .nesterov = false});
}

TEST_CASE("Adam's first step is the learning rate, whatever the size of the gradient") {
    for (const double gradient : {1e-3, 1.0, 1e3})
        CHECK(path<tr::Adam>(2.0, 0.1, {gradient}, tr::AdamOptions{})[0] == doctest::Approx(1.9).epsilon(1e-5));
}

TEST_CASE("Adam adds its weight decay to the gradient, AdamW shrinks the parameters") {
    // Without a gradient of its own, Adam's is the decay's, whose size does not matter in the first step.
    const tr::AdamOptions options{.weight_decay = 0.5};
    CHECK(path<tr::Adam>(2.0, 0.1, {0.0}, options)[0] == doctest::Approx(1.9));
    CHECK(path<tr::AdamW>(2.0, 0.1, {0.0}, options)[0] == doctest::Approx(2.0 * (1 - 0.1 * 0.5)));
}

TEST_CASE("SGD's momentum keeps the direction; Nesterov's form looks one step ahead") {
    const auto plain = path<tr::Sgd>(1.0, 0.1, {1, 0, 0}, tr::SgdOptions{.momentum = 0.5, .nesterov = false});
    CHECK(relative_difference(plain, std::array{0.9, 0.85, 0.825}) < 1e-12);
    const auto nesterov = path<tr::Sgd>(1.0, 0.1, {1, 0}, tr::SgdOptions{.momentum = 0.5, .nesterov = true});
    CHECK(relative_difference(nesterov, std::array{0.85, 0.825}) < 1e-12);
    const auto bare = path<tr::Sgd>(1.0, 0.1, {1, 0}, tr::SgdOptions{.momentum = 0.0, .nesterov = false});
    CHECK(relative_difference(bare, std::array{0.9, 0.9}) < 1e-12);
    const auto decayed =
        path<tr::Sgd>(1.0, 0.1, {0, 0}, tr::SgdOptions{.momentum = 0.0, .weight_decay = 0.5, .nesterov = false});
    CHECK(relative_difference(decayed, std::array{0.95, 0.9025}) < 1e-12);
}

TEST_CASE("A learning rate of 0 changes no parameter") {
    const tr::AdamOptions options{.weight_decay = 0.5};
    CHECK(path<tr::Adam>(2.0, 0.0, {1.0}, options)[0] == 2.0);
    CHECK(path<tr::AdamW>(2.0, 0.0, {1.0}, options)[0] == 2.0);
    CHECK(path<tr::Sgd>(2.0, 0.0, {1.0}, tr::SgdOptions{.weight_decay = 0.5})[0] == 2.0);
}

TEST_CASE("An optimizer shows its moments by PyTorch's names, laid out as the parameters") {
    tr::Model<Vector, tr::Cpu<>> model;
    tr::Adam adam{model};
    tr::Sgd sgd{model};
    std::ranges::fill(model.gradients(), 2.0f);
    adam.step(model, 0.1);
    sgd.step(model, 0.1);
    REQUIRE(adam.moments().size() == 2);
    CHECK(adam.moments()[0].name == "exp_avg");
    CHECK(adam.moments()[1].name == "exp_avg_sq");
    CHECK(adam.moments()[0].values.size() == 1035);
    CHECK(adam.moments()[0].values.back() == doctest::Approx(0.2));
    CHECK(adam.moments()[1].values.back() == doctest::Approx(0.004));
    REQUIRE(sgd.moments().size() == 1);
    CHECK(sgd.moments()[0].name == "momentum_buffer");
    CHECK(sgd.moments()[0].values.back() == 2.0f);
}

TEST_CASE("Impossible options are refused by name") {
    using Adam = tr::AdamOptions;
    CHECK(holds(complaint<tr::Adam>(Adam{.beta1 = 1.0}), "Adam: beta1"));
    CHECK(holds(complaint<tr::Adam>(Adam{.beta1 = -0.1}), "Adam: beta1"));
    CHECK(holds(complaint<tr::Adam>(Adam{.beta2 = 1.0}), "Adam: beta2"));
    CHECK(holds(complaint<tr::AdamW>(Adam{.beta2 = std::nan("")}), "Adam: beta2"));
    CHECK(holds(complaint<tr::AdamW>(Adam{.epsilon = -1e-8}), "Adam: epsilon"));
    CHECK(holds(complaint<tr::AdamW>(Adam{.weight_decay = -1}), "Adam: the weight decay"));
    using Sgd = tr::SgdOptions;
    CHECK(holds(complaint<tr::Sgd>(Sgd{.momentum = 1.0}), "SGD: the momentum"));
    CHECK(holds(complaint<tr::Sgd>(Sgd{.momentum = -0.1}), "SGD: the momentum"));
    CHECK(holds(complaint<tr::Sgd>(Sgd{.weight_decay = -1}), "SGD: the weight decay"));
    CHECK(holds(complaint<tr::Sgd>(Sgd{.momentum = 0.0, .nesterov = true}), "SGD: Nesterov"));
    CHECK(complaint<tr::Sgd>(Sgd{}) == "no error");
}

TEST_CASE("An optimizer refuses a model that it was not made for, and leaves it as it was") {
    const tr::Model<Scalar, tr::Cpu<>> small;
    tr::Model<Vector, tr::Cpu<>> large;
    tr::Adam optimizer{small};
    const auto before = copy_of(large.parameters());
    CHECK(error_of([&] { optimizer.step(large, 0.1); }) ==
          "the optimizer was made for a model with 1 parameters, this one has 1035; make an optimizer for each model");
    CHECK(copy_of(large.parameters()) == before);
    CHECK(optimizer.steps() == 0);
}
