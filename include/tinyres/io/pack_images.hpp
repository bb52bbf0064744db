#pragma once

// Needs nlohmann_json and stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/core/for_each_index.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/checksum.hpp"
#include "tinyres/io/decoded_images.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/io/input_file.hpp"
#include "tinyres/io/packed_format.hpp"
#include "tinyres/io/packed_images.hpp"
#include "tinyres/io/partial_pack.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How pictures are packed.
struct PackOptions {
    OnUnreadable unreadable = OnUnreadable::strict;
    int threads = 1;        ///< that decode; the file does not depend on it
    std::uint64_t seed = 0; ///< of what is random in the transform, which is drawn once for each image
};

/// What pack_images did.
struct PackReport {
    int images = 0;                           ///< in the file
    int decoded = 0;                          ///< by this run; the others were there
    std::vector<UnreadableFile> unreadable{}; ///< left out by OnUnreadable::skip
};

namespace detail {

/// A picture that is no photograph, by which transforms are told apart.
inline Picture fingerprint_picture() {
    Picture picture = Picture::of_size(61, 47);
    std::uint32_t value = 1;
    for (std::uint8_t& byte : picture.pixels) {
        value = value * 1664525u + 1013904223u;
        byte = static_cast<std::uint8_t>(value >> 24);
    }
    return picture;
}

/// The number of images in `file` if it is there, whole, and made of `source`. Throws Error when it is something else
/// than packed images, which are replaced even if they are damaged.
inline std::optional<int> images_packed_of(const std::filesystem::path& file, const std::string& source) {
    std::error_code failure;
    if (!std::filesystem::exists(file, failure)) return std::nullopt;
    InputFile content{file};
    std::string begin((std::min)(static_cast<std::size_t>(content.size()), packed_signature.size()), '\0');
    content.read(std::as_writable_bytes(std::span{begin}));
    if (!begin.empty() && begin != packed_signature)
        throw write_error(file, "a file that is not packed images has this name", "choose another name or remove it");
    try {
        const PackedImages packed{file};
        if (packed.source() == source) return packed.size();
    } catch (const Error&) { // what is wrong with it does not matter any more
    }
    return std::nullopt;
}

} // namespace detail

/// Names what `images` are made of, so that packed images of other files, or of files that were changed, are noticed:
/// the checksum of the files' names, sizes and times of their last change, their labels, the class names and sizes, and
/// what the transform makes of one picture. Throws Error when a file is gone.
template <PictureTransform T>
std::string source_fingerprint(const DecodedImages<T>& images, std::uint64_t seed = 0) {
    Fnv1a64 checksum;
    const auto add_number = [&](std::uint64_t value) {
        std::array<std::byte, 8> bytes{};
        detail::store_number(bytes, value);
        checksum.update(bytes);
    };
    const auto add_text = [&](const std::string& text) {
        add_number(text.size());
        checksum.update(text);
    };
    for (const int side : {images.height, images.width, images.channels}) add_number(static_cast<std::uint64_t>(side));
    for (const std::string& name : images.class_names) add_text(name);
    const ImageOptions& image = images.options().image;
    for (const std::uint8_t value : image.background) add_number(value);
    add_number(static_cast<std::uint64_t>(image.jpeg));
    add_number(static_cast<std::uint64_t>(image.jpeg_least_side));
    add_number(seed);
    RandomStream random{{.seed = seed, .purpose = Purpose::augmentation}};
    const Picture transformed = images.transform()(detail::fingerprint_picture(), random);
    checksum.update(std::as_bytes(std::span{transformed.pixels}));
    for (int i = 0; i < images.size(); ++i) {
        const std::filesystem::path path = images.files().path(i);
        std::error_code failure;
        const std::uintmax_t size = std::filesystem::file_size(path, failure);
        const auto changed = failure ? std::filesystem::file_time_type{} : last_write_time(path, failure);
        if (failure) throw read_error(path, failure.message(), read_remedy(failure.value()));
        add_text(images.files().files[static_cast<std::size_t>(i)]);
        add_number(size);
        add_number(static_cast<std::uint64_t>(changed.time_since_epoch().count()));
        add_number(static_cast<std::uint64_t>(images.label(i)));
    }
    return to_hex(checksum.value());
}

/// Decodes and transforms all of `images` once and writes them as bytes to `file`, which PackedImages reads: a file of
/// size() x height x width x channels bytes and a little more. `progress(done, size)` is called after each image.
///
/// The file appears when it is whole. Until then it is FILE.partial; a run that is stopped, even by kill -9, is gone on
/// with by the next one, whose result is the same. Nothing is done where the file is there already and was made of the
/// same files, unchanged (`source_fingerprint`), in the same way; a file that was made of others is replaced.
///
/// Throws Error when `file` cannot be written, as on a full disk, another process is writing it, or pictures cannot be
/// read: by OnUnreadable::strict all are looked at before. With `skip` they are left out, and the next call, which goes
/// on with what was decoded, may say so too.
template <PictureTransform T>
PackReport pack_images(const DecodedImages<T>& images, const std::filesystem::path& file,
                       const PackOptions& options = {}, const std::function<void(int, int)>& progress = {}) {
    if (images.size() == 0) throw Error("pack_images: there are no images; give some");
    if (options.threads < 1)
        throw Error("pack_images: the number of threads is " + std::to_string(options.threads) + "; give 1 or more");
    const std::string source = source_fingerprint(images, options.seed);
    if (const std::optional<int> packed = detail::images_packed_of(file, source);
        packed && (*packed == images.size() || options.unreadable == OnUnreadable::skip))
        return {.images = *packed};
    const auto count = static_cast<std::size_t>(images.size());
    detail::PartialPack pack{file,
                             {.name = images.name,
                              .images = count,
                              .height = images.height,
                              .width = images.width,
                              .channels = images.channels,
                              .class_names = images.class_names,
                              .source = source}};
    std::mutex mutex; // guards what follows
    PackReport report;
    int done = 0;
    std::vector<std::string> problems(count);
    for_each_index(count, options.threads, [&](std::size_t i) {
        const int index = static_cast<int>(i);
        const bool there = pack.holds(i, images.label(index));
        std::vector<std::uint8_t> bytes;
        if (!there) {
            RandomStream random{
                {.seed = options.seed, .purpose = Purpose::augmentation, .minor = static_cast<std::uint32_t>(i)}};
            try {
                bytes = images.read_bytes(index, random);
            } catch (const Error& error) {
                problems[i] = error.what();
            }
            if (bytes.empty())
                pack.leave_out(i);
            else
                pack.put(i, images.label(index), std::as_bytes(std::span{bytes}));
        }
        const std::lock_guard lock{mutex};
        report.images += there || !bytes.empty() ? 1 : 0;
        report.decoded += bytes.empty() ? 0 : 1;
        ++done;
        if (progress) progress(done, images.size());
    });
    for (std::size_t i = 0; i < count; ++i)
        if (!problems[i].empty())
            report.unreadable.push_back({images.files().path(static_cast<int>(i)), std::move(problems[i])});
    if (!report.unreadable.empty() && (options.unreadable == OnUnreadable::strict || report.images == 0))
        throw detail::unreadable_files_error(images.files().root, images.files().root, report.unreadable);
    pack.commit();
    return report;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
