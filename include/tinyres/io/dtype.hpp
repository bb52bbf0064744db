#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tinyres::inline TINYRES_ARCH {

/// The type of a stored tensor's elements, with the names of the safetensors format.
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL };

namespace detail {

struct DTypeRow {
    DType dtype;
    std::string_view name;
    std::size_t size; // bytes of one element
};

inline constexpr std::array dtype_rows{
    DTypeRow{DType::F64, "F64", 8},   DTypeRow{DType::F32, "F32", 4}, DTypeRow{DType::F16, "F16", 2},
    DTypeRow{DType::BF16, "BF16", 2}, DTypeRow{DType::I64, "I64", 8}, DTypeRow{DType::I32, "I32", 4},
    DTypeRow{DType::I16, "I16", 2},   DTypeRow{DType::I8, "I8", 1},   DTypeRow{DType::U8, "U8", 1},
    DTypeRow{DType::BOOL, "BOOL", 1},
};

} // namespace detail

/// "F32" for DType::F32, and so on.
constexpr std::string_view dtype_name(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].name;
}

/// The bytes that one element takes.
constexpr std::size_t dtype_size(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].size;
}

/// The type that is called `name`, or nothing.
constexpr std::optional<DType> dtype_from_name(std::string_view name) {
    for (const detail::DTypeRow& row : detail::dtype_rows)
        if (row.name == name) return row.dtype;
    return std::nullopt;
}

/// The DType of C++'s type T; for types that have none (16-bit floats, unsigned integers of more than 8 bits) it is not
/// defined.
template <class T>
inline constexpr DType dtype_of = [] {
    static_assert(sizeof(T) == 0, "tinyres: this type cannot be stored as a tensor; use float, double, (u)int8_t, "
                                  "int16_t, int32_t, int64_t or bool");
    return DType::U8;
}();
template <>
inline constexpr DType dtype_of<double> = DType::F64;
template <>
inline constexpr DType dtype_of<float> = DType::F32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::I64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::I32;
template <>
inline constexpr DType dtype_of<std::int16_t> = DType::I16;
template <>
inline constexpr DType dtype_of<std::int8_t> = DType::I8;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::U8;
template <>
inline constexpr DType dtype_of<bool> = DType::BOOL;

} // namespace tinyres::inline TINYRES_ARCH
