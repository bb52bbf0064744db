// Files of packed images: the header, the records, the checksums. Most of what is made up would end at a checksum, so
// the header's is set right.
#include "memory_file.hpp"

#include "tinyres/io/packed_images.hpp"

#include <optional>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    std::vector<std::byte> bytes{reinterpret_cast<const std::byte*>(data),
                                 reinterpret_cast<const std::byte*>(data) + size};
    const std::span<std::byte> content{bytes};
    if (bytes.size() > tr::detail::packed_preamble) {
        const std::uint64_t header = tr::detail::load_number(content.subspan(24, 8));
        const std::span<std::byte> behind = content.subspan(tr::detail::packed_preamble);
        if (header <= behind.size())
            tr::detail::store_number(content.subspan(32, 8),
                                     tr::detail::checksum_of(behind.first(static_cast<std::size_t>(header))));
    }
    file.set(bytes);
    std::optional<tr::PackedImages> packed;
    if (!accepted([&] { packed.emplace(file.path()); })) return 0;
    require(packed->size() > 0, "there are images");
    for (int i = 0; i < packed->size(); ++i) {
        const std::int32_t label = packed->label(i);
        require(label >= 0 && static_cast<std::size_t>(label) < packed->class_names.size(), "a label has a name");
        accepted([&] {
            require(packed->image(i).size() == tr::image_values(*packed), "an image has the bytes of its size");
        });
    }
    accepted([&] { packed->verify(); });
    return 0;
}
