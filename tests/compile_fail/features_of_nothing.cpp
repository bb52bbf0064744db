// expect: nothing stands before this network's Linear, so its features are the images themselves
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/without_head.hpp>

#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Shape<16>, tinyres::Linear<3>>;
#else
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, tinyres::Flatten, tinyres::Linear<3>>;
#endif

int main() {
    return tinyres::WithoutHead<Net>::output.size() == 16 ? 0 : 1;
}
