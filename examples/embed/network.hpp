#pragma once

#include <bit>
#include <cstdio>
#include <tinyres/tinyres.hpp>

namespace example {

namespace tr = tinyres;

template <int K>
using Block = tr::Sequential<tr::Conv3x3<K>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;

template <class... Last>
using NetEndingIn = tr::Network<tr::Image<3, 32, 32>, Block<8>, Block<16>, Block<16>, tr::MaxPool<4>, tr::Flatten,
                                tr::Linear<10>, Last...>;

/// Tells the ten shapes of the synthetic set apart, in 4.0 thousand parameters.
using Net = NetEndingIn<>;

/// The same with probabilities as outputs; its tensors are those of Net.
using Classifier = NetEndingIn<tr::Softmax>;

/// The program that trains and the one that classifies show the same images, so that their answers can be compared.
inline constexpr int shown_images = 20;

/// What a model says of the first test images: a class and a probability, followed by all ten of them to the last bit.
inline void print_answers(const tr::Model<Classifier, tr::Cpu<>>& model) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, shown_images);
    for (int index = 0; index < shown_images; ++index) {
        const std::vector<float> pixels = tr::prepare_images(images.image(index), tr::cifar10_normalization());
        const std::vector<float> probabilities = tr::predict(model, pixels);
        const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
        std::printf("%-9s %5.1f%%  ", images.class_names[static_cast<std::size_t>(best)].c_str(),
                    100.0 * static_cast<double>(probabilities[static_cast<std::size_t>(best)]));
        for (const float probability : probabilities) std::printf(" %08x", std::bit_cast<unsigned>(probability));
        std::printf("\n");
    }
}

} // namespace example
