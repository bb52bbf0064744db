#include "tinyres/model/without_head.hpp"

#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>
#include <type_traits>

namespace tr = tinyres;

namespace {

using In = tr::Image<3, 8, 6>;
template <class Network, class Expected>
inline constexpr bool is_cut_to = std::is_same_v<tr::WithoutHead<Network>, Expected>;

static_assert(is_cut_to<tr::Network<In, tr::ReLU, tr::Flatten, tr::Linear<4>>, tr::Network<In, tr::ReLU, tr::Flatten>>);
static_assert(is_cut_to<tr::Network<In, tr::Flatten, tr::Linear<8>, tr::ReLU, tr::Linear<4>, tr::Softmax>,
                        tr::Network<In, tr::Flatten, tr::Linear<8>, tr::ReLU>>);
static_assert(is_cut_to<tr::Network<In, tr::ReLU, tr::Sequential<tr::Flatten, tr::Linear<4>>, tr::LogSoftmax>,
                        tr::Network<In, tr::ReLU, tr::Sequential<tr::Flatten>>>);
static_assert(is_cut_to<tr::Network<In, tr::Flatten, tr::Sequential<tr::Sequential<tr::Linear<4>>, tr::Softmax>>,
                        tr::Network<In, tr::Flatten>>);
static_assert(is_cut_to<tr::Network<In, tr::Flatten, tr::Linear<8>, tr::ResBlock<tr::Linear<8>, tr::ReLU>, tr::ReLU>,
                        tr::Network<In, tr::Flatten>>,
              "a linear layer inside a residual block is no head");
static_assert(is_cut_to<tr::Network<In, tr::Sequential<tr::ReLU, tr::Flatten>, tr::Linear<8>, tr::Linear<4>>,
                        tr::Network<In, tr::Sequential<tr::ReLU, tr::Flatten>, tr::Linear<8>>>);

} // namespace

TEST_CASE("The parameters and statistics of a network without its head are the first ones of the whole network") {
    using Whole = tr::Network<In, tr::Conv3x3<4>, tr::Sequential<tr::BatchNorm, tr::ReLU>, tr::Flatten,
                              tr::Sequential<tr::Linear<7>, tr::ReLU, tr::Linear<3>>, tr::LogSoftmax>;
    using Body = tr::WithoutHead<Whole>;
    CHECK(Body::output.size() == 7);
    const auto& whole = tr::network_tensors<Whole>;
    const auto& body = tr::network_tensors<Body>;
    REQUIRE(body.size() + 2 == whole.size());
    for (std::size_t i = 0; i < body.size(); ++i) {
        CHECK(body[i].path_name == whole[i].path_name.view());
        CHECK(body[i].offset == whole[i].offset);
        CHECK(body[i].spec.role == whole[i].spec.role);
    }
}
