#include "numbers.hpp"
#include "tinyres/optim/constant.hpp"
#include "tinyres/optim/cosine.hpp"
#include "tinyres/optim/linear_decay.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/reduce_on_plateau.hpp"
#include "tinyres/optim/step_decay.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// The schedule of PyTorch's OneCycleLR with these settings (see generate.py), an epoch of `steps_per_epoch` steps.
tr::OneCycle schedule(const Numbers& pytorch, const std::string& name, tr::Anneal anneal, int steps_per_epoch) {
    const double max_rate = pytorch.setting(name + "/max_rate");
    return tr::OneCycle{{.max_lr = max_rate,
                         .epochs = static_cast<int>(pytorch.setting(name + "/total")) / steps_per_epoch,
                         .peak_epoch = pytorch.setting(name + "/peak") / steps_per_epoch,
                         .steps_per_epoch = steps_per_epoch,
                         .start_divisor = max_rate / pytorch.setting(name + "/start"),
                         .end_divisor = max_rate / pytorch.setting(name + "/end"),
                         .anneal = anneal}};
}

double largest_error(const Numbers& pytorch, const std::string& name, tr::Anneal anneal, int steps_per_epoch) {
    const tr::OneCycle cycle = schedule(pytorch, name, anneal, steps_per_epoch);
    std::vector<double> rates;
    for (std::int64_t step = 0; step <= cycle.total_steps(); ++step) rates.push_back(cycle.learning_rate(step));
    return largest_difference(rates, pytorch(name + (anneal == tr::Anneal::linear ? "/linear" : "/cos")));
}

} // namespace

TEST_CASE("OneCycle gives the rates of PyTorch's OneCycleLR, linear and cosine") {
    const Numbers pytorch("schedules");
    for (const tr::Anneal anneal : {tr::Anneal::linear, tr::Anneal::cosine}) {
        CHECK(largest_error(pytorch, "reference", anneal, 98) < 1e-15);
        CHECK(largest_error(pytorch, "short", anneal, 97) < 1e-14);
    }
}

TEST_CASE("OneCycle's default gives the 24 rates of the reference log") {
    const tr::OneCycle cycle;
    std::vector<double> rates;
    for (int epoch = 0; epoch < 24; ++epoch) rates.push_back(cycle.learning_rate(98 * epoch));
    CHECK(largest_difference(rates, Numbers("schedules")("reference_log")) < 1e-12);
}

namespace {

/// The largest difference from PyTorch's rates, which are one every `stride` steps.
double largest_error(const tr::Schedule auto& schedule, const std::string& name, std::int64_t stride = 1) {
    const std::vector<double> expected = Numbers("optimization")("schedules/" + name);
    std::vector<double> rates;
    for (std::size_t i = 0; i < expected.size(); ++i)
        rates.push_back(schedule.learning_rate(static_cast<std::int64_t>(i) * stride));
    return largest_difference(rates, expected);
}

} // namespace

TEST_CASE("Cosine gives the rates of CosineAnnealingLR, with a warm-up those of SequentialLR") {
    tr::CosineOptions options{.max_lr = 0.3, .min_lr = 0.003, .epochs = 10, .steps_per_epoch = 7};
    CHECK(largest_error(tr::Cosine{options}, "cosine") < 1e-14);
    options.warmup = {.epochs = 2, .start_divisor = 20};
    CHECK(largest_error(tr::Cosine{options}, "cosine_warmup") < 1e-14);
    CHECK(tr::Cosine{options}.learning_rate(70) == 0.003);
    CHECK(tr::Cosine{options}.learning_rate(1000) == 0.003);
}

TEST_CASE("Constant gives the rates of LinearLR and ConstantLR") {
    tr::ConstantOptions options{
        .learning_rate = 0.3, .epochs = 10, .steps_per_epoch = 7, .warmup = {.epochs = 2, .start_divisor = 20}};
    CHECK(largest_error(tr::Constant{options}, "linear") < 1e-14);
    options.warmup = {.epochs = 2, .start_divisor = 4, .form = tr::WarmupForm::constant};
    CHECK(largest_error(tr::Constant{options}, "constant") < 1e-14);
}

TEST_CASE("LinearDecay gives the rates of LinearLR, to 0 and beyond its end, with a warm-up those of SequentialLR") {
    tr::LinearDecayOptions options{.max_lr = 0.3, .epochs = 10, .steps_per_epoch = 7};
    CHECK(largest_error(tr::LinearDecay{options}, "linear_decay") < 1e-14);
    CHECK(tr::LinearDecay{options}.learning_rate(70) == 0.0);
    options.end_lr = 0.03;
    options.warmup = {.epochs = 2, .start_divisor = 20};
    CHECK(largest_error(tr::LinearDecay{options}, "linear_decay_warmup") < 1e-14);
    CHECK(tr::LinearDecay{options}.learning_rate(1000) == doctest::Approx(0.03).epsilon(1e-12));
}

TEST_CASE("StepDecay gives the rates of StepLR and MultiStepLR, epoch by epoch") {
    tr::StepDecayOptions options{.max_lr = 0.3, .gamma = 0.2, .every = 3, .epochs = 10, .steps_per_epoch = 5};
    CHECK(largest_error(tr::StepDecay{options}, "step", 5) < 1e-14);
    CHECK(tr::StepDecay{options}.learning_rate(14) == 0.3); // the last step of epoch 3
    options.gamma = 0.5;
    options.milestones = {2, 3, 7};
    CHECK(largest_error(tr::StepDecay{options}, "multi_step", 5) < 1e-14);
}

TEST_CASE("ReduceOnPlateau gives the rates of ReduceLROnPlateau, and goes on from its state") {
    const Numbers pytorch("optimization");
    const std::vector<double> metrics = pytorch("plateau/metric");
    const auto check = [&](const std::string& name, const tr::ReduceOnPlateauOptions& options) {
        CAPTURE(name);
        const std::vector<double> expected = pytorch("plateau/" + name);
        CHECK(expected.front() != expected.back()); // there are reductions
        tr::ReduceOnPlateau schedule{options};
        std::vector<double> rates;
        for (const double metric : metrics) {
            rates.push_back(schedule.learning_rate(static_cast<std::int64_t>(rates.size())));
            schedule.observe(metric);
            tr::StateNumbers numbers;
            schedule.save_state(numbers);
            schedule = tr::ReduceOnPlateau{options};
            schedule.load_state(numbers);
        }
        CHECK(largest_difference(rates, expected) < 1e-15);
    };
    check("lowest", {.max_lr = 0.3, .factor = 0.5, .patience = 2});
    check("absolute", {.max_lr = 0.3,
                       .factor = 0.3,
                       .patience = 1,
                       .threshold = 0.02,
                       .threshold_is = tr::Threshold::absolute,
                       .cooldown = 3});
    check("highest", {.max_lr = 0.3,
                      .goal = tr::Goal::highest,
                      .factor = 0.1,
                      .patience = 3,
                      .threshold = 0.01,
                      .cooldown = 1,
                      .min_lr = 0.002});
    check("least", {.max_lr = 0.3, .factor = 0.9, .patience = 0, .min_change = 0.01});
}
