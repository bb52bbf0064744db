#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

// Two levels of groups and a ResBlock within a ResBlock.
using Nested = tr::Network<tr::Image<3, 8, 6>,                                                           //
                           tr::Sequential<tr::Conv3x3<4>, tr::Sequential<tr::BatchNorm, tr::ReLU>>,      // 4 x 8 x 6
                           tr::ResBlock<tr::Conv3x3<5>, tr::ResBlock<tr::GroupNorm<5>>, tr::Conv3x3<4>>, //
                           tr::MaxPool<2>, tr::Flatten, tr::Linear<7, tr::Bias::no>>;                    // 7

std::vector<std::string> paths() {
    std::vector<std::string> all;
    for (const tr::Node& node : Nested::nodes) all.emplace_back(node.path.view());
    return all;
}

/// The walk over layers that need not fit.
template <class Input, class... Layers>
using Described = tr::detail::Description<Input, Layers...>;

/// The position of the layer that refuses, as the compiler shows it; -1 if none does.
template <class Description>
constexpr int refused_position =
    Description::walk.refused_at < 0
        ? -1
        : Description::wires[static_cast<std::size_t>((std::max)(Description::walk.refused_at, 0))].position;

std::vector<std::vector<int>> inputs_of(std::span<const tr::Node> nodes) {
    std::vector<std::vector<int>> all;
    for (const tr::Node& node : nodes) all.emplace_back(node.inputs.begin(), node.inputs.end());
    return all;
}

struct HasState : tr::ReLU {
    int state;
};

} // namespace

TEST_CASE("a layer is an empty struct with name, refuses, output and tensors") {
    static_assert(tr::Layer<tr::ReLU>);
    static_assert(tr::Layer<tr::Conv3x3<3>>);
    static_assert(!tr::Layer<int>);
    static_assert(!tr::Layer<HasState>);
    static_assert(!tr::Layer<tr::ElementwiseLayer>); // has no name
    static_assert(!tr::Layer<tr::Sequential<tr::ReLU>>);
    static_assert(tr::UnaryLayer<tr::ReLU> && !tr::JoiningLayer<tr::ReLU>);
    static_assert(tr::JoiningLayer<tr::Add> && !tr::UnaryLayer<tr::Add>);
}

TEST_CASE("a shape is the same as value and as type") {
    using Picture = tr::Image<3, 5, 9>;
    static_assert(Picture::size == 135 && Picture::pixels == 45);
    static_assert(Picture::dims == tr::Dims{3, 5, 9, false});
    static_assert(Picture::dims.size() == 135 && Picture::dims.pixels() == 45);
    static_assert(tr::Shape<7>::dims == tr::Dims{7, 1, 1, true});
    static_assert(tr::Shape<7>::dims != tr::Shape<7, 1, 1>::dims);
    static_assert(std::is_same_v<tr::ShapeOf<3, 5, 9, false>, tr::Shape<3, 5, 9>>);
    static_assert(std::is_same_v<tr::ShapeOf<7, 1, 1, true>, tr::Shape<7>>);
}

TEST_CASE("a network dissolves groups into layers that say which values they read") {
    static_assert(
        std::is_same_v<Nested::Leaves, tr::TypeList<tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU, tr::Conv3x3<5>,
                                                    tr::GroupNorm<5>, tr::Add, tr::Conv3x3<4>, tr::Add, tr::MaxPool<2>,
                                                    tr::Flatten, tr::Linear<7, tr::Bias::no>>>);
    static_assert(Nested::layer_count == 11);
    CHECK(inputs_of(Nested::nodes) ==
          std::vector<std::vector<int>>{{0}, {1}, {2}, {3}, {4}, {5, 4}, {6}, {7, 3}, {8}, {9}, {10}});
}

TEST_CASE("a layer's path is that of nested nn.Sequentials in PyTorch") {
    CHECK(paths() ==
          std::vector<std::string>{"0.0", "0.1.0", "0.1.1", "1.0", "1.1.0", "1.1", "1.2", "1", "2", "3", "4"});
}

TEST_CASE("positions count a group with branches before and behind its layers") {
    std::vector<int> positions;
    for (const tr::Node& node : Nested::nodes) positions.push_back(node.position);
    CHECK(positions == std::vector<int>{0, 1, 2, 4, 6, 7, 8, 9, 10, 11, 12}); // 3 and 5: where the ResBlocks begin
}

TEST_CASE("Residual, Concat and Scale join their branches, in any nesting") {
    using Net = tr::Network<tr::Image<4, 8, 6>,                                                     //
                            tr::Residual<tr::Sequential<tr::Conv3x3<8>, tr::ReLU>, tr::Conv3x3<8>>, // 8 x 8 x 6
                            tr::Concat<tr::Identity, tr::Conv3x3<2>, tr::ResBlock<tr::ReLU>>,       // 18 x 8 x 6
                            tr::Scale<tr::Flatten, tr::Linear<18>, tr::Scale<tr::ReLU>>>;           // 18 x 8 x 6
    static_assert(std::is_same_v<Net::Leaves, tr::TypeList<tr::Conv3x3<8>, tr::ReLU, tr::Conv3x3<8>, tr::Add,   //
                                                           tr::Conv3x3<2>, tr::ReLU, tr::Add, tr::Concatenate,  //
                                                           tr::Flatten, tr::Linear<18>, tr::ReLU, tr::Multiply, //
                                                           tr::Multiply>>);
    CHECK(inputs_of(Net::nodes) ==
          std::vector<std::vector<int>>{
              {0}, {1}, {0}, {2, 3}, {4}, {4}, {6, 4}, {4, 5, 7}, {8}, {9}, {10}, {10, 11}, {8, 12}});
    static_assert(Net::nodes[7].out == tr::Dims{18, 8, 6, false} && Net::output == tr::Dims{18, 8, 6, false});
    std::vector<std::string> names;
    for (const tr::NetworkTensor& tensor : tr::network_tensors<Net>) names.emplace_back(tensor.name.view());
    CHECK(names == std::vector<std::string>{"0.body.0.weight", "0.body.0.bias", "0.shortcut.weight", "0.shortcut.bias",
                                            "1.1.weight", "1.1.bias", "2.1.weight", "2.1.bias"});
}

TEST_CASE("Concat joins vectors, too, and an identity alone is a branch") {
    using Net = tr::Network<tr::Image<2, 1, 1>, tr::Flatten, tr::Concat<tr::Linear<3>, tr::Identity, tr::Identity>>;
    static_assert(Net::output == tr::Dims{7, 1, 1, true});
    CHECK(inputs_of(Net::nodes) == std::vector<std::vector<int>>{{0}, {1}, {2, 1, 1}});
}

TEST_CASE("each layer's input is the output of the one before") {
    static_assert(Nested::input == tr::Dims{3, 8, 6, false});
    static_assert(Nested::output == tr::Dims{7, 1, 1, true});
    CHECK(Nested::nodes.front().in == Nested::input);
    CHECK(Nested::nodes.back().out == Nested::output);
    for (const tr::Node& node : Nested::nodes) CHECK(node.in == Nested::value_dims(node.inputs[0]));
    static_assert(Nested::nodes[3].out == tr::Dims{5, 8, 6, false});
    static_assert(Nested::nodes[8].out == tr::Dims{4, 4, 3, false});
    static_assert(Nested::nodes[9].out == tr::Dims{48, 1, 1, true});
}

TEST_CASE("tensors carry PyTorch's names and shapes and lie one after the other") {
    struct Expected {
        std::string_view name;
        std::vector<int> shape;
        tr::Role role;
        int offset;
    };
    constexpr auto parameter = tr::Role::parameter;
    constexpr auto statistic = tr::Role::running_statistic;
    const std::vector<Expected> expected{
        {"0.0.weight", {4, 3, 3, 3}, parameter, 0},   {"0.0.bias", {4}, parameter, 108},
        {"0.1.0.weight", {4}, parameter, 112},        {"0.1.0.bias", {4}, parameter, 116},
        {"0.1.0.running_mean", {4}, statistic, 0},    {"0.1.0.running_var", {4}, statistic, 4},
        {"1.0.weight", {5, 4, 3, 3}, parameter, 120}, {"1.0.bias", {5}, parameter, 300},
        {"1.1.0.weight", {5}, parameter, 305},        {"1.1.0.bias", {5}, parameter, 310},
        {"1.2.weight", {4, 5, 3, 3}, parameter, 315}, {"1.2.bias", {4}, parameter, 495},
        {"4.weight", {7, 48}, parameter, 499},
    };
    const auto& tensors = tr::network_tensors<Nested>;
    REQUIRE(tensors.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const tr::TensorSpec& spec = tensors[i].spec;
        CHECK(tensors[i].name.view() == expected[i].name);
        CHECK(std::vector<int>(spec.shape.begin(), spec.shape.begin() + spec.rank) == expected[i].shape);
        CHECK(spec.role == expected[i].role);
        CHECK(tensors[i].offset == expected[i].offset);
    }
    static_assert(tr::parameter_count<Nested> == 499 + 7 * 48);
    static_assert(Nested::statistic_count == 8);
}

TEST_CASE("the walk stops at the first layer that cannot take its input and says why") {
    using Pool = Described<tr::Image<3, 8, 6>, tr::Conv3x3<4>, tr::MaxPool<7>, tr::Linear<2>>;
    static_assert(Pool::walk.refused_at == 1);
    static_assert(Pool::walk.refusal == static_cast<int>(tr::PoolRefusal::the_window_is_larger_than_the_padded_image));
    static_assert(std::is_same_v<tr::detail::RefusedInputs<Pool>::type, tr::TypeList<tr::Shape<4, 8, 6>>>);

    using Fits = Described<tr::Image<3, 8, 6>, tr::Conv3x3<4>, tr::MaxPool<2>>;
    static_assert(Fits::walk.refused_at == -1 && Fits::walk.refusal == 0);

    using Nothing = Described<tr::Image<3, 8, 6>, tr::ReLU, tr::Conv3x3<0>>;
    static_assert(Nothing::walk.refused_at == 1);
    static_assert(Nothing::walk.by_network == tr::Refusal::the_sizes_of_its_output_must_be_positive);

    using Empty = Described<tr::Image<3, 8, 6>, tr::ReLU, tr::ResBlock<>>;
    static_assert(Empty::walk.refused_at == 1);
    static_assert(Empty::walk.refusal == static_cast<int>(tr::Refusal::a_ResBlock_needs_at_least_one_layer));
    using Alone = Described<tr::Image<3, 8, 6>, tr::Concat<tr::Identity>>;
    static_assert(Alone::walk.refusal == static_cast<int>(tr::Refusal::a_Concat_needs_2_to_8_branches));
    using Identity = Described<tr::Image<3, 8, 6>, tr::Identity>;
    static_assert(Identity::walk.refusal == static_cast<int>(tr::Refusal::a_network_needs_at_least_one_layer));
}

TEST_CASE("a refusal within groups blames the leaf") {
    using Nested = Described<tr::Image<3, 8, 6>, tr::Sequential<tr::Conv3x3<4>, tr::ReLU>,
                             tr::ResBlock<tr::Sequential<tr::ReLU, tr::ResBlock<tr::Sequential<tr::GroupNorm<3>>>>>>;
    static_assert(refused_position<Nested> == 5); // Conv3x3, ReLU, ResBlock, ReLU, ResBlock, GroupNorm
    static_assert(Nested::walk.refusal == static_cast<int>(tr::Refusal::the_groups_must_divide_the_channels));
    static_assert(std::is_same_v<tr::detail::RefusedInputs<Nested>::type, tr::TypeList<tr::Shape<4, 8, 6>>>);
}

TEST_CASE("the ends of a residual block must have one shape") {
    constexpr int ends = static_cast<int>(tr::Refusal::both_ends_of_a_residual_block_must_have_the_same_shape);
    using Channels = Described<tr::Image<3, 8, 6>, tr::ResBlock<tr::Conv3x3<4>>>;
    static_assert(refused_position<Channels> == 2 && Channels::walk.refusal == ends);
    static_assert(std::is_same_v<tr::detail::RefusedInputs<Channels>::type,
                                 tr::TypeList<tr::Shape<4, 8, 6>, tr::Shape<3, 8, 6>>>);

    static_assert(refused_position<Described<tr::Image<3, 8, 6>, tr::ResBlock<tr::MaxPool<2>>>> == 2);
    static_assert(refused_position<Described<tr::Image<3, 1, 1>, tr::ResBlock<tr::Flatten>>> == 2);
    // ResBlock, ResBlock, Conv3x3, the inner Add
    static_assert(
        refused_position<Described<tr::Image<3, 8, 6>, tr::ResBlock<tr::ResBlock<tr::Conv3x3<4>>, tr::Conv3x3<3>>>> ==
        3);
    using Vector = Described<tr::Image<3, 8, 6>, tr::Flatten, tr::ResBlock<tr::Linear<5>, tr::Linear<144>>>;
    static_assert(refused_position<Vector> == -1);

    using Shortcut = Described<tr::Image<3, 8, 6>, tr::Residual<tr::Conv3x3<4>, tr::Conv3x3<5>>>;
    static_assert(refused_position<Shortcut> == 3 && Shortcut::walk.refusal == ends);
    static_assert(refused_position<Described<tr::Image<3, 8, 6>, tr::Residual<tr::Conv3x3<4>, tr::Conv3x3<4>>>> == -1);
}

TEST_CASE("the branches of a Concat must agree in size, a gate in channels") {
    constexpr int size =
        static_cast<int>(tr::Refusal::the_branches_of_a_Concat_must_be_vectors_or_images_of_one_height_and_width);
    using Pooled = Described<tr::Image<3, 8, 6>, tr::Concat<tr::Identity, tr::MaxPool<2>>>;
    static_assert(refused_position<Pooled> == 2 && Pooled::walk.refusal == size);
    using Flat = Described<tr::Image<3, 1, 1>, tr::Concat<tr::Flatten, tr::Identity>>;
    static_assert(refused_position<Flat> == 2 && Flat::walk.refusal == size);

    constexpr int gate =
        static_cast<int>(tr::Refusal::the_gate_of_a_Scale_must_give_one_value_per_channel_or_keep_the_shape);
    using Channels = Described<tr::Image<3, 8, 6>, tr::Scale<tr::Flatten, tr::Linear<4>>>;
    static_assert(refused_position<Channels> == 3 && Channels::walk.refusal == gate);
    using Smaller = Described<tr::Image<3, 8, 6>, tr::Scale<tr::MaxPool<2>>>;
    static_assert(refused_position<Smaller> == 2 && Smaller::walk.refusal == gate);
    static_assert(refused_position<Described<tr::Image<3, 2, 2>, tr::Scale<tr::MaxPool<2>>>> == -1);
}

namespace {

enum class Taste { fine, it_does_not_like_odd_heights };

struct Picky : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Picky";
    static constexpr Taste refuses(tr::Dims in) {
        return in.height % 2 == 0 ? Taste::fine : Taste::it_does_not_like_odd_heights;
    }
};

} // namespace

TEST_CASE("a layer may refuse by an enumeration of its own") {
    using Odd = Described<tr::Image<3, 7, 6>, tr::ReLU, Picky>;
    static_assert(refused_position<Odd> == 1);
    static_assert(std::is_same_v<tr::detail::RefusalOf<Picky>, Taste>);
    static_assert(Odd::walk.refusal == static_cast<int>(Taste::it_does_not_like_odd_heights));
    static_assert(tr::Network<tr::Image<3, 8, 6>, Picky>::layer_count == 1);
}
