#pragma once

#include "tinyres/core/shape.hpp"

#include <array>
#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Why a layer cannot take an input, or any input at all. The name is what the compiler shows. A layer with reasons of
/// its own has an enumeration of its own, whose value 0 means that it takes the input.
enum class Refusal {
    none,
    it_needs_an_image_but_gets_a_flat_vector,
    it_needs_a_flat_vector_so_put_Flatten_before_it,
    the_groups_must_divide_the_channels,
    there_must_be_at_least_one_group,
    the_probability_must_be_at_least_0_and_less_than_1,
    the_denominator_must_not_be_0,
    alpha_must_be_positive,
    the_sizes_of_its_output_must_be_positive,
    both_ends_of_a_residual_block_must_have_the_same_shape,
    the_branches_of_a_Concat_must_be_vectors_or_images_of_one_height_and_width,
    the_gate_of_a_Scale_must_give_one_value_per_channel_or_keep_the_shape,
    a_network_needs_at_least_one_layer,
    a_Sequential_needs_at_least_one_layer,
    a_ResBlock_needs_at_least_one_layer,
    a_Scale_needs_at_least_one_layer,
    a_Concat_needs_2_to_8_branches,
    the_error_before_this_one_says_why, ///< and the compiler shows no other
};

/// A trained value, or a statistic that training only records.
enum class Role { parameter, running_statistic };

/// How a tensor starts: `weight` and `bias` are left to the Initializer, which draws them by `fan_in`; `constant` is
/// the spec's `initial_value`.
enum class Initial { weight, bias, zeros, ones, constant };

/// How a tensor lies in memory, next to the order of PyTorch in which `TensorSpec::shape` counts and files are written.
enum class Layout {
    same,         ///< as in PyTorch
    hwio_of_oihw, ///< convolution weights: (height, width, in, out) of PyTorch's (out, in, height, width)
    io_of_oi,     ///< linear weights: (in, out) of PyTorch's (out, in)
};

/// One tensor that a layer owns: all that is needed to make, name and store it.
struct TensorSpec {
    std::string_view name; ///< PyTorch's: "weight", "bias", "running_mean", "running_var"
    std::array<int, 4> shape{};
    int rank = 0;
    Role role = Role::parameter;
    Initial initial = Initial::zeros;
    Layout layout = Layout::same;
    int fan_in = 0;           ///< inputs that one output sums over
    double initial_value = 0; ///< for Initial::constant

    constexpr int size() const {
        int product = 1;
        for (int axis = 0; axis < rank; ++axis) product *= shape[static_cast<std::size_t>(axis)];
        return product;
    }
};

/// The tensors of one layer, in PyTorch's order.
struct TensorList {
    std::array<TensorSpec, 4> specs{};
    int count = 0;

    constexpr TensorList() = default;
    constexpr TensorList(std::initializer_list<TensorSpec> list) {
        for (const TensorSpec& spec : list) specs[static_cast<std::size_t>(count++)] = spec;
    }
    constexpr const TensorSpec* begin() const { return specs.data(); }
    constexpr const TensorSpec* end() const { return specs.data() + count; }

    constexpr int size(Role role) const {
        int sum = 0;
        for (const TensorSpec& spec : *this) sum += spec.role == role ? spec.size() : 0;
        return sum;
    }
};

/// A layer is an empty type that knows arithmetic on shapes and nothing else; its kernels live in the backends.
///
/// `name` is PyTorch's name of it, for summaries; `refuses(in)` says why it cannot take an input, by a Refusal or an
/// enumeration of its own (0: it takes it); `output(in)` and `tensors(in)` are only asked about inputs that it takes. A
/// layer whose template arguments make no sense refuses every input: an assertion in it would be the first of several
/// errors.
template <class L>
concept UnaryLayer = requires(Dims in) {
    { L::name } -> std::convertible_to<std::string_view>;
    requires std::is_enum_v<decltype(L::refuses(in))>;
    { L::output(in) } -> std::same_as<Dims>;
    { L::tensors(in) } -> std::same_as<TensorList>;
}
&&std::is_empty_v<L>; // last: of a type that is not defined it would be an error

/// The same with several inputs, for which it is asked all at once: where the branches of a group of layers meet.
template <class L>
concept JoiningLayer = requires(std::span<const Dims> in) {
    { L::name } -> std::convertible_to<std::string_view>;
    requires std::is_enum_v<decltype(L::refuses(in))>;
    { L::output(in) } -> std::same_as<Dims>;
    { L::tensors(in) } -> std::same_as<TensorList>;
}
&&std::is_empty_v<L>;

template <class L>
concept Layer = UnaryLayer<L> || JoiningLayer<L>;

/// A layer that draws random numbers in training (dropout) says `static constexpr bool draws_random_numbers = true;`.
template <class L>
inline constexpr bool draws_random_numbers = [] {
    if constexpr (requires { L::draws_random_numbers; })
        return L::draws_random_numbers;
    else
        return false;
}();

/// What most layers share: they keep the shape, take every input and own no tensor. Derive, and hide what differs.
struct ElementwiseLayer {
    static constexpr Refusal refuses(Dims) { return Refusal::none; }
    static constexpr Dims output(Dims in) { return in; }
    static constexpr TensorList tensors(Dims) { return {}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
