#pragma once

#include "picture_set.hpp"

#include <functional>
#include <span>
#include <tinyres/data/image_set.hpp>

namespace example {

/// What makes a picture as large as the network takes it.
using PictureFit = std::function<tr::Picture(const tr::Picture&, tr::RandomStream&)>;

/// Pictures as a network takes them: an ImageSet of red, green and blue, which a loader's threads read and decode.
class SizedImages {
public:
    std::string name;
    int height;
    int width;
    int channels = 3;
    std::vector<std::string> class_names;

    /// `fit` gives pictures of `side` x `side` pixels.
    SizedImages(std::string what, Pictures pictures, std::vector<std::string> classes, int side, PictureFit fit)
        : name(std::move(what)),
          height(side),
          width(side),
          class_names(std::move(classes)),
          pictures_(std::move(pictures)),
          fit_(std::move(fit)) {}

    int size() const { return pictures_->size(); }
    std::int32_t label(int index) const { return pictures_->label(index); }
    void read(int index, std::span<float> pixels, tr::RandomStream& random) const;

    const PictureSet& pictures() const { return *pictures_; }

private:
    Pictures pictures_;
    PictureFit fit_;
};

static_assert(tr::ImageSet<SizedImages>);

} // namespace example
