#include "options.hpp"
#include "programs/weights_file.hpp"
#include "run_state.hpp"

#include <cstdio>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/io/onnx.hpp>
#include <tinyres/io/weights.hpp>
#include <tinyres/networks/s10.hpp>

namespace example {

namespace {

tr::OnnxOptions onnx_options(const ExportOptions& options) {
    tr::OnnxOptions result{.fold_batch_norm = options.fold_batch_norm};
    if (options.input == "normalized") return result;
    const auto rgb = [](const tr::ChannelValues& values) { return std::vector(values.begin(), values.begin() + 3); };
    result.normalization = tr::OnnxNormalization{.mean = rgb(tr::cifar10_mean),
                                                 .std = rgb(tr::cifar10_std),
                                                 .scale = options.input == "0-1" ? 1.0f : 1.0f / 255.0f};
    return result;
}

std::string onnx_file(const std::string& norm, std::span<const tr::NamedTensor> state, const tr::OnnxOptions& options) {
    if (norm == "bn") return tr::to_onnx<tr::S10Network<tr::BatchNorm>>(state, options);
    if (norm == "gn") return tr::to_onnx<tr::S10Network<tr::GroupNorm<4>>>(state, options);
    return tr::to_onnx<tr::S10Network<tr::LayerNorm>>(state, options);
}

} // namespace

void export_weights(const ExportOptions& options) {
    if (options.format != "onnx" && options.fold_batch_norm)
        throw tr::Error("--fold-batch-norm: only an ONNX file can have it; leave the flag out or give --format onnx");
    if (options.format != "onnx" && options.input != "normalized")
        throw tr::Error("--input: only an ONNX file normalizes images; leave the flag out or give --format onnx");
    require_output("--out", options.out, options.weights);
    const tr::Safetensors weights = tr::Safetensors::read(options.weights);
    const std::string norm = norm_of(weights, options.norm);
    if (options.fold_batch_norm && norm != "bn")
        throw tr::Error("--fold-batch-norm: the network has no BatchNorm but " + norm + "; leave the flag out");
    const std::unique_ptr<Learner> learner = // refuses the weights of another network
        make_trained_learner(weights, norm, Machine{.backend = "reference"});
    const std::vector<tr::NamedTensor> state = learner->state_dict();
    if (options.format == "onnx")
        tr::write_text_file_atomically(options.out, onnx_file(norm, state, onnx_options(options)));
    else
        tr::write_tensors(options.out, state, {{"format", "pt"}, {"cifar10.norm", norm}});
    std::printf("Wrote %s\n", options.out.c_str());
}

} // namespace example
