// What random_networks.py compares with PyTorch: for each of some networks, and several sets of values of each, loads a
// state dict, writes the outputs for some images, and the loss, gradients and running statistics of one training step.
//     random_networks <folder>
// The header networks.hpp is written by random_networks.py: the types Networks and Backend.
#include <filesystem>
#include <networks.hpp>
#include <string>
#include <tinyres/io/weights.hpp>
#include <tinyres/model/predict.hpp>
#include <tinyres/model/train_step.hpp>

namespace {

/// The tensor of this name.
const std::vector<float>& values_of(const std::vector<tr::NamedTensor>& tensors, const std::string& name) {
    return std::ranges::find(tensors, name, &tr::NamedTensor::name)->values;
}

/// Works on the inputs and weights in a folder, and writes results.safetensors there.
template <class Net>
void run(const std::filesystem::path& folder) {
    const std::vector<tr::NamedTensor> inputs = tr::read_tensors(tr::Safetensors::read(folder / "inputs.safetensors"));
    const std::vector<float>& images = values_of(inputs, "images"); // (batch, height, width, channels)
    std::vector<std::int32_t> labels;
    for (const float label : values_of(inputs, "labels")) labels.push_back(static_cast<std::int32_t>(label));
    const tr::CrossEntropy loss{.label_smoothing = values_of(inputs, "label_smoothing")[0]};

    tr::Model<Net, Backend> model;
    tr::load_weights(folder / "weights.safetensors", model);
    const auto outputs = tr::predict(model, images);
    std::vector<tr::NamedTensor> results;
    results.push_back({"outputs", {static_cast<std::int64_t>(outputs.size())}, {outputs.begin(), outputs.end()}});
    const tr::Metrics metrics = tr::train_step(model, tr::Batch{images, labels}, loss).get();
    results.push_back({"loss", {1}, {static_cast<float>(metrics.loss())}});
    const std::span<const tr::NetworkTensor> network = tr::network_tensors<Net>;
    tr::append_tensors(model.backend(), network, tr::Role::parameter, model.gradients().data(), "gradient.", results);
    tr::append_tensors(model.backend(), network, tr::Role::running_statistic, model.statistics().data(), "statistic.",
                       results);
    tr::write_tensors(folder / "results.safetensors", results);
}

template <class... Nets>
void run_all(tr::TypeList<Nets...>, const std::filesystem::path& folder) {
    int number = 0;
    const auto run_one = [&]<class Net>(std::type_identity<Net>) {
        const std::filesystem::path own = folder / std::to_string(number++);
        for (const auto& values : std::filesystem::directory_iterator(own)) run<Net>(values.path());
    };
    (run_one(std::type_identity<Nets>{}), ...);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    run_all(Networks{}, arguments[1]);
}
