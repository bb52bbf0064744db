#pragma once

#include "s10_run.hpp"
#include "tinyres/networks/s10.hpp"

namespace tinyres_test {

using S10WithoutDropout = tr::S10Network<tr::BatchNorm, 64, tr::Dropout2d<0>>;
static_assert(tr::parameter_count<S10WithoutDropout> == tr::parameter_count<tr::S10>);

/// What the file holds of a tensor: its L2 norm, and its dot product with a vector of uniform numbers in [-1, 1), which
/// sees whether the elements are in their places. An error of length e shifts the product by about e / 2.
struct Summary {
    double length = 0.0;
    double product = 0.0;
};

/// Of tensor number `number`.
inline Summary summary(const std::vector<double>& values, std::uint64_t seed, std::uint32_t number) {
    Summary found{.length = norm(values)};
    for (std::size_t element = 0; element < values.size(); ++element)
        found.product += values[element] * symmetric_uniform({seed, tr::Purpose::dropout, 0, number}, element);
    return found;
}

/// The larger of the two differences, relative to the norm.
inline double error(const Summary& ours, const std::vector<double>& theirs) {
    return std::max(std::abs(ours.length - theirs[0]), std::abs(ours.product - theirs[1])) / theirs[0];
}

/// Ten steps of the full S10 on `Backend` against PyTorch's.
// The bounds are two to five times the worst that README.md found at this width for convolutions with an error of 1e-6.
template <class Backend>
void check_full_s10() {
    const Numbers pytorch("s10_full");
    const Repetition<S10WithoutDropout, Backend> ours(pytorch, "bn");
    const auto seed = static_cast<std::uint64_t>(pytorch.setting("bn/seed"));
    CHECK(largest_difference(ours.losses, pytorch("bn/loss")) < 5e-4);
    const std::vector<double> outputs = pytorch("bn/eval_log_softmax");
    CHECK(distance(ours.outputs, outputs) < 2e-4 * norm(outputs));

    for (std::uint32_t number = 0; number < ours.parameters.size(); ++number) {
        const Trained& gradient = ours.gradients[number];
        const Trained& parameter = ours.parameters[number];
        const std::string& name = parameter.pytorch_name;
        CAPTURE(name);
        const std::vector<double> gradients(gradient.tensor.values.begin(), gradient.tensor.values.end());
        const std::vector<double> parameters(parameter.tensor.values.begin(), parameter.tensor.values.end());
        std::vector<double> updates = parameters;
        for (std::size_t i = 0; i < updates.size(); ++i) updates[i] -= static_cast<double>(parameter.start[i]);
        if (!gradient.idle)
            CHECK(error(summary(gradients, seed, number), pytorch("bn/grad/" + name)) < 1e-2);
        else
            CHECK(norm(gradients) < 5e-6 * norm(ours.gradients[number - 1].tensor.values)); // its weights'
        CHECK(error(summary(parameters, seed, number), pytorch("bn/param/" + name)) < 1e-4);
        CHECK(error(summary(updates, seed, number), pytorch("bn/update/" + name)) < 0.1);
    }
    for (const Trained& statistic : ours.statistics) {
        const std::string& name = statistic.pytorch_name;
        CAPTURE(name);
        const std::vector<double> theirs = pytorch("bn/buffer/" + name);
        CHECK(distance(statistic.tensor.values, theirs) < 3e-4 * norm(theirs));
    }
}

} // namespace tinyres_test
