#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/data/scale_bytes.hpp"
#include "tinyres/data/transforms/picture_transform.hpp"
#include "tinyres/data/transforms/transform.hpp"
#include "tinyres/io/image.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/io/luminance.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What DecodedImages makes of pictures.
struct DecodedImagesOptions {
    int height = 224;                                 ///< of what the transform gives
    int width = 224;                                  ///< of what the transform gives
    int channels = 3;                                 ///< 3: red, green, blue; 1: gray (`luminance`)
    ImageOptions image{.jpeg = fastest_jpeg_decoder}; ///< how files become pictures
};

/// Picture files as an ImageSet: a file is read, decoded and made as large as all others by a picture transform when it
/// is asked for, by the threads of the Loader. Only the files' names are held in memory.
///
///     const ImageSplits flowers = load_image_folder("flowers");
///     const DecodedImages training{flowers.train, RandomResizedCrop{224, 224}};
///     const DecodedImages test{flowers.validation, Compose{Resize{256}, CenterCrop{224, 224}}};
///
/// `height`, `width`, `channels`, `name` and `class_names` are to be read, not changed.
template <PictureTransform T>
class DecodedImages {
public:
    std::string name;
    int height;
    int width;
    int channels;
    std::vector<std::string> class_names;

    /// Throws Error when there are no files, labels do not fit, the transform is impossible, or an option is.
    DecodedImages(ImageFiles files, T transform, DecodedImagesOptions options = {})
        : name(files.name),
          height(options.height),
          width(options.width),
          channels(options.channels),
          class_names(files.class_names),
          files_(std::move(files)),
          transform_(std::move(transform)),
          options_(options) {
        if (height < 1 || width < 1 || (channels != 1 && channels != 3))
            throw Error("DecodedImages: images of " + std::to_string(height) + " x " + std::to_string(width) +
                        " pixels with " + std::to_string(channels) +
                        " channels are impossible; give sides of 1 or more and 1 or 3 channels");
        if (files_.labels.size() != files_.files.size())
            throw Error("DecodedImages: there are " + std::to_string(files_.files.size()) + " files and " +
                        std::to_string(files_.labels.size()) + " labels; give each file its label");
        validate_transform(transform_);
    }

    /// The number of images.
    int size() const { return files_.size(); }

    /// The class of image `index`.
    std::int32_t label(int index) const { return files_.labels[static_cast<std::size_t>(index)]; }

    /// Image `index`, (height, width, channels) in [0, 1]; what is random in the transform comes from `random`. Throws
    /// Error, naming the file, when it cannot be read or the transform gives another size.
    void read(int index, std::span<float> pixels, RandomStream& random) const {
        scale_bytes(read_bytes(index, random), pixels);
    }

    /// The same as bytes from 0 to 255.
    std::vector<std::uint8_t> read_bytes(int index, RandomStream& random) const {
        const std::filesystem::path path = files_.path(index);
        Picture picture = transform_(read_image(path, options_.image), random);
        if (picture.height != height || picture.width != width)
            throw Error("DecodedImages: the transform makes " + std::to_string(picture.height) + " x " +
                        std::to_string(picture.width) + " pixels of " + one_line(path.string()) + ", not " +
                        std::to_string(height) + " x " + std::to_string(width) +
                        "; end it with a crop or resize of that size");
        return channels == 1 ? luminance(picture) : std::move(picture.pixels);
    }

    const ImageFiles& files() const { return files_; }
    const T& transform() const { return transform_; }
    const DecodedImagesOptions& options() const { return options_; }

private:
    ImageFiles files_;
    T transform_;
    DecodedImagesOptions options_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
