#include "safetensors_files.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <span>
#include <string>
#include <sys/resource.h>
#include <utility>
#include <vector>

using namespace tinyres_test;
using namespace std::string_literals;
using tinyres::DType;
using tinyres::Safetensors;
using tinyres::TensorView;

TEST_CASE("Tensors and metadata come back from a file as they went in") {
    const TemporaryDirectory directory;
    const std::map<std::string, std::string> metadata{{"step", "17"}, {"ünï\"code\\", "line\nbreak"}};
    tinyres::write_safetensors(directory / "a.safetensors", some_tensors(), metadata);
    const Safetensors file = Safetensors::read(directory / "a.safetensors");

    CHECK(file.path() == directory / "a.safetensors");
    CHECK(file.has_checksum());
    CHECK(file.metadata() == metadata);
    CHECK(file.tensors().size() == 3);
    const std::vector<std::string> names = file.names();
    CHECK(std::set<std::string>(names.begin(), names.end()) ==
          std::set<std::string>{"mask", "n1.num_batches_tracked", "x1.0.weight"});
    for (const TensorView& tensor : some_tensors()) {
        REQUIRE(file.contains(tensor.name));
        const TensorView& stored = file.tensor(tensor.name);
        CHECK(stored.name == tensor.name);
        CHECK(stored.dtype == tensor.dtype);
        CHECK(stored.shape == tensor.shape);
        CHECK(std::ranges::equal(stored.data, tensor.data));
        CHECK(reinterpret_cast<std::uintptr_t>(stored.data.data()) % (tinyres::dtype_bits(stored.dtype) / 8) == 0);
    }
    CHECK(tinyres::to_floats(file.tensor("x1.0.weight")) == std::vector<float>(weights.begin(), weights.end()));
    CHECK(directory.entries() == std::set<std::string>{"a.safetensors"});
}

TEST_CASE("A written file has its data at a multiple of 64 bytes and a checksum that anyone can recompute") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors());
    std::string bytes = content_of(directory / "a");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), 8);
    CHECK((8 + header_size) % 64 == 0);
    CHECK(bytes.size() == 8 + header_size + sizeof(weights) + sizeof(counter) + sizeof(mask));

    const std::size_t digits = bytes.find("\"tinyres.checksum\":\"fnv1a64:") + 28;
    const std::string stored = bytes.substr(digits, 16);
    bytes.replace(digits, 16, "0000000000000000");
    tinyres::Fnv1a64 hash;
    hash.update(bytes);
    CHECK(tinyres::to_hex(hash.value()) == stored);
}

TEST_CASE("A file can hold no tensor, an empty tensor and a scalar") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "none", {});
    CHECK(Safetensors::read(directory / "none").names().empty());
    const std::vector<TensorView> tensors{{"empty", DType::F32, {4, 0, 2}, {}},
                                          tinyres::tensor_view("scalar", {}, std::span{weights}.first(1))};
    tinyres::write_safetensors(directory / "some", tensors);
    const Safetensors file = Safetensors::read(directory / "some");
    CHECK(file.tensor("empty").data.empty());
    CHECK(file.tensor("empty").shape == std::vector<std::int64_t>{4, 0, 2});
    CHECK(tinyres::to_floats(file.tensor("scalar")) == std::vector{0.5f});
}

TEST_CASE("Views stay valid when the file in memory is moved") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors());
    Safetensors file = Safetensors::read(directory / "a");
    const TensorView view = file.tensor("x1.0.weight");
    const Safetensors moved = std::move(file);
    CHECK(tinyres::to_floats(view).size() == 6);
    CHECK(moved.tensor("x1.0.weight").data.data() == view.data.data());
}

TEST_CASE("A tensor that is not there gives an error with the names of file and tensor") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors());
    const Safetensors file = Safetensors::read(directory / "a");
    CHECK_FALSE(file.contains("fc.weight"));
    check_error(error_of([&] { file.tensor("fc.weight"); }), directory / "a", "\"fc.weight\"");
}

TEST_CASE("A file of another program is read without checksum") {
    const TemporaryDirectory directory;
    put(directory / "a",
        raw_safetensors(
            R"({"b" : {"shape":[2],"data_offsets":[1, 5],"dtype":"I16"}, "a":{"dtype":"BOOL","shape":[1,1],)"
            R"("data_offsets":[0,1]}, "__metadata__":{"format":"pt"} }  )",
            "\1\2\0\3\0"s));
    const Safetensors file = Safetensors::read(directory / "a");
    CHECK_FALSE(file.has_checksum());
    CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
    CHECK(file.names() == std::vector<std::string>{"b", "a"});
    CHECK(file.tensor("a").dtype == DType::BOOL);
    CHECK(file.tensor("b").dtype == DType::I16);
    CHECK(file.tensor("b").data[2] == std::byte{3});
}

TEST_CASE("A disk that fills up while tensors are written leaves the last good file") {
    const TemporaryDirectory directory;
    tinyres::write_safetensors(directory / "a", some_tensors());
    const std::string good = content_of(directory / "a");
    const std::vector<float> large(100'000);
    const std::vector<TensorView> tensors{tinyres::tensor_view("small", {6}, weights),
                                          tinyres::tensor_view("large", {100, 1000}, large)};
    const std::string result = in_child([&]() -> std::string {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{100'000, 100'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "cannot set the limit";
        return error_of([&] { tinyres::write_safetensors(directory / "a", tensors); });
    });
    check_error(result, directory / "a", "File too large");
    CHECK(content_of(directory / "a") == good);
    CHECK(directory.entries() == std::set<std::string>{"a"});
}

TEST_CASE("Tensors and metadata that no file can hold are not written") {
    const TemporaryDirectory directory;
    const auto error = [&](const std::vector<TensorView>& tensors,
                           const std::map<std::string, std::string>& metadata = {}) {
        return error_of([&] { tinyres::write_safetensors(directory / "a", tensors, metadata); });
    };
    const std::span data = std::as_bytes(std::span{weights});
    check_error(error({{"t", DType::F32, {6}, data}, {"t", DType::F32, {6}, data}}), directory / "a", "\"t\" is taken");
    check_error(error({{"__metadata__", DType::F32, {6}, data}}), directory / "a", "is taken");
    check_error(error({{"t", DType::F32, {5}, data}}), directory / "a", "24 bytes");
    check_error(error({{"t", DType::F64, {6}, data}}), directory / "a", "24 bytes");
    check_error(error({{"t", DType::F32, {-6}, data}}), directory / "a", "24 bytes");
    check_error(error({{"t", DType::F32, {std::int64_t{1} << 62, 4, 6}, data}}), directory / "a", "24 bytes");
    check_error(error({{"\xFF", DType::F32, {6}, data}}), directory / "a", "not UTF-8");
    check_error(error({}, {{"a", "\xC3"}}), directory / "a", "not UTF-8");
    check_error(error({}, {{"tinyres.checksum", "x"}}), directory / "a", "leave it out");
    CHECK(directory.entries().empty());
}

TEST_CASE("Metadata that looks like a checksum does not confuse the reader") {
    const TemporaryDirectory directory;
    const std::map<std::string, std::string> metadata{{"a\"tinyres.checksum", "fnv1a64:0123456789abcdef"},
                                                      {"b", "fnv1a64:0123456789abcdef"}};
    tinyres::write_safetensors(directory / "a", some_tensors(), metadata);
    const Safetensors file = Safetensors::read(directory / "a");
    CHECK(file.has_checksum());
    CHECK(file.metadata() == metadata);
}

TEST_CASE("Metadata of null is no metadata, as for Python's safetensors") {
    const TemporaryDirectory directory;
    const std::string tensor = R"("t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    for (const std::string& header :
         {R"({"__metadata__":null,)" + tensor + '}', '{' + tensor + R"(,"__metadata__":null})"}) {
        put(directory / "a", raw_safetensors(header, "x"));
        const tinyres::Safetensors file = tinyres::Safetensors::read(directory / "a");
        CHECK(file.metadata().empty());
        CHECK(file.names() == std::vector<std::string>{"t"});
        CHECK(!file.has_checksum());
    }
}

TEST_CASE("All types of the format are read, and one that cannot become floats is named") {
    const TemporaryDirectory directory;
    struct Case {
        std::string type;
        int elements;
        int bytes;
    };
    for (const Case& one : std::vector<Case>{{"F8_E4M3", 1, 1},
                                             {"F8_E5M2", 1, 1},
                                             {"F8_E8M0", 1, 1},
                                             {"F8_E4M3FNUZ", 1, 1},
                                             {"F8_E5M2FNUZ", 1, 1},
                                             {"F6_E2M3", 4, 3},
                                             {"F6_E3M2", 4, 3},
                                             {"F4", 2, 1},
                                             {"U16", 1, 2},
                                             {"U32", 1, 4},
                                             {"U64", 1, 8},
                                             {"C64", 1, 8}}) {
        CAPTURE(one.type);
        const std::string header = R"({"fc.weight":{"dtype":")" + one.type + R"(","shape":[)" +
                                   std::to_string(one.elements) + R"(],"data_offsets":[0,)" +
                                   std::to_string(one.bytes) + "]}}";
        put(directory / "a", raw_safetensors(header, std::string(static_cast<std::size_t>(one.bytes), 'x')));
        const tinyres::Safetensors file = tinyres::Safetensors::read(directory / "a");
        const std::string error = error_of([&] { tinyres::to_floats(file.tensor("fc.weight")); });
        CHECK(error == "tensor \"fc.weight\" has the type " + one.type +
                           ", which cannot be read as floats; save it as F32, F16, BF16 or F64 (in PyTorch: "
                           "tensor.float())");
    }
}
