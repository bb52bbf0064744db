// NumPy's arrays, alone and in archives: what is accepted is a consistent data set.
#include "memory_file.hpp"

#include "tinyres/io/npz.hpp"

#include <cmath>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

void check(const tr::Dataset& dataset) {
    dataset.validate();
    for (const std::int32_t label : dataset.labels) require(label >= 0, "labels begin at 0");
}

void check(const tr::FloatDataset& dataset) {
    dataset.validate();
    for (const float value : dataset.images) require(std::isfinite(value), "values are finite");
}

template <class Set>
void load(const std::filesystem::path& path) {
    for (const tr::ArrayLayout layout : {tr::ArrayLayout::nhwc, tr::ArrayLayout::nchw}) {
        accepted([&] { check(tr::load_npz<Set>(path, {.layout = layout})); });
        accepted([&] { check(tr::load_npy<Set>(path, path, layout)); });
        Set dataset;
        accepted([&] {
            tr::detail::take_images(tr::parse_npy(tr::detail::read_unpacked(path)), layout, dataset);
            require(dataset.images.size() % dataset.image_size() == 0, "images are whole");
        });
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    file.set(std::as_bytes(std::span{data, size}));
    load<tr::Dataset>(file.path());
    load<tr::FloatDataset>(file.path());
    accepted([&] {
        const tr::NpyArray array = tr::parse_npy(tr::detail::read_unpacked(file.path()));
        tr::Dataset dataset{.height = 1, .width = 1, .channels = 1, .images = {}, .labels = {}};
        dataset.images.resize(array.header.shape.empty() ? 0 : (std::min)(array.header.shape[0], size));
        tr::detail::take_labels(array, dataset);
        check(dataset);
    });
    accepted([&] {
        tr::ZipFile archive{file.path()};
        for (const tr::ZipEntry& entry : archive.entries())
            accepted([&] { require(archive.read(entry).size() == entry.unpacked, "a file has its size"); });
    });
    return 0;
}
