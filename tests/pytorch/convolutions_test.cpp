#include "backend/passes.hpp"
#include "numbers.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/state_dict.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Values = std::vector<double>;

/// A batch of images in our order, (batch, height, width, channels), from PyTorch's or the other way round.
Values reordered(const Values& values, tr::Dims dims, bool from_pytorch) {
    Values result(values.size());
    const auto channels = static_cast<std::size_t>(dims.channels);
    const auto pixels = static_cast<std::size_t>(dims.pixels());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t image = i / (channels * pixels);
        const std::size_t channel = i % channels;
        const std::size_t pytorch = (image * channels + channel) * pixels + i / channels % pixels;
        result[from_pytorch ? i : pytorch] = values[from_pytorch ? pytorch : i];
    }
    return result;
}

/// The tensors of a layer one behind the other in our order; `names` begin with `prefix`.
Values parameters(const Numbers& pytorch, const std::string& prefix, tr::TensorList tensors) {
    Values result;
    for (const tr::TensorSpec& spec : tensors) {
        const Values values = pytorch(prefix + std::string(spec.name));
        REQUIRE(values.size() == static_cast<std::size_t>(spec.size()));
        const std::size_t first = result.size();
        result.resize(first + values.size());
        tr::detail::for_each_element(spec, [&](int ours, int theirs) {
            result[first + static_cast<std::size_t>(ours)] = values[static_cast<std::size_t>(theirs)];
        });
    }
    return result;
}

std::vector<float> floats(const Values& values) {
    return {values.begin(), values.end()};
}

/// `Layer` on images In against PyTorch's of this name, all passes.
template <class In, class Layer, class Backend>
void check(const Numbers& pytorch, const std::string& name, const Backend& backend, double bound) {
    CAPTURE(name);
    const std::string prefix = name + "/";
    constexpr tr::Dims out = Layer::output(In::dims);
    REQUIRE(pytorch.shape(prefix + "y") == std::vector<std::int64_t>{2, out.channels, out.height, out.width});
    passes::Operands operands;
    operands.batch = 2;
    operands.input = floats(reordered(pytorch(prefix + "x"), In::dims, true));
    operands.parameters = floats(parameters(pytorch, prefix, Layer::tensors(In::dims)));
    operands.output_gradient = floats(reordered(pytorch(prefix + "grad_y"), out, true));
    const passes::Results results = passes::run<In, Layer>(backend, operands);
    const auto near = [bound](const Values& found, const Values& expected) {
        return distance(found, expected) < bound * norm(expected);
    };
    CHECK(near(reordered(results.output, out, false), pytorch(prefix + "y")));
    CHECK(near(reordered(results.input_gradient, In::dims, false), pytorch(prefix + "grad_x")));
    CHECK(near(results.parameter_gradients, parameters(pytorch, prefix + "grad_", Layer::tensors(In::dims))));
}

} // namespace

TEST_CASE_TEMPLATE("Convolutions of every kind and their gradients are PyTorch's", Backend, tr::Reference<double>,
                   tr::Reference<float>) {
    using tr::Bias;
    using tr::by;
    using tr::Conv;
    using tr::Shape;
    const Numbers pytorch("convolutions");
    const Backend backend;
    const double bound = std::is_same_v<typename Backend::Scalar, double> ? 1e-14 : 1e-6;
    check<Shape<5, 6, 7>, tr::Conv1x1<4>>(pytorch, "1x1", backend, bound);
    check<Shape<4, 7, 8>, Conv<6, 3, 2, 1>>(pytorch, "3x3_stride_2", backend, bound);
    check<Shape<3, 6, 5>, tr::Conv5x5<4>>(pytorch, "5x5", backend, bound);
    check<Shape<3, 9, 11>, Conv<4, 7, 2, 3>>(pytorch, "7x7_stride_2", backend, bound);
    check<Shape<3, 5, 9>, Conv<4, by(1, 7), 1, by(0, 3)>>(pytorch, "1x7", backend, bound);
    check<Shape<3, 8, 7>, Conv<4, 3, 1, 2, 1, Bias::yes, 2>>(pytorch, "dilation_2", backend, bound);
    check<Shape<4, 5, 6>, Conv<6, 3, 1, 1, 2>>(pytorch, "groups_2", backend, bound);
    check<Shape<5, 8, 7>, tr::DepthwiseConv3x3<5, 2>>(pytorch, "depthwise_stride_2", backend, bound);
    check<Shape<3, 6, 7>, Conv<4, 3, 1, 0, 1, Bias::no>>(pytorch, "no_padding", backend, bound);
}
