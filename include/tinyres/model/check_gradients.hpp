#pragma once

#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/run_plan.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What `check_gradients` found.
struct GradientCheck {
    double worst_error = 0.0;   ///< the greatest |analytic - numeric| / max(1, |analytic|, |numeric|)
    std::string worst_tensor{}; ///< where: a parameter's name; "0.offset" is the input
    int checked = 0;            ///< how many derivatives were compared
};

namespace detail {

/// y = x + offset, trained: its gradient shows the gradient with respect to the input of the layers behind it.
struct InputProbe : ElementwiseLayer {
    static constexpr std::string_view name = "InputProbe";
    static constexpr TensorList tensors(Dims in) {
        return {{.name = "offset", .shape = {in.channels, in.height, in.width}, .rank = 3}};
    }
};

template <class Network>
struct Probed;

template <class Input, class... Layers>
struct Probed<Network<Input, Layers...>> {
    using type = Network<Input, InputProbe, Layers...>;
};

} // namespace detail

/// The gradient of the offset is that of the input, summed over the batch.
template <class T, class In>
struct Kernel<Reference<T>, Bound<detail::InputProbe, In>> {
    static constexpr KernelNeeds needs{};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[i] = pass.input[i] + pass.parameters[i % In::size];
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        std::fill_n(pass.parameter_gradients, In::size, T{0});
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.parameter_gradients[i % In::size] += pass.output_gradient[i];
    }
};

/// Compares the gradients of a network's kernels with finite differences (central, in double, on the reference
/// backend), for every parameter and for the network's input (summed over the batch); of each tensor at most
/// `per_tensor` evenly spread elements. What is differentiated is a random linear function of the outputs; inputs and
/// parameters are random and fixed by `seed`. A wrong kernel shows errors near 1, a right one below 1e-6. Any network
/// will do, also one around a layer of your own:
///
///     CHECK(check_gradients<Network<Image<3, 5, 4>, MyLayer>>(2).worst_error < 1e-6);
template <class Network>
GradientCheck check_gradients(int batch, std::uint64_t seed = 1, int per_tensor = 40) {
    using Probed = typename detail::Probed<typename Network::Written>::type;
    using Backend = Reference<double>;
    using ThePlan = Plan<Probed, Backend>;
    constexpr double step = 1e-5;
    const auto images = static_cast<std::size_t>(batch);
    const auto random_values = [seed](std::size_t count, std::uint32_t stream) {
        std::vector<double> values(count);
        RandomStream random({seed, Purpose::initialization, stream, 0});
        for (double& value : values) value = static_cast<double>(random.uniform(-1.0f, 1.0f));
        return values;
    };
    const std::vector<double> input = random_values(images * static_cast<std::size_t>(Probed::input.size()), 1);
    const std::vector<double> direction = random_values(images * static_cast<std::size_t>(Probed::output.size()), 2);
    std::vector<double> parameters = random_values(Probed::parameter_count, 3);
    for (const NetworkTensor& tensor : network_tensors<Probed>)
        if (tensor.spec.initial == Initial::ones && tensor.spec.role == Role::parameter)
            for (int i = 0; i < tensor.spec.size(); ++i) // norm weights around 1, of either sign they may be small
                parameters[static_cast<std::size_t>(tensor.offset + i)] += 1.5;
    std::vector<double> statistics(Probed::statistic_count, 0.0);
    std::vector<double> gradients(Probed::parameter_count, 0.0);

    const Backend backend;
    Workspace<ThePlan, Backend> workspace(backend, ThePlan::training_memory, batch);
    const PlanRun<Probed, Backend> run{.backend = backend,
                                       .workspace = workspace,
                                       .batch = batch,
                                       .training = true,
                                       .parameters = parameters.data(),
                                       .statistics = statistics.data(),
                                       .updated_statistics = statistics.data(),
                                       .gradients = gradients.data(),
                                       .random = {seed, Purpose::dropout, 0, 0}};
    const auto objective = [&] {
        std::copy(input.begin(), input.end(), workspace.template value<0>());
        run.forward();
        double sum = 0.0;
        for (std::size_t i = 0; i < direction.size(); ++i)
            sum += direction[i] * workspace.template value<ThePlan::step_count>()[i];
        return sum;
    };
    objective();
    std::copy(direction.begin(), direction.end(), workspace.template gradient<ThePlan::step_count>());
    run.backward();

    GradientCheck check;
    for (const NetworkTensor& tensor : network_tensors<Probed>) {
        if (tensor.spec.role != Role::parameter) continue;
        const int stride = (std::max)(1, tensor.spec.size() / per_tensor);
        for (int element = 0; element < tensor.spec.size(); element += stride) {
            double& parameter = parameters[static_cast<std::size_t>(tensor.offset + element)];
            const double kept = parameter;
            parameter = kept + step;
            const double above = objective();
            parameter = kept - step;
            const double below = objective();
            parameter = kept;
            const double numeric = (above - below) / (2 * step);
            const double analytic = gradients[static_cast<std::size_t>(tensor.offset + element)];
            const double error =
                std::abs(analytic - numeric) / (std::max)({1.0, std::abs(analytic), std::abs(numeric)});
            ++check.checked;
            if (!(error <= check.worst_error)) {
                check.worst_error = error;
                check.worst_tensor = tensor.name.view();
            }
        }
    }
    return check;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
