#pragma once

#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/dtype.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/half_float.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

static_assert(std::endian::native == std::endian::little,
              "tinyres: tensor files are little-endian; this machine needs a byte swap in io/tensor_view.hpp");

/// A named tensor whose bytes belong to somebody else: row-major, last dimension innermost, little-endian.
struct TensorView {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
};

/// The bytes of a dense tensor; nothing when a dimension is negative, the number of bits exceeds 2^63 - 1, or elements
/// of less than a byte do not fill the last one.
constexpr std::optional<std::uint64_t> tensor_bytes(DType dtype, std::span<const std::int64_t> shape) {
    constexpr auto limit = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
    std::uint64_t bits = dtype_bits(dtype);
    for (const std::int64_t dimension : shape) {
        if (dimension < 0) return std::nullopt;
        const auto extent = static_cast<std::uint64_t>(dimension);
        if (extent != 0 && bits > limit / extent) return std::nullopt;
        bits *= extent;
    }
    if (bits % 8 != 0) return std::nullopt;
    return bits / 8;
}

/// A view of `values` (a vector, array or span of float, int64_t, ...; not a temporary owner) as a tensor.
template <std::ranges::contiguous_range Values>
requires std::ranges::sized_range<Values> && std::ranges::borrowed_range<Values>
    TensorView tensor_view(std::string name, std::vector<std::int64_t> shape, Values&& values) {
    const std::span elements{std::ranges::data(values), std::ranges::size(values)};
    using Element = std::remove_const_t<std::ranges::range_value_t<Values>>;
    return {std::move(name), dtype_of<Element>, std::move(shape), std::as_bytes(elements)};
}

namespace detail {

template <class Element, class Convert>
std::vector<float> convert_elements(std::span<const std::byte> data, Convert convert) {
    std::vector<float> values(data.size() / sizeof(Element));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Element element; // by copy: the bytes of a view may lie at any address
        std::memcpy(&element, data.data() + i * sizeof(Element), sizeof(Element));
        values[i] = convert(element);
    }
    return values;
}

} // namespace detail

/// The elements of a F32, F16, BF16 (all exact) or F64 tensor (rounded) as floats, in the order of the data. Throws
/// Error for other types, for data that does not fit the shape and for finite F64 values that no float can hold.
inline std::vector<float> to_floats(const TensorView& tensor) {
    if (tensor_bytes(tensor.dtype, tensor.shape) != tensor.data.size())
        throw Error{"tensor " + quoted_name(tensor.name) + " has " + std::to_string(tensor.data.size()) +
                    " bytes, which its shape does not ask for; give shape and data that fit"};
    switch (tensor.dtype) {
    case DType::F32:
        return detail::convert_elements<float>(tensor.data, [](float value) { return value; });
    case DType::F16:
        return detail::convert_elements<std::uint16_t>(tensor.data, half_to_float);
    case DType::BF16:
        return detail::convert_elements<bfloat16>(tensor.data, [](bfloat16 value) { return float{value}; });
    case DType::F64:
        return detail::convert_elements<double>(tensor.data, [&](double value) {
            if (std::isfinite(value) && std::abs(value) > double{(std::numeric_limits<float>::max)()})
                throw Error{"tensor " + quoted_name(tensor.name) +
                            " holds a value beyond the range of float; scale it before saving"};
            return static_cast<float>(value);
        });
    default:
        throw Error{"tensor " + quoted_name(tensor.name) + " has the type " + std::string{dtype_name(tensor.dtype)} +
                    ", which cannot be read as floats; save it as F32, F16, BF16 or F64 (in PyTorch: tensor.float())"};
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
