// What torchvision_networks.py compares with torchvision: loads a state dict, writes the logits of some images and the
// gradients of one training step. The definitions TINYRES_NETWORK and TINYRES_BACKEND are types, such as tr::ResNet18<>
// and tr::Cpu<>.
//     torchvision_networks <folder>
#include <cstdio>
#include <filesystem>
#include <tinyres/backend/cpu/kernels.hpp>
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/io/weights.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/model/train_step.hpp>
#include <tinyres/networks/networks.hpp>

namespace tr = tinyres;

using Net = TINYRES_NETWORK;
using Backend = TINYRES_BACKEND;

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const std::filesystem::path folder(arguments[1]);
    const std::vector<tr::NamedTensor> inputs = tr::read_tensors(tr::Safetensors::read(folder / "inputs.safetensors"));
    const std::vector<float>& images = inputs[0].values; // (batch, height, width, channels)
    std::vector<std::int32_t> labels(images.size() / static_cast<std::size_t>(Net::input.size()));
    for (std::size_t image = 0; image < labels.size(); ++image) labels[image] = static_cast<std::int32_t>(image);

    tr::Model<Net, Backend> model;
    tr::load_weights(folder / "weights.safetensors", model);
    const auto logits = tr::predict(model, images);
    std::vector<tr::NamedTensor> results;
    results.push_back({"logits", {static_cast<std::int64_t>(logits.size())}, {logits.begin(), logits.end()}});
    tr::train_step(model, tr::Batch{images, labels});
    tr::append_tensors(model.backend(), std::span<const tr::NetworkTensor>(tr::network_tensors<Net>),
                       tr::Role::parameter, model.gradients().data(), "gradient.", results);
    tr::append_tensors(model.backend(), std::span<const tr::NetworkTensor>(tr::network_tensors<Net>),
                       tr::Role::running_statistic, model.statistics().data(), "statistic.", results);
    tr::write_tensors(folder / "results.safetensors", results);
}
