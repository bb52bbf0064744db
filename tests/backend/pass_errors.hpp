#pragma once

#include "backend/pass_operands.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

/// How far what kernels gave is from what was expected.
namespace passes {

/// The error of `found` against `expected`, two arrays (any, channels): for each channel the norm of the difference
/// over the norm of what was expected (or that of an average channel, where it is larger); of all channels the worst.
inline double worst_channel_error(std::span<const double> found, std::span<const double> expected, int channels) {
    if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
    const auto count = static_cast<std::size_t>(channels);
    std::vector<double> difference(count, 0.0);
    std::vector<double> norm(count, 0.0);
    double whole = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double distance = found[i] - expected[i];
        difference[i % count] += distance * distance;
        norm[i % count] += expected[i] * expected[i];
        whole += expected[i] * expected[i];
    }
    double worst = 0.0;
    for (std::size_t c = 0; c < count; ++c) {
        const double scale = std::max({norm[c], whole / channels, std::numeric_limits<double>::min()});
        const double error = std::sqrt(difference[c] / scale);
        if (!(error <= worst)) worst = error; // also if it is NaN
    }
    return worst;
}

/// The errors of a pass, each the worst channel's.
struct Errors {
    double output = 0.0;
    double input_gradient = 0.0;
    double parameter_gradients = 0.0; ///< of the worst tensor
    double statistics = 0.0;          ///< the same
};

/// How far `found` is from `expected`, both from layers with this signature.
inline Errors errors_of(const Results& found, const Results& expected, const Signature& signature) {
    using Values = std::vector<double>;
    const auto part_error = [](const Values& a, const Values& b, std::size_t begin, std::size_t count, int channels) {
        if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
        if (a.empty()) return 0.0; // there is none in prediction
        return worst_channel_error(std::span(a).subspan(begin, count), std::span(b).subspan(begin, count), channels);
    };
    const auto keep_worst = [](double& worst, double error) {
        if (!(error <= worst)) worst = error; // also if it is NaN
    };
    const auto whole_error = [&](const Values& a, const Values& b, int channels) {
        return part_error(a, b, 0, b.size(), channels);
    };
    Errors errors;
    errors.output = whole_error(found.output, expected.output, signature.out.channels);
    errors.input_gradient = whole_error(found.input_gradient, expected.input_gradient, signature.in.channels);
    std::size_t parameter = 0;
    std::size_t statistic = 0;
    for (const tr::TensorSpec& spec : signature.tensors) {
        const auto size = static_cast<std::size_t>(spec.size());
        if (spec.role == tr::Role::parameter) {
            const int channels = spec.rank > 1 ? spec.shape[0] : 1; // HWIO or IO; vectors as a whole
            keep_worst(errors.parameter_gradients,
                       part_error(found.parameter_gradients, expected.parameter_gradients, parameter, size, channels));
            parameter += size;
        } else {
            keep_worst(errors.statistics, part_error(found.statistics, expected.statistics, statistic, size, 1));
            statistic += size;
        }
    }
    return errors;
}

template <class In, class... Layers>
Errors errors_of(const Results& found, const Results& expected) {
    return errors_of(found, expected, signature_of<In, Layers...>());
}

/// Whether two passes gave the same numbers, a NaN being the same as a NaN.
inline bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}
inline bool same(const Results& a, const Results& b) {
    return same(a.output, b.output) && same(a.input_gradient, b.input_gradient) &&
           same(a.parameter_gradients, b.parameter_gradients) && same(a.statistics, b.statistics);
}

} // namespace passes
