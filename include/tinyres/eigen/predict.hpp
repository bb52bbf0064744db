#pragma once

// Needs Eigen 3.4 or newer with its unsupported modules.

#include "tinyres/eigen/labels.hpp"
#include "tinyres/eigen/samples.hpp"
#include "tinyres/eigen/tensor.hpp"
#include "tinyres/model/predict.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What `samples_in_rows`, `samples_in_columns` and `samples_in_tensor` return.
template <class X>
concept Samples = requires(const X& samples, Dims sample) {
    typename X::Matrix;
    { samples.values() } -> std::same_as<std::span<const float>>;
    samples.require_fit(sample);
    samples.make_results(1);
};

/// What the functions below take: samples, or a tensor, whose dimensions say what is what. Of a matrix it must be said
/// how samples lie in it; one given as it is does not compile.
template <class X>
concept SamplesLike = Samples<X> || EigenTensor<X> || EigenDense<X>;

namespace detail {

template <class X>
inline constexpr bool is_said_how_samples_lie = !EigenDense<X>;

template <SamplesLike X>
decltype(auto) as_samples(const X& x) {
    static_assert(is_said_how_samples_lie<X>, "tinyres: say how samples lie in this matrix: samples_in_rows(X) or "
                                              "samples_in_columns(X)");
    if constexpr (EigenTensor<X>)
        return samples_in_tensor(x);
    else if constexpr (EigenDense<X>)
        return samples_in_rows(x); // after this error there is no other
    else
        return (x);
}

/// How many images are computed at once, so that memory does not grow with the number of samples.
inline constexpr std::size_t samples_at_once = 256;

/// Calls `run` with the number of the first sample and how many it is about, part by part.
template <class Run>
void for_each_part(std::size_t samples, const Run& run) {
    for (std::size_t first = 0; first < samples; first += samples_at_once)
        run(first, (std::min)(samples_at_once, samples - first));
}

/// What `compute`, a Predictor or the like, finds for samples, `width` values each.
template <class Backend, class Compute, Samples X>
typename X::Matrix results_of(const Backend& backend, Compute& compute, const X& samples, Dims sample, int width) {
    samples.require_fit(sample);
    typename X::Matrix results = samples.make_results(width);
    const std::span<float> all{results.data(), static_cast<std::size_t>(results.size())};
    const auto size = static_cast<std::size_t>(sample.size());
    const auto wide = static_cast<std::size_t>(width);
    for_each_part(samples.values().size() / size, [&](std::size_t first, std::size_t count) {
        backend.download(compute(samples.values().subspan(first * size, count * size)),
                         all.subspan(first * wide, count * wide));
    });
    return results;
}

} // namespace detail

/// The outputs of a model in prediction mode: (samples, outputs) of samples in rows or in a tensor, (outputs, samples)
/// of samples in columns; the same numbers as `predict` of the images as a span. Const and re-entrant. Throws Error,
/// naming both sizes, when the samples are not what the network takes.
///
///     const tr::RowMatrix<float> logits = tr::predict(model, tr::samples_in_rows(X));
template <class Network, class Backend, SamplesLike X>
auto predict(const Model<Network, Backend>& model, const X& x) {
    const auto& samples = detail::as_samples(x);
    Predictor<Network, Backend> predictor(model);
    return detail::results_of(model.backend(), predictor, samples, Network::input, Network::output.size());
}

namespace detail {

/// Throws Error unless there is one label for each sample.
template <Samples X>
void require_labels(const X& samples, std::span<const std::int32_t> labels) {
    if (static_cast<std::size_t>(samples.count()) != labels.size())
        throw Error("there are " + std::to_string(samples.count()) + " samples and " + std::to_string(labels.size()) +
                    " labels; give one label for each sample");
}

} // namespace detail

/// Loss and accuracy of a model in prediction mode over all samples. `labels` is a vector of integers of Eigen's or a
/// range of 32-bit integers. Throws Error when sizes do not agree or a label is not one of the network's outputs.
template <class Network, class Backend, SamplesLike X, LabelsLike Y, Loss L = CrossEntropy>
Metrics evaluate(const Model<Network, Backend>& model, const X& x, const Y& y, const L& loss = {}) {
    const auto& samples = detail::as_samples(x);
    const Labels labels(y);
    samples.require_fit(Network::input);
    detail::require_labels(samples, labels.values());
    Predictor<Network, Backend> predictor(model);
    std::optional<StepMetrics<Backend>> so_far;
    constexpr auto size = static_cast<std::size_t>(Network::input.size());
    detail::for_each_part(labels.values().size(), [&](std::size_t first, std::size_t count) {
        const Batch batch{samples.values().subspan(first * size, count * size), labels.values().subspan(first, count)};
        so_far = predictor.evaluate(batch, loss, so_far.has_value());
    });
    return so_far->get();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
