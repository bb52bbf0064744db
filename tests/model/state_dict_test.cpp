#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <limits>
#include <map>
#include <utility>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<10>>;

const tr::NamedTensor& find(const std::vector<tr::NamedTensor>& tensors, std::string_view name) {
    return *std::ranges::find(tensors, name, &tr::NamedTensor::name);
}

tr::NamedTensor& find(std::vector<tr::NamedTensor>& tensors, std::string_view name) {
    return *std::ranges::find(tensors, name, &tr::NamedTensor::name);
}

/// A model none of whose values are those of the start.
template <class Backend>
tr::Model<Small, Backend> some_model() {
    tr::Model<Small, Backend> model{tr::KaimingUniform{}, 2};
    tr::train_step(model, random_batch<Small>(8, 9));
    for (std::size_t i = 0; i < model.parameters().size(); ++i)
        model.parameters()[i] -= typename Backend::Scalar(0.25) * model.gradients()[i];
    return model;
}

} // namespace

TEST_CASE("A state dict has PyTorch's names and shapes: parameters layer by layer, then the running "
          "statistics, then their counters") {
    const std::vector<tr::NamedTensor> tensors = tr::state_dict(tr::Model<Small, tr::Cpu<>>{});
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>> expected{
        {"0.weight", {5, 3, 3, 3}},   {"0.bias", {5}},   {"1.weight", {5}},       {"1.bias", {5}},
        {"4.0.weight", {5, 5, 3, 3}}, {"4.0.bias", {5}}, {"4.1.weight", {5}},     {"4.1.bias", {5}},
        {"7.weight", {4, 60}},        {"7.bias", {4}},   {"1.running_mean", {5}}, {"1.running_var", {5}},
        {"1.num_batches_tracked", {}}};
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> found;
    for (const tr::NamedTensor& tensor : tensors) {
        found.emplace_back(tensor.name, tensor.shape);
        std::int64_t size = 1;
        for (const std::int64_t extent : tensor.shape) size *= extent;
        CHECK(tensor.values.size() == static_cast<std::size_t>(size));
    }
    CHECK(found == expected);
}

TEST_CASE_TEMPLATE("A convolution's weights are (out, in, height, width)", Backend, tr::Reference<double>, tr::Cpu<>) {
    using Convolution = tr::Network<tr::Image<2, 3, 4>, tr::Conv3x3<3>>;
    const tr::Model<Convolution, Backend> model;
    const std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    const std::vector<float>& weights = find(tensors, "0.weight").values;
    const std::vector<float>& biases = find(tensors, "0.bias").values;
    const OwnedBatch batch = random_batch<Convolution>(1);
    std::vector<double> expected; // (height, width, out)
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 4; ++column)
            for (int out = 0; out < 3; ++out) {
                double sum = static_cast<double>(biases[static_cast<std::size_t>(out)]);
                for (int in = 0; in < 2; ++in)
                    for (int kernel_row = 0; kernel_row < 3; ++kernel_row)
                        for (int kernel_column = 0; kernel_column < 3; ++kernel_column) {
                            const int y = row + kernel_row - 1;
                            const int x = column + kernel_column - 1;
                            if (y < 0 || y >= 3 || x < 0 || x >= 4) continue;
                            const int weight = ((out * 2 + in) * 3 + kernel_row) * 3 + kernel_column;
                            const int pixel = (y * 4 + x) * 2 + in;
                            sum += static_cast<double>(weights[static_cast<std::size_t>(weight)]) *
                                   static_cast<double>(batch.images[static_cast<std::size_t>(pixel)]);
                        }
                expected.push_back(sum);
            }
    CHECK(relative_difference(tr::predict(model, batch.images), expected) < 1e-6);
}

TEST_CASE("A convolution's weights are (out, in / groups, height, width), of any size, and go round unchanged") {
    using Net = tr::Network<tr::Image<4, 5, 6>, tr::Conv<6, tr::by(2, 3), 1, 0, 2>>;
    tr::Model<Net, tr::Reference<float>> model;
    for (std::size_t i = 0; i < model.parameters().size(); ++i) model.parameters()[i] = static_cast<float>(i);
    const std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    CHECK(find(tensors, "0.weight").shape == std::vector<std::int64_t>{6, 2, 2, 3});
    const std::vector<float>& weights = find(tensors, "0.weight").values;
    // Filter 4, channel 1 of its group, row 1, column 2; ours are (height, width, in / groups, out).
    CHECK(weights[((4 * 2 + 1) * 2 + 1) * 3 + 2] == static_cast<float>(((1 * 3 + 2) * 2 + 1) * 6 + 4));
    tr::Model<Net, tr::Reference<float>> other;
    tr::load_state_dict(other, tensors);
    CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
}

TEST_CASE_TEMPLATE("A linear layer's weights are (out, in), its inputs in the order channel, height, width", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    using Linear = tr::Network<tr::Image<2, 3, 4>, tr::Flatten, tr::Linear<3>>;
    const tr::Model<Linear, Backend> model;
    const std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    const std::vector<float>& weights = find(tensors, "1.weight").values;
    const OwnedBatch batch = random_batch<Linear>(1);
    std::vector<double> expected;
    for (std::size_t out = 0; out < 3; ++out) {
        double sum = static_cast<double>(find(tensors, "1.bias").values[out]);
        for (std::size_t channel = 0; channel < 2; ++channel)
            for (std::size_t pixel = 0; pixel < 12; ++pixel)
                sum += static_cast<double>(weights[out * 24 + channel * 12 + pixel]) *
                       static_cast<double>(batch.images[pixel * 2 + channel]);
        expected.push_back(sum);
    }
    CHECK(relative_difference(tr::predict(model, batch.images), expected) < 1e-6);
}

TEST_CASE_TEMPLATE("A loaded state is the saved one, bit for bit, whatever the order of its tensors", Backend,
                   tr::Reference<float>, tr::Cpu<>) {
    const auto model = some_model<Backend>();
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    std::ranges::reverse(tensors);
    tr::Model<Small, Backend> other{tr::KaimingUniform{}, 77};
    tr::load_state_dict(other, std::span<const tr::NamedTensor>(tensors));
    CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
    CHECK(copy_of(other.statistics()) == copy_of(model.statistics()));
    const OwnedBatch batch = random_batch<Small>(3);
    CHECK(tr::predict(other, batch.images) == tr::predict(model, batch.images));
}

TEST_CASE("A state passes from one backend to another") {
    const auto model = some_model<tr::Cpu<>>();
    tr::Model<Small, tr::Reference<double>> other;
    tr::load_state_dict(other, std::span<const tr::NamedTensor>(tr::state_dict(model)));
    const OwnedBatch batch = random_batch<Small>(3);
    CHECK(relative_difference(tr::predict(model, batch.images), tr::predict(other, batch.images)) < 1e-5);
}

TEST_CASE_TEMPLATE("A state that does not fit is refused by the tensor's name and leaves the model as it was", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const std::vector<tr::NamedTensor> good = tr::state_dict(some_model<Backend>());
    tr::Model<Small, Backend> model{tr::KaimingUniform{}, 77};
    const auto parameters = copy_of(model.parameters());
    const auto statistics = copy_of(model.statistics());
    const auto refused = [&](const std::vector<tr::NamedTensor>& bad, const std::string& message) {
        const std::string error = error_of([&] { tr::load_state_dict(model, std::span<const tr::NamedTensor>(bad)); });
        CAPTURE(error);
        CHECK(holds(error, message));
        CHECK(!holds(error, "\n"));
        CHECK(copy_of(model.parameters()) == parameters);
        CHECK(copy_of(model.statistics()) == statistics);
    };
    std::vector<tr::NamedTensor> bad = good;
    std::erase_if(bad, [](const tr::NamedTensor& tensor) { return tensor.name == "1.running_var"; });
    refused(bad, "tensor '1.running_var' is missing"); // after all parameters
    refused({}, "tensor '0.weight' is missing");
    bad = good;
    bad.push_back({"8.weight", {1}, {0.0f}});
    refused(bad, "this network has no tensor '8.weight'");
    bad = good;
    find(bad, "1.running_mean").shape = {5, 1};
    refused(
        bad,
        "tensor '1.running_mean' has the shape [5, 1], but this network's is [5]; the weights are of another network");
    bad = good;
    std::swap(find(bad, "7.weight").shape[0], find(bad, "7.weight").shape[1]);
    refused(bad, "tensor '7.weight' has the shape [60, 4], but this network's is [4, 60]");
    bad = good;
    find(bad, "4.1.bias").values.pop_back();
    refused(bad, "tensor '4.1.bias' has 4 values");
    bad = good;
    bad.push_back(good.front());
    refused(bad, "tensor '0.weight' is there twice");
    bad = good;
    bad.push_back({"0.num_batches_tracked", {}, {1.0f}}); // of a layer that has no statistics
    refused(bad, "this network has no tensor '0.num_batches_tracked'");
    for (const float number : {-1.0f, 1e30f, std::numeric_limits<float>::quiet_NaN()}) {
        bad = good;
        bad.back().values[0] = number;
        refused(bad, "tensor '1.num_batches_tracked' is not a number of batches");
    }
    bad = good;
    bad.back().shape = {1};
    refused(bad, "tensor '1.num_batches_tracked' is not a number of batches");

    tr::load_state_dict(model, std::span<const tr::NamedTensor>(good));
    CHECK(copy_of(model.parameters()) != parameters);
}

TEST_CASE("A state says how many batches its statistics have seen, and a model that takes it over counts on") {
    tr::Model<Small, tr::Cpu<>> model;
    CHECK(model.batches_tracked() == 0);
    const OwnedBatch batch = random_batch<Small>(2);
    for (int step = 0; step < 3; ++step) tr::train_step(model, batch);
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    CHECK(find(tensors, "1.num_batches_tracked").values == std::vector<float>{3.0f});
    tr::Model<Small, tr::Cpu<>> other;
    tr::load_state_dict(other, std::span<const tr::NamedTensor>(tensors));
    CHECK(other.batches_tracked() == 3);
    CHECK(other.steps() == 0);
    tr::train_step(other, batch);
    CHECK(other.batches_tracked() == 4);

    tensors.pop_back(); // a state from before there were counters
    tr::load_state_dict(other, std::span<const tr::NamedTensor>(tensors));
    CHECK(other.batches_tracked() == 0);
}

TEST_CASE("Names with the prefixes of PyTorch's wrappers are those without, and the report says so") {
    const std::vector<tr::NamedTensor> plain = tr::state_dict(some_model<tr::Cpu<>>());
    const auto with_prefix = [&](const std::string& prefix) {
        std::vector<tr::NamedTensor> tensors = plain;
        for (tr::NamedTensor& tensor : tensors) tensor.name = prefix + tensor.name;
        return tensors;
    };
    for (const std::string prefix :
         {"", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "module.module."}) {
        CAPTURE(prefix);
        tr::Model<Small, tr::Cpu<>> model{tr::KaimingUniform{}, 77};
        const tr::LoadReport report = tr::load_state_dict(model, std::span<const tr::NamedTensor>(with_prefix(prefix)));
        CHECK(report.ignored_prefix == prefix);
        const std::vector<tr::NamedTensor> loaded = tr::state_dict(model);
        for (std::size_t i = 0; i < plain.size(); ++i) CHECK(loaded[i].values == plain[i].values);
    }

    tr::Model<Small, tr::Cpu<>> model;
    const auto refusal = [&](const std::vector<tr::NamedTensor>& tensors) {
        return error_of([&] { tr::load_state_dict(model, std::span<const tr::NamedTensor>(tensors)); });
    };
    CHECK(holds(refusal(with_prefix("model.")), "this network has no tensor 'model.0.weight'"));
    std::vector<tr::NamedTensor> tensors = with_prefix("module.");
    tensors[1].name = plain[1].name; // not before all names
    CHECK(holds(refusal(tensors), "this network has no tensor 'module.0.weight'"));
    tensors = with_prefix("module.");
    tensors[0].shape = {1};
    CHECK(holds(refusal(tensors), "tensor 'module.0.weight' has the shape [1]"));
    tensors = with_prefix("module.");
    tensors.erase(tensors.begin());
    CHECK(holds(refusal(tensors), "tensor 'module.0.weight' is missing"));
}

TEST_CASE("Loading that is not strict takes what fits by name and shape, leaves the rest as it was, and reports it") {
    const auto model = some_model<tr::Cpu<>>();
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    find(tensors, "0.bias").name = "extra";
    std::erase_if(tensors, [](const tr::NamedTensor& tensor) { return tensor.name == "1.running_mean"; });
    find(tensors, "7.weight") = {"7.weight", {2, 60}, std::vector<float>(120)};
    find(tensors, "7.bias") = {"7.bias", {2}, {1, 2}};
    for (tr::NamedTensor& tensor : tensors) tensor.name.insert(0, "module.");

    tr::Model<Small, tr::Cpu<>> other{tr::KaimingUniform{}, 77};
    const std::vector<tr::NamedTensor> before = tr::state_dict(other);
    const tr::LoadReport report = tr::load_state_dict(other, std::span<const tr::NamedTensor>(tensors), tr::Strict::no);
    CHECK(report.ignored_prefix == "module.");
    CHECK(report.missing == std::vector<std::string>{"0.bias", "1.running_mean"});
    CHECK(report.unexpected == std::vector<std::string>{"module.extra"});
    CHECK(report.other_shapes == std::vector<std::string>{"7.weight", "7.bias"});
    const std::vector<tr::NamedTensor> after = tr::state_dict(other);
    for (const char* loaded : {"0.weight", "1.weight", "4.0.weight", "4.1.bias", "1.running_var"})
        CHECK(find(after, loaded).values == find(tr::state_dict(model), loaded).values);
    for (const char* left : {"0.bias", "1.running_mean", "7.weight", "7.bias"})
        CHECK(find(after, left).values == find(before, left).values);
}

TEST_CASE("Loading that is not strict keeps the count of batches where the state has no counter") {
    auto model = some_model<tr::Cpu<>>();
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    REQUIRE(model.batches_tracked() == 1);
    tr::load_state_dict(model, std::span(std::as_const(tensors)).first(1), tr::Strict::no);
    CHECK(model.batches_tracked() == 1);
    find(tensors, "1.num_batches_tracked").values[0] = 7;
    tr::load_state_dict(model, std::span(std::as_const(tensors)), tr::Strict::no);
    CHECK(model.batches_tracked() == 7);
}

TEST_CASE("Loading that is not strict refuses a state none of whose names is the network's") {
    tr::Model<Small, tr::Cpu<>> model;
    const std::vector<tr::NamedTensor> tensors{{"conv1.weight", {1}, {0}}};
    const std::string error =
        error_of([&] { tr::load_state_dict(model, std::span<const tr::NamedTensor>(tensors), tr::Strict::no); });
    CHECK(holds(error, "this network has no tensor 'conv1.weight'"));
}

TEST_CASE("Loading that is not strict refuses a state without tensors") {
    tr::Model<Small, tr::Cpu<>> model;
    const std::string error =
        error_of([&] { tr::load_state_dict(model, std::span<const tr::NamedTensor>(), tr::Strict::no); });
    CHECK(holds(error, "there are no tensors to load"));
}
