#include "picture_set.hpp"

#include "sized_images.hpp"

#include <span>
#include <tinyres/data/scale_bytes.hpp>
#include <tinyres/io/image_splits.hpp>

namespace example {

namespace {

class PartOfPictures final : public PictureSet {
public:
    PartOfPictures(Pictures all, std::vector<int> indices) : all_(std::move(all)), indices_(std::move(indices)) {}

    int size() const override { return static_cast<int>(indices_.size()); }
    std::int32_t label(int index) const override { return all_->label(place(index)); }
    tr::Picture picture(int index) const override { return all_->picture(place(index)); }
    std::string name(int index) const override { return all_->name(place(index)); }
    void add_to(tr::Fnv1a64& fingerprint) const override {
        all_->add_to(fingerprint);
        fingerprint.update(std::as_bytes(std::span{indices_}));
    }

private:
    int place(int index) const { return indices_[static_cast<std::size_t>(index)]; }

    Pictures all_;
    std::vector<int> indices_;
};

class JoinedPictures final : public PictureSet {
public:
    explicit JoinedPictures(const std::vector<Pictures>& parts) {
        for (const Pictures& part : parts)
            for (int index = 0; index < part->size(); ++index) places_.emplace_back(part, index);
    }

    int size() const override { return static_cast<int>(places_.size()); }
    std::int32_t label(int index) const override { return at(index).first->label(at(index).second); }
    tr::Picture picture(int index) const override { return at(index).first->picture(at(index).second); }
    std::string name(int index) const override { return at(index).first->name(at(index).second); }
    void add_to(tr::Fnv1a64& fingerprint) const override {
        for (const auto& [part, index] : places_)
            if (index == 0) part->add_to(fingerprint);
    }

private:
    const std::pair<Pictures, int>& at(int index) const { return places_[static_cast<std::size_t>(index)]; }

    std::vector<std::pair<Pictures, int>> places_;
};

} // namespace

Pictures all_of(const PictureData& data) {
    std::vector<Pictures> parts{data.train, data.validation};
    if (data.test) parts.push_back(data.test);
    return std::make_shared<JoinedPictures>(parts);
}

std::string PictureData::fingerprint() const {
    tr::Fnv1a64 checksum;
    for (const std::string& class_name : class_names) checksum.update(class_name + '\n');
    for (const Pictures& pictures : {train, validation, test})
        if (pictures) pictures->add_to(checksum);
    return tr::to_hex(checksum.value());
}

Pictures part_of(Pictures pictures, std::vector<int> indices) {
    return std::make_shared<PartOfPictures>(std::move(pictures), std::move(indices));
}

void split_validation(PictureData& data, const DataOptions& options) {
    tr::ImageFiles labels{.class_names = data.class_names};
    for (int index = 0; index < data.train->size(); ++index) {
        labels.labels.push_back(data.train->label(index));
        labels.files.emplace_back();
    }
    const std::vector<bool> part =
        tr::detail::validation_part(labels, {.validation_fraction = options.validation_fraction, .seed = options.seed});
    std::vector<int> learned, held_out;
    for (std::size_t index = 0; index < part.size(); ++index)
        (part[index] ? held_out : learned).push_back(static_cast<int>(index));
    data.validation = part_of(data.train, std::move(held_out));
    data.train = part_of(data.train, std::move(learned));
}

void SizedImages::read(int index, std::span<float> pixels, tr::RandomStream& random) const {
    const tr::Picture picture = fit_(pictures_->picture(index), random);
    tr::scale_bytes(std::span<const std::uint8_t>{picture.pixels}, pixels);
}

} // namespace example
