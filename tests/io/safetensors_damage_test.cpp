#include "safetensors_files.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

using namespace tinyres_test;
using namespace std::string_literals;
namespace fs = std::filesystem;

TEST_CASE("Every flipped byte of a file is found") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors(), {{"step", "17"}});
    const std::string good = content_of(directory / "a");
    REQUIRE(read_error_of(directory / "a") == "no error");
    std::vector<std::pair<std::size_t, int>> missed;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ flip);
            put(directory / "a", bad);
            const std::string error = read_error_of(directory / "a");
            if (error == "no error") missed.emplace_back(i, flip);
            if (flip == 0x01) check_error(error, directory / "a", "cannot read");
        }
    CHECK(missed.size() == 0);
}

TEST_CASE("A file cut short at any length or grown by a byte is refused") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors());
    const std::string good = content_of(directory / "a");
    for (std::size_t length = 0; length < good.size(); ++length) {
        put(directory / "a", good.substr(0, length));
        check_error(read_error_of(directory / "a"), directory / "a", "use another copy");
    }
    put(directory / "a", good + '\0');
    check_error(read_error_of(directory / "a"), directory / "a", "1 bytes too many");
}

TEST_CASE("A checksum that another program carried over into a changed file is refused") {
    const TemporaryDirectory directory;
    const std::string entry = R"("tinyres.checksum":"fnv1a64:0123456789abcdef")";
    for (const std::string& metadata : {entry, R"("a":"b",)" + entry, R"("tinyres.checksum":"")"s,
                                        R"("tinyres.checksum":"none")"s, R"("other":"fnv1a64:0123456789abcdef")"s}) {
        put(directory / "a", raw_safetensors(R"({"__metadata__":{)" + metadata + "}}"));
        check_error(read_error_of(directory / "a"), directory / "a", "checksum does not match");
    }
}

TEST_CASE("Headers that break the format are refused with the reason") {
    const TemporaryDirectory directory;
    const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
    };
    const auto one = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"t":)" + entry(dtype, shape, offsets) + "}";
    };
    const auto two = [&](const std::string& first_offsets, const std::string& second_offsets) {
        return R"({"s":)" + entry("\"U8\"", "[2]", first_offsets) + R"(,"t":)" +
               entry("\"U8\"", "[2]", second_offsets) + "}";
    };
    const std::string good = entry("\"F32\"", "[1]", "[0,4]");
    struct Case {
        std::string header;
        std::string_view reason;
        std::string data = "1234";
    };
    const std::vector<Case> cases{
        // no JSON object
        {"", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"null", "not a JSON object"},
        {" {}", "not a JSON object", ""},
        {"\xEF\xBB\xBF{}", "not a JSON object", ""},
        {"{", "not JSON"},
        {"{}x", "not JSON", ""},
        {"{}\0"s, "not JSON", ""},
        {"{}\0garbage"s, "not JSON", ""},
        {"{} {}", "not JSON", ""},
        {"{\"t\":" + good + ",}", "not JSON"},
        {"{\"\xFF\":" + good + "}", "not JSON"},
        {"{/**/\"t\":" + good + "}", "not JSON"},
        {"{" + std::string(100'000, '['), "not JSON"},
        {"{\"t\":" + std::string(100'000, '['), "not what the format allows"},
        // values of the wrong type
        {"{\"t\":1}", "not what the format allows"},
        {"{\"t\":null}", "not what the format allows"},
        {"{\"t\":\"F32\"}", "not what the format allows"},
        {"{\"t\":[]}", "not what the format allows"},
        {"{\"t\":{}}", "lacks its type"},
        {R"({"t":{"dtype":"F32","shape":[1]}})", "lacks its type"},
        {R"({"t":{"shape":[1],"data_offsets":[0,4]}})", "lacks its type"},
        {R"({"t":{"dtype":"F32","data_offsets":[0,4]}})", "lacks its type"},
        {R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "unknown key \"x\""},
        {R"({"t":{"dtype":{},"shape":[1],"data_offsets":[0,4]}})", "not what the format allows"},
        {one("1", "[1]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "1", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[\"1\"]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[[1]]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[1.0]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[true]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[1]", "4"), "not what the format allows"},
        {one("\"F32\"", "[1]", "[4]"), "two offsets"},
        {one("\"F32\"", "[1]", "[0,4,8]"), "not what the format allows"},
        {one("\"F32\"", "[1]", "[0,4.0]"), "not what the format allows"},
        {one("\"F32\"", "[1]", "[-0,4]"), "not what the format allows"},
        {R"({"__metadata__":[]})", "not what the format allows", ""},
        {R"({"__metadata__":1})", "not what the format allows", ""},
        {R"({"__metadata__":{"step":1}})", "not what the format allows", ""},
        {R"({"__metadata__":{"step":{}}})", "not what the format allows", ""},
        {R"({"__metadata__":{"step":null}})", "not what the format allows", ""},
        // types and shapes
        {one("\"F31\"", "[1]", "[0,4]"), "unknown type \"F31\""},
        {one("\"f32\"", "[1]", "[0,4]"), "unknown type"},
        {one("\"\"", "[1]", "[0,4]"), "unknown type"},
        {one("\"F32\"", "[-1]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[-1,-1]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[9223372036854775808]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[99999999999999999999]", "[0,4]"), "not what the format allows"},
        {one("\"F32\"", "[4611686018427387905]", "[0,4]"), "does not fit its offsets"},
        {one("\"F32\"", "[4294967296,4294967296]", "[0,4]"), "does not fit its offsets"},
        {one("\"F32\"", "[4294967296,4294967296,0]", "[0,0]"), "does not fit its offsets", ""},
        {one("\"F32\"", "[2]", "[0,4]"), "does not fit its offsets"},
        {one("\"F64\"", "[1]", "[0,4]"), "does not fit its offsets"},
        {one("\"F4\"", "[7]", "[0,4]"), "does not fit its offsets"},
        {one("\"F32\"", "[1]", "[4,0]"), "does not fit its offsets"},
        // places in the data
        {one("\"F32\"", "[1]", "[0,4]"), "2 bytes are missing", "12"},
        {one("\"F32\"", "[1]", "[0,4]"), "1 bytes too many", "12345"},
        {one("\"F32\"", "[1]", "[1,5]"), "comes after a hole", "12345"},
        {one("\"F32\"", "[1]", "[9223372036854775803,9223372036854775807]"), "comes after a hole"},
        {"{}", "4 bytes too many"},
        {two("[0,2]", "[0,2]"), "overlaps", "12"},
        {two("[0,2]", "[1,3]"), "overlaps", "123"},
        {two("[2,4]", "[0,3]"), "does not fit its offsets", "1234"},
        {two("[0,2]", "[3,5]"), "comes after a hole", "12345"},
        // keys that are there twice
        {"{\"t\":" + good + ",\"t\":" + good + "}", "\"t\" is there twice"},
        {"{\"t\":" + good + ",\"\\u0074\":" + good + "}", "\"t\" is there twice"},
        {R"({"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "\"dtype\" is there twice"},
        {R"({"t":{"shape":[1],"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "\"shape\" is there twice"},
        {R"({"t":{"data_offsets":[0,4],"shape":[1],"dtype":"F32","data_offsets":[0,4]}})", "is there twice"},
        {R"({"__metadata__":{},"__metadata__":{}})", "is there twice", ""},
        {R"({"__metadata__":{"a":"1","a":"1"}})", "\"a\" is there twice", ""},
    };
    for (const Case& item : cases) {
        const std::string shown = item.header.substr(0, 120);
        CAPTURE(shown);
        put(directory / "a", raw_safetensors(item.header, item.data));
        const std::string error = read_error_of(directory / "a");
        check_error(error, directory / "a", item.reason);
        check_error(error, directory / "a", "use another copy");
    }
    put(directory / "a", raw_safetensors("{\"t\":" + good + "}", "1234"));
    CHECK(read_error_of(directory / "a") == "no error");
}

TEST_CASE("A header size that the file cannot have is refused before memory is asked for") {
    const TemporaryDirectory directory;
    const auto error_for_size = [&](std::uint64_t size) {
        const auto bytes = std::bit_cast<std::array<char, 8>>(size);
        put(directory / "a", std::string{bytes.data(), bytes.size()} + "{}");
        return read_error_of(directory / "a");
    };
    CHECK(error_for_size(2) == "no error");
    check_error(error_for_size(3), directory / "a", "ends before its header");
    check_error(error_for_size(100'000'000), directory / "a", "ends before its header");
    check_error(error_for_size(100'000'001), directory / "a", "limit of 100 MB");
    check_error(error_for_size(std::numeric_limits<std::uint64_t>::max()), directory / "a", "limit of 100 MB");
    check_error(error_for_size(std::numeric_limits<std::uint64_t>::max() - 7), directory / "a", "limit of 100 MB");
    check_error(error_for_size(0), directory / "a", "not a JSON object");
}

TEST_CASE("Names from a broken file stay on one short line of the error") {
    const TemporaryDirectory directory;
    put(directory / "a", raw_safetensors("{\"" + std::string(5000, 'n') + "\":1}"));
    CHECK(read_error_of(directory / "a").size() < 400);
    put(directory / "a", raw_safetensors(R"({"a\nb\u001b[31m":1})"));
    check_error(read_error_of(directory / "a"), directory / "a", "\"a?b?[31m\"");
}

TEST_CASE("Things that are no readable file are refused") {
    const TemporaryDirectory directory;
    check_error(read_error_of(directory / "missing"), directory / "missing", "No such file");
    check_error(read_error_of(directory.path()), directory.path(), "Is a directory");
    check_error(read_error_of("/dev/zero"), "/dev/zero", "not a regular file");
    REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    check_error(read_error_of(directory / "pipe"), directory / "pipe", "not a regular file");
    put(directory / "empty", "");
    check_error(read_error_of(directory / "empty"), directory / "empty", "the file is empty");
}

TEST_CASE("A file without permission to read is refused") {
    const TemporaryDirectory directory;
    fs::permissions(directory.path(), fs::perms{0755});
    for (const char* name : {"open", "closed"}) tinyres::write_safetensors(directory / name, some_tensors());
    fs::permissions(directory / "open", fs::perms{0644});
    fs::permissions(directory / "closed", fs::perms{0000});
    const auto as_nobody = [&](const fs::path& path) {
        return in_child([&] { return drop_privileges() ? read_error_of(path) : "still root"s; });
    };
    if (const std::string control = as_nobody(directory / "open"); control != "no error") {
        MESSAGE("skipped, because no unprivileged process can read here: " << control);
        return;
    }
    check_error(as_nobody(directory / "closed"), directory / "closed", "permission to read");
}
