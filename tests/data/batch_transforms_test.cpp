#include "error_of.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

constexpr int classes = 6;

/// Images of 4 x 5 pixels in two channels whose bytes are all 51 x the label, and of label i % 6.
tr::Dataset plain_images(int size) {
    tr::Dataset dataset{.name = "plain",
                        .height = 4,
                        .width = 5,
                        .channels = 2,
                        .images = {},
                        .labels = {},
                        .class_names = {"0", "1", "2", "3", "4", "5"}};
    for (int i = 0; i < size; ++i) {
        dataset.images.insert(dataset.images.end(), dataset.image_size(),
                              static_cast<std::uint8_t>(51 * (i % classes)));
        dataset.labels.push_back(i % classes);
    }
    return dataset;
}

/// All that the batches of an epoch hold.
struct EpochCopy {
    std::vector<float> images, targets;
    std::vector<std::int32_t> labels;
    bool operator==(const EpochCopy&) const = default;
};

template <class Mix>
EpochCopy copy_epoch(const tr::Dataset& dataset, const Mix& mix, int threads, int number, std::uint64_t seed = 1) {
    tr::Loader loader{
        dataset, tr::Compose{}, {.batch_size = 8, .shuffle = true, .seed = seed, .threads = threads}, mix};
    EpochCopy copy;
    for (const tr::Batch& batch : loader.epoch(number)) {
        CHECK(batch.targets.size() == batch.labels.size() * classes);
        copy.images.insert(copy.images.end(), batch.images.begin(), batch.images.end());
        copy.targets.insert(copy.targets.end(), batch.targets.begin(), batch.targets.end());
        copy.labels.insert(copy.labels.end(), batch.labels.begin(), batch.labels.end());
    }
    return copy;
}

/// Checks that targets are distributions which say what the images, whose values are their classes' fifths, are mixed
/// of.
void check_targets(const EpochCopy& epoch, bool every_pixel) {
    constexpr std::size_t values = 4 * 5 * 2;
    for (std::size_t i = 0; i < epoch.labels.size(); ++i) {
        float sum = 0.0f, expected = 0.0f, mean = 0.0f;
        for (std::size_t k = 0; k < classes; ++k) {
            const float target = epoch.targets[classes * i + k];
            CHECK(target >= 0.0f);
            sum += target;
            expected += target * static_cast<float>(k) / 5.0f;
        }
        CHECK(sum == doctest::Approx(1.0));
        for (std::size_t k = 0; k < values; ++k) {
            const float value = epoch.images[values * i + k];
            if (every_pixel) CHECK(value == doctest::Approx(expected));
            mean += value / values;
        }
        CHECK(mean == doctest::Approx(expected));
    }
}

} // namespace

TEST_CASE("a Loader mixes images and makes targets that say of what") {
    const tr::Dataset dataset = plain_images(45); // the last of the batches has 5 images
    const EpochCopy mixed = copy_epoch(dataset, tr::MixUp{}, 1, 0);
    const EpochCopy cut = copy_epoch(dataset, tr::CutMix{}, 1, 0);
    const EpochCopy either = copy_epoch(dataset, tr::RandomChoice{tr::MixUp{}, tr::CutMix{}}, 1, 0);
    CHECK(mixed.labels.size() == 45);
    check_targets(mixed, true);
    check_targets(cut, false);
    check_targets(either, false);
    CHECK(mixed.labels == cut.labels);
    CHECK(mixed.images != cut.images);
}

TEST_CASE("what batches are mixed by depends on seed, epoch and batch, not on the number of threads") {
    const tr::Dataset dataset = plain_images(100);
    const tr::RandomChoice either{tr::MixUp{.alpha = 0.4f}, tr::CutMix{}};
    const EpochCopy one = copy_epoch(dataset, either, 1, 3);
    CHECK(one == copy_epoch(dataset, either, 3, 3));
    CHECK(one.targets != copy_epoch(dataset, either, 3, 4).targets);
    CHECK(one.targets != copy_epoch(dataset, either, 3, 3, 2).targets);
}

TEST_CASE("MixUp draws its share from the beta distribution, another for each batch") {
    const auto share_of_first = [](float alpha, std::uint32_t number) {
        std::vector<float> images{0.0f, 0.0f}, targets{1.0f, 0.0f, 0.0f, 1.0f};
        tr::RandomStream random{{.seed = 9, .purpose = tr::Purpose::mixing, .major = 0, .minor = number}};
        tr::MixUp{.alpha = alpha}({images, targets, 2, 1, 1, 1}, random);
        return static_cast<double>(targets[0]);
    };
    for (const float alpha : {0.2f, 1.0f, 4.0f}) {
        constexpr int draws = 20'000;
        double sum = 0.0, squares = 0.0;
        for (std::uint32_t i = 0; i < draws; ++i) {
            const double share = share_of_first(alpha, i);
            sum += share;
            squares += (share - 0.5) * (share - 0.5);
        }
        const double variance = 0.25 / (2.0 * static_cast<double>(alpha) + 1.0);
        CHECK(std::abs(sum / draws - 0.5) < 5 * std::sqrt(variance / draws));
        CHECK(squares / draws == doctest::Approx(variance).epsilon(0.03));
    }
}

TEST_CASE("CutMix pastes at every place, as much as it says") {
    int middle = 0, corner = 0;
    double pasted = 0.0;
    constexpr int draws = 20'000, height = 12, width = 10;
    for (std::uint32_t i = 0; i < draws; ++i) {
        std::vector<float> images(2 * height * width, 0.0f), targets{1.0f, 0.0f, 0.0f, 1.0f};
        std::fill(images.begin() + height * width, images.end(), 1.0f);
        tr::RandomStream random{{.seed = 9, .purpose = tr::Purpose::mixing, .major = 1, .minor = i}};
        tr::CutMix{}({images, targets, 2, height, width, 1}, random);
        float sum = 0.0f;
        for (int k = 0; k < height * width; ++k) sum += images[static_cast<std::size_t>(k)];
        REQUIRE(sum / (height * width) == doctest::Approx(targets[1]));
        pasted += static_cast<double>(targets[1]);
        middle += images[5 * width + 5] == 1.0f;
        corner += images[0] == 1.0f;
    }
    // What lies outside is cut off, so less than half is pasted, and more in the middle than in the corners.
    CHECK(pasted / draws > 0.2);
    CHECK(pasted / draws < 0.4);
    CHECK(middle > 2 * corner);
    CHECK(corner > 0);
}

TEST_CASE("labels are not mixed without being asked for, nor without class names or by an impossible alpha") {
    tr::Dataset dataset = plain_images(10);
    tr::Loader plain{dataset, tr::Compose{}, {.batch_size = 4}};
    for (const tr::Batch& batch : plain.epoch(0)) CHECK(batch.targets.empty());
    CHECK(error_of([&] {
              tr::Loader(dataset, tr::Compose{}, {.batch_size = 4}, tr::MixUp{.alpha = 0.0f});
          }).starts_with("MixUp: alpha is 0"));
    CHECK(error_of([&] {
              tr::Loader(dataset, tr::Compose{}, {.batch_size = 4},
                         tr::RandomChoice{tr::MixUp{}, tr::CutMix{.alpha = -1.0f}});
          }).starts_with("CutMix: alpha is -1"));
    dataset.class_names.clear();
    CHECK(error_of([&] {
              tr::Loader(dataset, tr::Compose{}, {.batch_size = 4}, tr::MixUp{});
          }).starts_with("Loader: data set 'plain' has no class names"));
    CHECK_NOTHROW(tr::Loader(dataset, tr::Compose{}, {.batch_size = 4}));
}
