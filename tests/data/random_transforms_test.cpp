#include "error_of.hpp"
#include "test_image.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// An image of values in [0, 1).
TestImage image_of(int height, int width, int channels) {
    TestImage image(height, width, channels);
    tr::RandomStream random = stream(1000);
    for (float& value : image.values) value = random.uniform();
    return image;
}

/// Checks that `values` are uniform in [low, high): their bounds, mean and variance, within five standard errors.
void check_uniform(const std::vector<float>& values, double low, double high) {
    double sum = 0.0, squares = 0.0;
    for (const float value : values) {
        const double share = (static_cast<double>(value) - low) / (high - low);
        REQUIRE(share >= -1e-6);
        REQUIRE(share <= 1.0 + 1e-6);
        sum += share;
        squares += (share - 0.5) * (share - 0.5);
    }
    const double count = static_cast<double>(values.size());
    CHECK(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
    CHECK(std::abs(squares / count - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / count));
}

/// Checks that about one in `parts` of `total` are `count`, within five standard deviations.
void check_share(int count, int total, double parts) {
    const double expected = total / parts;
    CHECK(std::abs(count - expected) < 5 * std::sqrt(expected * (1.0 - 1.0 / parts)));
}

} // namespace

TEST_CASE("ColorJitter draws each amount uniformly, and every order equally often") {
    const tr::ColorJitter jitter{.brightness = 0.3f, .contrast = 1.5f, .saturation = 0.8f, .hue = 0.2f};
    std::vector<float> brightness, contrast, saturation, hue;
    std::map<std::array<int, 4>, int> orders;
    constexpr int draws = 24'000;
    for (std::uint32_t i = 0; i < draws; ++i) {
        tr::RandomStream random = stream(i);
        const tr::ColorJitter::Drawn drawn = jitter.draw(random);
        brightness.push_back(drawn.brightness);
        contrast.push_back(drawn.contrast);
        saturation.push_back(drawn.saturation);
        hue.push_back(drawn.hue);
        ++orders[drawn.order];
    }
    check_uniform(brightness, 0.7, 1.3);
    check_uniform(contrast, 0.0, 2.5); // a factor is not negative
    check_uniform(saturation, 0.2, 1.8);
    check_uniform(hue, -0.2, 0.2);
    CHECK(orders.size() == 24);
    for (const auto& [order, count] : orders) check_share(count, draws, 24);
}

TEST_CASE("ColorJitter changes what it has an amount for, in the order drawn") {
    const TestImage image = image_of(5, 4, 3);
    CHECK(transformed(tr::ColorJitter{}, image) == image);

    const tr::ColorJitter jitter{.brightness = 0.9f, .contrast = 0.9f, .saturation = 0.9f, .hue = 0.5f};
    const tr::ColorJitter::Drawn drawn{
        .order = {2, 0, 3, 1}, .brightness = 1.6f, .contrast = 0.5f, .saturation = 0.4f, .hue = 0.3f};
    TestImage found = image, expected = image;
    jitter.apply(found.view(), drawn);
    tr::adjust_saturation(expected.view(), 0.4f);
    tr::adjust_brightness(expected.view(), 1.6f);
    tr::adjust_hue(expected.view(), 0.3f);
    tr::adjust_contrast(expected.view(), 0.5f);
    CHECK(found == expected);

    found = expected = image;
    tr::ColorJitter{.contrast = 0.9f}.apply(found.view(), drawn);
    tr::adjust_contrast(expected.view(), 0.5f);
    CHECK(found == expected);
}

TEST_CASE("contrast, sharpness and tones change in images of two and four channels too") {
    for (const int channels : {2, 4}) {
        TestImage image = image_of(4, 5, channels);
        double sum = 0.0;
        for (const float value : image.values) sum += static_cast<double>(value);
        const float mean = static_cast<float>(sum / static_cast<double>(image.values.size()));
        TestImage contrast = image;
        tr::adjust_contrast(contrast.view(), 0.0f);
        for (const float value : contrast.values) CHECK(value == doctest::Approx(mean));

        // Each channel is what it is by itself.
        const auto change = [](tr::ImageView view) {
            tr::adjust_sharpness(view, 0.3f);
            tr::autocontrast(view);
            tr::rotate(view, 20.0, tr::Interpolation::bilinear, {});
        };
        TestImage together = image;
        change(together.view());
        for (int c = 0; c < channels; ++c) {
            TestImage alone(4, 5, 1);
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 5; ++x) alone.at(y, x, 0) = image.at(y, x, c);
            change(alone.view());
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 5; ++x) CHECK(together.at(y, x, c) == doctest::Approx(alone.at(y, x, 0)));
        }
    }
}

TEST_CASE("RandomRotation turns by an angle drawn between its bounds") {
    const TestImage image = image_of(7, 6, 3);
    const tr::RandomRotation rotation{
        .degrees = 40.0f, .interpolation = tr::Interpolation::bilinear, .fill = {0.1f, 0.2f, 0.3f}};
    for (std::uint32_t i = 0; i < 20; ++i) {
        TestImage expected = image;
        tr::RandomStream random = stream(i);
        tr::rotate(expected.view(), static_cast<double>(80.0f * random.uniform() - 40.0f), rotation.interpolation,
                   rotation.fill);
        const TestImage found = transformed(rotation, image, i);
        for (std::size_t k = 0; k < found.values.size(); ++k)
            CHECK(found.values[k] == doctest::Approx(expected.values[k]).epsilon(1e-4));
    }
    CHECK(transformed(tr::RandomRotation{.degrees = 0.0f}, image) == image);
}

TEST_CASE("RandomErasing erases one rectangle within the image, with its probability") {
    const tr::RandomErasing erasing{
        .probability = 0.4f, .scale = {0.05f, 0.2f}, .ratio = {0.5f, 2.0f}, .fill = {-1.0f, -2.0f, -3.0f}};
    const TestImage image = image_of(20, 24, 3);
    int erased = 0;
    for (std::uint32_t i = 0; i < 4000; ++i) {
        TestImage expected = image;
        tr::RandomStream random = stream(i);
        if (random.uniform() < 0.4f) {
            ++erased;
            const std::optional<tr::Region> region = erasing.draw(random, 20, 24);
            REQUIRE(region);
            REQUIRE(region->left >= 0);
            REQUIRE(region->top >= 0);
            REQUIRE(region->left + region->width <= 24);
            REQUIRE(region->top + region->height <= 20);
            const int area = region->width * region->height;
            CHECK(area > 15); // 24 of 480 pixels, with sides rounded
            CHECK(area < 115);
            for (int y = region->top; y < region->top + region->height; ++y)
                for (int x = region->left; x < region->left + region->width; ++x)
                    for (int c = 0; c < 3; ++c) expected.at(y, x, c) = -1.0f - static_cast<float>(c);
        }
        CHECK(transformed(erasing, image, i) == expected);
    }
    check_share(erased, 4000, 2.5);
}

TEST_CASE("RandomErasing leaves an image alone in which nothing fits, and may show noise") {
    const TestImage image = image_of(4, 4, 1);
    CHECK(transformed(tr::RandomErasing{.probability = 1.0f, .scale = {1.0f, 1.0f}}, image) == image);

    const tr::RandomErasing noisy{.probability = 1.0f, .scale = {0.3f, 0.5f}, .noise = true};
    const TestImage found = transformed(noisy, TestImage(100, 100, 3));
    double sum = 0.0, squares = 0.0;
    int count = 0;
    for (std::size_t i = 0; i < found.values.size(); ++i)
        if (found.values[i] != 1.0f + static_cast<float>(i)) {
            sum += static_cast<double>(found.values[i]);
            squares += static_cast<double>(found.values[i]) * static_cast<double>(found.values[i]);
            ++count;
        }
    CHECK(count > 3 * 2900);
    CHECK(count < 3 * 5100);
    CHECK(std::abs(sum / count) < 5 * std::sqrt(1.0 / count));
    CHECK(std::abs(squares / count - 1.0) < 5 * std::sqrt(2.0 / count));
}

TEST_CASE("AlternatingFlip mirrors each image in every other epoch, half of them in each") {
    const TestImage image = image_of(3, 4, 3);
    TestImage mirrored = image;
    tr::mirror(mirrored.view());
    const auto flips = [&](std::uint64_t seed, std::uint32_t epoch, std::uint32_t number) {
        tr::RandomStream random{{.seed = seed, .purpose = tr::Purpose::augmentation, .major = epoch, .minor = number}};
        const std::uint32_t first = tr::RandomStream(random).word();
        TestImage found = image;
        tr::AlternatingFlip{}(found.view(), random);
        REQUIRE((found == image || found == mirrored));
        CHECK(random.word() == first); // nothing is drawn
        return found == mirrored;
    };
    int in_even = 0, with_other_seed = 0;
    for (std::uint32_t number = 0; number < 2000; ++number) {
        const bool first = flips(1, 0, number);
        for (std::uint32_t epoch = 1; epoch < 5; ++epoch) CHECK(flips(1, epoch, number) == (first == (epoch % 2 == 0)));
        in_even += first;
        with_other_seed += first == flips(2, 0, number);
    }
    check_share(in_even, 2000, 2);
    check_share(with_other_seed, 2000, 2);
}

TEST_CASE("TrivialAugment does one operation of those that it draws equally often, to a random level") {
    const TestImage image = image_of(8, 9, 3);
    std::array<int, tr::augment_operations> counts{};
    std::array<int, 31> levels{};
    int negative = 0, with_sign = 0;
    constexpr int draws = 14'000;
    for (std::uint32_t i = 0; i < draws; ++i) {
        tr::RandomStream random = stream(i);
        const tr::AugmentOperation operation = tr::draw_operation(random);
        ++counts[static_cast<std::size_t>(operation)];
        const int level = random.below(31);
        ++levels[static_cast<std::size_t>(level)];
        const double magnitude =
            tr::draw_sign(random, operation, tr::augment_magnitude(operation, level, 31, tr::TrivialAugment::limits));
        if (tr::has_sign(operation) && magnitude != 0.0) {
            ++with_sign;
            negative += magnitude < 0.0;
        }
        if (i >= 500) continue;
        TestImage expected = image;
        tr::apply_operation(expected.view(), operation, magnitude, tr::Interpolation::nearest, {});
        CHECK(transformed(tr::TrivialAugment{}, image, i) == expected);
    }
    for (const int count : counts) check_share(count, draws, tr::augment_operations);
    for (const int count : levels) check_share(count, draws, 31);
    check_share(negative, with_sign, 2);
}

TEST_CASE("an operation of no magnitude changes nothing, one of the greatest stays within [0, 1]") {
    for (const int channels : {1, 3}) {
        const TestImage image = image_of(20, 21, channels);
        for (int i = 0; i < tr::augment_operations; ++i) {
            const auto operation = static_cast<tr::AugmentOperation>(i);
            for (const int level : {0, 30})
                for (const double sign : {1.0, -1.0}) {
                    if (sign < 0.0 && !tr::has_sign(operation)) continue;
                    TestImage found = image;
                    tr::apply_operation(found.view(), operation,
                                        sign * tr::augment_magnitude(operation, level, 31, tr::TrivialAugment::limits),
                                        tr::Interpolation::bilinear, {});
                    for (const float value : found.values) REQUIRE((value >= 0.0f && value <= 1.0f));
                    CAPTURE(i);
                    CAPTURE(level);
                    if (level == 0 && tr::has_sign(operation)) CHECK(found == image);
                    const bool same = operation == tr::AugmentOperation::identity ||
                                      (operation == tr::AugmentOperation::color && channels == 1);
                    if (level == 30) CHECK((found == image) == same);
                }
        }
    }
}

TEST_CASE("RandAugment does its number of operations, one after the other") {
    const TestImage image = image_of(9, 7, 3);
    CHECK(transformed(tr::RandAugment{.operations = 0}, image) == image);
    const tr::RandAugment three{.operations = 3, .level = 20};
    TestImage expected = image;
    tr::RandomStream random = stream(5);
    for (int i = 0; i < 3; ++i) tr::RandAugment{.operations = 1, .level = 20}(expected.view(), random);
    CHECK(transformed(three, image, 5) == expected);
    CHECK(transformed(three, image, 6) != expected);
}

TEST_CASE(
    "RandomResizedCrop's regions lie within the picture; what none of ten fits becomes the largest in the middle") {
    const tr::RandomResizedCrop crop{.height = 6, .width = 5};
    for (std::uint32_t i = 0; i < 5000; ++i) {
        tr::RandomStream random = stream(i);
        const tr::Region region = crop.draw(random, 31, 40);
        REQUIRE(region.left >= 0);
        REQUIRE(region.top >= 0);
        REQUIRE(region.width >= 1);
        REQUIRE(region.height >= 1);
        REQUIRE(region.left + region.width <= 40);
        REQUIRE(region.top + region.height <= 31);
    }
    tr::RandomStream random = stream();
    const tr::RandomResizedCrop whole{.scale = {1.0f, 1.0f}, .ratio = {0.5f, 2.0f}};
    CHECK(whole.draw(random, 10, 100) == tr::Region{.left = 40, .top = 0, .width = 20, .height = 10});
    CHECK(whole.draw(random, 90, 9) == tr::Region{.left = 0, .top = 36, .width = 9, .height = 18});
    CHECK(crop.draw(random, 1, 1) == tr::Region{.left = 0, .top = 0, .width = 1, .height = 1});
    const tr::Picture found = crop(tr::Picture::of_size(31, 40), random);
    CHECK(found.height == 6);
    CHECK(found.width == 5);
    CHECK(found.pixels.size() == 6 * 5 * 3);
}

TEST_CASE("transforms of pictures become one by Compose") {
    const tr::Compose test{tr::Resize{.size = 8}, tr::CenterCrop{.height = 6, .width = 7}};
    static_assert(tr::PictureTransform<decltype(test)>);
    static_assert(!tr::Transform<decltype(test)>);
    tr::Picture picture = tr::Picture::of_size(24, 16);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<std::uint8_t>(i * i);
    tr::RandomStream random = stream();
    const tr::Picture found = test(picture, random);
    CHECK(found.pixels == tr::CenterCrop{.height = 6, .width = 7}(tr::resize(picture, 12, 8), random).pixels);
    CHECK_NOTHROW(tr::validate_transform(test));
    CHECK(error_of([] {
              tr::validate_transform(tr::Compose{tr::Resize{}, tr::CenterCrop{.height = 0}});
          }).starts_with("CenterCrop: the size is 0 x 224"));
}

TEST_CASE("RandomChoice does each of its transforms equally often") {
    const auto set_to = [](float value) {
        return [value](tr::ImageView image, tr::RandomStream&) {
            for (float& pixel : image.pixels) pixel = value;
        };
    };
    const tr::RandomChoice choice{set_to(1.0f), set_to(2.0f), set_to(3.0f)};
    std::map<float, int> counts;
    for (std::uint32_t i = 0; i < 3000; ++i) ++counts[transformed(choice, TestImage(1, 1, 1), i).values[0]];
    CHECK(counts.size() == 3);
    for (const auto& [value, count] : counts) check_share(count, 3000, 3);
    CHECK(complaint(tr::RandomChoice{tr::FlipLR{}, tr::FlipLR{.probability = 2.0f}}).starts_with("FlipLR"));
}

TEST_CASE("what transforms draw depends on seed, epoch and image, not on the number of threads") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 60);
    const tr::Compose all{tr::ColorJitter{.brightness = 0.4f, .contrast = 0.4f, .saturation = 0.4f, .hue = 0.1f},
                          tr::AlternatingFlip{}, tr::RandomRotation{.interpolation = tr::Interpolation::bilinear},
                          tr::RandomChoice{tr::TrivialAugment{}, tr::RandAugment{}}, tr::RandomErasing{.noise = true}};
    const auto epoch = [&](int threads, std::uint64_t seed, int number) {
        tr::Loader loader{dataset, all, {.batch_size = 7, .seed = seed, .threads = threads}};
        std::vector<float> images;
        for (const tr::Batch& batch : loader.epoch(number))
            images.insert(images.end(), batch.images.begin(), batch.images.end());
        return images;
    };
    const std::vector<float> one = epoch(1, 4, 2);
    CHECK(one == epoch(3, 4, 2));
    CHECK(one != epoch(3, 5, 2));
    CHECK(one != epoch(3, 4, 3));
}

TEST_CASE("random transforms refuse impossible values, each naming itself") {
    for (const float amount : {-0.1f, not_a_number, std::numeric_limits<float>::infinity()}) {
        CHECK(complaint(tr::ColorJitter{.brightness = amount}).starts_with("ColorJitter: the brightness"));
        CHECK(complaint(tr::ColorJitter{.contrast = amount}).starts_with("ColorJitter: the contrast"));
        CHECK(complaint(tr::ColorJitter{.saturation = amount}).starts_with("ColorJitter: the saturation"));
        CHECK(complaint(tr::ColorJitter{.hue = amount}).starts_with("ColorJitter: the hue"));
        CHECK(complaint(tr::RandomRotation{.degrees = amount}).starts_with("RandomRotation: the angle"));
    }
    CHECK(complaint(tr::ColorJitter{.hue = 0.6f}).starts_with("ColorJitter: the hue"));
    CHECK(complaint(tr::ColorJitter{.brightness = 3.0f, .contrast = 0.5f}, 8, 8, 1).empty());
    for (const int channels : {1, 2, 4}) {
        CHECK(complaint(tr::ColorJitter{.saturation = 0.1f}, 8, 8, channels).starts_with("ColorJitter: the images"));
        CHECK(complaint(tr::ColorJitter{.hue = 0.1f}, 8, 8, channels).starts_with("ColorJitter: the images"));
    }
    CHECK(complaint(tr::RandomErasing{.probability = 1.1f}).starts_with("RandomErasing: the probability"));
    for (const tr::FloatRange& scale :
         {tr::FloatRange{-0.1f, 0.3f}, {0.5f, 0.4f}, {0.5f, 1.1f}, {not_a_number, 0.5f}}) {
        CHECK(complaint(tr::RandomErasing{.scale = scale}).starts_with("RandomErasing: the scale"));
        CHECK(error_of([&] {
                  tr::RandomResizedCrop{.scale = scale}.validate();
              }).starts_with("RandomResizedCrop: the scale"));
    }
    for (const tr::FloatRange& ratio : {tr::FloatRange{0.0f, 1.0f}, {2.0f, 1.0f}, {1.0f, not_a_number}})
        CHECK(complaint(tr::RandomErasing{.ratio = ratio}).starts_with("RandomErasing: the ratio"));
    CHECK(complaint(tr::TrivialAugment{.levels = 1}).starts_with("TrivialAugment: the number of levels"));
    CHECK(complaint(tr::RandAugment{.levels = 1}).starts_with("RandAugment: the number of levels"));
    CHECK(complaint(tr::RandAugment{.operations = -1}).starts_with("RandAugment: the number of operations"));
    for (const int level : {-1, 31})
        CHECK(complaint(tr::RandAugment{.level = level}).starts_with("RandAugment: the level"));
    CHECK(complaint(tr::RandAugment{}, 8, 8, 5).starts_with("RandAugment: the images have 5 channels"));
    CHECK(error_of([] { tr::Resize{.size = 0}.validate(); }).starts_with("Resize: the size is 0"));
    CHECK(error_of([] { tr::RandomResizedCrop{.width = -1}.validate(); }).starts_with("RandomResizedCrop: the size"));
    for (const float alpha : {0.0f, -1.0f, not_a_number}) {
        CHECK(error_of([&] { tr::MixUp{.alpha = alpha}.validate(); }).starts_with("MixUp: alpha is"));
        CHECK(error_of([&] { tr::CutMix{.alpha = alpha}.validate(); }).starts_with("CutMix: alpha is"));
    }
}
