#pragma once

#include "tinyres/backend/cpu/batch_norm.hpp"
#include "tinyres/backend/cpu/conv3x3_max_pool.hpp"
#include "tinyres/backend/cpu/group_norm.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// A normalisation with its ReLU and Dropout2d and the convolution, pooled or not, that reads what it writes: `Normal`
/// and `Conv` are the operations that the step consists of. What the normalisation writes is not kept but computed once
/// more in backward, so that of the two large arrays between one convolution and the next training keeps only one.
/// Where the normalisation is BatchNorm and the convolution's algorithms can, they normalise what they read, so that it
/// is written nowhere, and sum for BatchNorm's backward while they store the gradient.
/// The normalisation has `Parameters` parameters.
template <class T, class Arch, class Normal, int Parameters, class Conv>
struct ConvolutionOfNormalized {
    using Backend = Cpu<T, Arch>;
    using Normalize = Kernel<Backend, Normal>;
    using Convolve = Kernel<Backend, Conv>;
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
    static constexpr std::size_t scratch_bytes = cache_lines(Normalize::needs.scratch_shared);

    // Kept, in this order: what the normalisation keeps; what the convolution keeps. Scratch likewise; of that for each
    // image the first part is what the normalisation writes, and in backward the sums behind it.
    static constexpr KernelNeeds needs = [] {
        const KernelNeeds first = Normalize::needs;
        KernelNeeds both = Convolve::needs;
        both.input_gradient_always = true;
        both.takes_moments = first.takes_moments;
        both.saved_per_image += cache_lines(first.saved_per_image);
        both.saved_once = first.saved_once;
        both.scratch_shared += cache_lines(first.scratch_shared);
        both.scratch_per_thread = (std::max)(both.scratch_per_thread, first.scratch_per_thread);
        both.forward_scratch_per_image += normalized_bytes;
        both.backward_scratch_per_image += normalized_bytes + sums_bytes;
        return both;
    }();

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) {
        ForwardPass<float, T> convolution = pass;
        convolution.parameters += Parameters;
        if (pass.training) convolution.saved += saved_bytes(pass.batch);
        convolution.scratch += scratch_bytes;
        convolution.image_scratch += normalized_bytes * static_cast<std::size_t>(pass.batch);
        if constexpr (reads_normalized) {
            Convolve::forward_from(cpu, convolution, Normalize::prepare(cpu, pass));
        } else {
            ForwardPass<float, T> normalization = pass;
            normalization.output = reinterpret_cast<T*>(pass.image_scratch);
            Normalize::forward(cpu, normalization);
            convolution.input = normalization.output;
            Convolve::forward(cpu, convolution);
        }
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        BackwardPass<float, T> convolution = pass;
        convolution.parameters += Parameters;
        convolution.parameter_gradients += Parameters;
        convolution.saved += saved_bytes(pass.batch);
        convolution.scratch += scratch_bytes;
        convolution.image_scratch += (normalized_bytes + sums_bytes) * static_cast<std::size_t>(pass.batch);
        if constexpr (reads_normalized) {
            Convolve::weight_gradient(cpu, convolution, Normalize::prepared(pass));
        } else {
            T* const normalized = reinterpret_cast<T*>(pass.image_scratch);
            Normalize::forward_again(cpu, pass, normalized);
            Convolve::weight_gradient(cpu, convolution, static_cast<const T*>(normalized));
        }
        BackwardPass<float, T> normalization = pass;
        normalization.output_gradient = pass.input_gradient; // each element is read before it is written
        if constexpr (sums_gradients) {
            float* const parts =
                reinterpret_cast<float*>(pass.image_scratch + normalized_bytes * static_cast<std::size_t>(pass.batch));
            Convolve::input_gradient(cpu, convolution, Normalize::sums(pass, parts));
            Normalize::backward_from_parts(cpu, normalization, parts, Convolve::InputGradient::parts(pass.batch));
        } else {
            Convolve::input_gradient(cpu, convolution, NoSums{});
            Normalize::backward(cpu, normalization);
        }
    }

private:
    static constexpr std::size_t saved_bytes(int batch) {
        return cache_lines(Normalize::needs.saved_per_image) * static_cast<std::size_t>(batch);
    }
};

namespace detail {

/// How many of the layers stand in front of the first convolution.
template <class... Layers>
constexpr int layers_before_convolution() {
    int count = 0;
    bool before = true;
    ((before = before && Layers::kind != Kind::convolution, count += before ? 1 : 0), ...);
    return count;
}

} // namespace detail

template <class T, class Arch, class Norm, class... Rest, class In>
requires(Norm::kind == Kind::normalization &&
         detail::layers_before_convolution<Norm, Rest...>() <=
             sizeof...(Rest)) struct Kernel<Cpu<T, Arch>, Bound<Fused<Norm, Rest...>, In>>
    : ConvolutionOfNormalized<
          T, Arch, OperationOf<TypeList<Norm, Rest...>, 0, detail::layers_before_convolution<Norm, Rest...>(), In>,
          Norm::tensors(In::dims).size(Role::parameter),
          OperationOf<TypeList<Norm, Rest...>, detail::layers_before_convolution<Norm, Rest...>(),
                      static_cast<int>(sizeof...(Rest)) + 1 - detail::layers_before_convolution<Norm, Rest...>(), In>> {
};

} // namespace tinyres::inline TINYRES_ARCH
