#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/data/transforms/transform.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tinyres_test {

/// An image whose values are all different.
struct TestImage {
    int height;
    int width;
    int channels;
    std::vector<float> values;

    TestImage(int h, int w, int c)
        : height(h), width(w), channels(c), values(static_cast<std::size_t>(h) * static_cast<std::size_t>(w * c)) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0f + static_cast<float>(i);
    }

    float& at(int y, int x, int c) { return values[static_cast<std::size_t>((y * width + x) * channels + c)]; }
    tinyres::ImageView view() { return {values, height, width, channels}; }
    bool operator==(const TestImage&) const = default;
};

inline tinyres::RandomStream stream(std::uint32_t number = 0) {
    return tinyres::RandomStream{{.seed = 3, .purpose = tinyres::Purpose::augmentation, .major = 0, .minor = number}};
}

template <class T>
TestImage transformed(const T& transform, TestImage image, std::uint32_t number = 0) {
    tinyres::RandomStream random = stream(number);
    transform(image.view(), random);
    return image;
}

/// What the transform says about images of this size; nothing if it takes them.
template <class T>
std::string complaint(const T& transform, int height = 32, int width = 32, int channels = 3) {
    try {
        tinyres::validate_transform(transform, height, width, channels);
    } catch (const tinyres::Error& error) {
        return error.what();
    }
    return {};
}

} // namespace tinyres_test
