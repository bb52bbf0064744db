#pragma once

#include "tinyres/core/wiring.hpp"
#include "tinyres/random/philox.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a kernel asks of the plan. All sizes in bytes.
struct KernelNeeds {
    bool view = false; ///< the output is the input, and its gradient the output's, in place: neither function is called
    bool passes_gradient = false;               ///< the gradient of each input is the output's: backward is not called
    bool input_in_backward = false;             ///< backward reads the layer's inputs
    bool output_in_backward = false;            ///< backward reads the layer's output
    bool input_gradient_always = false;         ///< backward works in the input's gradient, wanted or not
    bool leaves_moments = false;                ///< forward can leave the moments of its output to those that read it
    bool takes_moments = false;                 ///< forward can take its (first) input's from the kernel that wrote it
    std::size_t saved_per_image = 0;            ///< what forward leaves for backward, for each image
    std::size_t saved_once = 0;                 ///< the same, for the whole batch
    std::size_t scratch_shared = 0;             ///< working memory during a call
    std::size_t scratch_per_thread = 0;         ///< the same, for each thread
    std::size_t forward_scratch_per_image = 0;  ///< the same in a forward call, for each image
    std::size_t backward_scratch_per_image = 0; ///< the same in a backward call
};

/// The arguments of a forward pass, however its values are stored.
template <class Scalar>
struct ForwardArguments {
    int batch = 0;
    bool training = false;
    std::array<const std::byte*, most_inputs> inputs{}; ///< all values that the operation reads
    const Scalar* parameters = nullptr;                 ///< the operation's, one tensor after the other
    const Scalar* statistics = nullptr;                 ///< the operation's running statistics
    Scalar* updated_statistics = nullptr;               ///< the same for writing; null in prediction
    std::byte* saved = nullptr;            ///< `saved_per_image * batch` bytes, aligned to 64; null in prediction
    std::byte* saved_once = nullptr;       ///< `saved_once` bytes, aligned to 64
    std::byte* scratch = nullptr;          ///< scratch_shared bytes, then scratch_per_thread for each thread
    std::byte* image_scratch = nullptr;    ///< `forward_scratch_per_image * batch` bytes, aligned to 64
    RandomKey random{};                    ///< this operation's stream in this step
    double* output_moments = nullptr;      ///< where to leave mean and variance of each channel, (2, channels), or null
    const double* input_moments = nullptr; ///< where those of the input are, or null
};

/// The arguments of a backward pass, however its values are stored; gradients are of the mean loss.
template <class Scalar>
struct BackwardArguments {
    int batch = 0;
    std::array<const std::byte*, most_inputs> inputs{};    ///< only where the kernel needs them
    std::array<std::byte*, most_inputs> input_gradients{}; ///< overwritten; null where nobody wants them
    const Scalar* parameters = nullptr;
    Scalar* parameter_gradients = nullptr; ///< overwritten
    std::byte* saved = nullptr;            ///< what forward left, the step's own until it ends
    const std::byte* saved_once = nullptr;
    std::byte* scratch = nullptr;
    std::byte* image_scratch = nullptr; ///< `backward_scratch_per_image * batch` bytes, aligned to 64
};

/// A forward pass. Activations are (batch, height, width, channels); flat vectors (batch, features). `Input` and
/// `Output` are how the operation's (first) input and its output are stored.
template <class Scalar, class Input, class Output = Input>
struct ForwardPass : ForwardArguments<Scalar> {
    const Input* input = nullptr;
    Output* output = nullptr; ///< overwritten
};

/// A backward pass.
template <class Scalar, class Input, class Output = Input>
struct BackwardPass : BackwardArguments<Scalar> {
    const Input* input = nullptr;   ///< only where the kernel needs it
    const Output* output = nullptr; ///< only where the kernel needs it
    const Output* output_gradient = nullptr;
    Input* input_gradient = nullptr; ///< overwritten; null where no parameters lie before it
};

/// How a backend runs an operation. A specialization has
///
///     static constexpr KernelNeeds needs;
///     static void forward(const Backend&, const ForwardPass<Scalar, Input, Output>&);
///     static void backward(const Backend&, const BackwardPass<Scalar, Input, Output>&);
///
/// and is stateless. Input and Output are Stored<Backend, Shape> of the operation's input and output. One for
/// `Bound<Fused<Layers...>, Input>` makes the plan run these layers as one, wherever they follow one another and nobody
/// else reads what is between them: the longest such kernel counts.
template <class Backend, class Operation>
struct Kernel;

/// Whether a backend has a kernel for an operation.
template <class Backend, class Operation>
concept HasKernel = requires {
    sizeof(Kernel<Backend, Operation>);
};

/// The compiler names this type when there is none.
template <class Backend, class Operation>
struct no_kernel {
    static_assert(HasKernel<Backend, Operation>, "tinyres: this backend has no kernel for this operation; both are "
                                                 "named in no_kernel<Backend, Bound<Layer, Shape>>");
};

namespace detail {

/// What an operation needs; where there is no kernel that is the error, and nothing runs.
template <class Backend, class Operation>
struct NeedsOf {
    static_assert(sizeof(no_kernel<Backend, Operation>) > 0);
    static constexpr KernelNeeds value{.view = true};
};
template <class Backend, class Operation>
requires HasKernel<Backend, Operation>
struct NeedsOf<Backend, Operation> {
    static constexpr KernelNeeds value = Kernel<Backend, Operation>::needs;
};

} // namespace detail

} // namespace TINYRES_ARCH
} // namespace tinyres
