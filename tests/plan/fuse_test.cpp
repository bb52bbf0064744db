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
                        tr::ResBlock<tr::GroupNorm<2>, tr::ReLU, Drop, tr::ReLU>, // 4 to 7, 8 Add
                        tr::BatchNorm, Drop, tr::ReLU,                            // 9 to 11
                        tr::LayerNorm, tr::BatchNorm, tr::ReLU, tr::ReLU,         // 12 to 15
                        tr::Flatten, tr::Linear<3>>;                              // 16, 17

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

TEST_CASE("the processor backend runs normalization, ReLU and Dropout2d as one step") {
    CHECK(first_layers<tr::Cpu<>>() == std::vector<int>{0, 1, 4, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17});
    using Plan = PlanOf<tr::Cpu<>>;
    using In = tr::Shape<4, 6, 6>;
    static_assert(std::is_same_v<Plan::Operation<0>, tr::Bound<tr::Conv3x3<4>, In>>);
    static_assert(std::is_same_v<Plan::Operation<1>, tr::Bound<tr::Fused<tr::BatchNorm, tr::ReLU, Drop>, In>>);
    static_assert(std::is_same_v<Plan::Operation<2>, tr::Bound<tr::Fused<tr::GroupNorm<2>, tr::ReLU, Drop>, In>>);
    static_assert(std::is_same_v<Plan::Operation<3>, tr::Bound<tr::ReLU, In>>);
    static_assert(std::is_same_v<Plan::Operation<4>, tr::Bound<tr::Add, In, In>>);
    static_assert(std::is_same_v<Plan::Operation<5>, tr::Bound<tr::BatchNorm, In>>); // no ReLU between it and dropout
    static_assert(std::is_same_v<Plan::Operation<8>, tr::Bound<tr::LayerNorm, In>>);
    static_assert(std::is_same_v<Plan::Operation<9>, tr::Bound<tr::Fused<tr::BatchNorm, tr::ReLU>, In>>);
    static_assert(std::is_same_v<Plan::Operation<12>, tr::Bound<tr::Linear<3>, tr::Shape<144>>>);
}

TEST_CASE("the processor backend pools a convolution's output in the convolution's step") {
    using Pools = tr::Network<tr::Image<4, 6, 6>, tr::Conv3x3<4>, tr::MaxPool<2>, tr::MaxPool<3>>;
    using Plan = tr::Plan<Pools, tr::Cpu<>>;
    static_assert(Plan::step_count == 2);
    static_assert(
        std::is_same_v<Plan::Operation<0>, tr::Bound<tr::Fused<tr::Conv3x3<4>, tr::MaxPool<2>>, tr::Shape<4, 6, 6>>>);
    static_assert(std::is_same_v<Plan::Operation<1>, tr::Bound<tr::MaxPool<3>, tr::Shape<4, 3, 3>>>);
}

TEST_CASE("a pooling whose windows are no tiles of the image runs by itself") {
    using In = tr::Shape<4, 6, 6>;
    using Conv = tr::Conv3x3<4>;
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, tr::MaxPool<4>>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, tr::MaxPool<2, 1>>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, Conv, tr::MaxPool<3, 2, 1>>, In>>);
    static_assert(tr::HasKernel<tr::Cpu<>, tr::Bound<tr::MaxPool<3, 2, 1>, In>>);
    using Pools = tr::Network<In, tr::BatchNorm, Conv, tr::MaxPool<3, 2, 1>>;
    static_assert(tr::Plan<Pools, tr::Cpu<>>::step_count == 2);
}

namespace {

/// A backend that has kernels for two pairs of layers of its own.
struct Pairs : tr::Reference<float> {};
struct First : tr::ElementwiseLayer {
    static constexpr std::string_view name = "First";
};
struct Second : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Second";
};

} // namespace

template <tr::Layer Layer, class... Inputs>
struct tinyres::Kernel<Pairs, tinyres::Bound<Layer, Inputs...>> {
    static constexpr KernelNeeds needs{};
};
template <class In>
requires(In::channels > 1) struct tinyres::Kernel<Pairs, tinyres::Bound<tinyres::Fused<First, Second>, In>> {
    static constexpr KernelNeeds needs{};
};
template <class In>
struct tinyres::Kernel<Pairs, tinyres::Bound<tinyres::Fused<First, Second, First>, In>> {
    static constexpr KernelNeeds needs{};
};

/// A kernel of a user's for two layers on the processor.
template <class In>
struct tinyres::Kernel<tinyres::Cpu<>, tinyres::Bound<tinyres::Fused<tinyres::Conv3x3<5>, Second>, In>> {
    static constexpr KernelNeeds needs{};
};

TEST_CASE("a kernel of a user's for several layers is no part of the library's own ones") {
    using In = tr::Shape<4, 6, 6>;
    static_assert(tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::Conv3x3<5>, Second>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, tr::Conv3x3<5>, Second>, In>>);
    using Net = tr::Network<In, tr::Conv3x3<5>, Second, tr::BatchNorm, tr::ReLU>;
    static_assert(tr::Plan<Net, tr::Cpu<>>::step_count == 2);
}

TEST_CASE("layers run as one where the backend has a kernel for them, the longest first") {
    constexpr auto lengths = [](auto network) {
        using Plan = tr::Plan<decltype(network), Pairs>;
        std::vector<int> all;
        for (int step = 0; step < Plan::step_count; ++step)
            all.push_back(Plan::steps[static_cast<std::size_t>(step)].length);
        return all;
    };
    using In = tr::Image<2, 4, 4>;
    CHECK(lengths(tr::Network<In, First, Second>{}) == std::vector<int>{2});
    CHECK(lengths(tr::Network<In, First, Second, First, Second>{}) == std::vector<int>{3, 1});
    CHECK(lengths(tr::Network<In, First, Second, Second, First>{}) == std::vector<int>{2, 1, 1});
    CHECK(lengths(tr::Network<In, tr::Sequential<First>, tr::Sequential<Second, Second>>{}) == std::vector<int>{2, 1});
    CHECK(lengths(tr::Network<tr::Image<1, 4, 4>, First, Second>{}) == std::vector<int>{1, 1}); // by shape
    CHECK(lengths(tr::Network<In, tr::ReLU, First>{}) == std::vector<int>{1, 1});
}

TEST_CASE("nothing runs as one where somebody else reads what is between") {
    using In = tr::Image<2, 4, 4>;
    using Read = tr::Plan<tr::Network<In, First, tr::ResBlock<Second>>, Pairs>; // First's value is added, too
    static_assert(Read::step_count == 3);
    using Within = tr::Plan<tr::Network<In, tr::ResBlock<First, Second>>, Pairs>;
    static_assert(Within::step_count == 2);
    using Branches = tr::Plan<tr::Network<In, First, tr::Concat<Second, Second>>, Pairs>;
    static_assert(Branches::step_count == 4);
}

TEST_CASE("a convolution with its pooling and the chain of a normalization is for a backend to fuse, or not") {
    using Conv = tr::Conv3x3<4>;
    using In = tr::Shape<4, 6, 6>;
    static_assert(tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, tr::MaxPool<2>>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, tr::MaxPool<2>, tr::BatchNorm>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, tr::ReLU>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<Conv, Conv>, In>>);
    static_assert(tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, Conv>, In>>);
    static_assert(tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::LayerNorm, tr::ReLU, Conv, tr::MaxPool<3>>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, Drop, Conv>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, Conv, Conv>, In>>);
    static_assert(!tr::HasKernel<tr::Cpu<>, tr::Bound<tr::Fused<tr::BatchNorm, Conv, tr::BatchNorm>, In>>);
}

TEST_CASE("the processor backend normalizes what a convolution reads in the convolution's step") {
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
    using Net = tr::Network<tr::Image<4, 6, 6>, tr::BatchNorm, tr::Conv3x3<4>>;
    static_assert(!tr::Plan<Net, tr::Cpu<>>::flow.wanted[0] && tr::Plan<Net, tr::Cpu<>>::flow.edge[0] >= 0);
    static_assert(tr::Plan<Net, tr::Reference<float>>::flow.edge[0] < 0);
}

TEST_CASE("the reference backend runs every layer by itself") {
    using Plan = PlanOf<tr::Reference<double>>;
    static_assert(Plan::step_count == Net::layer_count);
    for (int step = 0; step < Plan::step_count; ++step) {
        CHECK(Plan::steps[static_cast<std::size_t>(step)].first == step);
        CHECK(Plan::steps[static_cast<std::size_t>(step)].length == 1);
    }
}

TEST_CASE("a step knows the values that it reads") {
    constexpr auto& steps = PlanOf<tr::Cpu<>>::steps;
    static_assert(steps[4].inputs.count == 2 && steps[4].inputs[0] == 4 && steps[4].inputs[1] == 2);
    static_assert(steps[5].inputs.count == 1 && steps[5].inputs[0] == 5);
    static_assert(PlanOf<tr::Cpu<>>::edge_count == PlanOf<tr::Cpu<>>::step_count + 1);
}

TEST_CASE("Flatten of a single pixel costs nothing") {
    static_assert(!PlanOf<tr::Cpu<>>::needs[11].view); // Flatten of 6 x 6 pixels moves values
    using Pooled = tr::Network<tr::Image<4, 2, 2>, tr::MaxPool<2>, tr::Flatten, tr::Linear<3>>;
    static_assert(tr::Plan<Pooled, tr::Cpu<>>::needs[1].view && !tr::Plan<Pooled, tr::Cpu<>>::runs_forward(1));
    static_assert(!tr::Plan<Pooled, tr::Cpu<>>::needs[0].view);
    static_assert(!tr::Plan<Pooled, tr::Cpu<tr::bfloat16>>::needs[1].view); // vectors are stored otherwise
}

TEST_CASE("gradients are wanted where parameters lie before them") {
    using Views = tr::Network<tr::Image<4, 1, 1>, tr::Flatten, tr::ResBlock<tr::Linear<4>>>;
    using Plan = tr::Plan<Views, tr::Cpu<>>; // Flatten, Linear, Add
    static_assert(!Plan::flow.wanted[0] && !Plan::flow.wanted[1] && Plan::flow.wanted[2] && Plan::flow.wanted[3]);
    using Pool = tr::Plan<tr::Network<tr::Image<4, 4, 4>, tr::MaxPool<2>, tr::Conv3x3<2>>, tr::Cpu<>>;
    static_assert(!Pool::flow.wanted[1] && Pool::flow.wanted[2]);
    static_assert(!Pool::runs_backward(0) && Pool::runs_backward(1));
}

TEST_CASE("S10's 41 layers are 18 steps on the processor") {
    static_assert(tr::S10::layer_count == 41);
    static_assert(tr::Plan<tr::S10, tr::Cpu<>>::step_count ==
                  41 - 8 * 2 - 3 - 4); // 8 normalizations, 3 pools, 4 convolutions
    static_assert(tr::Plan<tr::S10Network<tr::LayerNorm>, tr::Cpu<>>::step_count == 18);
    static_assert(tr::Plan<tr::S10, tr::Reference<float>>::step_count == 41);
}
