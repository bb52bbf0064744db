#include "tinyres/random/distributions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tr = tinyres;

namespace {

/// Mean and variance of many numbers.
struct Moments {
    double mean = 0.0;
    double variance = 0.0;
    double least = 0.0;
    double greatest = 0.0;
};

constexpr int draws = 100'000;

template <class Draw>
Moments moments(std::uint32_t number, Draw draw) {
    tr::RandomStream random{{.seed = 11, .purpose = tr::Purpose::mixing, .major = number, .minor = 0}};
    double sum = 0.0, squares = 0.0;
    Moments found{.least = 1e300, .greatest = -1e300};
    for (int i = 0; i < draws; ++i) {
        const double value = draw(random);
        sum += value;
        squares += value * value;
        found.least = std::min(found.least, value);
        found.greatest = std::max(found.greatest, value);
    }
    found.mean = sum / draws;
    found.variance = squares / draws - found.mean * found.mean;
    return found;
}

} // namespace

TEST_CASE("normal numbers have mean 0, variance 1 and kurtosis 3") {
    const Moments found = moments(0, [](tr::RandomStream& random) { return tr::standard_normal(random); });
    CHECK(std::abs(found.mean) < 5 * std::sqrt(1.0 / draws));
    CHECK(std::abs(found.variance - 1.0) < 5 * std::sqrt(2.0 / draws));
    const Moments fourth =
        moments(1, [](tr::RandomStream& random) { return std::pow(tr::standard_normal(random), 4.0); });
    CHECK(std::abs(fourth.mean - 3.0) < 5 * std::sqrt(96.0 / draws)); // E x^8 = 105
}

TEST_CASE("gamma numbers have their shape as mean and as variance, below 1 too") {
    std::uint32_t number = 10;
    for (const double shape : {0.3, 0.9, 1.0, 2.5, 40.0}) {
        CAPTURE(shape);
        const Moments found =
            moments(number++, [&](tr::RandomStream& random) { return std::exp(tr::log_gamma_variate(random, shape)); });
        CHECK(found.least >= 0.0);
        CHECK(std::abs(found.mean - shape) < 5 * std::sqrt(shape / draws));
        // The fourth central moment is 3 shape^2 + 6 shape.
        CHECK(std::abs(found.variance - shape) < 5 * std::sqrt((2 * shape * shape + 6 * shape) / draws));
    }
}

TEST_CASE("beta numbers lie in [0, 1] and have the distribution's mean and variance") {
    std::uint32_t number = 20;
    for (const auto& [a, b] : {std::pair{1.0, 1.0}, {0.2, 0.2}, {8.0, 8.0}, {0.5, 3.0}, {0.001, 0.001}}) {
        CAPTURE(a);
        const Moments found =
            moments(number++, [&](tr::RandomStream& random) { return tr::beta_variate(random, a, b); });
        const double variance = a * b / ((a + b) * (a + b) * (a + b + 1.0));
        CHECK(found.least >= 0.0);
        CHECK(found.greatest <= 1.0);
        CHECK(std::abs(found.mean - a / (a + b)) < 5 * std::sqrt(variance / draws));
        CHECK(std::abs(found.variance - variance) < 5 * std::sqrt(variance / draws)); // squares vary less than numbers
    }
}

TEST_CASE("Beta(1, 1) is uniform, Beta(0.2, 0.2) lies at the ends") {
    const auto share_below = [](std::uint32_t number, double alpha, double bound) {
        return moments(
                   number,
                   [&](tr::RandomStream& random) { return tr::beta_variate(random, alpha, alpha) < bound ? 1.0 : 0.0; })
            .mean;
    };
    CHECK(std::abs(share_below(30, 1.0, 0.1) - 0.1) < 0.005);
    CHECK(std::abs(share_below(31, 1.0, 0.7) - 0.7) < 0.0075);
    CHECK(std::abs(share_below(32, 0.2, 0.1) - 0.3367) < 0.0075); // the density's integral
}
