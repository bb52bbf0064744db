#pragma once

// Needs nlohmann-json.

#include "tinyres/io/safetensors.hpp"
#include "tinyres/train/training_state.hpp"

#include <deque>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// `tensors` as a file stores them. They must outlive the views, and so must `counters`, which takes the values of the
/// counters of batches.
inline void append_views(std::span<const NamedTensor> tensors, std::deque<std::int64_t>& counters,
                         std::vector<TensorView>& views) {
    for (const NamedTensor& tensor : tensors) {
        if (is_batch_counter(tensor.name) && tensor.values.size() == 1) {
            counters.push_back(static_cast<std::int64_t>(tensor.values[0]));
            views.push_back(tensor_view(tensor.name, tensor.shape, std::span(&counters.back(), 1)));
        } else {
            views.push_back({tensor.name, DType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
        }
    }
}

/// A tensor of a file as floats. Throws Error, naming the file, when its type cannot become floats.
inline NamedTensor to_named_tensor(const Safetensors& file, const TensorView& view) {
    NamedTensor tensor{view.name, view.shape, {}};
    if (is_batch_counter(view.name) && view.dtype == DType::I64)
        tensor.values = convert_elements<std::int64_t>(view.data, [](std::int64_t n) { return static_cast<float>(n); });
    else
        naming_file(file.path(), [&] { tensor.values = to_floats(view); });
    return tensor;
}

} // namespace detail

/// Writes tensors as 32-bit floats, and counters of batches as PyTorch does, as 64-bit whole numbers.
inline void write_tensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    std::vector<TensorView> views;
    std::deque<std::int64_t> counters;
    detail::append_views(tensors, counters, views);
    write_safetensors(path, views, metadata);
}

/// Parameters, running statistics and counters of batches in a file of weights or a checkpoint, as floats; an
/// optimizer's moments are left out.
inline std::vector<NamedTensor> read_tensors(const Safetensors& file) {
    std::vector<NamedTensor> tensors;
    for (const TensorView& view : file.tensors())
        if (!view.name.starts_with(moment_prefix)) tensors.push_back(detail::to_named_tensor(file, view));
    return tensors;
}

/// Saves parameters and running statistics of a model as a safetensors file, named and laid out as in PyTorch: the same
/// module there takes it by `load_state_dict(safetensors.torch.load_file(path), strict=True)`.
template <class Network, class Backend>
void save_weights(const std::filesystem::path& path, const Model<Network, Backend>& model,
                  const std::map<std::string, std::string>& metadata = {}) {
    write_tensors(path, state_dict(model), metadata);
}

/// Sets a model's parameters and running statistics from such a file, by this library or by PyTorch, or from a
/// checkpoint; its tensors may also have the names by the path alone, and the prefixes of PyTorch's wrappers, which the
/// result reports. With Strict::no the file may have a part of the network's, and others: what fits is loaded, as by
/// load_state_dict. Throws Error naming the file when it cannot be read or is of another network; the model is then as
/// before.
template <class Network, class Backend>
LoadReport load_weights(const std::filesystem::path& path, Model<Network, Backend>& model,
                        Strict strict = Strict::yes) {
    const std::vector<NamedTensor> tensors = read_tensors(Safetensors::read(path));
    LoadReport report;
    naming_file(path, [&] { report = load_state_dict(model, std::span<const NamedTensor>(tensors), strict); });
    return report;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
