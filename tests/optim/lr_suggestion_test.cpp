#include "error_of.hpp"
#include "tinyres/optim/lr_suggestion.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <random>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Curve = std::vector<tr::LrFinderPoint>;

/// A curve of the finder's default rates and smoothing from `loss(log10(rate))`, which breaks off where it diverges.
template <class Loss>
Curve curve_of(Loss loss, int steps = 100) {
    Curve curve;
    double best = 1e300;
    for (int i = 0; i < steps; ++i) {
        const double power = -6 + 8.0 * i / (steps - 1), measured = loss(power);
        const double smoothed = curve.empty() ? measured : 0.05 * measured + 0.95 * curve.back().smoothed;
        curve.push_back({std::pow(10.0, power), measured, smoothed});
        best = std::min(best, smoothed);
        if (smoothed > 5 * best) break;
    }
    return curve;
}

/// A curve whose losses are not smoothed.
Curve plain(const std::vector<double>& losses) {
    Curve curve;
    for (const double loss : losses)
        curve.push_back({std::pow(10.0, static_cast<double>(curve.size()) / 10.0), loss, loss});
    return curve;
}

double explosion(double power) {
    return 8 * std::pow(std::max(0.0, power + 0.5), 3);
}

/// From 2.3 down to 1.3 in a straight line between the rates 1e-4 and 1e-2.
double ramp(double power) {
    return 2.3 - std::clamp((power + 4) / 2, 0.0, 1.0) + explosion(power);
}

/// From 2.3 down to 1.3, most steeply at the rate 1e-2.
double step(double power) {
    return 2.3 - 1 / (1 + std::exp(-6 * (power + 2))) + explosion(power);
}

// Where these curves are within a tenth of their fall from the minimum: from the powers -2.2 and -1.634 on, up to where
// the explosion has reached a tenth.
const double floor_of_ramp = std::pow(10.0, (-2.2 - 0.268) / 2);
const double floor_of_step = std::pow(10.0, (-1.634 - 0.268) / 2);

/// How many powers of ten a suggestion is off.
double off(const Curve& curve, double right) {
    return std::abs(std::log10(tr::suggest_learning_rate(curve).max_lr / right));
}

Curve with_first_loss(Curve curve, double first) {
    curve.front().loss = curve.front().smoothed = first;
    for (std::size_t i = 1; i < curve.size(); ++i)
        curve[i].smoothed = 0.05 * curve[i].loss + 0.95 * curve[i - 1].smoothed;
    return curve;
}

} // namespace

TEST_CASE("The valley's rate is the middle of its floor, whatever its form") {
    CHECK(off(curve_of(ramp), floor_of_ramp) < 0.1);
    CHECK(off(curve_of(step), floor_of_step) < 0.1);
    CHECK(off(curve_of(ramp, 400), floor_of_ramp) < 0.07);
    // As steep behind the minimum as before it.
    CHECK(off(curve_of([](double power) { return 2.3 - std::max(0.0, 1.0 - std::abs(power + 3) / 2); }), 1e-3) < 0.1);
    const tr::LrSuggestion found = tr::suggest_learning_rate(curve_of(ramp));
    CHECK(found.min_lr == doctest::Approx(found.max_lr / 100));
    CHECK(curve_of(ramp)[found.index].learning_rate == found.max_lr);
    CHECK(tr::suggest_learning_rate(curve_of(ramp), tr::LrRule::valley, 25).min_lr ==
          doctest::Approx(found.max_lr / 25));
}

TEST_CASE("A curve that breaks off on the valley's floor ends it") {
    Curve curve = curve_of(ramp);
    std::erase_if(curve, [](const tr::LrFinderPoint& point) { return point.learning_rate > 5e-2; });
    CHECK(off(curve, std::pow(10.0, (-2.2 - 1.3) / 2)) < 0.1);
    CHECK(tr::suggest_learning_rate(plain({2.0, 1.0})).index == 1);
}

TEST_CASE("A single high first loss misleads the steepest rule, not the valley") {
    for (const double first : {3.0, 6.0, 100.0}) {
        CAPTURE(first);
        CHECK(tr::suggest_learning_rate(with_first_loss(curve_of(step), first)).index ==
              tr::suggest_learning_rate(curve_of(step)).index);
        CHECK(off(with_first_loss(curve_of(ramp), first), floor_of_ramp) < 0.1);
    }
    CHECK(tr::suggest_learning_rate(with_first_loss(curve_of(step), 6.0), tr::LrRule::steepest).max_lr < 2e-6);
}

TEST_CASE("The valley is found in noise, with wild losses among it") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        std::normal_distribution<double> normal;
        const auto noisy = [&](auto loss, double deviation) {
            return curve_of([&](double power) { return loss(power) + deviation * normal(random); });
        };
        CHECK(off(noisy(ramp, 0.1), floor_of_ramp) < 0.35);
        CHECK(off(noisy(step, 0.1), floor_of_step) < 0.35);
        CHECK(off(noisy(ramp, 0.3), floor_of_ramp) < 0.8);
        CHECK(off(noisy(step, 0.3), floor_of_step) < 0.8);
        int count = 0;
        const auto wild = [&](double power) { return step(power) + (count++ % 11 == 0 ? 3.0 : 0.0); };
        CHECK(off(noisy(wild, 0.1), floor_of_step) < 0.35);
    }
}

TEST_CASE("What comes behind the minimum does not count for the valley") {
    // A fall around 1e-4, a rise from 1e-2 on, and a second, steeper fall that does not come as low.
    const auto loss = [](double power) {
        return 2.3 - std::clamp(power + 4.5, 0.0, 1.0) + std::clamp(power + 2, 0.0, 1.0) -
               0.8 * std::clamp(4 * (power + 0.5), 0.0, 1.0);
    };
    CHECK(off(curve_of(loss), std::pow(10.0, (-3.6 - 1.9) / 2)) < 0.15);
}

TEST_CASE("The steepest rule takes the rate where the average falls most steeply over the rate's logarithm") {
    std::vector<double> losses;
    for (int i = 0; i < 121; ++i)
        losses.push_back(1 + 1 / (1 + std::exp(0.15 * (i - 60))) + std::pow(10.0, (i - 114) / 5.0));
    const tr::LrSuggestion found = tr::suggest_learning_rate(plain(losses), tr::LrRule::steepest);
    CHECK(found.index == 60);
    CHECK(found.min_lr == doctest::Approx(found.max_lr / 100));
}

TEST_CASE("A steeper fall behind the minimum is not suggested by the steepest rule") {
    std::vector<double> losses{2.0, 1.8, 1.0, 5.0, 1.5, 1.4};
    CHECK(tr::suggest_learning_rate(plain(losses), tr::LrRule::steepest).index == 1);
    losses.back() = 0.9; // now the second fall leads to the minimum
    CHECK(tr::suggest_learning_rate(plain(losses), tr::LrRule::steepest).index == 4);
}

TEST_CASE("Without any fall of the loss no rule has a suggestion") {
    for (const tr::LrRule rule : {tr::LrRule::valley, tr::LrRule::steepest}) {
        const auto complaint = [&](const Curve& curve) {
            return error_of([&] { tr::suggest_learning_rate(curve, rule); });
        };
        CHECK(holds(complaint(curve_of([](double) { return 2.0; })), "the loss never fell"));
        CHECK(holds(complaint(curve_of([](double power) { return 9.0 + power; })), "the loss never fell"));
        CHECK(holds(complaint({}), "the loss never fell below its first values"));
        CHECK(holds(complaint(plain({2.0})), "the loss never fell"));
    }
    CHECK(holds(error_of([] {
                    tr::suggest_learning_rate(plain({2.0, 1.0, 1.5, 1.2}), tr::LrRule::steepest);
                }),
                "the loss never fell below its first values"));
}
