#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/plan/plan.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// `Count` times the same layers, with a head behind them.
template <class Block, class Numbers>
struct Repeated;

template <class Block, std::size_t... Numbers>
struct Repeated<Block, std::index_sequence<Numbers...>> {
    template <std::size_t>
    using One = Block;
    using Network = tr::Network<tr::Image<4, 4, 4>, One<Numbers>..., tr::MaxPool<4>, tr::Flatten, tr::Linear<10>>;
};

template <int Count, class... Layers>
using Long = typename Repeated<tr::Sequential<Layers...>, std::make_index_sequence<Count>>::Network;

template <class Network>
constexpr bool fits_in_memory = [] {
    using Plan = tr::Plan<Network, tr::Cpu<>>;
    return Plan::training_memory.bytes_per_image > Plan::prediction_memory.bytes_per_image;
}();

} // namespace

// What is checked here is that this file compiles, in seconds: a network's cost to the compiler grows with its length
// and not with its square or its nesting, and no part of it runs into clang's limits (256 operands of a fold, a million
// steps of a constant expression).
TEST_CASE("a network of 240 layers is planned while compiling") {
    using Chain = Long<79, tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU>;
    static_assert(Chain::layer_count == 240);
    static_assert(tr::parameter_count<Chain> == 79 * (9 * 4 * 4 + 4 + 8) + 50);
    static_assert(fits_in_memory<Chain>);
}

TEST_CASE("a network of 483 layers in residual blocks, more than clang folds, is planned while compiling") {
    using Deep = Long<80, tr::ResBlock<tr::Conv3x3<4>, tr::Dropout2d<1>, tr::ResBlock<tr::GroupNorm<2>, tr::ReLU>>>;
    static_assert(Deep::layer_count == 483);
    static_assert(fits_in_memory<Deep>);
}
