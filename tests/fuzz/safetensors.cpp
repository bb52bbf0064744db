// Whole safetensors files: reading, the conversion to floats; a header made of what was read says the same.
#include "memory_file.hpp"

#include "tinyres/io/safetensors.hpp"

#include <numeric>
#include <optional>

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    file.set(std::as_bytes(std::span{data, size}));
    std::optional<tr::Safetensors> read;
    if (!accepted([&] { read = tr::Safetensors::read(file.path()); })) return 0;

    std::vector<const tr::TensorView*> views;
    for (const tr::TensorView& view : read->tensors()) {
        require(tr::tensor_bytes(view.dtype, view.shape) == view.data.size(), "a tensor has the bytes of its shape");
        require(read->tensor(view.name).data.data() == view.data.data(), "a tensor is found by its name");
        accepted([&] { static_cast<void>(tr::to_floats(view)); });
        views.push_back(&view);
    }
    const std::string text = tr::detail::build_safetensors_header(views, read->metadata());
    const tr::SafetensorsHeader header = tr::parse_safetensors_header(text);
    require(header.tensors.size() == views.size(), "all tensors are written");
    require(header.metadata.size() == read->metadata().size() + 1, "all metadata is written, and the checksum");
    for (std::size_t i = 0; i < views.size(); ++i)
        require(header.tensors[i].name == views[i]->name && header.tensors[i].dtype == views[i]->dtype &&
                    header.tensors[i].shape == views[i]->shape,
                "a tensor is written as it was read");
    return 0;
}
