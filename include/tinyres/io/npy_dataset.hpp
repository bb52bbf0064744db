#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/io/npy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How an array holds images. One of three dimensions is gray images in either layout.
enum class ArrayLayout {
    nhwc, ///< (size, height, width, channels), or (size, height, width)
    nchw, ///< (size, channels, height, width) as in PyTorch, or (size, height, width)
};

namespace detail {

/// An integer of an array as a byte, a float as a float. Throws Error for one that is out of range.
template <class Value, class T>
Value to_image_value(T number) {
    if constexpr (std::is_same_v<Value, float>) {
        const float value = static_cast<float>(number);
        if (!std::isfinite(value))
            throw Error("it holds " + std::to_string(number) + ", which is not a finite float; take it out");
        return value;
    } else {
        if (!std::in_range<std::uint8_t>(number))
            throw Error("it holds " + std::to_string(number) +
                        ", but integers in images are 0 to 255; make floats of them and read a FloatDataset");
        return static_cast<std::uint8_t>(number);
    }
}

/// The values of `array`, whose type is T, in the order of `shape`, (size, height, width, channels); `strides` says how
/// many elements lie between neighbors.
template <class Value, class T>
std::vector<Value> ordered_values(const NpyArray& array, const std::array<std::size_t, 4>& shape,
                                  const std::array<std::size_t, 4>& strides) {
    std::vector<Value> values;
    values.reserve(shape[0] * shape[1] * shape[2] * shape[3]);
    for (std::size_t n = 0; n < shape[0]; ++n)
        for (std::size_t y = 0; y < shape[1]; ++y)
            for (std::size_t x = 0; x < shape[2]; ++x)
                for (std::size_t c = 0; c < shape[3]; ++c)
                    values.push_back(to_image_value<Value>(
                        array.number<T>(n * strides[0] + y * strides[1] + x * strides[2] + c * strides[3])));
    return values;
}

/// Makes `array` the images of `dataset`. Throws Error with problem and remedy when it holds no images of that kind.
template <class Value>
void take_images(NpyArray array, ArrayLayout layout, BasicDataset<Value>& dataset) {
    constexpr std::size_t largest = (std::numeric_limits<int>::max)();
    constexpr bool floats = std::is_same_v<Value, float>;
    const std::vector<std::size_t>& given = array.header.shape;
    if ((array.header.kind == 'f') != floats)
        throw Error("its numbers are " + array.header.type_name() +
                    (floats ? ", which become no floats; load a Dataset"
                            : ", which become no bytes; load a FloatDataset, or save (255 * array).astype(\"uint8\")"));
    if (given.size() != 3 && given.size() != 4)
        throw Error("its shape is " + array.header.shape_text() +
                    ", but images have three dimensions, or four with their channels; reshape it");
    // Which dimension of the array is the size, the height, the width and the channels.
    using Four = std::array<std::size_t, 4>;
    const Four order = given.size() == 4 && layout == ArrayLayout::nchw ? Four{0, 2, 3, 1} : Four{0, 1, 2, 3};
    const std::vector<std::size_t> given_strides = array.strides();
    Four shape{}, strides{};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool there = order[i] < given.size();
        shape[i] = there ? given[order[i]] : 1;
        strides[i] = there ? given_strides[order[i]] : 0;
    }
    for (const std::size_t size : shape)
        if (size == 0 || size > largest)
            throw Error("its shape " + array.header.shape_text() + " makes no images; reshape it");
    dataset.height = static_cast<int>(shape[1]);
    dataset.width = static_cast<int>(shape[2]);
    dataset.channels = static_cast<int>(shape[3]);
    if constexpr (!floats) {
        const bool in_order = !array.header.fortran_order && (shape[3] == 1 || layout == ArrayLayout::nhwc);
        if (array.header.kind == 'u' && array.header.width == 1 && in_order) {
            dataset.images = std::move(array.bytes);
            return;
        }
    }
    with_number_type(array.header, [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_floating_point_v<T> == floats)
            dataset.images = ordered_values<Value, T>(array, shape, strides);
    });
}

/// Makes `array`, of shape (size,) or (size, 1), the labels of `dataset`, which has its images. Throws Error with
/// problem and remedy when it holds no labels, or not one for each image.
template <class Value>
void take_labels(const NpyArray& array, BasicDataset<Value>& dataset) {
    const std::vector<std::size_t>& shape = array.header.shape;
    if (array.header.kind == 'f')
        throw Error("its numbers are " + array.header.type_name() +
                    ", but labels are integers; save array.astype(\"int32\")");
    if (!(shape.size() == 1 || (shape.size() == 2 && shape[1] == 1)))
        throw Error("its shape is " + array.header.shape_text() +
                    ", but labels have one dimension; of one-hot rows, save array.argmax(1)");
    if (const std::size_t images = dataset.images.size() / dataset.image_size(); images != shape[0])
        throw Error("there are " + std::to_string(images) + " images, but " + std::to_string(shape[0]) +
                    " labels; give two arrays of the same data set");
    dataset.labels.resize(shape[0]);
    with_number_type(array.header, [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_integral_v<T>)
            for (std::size_t i = 0; i < dataset.labels.size(); ++i) {
                const T label = array.number<T>(i);
                if (!std::in_range<std::int32_t>(label) || std::cmp_less(label, 0))
                    throw Error("image " + std::to_string(i) + " has label " + std::to_string(label) +
                                ", which is out of range; number the classes from 0");
                dataset.labels[i] = static_cast<std::int32_t>(label); // NOLINT(bugprone-signed-char-misuse): at least 0
            }
    });
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
