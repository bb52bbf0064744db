#include "numbers.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

const Numbers& torchvision() {
    static const Numbers numbers("transforms");
    return numbers;
}

/// An image of torchvision's, which a transform may change.
struct Image {
    explicit Image(const std::string& name) {
        const std::vector<double> numbers = torchvision()(name);
        const auto& shape = torchvision().shape(name);
        values.assign(numbers.begin(), numbers.end());
        height = static_cast<int>(shape[0]);
        width = static_cast<int>(shape[1]);
        channels = static_cast<int>(shape[2]);
    }

    tr::ImageView view() { return {values, height, width, channels}; }

    std::vector<float> values;
    int height, width, channels;
};

constexpr tr::ChannelValues fill{0.2f, 0.4f, 0.6f};

/// The largest difference between what `change` makes of image `from` and torchvision's `expected`.
double error(const std::string& expected, const std::function<void(tr::ImageView)>& change,
             const std::string& from = "color") {
    Image image(from);
    change(image.view());
    return largest_difference(image.values, torchvision()(expected));
}

/// The tensors whose names start with `prefix` and a slash, and the number that follows it.
std::vector<std::pair<std::string, double>> cases(const std::string& prefix) {
    std::vector<std::pair<std::string, double>> found;
    for (const tr::TensorView* tensor : torchvision().with_prefix(prefix + "/"))
        found.emplace_back(tensor->name, std::strtod(tensor->name.c_str() + prefix.size() + 1, nullptr));
    REQUIRE(!found.empty());
    return found;
}

tr::Picture picture() {
    const std::vector<double> pixels = torchvision()("picture");
    tr::Picture result = tr::Picture::of_size(8, 11);
    std::transform(pixels.begin(), pixels.end(), result.pixels.begin(),
                   [](double value) { return static_cast<std::uint8_t>(value); });
    return result;
}

tr::RandomStream stream(std::uint32_t number = 0) {
    return tr::RandomStream{{.seed = 3, .purpose = tr::Purpose::augmentation, .major = 0, .minor = number}};
}

/// Compares the means of height, width, top, left and area over many draws with torchvision's, within five standard
/// errors of both.
template <class Draw>
void check_draws(const std::string& name, Draw draw) {
    constexpr int draws = 100'000;
    const std::vector<double> expected = torchvision()("draws/" + name); // means, then standard deviations
    std::array<double, 5> sums{}, squares{};
    int count = 0;
    for (std::uint32_t i = 0; i < draws; ++i) {
        tr::RandomStream random = stream(i);
        const std::optional<tr::Region> region = draw(random);
        if (!region) continue;
        ++count;
        const std::array<double, 5> values{static_cast<double>(region->height), static_cast<double>(region->width),
                                           static_cast<double>(region->top), static_cast<double>(region->left),
                                           static_cast<double>(region->height) * region->width};
        for (std::size_t k = 0; k < 5; ++k) {
            sums[k] += values[k];
            squares[k] += values[k] * values[k];
        }
    }
    for (std::size_t k = 0; k < 5; ++k) {
        CAPTURE(name);
        CAPTURE(k);
        const double deviation = expected[5 + k];
        const double mean = sums[k] / count;
        CHECK(std::abs(mean - expected[k]) < 5 * deviation * std::sqrt(2.0 / draws));
        CHECK(std::sqrt(squares[k] / count - mean * mean) == doctest::Approx(deviation).epsilon(0.02));
    }
}

} // namespace

TEST_CASE("brightness, contrast, saturation, sharpness and hue change as in torchvision") {
    for (const auto& [name, factor] : cases("brightness"))
        CHECK(error(name, [f = factor](auto image) { adjust_brightness(image, static_cast<float>(f)); }) < 1e-6);
    for (const auto& [name, factor] : cases("contrast"))
        CHECK(error(name, [f = factor](auto image) { adjust_contrast(image, static_cast<float>(f)); }) < 1e-6);
    for (const auto& [name, factor] : cases("saturation"))
        CHECK(error(name, [f = factor](auto image) { adjust_saturation(image, static_cast<float>(f)); }) < 1e-6);
    for (const auto& [name, factor] : cases("sharpness"))
        CHECK(error(name, [f = factor](auto image) { adjust_sharpness(image, static_cast<float>(f)); }) < 1e-6);
    for (const auto& [name, shift] : cases("hue"))
        CHECK(error(name, [f = shift](auto image) { adjust_hue(image, static_cast<float>(f)); }) < 3e-6);
}

TEST_CASE("gray images' contrast and sharpness change as in torchvision") {
    for (const auto& [name, factor] : cases("gray/contrast"))
        CHECK(error(
                  name, [f = factor](auto image) { adjust_contrast(image, static_cast<float>(f)); }, "gray") < 1e-6);
    for (const auto& [name, factor] : cases("gray/sharpness"))
        CHECK(error(
                  name, [f = factor](auto image) { adjust_sharpness(image, static_cast<float>(f)); }, "gray") < 1e-6);
}

TEST_CASE("posterize, solarize, autocontrast and equalize give torchvision's values") {
    for (const auto& [name, bits] : cases("posterize"))
        CHECK(error(name, [b = bits](auto image) { tr::posterize(image, static_cast<int>(b)); }) == 0.0);
    for (const auto& [name, threshold] : cases("solarize"))
        CHECK(error(name, [t = threshold](auto image) { tr::solarize(image, static_cast<float>(t)); }) == 0.0);
    CHECK(error("autocontrast", tr::autocontrast, "autocontrast_of") < 1e-6);
    CHECK(error("equalize", tr::equalize, "large") < 1e-7);
    CHECK(error("equalize_few", tr::equalize, "color") < 1e-7);
}

TEST_CASE("images are turned, sheared and moved as in torchvision, by nearest pixels and bilinearly") {
    for (const tr::Interpolation kind : {tr::Interpolation::nearest, tr::Interpolation::bilinear}) {
        const std::string text = kind == tr::Interpolation::nearest ? "nearest" : "bilinear";
        const auto way = [&](const std::string& operation) { return operation + "/" + text; };
        for (const auto& [name, angle] : cases(way("rotate")))
            CHECK(error(name, [&, a = angle](auto image) { tr::rotate(image, a, kind, fill); }) < 1e-6);
        for (const auto& [name, angle] : cases(way("gray/rotate")))
            CHECK(error(
                      name, [&, a = angle](auto image) { tr::rotate(image, a, kind, {0.7f}); }, "gray") < 1e-6);
        for (const auto& [name, slope] : cases(way("ShearX")))
            CHECK(error(name, [&, s = slope](auto image) { tr::shear_x(image, s, kind, fill); }) < 1e-6);
        for (const auto& [name, slope] : cases(way("ShearY")))
            CHECK(error(name, [&, s = slope](auto image) { tr::shear_y(image, s, kind, fill); }) < 1e-6);
    }
    for (const auto& [name, pixels] : cases("TranslateX"))
        CHECK(error(name, [p = pixels](auto image) { tr::translate(image, static_cast<int>(p), 0, fill); }) == 0.0);
    for (const auto& [name, pixels] : cases("TranslateY"))
        CHECK(error(name, [p = pixels](auto image) { tr::translate(image, 0, static_cast<int>(p), fill); }) == 0.0);
}

TEST_CASE("TrivialAugment and RandAugment have torchvision's magnitudes") {
    const auto check = [](const std::string& name, const tr::AugmentLimits& limits) {
        const std::vector<double> expected = torchvision()("magnitudes/" + name);
        REQUIRE(expected.size() == tr::augment_operations * 31);
        for (int i = 0; i < tr::augment_operations; ++i)
            for (int level = 0; level < 31; ++level) {
                CAPTURE(i);
                CAPTURE(level);
                const auto operation = static_cast<tr::AugmentOperation>(i);
                double magnitude = expected[static_cast<std::size_t>(31 * i + level)];
                if (operation == tr::AugmentOperation::translate_x || operation == tr::AugmentOperation::translate_y)
                    magnitude = std::trunc(magnitude + 1e-5); // its 16 is 15.999999, by which it moves images by 15
                CHECK(tr::augment_magnitude(operation, level, 31, limits) == doctest::Approx(magnitude).epsilon(1e-6));
            }
    };
    check("trivial", tr::TrivialAugment::limits);
    check("rand", tr::RandAugment::limits(48, 36));
}

TEST_CASE("pictures are resized to torchvision's numbers, whole or a region of them") {
    const auto check = [](const std::string& name, const tr::Picture& found) {
        CAPTURE(name);
        const std::vector<double> expected = torchvision()(name);
        CHECK(largest_difference(found.pixels, expected) < 0.5 + 1e-4); // rounded to a byte
    };
    for (const auto& [height, width] : {std::array{5, 4}, {20, 13}, {3, 9}, {11, 8}, {1, 1}}) {
        const std::string size = std::to_string(height) + "x" + std::to_string(width);
        const tr::Picture found = tr::resize(picture(), width, height);
        check("resize/" + size, found);
        CHECK(largest_difference(found.pixels, torchvision()("resize_pillow/" + size)) <= 1.0);
    }
    check("resized_crop/2_1_7_5", tr::resize(picture(), {.left = 1, .top = 2, .width = 5, .height = 7}, 6, 4));
    check("resized_crop/0_0_11_3", tr::resize(picture(), {.left = 0, .top = 0, .width = 3, .height = 11}, 6, 4));
    check("resized_crop/10_7_1_1", tr::resize(picture(), {.left = 7, .top = 10, .width = 1, .height = 1}, 6, 4));
}

TEST_CASE("CenterCrop and Resize take the pixels and sizes that torchvision takes") {
    tr::RandomStream random = stream();
    for (const auto& [height, width] : {std::array{4, 5}, {5, 4}, {6, 3}, {20, 5}, {9, 13}}) {
        const std::string name = "center_crop/" + std::to_string(height) + "x" + std::to_string(width);
        const tr::Picture found = tr::CenterCrop{.height = height, .width = width}(picture(), random);
        CHECK(found.height == height);
        CHECK(largest_difference(found.pixels, torchvision()(name)) == 0.0);
    }
    const std::vector<double> sides = torchvision()("resize_sides");
    for (std::size_t i = 0; i < sides.size(); i += 4) {
        const tr::Picture found = tr::Resize{.size = 13}(
            tr::Picture::of_size(static_cast<int>(sides[i + 1]), static_cast<int>(sides[i])), random);
        CHECK(found.height == static_cast<int>(sides[i + 2]));
        CHECK(found.width == static_cast<int>(sides[i + 3]));
    }
}

TEST_CASE("MixUp and CutMix mix images and targets as in torchvision") {
    struct Mixed {
        std::vector<float> images, targets;
        tr::BatchView view() { return {images, targets, 4, 5, 6, 3}; }
    };
    const auto mixed = [] {
        const std::vector<double> images = torchvision()("batch"), labels = torchvision()("labels");
        Mixed batch{{images.begin(), images.end()}, std::vector<float>(12)};
        for (std::size_t i = 0; i < 4; ++i) batch.targets[3 * i + static_cast<std::size_t>(labels[i])] = 1.0f;
        return batch;
    };
    for (const std::string share : {"0.25", "0.9"}) {
        Mixed batch = mixed();
        tr::mix_with_previous(batch.images, 4, std::stod(share));
        tr::mix_with_previous(batch.targets, 4, std::stod(share));
        CHECK(largest_difference(batch.images, torchvision()("mix_up/" + share + "/images")) < 1e-6);
        CHECK(largest_difference(batch.targets, torchvision()("mix_up/" + share + "/targets")) < 1e-6);
    }
    const std::vector<double> boxes = torchvision()("cut_mix/boxes");
    for (std::size_t i = 0; const std::string share : {"0.3", "0.75", "0.05", "0.999"}) {
        const auto box = [&, first = 7 * i++](std::size_t k) { return static_cast<int>(boxes[first + k]); };
        const tr::Region region = tr::CutMix::region(5, 6, std::stod(share), box(1), box(2));
        CHECK(region == tr::Region{.left = box(3), .top = box(4), .width = box(5), .height = box(6)});
        Mixed batch = mixed();
        tr::CutMix::paste(batch.view(), region);
        CHECK(largest_difference(batch.images, torchvision()("cut_mix/" + share + "/images")) == 0.0);
        CHECK(largest_difference(batch.targets, torchvision()("cut_mix/" + share + "/targets")) < 1e-6);
    }
}

TEST_CASE("RandomResizedCrop and RandomErasing draw torchvision's rectangles") {
    const tr::RandomResizedCrop crop;
    check_draws("random_resized_crop",
                [&](tr::RandomStream& random) { return std::optional{crop.draw(random, 48, 60)}; });
    check_draws("random_resized_crop_flat",
                [&](tr::RandomStream& random) { return std::optional{crop.draw(random, 40, 160)}; });
    check_draws("random_erasing", [&](tr::RandomStream& random) { return tr::RandomErasing{}.draw(random, 32, 24); });
}
