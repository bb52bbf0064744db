// expect: a convolution of several groups or with a dilation cannot be whitened
#include <tinyres/eigen/whitening.hpp>
#include <tinyres/layers/layers.hpp>

template <int Groups>
using Net = tinyres::Network<tinyres::Image<2, 4, 4>, tinyres::Conv<2, 3, 1, 1, Groups>, tinyres::Flatten>;

int main() {
#ifdef TINYRES_MUST_FAIL
    return tinyres::detail::first_convolution<Net<2>>().offset;
#else
    return tinyres::detail::first_convolution<Net<1>>().offset;
#endif
}
