#include "error_of.hpp"
#include "tinyres/optim/one_cycle.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// 100 steps: up from 0.01 to 1 in 25, down to 0.1 in 75.
constexpr tr::OneCycleOptions short_run{
    .max_lr = 1.0, .epochs = 4, .peak_epoch = 1.0, .steps_per_epoch = 25, .start_divisor = 100, .end_divisor = 10};

doctest::Approx about(double rate) {
    return doctest::Approx(rate).epsilon(1e-12);
}

std::string complaint(const tr::OneCycleOptions& options) {
    return error_of([&] { tr::OneCycle{options}; });
}

} // namespace

TEST_CASE("The rate goes up in a straight line to its maximum and down to its end") {
    const tr::OneCycle schedule{short_run};
    CHECK(schedule.total_steps() == 100);
    CHECK(schedule.options().epochs == 4);
    CHECK(schedule.learning_rate(0) == about(0.01));
    CHECK(schedule.learning_rate(5) == about(0.01 + 0.99 / 5));
    CHECK(schedule.learning_rate(25) == about(1.0));
    CHECK(schedule.learning_rate(26) == about(1.0 - 0.9 / 75));
    CHECK(schedule.learning_rate(100) == about(0.1));
    CHECK(schedule.learning_rate(1'000'000) == about(0.1));
    for (int step = 0; step < 100; ++step)
        CHECK((schedule.learning_rate(step + 1) > schedule.learning_rate(step)) == (step < 25));
}

TEST_CASE("A cosine goes through the same ends, flat at each of them") {
    tr::OneCycleOptions options = short_run;
    options.anneal = tr::Anneal::cosine;
    options.peak_epoch = 2.0;
    const tr::OneCycle schedule{options};
    CHECK(schedule.learning_rate(0) == about(0.01));
    CHECK(schedule.learning_rate(25) == about((0.01 + 1.0) / 2));
    CHECK(schedule.learning_rate(50) == about(1.0));
    CHECK(schedule.learning_rate(75) == about((1.0 + 0.1) / 2));
    CHECK(schedule.learning_rate(100) == about(0.1));
    CHECK(schedule.learning_rate(1) - schedule.learning_rate(0) < 0.99 / 50 / 10);
    CHECK(schedule.learning_rate(50) - schedule.learning_rate(51) < 0.9 / 50 / 10);
}

TEST_CASE("The peak may lie between two steps, at the start, or at the end") {
    tr::OneCycleOptions options = short_run;
    options.peak_epoch = 0.5; // step 12.5
    const tr::OneCycle between{options};
    CHECK(between.learning_rate(12) == about(0.01 + 0.99 * 12 / 12.5));
    CHECK(between.learning_rate(13) == about(1.0 - 0.9 * 0.5 / 87.5));
    options.peak_epoch = 0.0;
    const tr::OneCycle falling{options};
    CHECK(falling.learning_rate(0) == about(1.0));
    CHECK(falling.learning_rate(50) == about(0.55));
    options.peak_epoch = 4.0;
    const tr::OneCycle rising{options};
    CHECK(rising.learning_rate(99) == about(0.01 + 0.99 * 0.99));
}

TEST_CASE("Annihilation, when asked for, lets the last epochs fall on to almost zero") {
    tr::OneCycleOptions options = short_run;
    options.annihilation_epochs = 1.0;
    const tr::OneCycle schedule{options};
    CHECK(schedule.learning_rate(50) == about(0.55));
    CHECK(schedule.learning_rate(75) == about(0.1));
    CHECK(schedule.learning_rate(85) == about(0.1 - (0.1 - 1e-5) * 0.4));
    CHECK(schedule.learning_rate(100) == about(1e-5));
    CHECK(schedule.learning_rate(101) == about(1e-5));
    CHECK(tr::OneCycle{short_run}.learning_rate(99) > 0.1);
}

TEST_CASE("The default is the reference's recipe") {
    const tr::OneCycle schedule;
    CHECK(schedule.total_steps() == 24 * 98);
    CHECK(schedule.learning_rate(0) == about(3.2e-6));
    CHECK(schedule.learning_rate(5 * 98) == about(3.2e-4));
    CHECK(schedule.learning_rate(24 * 98) == about(3.2e-6));
}

TEST_CASE("Impossible schedules are refused by name") {
    const auto with = [](auto set) {
        tr::OneCycleOptions options;
        set(options);
        return complaint(options);
    };
    using Options = tr::OneCycleOptions&;
    const double nan = std::nan("");
    CHECK(holds(with([](Options o) { o.max_lr = 0; }), "maximal learning rate"));
    CHECK(holds(with([](Options o) { o.max_lr = -1; }), "maximal learning rate"));
    CHECK(holds(with([&](Options o) { o.max_lr = nan; }), "maximal learning rate"));
    CHECK(holds(with([](Options o) { o.max_lr = std::numeric_limits<double>::infinity(); }), "maximal learning rate"));
    CHECK(holds(with([](Options o) { o.epochs = 0; }), "number of epochs"));
    CHECK(holds(with([](Options o) { o.epochs = -3; }), "number of epochs"));
    CHECK(holds(with([](Options o) { o.steps_per_epoch = 0; }), "steps of an epoch"));
    CHECK(holds(with([](Options o) { o.start_divisor = 0; }), "divisors"));
    CHECK(holds(with([](Options o) { o.end_divisor = -1; }), "divisors"));
    CHECK(holds(with([](Options o) { o.annihilation_divisor = 0; }), "divisors"));
    CHECK(holds(with([](Options o) { o.annihilation_epochs = 24; }), "annihilation"));
    CHECK(holds(with([](Options o) { o.annihilation_epochs = -1; }), "annihilation"));
    CHECK(holds(with([](Options o) { o.peak_epoch = 24.5; }), "the peak is at epoch 24.5"));
    CHECK(holds(with([](Options o) { o.peak_epoch = -1; }), "the peak is at epoch -1"));
    CHECK(holds(with([&](Options o) { o.peak_epoch = nan; }), "the peak is at epoch nan"));
    CHECK(holds(with([](Options o) { o.peak_epoch = 23, o.annihilation_epochs = 2; }), "the peak is at epoch 23"));
    CHECK(with([](Options o) { o.peak_epoch = 24; }) == "no error");
}

TEST_CASE("without a peak of its own a cycle has it after 5/24 of the run") {
    CHECK(tr::OneCycle{}.options().peak_epoch == 5.0);
    CHECK(tr::OneCycle{{.epochs = 3}}.options().peak_epoch == 0.625);
    CHECK(tr::OneCycle{{.epochs = 1, .steps_per_epoch = 1}}.total_steps() == 1);
    CHECK(tr::OneCycle{{.epochs = 27, .annihilation_epochs = 3}}.options().peak_epoch == 5.0);
    const tr::OneCycle given{{.epochs = 24, .peak_epoch = 5}};
    for (std::int64_t step = 0; step < 24 * 98; ++step)
        REQUIRE(tr::OneCycle{}.learning_rate(step) == given.learning_rate(step));
}
