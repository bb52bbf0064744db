#include "tinyres/data/dataset.hpp"
#include "tinyres/model/batch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace tr = tinyres;

TEST_CASE("a data set knows its size and finds its images") {
    const tr::Dataset dataset{.name = "two",
                              .height = 1,
                              .width = 2,
                              .channels = 3,
                              .images = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                              .labels = {4, 5},
                              .class_names = {}};
    CHECK(dataset.size() == 2);
    CHECK(dataset.image_size() == 6);
    CHECK(dataset.image(0).front() == 1);
    CHECK(dataset.image(1).front() == 7);
    CHECK(dataset.image(1).size() == 6);
    CHECK_FALSE(dataset.synthetic);
    CHECK(dataset.label(1) == 5);
    std::vector<float> pixels(6);
    tr::RandomStream random{{}};
    const std::uint32_t first = tr::RandomStream{random}.word();
    dataset.read(1, pixels, random);
    CHECK(pixels == std::vector{7 / 255.0f, 8 / 255.0f, 9 / 255.0f, 10 / 255.0f, 11 / 255.0f, 12 / 255.0f});
    CHECK(random.word() == first); // nothing was drawn
}

TEST_CASE("a batch is as large as its labels are many") {
    const std::vector<std::int32_t> labels{1, 2, 3};
    CHECK(tr::Batch{.images = {}, .labels = labels}.size() == 3);
    CHECK(tr::Batch{}.size() == 0);
}
