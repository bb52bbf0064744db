#pragma once

#include "tinyres/backend/cpu/batch_norm.hpp"
#include "tinyres/backend/cpu/convolution_max_pool.hpp"
#include "tinyres/backend/cpu/group_norm.hpp"
#include "tinyres/plan/composed.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A normalization with its ReLU and Dropout2d and the convolution, pooled or not, that reads what it writes: `Normal`
/// and `Conv` are the operations that the step consists of. What the normalization writes is not kept but computed once
/// more in backward, so that of the two large arrays between one convolution and the next training keeps only one.
/// Where the normalization is BatchNorm and the convolution's algorithms can, they normalize what they read, so that it
/// is written nowhere, and sum for BatchNorm's backward while they store the gradient.
template <class T, class Arch, class Normal, class Conv>
struct ConvolutionOfNormalized {
    using Backend = Cpu<T, Arch>;
    using Parts = Composed<Backend, Normal, Conv>;
    using Normalize = typename Parts::First;
    using Convolve = typename Parts::Second;
    using In = typename Normal::InputShape;

    static constexpr bool is_batch_norm = requires { typename Normalize::Normalized; };
    static constexpr bool reads_normalized = [] {
        if constexpr (is_batch_norm)
            return Convolve::template reads<typename Normalize::Normalized>;
        else
            return false;
    }();
    static constexpr bool sums_gradients = is_batch_norm && Convolve::InputGradient::sums_channels;
    static constexpr std::size_t normalized_bytes = reads_normalized ? 0 : cache_lines(sizeof(T) * In::size);
    static constexpr std::size_t sums_bytes =
        sums_gradients ? Convolve::template sums_bytes<typename Convolve::InputGradient>(2 * In::channels) : 0;

    // Scratch for each image: what the normalization writes, and in backward the sums behind it.
    static constexpr KernelNeeds own{.input_gradient_always = true,
                                     .leaves_moments = Convolve::needs.leaves_moments,
                                     .takes_moments = Normalize::needs.takes_moments,
                                     .forward_scratch_per_image = normalized_bytes,
                                     .backward_scratch_per_image = normalized_bytes + sums_bytes};
    static constexpr KernelNeeds needs = Parts::needs_with(own);

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) {
        ForwardPass<float, T> normalization = Parts::first(own, pass);
        ForwardPass<float, T> convolution = Parts::second(own, pass);
        if constexpr (reads_normalized) {
            Convolve::forward_from(cpu, convolution, Normalize::prepare(cpu, normalization));
        } else {
            normalization.output = reinterpret_cast<T*>(pass.image_scratch);
            Normalize::forward(cpu, normalization);
            convolution.input = normalization.output;
            Convolve::forward(cpu, convolution);
        }
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        BackwardPass<float, T> normalization = Parts::first(own, pass);
        const BackwardPass<float, T> convolution = Parts::second(own, pass);
        if constexpr (reads_normalized) {
            Convolve::weight_gradient(cpu, convolution, Normalize::prepared(normalization));
        } else {
            T* const normalized = reinterpret_cast<T*>(pass.image_scratch);
            Normalize::forward_again(cpu, normalization, normalized);
            Convolve::weight_gradient(cpu, convolution, static_cast<const T*>(normalized));
        }
        normalization.output_gradient = pass.input_gradient; // each element is read before it is written
        if constexpr (sums_gradients) {
            float* const parts =
                reinterpret_cast<float*>(pass.image_scratch + normalized_bytes * static_cast<std::size_t>(pass.batch));
            Convolve::input_gradient(cpu, convolution, Normalize::sums(normalization, parts));
            Normalize::backward_from_parts(cpu, normalization, parts, Convolve::InputGradient::parts(pass.batch));
        } else {
            Convolve::input_gradient(cpu, convolution, NoSums{});
            Normalize::backward(cpu, normalization);
        }
    }
};

namespace detail {

/// The layers of a list before its first convolution, as one operation, and the others as the operation that reads what
/// that gives; both void where there are none of the one or the other.
template <class In, class Before, class... Layers>
struct SplitAtConvolution {
    using Normal = void;
    using Conv = void;
};
template <class In, class... Before, class Layer, class... Rest>
struct SplitAtConvolution<In, TypeList<Before...>, Layer, Rest...>
    : SplitAtConvolution<In, TypeList<Before..., Layer>, Rest...> {};
template <class In, class First, class... Before, class Layer, class... Rest>
requires is_convolution<Layer>
struct SplitAtConvolution<In, TypeList<First, Before...>, Layer, Rest...> {
    using Normal = Bound<typename tinyres::detail::OneOrFused<First, Before...>::type, In>;
    using Conv = Bound<typename tinyres::detail::OneOrFused<Layer, Rest...>::type, typename Normal::OutputShape>;
};

template <class In, class... Layers>
using NormalizationIn = typename SplitAtConvolution<In, TypeList<>, Layers...>::Normal;
template <class In, class... Layers>
using ConvolutionIn = typename SplitAtConvolution<In, TypeList<>, Layers...>::Conv;

} // namespace detail

/// A kernel that can write what it normalized once more, as BatchNorm's and GroupNorm's.
template <class K>
concept RepeatsForward = requires {
    &K::forward_again;
};

/// A kernel of a convolution whose two halves of backward are apart, as Conv3x3's, pooled or not.
template <class K>
concept HalvesBackward = requires {
    typename K::InputGradient;
    K::template reads<float*>;
};

} // namespace cpu

template <class T, class Arch, class First, class Second, class... Rest, class In>
requires cpu::HalvesBackward<Kernel<Cpu<T, Arch>, cpu::detail::ConvolutionIn<In, First, Second, Rest...>>> &&
    cpu::RepeatsForward<Kernel<Cpu<T, Arch>, cpu::detail::NormalizationIn<In, First, Second, Rest...>>>
struct Kernel<Cpu<T, Arch>, Bound<Fused<First, Second, Rest...>, In>>
    : cpu::ConvolutionOfNormalized<T, Arch, cpu::detail::NormalizationIn<In, First, Second, Rest...>,
                                   cpu::detail::ConvolutionIn<In, First, Second, Rest...>> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
