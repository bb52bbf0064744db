#include "files.hpp"

#include "tinyres/io/tensor_view.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tinyres_test;
using tinyres::DType;
using tinyres::TensorView;

TEST_CASE("Every half-precision number has the value that its fields say") {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        const int exponent = static_cast<int>(bits >> 10 & 31u);
        const int fraction = static_cast<int>(bits & 1023u);
        const float value = tinyres::half_to_float(static_cast<std::uint16_t>(bits));
        CAPTURE(bits);
        REQUIRE(std::signbit(value) == (bits >= 32768));
        if (exponent == 31 && fraction != 0)
            REQUIRE(std::isnan(value));
        else if (exponent == 31)
            REQUIRE(std::isinf(value));
        else
            REQUIRE(std::abs(value) == (exponent == 0
                                            ? std::ldexp(static_cast<float>(fraction), -24)
                                            : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25)));
    }
}

TEST_CASE("Tensors of the four float types become floats and others are refused") {
    const std::array<std::uint16_t, 3> halves{0x3C00, 0xC100, 0x0001};
    const std::span half_bytes = std::as_bytes(std::span{halves});
    CHECK(tinyres::to_floats({"t", DType::F16, {3}, half_bytes}) == std::vector{1.0f, -2.5f, 0x1p-24f});
    const std::array<std::uint16_t, 3> brains{0x3F80, 0xC049, 0x0001};
    const std::span brain_bytes = std::as_bytes(std::span{brains});
    CHECK(tinyres::to_floats({"t", DType::BF16, {3}, brain_bytes}) == std::vector{1.0f, -3.140625f, 0x1p-133f});
    const std::array doubles{0.1, -2.0, std::numeric_limits<double>::infinity()};
    CHECK(tinyres::to_floats(tinyres::tensor_view("t", {3}, doubles)) ==
          std::vector{0.1f, -2.0f, std::numeric_limits<float>::infinity()});
    CHECK(tinyres::to_floats({"t", DType::F32, {0, 7}, {}}).empty());

    // at an address that no float may have
    const std::array<char, 9> shifted{'x', 0, 0, '\x80', '\x3F', 0, 0, 0, '\x40'};
    CHECK(tinyres::to_floats({"t", DType::F32, {2}, std::as_bytes(std::span{shifted}).subspan(1)}) ==
          std::vector{1.0f, 2.0f});

    const std::array<std::int64_t, 1> integers{7};
    const auto error = [](const TensorView& tensor) { return error_of([&] { tinyres::to_floats(tensor); }); };
    CHECK(error(tinyres::tensor_view("fc.bias", {1}, integers)).find("\"fc.bias\" has the type I64") !=
          std::string::npos);
    CHECK(error({"fc.bias", DType::F32, {2}, half_bytes}).find("fit") != std::string::npos);
    const std::array too_large{1.0, -1e39};
    CHECK(error(tinyres::tensor_view("fc.bias", {2}, too_large)).find("beyond the range") != std::string::npos);
}

TEST_CASE("Element types have the names and sizes of the format") {
    const std::vector<std::pair<std::string_view, std::size_t>> expected{
        {"F64", 64},        {"F32", 32},    {"F16", 16},    {"BF16", 16},   {"I64", 64},    {"I32", 32},
        {"I16", 16},        {"I8", 8},      {"U8", 8},      {"BOOL", 8},    {"U64", 64},    {"U32", 32},
        {"U16", 16},        {"C64", 64},    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
        {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto dtype = static_cast<DType>(i);
        CHECK(tinyres::dtype_name(dtype) == expected[i].first);
        CHECK(tinyres::dtype_bits(dtype) == expected[i].second);
        CHECK(tinyres::dtype_from_name(expected[i].first) == dtype);
    }
    CHECK(tinyres::tensor_bytes(DType::F4, std::vector<std::int64_t>{3, 2}) == 3u);
    CHECK(tinyres::tensor_bytes(DType::F4, std::vector<std::int64_t>{3}) == std::nullopt);
    CHECK(tinyres::tensor_bytes(DType::F6_E2M3, std::vector<std::int64_t>{4}) == 3u);
    static_assert(tinyres::dtype_of<float> == DType::F32 && tinyres::dtype_of<std::int64_t> == DType::I64);
}
