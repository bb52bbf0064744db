#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tinyres/data/picture.hpp>

namespace example::inspection {

namespace tr = tinyres;

/// How a file is coded, by its content.
enum class Format : std::uint8_t { png, jpeg, bmp, gif, pnm };
inline constexpr std::array<const char*, 5> format_names{"PNG", "JPEG", "BMP", "GIF", "PGM/PPM"};

/// What a picture looks like, in few bytes: two pictures with alike marks look alike.
struct Look {
    /// dHash: a bit for each two neighbors among 9 x 8 gray values, whether the right one is brighter.
    std::uint64_t gradients = 0;
    std::array<std::uint8_t, 8 * 8 * 3> colors{}; ///< the picture as 8 x 8 pixels

    /// Whether there is enough in the picture to tell it from others; a plain one is like any other.
    bool tells() const { return std::popcount(gradients) >= 10 && std::popcount(gradients) <= 54; }
};

/// What is known about one picture.
struct PictureFacts {
    int width = 0; ///< as it is seen, before anything is resized
    int height = 0;
    std::uint64_t file_size = 0;
    std::uint64_t content = 0; ///< a hash of the file's bytes
    Format format = Format::png;
    bool gray = false;  ///< all its pixels are
    bool alpha = false; ///< some of its pixels may be transparent
    Look look;
};

/// A picture's facts, and itself made smaller.
struct LookedAt {
    PictureFacts facts;
    tr::Picture small; ///< neither side above `small_side`
};

inline constexpr int small_side = 160;

/// Reads and decodes a file. Throws Error when it cannot be read as a picture.
LookedAt look_at(const std::filesystem::path& path);

/// `picture` with no side above `side`, its ratio kept; one that is smaller stays as it is.
tr::Picture shrunk(const tr::Picture& picture, int side);

/// Whether two pictures look alike: their dHashes differ in 3 of 64 bits at most, and their colors by little
/// beside how much they differ within a picture.
bool alike(const Look& a, const Look& b);

} // namespace example::inspection
