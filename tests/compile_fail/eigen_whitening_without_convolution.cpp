// expect: only a network whose first layer is a convolution can have it whitened
#include <tinyres/eigen/whitening.hpp>
#include <tinyres/layers/layers.hpp>

template <class... First>
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, First..., tinyres::Conv3x3<2>, tinyres::Flatten>;

int main() {
#ifdef TINYRES_MUST_FAIL
    return tinyres::detail::first_convolution<Net<tinyres::ReLU>>().offset;
#else
    return tinyres::detail::first_convolution<Net<>>().offset;
#endif
}
