#pragma once

#include "all_headers.hpp"

#include <cmath>
#include <vector>

/// The loss of a small network's third training step, computed with the instruction set of the unit that includes this.
template <class Backend>
double third_loss(const Backend& backend) {
    namespace tr = tinyres;
    using Small = tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<20>, tr::BatchNorm, tr::ReLU, tr::MaxPool<4>, tr::Flatten,
                              tr::Linear<3>>;
    constexpr int images = 5;
    std::vector<float> pixels(images * 3 * 8 * 8);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(0.37f * static_cast<float>(i));
    const std::vector<std::int32_t> labels{0, 1, 2, 1, 0};

    tr::Model<Small, Backend> model{tr::KaimingUniform{}, 7, backend};
    tr::Adam optimizer{model};
    double loss = 0.0;
    for (int step = 0; step < 3; ++step) {
        loss = tr::train_step(model, {pixels, labels}).loss();
        optimizer.step(model, 1e-2);
    }
    return loss;
}
