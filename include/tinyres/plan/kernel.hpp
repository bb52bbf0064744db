#pragma once

#include "tinyres/random/philox.hpp"

#include <cstddef>
#include <cstdint>

namespace tinyres::inline TINYRES_ARCH {

/// What a kernel asks of the plan. All sizes in bytes.
struct KernelNeeds {
    bool input_in_backward = false;             ///< backward reads the layer's input
    bool output_in_backward = false;            ///< backward reads the layer's output
    bool input_gradient_always = false;         ///< backward works in the input's gradient, wanted or not
    bool leaves_moments = false;                ///< forward can leave the moments of its output to the next kernel
    bool takes_moments = false;                 ///< forward can take its input's from the kernel before
    std::size_t saved_per_image = 0;            ///< what forward leaves for backward, for each image
    std::size_t saved_once = 0;                 ///< the same, for the whole batch
    std::size_t scratch_shared = 0;             ///< working memory during a call
    std::size_t scratch_per_thread = 0;         ///< the same, for each thread
    std::size_t forward_scratch_per_image = 0;  ///< the same in a forward call, for each image
    std::size_t backward_scratch_per_image = 0; ///< the same in a backward call
};

/// The arguments of a forward pass. Activations are (batch, height, width, channels); flat vectors (batch, features).
/// `Input` and `Output` are how the operation's input and output are stored.
template <class Scalar, class Input, class Output = Input>
struct ForwardPass {
    int batch = 0;
    bool training = false;
    const Input* input = nullptr;
    const Input* skip = nullptr;           ///< Add only: the value that the Fork kept
    Output* output = nullptr;              ///< overwritten
    const Scalar* parameters = nullptr;    ///< the operation's, one tensor after the other
    const Scalar* statistics = nullptr;    ///< the operation's running statistics
    Scalar* updated_statistics = nullptr;  ///< the same for writing; null in prediction
    std::byte* saved = nullptr;            ///< `saved_per_image * batch` bytes, aligned to 64; null in prediction
    std::byte* saved_once = nullptr;       ///< `saved_once` bytes, aligned to 64
    std::byte* scratch = nullptr;          ///< scratch_shared bytes, then scratch_per_thread for each thread
    std::byte* image_scratch = nullptr;    ///< `forward_scratch_per_image * batch` bytes, aligned to 64
    RandomKey random{};                    ///< this operation's stream in this step
    double* output_moments = nullptr;      ///< where to leave mean and variance of each channel, (2, channels), or null
    const double* input_moments = nullptr; ///< where those of the input are, or null
};

/// The arguments of a backward pass; gradients are of the mean loss and overwrite what stood there.
template <class Scalar, class Input, class Output = Input>
struct BackwardPass {
    int batch = 0;
    const Input* input = nullptr;   ///< only where the kernel needs it
    const Output* output = nullptr; ///< only where the kernel needs it
    const Output* output_gradient = nullptr;
    const Output* skip_gradient = nullptr; ///< Fork only: the gradient that reached the Add
    Input* input_gradient = nullptr;       ///< null where nobody wants it: at the network's input
    const Scalar* parameters = nullptr;
    Scalar* parameter_gradients = nullptr;
    std::byte* saved = nullptr; ///< what forward left, the step's own until it ends
    const std::byte* saved_once = nullptr;
    std::byte* scratch = nullptr;
    std::byte* image_scratch = nullptr; ///< `backward_scratch_per_image * batch` bytes, aligned to 64
};

/// The compiler names this type when a kernel is missing.
template <class Backend, class Operation>
struct no_kernel {
    static_assert(sizeof(no_kernel*) == 0, "tinyres: this backend has no kernel for this operation; both are named in "
                                           "Kernel<Backend, Bound<Layer, Shape>>");
};

/// How a backend runs an operation. A specialisation has
///
///     static constexpr KernelNeeds needs;
///     static void forward(const Backend&, const ForwardPass<Scalar, Input, Output>&);
///     static void backward(const Backend&, const BackwardPass<Scalar, Input, Output>&);
///
/// and is stateless. Input and Output are Stored<Backend, Shape> of the operation's input and output.
template <class Backend, class Operation>
struct Kernel {
    static_assert(sizeof(no_kernel<Backend, Operation>) > 0);
    // Only after this error are the members asked for: it stays the only one.
    static constexpr KernelNeeds needs{};
    static void forward(const auto&...) {}
    static void backward(const auto&...) {}
};

} // namespace tinyres::inline TINYRES_ARCH
