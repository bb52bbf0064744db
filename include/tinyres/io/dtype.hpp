#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The type of a stored tensor's elements, with the names of the safetensors format.
enum class DType {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    BOOL,
    U64,
    U32,
    U16,
    C64,
    F8_E4M3,
    F8_E5M2,
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    F6_E2M3,
    F6_E3M2,
    F4
};

namespace detail {

struct DTypeRow {
    DType dtype;
    std::string_view name;
    std::size_t bits; // of one element
};

inline constexpr std::array dtype_rows{
    DTypeRow{DType::F64, "F64", 64},
    DTypeRow{DType::F32, "F32", 32},
    DTypeRow{DType::F16, "F16", 16},
    DTypeRow{DType::BF16, "BF16", 16},
    DTypeRow{DType::I64, "I64", 64},
    DTypeRow{DType::I32, "I32", 32},
    DTypeRow{DType::I16, "I16", 16},
    DTypeRow{DType::I8, "I8", 8},
    DTypeRow{DType::U8, "U8", 8},
    DTypeRow{DType::BOOL, "BOOL", 8},
    DTypeRow{DType::U64, "U64", 64},
    DTypeRow{DType::U32, "U32", 32},
    DTypeRow{DType::U16, "U16", 16},
    DTypeRow{DType::C64, "C64", 64},
    DTypeRow{DType::F8_E4M3, "F8_E4M3", 8},
    DTypeRow{DType::F8_E5M2, "F8_E5M2", 8},
    DTypeRow{DType::F8_E8M0, "F8_E8M0", 8},
    DTypeRow{DType::F8_E4M3FNUZ, "F8_E4M3FNUZ", 8},
    DTypeRow{DType::F8_E5M2FNUZ, "F8_E5M2FNUZ", 8},
    DTypeRow{DType::F6_E2M3, "F6_E2M3", 6},
    DTypeRow{DType::F6_E3M2, "F6_E3M2", 6},
    DTypeRow{DType::F4, "F4", 4},
};

} // namespace detail

/// "F32" for DType::F32, and so on.
constexpr std::string_view dtype_name(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].name;
}

/// The bits that one element takes.
constexpr std::size_t dtype_bits(DType dtype) {
    return detail::dtype_rows[static_cast<std::size_t>(dtype)].bits;
}

/// The type that is called `name`, or nothing.
constexpr std::optional<DType> dtype_from_name(std::string_view name) {
    for (const detail::DTypeRow& row : detail::dtype_rows)
        if (row.name == name) return row.dtype;
    return std::nullopt;
}

/// The DType of C++'s type T; for types that have none it is not defined.
template <class T>
inline constexpr DType dtype_of = [] {
    static_assert(sizeof(T) == 0, "tinyres: this type cannot be stored as a tensor; use float, double, (u)int8_t, "
                                  "(u)int16_t, (u)int32_t, (u)int64_t or bool");
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
inline constexpr DType dtype_of<std::uint64_t> = DType::U64;
template <>
inline constexpr DType dtype_of<std::uint32_t> = DType::U32;
template <>
inline constexpr DType dtype_of<std::uint16_t> = DType::U16;
template <>
inline constexpr DType dtype_of<bool> = DType::BOOL;

} // namespace TINYRES_ARCH
} // namespace tinyres
