#pragma once

// Needs cuDNN 9.

#include "tinyres/backend/cuda/cudnn/descriptors.hpp"

#include <array>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A batch of convolutions as cuDNN runs it: descriptors and the algorithm of each pass, made once. Algorithms are
/// those that cuDNN expects to be the fastest of those that give the same bits every time and work in
/// `workspace_bytes`.
class CudnnConvolution {
public:
    /// Bytes of the plan's scratch memory that an algorithm may work in.
    static constexpr std::size_t workspace_bytes = std::size_t{64} << 20;

    struct Shape {
        int batch, height, width, in, out;
        friend constexpr auto operator<=>(const Shape&, const Shape&) = default;
    };

    CudnnConvolution(cudnnHandle_t handle, cudnnDataType_t type, const Shape& shape)
        : x_(type, shape.batch, shape.in, shape.height, shape.width),
          y_(type, shape.batch, shape.out, shape.height, shape.width),
          filters_(type, shape.out, shape.in) {
        const std::string name = " for a convolution of " + std::to_string(shape.in) + " to " +
                                 std::to_string(shape.out) + " channels of " + std::to_string(shape.height) + " x " +
                                 std::to_string(shape.width) + " pixels";
        const cudnnMathType_t math = type == CUDNN_DATA_FLOAT ? CUDNN_DEFAULT_MATH : CUDNN_TENSOR_OP_MATH;
        choose(forward_, math, "cudnnGetConvolutionForwardAlgorithm_v7" + name, [&](auto... to) {
            return cudnnGetConvolutionForwardAlgorithm_v7(handle, x_, filters_, forward_.padding, y_, to...);
        });
        choose(input_gradient_, math, "cudnnGetConvolutionBackwardDataAlgorithm_v7" + name, [&](auto... to) {
            return cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, filters_, y_, input_gradient_.padding, x_,
                                                               to...);
        });
        choose(weight_gradient_, math, "cudnnGetConvolutionBackwardFilterAlgorithm_v7" + name, [&](auto... to) {
            return cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x_, y_, weight_gradient_.padding, filters_,
                                                                 to...);
        });
    }

    /// y = x convolved with `filters`. Images and filters are as CudnnTensor and CudnnFilters say.
    void forward(cudnnHandle_t handle, const void* x, const void* filters, void* y, void* workspace) const {
        check_cudnn(cudnnConvolutionForward(handle, &one, x_, x, filters_, filters, forward_.padding,
                                            forward_.algorithm, workspace, workspace_bytes, &zero, y_, y),
                    "cudnnConvolutionForward");
    }
    void input_gradient(cudnnHandle_t handle, const void* filters, const void* dy, void* dx, void* workspace) const {
        check_cudnn(cudnnConvolutionBackwardData(handle, &one, filters_, filters, y_, dy, input_gradient_.padding,
                                                 input_gradient_.algorithm, workspace, workspace_bytes, &zero, x_, dx),
                    "cudnnConvolutionBackwardData");
    }
    void weight_gradient(cudnnHandle_t handle, const void* x, const void* dy, void* gradient, void* workspace) const {
        check_cudnn(cudnnConvolutionBackwardFilter(handle, &one, x_, x, y_, dy, weight_gradient_.padding,
                                                   weight_gradient_.algorithm, workspace, workspace_bytes, &zero,
                                                   filters_, gradient),
                    "cudnnConvolutionBackwardFilter");
    }

private:
    template <class Algorithm_, class Found_>
    struct Pass {
        using Found = Found_;
        CudnnPadding padding;
        Algorithm_ algorithm{};
    };

    /// `find(how many, count, found)` asks cuDNN.
    template <class OfPass, class Find>
    static void choose(OfPass& pass, cudnnMathType_t math, const std::string& call, Find find) {
        pass.padding.set_math(math);
        std::array<typename OfPass::Found, 16> found{};
        int count = 0;
        check_cudnn(find(static_cast<int>(found.size()), &count, found.data()), call);
        for (int i = 0; i < count; ++i) {
            const auto& offer = found[static_cast<std::size_t>(i)];
            if (offer.status != CUDNN_STATUS_SUCCESS || offer.memory > workspace_bytes ||
                offer.determinism != CUDNN_DETERMINISTIC)
                continue;
            pass.padding.set_math(offer.mathType);
            pass.algorithm = offer.algo;
            return;
        }
        check_cudnn(CUDNN_STATUS_NOT_SUPPORTED, call);
    }

    static constexpr float one = 1.0f;
    static constexpr float zero = 0.0f;

    CudnnTensor x_;
    CudnnTensor y_;
    CudnnFilters filters_;
    Pass<cudnnConvolutionFwdAlgo_t, cudnnConvolutionFwdAlgoPerf_t> forward_;
    Pass<cudnnConvolutionBwdDataAlgo_t, cudnnConvolutionBwdDataAlgoPerf_t> input_gradient_;
    Pass<cudnnConvolutionBwdFilterAlgo_t, cudnnConvolutionBwdFilterAlgoPerf_t> weight_gradient_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
