#pragma once

// Needs nlohmann_json.

#include "tinyres/core/config.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/scale_bytes.hpp"
#include "tinyres/io/mapped_file.hpp"
#include "tinyres/io/packed_format.hpp"
#include "tinyres/random/philox.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A file that pack_images has written, as an ImageSet. It is mapped: the system keeps in memory what is looked at and
/// drops it when memory is short, so the file may be larger than the memory. Batches are, bit for bit, those of a
/// Dataset with the same bytes. The file must not be changed meanwhile; replacing it, as pack_images does, is fine.
///
/// `height`, `width`, `channels`, `name` and `class_names` are to be read, not changed.
class PackedImages {
public:
    std::string name;
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<std::string> class_names;

    /// Throws Error when the file cannot be read, is no file of packed images, or is damaged, as far as its header,
    /// size and labels tell. Images are compared with their checksums when they are first looked at.
    explicit PackedImages(const std::filesystem::path& path) : path_(path), file_(path) {
        auto [header, header_size] = detail::parse_packed_header(file_.bytes(), path);
        const detail::PackedLayout layout = detail::packed_layout(header, header_size);
        if (layout.size != file_.bytes().size())
            throw detail::damaged_pack(path, file_.bytes().size() < layout.size ? "it is cut short" : "it is too long");
        name = std::move(header.name);
        height = header.height;
        width = header.width;
        channels = header.channels;
        class_names = std::move(header.class_names);
        source_ = std::move(header.source);
        image_bytes_ = static_cast<std::size_t>(header.image_bytes());
        const auto places = static_cast<std::size_t>(header.images);
        records_ = file_.bytes().subspan(static_cast<std::size_t>(layout.records), places * detail::packed_record);
        pixels_ = file_.bytes().subspan(static_cast<std::size_t>(layout.pixels), places * image_bytes_);
        for (std::size_t place = 0; place < places; ++place) {
            const std::int32_t label = record(place).label;
            if (label == detail::no_image) continue;
            if (label < 0 || static_cast<std::size_t>(label) >= class_names.size())
                throw detail::damaged_pack(path, "image " + std::to_string(place) + " has label " +
                                                     std::to_string(label) + " of " +
                                                     std::to_string(class_names.size()) + " classes");
            places_.push_back(static_cast<std::int32_t>(place));
        }
        if (places_.empty()) throw detail::damaged_pack(path, "it holds no image");
        verified_ = std::make_unique<std::atomic<bool>[]>(places_.size());
        file_.expect_random_access();
    }

    /// The number of images.
    int size() const { return static_cast<int>(places_.size()); }

    /// The class of image `index`.
    std::int32_t label(int index) const { return record(place_of(index)).label; }

    /// Image `index`, (height, width, channels), 0 to 255. Throws Error when it is damaged.
    std::span<const std::uint8_t> image(int index) const {
        const std::size_t place = place_of(index);
        const std::span<const std::byte> bytes = pixels_.subspan(place * image_bytes_, image_bytes_);
        file_.will_need(bytes);
        std::atomic<bool>& verified = verified_[static_cast<std::size_t>(index)];
        if (!verified.load(std::memory_order_relaxed)) {
            if (detail::PackedRecord::of(record(place).label, bytes) != record(place))
                throw detail::damaged_pack(path_, "image " + std::to_string(place) +
                                                      " is damaged (it does not have its checksum)");
            verified.store(true, std::memory_order_relaxed);
        }
        return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    }

    /// Image `index`, scaled to [0, 1]; nothing is random in it. Throws Error when it is damaged.
    void read(int index, std::span<float> pixels, RandomStream&) const { scale_bytes(image(index), pixels); }

    /// Compares all images with their checksums, which takes as long as reading the file. Throws Error at the first
    /// that is damaged.
    void verify() const {
        for (int index = 0; index < size(); ++index) static_cast<void>(image(index));
    }

    /// The fingerprint of what the images were made of (`source_fingerprint`).
    const std::string& source() const { return source_; }

private:
    std::size_t place_of(int index) const { return static_cast<std::size_t>(places_[static_cast<std::size_t>(index)]); }
    detail::PackedRecord record(std::size_t place) const {
        return detail::PackedRecord::load(records_.subspan(place * detail::packed_record, detail::packed_record));
    }

    std::filesystem::path path_;
    MappedFile file_;
    std::string source_;
    std::size_t image_bytes_ = 0;
    std::span<const std::byte> records_;
    std::span<const std::byte> pixels_;
    std::vector<std::int32_t> places_; // of the images in the file
    std::unique_ptr<std::atomic<bool>[]> verified_;
};

static_assert(ImageSet<PackedImages>);

} // namespace TINYRES_ARCH
} // namespace tinyres
