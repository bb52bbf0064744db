#pragma once

// Needs nlohmann-json.

#include "tinyres/io/safetensors.hpp"
#include "tinyres/train/training_state.hpp"

namespace tinyres::inline TINYRES_ARCH {

namespace detail {

/// `tensors` as a file stores them. They must outlive the views.
inline void append_views(std::span<const NamedTensor> tensors, std::vector<TensorView>& views) {
    for (const NamedTensor& tensor : tensors)
        views.push_back({tensor.name, DType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
}

/// A tensor of a file as floats. Throws Error, naming the file, when its type cannot become floats.
inline NamedTensor to_named_tensor(const Safetensors& file, const TensorView& view) {
    NamedTensor tensor{view.name, view.shape, {}};
    naming_file(file.path(), [&] { tensor.values = to_floats(view); });
    return tensor;
}

} // namespace detail

/// Writes tensors as 32-bit floats.
inline void write_tensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    std::vector<TensorView> views;
    detail::append_views(tensors, views);
    write_safetensors(path, views, metadata);
}

/// Parameters and running statistics in a file of weights or a checkpoint, as floats; PyTorch's counters of BatchNorm's
/// batches, which have no use here, and an optimizer's moments are left out.
inline std::vector<NamedTensor> read_tensors(const Safetensors& file) {
    std::vector<NamedTensor> tensors;
    for (const TensorView& view : file.tensors())
        if (!view.name.starts_with(moment_prefix) && !view.name.ends_with(".num_batches_tracked"))
            tensors.push_back(detail::to_named_tensor(file, view));
    return tensors;
}

/// Saves parameters and running statistics of a model as a safetensors file, named and laid out as in PyTorch.
template <class Network, class Backend>
void save_weights(const std::filesystem::path& path, const Model<Network, Backend>& model,
                  const std::map<std::string, std::string>& metadata = {}) {
    write_tensors(path, state_dict(model), metadata);
}

/// Sets a model's parameters and running statistics from such a file or from a checkpoint. Throws Error naming the file
/// when it cannot be read or is of another network; the model is then as before.
template <class Network, class Backend>
void load_weights(const std::filesystem::path& path, Model<Network, Backend>& model) {
    const std::vector<NamedTensor> tensors = read_tensors(Safetensors::read(path));
    naming_file(path, [&] { load_state_dict(model, tensors); });
}

} // namespace tinyres::inline TINYRES_ARCH
