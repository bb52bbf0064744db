// expect: the model would be gone
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/model/predict.hpp>

using Net = tinyres::Network<tinyres::Image<1, 2, 2>, tinyres::Flatten, tinyres::Linear<2>>;
using NetModel = tinyres::Model<Net, tinyres::Reference<float>>;

int main() {
#ifdef TINYRES_MUST_FAIL
    const tinyres::Predictor predictor{NetModel{}};
#else
    const NetModel model;
    const tinyres::Predictor predictor{model};
#endif
    static_cast<void>(predictor);
    return 0;
}
