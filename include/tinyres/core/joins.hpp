#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The sum of its inputs, which have one shape: where a ResBlock or Residual ends.
struct Add {
    static constexpr std::string_view name = "Add";

    static constexpr Refusal refuses(std::span<const Dims> in) {
        for (const Dims& dims : in)
            if (dims != in[0]) return Refusal::both_ends_of_a_residual_block_must_have_the_same_shape;
        return Refusal::none;
    }
    static constexpr Dims output(std::span<const Dims> in) { return in[0]; }
    static constexpr TensorList tensors(std::span<const Dims>) { return {}; }
};

/// Its inputs, channels one after the other: where a Concat ends.
struct Concatenate {
    static constexpr std::string_view name = "Concat";

    static constexpr Refusal refuses(std::span<const Dims> in) {
        for (const Dims& dims : in)
            if (dims.height != in[0].height || dims.width != in[0].width || dims.flat != in[0].flat)
                return Refusal::the_branches_of_a_Concat_must_be_vectors_or_images_of_one_height_and_width;
        return Refusal::none;
    }
    static constexpr Dims output(std::span<const Dims> in) {
        Dims sum = in[0];
        for (const Dims& dims : in.subspan(1)) sum.channels += dims.channels;
        return sum;
    }
    static constexpr TensorList tensors(std::span<const Dims>) { return {}; }
};

/// The first input times the second: where a Scale ends.
struct Multiply {
    static constexpr std::string_view name = "Scale";

    static constexpr Refusal refuses(std::span<const Dims> in) {
        const bool per_channel = in[1].channels == in[0].channels && in[1].pixels() == 1;
        return in[1] == in[0] || per_channel
                   ? Refusal::none
                   : Refusal::the_gate_of_a_Scale_must_give_one_value_per_channel_or_keep_the_shape;
    }
    static constexpr Dims output(std::span<const Dims> in) { return in[0]; }
    static constexpr TensorList tensors(std::span<const Dims>) { return {}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
