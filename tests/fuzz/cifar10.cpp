// CIFAR-10's records and class names.
#include "target.hpp"

#include "tinyres/data/cifar10.hpp"

#include <sstream>

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string content{reinterpret_cast<const char*>(data), size};
    accepted([&] {
        std::istringstream stream{content};
        require(tr::cifar10::read_class_names(stream, "batches.meta.txt").size() == 10, "there are ten names");
    });

    const std::size_t count = (size + tr::cifar10::record_bytes - 1) / tr::cifar10::record_bytes; // the last may be cut
    tr::Dataset dataset;
    const bool read = accepted([&] {
        std::istringstream stream{content};
        tr::cifar10::append_records(stream, count, "data_batch_1.bin", dataset);
    });
    if (!read) return 0;
    require(static_cast<std::size_t>(dataset.size()) == count, "there is a label a record");
    require(dataset.images.size() == count * tr::cifar10::image_bytes, "there is an image a record");
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* record = data + i * tr::cifar10::record_bytes;
        require(dataset.labels[i] == record[0] && record[0] < 10, "a label is the record's");
        const auto image = dataset.image(static_cast<int>(i));
        require(image.front() == record[1] && image[1] == record[1 + 1024] && image.back() == record[3072],
                "the planes become pixels");
    }
    return 0;
}
