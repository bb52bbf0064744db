#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/plan/plan.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

template <class... Layers>
using PlanOf = tr::Plan<tr::Network<tr::Image<2, 4, 4>, tr::Conv3x3<2>, Layers...>, tr::Reference<float>>;

/// Whether the sum after an edge is to = a + b.
template <class Plan>
constexpr bool sums(std::size_t edge, int a, int b, int to) {
    const auto& sum = Plan::flow.sums[edge];
    return sum.a == a && sum.b == b && sum.to == to;
}
template <class Plan>
constexpr bool sums_nothing(std::size_t edge) {
    return sums<Plan>(edge, -1, -1, -1);
}

} // namespace

TEST_CASE("in a row of layers each writes the gradient of the value before it") {
    using Plan = PlanOf<tr::ReLU, tr::ReLU>;
    static_assert(!Plan::flow.wanted[0] && Plan::flow.wanted[1] && Plan::flow.wanted[2] && Plan::flow.wanted[3]);
    static_assert(Plan::flow.value[1] == 1 && Plan::flow.value[2] == 2 && Plan::flow.value[3] == 3);
    static_assert(Plan::flow.edge[0] == -1 && Plan::flow.edge[1] == 1 && Plan::flow.edge[2] == 2);
    static_assert(sums_nothing<Plan>(0) && sums_nothing<Plan>(1) && sums_nothing<Plan>(2));
}

TEST_CASE("a residual block adds the gradient that its Add passes on, in place, to what its body finds") {
    using Plan = PlanOf<tr::ResBlock<tr::Conv3x3<2>>>; // edges: 0, body 1, Add 2 and 3
    static_assert(Plan::flow.value[2] == 3);           // the body's output has the sum's gradient, where that is
    static_assert(Plan::flow.edge[2] == -1 && Plan::flow.edge[3] == -1 && !Plan::runs_backward(2));
    static_assert(Plan::flow.edge[1] == 1 && Plan::flow.value[1] == 1);
    static_assert(sums<Plan>(1, 1, 3, 1) && sums_nothing<Plan>(2) && sums_nothing<Plan>(3));
}

TEST_CASE("of several readers the last one writes, the others are added one after the other") {
    using Branch = tr::Conv3x3<2>;
    using Plan = PlanOf<tr::Concat<Branch, Branch, Branch>>; // edges: 0, branches 1 to 3, Concat 4 to 6
    constexpr int first_edge = Plan::step_count + 1;
    static_assert(Plan::flow.edge[3] == 1 && sums_nothing<Plan>(3));
    static_assert(Plan::flow.edge[2] == first_edge + 2 && sums<Plan>(2, first_edge + 2, 1, 1));
    static_assert(Plan::flow.edge[1] == first_edge + 1 && sums<Plan>(1, first_edge + 1, 1, 1));
    static_assert(Plan::flow.value[1] == 1);
}

TEST_CASE("a value that is added to itself gets its sum's gradient twice, in a place of its own") {
    using Plan = PlanOf<tr::Residual<tr::Identity, tr::Identity>>;
    static_assert(sums_nothing<Plan>(1) && sums<Plan>(2, 2, 2, 1) && Plan::flow.value[1] == 1);
}

TEST_CASE("nobody computes the gradient of the images, however often they are read") {
    using Plan = tr::Plan<tr::Network<tr::Image<2, 4, 4>, tr::Concat<tr::Identity, tr::Conv3x3<2>, tr::ReLU>>,
                          tr::Reference<float>>; // Conv3x3, ReLU, Concat
    static_assert(!Plan::flow.wanted[0] && Plan::flow.wanted[1] && !Plan::flow.wanted[2] && Plan::flow.wanted[3]);
    static_assert(Plan::runs_backward(0) && !Plan::runs_backward(1) && Plan::runs_backward(2));
    static_assert(Plan::flow.edge[2] == -1 && Plan::flow.edge[3] == 1 && Plan::flow.edge[4] == -1);
}
