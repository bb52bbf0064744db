#pragma once

#include "backend/pass_errors.hpp"
#include "backend/pass_memory.hpp"
#include "backend/pass_operands.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <cstddef>
#include <vector>

/// Runs layers by their kernels alone, outside any plan; what a kernel did not ask for is null. Tests run hundreds of
/// layers: for each of them the compiler makes the kernel and a table of what of it depends on types. All else here is
/// compiled once, and so should be what tests do with results (`Pass`).
namespace passes {

namespace tr = tinyres;

/// A pass whose types are behind a Step.
using AnyForward = tr::ForwardPass<std::byte, std::byte>;
using AnyBackward = tr::BackwardPass<std::byte, std::byte>;

template <class Backend, class In, class Layer>
void forward(const void* backend, const AnyForward& any) {
    using Bound = tr::Bound<Layer, In>;
    using Scalar = typename Backend::Scalar;
    using Input = tr::Stored<Backend, In>;
    using Output = tr::Stored<Backend, typename Bound::OutputShape>;
    tr::ForwardPass<Scalar, Input, Output> pass;
    pass.batch = any.batch;
    pass.training = any.training;
    pass.input = reinterpret_cast<const Input*>(any.input);
    pass.output = reinterpret_cast<Output*>(any.output);
    pass.parameters = reinterpret_cast<const Scalar*>(any.parameters);
    pass.statistics = reinterpret_cast<const Scalar*>(any.statistics);
    pass.updated_statistics = reinterpret_cast<Scalar*>(any.updated_statistics);
    pass.saved = any.saved;
    pass.saved_once = any.saved_once;
    pass.scratch = any.scratch;
    pass.image_scratch = any.image_scratch;
    pass.random = any.random;
    tr::Kernel<Backend, Bound>::forward(*static_cast<const Backend*>(backend), pass);
}

template <class Backend, class In, class Layer>
void backward(const void* backend, const AnyBackward& any) {
    using Bound = tr::Bound<Layer, In>;
    using Scalar = typename Backend::Scalar;
    using Input = tr::Stored<Backend, In>;
    using Output = tr::Stored<Backend, typename Bound::OutputShape>;
    tr::BackwardPass<Scalar, Input, Output> pass;
    pass.batch = any.batch;
    pass.input = reinterpret_cast<const Input*>(any.input);
    pass.output = reinterpret_cast<const Output*>(any.output);
    pass.output_gradient = reinterpret_cast<const Output*>(any.output_gradient);
    pass.input_gradient = reinterpret_cast<Input*>(any.input_gradient);
    pass.parameters = reinterpret_cast<const Scalar*>(any.parameters);
    pass.parameter_gradients = reinterpret_cast<Scalar*>(any.parameter_gradients);
    pass.saved = any.saved;
    pass.saved_once = any.saved_once;
    pass.scratch = any.scratch;
    pass.image_scratch = any.image_scratch;
    tr::Kernel<Backend, Bound>::backward(*static_cast<const Backend*>(backend), pass);
}

/// A layer on a backend, and those behind it.
struct Step {
    tr::KernelNeeds needs;
    Format stored;          ///< its output
    std::size_t outputs;    ///< of an image
    std::size_t parameters; ///< of it alone
    std::size_t statistics;
    void (*forward)(const void* backend, const AnyForward& pass);
    void (*backward)(const void* backend, const AnyBackward& pass);
    const Step* next; ///< null behind the last one
};

template <class Backend, class In, class Layer, class... Rest>
struct StepOf {
    using Bound = tr::Bound<Layer, In>;
    using Out = typename Bound::OutputShape;

    static constexpr const Step* next() {
        if constexpr (sizeof...(Rest) > 0)
            return &StepOf<Backend, Out, Rest...>::step;
        else
            return nullptr;
    }
    static constexpr tr::TensorList tensors = TensorsOf<Layer>::of(In::dims);
    static constexpr Step step{tr::Kernel<Backend, Bound>::needs,
                               format_of<tr::Stored<Backend, Out>>,
                               static_cast<std::size_t>(Bound::out.size()),
                               static_cast<std::size_t>(tensors.size(tr::Role::parameter)),
                               static_cast<std::size_t>(tensors.size(tr::Role::running_statistic)),
                               &passes::forward<Backend, In, Layer>,
                               &passes::backward<Backend, In, Layer>,
                               next()};
};

/// A backend for code that does not know its type.
struct AnyBackend {
    const void* backend;
    std::size_t threads;
    MemoryFunctions memory;
    Format scalar;
};

/// Where a layer's parameters, their gradients and its statistics begin.
struct Slices {
    const std::byte* parameters;
    std::byte* parameter_gradients;
    std::byte* statistics;
};

/// A layer and those behind it, forward and, in training, backward.
inline void run_steps(const AnyBackend& backend, const Step& step, const Operands& operands, const Buffer& input,
                      const Slices& slices, const Buffer& input_gradient, bool wants_input_gradient, Results& results) {
    const tr::KernelNeeds& needs = step.needs;
    const auto batch = static_cast<std::size_t>(operands.batch);
    const auto bytes = [&](std::size_t size) { return Buffer(backend.memory, Format::bytes, size); };
    const Buffer output(backend.memory, step.stored, batch * step.outputs);
    const Buffer saved = bytes(needs.saved_per_image * batch);
    const Buffer saved_once = bytes(needs.saved_once);
    const std::size_t scratch = needs.scratch_shared + needs.scratch_per_thread * backend.threads;
    AnyForward forward;
    forward.batch = operands.batch;
    forward.training = operands.training;
    forward.input = input.bytes();
    forward.output = output.bytes();
    forward.parameters = slices.parameters;
    forward.statistics = slices.statistics;
    if (operands.training) {
        forward.updated_statistics = slices.statistics;
        forward.saved = saved.bytes();
        forward.saved_once = saved_once.bytes();
    }
    forward.random = operands.random;
    {
        const Buffer working = bytes(scratch);
        const Buffer image_scratch = bytes(needs.forward_scratch_per_image * batch);
        forward.scratch = working.bytes();
        forward.image_scratch = image_scratch.bytes();
        step.forward(backend.backend, forward);
    }

    const Buffer output_gradient(backend.memory, step.stored, batch * step.outputs);
    if (step.next == nullptr) {
        results.output = output.values();
        output_gradient.fill(operands.output_gradient);
    } else {
        const std::size_t scalar = size_of(backend.scalar);
        const Slices behind{slices.parameters + step.parameters * scalar,
                            slices.parameter_gradients + step.parameters * scalar,
                            slices.statistics + step.statistics * scalar};
        run_steps(backend, *step.next, operands, output, behind, output_gradient, true, results);
    }
    if (!operands.training) return;
    AnyBackward backward;
    backward.batch = operands.batch;
    backward.input = needs.input_in_backward ? input.bytes() : nullptr;
    backward.output = needs.output_in_backward ? output.bytes() : nullptr;
    backward.output_gradient = output_gradient.bytes();
    backward.input_gradient = wants_input_gradient || needs.input_gradient_always ? input_gradient.bytes() : nullptr;
    backward.parameters = slices.parameters;
    backward.parameter_gradients = slices.parameter_gradients;
    backward.saved = saved.bytes();
    backward.saved_once = saved_once.bytes();
    const Buffer working = bytes(scratch);
    const Buffer image_scratch = bytes(needs.backward_scratch_per_image * batch);
    backward.scratch = working.bytes();
    backward.image_scratch = image_scratch.bytes();
    step.backward(backend.backend, backward);
}

inline Results run(const AnyBackend& backend, Format image, const Step& first, const Operands& operands) {
    const Buffer input(backend.memory, image, operands.input);
    const Buffer parameters(backend.memory, backend.scalar, operands.parameters);
    const Buffer parameter_gradients(backend.memory, backend.scalar, operands.parameters.size());
    const Buffer statistics(backend.memory, backend.scalar, operands.statistics);
    const Buffer input_gradient(backend.memory, image, operands.input.size());
    Results results;
    run_steps(backend, first, operands, input, {parameters.bytes(), parameter_gradients.bytes(), statistics.bytes()},
              input_gradient, operands.wants_input_gradient, results);
    results.statistics = statistics.values();
    if (!operands.training) return results;
    results.parameter_gradients = parameter_gradients.values();
    if (operands.wants_input_gradient) results.input_gradient = input_gradient.values();
    return results;
}

/// Runs `Layers` on (batch, In), forward and, in training, backward.
template <class In, class... Layers, class Backend>
Results run(const Backend& backend, const Operands& operands) {
    return run({&backend, static_cast<std::size_t>(backend.threads()), memory_of<Backend>,
                format_of<typename Backend::Scalar>},
               format_of<tr::Stored<Backend, In>>, StepOf<Backend, In, Layers...>::step, operands);
}

/// `run<In, Layers...>` for code that does not know the layers.
template <class Backend>
using Pass = Results (*)(const Backend&, const Operands&);

} // namespace passes
