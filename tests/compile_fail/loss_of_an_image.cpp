// expect: tinyres: the loss needs a vector of outputs for each image
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/train_step.hpp>
#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Conv3x3<5>>;
#else
using Net = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Conv3x3<5>, tinyres::Flatten>;
#endif
tinyres::Metrics train(tinyres::Model<Net, tinyres::Reference<double>>& model, const tinyres::Batch& batch) {
    return tinyres::train_step(model, batch);
}
