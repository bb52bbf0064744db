#include "error_of.hpp"
#include "tinyres/data/class_weights.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/epoch_order.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/transforms/compose.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tr = tinyres;
using tinyres_test::error_of;

namespace {

/// Images of one byte, which is their index.
tr::Dataset with_labels(std::vector<std::int32_t> labels, std::vector<std::string> names = {}) {
    tr::Dataset dataset{.name = "few", .height = 1, .width = 1, .channels = 1, .images = {}, .labels = {}};
    for (std::size_t i = 0; i < labels.size(); ++i) dataset.images.push_back(static_cast<std::uint8_t>(i));
    dataset.labels = std::move(labels);
    dataset.class_names = std::move(names);
    return dataset;
}

/// 3 images of class 0, 1 of class 5 and 96 of class 2, one after the other.
tr::Dataset unequal() {
    std::vector<std::int32_t> labels{0, 0, 0, 5};
    labels.resize(100, 2);
    return with_labels(std::move(labels));
}

std::vector<int> order_of(tr::EpochOrder& order, int epoch) {
    order.begin(epoch);
    return {order.images().begin(), order.images().end()};
}

} // namespace

TEST_CASE("class weights are scikit-learn's balanced ones") {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 1, 2, 2, 2]) is [1, 2, 2/3].
    const std::vector<float> weights = tr::class_weights(with_labels({0, 0, 1, 2, 2, 2}));
    CHECK(weights == std::vector{1.0f, 2.0f, static_cast<float>(2.0 / 3.0)});
    CHECK(tr::class_counts(unequal()) == std::vector{3, 0, 96, 0, 0, 1});
    const std::vector<float> few = tr::class_weights(unequal());
    CHECK(few == std::vector{static_cast<float>(100.0 / 9.0), 0.0f, static_cast<float>(100.0 / 288.0), 0.0f, 0.0f,
                             static_cast<float>(100.0 / 3.0)});
    CHECK(tr::class_weights(with_labels({1, 1}, {"a", "b", "c"})) == std::vector{0.0f, 1.0f, 0.0f});
    CHECK(tr::class_weights(with_labels({})).empty());
}

TEST_CASE("classes are not counted where a label is none") {
    CHECK(error_of([] {
              static_cast<void>(tr::class_counts(with_labels({0, 1, 2}, {"a", "b"})));
          }) == "image 2 of data set 'few' has label 2, which is not a class; make them agree");
    CHECK(error_of([] {
              static_cast<void>(tr::class_weights(with_labels({0, -1})));
          }) == "image 1 of data set 'few' has label -1, which is not a class; make them agree");
}

TEST_CASE("a balanced epoch draws classes equally often, and the images of a class too") {
    const tr::Dataset dataset = unequal();
    tr::EpochOrder order{dataset, 100, {.balanced = true}};
    std::vector<int> drawn(100);
    constexpr int epochs = 300;
    for (int epoch = 0; epoch < epochs; ++epoch)
        for (const int image : order_of(order, epoch)) ++drawn[static_cast<std::size_t>(image)];
    // Six standard deviations of a binomial distribution; PyTorch's WeightedRandomSampler has the same probabilities.
    const auto check = [&](double count, double probability) {
        const double draws = 100.0 * epochs;
        CHECK(std::abs(count - draws * probability) < 6.0 * std::sqrt(draws * probability * (1.0 - probability)));
    };
    for (int image = 0; image < 100; ++image)
        check(drawn[static_cast<std::size_t>(image)], image < 3 ? 1.0 / 9.0 : image == 3 ? 1.0 / 3.0 : 1.0 / 288.0);
}

TEST_CASE("a balanced epoch is fixed by seed and epoch") {
    const tr::Dataset dataset = unequal();
    tr::EpochOrder order{dataset, 100, {.balanced = true, .seed = 3}};
    const std::vector<int> fifth = order_of(order, 5);
    CHECK(order_of(order, 6) != fifth);
    CHECK(order_of(order, 5) == fifth);
    tr::EpochOrder shuffled{dataset, 100, {.shuffle = true, .balanced = true, .seed = 3}};
    CHECK(order_of(shuffled, 5) == fifth);
    tr::EpochOrder other{dataset, 100, {.balanced = true, .seed = 4}};
    CHECK(order_of(other, 5) != fifth);
}

TEST_CASE(
    "a balanced loader keeps to the limit and augments each copy of an image by itself, on any number of threads") {
    const tr::Dataset dataset = unequal();
    const auto add = [](tr::ImageView image, tr::RandomStream& random) { image.pixels[0] += random.uniform(); };
    const auto epoch = [&](int threads) {
        tr::Loader loader{dataset, add, {.batch_size = 4, .balanced = true, .threads = threads, .limit = 20}};
        std::vector<std::pair<std::int32_t, float>> images;
        for (const tr::Batch& batch : loader.epoch(1))
            for (std::size_t i = 0; i < batch.labels.size(); ++i) images.emplace_back(batch.labels[i], batch.images[i]);
        return images;
    };
    auto images = epoch(1);
    CHECK((epoch(3) == images));
    REQUIRE(images.size() == 20);
    CHECK(std::ranges::count(images, 5, &std::pair<std::int32_t, float>::first) > 1); // all of them one image
    std::ranges::sort(images);
    CHECK((std::ranges::adjacent_find(images) == images.end()));
}
