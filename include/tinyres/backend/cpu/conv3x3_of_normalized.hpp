#pragma once

#include "tinyres/backend/cpu/batch_norm.hpp"
#include "tinyres/backend/cpu/conv3x3_max_pool.hpp"
#include "tinyres/backend/cpu/group_norm.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// A normalisation with its ReLU and Dropout2d and the convolution, pooled or not, that reads what it writes: `Normal`
/// and `Conv` are the operations that the step consists of. What the normalisation writes is not kept but computed once
/// more in backward, so that of the two large arrays between one convolution and the next training keeps only one.
template <class T, class Arch, class Normal, class Conv>
struct ConvolutionOfNormalized {
    using Backend = Cpu<T, Arch>;
    using Normalize = Kernel<Backend, Normal>;
    using Convolve = Kernel<Backend, Conv>;
    using In = typename Normal::InputShape;

    static constexpr std::ptrdiff_t parameters = 2 * In::channels;
    static constexpr std::size_t normalized_bytes = cache_lines(sizeof(T) * In::size);
    static constexpr std::size_t scratch_bytes = cache_lines(Normalize::needs.scratch_shared);

    // Kept, in this order: what the normalisation keeps; what the convolution keeps. Scratch likewise; of that for each
    // image the first part is what the normalisation writes.
    static constexpr KernelNeeds needs = [] {
        const KernelNeeds first = Normalize::needs;
        KernelNeeds both = Convolve::needs;
        both.input_gradient_always = true;
        both.saved_per_image += cache_lines(first.saved_per_image);
        both.saved_once = first.saved_once;
        both.scratch_shared += cache_lines(first.scratch_shared);
        both.scratch_per_thread = std::max(both.scratch_per_thread, first.scratch_per_thread);
        both.forward_scratch_per_image += normalized_bytes;
        both.backward_scratch_per_image += normalized_bytes;
        return both;
    }();

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) {
        T* const normalized = reinterpret_cast<T*>(pass.image_scratch);
        ForwardPass<float, T> normalization = pass;
        normalization.output = normalized;
        Normalize::forward(cpu, normalization);
        ForwardPass<float, T> convolution = pass;
        convolution.input = normalized;
        convolution.parameters += parameters;
        if (pass.training) convolution.saved += saved_bytes(pass.batch);
        convolution.scratch += scratch_bytes;
        convolution.image_scratch += normalized_bytes * static_cast<std::size_t>(pass.batch);
        Convolve::forward(cpu, convolution);
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        T* const normalized = reinterpret_cast<T*>(pass.image_scratch);
        BackwardPass<float, T> convolution = pass;
        BackwardPass<float, T> normalization = pass;
        Normalize::forward_again(cpu, normalization, normalized);
        convolution.input = normalized;
        convolution.parameters += parameters;
        convolution.parameter_gradients += parameters;
        convolution.saved += saved_bytes(pass.batch);
        convolution.scratch += scratch_bytes;
        convolution.image_scratch += normalized_bytes * static_cast<std::size_t>(pass.batch);
        Convolve::backward(cpu, convolution);
        normalization.output_gradient = pass.input_gradient; // each element is read before it is written
        Normalize::backward(cpu, normalization);
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
requires(Norm::kind == Kind::normalization && detail::layers_before_convolution<Norm, Rest...>() <= sizeof...(Rest))
struct Kernel<Cpu<T, Arch>, Bound<Fused<Norm, Rest...>, In>>
    : ConvolutionOfNormalized<T, Arch,
                              OperationOf<TypeList<Norm, Rest...>, 0,
                                          detail::layers_before_convolution<Norm, Rest...>(), In>,
                              OperationOf<TypeList<Norm, Rest...>, detail::layers_before_convolution<Norm, Rest...>(),
                                          static_cast<int>(sizeof...(Rest)) + 1 -
                                              detail::layers_before_convolution<Norm, Rest...>(),
                                          In>> {};

} // namespace tinyres::inline TINYRES_ARCH
