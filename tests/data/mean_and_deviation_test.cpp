#include "error_of.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/mean_and_deviation.hpp"
#include "tinyres/data/synthetic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

TEST_CASE("mean and deviation are those of all pixels, for each channel") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 150);
    const tr::MeanAndDeviation found = tr::mean_and_deviation(dataset);
    REQUIRE(found.mean.size() == 3);
    REQUIRE(found.deviation.size() == 3);
    for (std::size_t channel = 0; channel < 3; ++channel) {
        long double sum = 0.0L, squares = 0.0L;
        const auto count = static_cast<long double>(dataset.images.size() / 3);
        for (std::size_t i = channel; i < dataset.images.size(); i += 3) {
            const long double value = dataset.images[i] / 255.0f;
            sum += value;
            squares += value * value;
        }
        const long double mean = sum / count;
        CHECK(std::abs(found.mean[channel] - static_cast<double>(mean)) < 1e-14);
        CHECK(std::abs(found.deviation[channel] - static_cast<double>(std::sqrt(squares / count - mean * mean))) <
              1e-13);
    }
    const tr::Normalize normalize = found.normalization();
    CHECK(normalize.mean[1] == static_cast<float>(found.mean[1]));
    CHECK(normalize.std[2] == static_cast<float>(found.deviation[2]));
}

TEST_CASE("mean and deviation are the same bits for any number of threads") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 200);
    const tr::MeanAndDeviation one = tr::mean_and_deviation(dataset);
    for (const int threads : {2, 3, 16}) {
        const tr::MeanAndDeviation several = tr::mean_and_deviation(dataset, threads);
        CHECK(several.mean == one.mean);
        CHECK(several.deviation == one.deviation);
    }
}

TEST_CASE("images of one color have no deviation, and close ones a small one") {
    tr::FloatDataset dataset{.height = 1, .width = 2, .channels = 1, .images = {}, .labels = {}};
    dataset.images.assign(200, 0.7f);
    dataset.labels.assign(100, 0);
    CHECK(tr::mean_and_deviation(dataset).deviation[0] == 0.0);
    for (std::size_t i = 0; i < 200; ++i) dataset.images[i] = i % 2 == 0 ? 1000.0f : 1000.0f + 0x1p-12f;
    const tr::MeanAndDeviation close = tr::mean_and_deviation(dataset);
    CHECK(close.mean[0] == 1000.0 + 0x1p-13);
    CHECK(std::abs(close.deviation[0] / 0x1p-13 - 1.0) < 1e-9); // squares minus the mean's would leave no digit
}

TEST_CASE("mean and deviation refuse what has no pixels and pass on what a set throws") {
    CHECK(holds(error_of([] { static_cast<void>(tr::mean_and_deviation(tr::Dataset{.name = "none"})); }),
                "mean_and_deviation: data set 'none' has no pixels; "));
    tr::Dataset odd = tr::make_synthetic(tr::Split::train, 2);
    odd.images.pop_back();
    CHECK(holds(error_of([&] { static_cast<void>(tr::mean_and_deviation(odd)); }), "make them agree"));
    struct Failing : tr::Dataset {
        void read(int, std::span<float>, tr::RandomStream&) const { throw std::runtime_error("the disk is gone"); }
    } failing;
    static_cast<tr::Dataset&>(failing) = tr::make_synthetic(tr::Split::train, 100);
    CHECK_THROWS_WITH_AS(static_cast<void>(tr::mean_and_deviation(failing, 3)), "the disk is gone", std::runtime_error);
    tr::MeanAndDeviation wide{.mean = std::vector(5, 0.0), .deviation = std::vector(5, 1.0)};
    CHECK(holds(error_of([&] { static_cast<void>(wide.normalization()); }), "5 channels"));
}
