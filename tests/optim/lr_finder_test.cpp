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

TEST_CASE("The recorded loss is an exponential average that starts at the first loss") {
    tr::LrFinder finder{{.smoothing = 0.25}};
    for (const double loss : {2.0, 1.0, 3.0}) finder.record(loss);
    REQUIRE(finder.curve().size() == 3);
    CHECK(finder.curve()[0].loss == 2.0);
    CHECK(finder.curve()[1].loss == 1.75);
    CHECK(finder.curve()[2].loss == 0.25 * 3.0 + 0.75 * 1.75);
    tr::LrFinder rough{{.smoothing = 1.0}};
    for (const double loss : {2.0, 1.0, 3.0}) rough.record(loss);
    CHECK(rough.curve()[2].loss == 3.0);
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

TEST_CASE("A loss that is no number stops the test and stays out of the curve") {
    for (const double loss : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        tr::LrFinder finder;
        for (const double good : {2.0, 1.0, 0.5}) finder.record(good);
        finder.record(loss);
        CHECK(finder.done());
        CHECK(finder.diverged());
        CHECK(finder.curve().size() == 3);
        CHECK(finder.suggestion().index == 1);
    }
}

TEST_CASE("The suggestion is the rate where the loss falls most steeply over the rate's logarithm") {
    // A fall centred at 1e-2, and a rise at the end, which is steeper than the fall.
    const auto loss = [](double rate) {
        return 1 + 1 / (1 + std::exp(3 * std::log10(rate / 1e-2))) + std::pow(rate / 5, 4);
    };
    const tr::LrFinderOptions options{.start_lr = 1e-5, .end_lr = 10, .steps = 121, .smoothing = 1.0};
    const tr::LrSuggestion suggestion = run(options, loss).suggestion();
    CHECK(suggestion.index == 60);
    CHECK(suggestion.max_lr == doctest::Approx(1e-2));
    CHECK(suggestion.min_lr == doctest::Approx(1e-4));

    tr::LrFinderOptions other = options;
    other.min_divisor = 25;
    CHECK(run(other, loss).suggestion().min_lr == doctest::Approx(4e-4));
}

TEST_CASE("A steeper fall behind the loss' minimum is not suggested") {
    // Over the steps 0 to 40: a fall to 1 at step 20, a rise to 3 at step 30, then twice as steep a fall as the first.
    const auto loss_at = [](double step) {
        if (step < 20) return 3 - step / 10;
        return step < 30 ? 1 + (step - 20) / 5 : 3 - (step - 30) / 5.5;
    };
    tr::LrFinder finder{{.steps = 41, .smoothing = 1.0}};
    while (!finder.done()) finder.record(loss_at(static_cast<double>(finder.curve().size())));
    CHECK(!finder.diverged());
    CHECK(finder.suggestion().index >= 1);
    CHECK(finder.suggestion().index < 20);

    std::vector<tr::LrFinderPoint> curve{{1, 2.0}, {2, 1.8}, {3, 1.0}, {4, 5.0}, {5, 1.5}, {6, 1.4}};
    CHECK(tr::suggest_learning_rate(curve).index == 1);
    curve.back().loss = 0.9; // now the second fall leads to the minimum
    CHECK(tr::suggest_learning_rate(curve).index == 4);
}

TEST_CASE("Without any fall of the loss there is no suggestion") {
    const auto complaint_about = [](const tr::LrFinder& finder) { return error_of([&] { finder.suggestion(); }); };
    CHECK(holds(complaint_about(run({}, [](double) { return 2.0; })), "the loss never fell"));
    CHECK(holds(complaint_about(run({}, [](double rate) { return 2.0 + rate; })), "the loss never fell"));
    CHECK(holds(error_of([] {
                    tr::suggest_learning_rate({{1, 2.0}, {2, 1.0}, {3, 1.5}, {4, 1.2}});
                }),
                "the loss never fell below its first values"));
    tr::LrFinder at_once;
    at_once.record(std::nan(""));
    CHECK(holds(complaint_about(at_once), "the loss never fell"));
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
