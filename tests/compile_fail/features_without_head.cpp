// expect: this network has no Linear outside of groups with branches, so it has no features before a head
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/without_head.hpp>

#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, tinyres::Conv3x3<2>, tinyres::Flatten>;
#else
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, tinyres::Conv3x3<2>, tinyres::Flatten, tinyres::Linear<3>>;
#endif

int main() {
    return tinyres::WithoutHead<Net>::output.size() == 32 ? 0 : 1;
}
