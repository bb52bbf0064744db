// Manifests of pictures, CSV and JSON lines: what is read says the same when it is written as CSV.
#include "target.hpp"

#include "tinyres/io/image_manifest.hpp"

#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

std::string quoted(const std::string& field) {
    std::string text{'"'};
    for (const char c : field) text += c == '"' ? std::string{"\"\""} : std::string{c};
    return text + '"';
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    std::vector<tr::detail::ManifestEntry> entries;
    if (!accepted([&] { entries = tr::detail::parse_manifest(text, "list"); })) return 0;
    require(!entries.empty(), "a manifest lists pictures");
    std::string csv = "path,label,split\n";
    for (const tr::detail::ManifestEntry& entry : entries) {
        require(!entry.path.empty() && !entry.label.empty(), "a picture has a path and a label");
        csv += quoted(entry.path) + ',' + quoted(entry.label) + ',' + quoted(entry.split) + "\r\n";
    }
    const std::vector<tr::detail::ManifestEntry> again = tr::detail::parse_manifest(csv, "list");
    require(again.size() == entries.size(), "all pictures are written");
    for (std::size_t i = 0; i < again.size(); ++i)
        require(again[i].path == entries[i].path && again[i].label == entries[i].label &&
                    again[i].split == entries[i].split,
                "a picture is written as it was read");
    return 0;
}
