// IDX files, also in gzip's form: what is accepted has the bytes that its header asks for.
#include "memory_file.hpp"

#include "tinyres/io/idx.hpp"

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    file.set(std::as_bytes(std::span{data, size}));
    const std::filesystem::path path = file.path();
    for (const std::size_t dimensions : {1u, 3u})
        accepted([&] {
            const tr::detail::IdxArray array =
                tr::detail::parse_idx(tr::detail::read_unpacked(path), path, "images", dimensions);
            std::size_t bytes = 1;
            for (const std::size_t length : array.shape) bytes *= length;
            require(array.shape.size() == dimensions && array.bytes.size() == bytes, "an array has its shape's bytes");
        });

    // The images have as many labels as they need.
    static MemoryFile labels;
    std::string content{0, 0, 8, 1, 0, 0, 0, 0};
    if (size >= 8) std::copy_n(data + 4, 4, content.begin() + 4);
    content.resize(8 + (size >= 8 ? std::size_t{data[7]} : 0));
    labels.set(std::as_bytes(std::span{content}));
    accepted([&] {
        const tr::Dataset dataset = tr::load_idx(path, labels.path(), {.transposed = size % 2 == 0});
        dataset.validate();
    });
    return 0;
}
