#pragma once

#include "tinyres/plan/kernel.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Runs a step of a plan; the values are bytes, whatever they are stored as.
template <class Backend>
using StepForward = void(const Backend&, const ForwardPass<typename Backend::Scalar, std::byte>&);
/// The same backward.
template <class Backend>
using StepBackward = void(const Backend&, const BackwardPass<typename Backend::Scalar, std::byte>&);

namespace detail {

/// A pass with the types that its values are stored as.
template <class Input, class Output, class Scalar>
ForwardPass<Scalar, Input, Output> with_types(const ForwardPass<Scalar, std::byte>& pass) {
    return {.batch = pass.batch,
            .training = pass.training,
            .input = reinterpret_cast<const Input*>(pass.input),
            .skip = reinterpret_cast<const Input*>(pass.skip),
            .output = reinterpret_cast<Output*>(pass.output),
            .parameters = pass.parameters,
            .statistics = pass.statistics,
            .updated_statistics = pass.updated_statistics,
            .saved = pass.saved,
            .saved_once = pass.saved_once,
            .scratch = pass.scratch,
            .image_scratch = pass.image_scratch,
            .random = pass.random,
            .output_moments = pass.output_moments,
            .input_moments = pass.input_moments};
}
template <class Input, class Output, class Scalar>
BackwardPass<Scalar, Input, Output> with_types(const BackwardPass<Scalar, std::byte>& pass) {
    return {.batch = pass.batch,
            .input = reinterpret_cast<const Input*>(pass.input),
            .output = reinterpret_cast<const Output*>(pass.output),
            .output_gradient = reinterpret_cast<const Output*>(pass.output_gradient),
            .skip_gradient = reinterpret_cast<const Output*>(pass.skip_gradient),
            .input_gradient = reinterpret_cast<Input*>(pass.input_gradient),
            .parameters = pass.parameters,
            .parameter_gradients = pass.parameter_gradients,
            .saved = pass.saved,
            .saved_once = pass.saved_once,
            .scratch = pass.scratch,
            .image_scratch = pass.image_scratch};
}

} // namespace detail

/// A StepForward. As it knows the operation and not the network, equal steps of all networks are one function.
template <class Backend, class Operation, class Input, class Output>
void forward_step(const Backend& backend, const ForwardPass<typename Backend::Scalar, std::byte>& pass) {
    Kernel<Backend, Operation>::forward(backend, detail::with_types<Input, Output>(pass));
}

/// A StepBackward. Without `InputGradient`, which is null then, the compiler need not look at what would compute it.
template <class Backend, class Operation, class Input, class Output, bool InputGradient>
void backward_step(const Backend& backend, const BackwardPass<typename Backend::Scalar, std::byte>& pass) {
    auto typed = detail::with_types<Input, Output>(pass);
    if constexpr (!InputGradient) typed.input_gradient = nullptr;
    Kernel<Backend, Operation>::backward(backend, typed);
}

} // namespace tinyres::inline TINYRES_ARCH
