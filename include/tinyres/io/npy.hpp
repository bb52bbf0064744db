#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/npy_header.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A NumPy array of numbers.
struct NpyArray {
    NpyHeader header;
    std::vector<std::uint8_t> bytes; ///< its elements, in the header's order

    /// How many elements lie between neighbors in each dimension.
    std::vector<std::size_t> strides() const {
        const std::size_t dimensions = header.shape.size();
        std::vector<std::size_t> strides(dimensions);
        std::size_t step = 1;
        for (std::size_t i = 0; i < dimensions; ++i) {
            const std::size_t dimension = header.fortran_order ? i : dimensions - 1 - i;
            strides[dimension] = step;
            step *= header.shape[dimension];
        }
        return strides;
    }

    /// The number at `place`, counted in elements; T is their type.
    template <class T>
    T number(std::size_t place) const {
        static_assert(std::endian::native == std::endian::little, "the numbers of the file are read as they are");
        T value;
        std::memcpy(&value, bytes.data() + place * sizeof(T), sizeof(T));
        return value;
    }
};

namespace detail {

template <class Float, class Signed, class Unsigned, class Function>
void with_kind(char kind, Function&& function) {
    if constexpr (!std::is_void_v<Float>)
        if (kind == 'f') return function(std::type_identity<Float>{});
    if (kind == 'i')
        function(std::type_identity<Signed>{});
    else
        function(std::type_identity<Unsigned>{});
}

} // namespace detail

/// Calls `function(std::type_identity<T>{})`, T being the type of the array's numbers.
template <class Function>
void with_number_type(const NpyHeader& header, Function&& function) {
    switch (header.width) {
    case 1:
        return detail::with_kind<void, std::int8_t, std::uint8_t>(header.kind, function);
    case 2:
        return detail::with_kind<void, std::int16_t, std::uint16_t>(header.kind, function);
    case 4:
        return detail::with_kind<float, std::int32_t, std::uint32_t>(header.kind, function);
    default:
        return detail::with_kind<double, std::int64_t, std::uint64_t>(header.kind, function);
    }
}

/// The array in the bytes of an .npy file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
/// versions 1 to 3). Throws Error with problem and remedy, without the file, when it is damaged or no array of numbers.
inline NpyArray parse_npy(std::vector<std::uint8_t> file) {
    const std::string remedy = "; use another copy of it, or save the array again with numpy.save";
    const auto content = std::as_bytes(std::span(file));
    if (!detail::begins_with(content, "\x93NUMPY")) throw Error("it is no .npy file" + remedy);
    const detail::ByteReader reader{content, false};
    const std::optional<std::size_t> version = reader.number(6, 1);
    if (version && (*version < 1 || *version > 3))
        throw Error("it has the unknown version " + std::to_string(*version) + remedy);
    const std::size_t size_bytes = version == 1 ? 2 : 4;
    const std::optional<std::size_t> header_size = reader.number(8, size_bytes);
    if (!header_size || *header_size > file.size() - 8 - size_bytes) throw Error("it is cut short" + remedy);
    const std::size_t begin = 8 + size_bytes + *header_size;
    NpyArray array{.header =
                       parse_npy_header({reinterpret_cast<const char*>(file.data()) + 8 + size_bytes, *header_size}),
                   .bytes = {}};

    const bool empty = std::ranges::find(array.header.shape, std::size_t{0}) != array.header.shape.end();
    std::size_t expected = empty ? 0 : array.header.width;
    for (const std::size_t size : array.header.shape) {
        if (expected > (std::numeric_limits<std::size_t>::max)() / (std::max)(size, std::size_t{1}))
            throw Error("its shape " + array.header.shape_text() + " is larger than any file" + remedy);
        expected *= size;
    }
    if (file.size() - begin != expected)
        throw Error("its shape " + array.header.shape_text() + " of " + array.header.type_name() + " takes " +
                    std::to_string(expected) + " bytes, but there are " + std::to_string(file.size() - begin) + remedy);
    file.erase(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(begin));
    array.bytes = std::move(file);
    return array;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
