#pragma once

#include "tinyres/backend/cpu/convolution/depthwise.hpp"
#include "tinyres/backend/cpu/convolution/product_convolution.hpp"
#include "tinyres/backend/cpu/convolution/product_weight_gradient.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// An ImageProduct as one of the algorithms that a convolution's passes run by.
template <class Arch, class T, class Product>
class GeneralConvolution {
    static constexpr ImageProduct product = Product::value;
    static constexpr bool depthwise = product.depthwise();
    using Loops = ImageProductLoops<Arch, T>;

public:
    static constexpr std::size_t scratch_bytes = depthwise ? 0 : Loops::scratch_bytes(product);
    static constexpr std::size_t scratch_bytes_per_thread = depthwise ? 0 : Loops::scratch_bytes_per_thread(product);

    /// `run` never pools or sums; as a matrix product it can normalize what it reads.
    template <int Window>
    static constexpr bool pools = false;
    template <class Images>
    static constexpr bool reads = !depthwise && is_normalized<Images, T>;
    static constexpr bool sums_channels = false;

    /// What is written, (batch, height, width, channels).
    template <class Sums>
    struct Outputs {
        T* images;
        Sums sums;
    };

    template <class Images>
    static void run(int threads, int batch, const Images& input, const Filters& filters, const Outputs<NoSums>& outputs,
                    std::byte* scratch) {
        if constexpr (depthwise)
            DepthwiseLoops<Arch, T>::run(threads, batch, product, input, filters.first, filters.tap_stride,
                                         filters.bias, outputs.images);
        else
            Loops::run(threads, batch, product, input, filters, outputs.images, scratch);
    }
};

/// The gradient of the weights of an ImageProduct that is a forward pass.
template <class Arch, class T, class Product>
class GeneralWeightGradient {
    static constexpr ImageProduct product = Product::value;
    static constexpr bool depthwise = product.depthwise();
    using Loops = WeightGradientLoops<Arch, T>;
    using Depthwise = DepthwiseLoops<Arch, T>;

public:
    static constexpr std::size_t scratch_bytes =
        depthwise ? Depthwise::scratch_bytes(product) : Loops::scratch_bytes(product);
    static constexpr std::size_t scratch_bytes_per_thread = depthwise ? 0 : Loops::scratch_bytes_per_thread(product);

    /// As GeneralConvolution's.
    template <class Images>
    static constexpr bool reads = !depthwise && is_normalized<Images, T>;

    template <class Images>
    static void run(int threads, int batch, const Images& input, const T* output_gradient, float* weight_gradient,
                    float* bias_gradient, std::byte* scratch) {
        if constexpr (depthwise)
            Depthwise::weight_gradient(threads, batch, product, input, output_gradient, weight_gradient, bias_gradient,
                                       scratch);
        else
            Loops::run(threads, batch, product, input, output_gradient, weight_gradient, bias_gradient, scratch);
    }
};

/// The forward pass of a convolution on images In, as a type.
template <class Layer, class In>
struct ForwardProduct {
    static constexpr ImageProduct value = convolution_product(convolution_sizes(Layer{}, In::dims));
};
/// The gradient of its input.
template <class Layer, class In>
struct InputGradientProduct {
    static constexpr ImageProduct value = input_gradient_product(convolution_sizes(Layer{}, In::dims));
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
