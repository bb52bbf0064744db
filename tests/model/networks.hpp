#pragma once

#include "tinyres/layers/layers.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/model/model.hpp"

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace tinyres_test {

/// A little of everything, on images that are not square and channels that fill no vector: cheap to compile and to run.
template <class Dropout>
using SmallNetwork =
    tinyres::Network<tinyres::Image<3, 8, 6>, tinyres::Conv3x3<5>, tinyres::BatchNorm, tinyres::ReLU, Dropout,
                     tinyres::ResBlock<tinyres::Conv3x3<5>, tinyres::GroupNorm<5>, tinyres::ReLU>, tinyres::MaxPool<2>,
                     tinyres::Flatten, tinyres::Linear<4>>;

/// The same for the images of CIFAR-10 and the synthetic set, made small at once.
using ImageNetwork = tinyres::Network<tinyres::Image<3, 32, 32>, tinyres::MaxPool<4>, tinyres::Conv3x3<6>,
                                      tinyres::BatchNorm, tinyres::ReLU, tinyres::Dropout2d<20>,
                                      tinyres::ResBlock<tinyres::Conv3x3<6>, tinyres::BatchNorm, tinyres::ReLU>,
                                      tinyres::MaxPool<4>, tinyres::Flatten, tinyres::Linear<10>>;

/// Images and labels that belong to the batch itself.
struct OwnedBatch {
    std::vector<float> images;
    std::vector<std::int32_t> labels;

    operator tinyres::Batch() const { return {images, labels}; }
};

/// Images uniform in [-1, 1), labels that go round the classes.
template <class Network>
OwnedBatch random_batch(int size, std::uint64_t seed = 1) {
    OwnedBatch batch{std::vector<float>(static_cast<std::size_t>(size * Network::input.size())),
                     std::vector<std::int32_t>(static_cast<std::size_t>(size))};
    tinyres::RandomStream random({seed, tinyres::Purpose::augmentation, 0, 0});
    for (float& value : batch.images) value = random.uniform(-1.0f, 1.0f);
    for (int i = 0; i < size; ++i) batch.labels[static_cast<std::size_t>(i)] = i % Network::output.size();
    return batch;
}

template <class Scalar>
std::vector<std::remove_const_t<Scalar>> copy_of(std::span<Scalar> values) {
    return {values.begin(), values.end()};
}

/// |a - b| / |b|, in the L2 norm.
template <class A, class B>
double relative_difference(const A& a, const B& b) {
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const double expected = static_cast<double>(b[i]);
        difference += (static_cast<double>(a[i]) - expected) * (static_cast<double>(a[i]) - expected);
        norm += expected * expected;
    }
    return std::sqrt(difference / norm);
}

} // namespace tinyres_test
