#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/plan/plan.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tr = tinyres;

namespace {

using Drop = tr::Dropout2d<10>;
using Net = tr::Network<tr::Image<4, 6, 6>,                                       // layers
                        tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU, Drop,            // 0 to 3
                        tr::ResBlock<tr::GroupNorm<2>, tr::ReLU, Drop, tr::ReLU>, // 4 Fork, 5 to 8, 9 Add
                        tr::BatchNorm, Drop, tr::ReLU,                            // 10 to 12
                        tr::LayerNorm, tr::BatchNorm, tr::ReLU, tr::ReLU,         // 13 to 16
                        tr::Flatten, tr::Linear<3>>;                              // 17, 18

template <class Backend>
using PlanOf = tr::Plan<Net, Backend>;

template <class Backend>
std::vector<int> first_layers() {
    std::vector<int> layers;
    for (int step = 0; step < PlanOf<Backend>::step_count; ++step)
        layers.push_back(PlanOf<Backend>::steps[static_cast<std::size_t>(step)].first);
    return layers;
}

} // namespace

TEST_CASE("the processor backend runs normalisation, ReLU and Dropout2d as one step") {
    CHECK(first_layers<tr::Cpu<>>() == std::vector<int>{0, 1, 4, 5, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18});
    using Plan = PlanOf<tr::Cpu<>>;
    using In = tr::Shape<4, 6, 6>;
    static_assert(std::is_same_v<Plan::Operation<0>, tr::Bound<tr::Conv3x3<4>, In>>);
    static_assert(std::is_same_v<Plan::Operation<1>, tr::Bound<tr::Fused<tr::BatchNorm, tr::ReLU, Drop>, In>>);
    static_assert(std::is_same_v<Plan::Operation<3>, tr::Bound<tr::Fused<tr::GroupNorm<2>, tr::ReLU, Drop>, In>>);
    static_assert(std::is_same_v<Plan::Operation<4>, tr::Bound<tr::ReLU, In>>);
    static_assert(std::is_same_v<Plan::Operation<6>, tr::Bound<tr::BatchNorm, In>>); // no ReLU between it and dropout
    static_assert(std::is_same_v<Plan::Operation<9>, tr::Bound<tr::LayerNorm, In>>);
    static_assert(std::is_same_v<Plan::Operation<10>, tr::Bound<tr::Fused<tr::BatchNorm, tr::ReLU>, In>>);
    static_assert(std::is_same_v<Plan::Operation<13>, tr::Bound<tr::Linear<3>, tr::Shape<144>>>);
}

TEST_CASE("the processor backend pools a convolution's output in the convolution's step") {
    using Pools = tr::Network<tr::Image<4, 6, 6>, tr::Conv3x3<4>, tr::MaxPool<2>, tr::MaxPool<3>>;
    using Plan = tr::Plan<Pools, tr::Cpu<>>;
    static_assert(Plan::step_count == 2);
    static_assert(
        std::is_same_v<Plan::Operation<0>, tr::Bound<tr::Fused<tr::Conv3x3<4>, tr::MaxPool<2>>, tr::Shape<4, 6, 6>>>);
    static_assert(std::is_same_v<Plan::Operation<1>, tr::Bound<tr::MaxPool<3>, tr::Shape<4, 3, 3>>>);
}

TEST_CASE("a backend may run a convolution with its pooling and the normalisation's chain behind it as one") {
    using enum tr::Kind;
    const auto length = [](std::vector<tr::Kind> layers) { return tr::normalized_convolution_chains(layers); };
    CHECK(length({convolution, pooling, normalization, activation, dropout, convolution}) == 5);
    CHECK(length({convolution, normalization, activation, activation}) == 3);
    CHECK(length({convolution, normalization, dropout}) == 2); // no ReLU between it and dropout
    CHECK(length({convolution, normalization}) == 2);
    CHECK(length({convolution, pooling, pooling, normalization}) == 2);
    CHECK(length({convolution, activation, normalization}) == 1);
    CHECK(length({convolution}) == 1);
    CHECK(length({normalization, activation, dropout}) == 3);
    CHECK(length({pooling, normalization}) == 1);
}

TEST_CASE("the processor backend normalises what a convolution reads in the convolution's step") {
    using In = tr::Shape<4, 6, 6>;
    using Body = tr::Network<tr::Image<4, 6, 6>, tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU, Drop, tr::Conv3x3<4>,
                             tr::MaxPool<2>, tr::GroupNorm<2>, tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU>;
    using Plan = tr::Plan<Body, tr::Cpu<>>;
    static_assert(Plan::step_count == 4);
    static_assert(
        std::is_same_v<Plan::Operation<1>,
                       tr::Bound<tr::Fused<tr::BatchNorm, tr::ReLU, Drop, tr::Conv3x3<4>, tr::MaxPool<2>>, In>>);
    static_assert(
        std::is_same_v<Plan::Operation<2>, tr::Bound<tr::Fused<tr::GroupNorm<2>, tr::Conv3x3<4>>, tr::Shape<4, 3, 3>>>);
    static_assert(Plan::random_layer(1) == 3 && Plan::random_layer(0) == 0); // the dropout's number, wherever it is
}

TEST_CASE("a step that works in its input's gradient has one at the network's input, too") {
    using First = tr::Network<tr::Image<4, 6, 6>, tr::BatchNorm, tr::Conv3x3<4>>;
    static_assert(tr::Plan<First, tr::Cpu<>>::is_network_input(0) && tr::Plan<First, tr::Cpu<>>::has_input_gradient(0));
    static_assert(!tr::Plan<First, tr::Reference<float>>::has_input_gradient(0));
}

TEST_CASE("the reference backend runs every layer by itself") {
    using Plan = PlanOf<tr::Reference<double>>;
    static_assert(Plan::step_count == Net::layer_count);
    for (int step = 0; step < Plan::step_count; ++step) {
        CHECK(Plan::steps[static_cast<std::size_t>(step)].first == step);
        CHECK(Plan::steps[static_cast<std::size_t>(step)].length == 1);
    }
}

TEST_CASE("an Add knows the step of its Fork") {
    static_assert(PlanOf<tr::Cpu<>>::steps[5].fork == 2);
    static_assert(PlanOf<tr::Cpu<>>::add_of(2) == 5);
    static_assert(PlanOf<tr::Reference<double>>::steps[9].fork == 4);
    static_assert(PlanOf<tr::Reference<double>>::add_of(4) == 9);
}

TEST_CASE("a Fork, and Flatten of a single pixel, cost nothing") {
    static_assert(PlanOf<tr::Cpu<>>::steps[2].view);
    static_assert(!PlanOf<tr::Cpu<>>::steps[12].view); // Flatten of 6 x 6 pixels moves values
    using Pooled = tr::Network<tr::Image<4, 2, 2>, tr::MaxPool<2>, tr::Flatten, tr::Linear<3>>;
    static_assert(tr::Plan<Pooled, tr::Cpu<>>::steps[1].view);
    static_assert(!tr::Plan<Pooled, tr::Cpu<>>::steps[0].view);
}

TEST_CASE("the network's input has no gradient, also through views") {
    using Views = tr::Network<tr::Image<4, 1, 1>, tr::Flatten, tr::ResBlock<tr::Linear<4>>>;
    using Plan = tr::Plan<Views, tr::Cpu<>>; // Flatten, Fork, Linear, Add
    static_assert(Plan::is_network_input(0) && Plan::is_network_input(1) && Plan::is_network_input(2));
    static_assert(!Plan::is_network_input(3) && !Plan::is_network_input(4));
}

TEST_CASE("S10's 43 layers are 20 steps on the processor") {
    static_assert(tr::S10::layer_count == 43);
    static_assert(tr::Plan<tr::S10, tr::Cpu<>>::step_count ==
                  43 - 8 * 2 - 3 - 4); // 8 normalisations, 3 pools, 4 convolutions
    static_assert(tr::Plan<tr::S10Network<tr::LayerNorm>, tr::Cpu<>>::step_count == 20);
    static_assert(tr::Plan<tr::S10, tr::Reference<float>>::step_count == 43);
}
