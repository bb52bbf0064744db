#include "safetensors_files.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tinyres_test;
using namespace std::string_literals;

namespace {

/// The beginning of a ZIP archive with this file in it.
std::string zip_of(const std::string& name) {
    const auto length = static_cast<char>(name.size());
    return "PK\3\4"s + std::string(22, '\0') + length + std::string(3, '\0') + name + "content";
}

} // namespace

TEST_CASE("Files of PyTorch and others are refused by what they are, with the way to convert them") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& name, const std::string& content, std::string_view part) {
        put(directory / name, content);
        check_error(read_error_of(directory / name), directory / name, part);
    };
    const std::string line = "torch.load('model.pt', map_location='cpu', weights_only=True), 'model.safetensors')";
    refused("model.pt", zip_of("model/data.pkl"), "it is a PyTorch file (torch.save)");
    refused("model.pt", zip_of("model/data.pkl"), line);
    const std::string magic = "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."s;
    refused("model.pt", magic, line); // from before PyTorch 1.6
    refused("model.npz", zip_of("0.weight.npy"), "it is a NumPy archive");
    refused("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "it is a pointer of Git LFS, not the file itself; run 'git lfs pull'");
    refused("model.h5", "\x89HDF\r\n\x1A\n", "it is an HDF5 file");
    refused("model.gguf", "GGUF\3\0\0\0"s, "it is a GGUF file");
    refused("model.pkl", "\x80\4\x95\0\0\0\0\0"s, "it is a Python pickle");
    refused("model.zip", zip_of("readme.txt"), "damaged or not a safetensors file");
    for (std::size_t length = 1; length < 40; ++length)
        refused("cut.pt", zip_of("model/data.pkl").substr(0, length), "cannot read");
}
