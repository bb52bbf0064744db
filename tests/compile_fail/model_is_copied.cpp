// expect: a copy is asked for by name: model.clone()
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/model/predict.hpp>

using Net = tinyres::Network<tinyres::Image<1, 2, 2>, tinyres::Flatten, tinyres::Linear<2>>;

int main() {
    const tinyres::Model<Net, tinyres::Reference<float>> model;
#ifdef TINYRES_MUST_FAIL
    const tinyres::Model<Net, tinyres::Reference<float>> copy = model;
#else
    const tinyres::Model<Net, tinyres::Reference<float>> copy = model.clone();
#endif
    return copy.steps() == model.steps() ? 0 : 1;
}
