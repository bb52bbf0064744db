// expect: CompleteBackend
// expect: AllocatesBuffers
#include <tinyres/tinyres.hpp>

struct WithoutMemory : tinyres::Reference<float> {
    static void allocate();
};
#ifdef TINYRES_MUST_FAIL
using Backend = WithoutMemory;
#else
using Backend = tinyres::Reference<float>;
#endif
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, tinyres::Flatten, tinyres::Linear<2>>;
void make() {
    tinyres::Model<Net, Backend> model;
}
