#include "numbers.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/lion.hpp"
#include "tinyres/optim/rmsprop.hpp"
#include "tinyres/optim/sgd.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using SixtyFour = tr::Network<tr::Image<7, 1, 1>, tr::Flatten, tr::Linear<8>>;
static_assert(tr::parameter_count<SixtyFour> == 64);

/// The options of generate.py's OPTIMIZERS.
constexpr tr::AdamOptions adam{.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01};
constexpr tr::AdamOptions adamw{.beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.5};
constexpr tr::SgdOptions sgd_nesterov{.momentum = 0.9, .weight_decay = 0.01, .nesterov = true};
constexpr tr::SgdOptions sgd_momentum{.momentum = 0.9, .weight_decay = 0.01, .nesterov = false};

/// The options of optimization.py's OPTIMIZERS.
constexpr tr::RMSpropOptions rmsprop{.alpha = 0.9, .epsilon = 1e-6, .weight_decay = 0.01};
constexpr tr::RMSpropOptions rmsprop_momentum{.momentum = 0.9};
constexpr tr::LionOptions lion{.weight_decay = 0.5};

/// The largest difference of a parameter from PyTorch's, after 1, 2 and 20 steps.
template <template <class> class Optimizer, class Backend, class Options>
double largest_error(const std::string& kind, const Options& options, const std::string& file = "optimizers") {
    using Scalar = typename Backend::Scalar;
    const Numbers pytorch(file);
    const std::vector<double> gradients = pytorch("gradients"); // (20, 64), exact in float
    const std::vector<double> rates = pytorch("learning_rates");
    REQUIRE(rates.size() == 20);

    tr::Model<SixtyFour, Backend> model;
    Optimizer<Backend> optimizer{model, options};
    const auto to_scalar = [](double value) { return static_cast<Scalar>(value); };
    std::ranges::transform(pytorch("initial"), model.parameters().begin(), to_scalar);
    double largest = 0.0;
    for (std::size_t step = 0; step < 20; ++step) {
        std::ranges::transform(std::span(gradients).subspan(64 * step, 64), model.gradients().begin(), to_scalar);
        optimizer.step(model, rates[step]);
        if (step == 0 || step == 1 || step == 19)
            largest = std::max(largest, largest_difference(model.parameters(),
                                                           pytorch(kind + "/param_after_" + std::to_string(step + 1))));
    }
    return largest;
}

} // namespace

TEST_CASE("Adam, AdamW and SGD go where PyTorch's go: in double") {
    using Backend = tr::Reference<double>;
    CHECK(largest_error<tr::Adam, Backend>("adam", adam) < 1e-14);
    CHECK(largest_error<tr::AdamW, Backend>("adamw", adamw) < 1e-14);
    CHECK(largest_error<tr::Sgd, Backend>("sgd_nesterov", sgd_nesterov) < 1e-14);
    CHECK(largest_error<tr::Sgd, Backend>("sgd_momentum", sgd_momentum) < 1e-14);
}

TEST_CASE_TEMPLATE("Adam, AdamW and SGD go where PyTorch's go: in float", Backend, tr::Reference<float>, tr::Cpu<>) {
    CHECK(largest_error<tr::Adam, Backend>("adam", adam) < 1e-6);
    CHECK(largest_error<tr::AdamW, Backend>("adamw", adamw) < 1e-6);
    CHECK(largest_error<tr::Sgd, Backend>("sgd_nesterov", sgd_nesterov) < 1e-6);
    CHECK(largest_error<tr::Sgd, Backend>("sgd_momentum", sgd_momentum) < 1e-6);
}

TEST_CASE("RMSprop goes where PyTorch's goes and Lion where the paper's: in double") {
    using Backend = tr::Reference<double>;
    CHECK(largest_error<tr::RMSprop, Backend>("rmsprop", rmsprop, "optimization") < 1e-13);
    CHECK(largest_error<tr::RMSprop, Backend>("rmsprop_momentum", rmsprop_momentum, "optimization") < 1e-13);
    CHECK(largest_error<tr::Lion, Backend>("lion", lion, "optimization") < 1e-14);
}

TEST_CASE_TEMPLATE("RMSprop goes where PyTorch's goes and Lion where the paper's: in float", Backend,
                   tr::Reference<float>, tr::Cpu<>) {
    CHECK(largest_error<tr::RMSprop, Backend>("rmsprop", rmsprop, "optimization") < 2e-6);
    CHECK(largest_error<tr::RMSprop, Backend>("rmsprop_momentum", rmsprop_momentum, "optimization") < 2e-6);
    CHECK(largest_error<tr::Lion, Backend>("lion", lion, "optimization") < 1e-6);
}

namespace {

/// The largest difference from PyTorch's parameters after 20 steps in which biases have ten times the rate and no
/// decay.
template <template <class> class Optimizer, class Backend, class Options>
double grouped_error(const std::string& kind, const Options& options) {
    using Scalar = typename Backend::Scalar;
    const Numbers pytorch("optimization");
    const std::vector<double> gradients = pytorch("gradients"), rates = pytorch("learning_rates");
    tr::Model<SixtyFour, Backend> model;
    Optimizer<Backend> optimizer{model, options, {tr::no_decay_on_norms_and_biases, {"*.bias", {.rate = 10}}}};
    const auto to_scalar = [](double value) { return static_cast<Scalar>(value); };
    std::ranges::transform(pytorch("initial"), model.parameters().begin(), to_scalar);
    for (std::size_t step = 0; step < 20; ++step) {
        std::ranges::transform(std::span(gradients).subspan(64 * step, 64), model.gradients().begin(), to_scalar);
        optimizer.step(model, rates[step]);
    }
    return largest_difference(model.parameters(), pytorch("groups/" + kind));
}

} // namespace

TEST_CASE_TEMPLATE("Parameter groups have rates and decays of their own, as PyTorch's", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    const double tolerance = std::is_same_v<typename Backend::Scalar, double> ? 1e-13 : 5e-6;
    CHECK(grouped_error<tr::Adam, Backend>("adam", tr::AdamOptions{.weight_decay = 0.01}) < tolerance);
    CHECK(grouped_error<tr::AdamW, Backend>("adamw", tr::AdamOptions{.weight_decay = 0.5}) < tolerance);
    CHECK(grouped_error<tr::Sgd, Backend>("sgd", sgd_nesterov) < tolerance);
    CHECK(grouped_error<tr::RMSprop, Backend>("rmsprop", tr::RMSpropOptions{.weight_decay = 0.01}) < tolerance);
    CHECK(grouped_error<tr::Lion, Backend>("lion", lion) < tolerance);
}
