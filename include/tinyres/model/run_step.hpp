#pragma once

#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Runs a step of a plan; the values are bytes, whatever they are stored as.
template <class Backend>
using StepForward = void(const Backend&, const ForwardArguments<typename Backend::Scalar>&, std::byte* output);
/// The same backward.
template <class Backend>
using StepBackward = void(const Backend&, const BackwardArguments<typename Backend::Scalar>&, const std::byte* output,
                          const std::byte* output_gradient);

/// A StepForward. As it knows the operation and not the network, equal steps of all networks are one function.
template <class Backend, class Operation>
void forward_step(const Backend& backend, const ForwardArguments<typename Backend::Scalar>& arguments,
                  std::byte* output) {
    using Input = Stored<Backend, typename Operation::InputShape>;
    using Output = Stored<Backend, typename Operation::OutputShape>;
    Kernel<Backend, Operation>::forward(backend, ForwardPass<typename Backend::Scalar, Input, Output>{
                                                     arguments, reinterpret_cast<const Input*>(arguments.inputs[0]),
                                                     reinterpret_cast<Output*>(output)});
}

/// A StepBackward. Without `InputGradient`, which is null then, the compiler need not look at what would compute it.
template <class Backend, class Operation, bool InputGradient>
void backward_step(const Backend& backend, const BackwardArguments<typename Backend::Scalar>& arguments,
                   const std::byte* output, const std::byte* output_gradient) {
    using Input = Stored<Backend, typename Operation::InputShape>;
    using Output = Stored<Backend, typename Operation::OutputShape>;
    auto* const input_gradient = InputGradient ? reinterpret_cast<Input*>(arguments.input_gradients[0]) : nullptr;
    Kernel<Backend, Operation>::backward(backend,
                                         BackwardPass<typename Backend::Scalar, Input, Output>{
                                             arguments, reinterpret_cast<const Input*>(arguments.inputs[0]),
                                             reinterpret_cast<const Output*>(output),
                                             reinterpret_cast<const Output*>(output_gradient), input_gradient});
}

} // namespace TINYRES_ARCH
} // namespace tinyres
