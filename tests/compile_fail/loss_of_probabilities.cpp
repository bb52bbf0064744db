// expect: tinyres: the loss takes a softmax itself, this network ends in Softmax
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/predict.hpp>
using Classifier = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Flatten, tinyres::Linear<5>, tinyres::Softmax>;
#ifdef TINYRES_MUST_FAIL
using Trained = Classifier;
#else
using Trained = tinyres::Network<tinyres::Image<3, 1, 1>, tinyres::Flatten, tinyres::Linear<5>, tinyres::LogSoftmax>;
#endif
std::vector<float> predict(const tinyres::Model<Classifier, tinyres::Reference<double>>& model,
                           std::span<const float> images) {
    return tinyres::predict(model, images);
}
tinyres::Metrics train(tinyres::Model<Trained, tinyres::Reference<double>>& model, const tinyres::Batch& batch) {
    return tinyres::train_step(model, batch);
}
