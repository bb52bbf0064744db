#include "array_pictures.hpp"

#include <algorithm>
#include <span>
#include <tinyres/core/error.hpp>

namespace example {

namespace {

/// Values of one channel, or three, as a picture.
tr::Picture picture_of_values(std::span<const std::uint8_t> values, int height, int width, int channels) {
    tr::Picture picture = tr::Picture::of_size(width, height);
    if (channels == 3) {
        std::ranges::copy(values, picture.pixels.begin());
        return picture;
    }
    for (std::size_t pixel = 0; pixel < values.size(); ++pixel)
        std::fill_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(3 * pixel), 3, values[pixel]);
    return picture;
}

} // namespace

ArrayPictures::ArrayPictures(tr::Dataset dataset) : dataset_(std::move(dataset)) {
    if (dataset_.channels != 1 && dataset_.channels != 3)
        throw tr::Error("--data: the images of " + dataset_.name + " have " + std::to_string(dataset_.channels) +
                        " channels; give 1 (gray) or 3 (red, green, blue)");
    dataset_.validate();
}

tr::Picture ArrayPictures::picture(int index) const {
    return picture_of_values(dataset_.image(index), dataset_.height, dataset_.width, dataset_.channels);
}

void ArrayPictures::add_to(tr::Fnv1a64& fingerprint) const {
    fingerprint.update(std::as_bytes(std::span{dataset_.images}));
    fingerprint.update(std::as_bytes(std::span{dataset_.labels}));
}

Pictures pictures_of(tr::Dataset images) {
    return std::make_shared<ArrayPictures>(std::move(images));
}

tr::Picture PackedPictures::picture(int index) const {
    return picture_of_values(images_.image(index), images_.height, images_.width, images_.channels);
}

} // namespace example
