#include "error_of.hpp"
#include "tinyres/optim/lr_finder.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Runs the whole test on losses that are a function of the rate.
template <class Loss>
tr::LrFinder run(const tr::LrFinderOptions& options, Loss loss) {
    tr::LrFinder finder{options};
    while (!finder.done()) finder.record(loss(finder.learning_rate()));
    return finder;
}

std::string complaint(const tr::LrFinderOptions& options) {
    return error_of([&] { tr::LrFinder{options}; });
}

} // namespace

TEST_CASE("The rates of the range test grow by the same factor from start to end") {
    const tr::LrFinder finder = run({.start_lr = 1e-5, .end_lr = 10, .steps = 61}, [](double) { return 1.0; });
    REQUIRE(finder.curve().size() == 61);
    CHECK(finder.curve().front().learning_rate == doctest::Approx(1e-5));
    CHECK(finder.curve().back().learning_rate == doctest::Approx(10));
    for (std::size_t i = 1; i < 61; ++i)
        CHECK(finder.curve()[i].learning_rate / finder.curve()[i - 1].learning_rate ==
              doctest::Approx(std::pow(10.0, 0.1)).epsilon(1e-9));
    CHECK(!finder.diverged());
}

TEST_CASE("The curve holds the losses and an exponential average of them that starts at the first") {
    tr::LrFinder finder{{.smoothing = 0.25}};
    for (const double loss : {2.0, 1.0, 3.0}) finder.record(loss);
    REQUIRE(finder.curve().size() == 3);
    CHECK(finder.curve()[0].smoothed == 2.0);
    CHECK(finder.curve()[1].smoothed == 1.75);
    CHECK(finder.curve()[2].smoothed == 0.25 * 3.0 + 0.75 * 1.75);
    CHECK(finder.curve()[1].loss == 1.0);
    CHECK(finder.curve()[2].loss == 3.0);
    tr::LrFinder rough{{.smoothing = 1.0}};
    for (const double loss : {2.0, 1.0, 3.0}) rough.record(loss);
    CHECK(rough.curve()[2].smoothed == 3.0);
}

TEST_CASE("The test stops as soon as the loss is so many times its best") {
    tr::LrFinder finder{{.smoothing = 1.0, .divergence = 4.0}};
    for (const double loss : {2.0, 1.0, 3.9, 4.0}) {
        finder.record(loss);
        CHECK(!finder.done());
    }
    finder.record(4.1);
    CHECK(finder.done());
    CHECK(finder.diverged());
    CHECK(finder.curve().size() == 5);
}

TEST_CASE("A loss that is not finite stops the test and stays out of the curve") {
    tr::LrFinder at_once;
    at_once.record(std::nan(""));
    CHECK(at_once.curve().empty());
    CHECK(holds(error_of([&] { at_once.suggestion(); }), "the loss never fell"));
    for (const double loss : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        tr::LrFinder finder;
        for (const double good : {2.0, 1.0, 0.5}) finder.record(good);
        finder.record(loss);
        CHECK(finder.done());
        CHECK(finder.diverged());
        CHECK(finder.curve().size() == 3);
        CHECK(finder.suggestion().index == 2);
    }
}

TEST_CASE("The finder suggests by either rule, with its own divisor of LRMIN") {
    const auto loss = [](double rate) { return 1 + 1 / (1 + std::exp(3 * std::log10(rate / 1e-2))); };
    const tr::LrFinder finder =
        run({.start_lr = 1e-5, .end_lr = 10, .steps = 121, .smoothing = 1.0, .min_divisor = 25}, loss);
    // Within a tenth of its fall from 5.4e-2, where exp(...) is 9, to the end of the test.
    CHECK(finder.suggestion().max_lr == doctest::Approx(std::sqrt(5.4e-2 * 10)).epsilon(0.1));
    CHECK(finder.suggestion().min_lr == finder.suggestion().max_lr / 25);
    CHECK(finder.suggestion(tr::LrRule::steepest).index == 60);
}

TEST_CASE("Impossible options are refused by name") {
    CHECK(holds(complaint({.start_lr = 0.0}), "the start rate"));
    CHECK(holds(complaint({.start_lr = 1.0, .end_lr = 1.0}), "the start rate"));
    CHECK(holds(complaint({.start_lr = std::nan("")}), "the start rate"));
    CHECK(holds(complaint({.steps = 9}), "at least 10 steps"));
    CHECK(holds(complaint({.smoothing = 0.0}), "the smoothing"));
    CHECK(holds(complaint({.smoothing = 1.5}), "the smoothing"));
    CHECK(holds(complaint({.divergence = 1.0}), "the divergence"));
    CHECK(holds(complaint({.min_divisor = 0.5}), "the divisor of LRMIN"));
    CHECK(complaint({}) == "no error");
}
