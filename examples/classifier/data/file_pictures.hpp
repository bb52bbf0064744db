#pragma once

#include "picture_set.hpp"

#include <tinyres/io/image_files.hpp>

namespace example {

/// Picture files, read and decoded when they are asked for.
class FilePictures final : public PictureSet {
public:
    explicit FilePictures(tr::ImageFiles files);

    int size() const override { return files_.size(); }
    std::int32_t label(int index) const override { return files_.labels[static_cast<std::size_t>(index)]; }
    tr::Picture picture(int index) const override;
    std::string name(int index) const override { return files_.files[static_cast<std::size_t>(index)]; }
    /// Names, sizes, times of the last change and labels: what is cheap to know of a file without reading it.
    void add_to(tr::Fnv1a64& fingerprint) const override;

private:
    tr::ImageFiles files_;
};

} // namespace example
