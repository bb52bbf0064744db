#pragma once

// Needs nlohmann-json.

#include "tinyres/io/safetensors.hpp"
#include "tinyres/model/state_dict.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Writes tensors as 32-bit floats.
inline void write_tensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    std::vector<TensorView> views;
    for (const NamedTensor& tensor : tensors)
        views.push_back({tensor.name, DType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
    write_safetensors(path, views, metadata);
}

/// The tensors of a file as floats, without those whose names start with `skip` (if given), and without PyTorch's
/// counters of BatchNorm's batches, which have no use here.
inline std::vector<NamedTensor> read_tensors(const Safetensors& file, std::string_view skip = {}) {
    std::vector<NamedTensor> tensors;
    for (const TensorView& view : file.tensors()) {
        const std::string_view name = view.name;
        if ((!skip.empty() && name.starts_with(skip)) || name.ends_with(".num_batches_tracked")) continue;
        tensors.push_back({view.name, view.shape, to_floats(view)});
    }
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
    const Safetensors file = Safetensors::read(path);
    try {
        load_state_dict(model, std::span<const NamedTensor>(read_tensors(file, "optimizer.")));
    } catch (const Error& error) {
        throw Error("'" + path.string() + "': " + error.what());
    }
}

} // namespace tinyres::inline TINYRES_ARCH
