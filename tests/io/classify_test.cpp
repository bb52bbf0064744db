#include "image_files.hpp"

#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/transforms/center_crop.hpp"
#include "tinyres/data/transforms/resize.hpp"
#include "tinyres/io/classify.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/state_dict.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

template <class... Last>
using NetEndingIn = tr::Network<tr::Image<3, 4, 6>, tr::Flatten, tr::Linear<3>, Last...>;

tr::ClassifierNotes notes_of(int height, int width, const std::string& fit) {
    return {.network = "small",
            .channels = 3,
            .height = height,
            .width = width,
            .mean = {0.5f, 0.25f, 0.125f},
            .deviation = {0.5f, 0.25f, 2.0f},
            .class_names = {"a", "b", "c"},
            .fit = fit};
}

/// A model with few weights, so that its outputs are known: class k gets `outputs[k]` whatever the picture.
template <class Net>
tr::Model<Net, tr::Reference<float>> model_that_says(std::array<float, 3> outputs) {
    tr::Model<Net, tr::Reference<float>> model;
    std::vector<tr::NamedTensor> state = tr::state_dict(model);
    for (tr::NamedTensor& tensor : state) {
        std::ranges::fill(tensor.values, 0.0f);
        if (tensor.shape.size() == 1) tensor.values.assign(outputs.begin(), outputs.end());
    }
    tr::load_state_dict(model, std::span<const tr::NamedTensor>(state));
    return model;
}

} // namespace

TEST_CASE("A picture is fitted by its middle, or stretched") {
    const tr::Picture wide = colorful_picture(60, 20);
    CHECK(tr::center_region(wide, 10, 10) == tr::Region{.left = 20, .top = 0, .width = 20, .height = 20});
    CHECK(tr::center_region(wide, 20, 10) == tr::Region{.left = 10, .top = 0, .width = 40, .height = 20});
    CHECK(tr::center_region(wide, 10, 20) == tr::Region{.left = 25, .top = 0, .width = 10, .height = 20});
    CHECK(tr::center_region(wide, 70, 10) == tr::Region{.left = 0, .top = 5, .width = 60, .height = 9});

    CHECK(tr::fit_picture(wide, notes_of(10, 10, "crop")).pixels == tr::resize(tr::center_square(wide), 10, 10).pixels);
    CHECK(tr::fit_picture(wide, notes_of(10, 10, "stretch")).pixels == tr::resize(wide, 10, 10).pixels);
}

TEST_CASE("A crop is what resizing the shorter side and cutting the middle gives, but for rounding") {
    tr::RandomStream nothing{{}};
    const tr::Picture tall = [] { // smooth, so that a fraction of a pixel does not matter
        tr::Picture picture = tr::Picture::of_size(90, 160);
        for (int y = 0; y < 160; ++y)
            for (int x = 0; x < 90; ++x) picture.pixel(x, y)[1] = static_cast<std::uint8_t>(x + y);
        return picture;
    }();
    const tr::Picture other = tr::CenterCrop{30, 30}(tr::Resize{30}(tall, nothing), nothing);
    const tr::Picture fitted = tr::fit_picture(tall, notes_of(30, 30, "crop"));
    for (std::size_t i = 0; i < other.pixels.size(); ++i) CHECK(std::abs(other.pixels[i] - fitted.pixels[i]) <= 3);
}

TEST_CASE("The smallest and the longest pictures fit") {
    for (const char* fit : {"crop", "stretch"})
        for (const auto& [width, height] : {std::pair{1, 1}, std::pair{30000, 1}, std::pair{1, 30000}}) {
            const tr::Picture fitted = tr::fit_picture(tr::Picture::of_size(width, height), notes_of(7, 9, fit));
            CHECK(fitted.width == 9);
            CHECK(fitted.height == 7);
        }
}

TEST_CASE("A classifier's input is the fitted picture, normalized, and gray for one channel") {
    const tr::Picture picture = colorful_picture(30, 20);
    tr::ClassifierNotes notes = notes_of(4, 6, "stretch");
    const tr::Picture fitted = tr::resize(picture, 6, 4);
    const std::vector<float> colors = tr::classifier_input(picture, notes);
    REQUIRE(colors.size() == 4 * 6 * 3);
    CHECK(colors[1] == doctest::Approx((fitted.pixels[1] / 255.0 - 0.25) / 0.25));
    CHECK(colors[71] == doctest::Approx((fitted.pixels[71] / 255.0 - 0.125) / 2.0));

    notes.channels = 1;
    notes.mean = {0.5f};
    notes.deviation = {0.25f};
    const std::vector<float> gray = tr::classifier_input(picture, notes);
    REQUIRE(gray.size() == 4 * 6);
    CHECK(gray[5] == doctest::Approx((tr::luminance(fitted)[5] / 255.0 - 0.5) / 0.25));
}

TEST_CASE("Logits, log-probabilities and probabilities rank the classes alike") {
    const auto check = [](const auto& model) {
        const auto classes = tr::classify(model, notes_of(4, 6, "crop"), colorful_picture(8, 8));
        REQUIRE(classes.size() == 3);
        CHECK(classes[0].name == "b");
        CHECK(classes[0].label == 1);
        CHECK(classes[0].probability == doctest::Approx(std::exp(3.0) / (std::exp(3.0) + 2 * std::exp(1.0))));
        CHECK(classes[1].name == "a"); // as likely as "c", and before it
        CHECK(classes[2].name == "c");
    };
    const std::array outputs{1.0f, 3.0f, 1.0f};
    check(model_that_says<NetEndingIn<>>(outputs));
    check(model_that_says<NetEndingIn<tr::LogSoftmax>>(outputs));
    check(model_that_says<NetEndingIn<tr::Softmax>>(outputs));
}

TEST_CASE("Large logits become probabilities without overflow") {
    const std::vector<float> probabilities = tr::softmax_of(std::array{3e38f, -3e38f, 3e38f});
    CHECK(probabilities == std::vector<float>{0.5f, 0.0f, 0.5f});
}

TEST_CASE("Notes of another network are refused, and so are outputs that are not finite") {
    const tr::Picture picture = colorful_picture(8, 8);
    const auto model = model_that_says<NetEndingIn<>>({0.0f, 0.0f, 0.0f});
    CHECK(holds(
        error_of([&] { tr::classify(model, notes_of(6, 4, "crop"), picture); }),
        "takes 3 x 4 x 6 (channels, height, width) and has 3 classes, the weights are of one that takes 3 x 6 x 4"));
    tr::ClassifierNotes two = notes_of(4, 6, "crop");
    two.class_names.pop_back();
    CHECK(holds(error_of([&] { tr::classify(model, two, picture); }), "has 2 classes"));
    const auto broken = model_that_says<NetEndingIn<>>({0.0f, std::numeric_limits<float>::quiet_NaN(), 0.0f});
    CHECK(holds(error_of([&] { tr::classify(broken, notes_of(4, 6, "crop"), picture); }), "not finite"));
}
