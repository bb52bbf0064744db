#include "plan/extents.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/initialize.hpp"
#include "tinyres/model/run_plan.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <vector>

namespace tr = tinyres;

namespace {

/// Every group of layers within every other, three deep.
using Gate = tr::Scale<tr::MaxPool<4>, tr::Flatten, tr::Linear<16>, tr::ReLU>;
using Joined = tr::Network<
    tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU,
    tr::Residual<tr::Sequential<tr::Conv3x3<16>, tr::BatchNorm, tr::ReLU, Gate, tr::Dropout2d<20>>,
                 tr::Concat<tr::Conv3x3<4>, tr::ResBlock<tr::Conv3x3<8>, tr::ReLU>, tr::Sequential<tr::Conv3x3<4>>>>,
    tr::Flatten, tr::Linear<5>, tr::LogSoftmax>;

template <class Backend>
struct Pass {
    std::vector<typename Backend::Scalar> gradients;
    std::vector<typename Backend::Scalar> statistics;
    std::vector<double> output;
};

/// Forward and backward, one step after the other. If `poisons`, all memory that no later step reads is overwritten
/// with NaN after each one.
template <class Network, class Backend>
Pass<Backend> pass(int batch, bool training, bool poisons) {
    using Plan = tr::Plan<Network, Backend>;
    using Scalar = typename Backend::Scalar;
    const Backend backend;
    const auto& map = training ? Plan::training_memory : Plan::prediction_memory;
    tr::Workspace<Plan, Backend> workspace(backend, map, batch);
    std::vector<Scalar> parameters(Network::parameter_count);
    std::vector<Scalar> statistics(Network::statistic_count);
    tr::initialize(backend, std::span<const tr::NetworkTensor>(tr::network_tensors<Network>), tr::KaimingUniform{}, 5,
                   parameters.data(), statistics.data());
    Pass<Backend> result;
    result.gradients.assign(Network::parameter_count, Scalar{0});
    const tr::PlanRun<Network, Backend> run{.backend = backend,
                                            .workspace = workspace,
                                            .batch = batch,
                                            .training = training,
                                            .parameters = parameters.data(),
                                            .statistics = statistics.data(),
                                            .updated_statistics = statistics.data(),
                                            .gradients = result.gradients.data(),
                                            .random = {3, tr::Purpose::dropout, 0, 0}};

    const std::vector<plan_extents::Extent> extents = plan_extents::extents<Network, Backend>(training);
    const auto images = static_cast<std::size_t>(batch);
    std::byte* const memory = workspace.value(0) - map.value[0] * images;
    const auto poison = [&](int time) {
        if (!poisons) return;
        std::vector<char> lives(map.bytes_per_image, 0);
        for (const plan_extents::Extent& extent : extents)
            if (extent.first <= time && time < extent.last)
                std::fill_n(lives.begin() + static_cast<std::ptrdiff_t>(extent.offset), tr::cache_lines(extent.bytes),
                            1);
        for (std::size_t line = 0; line < lives.size(); line += tr::cache_line)
            if (!lives[line]) std::memset(memory + line * images, 0xff, tr::cache_line * images);
    };

    tr::RandomStream random({9, tr::Purpose::synthetic_image, 0, 0});
    if (poisons) std::memset(memory, 0xff, map.bytes_per_image * images);
    auto* const input = workspace.template value<0>();
    for (int i = 0; i < batch * Network::input.size(); ++i)
        input[i] = static_cast<typename Plan::template Value<0>>(random.uniform(-1.0f, 1.0f));
    for (int step = 0; step < Plan::step_count; ++step) {
        run.forward(step);
        poison(step);
    }
    constexpr int outputs = Network::output.size();
    const auto* const output = workspace.template value<Plan::step_count>();
    for (int i = 0; i < batch * outputs; ++i) result.output.push_back(static_cast<double>(output[i]));
    if (!training) return result;
    auto* const gradient = workspace.template gradient<Plan::step_count>();
    for (int i = 0; i < batch * outputs; ++i)
        gradient[i] = static_cast<typename Plan::template Value<Plan::step_count>>(random.uniform(-1.0f, 1.0f));
    for (int step = Plan::step_count - 1; step >= 0; --step) {
        run.backward(step);
        poison(2 * Plan::step_count - step);
    }
    result.statistics = statistics;
    return result;
}

template <class Values>
bool all_finite(const Values& values) {
    return std::ranges::all_of(values, [](auto value) { return std::isfinite(value); });
}

template <class Network, class Backend>
void check_poisoned() {
    for (const bool training : {true, false}) {
        CAPTURE(training);
        const Pass<Backend> expected = pass<Network, Backend>(3, training, false);
        const Pass<Backend> found = pass<Network, Backend>(3, training, true);
        CHECK(all_finite(found.output));
        CHECK(found.output == expected.output);
        CHECK(all_finite(found.gradients));
        CHECK(found.gradients == expected.gradients);
        CHECK(found.statistics == expected.statistics);
    }
}

} // namespace

TEST_CASE_TEMPLATE("no step reads memory that the plan gave to something else in between", Backend,
                   tr::Reference<float>, tr::Cpu<>, tr::Cpu<tr::bfloat16>) {
    check_poisoned<Joined, Backend>();
    check_poisoned<
        tr::Network<tr::Image<4, 4, 4>, tr::Concat<tr::Identity, tr::Identity>,
                    tr::Residual<tr::Identity, tr::Identity>, tr::ResBlock<tr::Conv3x3<8>, tr::Scale<tr::ReLU>>,
                    tr::ResBlock<tr::ResBlock<tr::BatchNorm, tr::ReLU, tr::Conv3x3<8>>>>,
        Backend>();
}
