#include "array_pictures.hpp"
#include "file_pictures.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>
#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/cifar100.hpp>
#include <tinyres/io/image_folder.hpp>
#include <tinyres/io/image_manifest.hpp>
#include <tinyres/io/mnist.hpp>
#include <tinyres/io/npz.hpp>

namespace example {

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code unknown;
    return fs::exists(path, unknown);
}

/// Of files in `directory` itself or in `folder` there.
bool holds(const fs::path& directory, const char* folder, const char* file) {
    return is_there(directory / file) || is_there(directory / folder / file);
}

bool holds_mnist(const fs::path& directory) {
    for (const char* separator : {"-", "."})
        for (const char* end : {"-ubyte", "-ubyte.gz"})
            if (is_there(directory / (std::string("train-images") + separator + "idx3" + end))) return true;
    return false;
}

PictureData from_files(tr::ImageSplits splits, const std::string& kind) {
    PictureData data{.name = kind + splits.train.name,
                     .class_names = splits.train.class_names,
                     .train = {},
                     .validation = {},
                     .warnings = std::move(splits.warnings)};
    for (const tr::UnreadableFile& file : splits.unreadable) data.warnings.push_back("left out: " + file.problem);
    if (splits.validation.size() > 0) data.validation = std::make_shared<FilePictures>(std::move(splits.validation));
    if (splits.test.size() > 0) data.test = std::make_shared<FilePictures>(std::move(splits.test));
    data.train = std::make_shared<FilePictures>(std::move(splits.train));
    return data;
}

tr::ImageFilesOptions files_options(const DataOptions& options) {
    return {.unreadable = options.skip_unreadable ? tr::OnUnreadable::skip : tr::OnUnreadable::strict,
            .validation_fraction = options.validation_fraction,
            .seed = options.seed,
            .threads = options.threads};
}

PictureData from_arrays(const std::string& name, tr::Dataset train, std::optional<tr::Dataset> test) {
    PictureData data{.name = name, .class_names = train.class_names, .train = {}, .validation = {}};
    data.train = std::make_shared<ArrayPictures>(std::move(train));
    if (test) data.test = std::make_shared<ArrayPictures>(std::move(*test));
    return data;
}

PictureData from_npz(const fs::path& file) {
    tr::Dataset images = tr::load_npz(file);
    // The archive has no names, so classes are called by their numbers.
    const int greatest = images.labels.empty() ? 0 : *std::ranges::max_element(images.labels);
    constexpr int most = 100'000;
    if (greatest >= most)
        throw tr::Error(file.string() + " has label " + std::to_string(greatest) + "; number the classes from 0");
    for (int label = 0; label <= greatest; ++label) images.class_names.push_back(std::to_string(label));
    return from_arrays("arrays in " + file.filename().string(), std::move(images), std::nullopt);
}

PictureData from_pack(const fs::path& file) {
    const auto packed = std::make_shared<PackedPictures>(file);
    return {.name = "packed images " + file.filename().string(),
            .class_names = packed->class_names(),
            .train = packed,
            .validation = {}};
}

bool is_pack(const fs::path& file) {
    tr::InputFile content{file};
    std::string begin(std::min<std::size_t>(static_cast<std::size_t>(content.size()), 24), '\0');
    content.read(std::as_writable_bytes(std::span{begin}));
    return begin == tr::detail::packed_signature;
}

PictureData open_directory(const fs::path& path, const DataOptions& options) {
    if (holds(path, "cifar-10-batches-bin", "data_batch_1.bin"))
        return from_arrays("CIFAR-10", tr::load_cifar10(path, tr::Split::train),
                           tr::load_cifar10(path, tr::Split::test));
    if (holds(path, "cifar-100-binary", "fine_label_names.txt"))
        return from_arrays("CIFAR-100", tr::load_cifar100(path, tr::Split::train),
                           tr::load_cifar100(path, tr::Split::test));
    if (holds_mnist(path)) {
        const bool fashion = path.string().find("ashion") != std::string::npos;
        const auto load = fashion ? tr::load_fashion_mnist : tr::load_mnist;
        return from_arrays(fashion ? "Fashion-MNIST" : "MNIST", load(path, tr::Split::train),
                           load(path, tr::Split::test));
    }
    return from_files(tr::load_image_folder(path, files_options(options)), "folder of classes ");
}

PictureData open_file(const fs::path& path, const DataOptions& options) {
    if (is_pack(path)) return from_pack(path);
    if (path.extension() == ".npz") return from_npz(path);
    return from_files(tr::load_image_manifest(path, {}, files_options(options)), "manifest ");
}

} // namespace

PictureData open_data(const std::string& path, const DataOptions& options) {
    PictureData data;
    try {
        std::error_code unknown;
        data = fs::is_directory(path, unknown) ? open_directory(path, options) : open_file(path, options);
        if (!data.validation) split_validation(data, options);
    } catch (const tr::Error& error) {
        throw tr::Error("--data: " + std::string(error.what()));
    }
    if (data.class_names.size() < 2)
        throw tr::Error("--data: there is " + std::to_string(data.class_names.size()) + " class in " + path +
                        ", which leaves nothing to tell apart; give two classes or more");
    if (data.validation->size() == 0)
        throw tr::Error("--data: no class of " + path +
                        " has two pictures, so none is left to validate on; add pictures, or a folder val/");
    return data;
}

} // namespace example
