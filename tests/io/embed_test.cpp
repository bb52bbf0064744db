#include "error_of.hpp"
#include "io/files.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/embed.hpp"
#include "tinyres/layers/layers.hpp"

#include <cmath>
#include <cstdlib>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

using namespace tinyres_test;

namespace {

using Net = tr::Network<tr::Image<2, 4, 4>, tr::Conv3x3<3>, tr::BatchNorm, tr::Flatten, tr::Linear<2>>;
using Other = tr::Network<tr::Image<2, 4, 4>, tr::Conv3x3<3>, tr::BatchNorm, tr::Flatten, tr::Linear<3>>;

/// The bytes that the string literals in `text` stand for, as a compiler reads them.
std::string literal_bytes(const std::string& text) {
    std::string bytes;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            inside = !inside;
        } else if (inside && text[i] == '\\') {
            int value = 0;
            for (int digits = 0; digits < 3 && text[i + 1] >= '0' && text[i + 1] <= '7'; ++digits)
                value = value * 8 + (text[++i] - '0');
            bytes += static_cast<char>(value);
        } else if (inside) {
            bytes += text[i];
        }
    }
    return bytes;
}

/// Embedded tensors as the compiler would have them, without counters, with the memory that they refer to.
struct Embedded {
    std::vector<tr::NamedTensor> state;
    std::vector<std::string> bytes;
    std::vector<tr::EmbeddedTensor> tensors;

    Embedded(std::vector<tr::NamedTensor> given, tr::EmbeddedNumbers numbers) : state(std::move(given)) {
        std::erase_if(state, [](const tr::NamedTensor& tensor) { return tr::is_batch_counter(tensor.name); });
        for (const tr::NamedTensor& tensor : state) {
            std::string of_tensor;
            for (const float value : tensor.values) of_tensor += tr::detail::little_endian(value, numbers);
            bytes.push_back(of_tensor);
        }
        for (std::size_t i = 0; i < state.size(); ++i) {
            tr::EmbeddedTensor tensor{state[i].name, {}, static_cast<int>(state[i].shape.size()), numbers, bytes[i]};
            std::copy(state[i].shape.begin(), state[i].shape.end(), tensor.shape.begin());
            tensors.push_back(tensor);
        }
    }
};

tr::Model<Net, tr::Reference<float>> odd_model() {
    tr::Model<Net, tr::Reference<float>> model{tr::KaimingUniform{}, 5};
    model.parameters()[0] = -0.0f;
    model.parameters()[1] = std::numeric_limits<float>::denorm_min();
    model.parameters()[2] = std::numeric_limits<float>::infinity();
    model.statistics()[0] = 1.0f / 3.0f;
    return model;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
}

} // namespace

TEST_CASE("every pair of bytes comes back from the literals that embedding writes") {
    std::string bytes;
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) {
            bytes += static_cast<char>(first);
            bytes += static_cast<char>(second);
        }
    std::string text;
    tr::detail::append_literals(bytes, text);
    CHECK(literal_bytes(text) == bytes);
    CHECK(text.find("??") == std::string::npos); // which may begin a trigraph
    std::string nothing;
    tr::detail::append_literals("", nothing);
    CHECK(nothing.empty());
}

TEST_CASE("embedded weights give a model the same bits, and as bfloat16 what bfloat16 makes of them") {
    const auto model = odd_model();
    const std::vector<tr::NamedTensor> state = tr::state_dict(model);
    tr::Model<Net, tr::Reference<float>> loaded;
    const Embedded exact(state, tr::EmbeddedNumbers::float32);
    CHECK(tr::fits<Net>(exact.tensors));
    tr::load_embedded(loaded, exact.tensors);
    CHECK(same_bits(loaded.parameters(), model.parameters()));
    CHECK(same_bits(loaded.statistics(), model.statistics()));

    const Embedded half(state, tr::EmbeddedNumbers::bfloat16);
    CHECK(tr::fits<Net>(half.tensors));
    tr::load_embedded(loaded, half.tensors);
    std::vector<float> rounded;
    for (const float value : model.parameters()) rounded.push_back(tr::bfloat16(value));
    CHECK(same_bits(loaded.parameters(), rounded));
}

TEST_CASE("embedded weights of another network fit no other, and leave a model as it was") {
    const std::vector<tr::NamedTensor> state = tr::state_dict(odd_model());
    Embedded weights(state, tr::EmbeddedNumbers::float32);
    CHECK(!tr::fits<Other>(weights.tensors));
    tr::Model<Other, tr::Reference<float>> other{tr::KaimingUniform{}, 1};
    const std::vector<float> before(other.parameters().begin(), other.parameters().end());
    CHECK(error_of([&] { tr::load_embedded(other, weights.tensors); }).find("has the shape [") != std::string::npos);
    CHECK(same_bits(other.parameters(), before));

    tr::Model<Net, tr::Reference<float>> model{tr::KaimingUniform{}, 1};
    const auto refused = [&](const std::vector<tr::EmbeddedTensor>& tensors, const std::string& why) {
        CAPTURE(why);
        CHECK(!tr::fits<Net>(tensors));
        CHECK(error_of([&] { tr::load_embedded(model, tensors); }).find(why) != std::string::npos);
    };
    std::vector<tr::EmbeddedTensor> tensors = weights.tensors;
    tensors.pop_back();
    refused(tensors, "is missing");
    tensors.push_back(tensors.front());
    refused(tensors, "is there twice");
    tensors = weights.tensors;
    tensors[0].name = "9.weight";
    refused(tensors, "this network has no tensor");
    tensors = weights.tensors;
    tensors[0].bytes.remove_suffix(4);
    refused(tensors, "values instead of");
    tensors[0].bytes.remove_suffix(2);
    refused(tensors, "no whole number of values");
}

TEST_CASE("embedding writes a whole header or none") {
    const TemporaryDirectory directory;
    const auto header = directory / "weights.hpp";
    const std::vector<tr::NamedTensor> state = tr::state_dict(odd_model());
    tr::write_embedded(header, state, "my::weights");
    const std::string text = content_of(header);
    CHECK(text.find("namespace my::weights {") != std::string::npos);
    CHECK(text.find("num_batches_tracked") == std::string::npos);
    CHECK(text.find("{\"0.weight\", {3, 2, 3, 3}, 4, tinyres::EmbeddedNumbers::float32, {") != std::string::npos);
    std::string bytes;
    for (const float value : state[0].values) bytes += tr::detail::little_endian(value, tr::EmbeddedNumbers::float32);
    const std::size_t begin = text.find("float32, {") + 10;
    CHECK(literal_bytes(text.substr(begin, text.find("}},", begin) - begin)) == bytes);

    for (const std::string name : {"", "1st", "a-b", "a::", "::a", "a:b", "a:::b", "a b", "a;}"}) {
        CAPTURE(name);
        CHECK(error_of([&] { tr::write_embedded(directory / "none.hpp", state, name); }).find("namespace") !=
              std::string::npos);
    }
    for (const auto& [name, word] : {std::pair{"class", "'class'"}, {"and", "'and'"}, {"a::new::b", "'new'"}}) {
        CAPTURE(name);
        CHECK(error_of([&] {
                  tr::write_embedded(directory / "none.hpp", state, name);
              }).find(std::string(word) + " is a word of C++") != std::string::npos);
    }
    CHECK(error_of([&] { tr::write_embedded(directory / "news.hpp", state, "classes::news"); }) == "no error");
    std::vector<tr::NamedTensor> strange{{"a\"b", {1}, {1.0f}}};
    CHECK(error_of([&] { tr::write_embedded(directory / "none.hpp", strange, "a"); }).find("rename it") !=
          std::string::npos);
    strange[0] = {"a", {1, 1, 1, 1, 1}, {1.0f}};
    CHECK(error_of([&] { tr::write_embedded(directory / "none.hpp", strange, "a"); }).find("dimensions") !=
          std::string::npos);
    CHECK(error_of([&] { tr::write_embedded(directory / "no" / "none.hpp", state, "a"); }).find("cannot write") !=
          std::string::npos);
    CHECK(!std::filesystem::exists(directory / "none.hpp"));
}
