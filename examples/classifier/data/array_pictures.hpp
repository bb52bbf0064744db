#pragma once

#include "picture_set.hpp"

#include <filesystem>
#include <tinyres/data/dataset.hpp>
#include <tinyres/io/packed_images.hpp>

namespace example {

/// Images of one size that lie in memory.
class ArrayPictures final : public PictureSet {
public:
    /// Throws Error unless they have 1 or 3 channels.
    explicit ArrayPictures(tr::Dataset dataset);

    int size() const override { return dataset_.size(); }
    std::int32_t label(int index) const override { return dataset_.label(index); }
    tr::Picture picture(int index) const override;
    std::string name(int index) const override { return "image " + std::to_string(index); }
    void add_to(tr::Fnv1a64& fingerprint) const override;

private:
    tr::Dataset dataset_;
};

/// Images of one size in a packed file.
class PackedPictures final : public PictureSet {
public:
    explicit PackedPictures(const std::filesystem::path& file) : images_(file) {}

    int size() const override { return images_.size(); }
    std::int32_t label(int index) const override { return images_.label(index); }
    tr::Picture picture(int index) const override;
    std::string name(int index) const override { return "image " + std::to_string(index); }
    void add_to(tr::Fnv1a64& fingerprint) const override { fingerprint.update(images_.source()); }

    const std::vector<std::string>& class_names() const { return images_.class_names; }

private:
    tr::PackedImages images_;
};

} // namespace example
