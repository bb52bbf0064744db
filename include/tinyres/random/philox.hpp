#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
/// A pure function: the same key and counter give the same four 32-bit words on every machine, for any number of
/// threads, in any order.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 4> counter) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
    }
    return counter;
}

/// What a random number is drawn for. Streams of different purposes never overlap.
enum class Purpose : std::uint32_t {
    initialization = 1,
    dropout,
    shuffle,
    augmentation,
    synthetic_image,
    split = 6,      ///< of a data set in two
    all_epochs = 7, ///< what an image keeps in all epochs
    mixing = 8      ///< of a batch's images
};

/// The first half of a random number's name: everything but the element. One seed fixes a run; `major` and `minor` say
/// where in the run (dropout: step and layer; augmentation: epoch and image; mixing: epoch and batch; initialization:
/// tensor).
struct RandomKey {
    std::uint64_t seed = 0;
    Purpose purpose = Purpose::initialization;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
};

/// Four random words for elements `4 * block` to `4 * block + 3` of the stream that `key` names.
/// Purpose takes the counter's top 4 bits of 32; `minor` must be below 2^28.
constexpr std::array<std::uint32_t, 4> random_block(const RandomKey& key, std::uint64_t block) {
    return philox({static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)},
                  {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), key.major,
                   key.minor | static_cast<std::uint32_t>(key.purpose) << 28});
}

/// The random word of element `index`.
constexpr std::uint32_t random_word(const RandomKey& key, std::uint64_t index) {
    return random_block(key, index / 4)[index % 4];
}

/// A float in [0, 1) with 24 random bits.
constexpr float to_uniform(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// A sequence of random numbers that starts at element 0 of `key`'s stream; for code that draws a number of values that
/// is not known beforehand (augmentation, drawing). Copying it copies its place.
class RandomStream {
public:
    constexpr explicit RandomStream(const RandomKey& key) : key_(key) {}

    /// Whose stream it is: a transform finds its epoch and image here.
    constexpr const RandomKey& key() const { return key_; }

    constexpr std::uint32_t word() {
        if (next_ % 4 == 0) block_ = random_block(key_, next_ / 4);
        return block_[next_++ % 4];
    }

    /// Uniform in [0, 1).
    constexpr float uniform() { return to_uniform(word()); }

    /// Uniform in [low, high).
    constexpr float uniform(float low, float high) { return low + (high - low) * uniform(); }

    /// Uniform in {0, ..., count - 1}; count > 0. The bias of the multiply-shift is below count / 2^32.
    constexpr int below(int count) {
        return static_cast<int>((std::uint64_t{word()} * static_cast<std::uint64_t>(count)) >> 32);
    }

private:
    RandomKey key_;
    std::uint64_t next_ = 0;
    std::array<std::uint32_t, 4> block_{};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
