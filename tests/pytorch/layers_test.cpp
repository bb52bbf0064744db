#include "backend/passes.hpp"
#include "numbers.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// What generate.py draws for layer `number`, in PyTorch's order.
std::vector<float> drawn(int count, tr::Purpose purpose, std::uint32_t number, std::uint32_t minor) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i)
        values.push_back(
            2 * tr::to_uniform(tr::random_word({1, purpose, number, minor}, static_cast<std::uint64_t>(i))) - 1);
    return values;
}

/// (batch, height, width, channels) from (batch, channels, height, width) if `ToOurs`, else the other way.
template <bool ToOurs, class T>
std::vector<T> reordered(const std::vector<T>& values, tr::Dims dims) {
    std::vector<T> result(values.size());
    const auto size = static_cast<std::size_t>(dims.size());
    const auto pixels = static_cast<std::size_t>(dims.pixels());
    const auto channels = static_cast<std::size_t>(dims.channels);
    for (std::size_t i = 0; i < values.size(); ++i) { // counts in PyTorch's order
        const std::size_t ours = i / size * size + i % pixels * channels + i % size / pixels;
        (ToOurs ? result[ours] : result[i]) = ToOurs ? values[i] : values[ours];
    }
    return result;
}

/// A layer's pass and prediction against PyTorch's, which call it `name`, layer `number` of generate.py's.
template <class Backend, class In, class Layer>
void check(const std::string& name, std::uint32_t number, int batch = 2) {
    CAPTURE(name);
    constexpr double bound = 1e-6; // the file holds floats
    constexpr tr::Dims out = tr::Bound<Layer, In>::out;
    constexpr int weights = Layer::tensors(In::dims).size(tr::Role::parameter) / 2;
    const Numbers pytorch("layers");
    passes::Operands operands;
    operands.batch = batch;
    operands.input = reordered<true>(drawn(batch * In::size, tr::Purpose::augmentation, number, 0), In::dims);
    operands.output_gradient = reordered<true>(drawn(batch * out.size(), tr::Purpose::augmentation, number, 1), out);
    for (const float value : drawn(weights, tr::Purpose::initialization, number, 0))
        operands.parameters.push_back(1.0f + 0.5f * value);
    for (const float value : drawn(weights, tr::Purpose::initialization, number, 1))
        operands.parameters.push_back(0.5f * value);
    if (tr::is_batch_norm<Layer>) {
        operands.statistics.resize(2 * In::channels);
        std::fill(operands.statistics.begin() + In::channels, operands.statistics.end(), 1.0f);
    }

    const passes::Results results = passes::run<In, Layer>(Backend{}, operands);
    CHECK(largest_difference(reordered<false>(results.output, out), pytorch(name + "/outputs")) < bound);
    CHECK(largest_difference(reordered<false>(results.input_gradient, In::dims), pytorch(name + "/grad_images")) <
          bound);
    const auto half = [](const std::vector<double>& values, bool second) {
        const std::size_t count = values.size() / 2;
        return std::vector<double>(values.data() + (second ? count : 0), values.data() + (second ? 2 * count : count));
    };
    if (weights > 0) {
        CHECK(largest_difference(half(results.parameter_gradients, false), pytorch(name + "/grad_weight")) < 3 * bound);
        CHECK(largest_difference(half(results.parameter_gradients, true), pytorch(name + "/grad_bias")) < 3 * bound);
    }
    if (!tr::is_batch_norm<Layer>) return;
    CHECK(largest_difference(half(results.statistics, false), pytorch(name + "/running_mean")) < bound);
    CHECK(largest_difference(half(results.statistics, true), pytorch(name + "/running_var")) < bound);
    operands.training = false;
    operands.statistics.assign(results.statistics.begin(), results.statistics.end());
    const passes::Results predicted = passes::run<In, Layer>(Backend{}, operands);
    CHECK(largest_difference(reordered<false>(predicted.output, out), pytorch(name + "/eval_outputs")) < bound);
}

} // namespace

TEST_CASE_TEMPLATE("Poolings and Upsample are PyTorch's", Backend, tr::Reference<double>, tr::Cpu<>) {
    using In = tr::Shape<3, 7, 5>;
    check<Backend, In, tr::MaxPool<2>>("max_2", 0);
    check<Backend, In, tr::MaxPool<2, 1>>("max_2_1", 1);
    check<Backend, In, tr::MaxPool<3, 2, 1>>("max_3_2_1", 2);
    check<Backend, In, tr::AvgPool<3>>("avg_3", 3);
    check<Backend, In, tr::AvgPool<3, 2, 1>>("avg_3_2_1", 4);
    check<Backend, In, tr::AvgPool<3, 2, 1, tr::CountPadding::no>>("avg_3_2_1_inside", 5);
    check<Backend, In, tr::GlobalAvgPool>("global_avg", 6);
    check<Backend, tr::Shape<3, 3, 2>, tr::Upsample<2>>("upsample_2", 7);
}

TEST_CASE_TEMPLATE("BatchNorm with options, without tensors and of vectors is PyTorch's", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    using In = tr::Shape<3, 7, 5>;
    check<Backend, In, tr::BatchNormWith<tr::Epsilon<1, 1000>, tr::Momentum<1, 100>>>("norm_options", 8);
    check<Backend, In, tr::BatchNormWith<tr::WithoutScale, tr::WithoutShift>>("norm_bare", 9);
    check<Backend, tr::Shape<9>, tr::BatchNorm>("norm_vector", 10, 5);
}
