#include "options.hpp"
#include "programs/text.hpp"

#include <cstdio>
#include <span>
#include <tinyres/networks/s10.hpp>

namespace example {

namespace tr = tinyres;

namespace {

constexpr double bytes_per_value = 4;
constexpr double megabyte = 1024.0 * 1024.0;

std::string shape_text(const tr::Dims& dims) {
    if (dims.flat) return printed("[-1, %d]", dims.channels);
    return printed("[-1, %d, %d, %d]", dims.channels, dims.height, dims.width);
}

/// A row for each layer. Where branches meet there is none, as there is no module in PyTorch.
void print_rows(std::span<const tr::Node> layers) {
    int row = 0;
    for (const tr::Node& layer : layers) {
        if (layer.inputs.count > 1) continue;
        const std::string name = std::string(layer.name) + '-' + std::to_string(++row);
        std::printf("%20s  %25s %15s\n", name.c_str(), shape_text(layer.out).c_str(),
                    with_commas(layer.tensors.size(tr::Role::parameter)).c_str());
    }
}

/// In the form of the Python package torchsummary, which counts each row's output twice: for forward and for backward.
template <class Network>
void print() {
    const std::string line(64, '-');
    const std::string double_line(64, '=');
    std::printf("%s\n%20s  %25s %15s\n%s\n", line.c_str(), "Layer (type)", "Output Shape", "Param #",
                double_line.c_str());
    print_rows(Network::nodes);

    double values = 0;
    for (const tr::Node& layer : Network::nodes)
        if (layer.inputs.count == 1) values += layer.out.size();
    const double input = Network::input.size() * bytes_per_value / megabyte;
    const double passes = 2 * values * bytes_per_value / megabyte;
    const double parameters = tr::parameter_count<Network> * bytes_per_value / megabyte;
    const std::string count = with_commas(tr::parameter_count<Network>);
    std::printf("%s\nTotal params: %s\nTrainable params: %s\nNon-trainable params: 0\n%s\n", double_line.c_str(),
                count.c_str(), count.c_str(), line.c_str());
    std::printf("Input size (MB): %.2f\nForward/backward pass size (MB): %.2f\nParams size (MB): %.2f\n"
                "Estimated Total Size (MB): %.2f\n%s\n",
                input, passes, parameters, input + passes + parameters, line.c_str());
}

} // namespace

void print_summary(const SummaryOptions& options) {
    if (options.norm == "bn") print<tr::S10Network<tr::BatchNorm>>();
    if (options.norm == "gn") print<tr::S10Network<tr::GroupNorm<4>>>();
    if (options.norm == "ln") print<tr::S10Network<tr::LayerNorm>>();
}

} // namespace example
