#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>

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
constexpr auto walk_of() {
    using Flat = tr::detail::Flat<tr::Sequential<Layers...>>;
    std::array<tr::Text, static_cast<std::size_t>(Flat::Leaves::size)> paths{};
    return tr::detail::walk(typename Flat::Leaves{}, paths.data(), Input::dims);
}

struct HasState : tr::ReLU {
    int state;
};

} // namespace

TEST_CASE("a layer is an empty struct with name, kind, refuses, output and tensors") {
    static_assert(tr::Layer<tr::ReLU>);
    static_assert(tr::Layer<tr::Conv3x3<3>>);
    static_assert(!tr::Layer<int>);
    static_assert(!tr::Layer<HasState>);
    static_assert(!tr::Layer<tr::ElementwiseLayer>); // has neither name nor kind
    static_assert(!tr::Layer<tr::Sequential<tr::ReLU>>);
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

TEST_CASE("a network dissolves groups and brackets each ResBlock with Fork and Add") {
    static_assert(
        std::is_same_v<Nested::Leaves, tr::TypeList<tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU, tr::Fork, tr::Conv3x3<5>,
                                                    tr::Fork, tr::GroupNorm<5>, tr::Add, tr::Conv3x3<4>, tr::Add,
                                                    tr::MaxPool<2>, tr::Flatten, tr::Linear<7, tr::Bias::no>>>);
    static_assert(Nested::layer_count == 13);
    static_assert(Nested::nodes[7].fork == 5 && Nested::nodes[9].fork == 3);
    for (const tr::Node& node : Nested::nodes) CHECK((node.fork >= 0) == (node.kind == tr::Kind::add));
}

TEST_CASE("a layer's path is that of nested nn.Sequentials in PyTorch") {
    CHECK(paths() == std::vector<std::string>{"0.0", "0.1.0", "0.1.1", "1", "1.0", "1.1", "1.1.0", "1.1", "1.2", "1",
                                              "2", "3", "4"});
}

TEST_CASE("each layer's input is the output of the one before") {
    static_assert(Nested::input == tr::Dims{3, 8, 6, false});
    static_assert(Nested::output == tr::Dims{7, 1, 1, true});
    CHECK(Nested::nodes.front().in == Nested::input);
    CHECK(Nested::nodes.back().out == Nested::output);
    for (std::size_t layer = 1; layer < Nested::nodes.size(); ++layer)
        CHECK(Nested::nodes[layer].in == Nested::nodes[layer - 1].out);
    static_assert(Nested::nodes[4].out == tr::Dims{5, 8, 6, false});
    static_assert(Nested::nodes[10].out == tr::Dims{4, 4, 3, false});
    static_assert(Nested::nodes[11].out == tr::Dims{48, 1, 1, true});
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
    constexpr auto pool = walk_of<tr::Image<3, 8, 6>, tr::Conv3x3<4>, tr::MaxPool<4>, tr::Linear<2>>();
    static_assert(pool.refused_at == 1);
    static_assert(pool.refusal == tr::Refusal::the_window_must_divide_height_and_width);
    static_assert(pool.refused_input == tr::Dims{4, 8, 6, false});

    constexpr auto fits = walk_of<tr::Image<3, 8, 6>, tr::Conv3x3<4>, tr::MaxPool<2>>();
    static_assert(fits.refused_at == -1 && fits.refusal == tr::Refusal::none);

    constexpr auto nothing = walk_of<tr::Image<3, 8, 6>, tr::ReLU, tr::Conv3x3<0>>();
    static_assert(nothing.refused_at == 1);
    static_assert(nothing.refusal == tr::Refusal::the_sizes_of_its_output_must_be_positive);

    constexpr auto empty = walk_of<tr::Image<3, 8, 6>, tr::ReLU, tr::ResBlock<>>();
    static_assert(empty.refused_at == 1 && empty.refusal == tr::Refusal::a_ResBlock_needs_at_least_one_layer);
}

TEST_CASE("a refusal within groups blames the leaf") {
    constexpr auto nested =
        walk_of<tr::Image<3, 8, 6>, tr::Sequential<tr::Conv3x3<4>, tr::ReLU>,
                tr::ResBlock<tr::Sequential<tr::ReLU, tr::ResBlock<tr::Sequential<tr::GroupNorm<3>>>>>>();
    static_assert(nested.refused_at == 5); // Conv3x3, ReLU, Fork, ReLU, Fork, GroupNorm
    static_assert(nested.refusal == tr::Refusal::the_groups_must_divide_the_channels);
    static_assert(nested.refused_input == tr::Dims{4, 8, 6, false});
}

TEST_CASE("the body of a ResBlock must keep channels, size and kind of the shape") {
    constexpr auto channels = walk_of<tr::Image<3, 8, 6>, tr::ResBlock<tr::Conv3x3<4>>>();
    static_assert(channels.refused_at == 2);
    static_assert(channels.refusal == tr::Refusal::the_body_of_a_ResBlock_must_keep_the_shape);
    static_assert(channels.refused_input == tr::Dims{4, 8, 6, false});

    constexpr auto size = walk_of<tr::Image<3, 8, 6>, tr::ResBlock<tr::MaxPool<2>>>();
    static_assert(size.refused_at == 2);

    constexpr auto flat = walk_of<tr::Image<3, 1, 1>, tr::ResBlock<tr::Flatten>>();
    static_assert(flat.refused_at == 2);

    constexpr auto inner = walk_of<tr::Image<3, 8, 6>, tr::ResBlock<tr::ResBlock<tr::Conv3x3<4>>, tr::Conv3x3<3>>>();
    static_assert(inner.refused_at == 3); // Fork, Fork, Conv3x3, the inner Add

    constexpr auto vector = walk_of<tr::Image<3, 8, 6>, tr::Flatten, tr::ResBlock<tr::Linear<5>, tr::Linear<144>>>();
    static_assert(vector.refused_at == -1);
}
