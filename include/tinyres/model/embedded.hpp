#pragma once

#include "tinyres/core/bfloat16.hpp"
#include "tinyres/model/state_dict.hpp"

#include <bit>
#include <cstddef>
#include <span>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How the numbers of an embedded tensor are stored.
enum class EmbeddedNumbers { float32, bfloat16 };

/// A tensor that is part of the program: what the headers consist of that `write_embedded` writes. `bytes` are its
/// numbers, little-endian, in PyTorch's order of dimensions.
struct EmbeddedTensor {
    std::string_view name;
    std::array<int, 4> shape{};
    int rank = 0;
    EmbeddedNumbers numbers = EmbeddedNumbers::float32;
    std::string_view bytes;

    /// The bytes of one number.
    constexpr std::size_t number_size() const { return numbers == EmbeddedNumbers::float32 ? 4 : 2; }
};

/// Number `index` of a tensor.
constexpr float number_at(const EmbeddedTensor& tensor, std::size_t index) {
    std::uint32_t word = 0;
    for (std::size_t byte = tensor.number_size(); byte-- > 0;)
        word = word << 8 | static_cast<unsigned char>(tensor.bytes[index * tensor.number_size() + byte]);
    return tensor.numbers == EmbeddedNumbers::float32 ? std::bit_cast<float>(word)
                                                      : float{bfloat16::from_bits(static_cast<std::uint16_t>(word))};
}

/// Whether embedded tensors are all that a network has, each in its shape and as long as that; for a static_assert.
template <class Network>
constexpr bool fits(std::span<const EmbeddedTensor> tensors) {
    if (tensors.size() != network_tensors<Network>.size()) return false;
    for (const NetworkTensor& wanted : network_tensors<Network>) {
        const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const EmbeddedTensor& tensor) {
            return wanted.name == tensor.name && wanted.spec.rank == tensor.rank && wanted.spec.shape == tensor.shape &&
                   tensor.bytes.size() == static_cast<std::size_t>(wanted.spec.size()) * tensor.number_size();
        });
        if (found == tensors.end()) return false;
    }
    return true;
}

/// Sets parameters and running statistics of a model from tensors that are part of the program: no file is opened.
/// Strict, as load_state_dict: throws Error when they are of another network, and the model is then as before.
template <class Network, class Backend>
void load_embedded(Model<Network, Backend>& model, std::span<const EmbeddedTensor> tensors) {
    std::vector<NamedTensor> state;
    for (const EmbeddedTensor& tensor : tensors) {
        if (tensor.bytes.size() % tensor.number_size() != 0)
            throw Error("tensor '" + std::string(tensor.name) + "' has " + std::to_string(tensor.bytes.size()) +
                        " bytes, which is no whole number of values; write the header anew");
        NamedTensor named{std::string(tensor.name), {tensor.shape.begin(), tensor.shape.begin() + tensor.rank}, {}};
        named.values.resize(tensor.bytes.size() / tensor.number_size());
        for (std::size_t i = 0; i < named.values.size(); ++i) named.values[i] = number_at(tensor, i);
        state.push_back(std::move(named));
    }
    load_state_dict(model, std::span<const NamedTensor>(state));
}

} // namespace TINYRES_ARCH
} // namespace tinyres
