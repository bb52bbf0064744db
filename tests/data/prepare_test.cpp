#include "error_of.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/prepare.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("prepared bytes are scaled to [0, 1] and normalized, each channel by its own numbers") {
    const std::vector<std::uint8_t> bytes{0, 51, 255, 102};
    const tr::Normalize normalization{.mean = {0.5f, 0.25f}, .std = {0.5f, 2.0f}};
    const std::vector<float> numbers = tr::prepare_images(bytes, normalization, 2);
    REQUIRE(numbers.size() == 4);
    CHECK(numbers[0] == -1.0f);
    CHECK(numbers[1] == doctest::Approx((0.2 - 0.25) / 2.0));
    CHECK(numbers[2] == 1.0f);
    CHECK(numbers[3] == doctest::Approx((0.4 - 0.25) / 2.0));
    CHECK(tr::prepare_images({}, normalization, 2).empty());
}

TEST_CASE("one prepared image, or several at once, are what a loader makes of them, to the bit") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, 3);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 3}};
    const std::vector<float> all = tr::prepare_images(images.images, tr::cifar10_normalization());
    const std::vector<float> second = tr::prepare_images(images.image(1), tr::cifar10_normalization());
    for (const tr::Batch& batch : loader.epoch(0)) {
        CHECK(std::ranges::equal(batch.images, all));
        CHECK(std::ranges::equal(batch.images.subspan(images.image_size(), images.image_size()), second));
    }
}

TEST_CASE("what is no image or cannot be normalized is refused") {
    const std::vector<std::uint8_t> bytes(10);
    const auto complaint = [&](const tr::Normalize& normalization, int channels) {
        return error_of([&] { tr::prepare_images(bytes, normalization, channels); });
    };
    CHECK(complaint({}, 2) == "no error");
    CHECK(holds(complaint({}, 3), "10 bytes are no pixels of 3 channels"));
    CHECK(holds(complaint({}, 0), "no pixels of 0 channels"));
    CHECK(holds(complaint({}, 5), "the images have 5 channels"));
    CHECK(holds(complaint({.std = {1.0f, 0.0f}}, 2), "the standard deviation of channel 1"));
}
