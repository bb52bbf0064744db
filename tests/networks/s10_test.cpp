#include "tinyres/networks/s10.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

/// What a layer adds to the reference's summary.
struct Row {
    std::string_view name;
    tr::Dims out;
    int parameters;

    friend bool operator==(const Row&, const Row&) = default;
};

/// The rows of the reference's summary: without the residual blocks' ReLUs (functional calls there) and what has no
/// module there.
template <class Network>
std::vector<Row> rows() {
    std::vector<Row> all;
    std::string_view block; // the path of the residual block that the layers are in
    for (const tr::Node& node : Network::nodes) {
        for (const tr::Node& join : Network::nodes)
            if (join.name == "Add" && node.path.view().starts_with(join.path.view())) block = join.path.view();
        const bool in_block = !block.empty() && node.path.view().starts_with(block);
        const bool silent = node.name == "Add" || node.name == "Flatten" || node.name == "LogSoftmax" ||
                            (in_block && node.name == "ReLU");
        if (!silent) all.push_back({node.name, node.out, node.tensors.size(tr::Role::parameter)});
    }
    return all;
}

template <class Network>
constexpr bool counts_are_those_of_the_original =
    tr::parameter_count<Network> == 6'575'370 && Network::output == tr::Dims{10, 1, 1, true};

} // namespace

TEST_CASE("S10 has 6,575,370 parameters with each of its three norms") {
    static_assert(counts_are_those_of_the_original<tr::S10>);
    static_assert(counts_are_those_of_the_original<tr::S10Network<tr::GroupNorm<4>>>);
    static_assert(counts_are_those_of_the_original<tr::S10Network<tr::LayerNorm>>);
    static_assert(counts_are_those_of_the_original<tr::S10Network<tr::BatchNorm, 64, tr::Dropout2d<0>>>);
    static_assert(tr::S10::statistic_count == 2 * (64 + 3 * 128 + 256 + 3 * 512));
    static_assert(tr::S10Network<tr::LayerNorm>::statistic_count == 0);
}

TEST_CASE("S10 has the 33 rows of the reference's summary") {
    const std::vector<Row> expected{
        {"Conv2d", {64, 32, 32}, 1'792},
        {"BatchNorm2d", {64, 32, 32}, 128},
        {"ReLU", {64, 32, 32}, 0},
        {"Dropout2d", {64, 32, 32}, 0},
        {"Conv2d", {128, 32, 32}, 73'856},
        {"MaxPool2d", {128, 16, 16}, 0},
        {"BatchNorm2d", {128, 16, 16}, 256},
        {"ReLU", {128, 16, 16}, 0},
        {"Dropout2d", {128, 16, 16}, 0},
        {"Conv2d", {128, 16, 16}, 147'584},
        {"BatchNorm2d", {128, 16, 16}, 256},
        {"Dropout2d", {128, 16, 16}, 0},
        {"Conv2d", {128, 16, 16}, 147'584},
        {"BatchNorm2d", {128, 16, 16}, 256},
        {"Dropout2d", {128, 16, 16}, 0},
        {"Conv2d", {256, 16, 16}, 295'168},
        {"MaxPool2d", {256, 8, 8}, 0},
        {"BatchNorm2d", {256, 8, 8}, 512},
        {"ReLU", {256, 8, 8}, 0},
        {"Dropout2d", {256, 8, 8}, 0},
        {"Conv2d", {512, 8, 8}, 1'180'160},
        {"MaxPool2d", {512, 4, 4}, 0},
        {"BatchNorm2d", {512, 4, 4}, 1'024},
        {"ReLU", {512, 4, 4}, 0},
        {"Dropout2d", {512, 4, 4}, 0},
        {"Conv2d", {512, 4, 4}, 2'359'808},
        {"BatchNorm2d", {512, 4, 4}, 1'024},
        {"Dropout2d", {512, 4, 4}, 0},
        {"Conv2d", {512, 4, 4}, 2'359'808},
        {"BatchNorm2d", {512, 4, 4}, 1'024},
        {"Dropout2d", {512, 4, 4}, 0},
        {"MaxPool2d", {512, 1, 1}, 0},
        {"Linear", {10, 1, 1, true}, 5'130},
    };
    const std::vector<Row> found = rows<tr::S10>();
    REQUIRE(found.size() == expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
        INFO("row " << row + 1);
        CHECK(found[row] == expected[row]);
    }
}

TEST_CASE("S10's tensors have the names of the reference in PyTorch, by their paths those of an nn.Sequential") {
    const auto& tensors = tr::network_tensors<tr::S10>;
    std::vector<std::string> names;
    std::vector<std::string> path_names;
    int parameters = 0;
    int statistics = 0;
    for (const tr::NetworkTensor& tensor : tensors) {
        names.emplace_back(tensor.name.view());
        path_names.emplace_back(tensor.path_name.view());
        int& next = tensor.spec.role == tr::Role::parameter ? parameters : statistics;
        CHECK(tensor.offset == next); // no gap
        next += tensor.spec.size();
    }
    CHECK(parameters == tr::S10::parameter_count);
    CHECK(statistics == tr::S10::statistic_count);

    std::vector<std::string> expected;
    std::vector<std::string> expected_path_names;
    const auto expect = [&](const std::string& name, const std::string& path, const std::vector<std::string>& tensor) {
        for (const std::string& end : tensor) {
            expected.push_back(name + '.' + end);
            expected_path_names.push_back(path + '.' + end);
        }
    };
    const std::vector<std::string> affine{"weight", "bias"};
    const std::vector<std::string> batch_norm{"weight", "bias", "running_mean", "running_var"};
    const auto expect_pair = [&](const std::string& convolution, const std::string& convolution_path,
                                 const std::string& norm, const std::string& norm_path) {
        expect(convolution, convolution_path, affine);
        expect(norm, norm_path, batch_norm);
    };
    expect_pair("prep_layer.0", "0.0", "prep_layer.1", "0.1");
    expect_pair("x1.0", "1.0", "x1.2", "1.2"); // behind the convolution's pooling
    expect_pair("R1.conv1", "2.0", "R1.n1", "2.1");
    expect_pair("R1.conv2", "2.4", "R1.n2", "2.5");
    expect_pair("layer2.0", "3.0", "layer2.2", "3.2");
    expect_pair("x2.0", "4.0", "x2.2", "4.2");
    expect_pair("R2.conv1", "5.0", "R2.n1", "5.1");
    expect_pair("R2.conv2", "5.4", "R2.n2", "5.5");
    expect("fc", "8", affine); // behind 6 MaxPool and 7 Flatten
    CHECK(names == expected);
    CHECK(path_names == expected_path_names);
}

TEST_CASE("a narrow S10 has the same layers with fewer channels") {
    using Narrow = tr::S10Network<tr::GroupNorm<4>, 8>;
    static_assert(Narrow::layer_count == tr::S10::layer_count);
    static_assert(Narrow::nodes[4].out == tr::Dims{16, 32, 32, false});
    static_assert(Narrow::output == tr::S10::output);
}
