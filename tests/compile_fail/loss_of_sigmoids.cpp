// expect: tinyres: the loss takes a sigmoid itself, this network ends in Sigmoid or Softmax
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/layers/layers.hpp>
#include <tinyres/losses/losses.hpp>
#include <tinyres/model/train_step.hpp>
#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Flatten, tinyres::Linear<5>, tinyres::Sigmoid>;
#else
using Net = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Flatten, tinyres::Linear<5>>;
#endif
tinyres::Metrics train(tinyres::Model<Net, tinyres::Reference<double>>& model, const tinyres::Batch& batch) {
    return tinyres::train_step(model, batch, tinyres::BinaryCrossEntropy{});
}
