// The records and class names of CIFAR-10 and CIFAR-100.
#include "target.hpp"

#include "tinyres/data/cifar10.hpp"
#include "tinyres/data/cifar100.hpp"

#include <sstream>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

void read_as(const tr::cifar::Format& format, const std::uint8_t* data, std::size_t size) {
    const std::string content{reinterpret_cast<const char*>(data), size};
    accepted([&] {
        std::istringstream stream{content};
        require(tr::cifar::read_class_names(format, stream, format.class_names_file).size() == format.classes,
                "there is a name a class");
    });

    const std::size_t record_bytes = format.record_bytes();
    const std::size_t count = (size + record_bytes - 1) / record_bytes; // the last may be cut
    tr::Dataset dataset;
    const bool read = accepted([&] {
        std::istringstream stream{content};
        tr::cifar::append_records(format, stream, count, format.test_files.front().name, dataset);
    });
    if (!read) return;
    require(static_cast<std::size_t>(dataset.size()) == count, "there is a label a record");
    require(dataset.images.size() == count * tr::cifar::image_bytes, "there is an image a record");
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* record = data + i * record_bytes;
        require(dataset.labels[i] == record[format.label] && record[format.label] < format.classes,
                "a label is the record's");
        const std::uint8_t* planes = record + format.label_bytes;
        const auto image = dataset.image(static_cast<int>(i));
        require(image.front() == planes[0] && image[1] == planes[1024] && image.back() == planes[3071],
                "the planes become pixels");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_as(tr::cifar10::format(), data, size);
    read_as(tr::cifar100::format(tr::Cifar100Labels::fine), data, size);
    read_as(tr::cifar100::format(tr::Cifar100Labels::coarse), data, size);
    return 0;
}
